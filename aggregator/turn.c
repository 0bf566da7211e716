#include "aggregator/state.h"

/* One turn.
 *
 *      take -> enter -> settle -> COMMIT -> SYNC, PUSH, AUDIT, compaction
 *
 * A dead letter or a forwarded copy is acknowledged before the offset behind
 * it is committed (rule 17).  A step that fails leaves an open batch or a
 * wanted SYNC behind; the next turn goes on with it before it takes more. */

enum {
    PAUSE_FIRST_MS = 50,
    PAUSE_MOST_MS = 5000,
    IDLE_MS = 500,  /* longest wait for a message */
    BACKLOG = 2000, /* messages of one take that mean: far behind */
    DRAIN_TURNS = 100,
    PUSH_REST_MS = 100,
};

struct settings
settings_default(void)
{
    struct settings s = {
        .prefix = "tt:",
        .partitions = { 12, 12 },
        .fixed_day = -1,
        .batch_most = 100000,
        .push_ms = 1000,
        .audit_ms = 10000,
        .split_cells = 10000,
        .compact_bytes = 8U << 20,
    };
    enum fault fault = windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &s.windows, NULL);

    (void)fault; /* the default is well-formed: check_keys.c */
    return s;
}

static int64_t
tick(const struct aggregator *a)
{
    return a->world.clock.tick_ms(a->world.clock.self);
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
    a->item = malloc(ITEM_BYTES_MOST);
    a->dims = dim_table_new();
    a->audited_at = tick(a);
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++) {
        a->marks[t] = calloc((size_t)settings->partitions[t], sizeof *a->marks[t]);
        fault =
            plan_compile(schema_text((enum record_type)t), (enum record_type)t, &a->plans[t], why);
        if (fault == FAULT_NONE && a->marks[t] == NULL)
            fault = FAULT_NO_MEMORY;
    }
    if (fault == FAULT_NONE && (a->item == NULL || a->dims == NULL))
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
    }
    free(a->item);
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

/* ---- who owns what ------------------------------------------------------------------- */

/* Give back everything that one rebalance takes away in one call. */
static enum fault
give_back(struct aggregator *a, const struct batch *batch, struct why *why)
{
    struct place *places = calloc(batch->event_count + 1, sizeof *places);
    size_t count = 0;
    enum fault fault = FAULT_NONE;

    if (places == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a rebalance");
    for (size_t i = 0; i < batch->event_count; i++) {
        if (batch->events[i].kind != FEED_REVOKED)
            continue;
        partition_remove(a, batch->events[i].place);
        places[count++] = batch->events[i].place;
    }
    if (count > 0)
        fault = a->world.feed.stop(a->world.feed.self, places, count, why);
    free(places);
    return fault;
}

static enum fault
take_assignment(struct aggregator *a, const struct batch *batch, struct why *why)
{
    enum fault fault = give_back(a, batch, why);

    for (size_t i = 0; i < batch->event_count && fault == FAULT_NONE; i++) {
        const struct feed_event *event = &batch->events[i];

        if (event->kind == FEED_ASSIGNED)
            fault = partition_add(a, event->place, why);
        if (event->kind == FEED_START_GONE && partition_of(a, event->place) != NULL)
            fault = why_set(why, FAULT_LOG_MISMATCH,
                            "%s/%d: the topic no longer holds offset %lld. Bring the topic back, "
                            "or use another --prefix or an emptied Redis to count it from its "
                            "start",
                            topic_names[event->place.topic], event->place.partition,
                            (long long)event->offset);
    }
    return fault;
}

static bool
any_open(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i]->open)
            return true;
    return false;
}

/* SYNC what wants it; then begin to read, or go back, where it says. */
static enum fault
sync_all(struct aggregator *a, struct why *why)
{
    struct start *starts = NULL;
    size_t count = 0;
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++) {
        struct partition *p = a->partitions[i];
        for (int tries = 0; tries < 3 && p->wants_sync && fault == FAULT_NONE; tries++)
            fault = sync_partition(a, p, why);
        if (fault == FAULT_NONE && p->wants_sync)
            return FAULT_NONE; /* the next turn tries again */
    }
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < a->partition_count; i++)
        count += !a->partitions[i]->ready;
    if (count == 0)
        return FAULT_NONE;
    starts = calloc(count, sizeof *starts);
    if (starts == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an assignment");
    count = 0;
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        if (!p->ready)
            starts[count++] = (struct start){ p->place, p->verify ? p->last_offset : p->next };
    }
    fault = a->world.feed.start(a->world.feed.self, starts, count, why);
    free(starts);
    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        a->partitions[i]->ready = true;
    return fault;
}

/* ---- the turn --------------------------------------------------------------------------- */

/* At once when we have caught up; at its own pace under backlog, and when the
 * last one left something behind (a total out of range). */
static bool
push_is_due(const struct aggregator *a)
{
    int64_t pace = !a->caught_up ? a->settings.push_ms : a->push_rests ? PUSH_REST_MS : 0;

    return tick(a) >= a->pushed_at + pace && !pushed_all(a);
}

static bool
audit_is_due(const struct aggregator *a)
{
    return a->audit_soon || tick(a) >= a->audited_at + a->settings.audit_ms;
}

static enum fault
settle(struct aggregator *a, struct why *why)
{
    enum fault fault;

    if (!a->unsettled)
        return FAULT_NONE;
    fault = a->world.feed.settle(a->world.feed.self, why);
    if (fault == FAULT_NONE)
        a->unsettled = false;
    return fault;
}

static void
note_positions(struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        struct start at = { p->place, p->next };
        if (p->ready)
            a->world.feed.note(a->world.feed.self, &at, 1);
    }
}

static enum fault
after_commit(struct aggregator *a, struct why *why)
{
    enum fault fault = sync_all(a, why);

    if (fault == FAULT_NONE && push_is_due(a)) {
        fault = push_all(a, why);
        a->pushed_at = tick(a);
        a->push_rests = !pushed_all(a);
        note_positions(a);
    }
    if (fault == FAULT_NONE && audit_is_due(a)) {
        fault = audit(a, why);
        if (fault == FAULT_NONE) {
            a->audited_at = tick(a);
            a->audit_soon = false;
        }
    }
    if (fault == FAULT_NONE)
        fault = compact_journals(a, why);
    if (fault == FAULT_NONE)
        fault = finish_check(a, why);
    return fault;
}

static enum fault
go_on(struct aggregator *a, struct why *why)
{
    enum fault fault = settle(a, why);

    if (fault == FAULT_NONE)
        fault = finish_marks(a, why);
    if (fault == FAULT_NONE && any_open(a))
        fault = commit_all(a, why);
    if (fault == FAULT_NONE)
        fault = after_commit(a, why);
    return fault;
}

/* Wait a growing while, with jitter, and say so. */
static void
pause_after(struct aggregator *a, enum fault fault, const struct why *why)
{
    uint64_t chance = a->world.chance.draw(a->world.chance.self);
    int64_t pause = a->pause_ms == 0 ? PAUSE_FIRST_MS : a->pause_ms * 2;

    a->pause_ms = pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
    pause = a->pause_ms / 2 + (int64_t)(chance % (uint64_t)(a->pause_ms / 2 + 1));
    a->retry_at = tick(a) + pause;
    a->audit_soon = true; /* who knows what came back */
    log_say(a->world.log, LOG_WARN, "waiting", LOG_S("fault", fault_name(fault)),
            LOG_S("message", why->text), LOG_I("wait_ms", pause));
}

static int64_t
wait_of(const struct aggregator *a)
{
    int64_t now = tick(a), wait = IDLE_MS;

    if (now < a->retry_at)
        return a->retry_at - now;
    if (any_open(a) || a->unsettled || push_is_due(a) || audit_is_due(a))
        return 0;
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i]->wants_sync || !a->partitions[i]->ready)
            return 0;
    if (!pushed_all(a) || (a->settings.exit_at_end && a->marks_known))
        wait = 1;
    return wait;
}

static enum fault
one_turn(struct aggregator *a, struct why *why)
{
    bool held = any_open(a) || a->unsettled || tick(a) < a->retry_at;
    struct batch batch = { 0 };
    enum fault fault;

    look_at_clock(a);
    fault = a->world.feed.take(a->world.feed.self, held ? 0 : a->settings.batch_most, wait_of(a),
                               &batch, why);
    if (fault == FAULT_NONE)
        fault = take_assignment(a, &batch, why);
    if (fault != FAULT_NONE)
        return fault;
    if (tick(a) < a->retry_at)
        return FAULT_NONE;
    if (!held) {
        a->caught_up = batch.message_count < BACKLOG;
        fault = intake(a, &batch, why);
    }
    if (fault == FAULT_NONE)
        fault = go_on(a, why);
    if (fault == FAULT_NONE && a->pause_ms > 0) {
        a->pause_ms = 0;
        log_values(a->world.log, LOG_INFO, "going on", NULL, 0);
    }
    return fault;
}

enum fault
aggregator_turn(struct aggregator *a, struct why *why)
{
    enum fault fault = one_turn(a, why);

    if (fault_remedy(fault) == TRY_AGAIN)
        pause_after(a, fault, why);
    return fault;
}

enum fault
aggregator_drain(struct aggregator *a, struct why *why)
{
    enum fault fault = go_on(a, why);

    for (int i = 0; i < DRAIN_TURNS && fault == FAULT_NONE && !pushed_all(a); i++)
        fault = push_all(a, why);
    note_positions(a);
    return fault;
}

bool
aggregator_is_done(const struct aggregator *a)
{
    return a->done;
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
