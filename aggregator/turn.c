#include "aggregator/state.h"

/* One turn.
 *
 *      take -> enter -> settle -> COMMIT -> SYNC, PUSH, AUDIT, compaction
 *
 * A dead letter or a forwarded copy is acknowledged before the offset behind
 * it is committed (rule 17).  A step that fails leaves an open batch or a
 * wanted SYNC behind; the next turn goes on with the batch before it takes
 * more, and with the SYNC when that is done. */

enum {
    PAUSE_FIRST_MS = 50,
    PAUSE_MOST_MS = 5000,
    PAUSE_HELD_MS = 400,
    IDLE_MS = 500, /* longest wait for a message */
    BACKLOG = 500, /* records that wait in Kafka: we are far behind */
    DRAIN_TURNS = 100,
    PUSH_REST_MS = 100,
};

static int64_t
tick(const struct aggregator *a)
{
    return a->world.clock.tick_ms(a->world.clock.self);
}

/* ---- who owns what ------------------------------------------------------------------- */

static enum fault
take_partition(struct aggregator *a, struct place place, struct why *why)
{
    if (place.partition >= a->settings.partitions[place.topic])
        return why_set(why, FAULT_SETTINGS,
                       "topic %s had %d partitions at the start and has partition %d now. Records "
                       "would change their partition: tally-aggregate --rebuild counts again from "
                       "Kafka",
                       topic_names[place.topic], a->settings.partitions[place.topic],
                       place.partition);
    return partition_add(a, place, why);
}

/* Kafka has nothing at the offset where p is read.  librdkafka 2.2 to 2.8 may
 * go on one offset too far after a rebalance (issue 4844); so Kafka is asked,
 * and p begins again where it should be, if that is there. */
static enum fault
take_gone(struct aggregator *a, struct partition *p, struct why *why)
{
    int64_t low, high, first;

    if (p == NULL || !p->ready)
        return FAULT_NONE;
    first = p->verify ? p->last_offset : p->next;
    if (a->world.feed.range(a->world.feed.self, p->place, &low, &high, why) != FAULT_NONE ||
        (low <= first && p->next <= high)) {
        p->ready = false;
        return FAULT_NONE;
    }
    return why_set(why, FAULT_LOG_MISMATCH,
                   "%s: the topic no longer holds offset %lld. Bring the topic back, or count "
                   "again what it holds with tally-aggregate --rebuild",
                   p->name, (long long)p->next);
}

/* In the order in which they come; what is given back goes in one call. */
static enum fault
take_assignment(struct aggregator *a, const struct batch *batch, struct why *why)
{
    struct place *revoked = calloc(batch->event_count + 1, sizeof *revoked);
    size_t count = 0;
    enum fault fault = FAULT_NONE;

    if (revoked == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a rebalance");
    for (size_t i = 0; i < batch->event_count && fault == FAULT_NONE; i++) {
        const struct feed_event *event = &batch->events[i];

        if (event->kind == FEED_ASSIGNED) {
            fault = take_partition(a, event->place, why);
        } else if (event->kind == FEED_REVOKED) {
            partition_remove(a, event->place);
            revoked[count++] = event->place;
        } else if (event->kind == FEED_DROPPED) {
            struct partition *p = partition_of(a, event->place);
            if (p != NULL)
                p->ready = false;
        } else if (event->kind == FEED_START_GONE) {
            fault = take_gone(a, partition_of(a, event->place), why);
        }
    }
    if (fault == FAULT_NONE && count > 0)
        fault = a->world.feed.stop(a->world.feed.self, revoked, count, why);
    free(revoked);
    return fault;
}

/* Is there something to commit, as far as Redis answers? */
static bool
any_open(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i]->open && !a->partitions[i]->away)
            return true;
    return false;
}

/* Could no partition take a message, since their keys don't answer? */
static bool
all_away(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++)
        if (!a->partitions[i]->away)
            return false;
    return a->partition_count > 0;
}

static bool
wants_start(const struct aggregator *a, const struct partition *p)
{
    return !p->ready && !p->away && !is_at_limit(a, p);
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
        for (int tries = 0; tries < 3 && p->wants_sync && !p->away && fault == FAULT_NONE;
             tries++) {
            fault = sync_partition(a, p, why);
            if (fault == FAULT_STORE_AWAY)
                partition_away(a, p);
            fault = pass_over(a, fault, why);
        }
        if (fault == FAULT_NONE && p->wants_sync && !p->away)
            fault = why_set(why, FAULT_MOVING, "%s is being changed by another instance", p->name);
    }
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < a->partition_count; i++)
        count += wants_start(a, a->partitions[i]);
    if (count == 0)
        return FAULT_NONE;
    starts = calloc(count, sizeof *starts);
    if (starts == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an assignment");
    count = 0;
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        if (wants_start(a, p))
            starts[count++] = (struct start){ p->place, p->verify ? p->last_offset : p->next };
    }
    fault = a->world.feed.start(a->world.feed.self, starts, count, why);
    free(starts);
    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++)
        a->partitions[i]->ready = a->partitions[i]->ready || wants_start(a, a->partitions[i]);
    a->had_partitions = a->had_partitions || fault == FAULT_NONE;
    return fault;
}

/* ---- the turn --------------------------------------------------------------------------- */

/* At once when we have caught up; at its own pace under backlog, and when the
 * last one left something behind (a total out of range). */
static bool
push_is_due(const struct aggregator *a)
{
    int64_t pace = !a->caught_up ? a->settings.push_ms : a->push_rests ? PUSH_REST_MS : 0;

    return a->push_once || (tick(a) >= a->pushed_at + pace && !pushed_what_answers(a));
}

static bool
audit_is_due(const struct aggregator *a)
{
    return (a->audit_soon && tick(a) >= a->retry_at) ||
           tick(a) >= a->audited_at + a->settings.audit_ms;
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

/* A run failed, and none has brought an answer in this turn. */
static bool
nobody_answers(const struct aggregator *a)
{
    return a->missed.fault != FAULT_NONE && !a->calls.heard;
}

static enum fault
after_commit(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE;

    /* Before a push: after a lost reply the tags tell what ran. */
    if (audit_is_due(a)) {
        fault = audit(a, why);
        if (fault == FAULT_NONE) {
            a->audited_at = tick(a);
            a->audit_soon = false;
        }
        fault = pass_over(a, fault, why);
    }
    if (fault != FAULT_NONE || nobody_answers(a))
        return fault;
    fault = sync_all(a, why);
    if (fault == FAULT_NONE && push_is_due(a)) {
        fault = pass_over(a, push_all(a, why), why);
        a->pushed_at = tick(a);
        a->push_once = false;
        a->push_rests = !pushed_all(a);
        note_positions(a);
    }
    if (fault == FAULT_NONE)
        fault = pass_over(a, compact_journals(a, why), why);
    if (fault == FAULT_NONE)
        fault = pass_over(a, finish_check(a, why), why);
    return fault;
}

static enum fault
go_on(struct aggregator *a, struct why *why)
{
    enum fault fault = settle(a, why);

    if (fault == FAULT_NONE)
        fault = finish_marks(a, why);
    if (fault == FAULT_NONE && any_open(a))
        fault = pass_over(a, commit_all(a, why), why);
    if (fault == FAULT_NONE)
        fault = after_commit(a, why);
    return fault;
}

/* Until retry_at nothing is done but what events ask for. */
static bool
stands_still(const struct aggregator *a)
{
    return tick(a) < a->retry_at && !a->pauses_in_part;
}

static const char *
what_to_do(enum fault fault)
{
    if (fault == FAULT_STORE_AWAY)
        return "it goes on by itself once that Redis answers: start it, or let a replica take over";
    if (fault == FAULT_KAFKA_AWAY)
        return "it goes on by itself once Kafka answers";
    if (fault == FAULT_HELD)
        return "it goes on by itself once the rebuild has swapped, or has ended otherwise";
    return "it goes on by itself";
}

static const char *
what_waits(enum fault fault, bool in_part)
{
    if (fault == FAULT_HELD)
        return "waiting for a rebuild";
    return in_part ? "waiting for a part of Redis" : "waiting";
}

/* Wait a growing while, with jitter, and say so.  When Redis is away in part,
 * only what is away waits. */
static void
pause_after(struct aggregator *a, enum fault fault, bool in_part, const struct why *why)
{
    uint64_t chance = a->world.chance.draw(a->world.chance.self);
    int64_t pause = a->pause_ms == 0 ? PAUSE_FIRST_MS : a->pause_ms * 2;
    int64_t most = fault == FAULT_HELD ? PAUSE_HELD_MS : PAUSE_MOST_MS;

    a->audit_soon = true; /* who knows what came back */
    if (in_part && a->pauses_in_part && tick(a) < a->retry_at)
        return; /* more of what is away already */
    a->pauses_in_part = in_part;
    a->pause_ms = pause < most ? pause : most;
    pause = a->pause_ms / 2 + (int64_t)(chance % (uint64_t)(a->pause_ms / 2 + 1));
    a->retry_at = tick(a) + pause;
    log_say(a->world.log, LOG_WARN, what_waits(fault, in_part), LOG_S("fault", fault_name(fault)),
            LOG_S("message", why->text), LOG_S("remedy", what_to_do(fault)),
            LOG_I("wait_ms", pause));
}

static int64_t
wait_of(const struct aggregator *a)
{
    int64_t until = a->retry_at - tick(a), wait = IDLE_MS;

    if (stands_still(a))
        return until;
    if (0 < until && until < wait)
        wait = until;
    if (any_open(a) || a->unsettled || push_is_due(a) || audit_is_due(a) || compact_is_due(a))
        return 0;
    for (size_t i = 0; i < a->partition_count; i++)
        if (a->partitions[i]->wants_sync ? !a->partitions[i]->away
                                         : wants_start(a, a->partitions[i]))
            return 0;
    if (!pushed_what_answers(a) || (a->settings.exit_at_end && a->marks_known))
        wait = 1;
    return wait;
}

/* Take what is there, slice by slice, into open batches.  What a rebalance
 * brought is answered before more is taken. */
static enum fault
take_in_slices(struct aggregator *a, struct why *why)
{
    struct batch batch = { 0 };
    int64_t wait = wait_of(a);
    size_t taken = 0, most;
    enum fault fault;

    do {
        most = a->settings.batch_most - taken;
        most = most < TAKE_MOST ? most : TAKE_MOST;
        fault = a->world.feed.take(a->world.feed.self, most, wait, &batch, why);
        if (fault == FAULT_NONE) {
            fault = take_assignment(a, &batch, why);
            if (fault == FAULT_NONE)
                fault = intake(a, &batch, why);
            else
                send_back(a, &batch, 0);
        }
        taken += batch.message_count;
        wait = 0;
    } while (fault == FAULT_NONE && batch.message_count == most && batch.event_count == 0 &&
             taken < a->settings.batch_most);
    a->caught_up = batch.waiting < BACKLOG;
    return fault;
}

/* Nothing is taken while something waits; only a rebalance is served. */
static enum fault
take_events(struct aggregator *a, struct why *why)
{
    struct batch batch = { 0 };
    enum fault fault = a->world.feed.take(a->world.feed.self, 0, wait_of(a), &batch, why);

    return fault != FAULT_NONE ? fault : take_assignment(a, &batch, why);
}

static enum fault
one_turn(struct aggregator *a, bool *in_part, struct why *why)
{
    bool held;
    enum fault fault;

    if (a->any_away && tick(a) >= a->retry_at)
        away_forget(a);
    a->calls.heard = false;
    held = any_open(a) || a->unsettled || stands_still(a) || all_away(a);
    look_at_clock(a);
    fault = held ? take_events(a, why) : take_in_slices(a, why);
    if (fault != FAULT_NONE || stands_still(a))
        return fault;
    fault = go_on(a, why);
    if (fault == FAULT_NONE)
        fault = passed_over(a, in_part, why);
    else
        a->missed.fault = FAULT_NONE;
    if (fault == FAULT_NONE && a->pause_ms > 0 && !a->any_away) {
        a->pause_ms = 0;
        log_values(a->world.log, LOG_INFO, "going on", NULL, 0);
    }
    return fault;
}

enum fault
aggregator_turn(struct aggregator *a, struct why *why)
{
    bool in_part = false;
    enum fault fault = one_turn(a, &in_part, why);

    if (fault_remedy(fault) == TRY_AGAIN)
        pause_after(a, fault, in_part, why);
    return fault;
}

enum fault
aggregator_drain(struct aggregator *a, struct why *why)
{
    enum fault fault;
    bool in_part;

    away_forget(a);
    a->retry_at = tick(a); /* no more waiting */
    fault = go_on(a, why);
    if (fault == FAULT_NONE)
        fault = passed_over(a, &in_part, why);
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
