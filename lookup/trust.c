/* Whether to trust the totals of a scope: they are complete, and they are not
 * old.
 *
 *  complete == 1, and through is there     and at most --max-age old    whole
 *                                          older                        old
 *                                          > 5 s ahead of our clock     of unknown age
 *  anything else                                                        partial
 *
 * The clock is read once, when the answer of Redis has come, so that what is
 * printed, the exit code and the sentence on stderr agree. */
#include "lookup/trust.h"

#include <inttypes.h>

/* Clocks of several machines differ by less; what is further ahead was told by a wrong one. */
#define AHEAD_MOST_MS INT64_C(5000)

bool
asof_is_old(const struct asof *asof, const struct lookup *lookup)
{
    return lookup->max_age_ms > 0 && asof->through_ms >= 0 &&
           (asof->age_ms > lookup->max_age_ms || asof->age_ms < -AHEAD_MOST_MS);
}

enum trust
asof_trust(const struct asof *asof, const struct lookup *lookup)
{
    if (!asof->exists)
        return TRUST_NOTHING;
    /* In this order: what is partial is said to be so, whatever its age is. */
    if (!asof->is_complete)
        return TRUST_PARTIAL;
    if (asof->through_ms < 0)
        return TRUST_UNTOLD;
    if (!asof_is_old(asof, lookup))
        return TRUST_WHOLE;
    return asof->age_ms < 0 ? TRUST_AHEAD : TRUST_OLD;
}

/* What is said of each: beside a total, in the line above, and what helps.  Without a remedy
 * asof says up to when it is counted, and that is told instead. */
static const struct {
    const char *mark, *line, *remedy;
} said[] = {
    [TRUST_WHOLE] = { NULL, "", NULL },
    [TRUST_NOTHING] = { "partial", "PARTIAL: nothing was loaded yet, there is no asof",
                        "nothing is counted here yet: start tally-aggregate, or look whether "
                        "--redis and --prefix are those that it has" },
    [TRUST_PARTIAL] = { "partial", "PARTIAL: not every partition has its share in; ",
                        "not every partition has its share in: " ASOF_LOOK_AT_LOG },
    [TRUST_UNTOLD] = { "partial", "PARTIAL: nobody has said up to when it is counted; ",
                       "nobody has said up to when it is counted: " ASOF_LOOK_AT_LOG },
    [TRUST_OLD] = { "old", "OLD: ", NULL },
    [TRUST_AHEAD] = { "of unknown age", "OF UNKNOWN AGE: ", NULL },
};

const char *
asof_mark(const struct asof *asof, const struct lookup *lookup)
{
    return said[asof_trust(asof, lookup)].mark;
}

/* ---- in words ------------------------------------------------------------------ */

/* "2 s ago", in the largest unit of which there are at least two. */
static void
put_age(struct text_buffer *b, int64_t age_ms)
{
    static const struct {
        int64_t below_s, unit_s;
        const char *name;
    } units[] = { { 120, 1, " s " },
                  { 7200, 60, " min " },
                  { 172800, 3600, " h " },
                  { INT64_MAX, 86400, " days " } };
    bool is_ahead = age_ms < -AHEAD_MOST_MS;
    int64_t s = (is_ahead ? -age_ms : age_ms) / 1000;
    size_t i = 0;

    /* Also a little ahead of us: clocks differ. */
    if (s <= 0) {
        text_put(b, TEXT_LITERAL("just now"));
        return;
    }
    while (s >= units[i].below_s)
        i++;
    text_print(b, "%" PRId64 "%s%s", s / units[i].unit_s, units[i].name,
               is_ahead ? "ahead of this machine's clock" : "ago");
}

struct text
asof_through(const struct asof *asof, char out[THROUGH_BYTES])
{
    struct text_buffer b = { .at = out, .size = THROUGH_BYTES };
    char day[DAY_TEXT], clock[CLOCK_TEXT];
    /* The moment at which asof was read: its age was counted from that. */
    int64_t now_ms = asof->through_ms + asof->age_ms;

    instant_china_write(asof->through_ms, day, clock);
    /* The date is left out only when it is both the day of the windows and
     * today. */
    bool is_plain = strcmp(day, asof->day) == 0 &&
                    instant_china_day(now_ms) == instant_china_day(asof->through_ms);
    text_print(&b, "everything up to %s%s%s UTC+8 (", is_plain ? "" : day, is_plain ? "" : " ",
               clock);
    put_age(&b, asof->age_ms);
    text_put_char(&b, ')');
    return text_done(&b);
}

void
asof_show(const struct asof *asof, const struct lookup *lookup)
{
    enum trust trust = asof_trust(asof, lookup);
    char through[THROUGH_BYTES];

    fprintf(lookup->out, "%s", said[trust].line);
    if (trust != TRUST_NOTHING)
        fprintf(lookup->out, "as of %s", asof->day[0] == '\0' ? "an unknown day" : asof->day);
    if (said[trust].remedy == NULL) {
        struct text t = asof_through(asof, through);
        fprintf(lookup->out, "; %.*s", (int)t.length, t.at);
    }
    fprintf(lookup->out, "\n");
}

/* ---- what to do about it -------------------------------------------------------- */

/* Why it is old, and what helps: another machine's clock, or the aggregator's
 * log. */
static void
say_age(const struct asof *asof, const struct lookup *lookup, struct why *why)
{
    char through[THROUGH_BYTES];
    struct text t = asof_through(asof, through);

    if (asof->age_ms < 0)
        (void)why_write(why, "",
                        "it has %.*s, so nobody can say how old it is: set this machine's clock, "
                        "or that of the aggregators",
                        (int)t.length, t.at);
    else
        (void)why_write(
            why, "",
            "it has %.*s, and --max-age is %" PRId64
            " s: the aggregator is not running, or what it counts is late: " ASOF_LOOK_AT_LOG,
            (int)t.length, t.at, lookup->max_age_ms / 1000);
}

enum verdict
asof_verdict(const struct asof *asof, const struct lookup *lookup, struct why *why)
{
    enum trust trust = asof_trust(asof, lookup);

    if (trust == TRUST_WHOLE)
        return VERDICT_DONE;
    if (said[trust].remedy == NULL)
        say_age(asof, lookup, why);
    else
        (void)why_write(why, "", "%s", said[trust].remedy);
    return VERDICT_PARTIAL;
}
