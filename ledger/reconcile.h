/* reconcile.h - published figures of overlapping periods become steps that
 * never count a day twice (tests/oracle.py, reconcile()).
 *
 * All figures are of one series-year, one flow, and one currency or unit, each
 * with another period.  Those that can be true together stand: they are a tree
 * of periods, each inside another or apart.  Each then adds what those inside it
 * leave, so that every exact figure that stands is shown as it was published.
 */
#ifndef LEDGER_RECONCILE_H
#define LEDGER_RECONCILE_H

#include "record/record.h"

enum {
    FIGURES_MOST = 366 * 367 / 2, /* periods within one calendar year */
    STANDING_MOST = 2 * 366 - 1,  /* of these, a tree has no more */
};

/* What became of a figure: it stands; it can't be true together with those that
 * stand; or its period overlaps that of a stronger one, neither inside the
 * other, so that nobody can say what it adds. */
enum outcome { FIGURE_STANDS, FIGURE_CONTRADICTED, FIGURE_COVERED };

struct figure {
    int32_t start, end; /* days, half-open, within one year */
    int64_t amount;     /* 0 <= amount < AMOUNT_LIMIT */
    int8_t grade, bound;
    uint8_t outcome; /* out: enum outcome */
};

/* How a figure adds. */
enum how {
    STEP_STATED,   /* all of it: nothing inside it counts */
    STEP_DERIVED,  /* the rest, on the one stretch that those inside it leave out: nobody
                      published it */
    STEP_UNSPLIT,  /* the rest, on its whole period: they leave out several stretches */
    STEP_ADJUSTED, /* the difference, which may be negative, on its whole period: they leave
                      nothing out, or come to more: rounding and revisions */
};

struct step {
    int32_t start, end;             /* where it counts, half-open */
    int32_t whole_start, whole_end; /* the figure's own period */
    int64_t amount;                 /* |amount| < AMOUNT_LIMIT; 0 only where days is not */
    int16_t days;                   /* that nothing inside the figure tells of */
    uint8_t how;                    /* enum how */
    uint32_t figure;                /* whose step it is: its number in the list */
};

/* Reconcile `count` figures; sets each one's outcome, keeps their order.  Writes
 * the steps, in no particular order, and sets *step_count; the caller gives room
 * for one a figure, STANDING_MOST at most.  False: out of memory, nothing set.
 * Up to 24 figures use no heap.  Work: count * log count, and for each figure a
 * walk along those that stand at its level of the tree. */
MUST_USE bool
reconcile(struct figure *figures, size_t count, struct step *steps, size_t *step_count);

/* Against whom a figure is, when it does not stand (or, of a total, when it is
 * off).  Of two periods, one around others:
 *      is_around   the figure is the one around those named
 *      is_more     what lies inside comes to more than the one around may be;
 *                  else to less, though it leaves no day out
 *      by          by so much, after all that rounding and revisions can make */
enum { AGAINST_MOST = 3 };
struct against {
    uint32_t figures[AGAINST_MOST]; /* their numbers in the list, by date */
    uint32_t count;                 /* of all; the first AGAINST_MOST are named */
    bool is_around, is_more;
    wide_t by; /* 0 where periods cross */
};

/* The same as reconcile(), and of each figure that does not stand against whom
 * it is: the one that would have no room left with it (contradicted), or those
 * that it crosses (covered).  `against` has one a figure. */
MUST_USE bool reconcile_why(struct figure *figures, size_t count, struct step *steps,
                            size_t *step_count, struct against *against);

/* Marks the totals that exports and imports can't add up to.  The three lists
 * hold what reconcile() has judged of the three flows; only what stands is
 * looked at.  is_off[i] is set to whether totals[i] stands and is off: exports
 * and imports inside it come to more than it, those around it to less, or those
 * of its own period to something else.  Work: totals that stand * the others
 * that stand.  False: out of memory, nothing set. */
struct figures {
    const struct figure *list;
    size_t count;
};
MUST_USE bool
totals_off(struct figures totals, struct figures exports, struct figures imports, bool *is_off);

/* The same, and of each total that is off against which figures: the numbers of
 * exports are those of their list, those of imports begin behind them.  Where
 * is_around is false, the two have the total's own period, or one around it, and
 * `is_more` says that the total is more than they. */
MUST_USE bool totals_off_why(struct figures totals, struct figures exports, struct figures imports,
                             bool *is_off, struct against *against);

#endif
