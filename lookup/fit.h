/* fit.h - whether a figure can be true together with those that stand, and if
 * not, which of them it runs into.  Pure.
 */
#ifndef LOOKUP_FIT_H
#define LOOKUP_FIT_H

#include "ledger/reconcile.h"
#include "record/money.h"

enum misfit {
    FIT,            /* it has room */
    MISFIT_CROSSES, /* it overlaps one, neither inside the other */
    MISFIT_MUCH,    /* those inside `at` come to more than it says */
    MISFIT_LITTLE,  /* those that fill `at` come to less */
};

struct fit {
    enum misfit misfit;
    const struct figure *at;    /* of a misfit: the innermost one without room, perhaps the
                                   figure itself; NULL where it crosses */
    int32_t inside;             /* figures directly inside `at`, the figure among them */
    bool is_inside;             /* the figure is one of these, and not further inside */
    const struct figure *first; /* the first of them that is not the figure; NULL: none */
    wide_t sum;                 /* what they come to */
    /* Of a fit: what it fits with.  Both NULL: nothing limits it. */
    const struct figure *around, *within; /* the innermost one around it; the largest inside */
};

enum { FIT_FIGURES_MOST = STANDING_MOST + 1 };

/* Put `f` beside the figures that stand among list[0 .. count - 1].  One of f's own
 * period is left out, and those that cross it too where `is_crossed` says so: f is
 * stronger than these.  At most STANDING_MOST of the list stand. */
struct fit fit_of(const struct figure *f, const struct figure *list, size_t count, bool is_crossed);

#endif
