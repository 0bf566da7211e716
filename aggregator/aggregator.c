/* The aggregator as an object: opening, closing, looking in; what it does is in
 * turn.c.
 *
 * All memory that a turn needs beyond the ledgers is made here or grows to a
 * size and stays: a turn under load allocates next to nothing. */
#include "aggregator/state.h"

const char *const fate_names[FATE_COUNT] = { "changed", "repeated", "set_aside", "forwarded",
                                             "passed_over" };

struct settings
settings_default(void)
{
    struct settings s = {
        .prefix = PREFIX_OWN,
        .shared_prefix = PREFIX_OWN,
        .partitions = { 12, 12 },
        .fixed_day = -1,
        .until_ms = INT64_MAX,
        .batch_most = 100000,
        .push_ms = 2000,
        .audit_ms = 2000,
        .ask_ms = 1000,
        .split_cells = 10000,
        .compact_bytes = 8U << 20,
        .chunk_bytes = 1 << 20,
    };
    enum fault fault = windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &s.windows, NULL);

    (void)fault; /* the default is well-formed: check_keys.c */
    return s;
}

void
aggregator_join(struct aggregator *a)
{
    a->wire.settings = &a->settings;
    a->wire.world = &a->world;
    (void)windows_write(&a->settings.windows, a->wire.windows_text, sizeof a->wire.windows_text);
    a->pushing.wire = a->compacting.wire = &a->wire;
    a->pushing.owned = a->compacting.owned = &a->owned;
    a->pushing.counts = a->compacting.counts = &a->counts;
    a->pushing.dims = a->entering.dims;
    a->compacting.versions = &a->versions;
    a->decoding.wire = &a->wire;
}

enum fault
aggregator_open(const struct settings *settings, const struct world *world,
                const struct script scripts[SCRIPT_COUNT], struct aggregator **out, struct why *why)
{
    struct aggregator *a = calloc(1, sizeof *a);
    enum fault fault = FAULT_NONE;

    if (a == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the aggregator");
    a->settings = *settings;
    a->world = *world;
    memcpy(a->wire.scripts, scripts, sizeof a->wire.scripts);
    a->entering.dims = dim_table_new();
    aggregator_join(a);
    /* Versions of this process begin with 64 random bits, so no other process,
     * and no later start of this one, ever makes the same (docs/protocol.md,
     * rule 2). */
    a->versions.start = world->chance.draw(world->chance.self);
    /* As if an audit had just been made: there is nothing to look at yet. */
    a->audited_at = a->progress.began_at = a->progress.said_at = tick(&a->world);
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++) {
        size_t count = (size_t)settings->partitions[t];

        a->finish.marks[t] = calloc(count, sizeof *a->finish.marks[t]);
        a->rounds.seen[t] = calloc(count, sizeof *a->rounds.seen[t]);
        if (settings->counts_again)
            a->finish.reaches[t] = malloc(count * sizeof *a->finish.reaches[t]);
        /* Until the caller says otherwise: to the end of the log, and nothing
         * was sent before. */
        for (size_t i = 0; a->finish.reaches[t] != NULL && i < count; i++)
            a->finish.reaches[t][i] = (struct reach){ .limit = INT64_MAX };
        /* The topic's number is the record type's. */
        fault = plans_open((enum record_type)t, &a->decoding.plans[t], why);
        if (fault == FAULT_NONE && (a->finish.marks[t] == NULL || a->rounds.seen[t] == NULL ||
                                    (settings->counts_again && a->finish.reaches[t] == NULL)))
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for the marks of a topic");
    }
    if (fault == FAULT_NONE && (!waiting_open(&a->waiting) || a->entering.dims == NULL))
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the aggregator");
    if (fault != FAULT_NONE) {
        aggregator_free(a);
        return fault;
    }
    *out = a;
    return FAULT_NONE;
}

void
aggregator_free(struct aggregator *a)
{
    if (a == NULL)
        return;
    /* Each takes itself out of the list. */
    while (a->owned.count > 0)
        partition_remove(&a->owned, a->owned.at[0]->place);
    free(a->owned.at);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        plans_free(a->decoding.plans[t]);
        free(a->finish.marks[t]);
        free(a->rounds.seen[t]);
        free(a->finish.reaches[t]);
        free(a->rounds.needs[t]);
        free(a->lateness.of[t]);
    }
    writers_forget(&a->decoding.writers);
    waiting_release(&a->waiting);
    astray_release(&a->astray);
    free(a->entering.entry);
    dim_table_free(a->entering.dims);
    calls_release(&a->wire.calls);
    sums_release(&a->pushing.fold);
    sums_release(&a->pushing.fold_all);
    cells_release(&a->pushing.cells);
    free(a->pushing.pushes.list);
    free(a->pushing.pushes.moves);
    free(a);
}

struct aggregator_counts
aggregator_counts(const struct aggregator *a)
{
    struct aggregator_counts counts = a->counts;

    for (int t = 0; t < TOPIC_COUNT; t++) {
        counts.changed += counts.fates[t][FATE_CHANGED];
        counts.repeats += counts.fates[t][FATE_REPEATED];
        counts.set_aside += counts.fates[t][FATE_SET_ASIDE];
        counts.forwarded += counts.fates[t][FATE_FORWARDED];
    }
    if (a->world.feed.refused != NULL)
        counts.refused = a->world.feed.refused(a->world.feed.self);
    counts.owned = a->owned.count;
    counts.shown = pushed_what_can_be(&a->owned, a->wire.day);
    for (size_t i = 0; i < a->owned.count; i++) {
        counts.ready += a->owned.at[i]->state == PARTITION_READING;
        if (a->owned.at[i]->ledger == NULL)
            continue;
        counts.journal_bytes += a->owned.at[i]->journal_bytes;
        counts.entries += ledger_count(a->owned.at[i]->ledger);
        counts.ledger_bytes += ledger_bytes(a->owned.at[i]->ledger);
    }
    return counts;
}

bool
aggregator_waits(const struct aggregator *a)
{
    return a->pause_ms > 0;
}

const char *
aggregator_lacks(const struct aggregator *a)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (a->rounds.strange_since[t] > 0)
            return topic_names[t];
    return NULL;
}
