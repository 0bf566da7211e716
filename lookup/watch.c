/* tally-lookup watch PROVINCE PARTNER [WINDOW]
 *
 * Follows the totals of a pair.  The stream `changes` of the province wakes us; what has changed is
 * found by reading the totals again and comparing, since the stream names pairs and no numbers.
 *
 *      where the stream ends, then the totals    so what comes between wakes us once more
 *      wait for entries behind that, and look whether that entry is still there
 *        our pair is named                       read the totals, say what differs
 *        the entry is gone, or is another one    it was trimmed, or Redis lost it: the same
 *        nothing came                            look at asof alone: it may have become old
 *
 * While Redis is away nothing is forgotten: it goes on from the entry that it saw last. */
#include "base/log.h"
#include "lookup/watch_inside.h"

#include <poll.h>

enum {
    AGAIN_MS = 500, /* between tries while Redis is away */
    BURST_MS = 100, /* between readings while changes come one after the other */
};

struct watch {
    const struct lookup *lookup;
    const struct question *asked;
    struct glance seen; /* what was said last */
    struct follow follow;
    enum trust trust; /* that was told last */
    bool has_seen, is_away;
};

/* ---- the totals ------------------------------------------------------------------------- */

static enum fault
read_glance(struct watch *w, struct glance *out, struct why *why)
{
    struct question q = *w->asked;
    struct glance seen = { .sheet.lookup = w->lookup };

    enum fault fault = question_answer(&q, w->lookup, &seen.sheet, why);
    question_end(&q);
    if (fault == FAULT_NONE)
        fault = glance_fill(&seen, why);
    if (fault == FAULT_NONE)
        *out = seen;
    else
        glance_release(&seen);
    return fault;
}

/* How far they can be trusted, if that is no longer what was told last. */
static void
tell_trust(struct watch *w, const struct asof *asof, int64_t at_ms)
{
    enum trust trust = asof_trust(asof, w->lookup);

    if (trust == w->trust && strcmp(asof->day, w->seen.asof.day) == 0)
        return;
    w->trust = trust;
    memcpy(w->seen.asof.day, asof->day, sizeof asof->day);
    watch_say_trust(w->asked, w->lookup, asof, at_ms);
}

/* What differs from what was said last.  Where there is no asof nothing was loaded yet: then there
 * are no totals, and not totals of 0. */
static enum fault
tell_changes(struct watch *w, int64_t at_ms, struct why *why)
{
    struct glance now;
    enum fault fault = read_glance(w, &now, why);

    if (fault != FAULT_NONE)
        return fault;
    tell_trust(w, &now.asof, at_ms);
    if (!now.asof.exists) {
        glance_release(&now);
        return FAULT_NONE;
    }
    watch_say_changes(w->asked, &w->seen, &now, at_ms);
    glance_release(&w->seen);
    w->seen = now;
    return FAULT_NONE;
}

/* The first thing that is said. */
static enum fault
begin(struct watch *w, struct why *why)
{
    enum fault fault = follow_find_end(&w->follow, why);

    if (fault == FAULT_NONE)
        fault = read_glance(w, &w->seen, why);
    if (fault != FAULT_NONE)
        return fault;
    w->has_seen = true;
    w->trust = asof_trust(&w->seen.asof, w->lookup);
    return watch_say_totals(w->asked, &w->seen, why);
}

/* Changes that nobody can name any more: the totals say what they came to. */
static enum fault
mend_gap(struct watch *w, bool is_trimmed, struct why *why)
{
    enum fault fault = follow_find_end(&w->follow, why);

    if (fault != FAULT_NONE)
        return fault;
    watch_say_gap(w->asked, w->lookup, is_trimmed ? "trimmed" : "lost", w->lookup->now_ms());
    return tell_changes(w, w->lookup->now_ms(), why);
}

static enum fault
go_on(struct watch *w, struct why *why)
{
    const struct follow before = w->follow;
    struct news news;

    enum fault fault = follow_wait(&w->follow, &news, why);
    if (fault == FAULT_NONE && news.is_gap)
        fault = mend_gap(w, news.is_any, why);
    else if (fault == FAULT_NONE && news.is_ours)
        fault = tell_changes(w, news.at_ms, why);
    else if (fault == FAULT_NONE)
        tell_trust(w, &news.asof, news.at_ms);
    if (fault != FAULT_NONE) /* what was not told is asked for again */
        w->follow = before;
    else if (news.is_any && w->lookup->rest != NULL)
        w->lookup->rest(BURST_MS);
    return fault;
}

/* ---- on and on -------------------------------------------------------------------------- */

/* Nobody reads what we say: the other end of the pipe is closed. */
static bool
is_unheard(FILE *out)
{
    struct pollfd end = { .fd = fileno(out) };

    return ferror(out) != 0 ||
           (end.fd >= 0 && poll(&end, 1, 0) == 1 && (end.revents & (POLLERR | POLLHUP)) != 0);
}

static bool
is_stopped(const struct lookup *lookup)
{
    return (lookup->is_stopped != NULL && lookup->is_stopped()) || is_unheard(lookup->out);
}

/* An outage is said once, and its end is. */
static void
tell_away(struct watch *w, enum fault fault, const struct why *why)
{
    if (fault == FAULT_STORE_AWAY && !w->is_away)
        log_fault(w->lookup->log, LOG_WARN, "Redis is away", fault, why);
    if (fault == FAULT_NONE && w->is_away)
        log_values(w->lookup->log, LOG_INFO, "Redis is back", NULL, 0);
    w->is_away = fault == FAULT_STORE_AWAY;
}

enum fault
lookup_watch(const struct lookup *lookup, const char *const *operands, int count,
             enum verdict *verdict, struct why *why)
{
    struct question q = { .kind = QUESTION_TOTALS };
    struct watch w = { .lookup = lookup, .asked = &q, .seen.sheet.lookup = lookup };
    enum fault fault = question_read_pair(&q, lookup, operands, count, why);

    if (fault != FAULT_NONE)
        return fault;
    w.follow = (struct follow){ .lookup = lookup, .scope = q.scopes[0], .partner = q.partners[0] };
    *verdict = VERDICT_DONE;
    while (!is_stopped(lookup) && (fault == FAULT_NONE || w.is_away)) {
        fault = w.has_seen ? go_on(&w, why) : begin(&w, why);
        tell_away(&w, fault, why);
        if (w.is_away && lookup->rest != NULL)
            lookup->rest(AGAIN_MS);
    }
    glance_release(&w.seen);
    return w.is_away ? FAULT_NONE : fault;
}
