/* Facts for health.h: when Redis and Kafka answered, and whether anything
 * moves.
 *
 * Redis is not asked for it: all that goes there goes through here, and at rest
 * the audit goes there every 2 s.  So it is with Kafka, which is asked every
 * second where it ends (feed_ends.c).  A turn may take long (a journal of
 * millions of records is read in one), but every answer of Redis shows that it
 * goes on. */
#include "aggregator/watch.h"
#include "base/clock.h"

enum { TELL_MS = 250 };

static int64_t
now_ms(void)
{
    struct clock clock = clock_real();

    return clock.tick_ms(clock.self);
}

enum fault
watch_open(struct watch *w, const struct health_place *place, const struct feed_kafka *feed,
           const struct log *log, struct why *why)
{
    enum fault fault = health_open(place, &w->health, why);

    w->log = log;
    w->feed = feed;
    return fault;
}

void
watch_close(struct watch *w)
{
    health_close(w->health);
    w->health = NULL;
    w->feed = NULL;
}

void
watch_alive(struct watch *w, bool redis_answered)
{
    int64_t now = now_ms();

    if (redis_answered)
        w->redis_at = now;
    /* Called with every answer, so it does little: four times a second at most. */
    if (w->health == NULL || now < w->touched_at + TELL_MS)
        return;
    w->touched_at = now;
    health_touch(w->health, w->redis_at, feed_heard_at(w->feed), now);
}

/* ---- the way to Redis --------------------------------------------------------------- */

/* An error is an answer, too. */
static bool
any_answer(const struct answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (answers[i].kind != ANSWER_AWAY)
            return true;
    return false;
}

/* The way itself, with a look at what it brought. */
static enum fault
run_watched(void *self, const struct command *commands, size_t count, struct answer *answers,
            struct why *why)
{
    struct watch *w = self;
    enum fault fault = w->store.run(w->store.self, commands, count, answers, why);

    watch_alive(w,
                fault == FAULT_NONE || (fault == FAULT_STORE_AWAY && any_answer(answers, count)));
    return fault;
}

struct store_way
watch_store(struct watch *w, struct store_way store)
{
    /* Nobody asks for the health: then it costs nothing. */
    if (w->health == NULL)
        return store;
    w->store = store;
    return (struct store_way){ .self = w, .run = run_watched };
}

/* ---- turns -------------------------------------------------------------------------- */

/* What it waits for, and since when; over when the aggregator says so. */
static void
note_wait(struct watch *w, const struct aggregator *a, enum fault fault, const struct why *why,
          int64_t now)
{
    const char *lacks = a == NULL ? NULL : aggregator_lacks(a);

    if (fault == FAULT_NONE && lacks == NULL && (a == NULL || !aggregator_waits(a))) {
        w->stuck_since = 0;
        return;
    }
    if (w->stuck_since == 0)
        w->stuck_since = now;
    if (fault != FAULT_NONE)
        (void)snprintf(w->waits_for, sizeof w->waits_for, "%.200s", why->text);
    else if (lacks != NULL)
        (void)snprintf(w->waits_for, sizeof w->waits_for, "topic %.100s is not there", lacks);
}

/* What the aggregator knows of itself. */
static void
facts_of(const struct aggregator *a, struct health_facts *f)
{
    struct aggregator_counts n = aggregator_counts(a);

    f->owned = (int64_t)n.owned;
    f->ready = (int64_t)n.ready;
    f->waiting = n.waiting;
    f->shown = n.shown;
    /* Only compared with the last one: any change means that something was done. */
    f->moves = n.records + n.commits + n.pushes + n.cells + n.syncs + (int64_t)n.ready +
               (int64_t)n.entries;
}

void
watch_turn(struct watch *w, const struct aggregator *a, enum fault fault, const struct why *why)
{
    struct health_facts facts = { .shown = true };
    struct why reason;
    int64_t now;

    if (w->health == NULL)
        return;
    now = now_ms();
    facts.kafka_at = feed_heard_at(w->feed);
    facts.kafka_asked_at = feed_asked_at(w->feed);
    note_wait(w, a, fault, why, now);
    /* Noted every turn, told four times a second. */
    if (now < w->told_at + TELL_MS)
        return;
    w->told_at = now;
    facts.redis_at = w->redis_at;
    facts.stuck_since = w->stuck_since;
    if (a != NULL)
        facts_of(a, &facts);
    memcpy(facts.waits_for, w->waits_for, sizeof facts.waits_for);
    fault = health_tell(w->health, &facts, now, &reason);
    if (fault != FAULT_NONE)
        log_fault(w->log, LOG_WARN, "--health will know nothing", fault, &reason);
}
