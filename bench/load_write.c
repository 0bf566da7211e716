/* Journals of invented trade, as COMMITs would have made them. */
#include "bench/load.h"

#include "aggregator/hash.h"
#include "base/random.h"
#include "bench/trade.h"

enum { SEED = 7, DAYS = 30, LAST_DAY = 20088 };

/* A journal under construction. */
struct journal {
    struct aggregator *a;
    struct place place;
    struct journal_writer writer;
    struct version version;
    char generation[GENERATION_TEXT];
    uint8_t *chunk;
    size_t chunk_used, chunk_room;
    int64_t chunks; /* that are in Redis */
};

static enum fault
run_call(struct aggregator *a, struct why *why)
{
    enum fault fault = wire_run(&a->wire, why);

    calls_reset(&a->wire.calls);
    return fault;
}

static enum fault
write_chunk(struct journal *j, struct why *why)
{
    struct calls *calls = &j->a->wire.calls;
    struct text key;

    calls_reset(calls);
    key = chunk_key(&j->a->wire, j->place, j->generation, j->chunks++);
    calls_begin(calls, NULL, key);
    calls_arg(calls, TEXT_LITERAL("SET"));
    calls_arg(calls, key);
    calls_arg(calls, (struct text){ (const char *)j->chunk, j->chunk_used });
    return run_call(j->a, why);
}

static enum fault
end_record(struct journal *j, struct why *why)
{
    struct text record;
    enum fault fault = FAULT_NONE;

    if ((int64_t)j->chunk_used >= j->a->settings.chunk_bytes) {
        fault = write_chunk(j, why);
        j->chunk_used = 0;
    }
    if (fault == FAULT_NONE)
        fault = journal_end(&j->writer, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    if (j->chunk_room < j->chunk_used + record.length) {
        uint8_t *bigger = realloc(j->chunk, 2 * (j->chunk_used + record.length));
        if (bigger == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for a chunk");
        j->chunk = bigger;
        j->chunk_room = 2 * (j->chunk_used + record.length);
    }
    memcpy(j->chunk + j->chunk_used, record.at, record.length);
    j->chunk_used += record.length;
    return FAULT_NONE;
}

static void
begin_record(struct journal *j)
{
    struct journal_head head = { .flags = version_is_none(j->version) ? JOURNAL_FIRST : 0,
                                 .version = next_version(&j->a->versions),
                                 .predecessor = j->version,
                                 .last_offset = -1 };

    if (version_is_none(j->version))
        (void)version_write(head.version, j->generation);
    journal_begin(&j->writer, &head);
    j->version = head.version;
}

/* meta, and the last chunk that it speaks of. */
static enum fault
end_journal(struct journal *j, struct why *why)
{
    struct calls *calls = &j->a->wire.calls;
    struct text key;
    enum fault fault = end_record(j, why);

    if (fault == FAULT_NONE)
        fault = write_chunk(j, why);
    if (fault != FAULT_NONE)
        return fault;
    calls_reset(calls);
    key = meta_key(&j->a->wire, j->place);
    calls_begin(calls, NULL, key);
    calls_arg(calls, TEXT_LITERAL("HSET"));
    calls_arg(calls, key);
    for (int i = 0; i < META_FIELDS; i++) {
        const int64_t numbers[META_FIELDS] = {
            [META_CHUNK] = j->chunks - 1,
            [META_LEN] = (int64_t)j->chunk_used,
            [META_SEED] = 1,
            [META_ALG] = PARTS_ALGORITHM,
            [META_PARTITIONS] = j->a->settings.partitions[j->place.topic],
            [META_SCHEMAS] = 1,
        };
        calls_arg(calls, text_of(meta_field_names[i]));
        if (i == META_VER)
            put_version(calls, j->version);
        else if (i == META_GEN)
            calls_arg(calls, text_of(j->generation));
        else if (i == META_WINDOWS)
            calls_arg(calls, text_of(j->a->wire.windows_text));
        else
            calls_integer(calls, numbers[i]);
    }
    return run_call(j->a, why);
}

static enum fault
add_trade(struct journal *j, const struct trade_world *world, uint32_t k, int version,
          struct why *why)
{
    static struct trade trade;
    static uint8_t item[ITEM_BYTES_MOST];
    struct record record;
    char key[KEY_TEXT_BYTES];
    enum fault fault;
    size_t size;

    trade_make(world, k, version, &trade);
    fault = record_settle(&trade.draft, &record, why);
    if (fault != FAULT_NONE)
        return fault;
    size = item_pack(&record, item);
    journal_add(&j->writer, identity_of(1, record_kind(&record), record_key(&record, key)), item,
                size);
    return FAULT_NONE;
}

/* Facts k = partition, partition + partitions, ...; later versions among them. */
enum fault
load_write(struct aggregator *a, int32_t partition, const struct load_plan *plan, struct why *why)
{
    struct journal j = { .a = a, .place = { TOPIC_TRADE_EVENTS, partition } };
    uint64_t step = (uint64_t)a->settings.partitions[TOPIC_TRADE_EVENTS], random = SEED;
    struct trade_world world = {
        .seed = SEED, .last_day = LAST_DAY, .days = DAYS, .provinces = 31, .partners = 60
    };
    enum fault fault = FAULT_NONE;

    trade_world_fill(&world);
    begin_record(&j);
    for (uint64_t k = (uint64_t)partition, owed = 0; k < plan->ids && fault == FAULT_NONE;
         k += step) {
        fault = add_trade(&j, &world, (uint32_t)k, 1, why);
        for (owed += plan->repeats; owed >= 100 && fault == FAULT_NONE; owed -= 100) {
            uint64_t before = random_next(&random) % (k / step + 1);
            fault = add_trade(&j, &world, (uint32_t)(before * step + (uint64_t)partition),
                              2 + (int)(k / step % 1000), why);
        }
        if (fault == FAULT_NONE && j.writer.items >= plan->items) {
            fault = end_record(&j, why);
            begin_record(&j);
        }
    }
    if (fault == FAULT_NONE)
        fault = end_journal(&j, why);
    journal_writer_release(&j.writer);
    free(j.chunk);
    return fault;
}
