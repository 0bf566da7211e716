/* One turn.
 *
 *      take -> enter -> settle -> close -> COMMIT -> SYNC, PUSH, AUDIT, compaction
 *
 * A dead letter or a forwarded copy is acknowledged before the offset behind
 * it is committed (rule 17).  A step that fails leaves an open batch or a
 * wanted SYNC behind; the next turn goes on with the batch before it takes
 * more, and with the SYNC when that is done. */
#include "aggregator/state.h"

#include <assert.h>

enum {
    PAUSE_FIRST_MS = 50,
    PAUSE_MOST_MS = 5000,
    PAUSE_HELD_MS = 400,
    IDLE_MS = 500, /* longest wait for a message */
    BEHIND = 500,  /* records that wait in Kafka */
    FAR_BEHIND = 10000,
    DRAIN_TURNS = 100,
    PUSH_REST_MS = 100,
    ASKING_MS = 20, /* while a registry is asked, its answer is looked for so often */
    AWAITED_FIRST_MS = 1000,
    AWAITED_AGAIN_MS = 10000,
};

/* ---- who owns what ------------------------------------------------------------------- */

static enum fault
take_partition(struct owned *owned, const struct settings *settings, struct place place,
               struct why *why)
{
    if (place.partition >= settings->partitions[place.topic])
        return partitions_were_added(settings, place.topic, place.partition + 1, why);
    return partition_add(owned, place, why);
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
    a->finish.shared_out = a->finish.shared_out || batch->shared_out;
    for (size_t i = 0; i < batch->event_count && fault == FAULT_NONE; i++) {
        const struct feed_event *event = &batch->events[i];

        if (event->kind == FEED_ASSIGNED) {
            fault = take_partition(&a->owned, &a->settings, event->place, why);
        } else if (event->kind == FEED_REVOKED) {
            partition_remove(&a->owned, event->place);
            revoked[count++] = event->place;
        } else if (event->kind == FEED_DROPPED) {
            struct partition *p = partition_of(&a->owned, event->place);
            if (p != NULL)
                partition_begins_again(p);
        } else if (event->kind == FEED_DOUBTED) {
            doubt_topic(&a->world, partition_of(&a->owned, event->place));
        } else if (event->kind == FEED_START_GONE) {
            /* Out of range: librdkafka 2.2 to 2.8 may go on one offset too far after a rebalance
             * (issue 4844), or the log was cut, or is another one. */
            fault = doubt_log(a, partition_of(&a->owned, event->place), why);
        }
    }
    if (fault == FAULT_NONE && count > 0)
        fault = a->world.feed.stop(a->world.feed.self, revoked, count, why);
    free(revoked);
    return fault;
}

/* Is there something to commit, as far as Redis answers? */
static bool
any_open(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++)
        if (owned->at[i]->open && !owned->at[i]->away)
            return true;
    return false;
}

/* Could no partition take a message, since their keys don't answer? */
static bool
all_away(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++)
        if (!owned->at[i]->away)
            return false;
    return owned->count > 0;
}

static bool
wants_start(const struct finish *finish, const struct partition *p)
{
    return p->state == PARTITION_LOADED && !p->away && !is_at_limit(finish, p) &&
           p->rests_until == 0 && !p->awaited.is;
}

/* Once, before it is asked who wants to begin: the answer must not change while it is used. */
static void
end_rests(const struct owned *owned, int64_t now)
{
    for (size_t i = 0; i < owned->count; i++)
        if (now >= owned->at[i]->rests_until)
            owned->at[i]->rests_until = 0;
}

/* One line for all that were loaded by one call. */
static void
say_loaded(struct aggregator *a, int64_t syncs)
{
    struct aggregator_counts counts;

    if (a->counts.syncs == syncs)
        return;
    counts = aggregator_counts(a);
    log_say(a->world.log, LOG_INFO, "loaded", LOG_I("partitions", a->counts.syncs - syncs),
            LOG_I("owned", (int64_t)counts.owned), LOG_I("entries", (int64_t)counts.entries),
            LOG_I("ledger_bytes", (int64_t)counts.ledger_bytes));
}

/* SYNC what wants it; then begin to read, or go back, where it says. */
static enum fault
sync_all(struct aggregator *a, struct why *why)
{
    struct start *starts = NULL;
    size_t count = 0;
    int64_t syncs = a->counts.syncs;
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < a->owned.count && fault == FAULT_NONE; i++) {
        struct partition *p = a->owned.at[i];
        for (int tries = 0; tries < 3 && partition_wants_sync(p) && !p->away && fault == FAULT_NONE;
             tries++) {
            fault = sync_partition(a, p, why);
            if (fault == FAULT_STORE_AWAY)
                partition_away(&a->wire, p);
            fault = pass_over(&a->wire, fault, why);
        }
        if (fault == FAULT_NONE && partition_wants_sync(p) && !p->away)
            fault = why_set(why, FAULT_MOVING, "%s is being changed by another instance", p->name);
    }
    say_loaded(a, syncs);
    if (fault != FAULT_NONE)
        return fault;
    known_tell(&a->noting, a->world.log);
    end_rests(&a->owned, tick(&a->world));
    for (size_t i = 0; i < a->owned.count; i++)
        count += wants_start(&a->finish, a->owned.at[i]);
    if (count == 0)
        return FAULT_NONE;
    starts = calloc(count, sizeof *starts);
    if (starts == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for an assignment");
    count = 0;
    for (size_t i = 0; i < a->owned.count; i++) {
        const struct partition *p = a->owned.at[i];
        if (wants_start(&a->finish, p))
            starts[count++] = (struct start){ p->place, first_offset(p) };
    }
    fault = a->world.feed.start(a->world.feed.self, starts, count, why);
    free(starts);
    for (size_t i = 0; i < a->owned.count && fault == FAULT_NONE; i++)
        if (wants_start(&a->finish, a->owned.at[i]))
            a->owned.at[i]->state = PARTITION_READING;
    a->finish.had_partitions = a->finish.had_partitions || fault == FAULT_NONE;
    return fault;
}

/* ---- schemas that are waited for --------------------------------------------------------- */

/* Not of one that Redis has: that is known a turn later. */
static void
say_awaited(const struct world *world, struct partition *p, const struct why *why)
{
    int64_t now = tick(world), next = p->awaited.said == 0 ? p->awaited.since + AWAITED_FIRST_MS
                                                           : p->awaited.said + AWAITED_AGAIN_MS;

    char id[SCHEMA_ID_TEXT];

    if (now < next)
        return;
    p->awaited.said = now;
    (void)schema_id_write(p->awaited.schema_id, id);
    log_say(world->log, LOG_WARN, "waiting for a schema", LOG_S("partition", p->name),
            LOG_I("offset", p->awaited.offset), LOG_S("schema_id", id),
            LOG_S("message", why->text[0] == '\0' ? "the schema registry is asked" : why->text),
            LOG_S("remedy", "it goes on by itself once the schema registry says what the id is; "
                            "--set-aside-schema ID sets records with it aside"));
}

/* Find out what ids mean; who waits for one that is known now begins again. */
static enum fault
learn_schemas(struct aggregator *a, struct why *why)
{
    struct writers *writers = &a->decoding.writers;
    enum fault fault = pass_over(&a->wire, writers_step(writers, &a->wire, why), why);

    for (size_t i = 0; i < a->owned.count && fault == FAULT_NONE; i++) {
        struct partition *p = a->owned.at[i];
        const struct plan *plan;
        struct why reason;
        enum fault found;

        if (!p->awaited.is)
            continue;
        found =
            writers_find(writers, &a->wire, p->place.topic, p->awaited.schema_id, &plan, &reason);
        if (found == FAULT_NO_MEMORY)
            return why_set(why, found, "%s", reason.text);
        p->awaited.is = found == FAULT_REGISTRY_AWAY;
        if (p->awaited.is)
            say_awaited(&a->world, p, &reason);
    }
    return fault;
}

static bool
any_awaits_schema(const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++)
        if (owned->at[i]->awaited.is)
            return true;
    return false;
}

/* ---- the turn --------------------------------------------------------------------------- */

/* How long nothing is pushed behind a push.  The longer that is, the more records change the same
 * cells, and the fewer cells each costs. */
static int64_t
pace_of(const struct aggregator *a)
{
    int64_t least = a->push_rests ? PUSH_REST_MS : 0; /* a total was out of range */
    int64_t most = a->settings.push_ms;

    switch (a->backlog) {
    case BACKLOG_NONE:
        return least;
    case BACKLOG_SHORT: /* pushing takes half of the time */
        least = least > a->push_took_ms ? least : a->push_took_ms;
        return least < most ? least : most;
    case BACKLOG_LONG: /* who reads sees that it is not complete */
        return most;
    }
    return most;
}

static bool
push_is_due(const struct aggregator *a)
{
    int64_t pace = pace_of(a);

    return a->push_once ||
           (tick(&a->world) >= a->pushed_at + pace && !pushed_what_answers(&a->owned, a->wire.day));
}

static bool
audit_is_due(const struct aggregator *a)
{
    return (a->wire.audit_soon && tick(&a->world) >= a->retry_at) ||
           tick(&a->world) >= a->audited_at + a->settings.audit_ms;
}

static enum fault
settle(struct aggregator *a, struct why *why)
{
    enum fault fault;

    if (!a->unsettled)
        return FAULT_NONE;
    fault = a->world.feed.settle(a->world.feed.self, why);
    if (fault == FAULT_NONE) {
        a->unsettled = false;
        a->noting.soon = true;
    }
    return fault;
}

/* A run failed, and none has brought an answer in this turn. */
static bool
nobody_answers(const struct aggregator *a)
{
    return a->wire.missed.fault != FAULT_NONE && !a->wire.calls.heard;
}

static enum fault
after_commit(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE;

    /* Before a push: after a lost reply the tags tell what ran. */
    if (audit_is_due(a)) {
        fault = audit(a, why);
        if (fault == FAULT_NONE) {
            a->audited_at = tick(&a->world);
            a->wire.audit_soon = false;
        }
        fault = pass_over(&a->wire, fault, why);
    }
    if (fault != FAULT_NONE || nobody_answers(a))
        return fault;
    fault = learn_schemas(a, why);
    if (fault == FAULT_NONE)
        fault = sync_all(a, why);
    if (fault == FAULT_NONE && push_is_due(a)) {
        int64_t began = tick(&a->world);
        fault = pass_over(&a->wire, push_all(&a->pushing, why), why);
        a->pushed_at = tick(&a->world);
        a->push_took_ms = a->pushed_at - began;
        a->push_once = false;
        a->push_rests = !pushed_all(&a->owned, a->wire.day);
    }
    if (fault == FAULT_NONE)
        fault = tell_step(a, why);
    if (fault == FAULT_NONE)
        fault = pass_over(&a->wire, compact_journals(&a->compacting, why), why);
    if (fault == FAULT_NONE)
        fault = pass_over(&a->wire, finish_check(a, why), why);
    return fault;
}

/* What was taken in becomes rows: a batch is closed before it is committed. */
static enum fault
close_batches(struct aggregator *a, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < a->owned.count && fault == FAULT_NONE; i++)
        if (a->owned.at[i]->open)
            fault = enter_end(a->entering.dims, a->owned.at[i], why);
    return fault;
}

static enum fault
go_on(struct aggregator *a, struct why *why)
{
    enum fault fault = settle(a, why);

    if (fault == FAULT_NONE)
        fault = finish_marks(a, why);
    if (fault == FAULT_NONE)
        fault = close_batches(a, why);
    if (fault == FAULT_NONE && any_open(&a->owned))
        fault = pass_over(&a->wire, commit_all(a, why), why);
    if (fault == FAULT_NONE)
        fault = after_commit(a, why);
    return fault;
}

/* Until retry_at nothing is done but what events ask for. */
static bool
stands_still(const struct aggregator *a)
{
    return tick(&a->world) < a->retry_at && !a->pauses_in_part;
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
    int64_t pause = a->pause_ms == 0 ? PAUSE_FIRST_MS : a->pause_ms * 2;
    int64_t most = fault == FAULT_HELD ? PAUSE_HELD_MS : PAUSE_MOST_MS;

    a->wire.audit_soon = true; /* who knows what came back */
    a->progress.waits++;
    a->counts.waits[fault]++;
    if (in_part && a->pauses_in_part && tick(&a->world) < a->retry_at)
        return; /* more of what is away already */
    a->pauses_in_part = in_part;
    a->pause_ms = pause < most ? pause : most;
    pause = chance_pause(&a->world.chance, a->pause_ms);
    a->retry_at = tick(&a->world) + pause;
    log_say(a->world.log, LOG_WARN, what_waits(fault, in_part), LOG_S("fault", fault_name(fault)),
            LOG_S("message", why->text), LOG_S("remedy", what_to_do(fault)),
            LOG_I("wait_ms", pause));
}

static int64_t
wait_of(const struct aggregator *a)
{
    int64_t until = a->retry_at - tick(&a->world), wait = IDLE_MS;
    int64_t told = tell_due_at(a), asked = finish_due_at(a), due = told < asked ? told : asked;

    if (stands_still(a))
        return until;
    if (0 < until && until < wait)
        wait = until;
    if (due < tick(&a->world) + wait)
        wait = due > tick(&a->world) ? due - tick(&a->world) : 0;
    if (any_open(&a->owned) || a->unsettled || push_is_due(a) || audit_is_due(a) ||
        compact_is_due(&a->compacting))
        return 0;
    for (size_t i = 0; i < a->owned.count; i++)
        if (partition_wants_sync(a->owned.at[i]) ? !a->owned.at[i]->away
                                                 : wants_start(&a->finish, a->owned.at[i]))
            return 0;
    if (!pushed_what_answers(&a->owned, a->wire.day))
        wait = 1;
    if (any_awaits_schema(&a->owned) && wait > ASKING_MS)
        wait = ASKING_MS;
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
                send_back(&a->owned, &batch, 0);
        }
        taken += batch.message_count;
        wait = 0;
    } while (fault == FAULT_NONE && batch.message_count == most && batch.event_count == 0 &&
             taken < a->settings.batch_most);
    a->backlog = batch.waiting < BEHIND       ? BACKLOG_NONE
                 : batch.waiting < FAR_BEHIND ? BACKLOG_SHORT
                                              : BACKLOG_LONG;
    a->counts.waiting = batch.waiting;
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

    if (a->wire.any_away && tick(&a->world) >= a->retry_at)
        away_forget(&a->wire, &a->owned);
    a->wire.calls.heard = false;
    held = any_open(&a->owned) || a->unsettled || stands_still(a) || all_away(&a->owned);
    look_at_clock(&a->wire);
    fault = held ? take_events(a, why) : take_in_slices(a, why);
    if (fault != FAULT_NONE || stands_still(a))
        return fault;
    fault = go_on(a, why);
    if (fault == FAULT_NONE)
        fault = passed_over(&a->wire, in_part, why);
    else
        a->wire.missed.fault = FAULT_NONE;
    if (fault == FAULT_NONE && a->pause_ms > 0 && !a->wire.any_away) {
        a->pause_ms = 0;
        lates_begin_anew(&a->lateness, a->settings.partitions, tick(&a->world));
        log_values(a->world.log, LOG_INFO, "going on", NULL, 0);
    }
    return fault;
}

enum fault
aggregator_turn(struct aggregator *a, struct why *why)
{
    bool in_part = false;
    enum fault fault = one_turn(a, &in_part, why);

    note_by_the_clock(&a->noting, &a->world, &a->owned);
    progress_say(a);
    if (fault_remedy(fault) == TRY_AGAIN)
        pause_after(a, fault, in_part, why);
    assert(fault_remedy(fault) == STOP || aggregator_sanity(a) == NULL);
    return fault;
}

enum fault
aggregator_drain(struct aggregator *a, struct why *why)
{
    enum fault fault;
    bool in_part;

    away_forget(&a->wire, &a->owned);
    a->retry_at = tick(&a->world); /* no more waiting */
    fault = go_on(a, why);
    if (fault == FAULT_NONE)
        fault = passed_over(&a->wire, &in_part, why);
    for (int i = 0; i < DRAIN_TURNS && fault == FAULT_NONE && !pushed_all(&a->owned, a->wire.day);
         i++)
        fault = push_all(&a->pushing, why);
    note_all(&a->noting, &a->world, &a->owned);
    return fault;
}

bool
aggregator_is_done(const struct aggregator *a)
{
    return a->finish.done;
}
