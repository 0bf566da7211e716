/* doubt.h - what a careful reader of published figures should know.
 *
 * Pure: from claims to doubts; no clock, no Redis, no words.
 *
 *      claims of a series-year  -> doubt_series.c   contradicted, undecided, ...
 *      claims of many of them   -> doubt_wholes.c   parts above their wholes
 *      both                     -> struct doubt_list, the worst first
 *
 * A figure is never called wrong for what rounding and revisions can make: each
 * may be out by as much as ledger/meant.h says before anything is said.
 */
#ifndef LOOKUP_DOUBT_H
#define LOOKUP_DOUBT_H

#include "lookup/claim.h"
#include "record/money.h"

enum doubt_kind {
#define DOUBT(id, ...) DOUBT_##id,
#include "lookup/doubt.def"
#undef DOUBT
    DOUBT_KIND_COUNT
};

/* A figure that is spoken of. */
struct spoken {
    struct subject of;
    uint32_t what;
    int8_t family; /* FAMILY_STATISTICS, FAMILY_DEALS or FAMILY_AGREEMENTS */
    int8_t flow, bound;
    bool has_amount;    /* a fact may state none */
    int32_t start, end; /* days, half-open */
    int64_t amount;
};

/* How the figure in doubt and the others don't fit.  "by" is always positive. */
enum clash {
    CLASH_NONE,       /* of kinds that clash in one way alone */
    CLASH_ABOVE,      /* it is more than `against`, by `by` */
    CLASH_BELOW,      /* it is less than `against`, which lies inside it */
    CLASH_TOO_MUCH,   /* with `others` beside it, it comes to `sum`: more than `against` */
    CLASH_TOO_LITTLE, /* the same: less than `against` */
    CLASH_INSIDE,     /* `others` inside it come to `sum`: more than it */
    CLASH_FILLED,     /* `others` fill it, and come to `sum`: less than it */
    CLASH_SAME,       /* of a total: `against` and `also` of its own period are `sum`, not it */
    CLASH_AROUND,     /* of a total: `against` and `also` around it are `sum`, less than it */
};

/* What would fit, as a guess. */
enum guess {
    GUESS_NONE,
    GUESS_COLUMN,  /* in another column: in `fits`, or around it, as the bounds of both say */
    GUESS_STANDS,  /* the same figure stands in another column: `fits` */
    GUESS_SWAPPED, /* it and `fits` are swapped */
    GUESS_EQUAL,   /* yuan and dollars are the same number */
    GUESS_TENFOLD, /* by a power of ten, a rate would explain it: `power` */
};

struct doubt {
    enum doubt_kind kind;
    enum clash clash;
    enum guess guess;
    struct spoken figure;        /* the one in doubt */
    struct spoken against, also; /* what it does not go with */
    struct spoken fits;
    bool is_inside;  /* GUESS_COLUMN: it lies inside `fits`, not around it */
    int32_t others;  /* figures in `sum` beside those that are named */
    int32_t summed;  /* of parts and wholes: figures that come to the whole; 1: it is one */
    int32_t periods; /* more periods in which the same two are in doubt */
    int32_t power;
    enum field differs; /* of facts that are undecided: the first field in which they differ */
    wide_t sum, by;
    int32_t rate, rate_least, rate_most; /* in ten-thousandths */
    int64_t weight; /* of two of a kind the greater is told first: thousandths of the whole */
};

/* ---- the list ---------------------------------------------------------------- */

/* The worst ones, in order; `found` counts all.  Memory is for `most` and one
 * more. */
struct doubt_list {
    struct doubt *list;
    size_t count, most;
    int64_t found[DOUBT_KIND_COUNT];
};
/* False: no memory.  `most` is at least 1. */
MUST_USE bool doubt_list_new(struct doubt_list *list, size_t most);
void doubt_list_release(struct doubt_list *list);
/* One more; kept if it is among the worst. */
void doubt_list_put(struct doubt_list *list, const struct doubt *doubt);
int64_t doubt_list_found(const struct doubt_list *list);

/* "contradicted"; a constant. */
const char *doubt_name(enum doubt_kind kind);

/* Thousandths that `by` is of `whole`; a large number where that is zero. */
int64_t doubt_weight(wide_t by, wide_t whole);

/* ---- judging ------------------------------------------------------------------- */

enum { ADJUSTED_PERCENT = 1 }; /* docs/readers.md says why */

/* What is to be said of one series-year.  False: no memory. */
MUST_USE bool doubt_series(const struct claims *claims, struct doubt_list *out);

/* The same of a deal or an agreement: a run of items of a fact.  False: it is none. */
MUST_USE bool doubt_fact(const uint8_t *entry, size_t size, struct doubt_list *out);

/* Series side by side: a part, its whole. */
struct wholes;
/* Does a doubt about this figure belong to the question? */
typedef bool doubt_concerns(const void *self, const struct subject *of);

/* NULL: no memory.  Freeing NULL is fine. */
struct wholes *wholes_new(void);
void wholes_free(struct wholes *wholes);
/* Keep what stands in these claims.  False: no memory. */
MUST_USE bool wholes_add(struct wholes *wholes, const struct claims *claims);
/* Judge all that was added; once.  Told is what concerns `self` in its part or its
 * whole.  False: no memory. */
MUST_USE bool wholes_judge(struct wholes *wholes, doubt_concerns *concerns, const void *self,
                           struct doubt_list *out);

#endif
