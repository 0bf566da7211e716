/* parts.h - the pure function from an entry to what it adds.
 *
 * A part is one amount that an entry adds to one cell on one day.  No clock:
 * windows come later, from the part's day and span (tests/oracle.py,
 * Entry.parts() and totals()).
 */
#ifndef CORE_PARTS_H
#define CORE_PARTS_H

#include "core/entry.h"

/* A measure as a number: what is counted.
 *
 *      bits 31..28  family: 0 export, 1 import, 2 total, 3 agreements
 *      bits 27..24  form
 *      bits 23..0   row of a currency, packed unit, kind, or 0
 */
enum measure_form {
    MEASURE_MONEY,        /* export.CNY, agreements.CNY: row of a currency */
    MEASURE_QUANTITY,     /* export.qty.TNE: packed unit */
    MEASURE_EVENTS,       /* export.events */
    MEASURE_INEXACT,      /* export.inexact */
    MEASURE_CONTRADICTED, /* export.contradicted */
    MEASURE_COUNT,        /* agreements */
    MEASURE_KIND,         /* agreements.FRAMEWORK: enum kind */
};
enum { FAMILY_AGREEMENTS = FLOW_COUNT, MEASURE_TEXT = 32 };

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

uint32_t measure_pack_unit(struct text unit); /* 2..3 of A-Z 0-9 */

/* "export.CNY"; NUL-terminated; returns the length. */
size_t measure_write(uint32_t measure, char out[MEASURE_TEXT]);

/* True for money and `agreements`: measures that have a ranking. */
bool measure_is_ranked(uint32_t measure);

/* Read a measure's text back.  False: no such measure. */
MUST_USE bool measure_read(struct text t, uint32_t *measure);

/* A dimension: none (the totals), or one row of :detail. */
enum dim_form { DIM_NONE, DIM_PART, DIM_HS, DIM_AREA, DIM_SECTOR };
struct dim {
    enum dim_form form;
    struct text text; /* HS: 2 digits; area; sector; borrowed from the entry */
};
enum { DIM_TEXT = 48 };
/* "hs:87", "area:RU-BU", "sector:timber", "part"; "" for none. */
size_t dim_write(struct dim dim, char out[DIM_TEXT]);

/* Where a part counts. */
enum spread {
    SPREAD_ALL,  /* in the pair, both margins and ALL x ALL; CN: in the pair
                    and CN x ALL.  What trade does. */
    SPREAD_HERE, /* in exactly the named pair (margins come as their own
                    parts): agreements of several provinces or partners */
};

struct part {
    int16_t province; /* scope: province row, CN, or SCOPE_ALL (SPREAD_HERE) */
    int16_t partner;  /* partner row, or PARTNER_ALL (SPREAD_HERE) */
    uint8_t spread;   /* enum spread */
    uint8_t _pad;
    int16_t span; /* days, 1..366 */
    int32_t day;  /* a period's is its last */
    uint32_t measure;
    struct dim dim;
    int64_t amount; /* never 0, |amount| < AMOUNT_LIMIT */
};

/* Called once for each part; borrowed for the call. */
typedef void part_sink(void *self, const struct part *part);

/* Hand every part of an entry to sink, in no particular order; the same cell
 * may come more than once.  An agreement of exactly one province and one
 * partner uses SPREAD_ALL.  False: out of memory (reconcile), parts already
 * handed on are void. */
MUST_USE bool entry_parts(const uint8_t *entry, size_t size, part_sink *sink, void *self);

#endif
