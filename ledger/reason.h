/* reason.h - why each record that an entry keeps adds what it adds, or nothing.
 *
 * The parts of an entry say what a number is made of (ledger/parts.h).  Here
 * every record of the entry has its reason, also those that add nothing, and
 * which other records of the entry are to blame for it.  Pure, and slower than
 * parts: for people who ask, not for the aggregator.
 *
 *      export.CNY   Jan-Jun  6,000   derived   of it what Jan and Feb leave
 *                   Jan      1,000   stated
 *                   Feb        980   stated
 *                   Feb      1,000   vaguer than Feb 980
 *                   Jan-Feb  3,000   contradicted by Jan-Jun: no room for it
 */
#ifndef LEDGER_REASON_H
#define LEDGER_REASON_H

#include "ledger/parts.h"
#include "ledger/reconcile.h"

enum reason_kind {
    /* It adds; as enum how. */
    REASON_STATED,
    REASON_DERIVED,
    REASON_UNSPLIT,
    REASON_ADJUSTED,
    /* It stands, and adds nothing. */
    REASON_SUM,    /* those inside its period come to exactly what it says */
    REASON_LIMITS, /* about, at least, at most: others know better */
    /* It doesn't stand. */
    REASON_CONTRADICTED, /* it can't be true together with stronger ones */
    REASON_COVERED,      /* its period crosses that of a stronger one */
    /* Another record of its slot is shown. */
    REASON_VAGUER,    /* which says the same more finely */
    REASON_DISPUTES,  /* which has equal authority, and says something else */
    REASON_OUTRANKED, /* which has more authority, or is newer */
    REASON_RETRACTED, /* none is: the one that stands takes it back */
    /* It stands for nothing. */
    REASON_RETRACTION,   /* it takes back what was said */
    REASON_NOT_IN_FORCE, /* an agreement that is planned, or terminated */
    REASON_KINDS
};

/* Other records of the entry, by where their items begin; the first ones of
 * `count`.  The last three are those of struct against. */
struct others {
    uint32_t items[AGAINST_MOST];
    uint32_t count;
    bool is_around, is_more;
    wide_t by;
};

struct reason {
    uint32_t item;      /* where the record begins in the entry */
    uint32_t measure;   /* the amount that it states: export.CNY, deals.import.qty.TNE,
                           agreements.USD; and of any agreement `agreements` */
    uint8_t kind;       /* enum reason_kind */
    bool is_undecided;  /* it is shown, and somebody of equal authority says something else */
    bool is_mismatched; /* it is a total, and exports and imports can't add up to it */
    int32_t start, end; /* where it adds, half-open; else its period */
    int64_t amount;     /* what it adds; 0 where it does not */
    /* Derived, unsplit, adjusted, sum: the outermost ones inside it that count.
     * Contradicted, covered: struct against.  Another record is shown, or takes
     * it back: that one. */
    struct others others;
    struct others flows; /* mismatched: the exports and imports */
};

/* Called once for each amount of each record that is kept; borrowed for the
 * call. */
typedef void reason_sink(void *self, const struct reason *reason);

/* False: out of memory, or no entry; what was told is void then.  Work: that of
 * entry_parts(), and in each column steps * figures that stand. */
MUST_USE bool entry_reasons(const uint8_t *entry, size_t size, reason_sink *sink, void *self);

#endif
