/* Where the log has lost its beginning or its end, or is another one.
 *
 *  next below low     records are gone that were never counted: stop, or --accept-loss
 *  next within        nothing is missing, even if the last record counted is gone
 *  next above high    the log is shorter than it was: another log, or an old leader
 *
 * What was counted need not lie in the log any more.  An end that is too low is
 * asked again for 10 s, since a broker that does not know that it leads no more
 * answers with the end that it had. */
#include "aggregator/state.h"

enum {
    SHORT_MS = 10000,
    GONE_REST_MS = 1000, /* before a partition whose topic was not there is begun again */
};

static enum fault
lost(const struct partition *p, int64_t next, int64_t low, struct why *why)
{
    return why_set(
        why, FAULT_LOG_MISMATCH,
        "%s: %lld offsets, from %lld on, are gone from the log before they were counted: it "
        "begins at %lld now. Bring them back; or start with --accept-loss, which goes on "
        "without them and keeps what was counted",
        p->name, (long long)(low - next), (long long)next, (long long)low);
}

/* The open batch goes from next to low: its COMMIT leaves a record without
 * items. */
static void
go_on_behind(struct aggregator *a, struct partition *p, int64_t next, int64_t low)
{
    say_loss(a->world.log, p, next, low, "they were never counted, and are gone from the log");
    skip_to(&a->versions, p, low);
}

/* A broker that led a partition, stood still, and does not know yet that it leads no more, answers
 * with the end that it had. */
static bool
is_short_for_now(struct partition *p, int64_t now)
{
    if (p->short_since == 0)
        p->short_since = now;
    return now < p->short_since + SHORT_MS;
}

enum fault
log_holds_next(struct aggregator *a, struct partition *p, int64_t *low, int64_t *high,
               struct why *why)
{
    /* What is open is read on from where it is, not from where it was committed. */
    int64_t next = p->open ? p->read_next : p->next;
    enum fault fault = a->world.feed.range(a->world.feed.self, p->place, low, high, why);

    if (fault != FAULT_NONE)
        return fault;
    if (*high < next && is_short_for_now(p, tick(&a->world)))
        return why_set(why, FAULT_KAFKA_AWAY,
                       "%s: the totals were made from offsets below %lld, Kafka says that the "
                       "topic holds %lld to %lld: it is asked again",
                       p->name, (long long)next, (long long)*low, (long long)*high);
    if (*high < next)
        return why_set(why, FAULT_LOG_MISMATCH,
                       "%s: the totals were made from offsets below %lld, the topic holds %lld to "
                       "%lld. " LOG_REMEDY,
                       p->name, (long long)next, (long long)*low, (long long)*high);
    p->short_since = 0;
    if (next < *low && !a->settings.accept_loss)
        return lost(p, next, *low, why);
    if (next < *low)
        go_on_behind(a, p, next, *low);
    /* It can't be read any more, so it can't be compared: nothing speaks
     * against this log. */
    if (p->verify && p->last_offset < *low) {
        p->verify = false;
        log_say(a->world.log, LOG_INFO, "the last record counted is gone from the log",
                LOG_S("partition", p->name), LOG_I("offset", p->last_offset),
                LOG_I("first_offset", *low),
                LOG_S("message", "so whether this is the log that was counted can't be seen"));
    }
    return FAULT_NONE;
}

/* ---- is it still the same log? ------------------------------------------------------------- */

/* False: there is nothing to ask the log. */
static bool
begin_with_the_last(struct partition *p, const struct log *log)
{
    if (p == NULL || partition_wants_sync(p))
        return false;
    if (p->probes) {
        probe_end(p, log, false);
        return false;
    }
    partition_begins_again(p);
    p->verify = p->last_offset >= 0;
    return true;
}

/* Is it still the log that was counted?  p begins again with the record that was counted last. */
enum fault
doubt_log(struct aggregator *a, struct partition *p, struct why *why)
{
    int64_t low, high;
    enum fault fault;

    if (!begin_with_the_last(p, a->world.log))
        return FAULT_NONE;
    fault = log_holds_next(a, p, &low, &high, why);
    return fault == FAULT_LOG_MISMATCH ? fault : FAULT_NONE; /* else it is found again */
}

/* The same, while nobody answers where the log ends: to ask would take seconds, and the other topic
 * would stand still for as long.  Where p's offset is gone from the new log, Kafka says so. */
void
doubt_topic(const struct world *world, struct partition *p)
{
    bool rests = p != NULL && p->rests_until > 0; /* until it is begun again */

    if (!rests && begin_with_the_last(p, world->log))
        p->rests_until = tick(world) + GONE_REST_MS;
}
