/* What the consumer group keeps for us, and what it is good for.
 *
 * By the clock it is told how far each partition is committed in Redis: so its
 * lag is true, whatever came.  Redis may lose everything; then all is counted
 * again from the log's start, and what lies below the noted offset was set aside
 * and forwarded before (rule 17: acknowledged before it was committed).  It is
 * not sent again, if it still is the same log: the record that was counted last
 * must lie where it lay.  So that one is read first:
 *
 *      SYNC -> noted() -> read the record at last_offset -> read from `next`
 *
 * While it is filled again the group keeps both, how far we are and what was sent:
 * another instance may have to go on.
 * What this process itself has committed of a partition counts as much as what
 * the group has: that one may be some seconds old. */
#include "aggregator/state.h"

enum {
    NOTE_MS = 2000,
    NOTE_SOON_MS = 100,    /* after something was sent */
    NOTE_FOR_MS = 15000,   /* a commit may get lost in a rebalance, or be kept back (feed_take.c) */
    NOTE_AGAIN_MS = 60000, /* also what has not changed: a stranger may have overwritten it */
    NOTE_TOGETHER = 256,
};

/* How far p is: all below `next` is sent, too. */
static struct position
position_now(const struct partition *p)
{
    return (struct position){ p->place, p->next, p->next, p->last_offset, p->last_hash, p->from };
}

/* What the group is told of p.  While an empty Redis is filled it keeps what
 * was known before, but for how far we are now. */
static struct position
position_of(const struct partition *p)
{
    struct position at = position_now(p);

    /* sent_below above next: we are still within what was sent before. */
    if (p->probes || p->sent_below > p->next) {
        at = p->known;
        at.next = p->next;
    }
    return at;
}

void
note_all(struct noting *noting, const struct world *world, const struct owned *owned)
{
    struct position positions[NOTE_TOGETHER];
    size_t count = 0;
    int64_t now = tick(world);

    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];

        if (partition_wants_sync(p))
            continue;
        /* What has changed is told for some seconds, since a commit may get
         * lost; after that only once a minute. */
        if (p->noted_next != p->next || p->noted_since == 0)
            p->noted_since = now;
        if (now > p->noted_since + NOTE_FOR_MS && now < p->noted_at + NOTE_AGAIN_MS)
            continue;
        p->noted_next = p->next;
        p->noted_at = now;
        positions[count++] = position_of(p);
        if (count == NOTE_TOGETHER) {
            world->feed.note(world->feed.self, positions, count);
            count = 0;
        }
    }
    if (count > 0)
        world->feed.note(world->feed.self, positions, count);
    noting->at = now;
    noting->soon = false;
}

void
note_by_the_clock(struct noting *noting, const struct world *world, const struct owned *owned)
{
    if (tick(world) >= noting->at + (noting->soon ? NOTE_SOON_MS : NOTE_MS))
        note_all(noting, world, owned);
}

/* ---- what was sent before ---------------------------------------------------------------- */

void
known_keep(struct partition *p)
{
    if (partition_is_known(p) && p->next > p->known.sent)
        p->known = position_now(p);
    p->sent_below = 0;
    p->probes = false;
}

/* A warning that dead letters may come twice; at least once is the promise. */
static void
tell_again(const struct log *log, const struct partition *p, const char *reason)
{
    log_say(log, LOG_WARN, "what was set aside or forwarded may be so again",
            LOG_S("partition", p->name), LOG_I("below", p->known.sent), LOG_S("reason", reason));
}

/* What the group says of p, if that is more than is known. */
static enum fault
hear_group(const struct feed *feed, struct partition *p, struct position *noted, struct why *why)
{
    enum fault fault = feed->noted(feed->self, p->place, noted, why);

    /* The one that reaches further is believed: both were true when they were
     * said. */
    if (fault == FAULT_NONE && noted->next >= 0 && noted->sent > p->known.sent)
        p->known = *noted;
    return fault;
}

void
say_loss(const struct log *log, const struct partition *p, int64_t from, int64_t to,
         const char *message)
{
    log_say(log, LOG_WARN, "a loss is accepted", LOG_S("partition", p->name), LOG_I("from", from),
            LOG_I("to", to), LOG_I("offsets_lost", to - from), LOG_S("message", message));
}

/* Nobody knows what lay before, and whether it was known at the instant. */
static enum fault
begins_late(const struct aggregator *a, const struct partition *p, int64_t low, struct why *why)
{
    if (!a->settings.accept_loss)
        return why_set(why, FAULT_LOG_MISMATCH,
                       "%s: the log begins at %lld: what lay before it would be in no total. "
                       "--accept-loss counts without it",
                       p->name, (long long)low);
    say_loss(a->world.log, p, 0, low, "they are gone from the log, and not in this count");
    return FAULT_NONE;
}

enum fault
known_begins(struct aggregator *a, struct partition *p, int64_t low, struct why *why)
{
    struct position noted;
    int64_t from;
    enum fault fault;

    if (is_of_an_instant(&a->settings) && low > 0)
        return begins_late(a, p, low, why);
    if (a->settings.counts_again)
        return FAULT_NONE;
    fault = hear_group(&a->world.feed, p, &noted, why);
    if (fault != FAULT_NONE)
        return fault;
    p->from = low;
    if (p->known.sent == 0)
        return FAULT_NONE; /* never counted before, as far as anybody knows */
    from = known_from(&p->known);
    a->noting.emptied++;
    /* The log still has all that was counted. */
    if (low <= from) {
        p->from = p->known.from;
        return FAULT_NONE;
    }
    if (!a->settings.accept_loss)
        return why_set(
            why, FAULT_LOG_MISMATCH,
            "%s: Redis has lost what was counted, and the log has lost its beginning: "
            "%lld offsets, from %lld on, can't be counted again. Bring Redis back from a "
            "copy; or start with --accept-loss, which counts what the log still has",
            p->name, (long long)(low - from), (long long)from);
    say_loss(a->world.log, p, from, low,
             "they were counted, Redis has lost them, and so has the log");
    return FAULT_NONE;
}

enum fault
known_ask(struct aggregator *a, struct partition *p, int64_t low, int64_t high, struct why *why)
{
    struct position noted;
    enum fault fault;

    if (a->settings.counts_again) /* a rebuild knows by itself (rebuild_origin.c) */
        return FAULT_NONE;
    fault = hear_group(&a->world.feed, p, &noted, why);
    if (fault != FAULT_NONE)
        return fault;
    if (p->from < 0 && noted.next >= 0)
        p->from = noted.from;
    /* Neither Redis nor the group has anything, and there are records: counted
     * for each partition, and told once for all (known_tell()). */
    if (noted.next < 0 && p->known.sent == 0 && p->last_offset < 0 && p->next < high)
        a->noting.unknown_before++;
    if (p->known.sent <= p->next || p->known.last_offset < 0)
        return FAULT_NONE; /* nothing was sent that will come again */
    /* The record can be looked at, and the log reaches as far as it did. */
    p->probes = low <= p->known.last_offset && p->known.sent <= high;
    if (!p->probes)
        tell_again(a->world.log, p, "the topic does not hold the record that was counted last");
    return FAULT_NONE;
}

void
probe_end(struct partition *p, const struct log *log, bool is_there)
{
    p->probes = false;
    partition_begins_again(p); /* where it should */
    if (!is_there) {
        tell_again(log, p, "the record that was counted last is not the one in the topic");
        /* Another log: what was sent from the former one says nothing about
         * this. */
        p->known = (struct position){ .place = p->place };
        return;
    }
    p->sent_below = p->known.sent;
    log_say(log, LOG_DEBUG, "set aside and forwarded before", LOG_S("partition", p->name),
            LOG_I("below", p->sent_below));
}

void
known_tell(struct noting *noting, const struct log *log)
{
    if (noting->emptied > 0)
        log_say(
            log, LOG_WARN, "Redis was emptied", LOG_I("partitions", (int64_t)noting->emptied),
            LOG_S("message", "it has lost what was counted: all is counted again from the log"));
    noting->emptied = 0;
    if (noting->unknown_before == 0)
        return;
    log_say(log, LOG_INFO, "nothing is known of former times",
            LOG_I("partitions", (int64_t)noting->unknown_before),
            LOG_S("message", "neither Redis nor the consumer group has anything of ours: what is "
                             "to be set aside or forwarded is sent, also if it was before"));
    noting->unknown_before = 0;
}
