#include "aggregator/state.h"

const char *const topic_names[TOPIC_COUNT] = {
    [TOPIC_TRADE_EVENTS] = "trade-events",
    [TOPIC_AGREEMENTS] = "agreements",
};

void
look_at_clock(struct aggregator *a)
{
    int64_t day = a->settings.fixed_day;

    if (day < 0)
        day = instant_china_day(a->world.clock.wall_ms(a->world.clock.self));
    a->day = day < 0 ? 0 : day > DAY_LAST ? DAY_LAST : (int32_t)day;
}

struct version
next_version(struct aggregator *a)
{
    return (struct version){ a->start, ++a->counter };
}

struct moment
target_of(const struct aggregator *a, const struct partition *p)
{
    return (struct moment){ p->version, a->day };
}

struct partition *
partition_of(const struct aggregator *a, struct place place)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        if (p->place.topic == place.topic && p->place.partition == place.partition)
            return p;
    }
    return NULL;
}

enum fault
partition_add(struct aggregator *a, struct place place, struct why *why)
{
    struct partition **bigger;
    struct partition *p;

    if (partition_of(a, place) != NULL)
        return FAULT_NONE;
    bigger = realloc(a->partitions, (a->partition_count + 1) * sizeof(struct partition *));
    if (bigger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a partition");
    a->partitions = bigger;
    p = calloc(1, sizeof *p);
    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a partition");
    p->place = place;
    p->wants_sync = true;
    p->gap_at = -1;
    (void)snprintf(p->name, sizeof p->name, "%s/%d", topic_names[place.topic], place.partition);
    a->partitions[a->partition_count++] = p;
    return FAULT_NONE;
}

static void
partition_free(struct partition *p)
{
    ledger_free(p->ledger);
    free(p->rows);
    free(p->touched.table);
    journal_writer_release(&p->writer);
    compact_forget(p);
    free(p);
}

void
partition_remove(struct aggregator *a, struct place place)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        if (p->place.topic != place.topic || p->place.partition != place.partition)
            continue;
        partition_free(p);
        a->partitions[i] = a->partitions[--a->partition_count];
        return;
    }
}

enum fault
partition_forget(struct partition *p, struct why *why)
{
    struct ledger *ledger = ledger_new();

    if (ledger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a ledger");
    ledger_free(p->ledger);
    p->ledger = ledger;
    p->base_bytes = 0;
    compact_forget(p);
    p->synced = false;
    p->ready = false;
    p->merge_at = 0;
    p->row_count = 0;
    p->committed_rows = 0;
    p->open = false;
    p->open_version = (struct version){ 0, 0 };
    p->touched.used = 0;
    if (p->touched.size > 0)
        memset(p->touched.table, 0, p->touched.size * sizeof *p->touched.table);
    memset(p->shares, 0, sizeof p->shares);
    return FAULT_NONE;
}

struct text
scope_key(struct aggregator *a, int scope, const char *what)
{
    char key[KEY_BYTES];

    return calls_keep(&a->calls,
                      (struct text){ key, key_scope(a->settings.prefix, scope, what, key) });
}

struct text
meta_key(struct aggregator *a, struct place place)
{
    char key[KEY_BYTES];

    return calls_keep(&a->calls,
                      (struct text){ key, key_meta(a->settings.prefix, topic_names[place.topic],
                                                   place.partition, key) });
}

struct text
chunk_key(struct aggregator *a, struct place place, const char *generation, int64_t chunk)
{
    char key[KEY_BYTES];

    return calls_keep(&a->calls,
                      (struct text){ key, key_chunk(a->settings.prefix, topic_names[place.topic],
                                                    place.partition, generation, chunk, key) });
}
