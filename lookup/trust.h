/* trust.h - how far the totals of a scope can be trusted, by what its asof says.
 *
 * How old `through` is, is judged by this machine's clock; one that is a little
 * behind the service's makes no difference.
 */
#ifndef LOOKUP_TRUST_H
#define LOOKUP_TRUST_H

#include "lookup/lookup.h"
#include "store/asof.h"

/* The first thing that speaks against its totals. */
enum trust {
    TRUST_WHOLE,   /* nothing */
    TRUST_NOTHING, /* there is no asof */
    TRUST_PARTIAL, /* complete is not 1 */
    TRUST_UNTOLD,  /* nobody has said up to when they are counted */
    TRUST_OLD,     /* that was longer ago than --max-age */
    TRUST_AHEAD,   /* it is far in the future: nobody can say how old it is */
};
/* Judged in the order of the enum. */
enum trust asof_trust(const struct asof *asof, const struct lookup *lookup);

/* It says up to when it is counted, and that is too old, or far in the future. */
bool asof_is_old(const struct asof *asof, const struct lookup *lookup);

/* A word beside each total: "partial", "old", "of unknown age"; NULL: none. */
const char *asof_mark(const struct asof *asof, const struct lookup *lookup);

/* "everything up to 14:03:05 UTC+8 (2 s ago)", of an asof that says it.  The
 * date stands with it unless it is today and the day that the windows end at. */
enum { THROUGH_BYTES = 120 };
/* Borrowed from out; not to be asked of an asof whose through_ms is -1. */
struct text asof_through(const struct asof *asof, char out[THROUGH_BYTES]);

/* "as of 2024-01-31; everything up to ...", or why that is not so. */
void asof_show(const struct asof *asof, const struct lookup *lookup);

/* What helps when it is late, whatever the reason. */
#define ASOF_LOOK_AT_LOG "look whether tally-aggregate runs, and what its log says it waits for"

/* How an answer ends that rests on it; when not well, why says so, and what to
 * do about it. */
enum verdict asof_verdict(const struct asof *asof, const struct lookup *lookup, struct why *why);

#endif
