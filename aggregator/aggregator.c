#include "aggregator/state.h"

/* Opening, closing, looking in; what it does is in turn.c. */

struct settings
settings_default(void)
{
    struct settings s = {
        .prefix = "tt:",
        .partitions = { 12, 12 },
        .fixed_day = -1,
        .batch_most = 100000,
        .push_ms = 2000,
        .audit_ms = 2000,
        .split_cells = 10000,
        .compact_bytes = 8U << 20,
        .chunk_bytes = 1 << 20,
    };
    enum fault fault = windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &s.windows, NULL);

    (void)fault; /* the default is well-formed: check_keys.c */
    return s;
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
    memcpy(a->scripts, scripts, sizeof a->scripts);
    (void)windows_write(&settings->windows, a->windows_text, sizeof a->windows_text);
    a->start = world->chance.draw(world->chance.self);
    a->dims = dim_table_new();
    a->audited_at = a->world.clock.tick_ms(a->world.clock.self);
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++) {
        a->marks[t] = calloc((size_t)settings->partitions[t], sizeof *a->marks[t]);
        if (settings->counts_again)
            a->reaches[t] = malloc((size_t)settings->partitions[t] * sizeof *a->reaches[t]);
        for (int32_t i = 0; a->reaches[t] != NULL && i < settings->partitions[t]; i++)
            a->reaches[t][i] = (struct reach){ .limit = INT64_MAX };
        fault =
            plan_compile(schema_text((enum record_type)t), (enum record_type)t, &a->plans[t], why);
        if (fault == FAULT_NONE &&
            (a->marks[t] == NULL || (settings->counts_again && a->reaches[t] == NULL)))
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for the marks of a topic");
    }
    if (fault == FAULT_NONE && (!waiting_open(&a->waiting) || a->dims == NULL))
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
    while (a->partition_count > 0)
        partition_remove(a, a->partitions[0]->place);
    free(a->partitions);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        plan_free(a->plans[t]);
        free(a->marks[t]);
        free(a->reaches[t]);
    }
    waiting_release(&a->waiting);
    free(a->entry);
    dim_table_free(a->dims);
    calls_release(&a->calls);
    fold_release(&a->fold);
    fold_release(&a->fold_all);
    cells_release(&a->cells);
    free(a->pushes.list);
    free(a->pushes.moves);
    free(a);
}

struct aggregator_counts
aggregator_counts(const struct aggregator *a)
{
    struct aggregator_counts counts = a->counts;

    counts.owned = a->partition_count;
    for (size_t i = 0; i < a->partition_count; i++) {
        if (a->partitions[i]->ledger == NULL)
            continue;
        counts.entries += ledger_count(a->partitions[i]->ledger);
        counts.ledger_bytes += ledger_bytes(a->partitions[i]->ledger);
    }
    return counts;
}
