/* parts.h - the pure function from an entry to what it adds.
 *
 * A part is one amount that an entry adds to one cell on one day.  No clock:
 * windows come later, from the part's day and span (tests/oracle.py,
 * Entry.parts() and totals()).
 */
#ifndef LEDGER_PARTS_H
#define LEDGER_PARTS_H

#include "ledger/entry.h"

/* A measure as a number: what is counted.
 *
 *      bit  31      0
 *      bits 30..28  family
 *      bits 27..24  form
 *      bits 23..0   row of a currency, packed unit, kind, or 0
 *
 * export, import and total are statistics alone.  A deal may be in a statistic,
 * too, so deals are never added to them: they are families of their own.
 */
enum measure_family {
    FAMILY_STATISTICS, /* and FLOW_EXPORT, FLOW_IMPORT, FLOW_TOTAL */
    FAMILY_DEALS = FLOW_COUNT,
    FAMILY_AGREEMENTS = FAMILY_DEALS + FLOW_COUNT,
    FAMILY_COUNT
};
enum measure_form {
    MEASURE_MONEY,             /* export.CNY, agreements.CNY: row of a currency */
    MEASURE_QUANTITY,          /* export.qty.TNE: packed unit */
    MEASURE_DERIVED_MONEY,     /* export.derived.CNY: of the total, what nobody published */
    MEASURE_DERIVED_QUANTITY,  /* export.derived.qty.TNE */
    MEASURE_ADJUSTED_MONEY,    /* export.adjusted.CNY: what wholes say beyond their parts */
    MEASURE_ADJUSTED_QUANTITY, /* export.adjusted.qty.TNE */
    MEASURE_DAYS_MONEY,        /* export.days.CNY: how many days the total tells of */
    MEASURE_DAYS_QUANTITY,     /* export.days.qty.TNE */
    MEASURE_EVENTS,            /* export.events */
    MEASURE_INEXACT,           /* export.inexact */
    MEASURE_UNDECIDED,         /* export.undecided, agreements.undecided */
    MEASURE_CONTRADICTED,      /* export.contradicted */
    MEASURE_COVERED,           /* export.covered */
    MEASURE_MISMATCHED,        /* total.mismatched */
    MEASURE_COUNT,             /* agreements */
    MEASURE_KIND,              /* agreements.FRAMEWORK: enum kind */
};
enum { MEASURE_TEXT = 40 };

static inline uint32_t
measure_make(int family, enum measure_form form, uint32_t what)
{
    return (uint32_t)family << 28 | (uint32_t)form << 24 | what;
}
static inline enum measure_form
measure_form(uint32_t measure)
{
    return (enum measure_form)(measure >> 24 & 15);
}
static inline int
measure_family(uint32_t measure)
{
    return (int)(measure >> 28 & 7);
}

uint32_t measure_pack_unit(struct text unit); /* a code of record/unit.h */

/* "export.CNY"; NUL-terminated; returns the length. */
size_t measure_write(uint32_t measure, char out[MEASURE_TEXT]);

/* The measure of another form that stands beside this one and qualifies it:
 * export.derived.qty.TNE, export.days.qty.TNE or export.events beside
 * export.qty.TNE.  Of amounts `form` is that of money. */
uint32_t measure_beside(uint32_t measure, enum measure_form form);

/* True for money and `agreements`: measures that have a ranking. */
bool measure_is_ranked(uint32_t measure);

/* Read a measure's text back.  False: no such measure. */
MUST_USE bool measure_read(struct text t, uint32_t *measure);

/* A dimension: none (the totals), or one row of :detail.  A statistic is in the
 * detail under exactly what it tells of, since it may be a part of another one;
 * so a place may have two areas and a commodity. */
enum dim_form { DIM_NONE, DIM_PART, DIM_PLACE, DIM_SECTOR };
struct dim {
    enum dim_form form;
    struct text text;     /* DIM_PLACE: digits of a commodity; DIM_SECTOR: its name */
    struct text areas[2]; /* DIM_PLACE: sorted; absent ones are { NULL, 0 } */
}; /* all borrowed from the entry */
enum { DIM_TEXT = 64 };
/* "hs:87", "area:RU-BU", "area:370300+hs:8703", "sector:timber", "part"; "" for
 * none. */
size_t dim_write(const struct dim *dim, char out[DIM_TEXT]);

/* Where a part counts. */
enum spread {
    SPREAD_ALL,   /* in the pair, both margins and ALL x ALL; CN: in the pair
                     and CN x ALL.  What trade does. */
    SPREAD_PAIRS, /* in the pair, and that with ALL provinces; in no margin over partners:
                     statistics of a group */
    SPREAD_HERE,  /* in exactly the named pair: agreements of several provinces or partners,
                     whose margins come as their own parts; days */
};

struct part {
    int16_t province; /* scope: province row, CN, or SCOPE_ALL (SPREAD_HERE) */
    int16_t partner;  /* partner row, or PARTNER_ALL (SPREAD_HERE) */
    uint8_t spread;   /* enum spread */
    bool whole;       /* a moving window holds it only while it holds all of its days */
    int16_t span;     /* days, 1..366 */
    int32_t day;      /* a period's is its last */
    uint32_t measure;
    const struct dim *dim;
    int64_t amount; /* never 0, |amount| < AMOUNT_LIMIT */
    uint32_t item;  /* where the record that adds it begins in the entry */
    uint8_t how;    /* enum how of reconcile.h; of facts, and of counts, STEP_STATED */
};

/* Called once for each part; borrowed for the call. */
typedef void part_sink(void *self, const struct part *part);

/* Hand every part of an entry to sink, in no particular order; the same cell
 * may come more than once.  An agreement of exactly one province and one
 * partner uses SPREAD_ALL.  False: out of memory (reconcile), or an item that
 * can't be read; parts already handed on are void. */
MUST_USE bool entry_parts(const uint8_t *entry, size_t size, part_sink *sink, void *self);

#endif
