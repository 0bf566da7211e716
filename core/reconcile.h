/* reconcile.h - figures of overlapping periods become increments that never
 * count a day twice (tests/oracle.py, reconcile()).
 *
 * A figure for [start, end) says: cumulative(end) - cumulative(start) =
 * amount.  All figures are of one series-year and one currency or unit, each
 * with another period.
 */
#ifndef CORE_RECONCILE_H
#define CORE_RECONCILE_H

#include "core/money.h"

enum { FIGURES_MOST = 366 * 367 / 2 }; /* periods within one calendar year */

enum standing { FIGURE_COUNTED, FIGURE_CONTRADICTED, FIGURE_COVERED };

struct figure {
    int32_t start, end; /* days, half-open */
    int64_t amount;     /* 0 <= amount < AMOUNT_LIMIT */
    int8_t grade;
    uint8_t standing; /* out: enum standing */
};

struct increment {
    int32_t day;    /* last day */
    int32_t span;   /* days */
    int64_t amount; /* >= 0, < AMOUNT_LIMIT, may be 0 */
};

/* Reconcile `count` figures; sets each one's standing, keeps their order.
 * Writes increments sorted by (day, span) and sets *increment_count; the
 * caller gives room for 2 * count.  False: out of memory, nothing set.
 * Work grows as count * dates (367 in a year) at worst; up to 24 figures use no
 * heap. */
MUST_USE bool reconcile(struct figure *figures, size_t count, struct increment *increments,
                        size_t *increment_count);

#endif
