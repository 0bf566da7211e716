/* One more figure among those that stand.
 *
 * ledger/reconcile.c only says that there is no room.  Here the same tree is made
 * as a list, each figure before those inside it, and walked from its end: so all
 * that lie inside a figure are known when it is looked at, and the first one
 * without room is the innermost.
 *
 *      2023 | Jan-Sep | Jan | Feb | ... | Dec        up: 2023, 2023, Jan-Sep, ... */
#include "lookup/fit.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger/meant.h"

struct knot {
    const struct figure *figure;
    int up;                     /* its number, -1: none */
    wide_t low, high;           /* between what it can lie, given those inside it */
    bool is_open;               /* no limit above */
    wide_t say_least, say_most; /* what it is taken to say, given those inside it */
    wide_t say_plainly_least, say_plainly_most;
    /* Of those directly inside it: */
    wide_t kids_low, kids_high, kids_least, kids_most, kids_plainly_least, kids_plainly_most;
    bool kids_are_open;
    bool holds_it; /* the new figure lies inside it */
    int32_t kids;
    int32_t told; /* seen from the end: where the last one that was looked at begins */
};

static int
compare_periods(const void *left, const void *right)
{
    const struct figure *a = *(const struct figure *const *)left;
    const struct figure *b = *(const struct figure *const *)right;

    return a->start != b->start ? a->start - b->start : b->end - a->end;
}

static bool
is_inside(const struct figure *a, const struct figure *b)
{
    return b->start <= a->start && a->end <= b->end;
}

static bool
crosses(const struct figure *a, const struct figure *b)
{
    return a->start < b->end && b->start < a->end && !is_inside(a, b) && !is_inside(b, a);
}

/* f and those that stand, each before those inside it.  Returns how many; 0: f
 * crosses one. */
static int
gather(struct knot *knots, const struct figure *f, const struct figure *list, size_t count,
       bool is_crossed)
{
    const struct figure *order[FIT_FIGURES_MOST];
    int used = 0;

    order[used++] = f;
    for (size_t i = 0; i < count; i++) {
        const struct figure *g = &list[i];
        if (g->outcome != FIGURE_STANDS || g == f || (g->start == f->start && g->end == f->end))
            continue;
        if (crosses(f, g)) {
            if (!is_crossed)
                return 0;
            continue;
        }
        assert(used < FIT_FIGURES_MOST);
        order[used++] = g;
    }
    qsort(order, (size_t)used, sizeof(const struct figure *), compare_periods);
    for (int i = 0, up = -1; i < used; up = i++) {
        while (up >= 0 && !is_inside(order[i], order[up]))
            up = knots[up].up;
        knots[i] = (struct knot){ .figure = order[i], .up = up, .told = order[i]->end };
    }
    return used;
}

/* What a figure can be, and what it is taken to say, given those inside it; plainly:
 * its own words, unless the new one lies inside it. */
static void
find_room(struct knot *k)
{
    struct range range = limits(k->figure->amount, (enum bound)k->figure->bound);
    bool is_filled = k->kids > 0 && k->told == k->figure->start && !k->kids_are_open;

    k->low = k->kids_low > range.low ? k->kids_low : range.low;
    k->high = range.high;
    k->is_open = range.high == NO_LIMIT;
    if (is_filled && (k->is_open || k->kids_high < k->high)) {
        k->high = k->kids_high;
        k->is_open = false;
    }
    k->say_least = k->say_most = k->figure->amount;
    k->say_plainly_least = k->say_plainly_most = k->figure->amount;
    if (k->kids_least > k->say_least)
        k->say_least = k->kids_least;
    if (is_filled && k->kids_most < k->say_most)
        k->say_most = k->kids_most;
    if (k->holds_it) {
        k->say_plainly_least = k->say_least;
        k->say_plainly_most = k->say_most;
    }
}

/* The node above learns of this one. */
static void
tell_up(struct knot *up, const struct knot *k, bool is_it)
{
    up->kids_are_open = up->kids_are_open || k->is_open || k->figure->end != up->told;
    up->told = k->figure->start;
    up->kids_low += k->low;
    up->kids_high += k->is_open ? 0 : k->high;
    up->kids_least += k->say_least;
    up->kids_most += k->say_most;
    up->kids_plainly_least += k->say_plainly_least;
    up->kids_plainly_most += k->say_plainly_most;
    up->kids++;
    up->holds_it = up->holds_it || is_it || k->holds_it;
}

/* Of the node without room: what is to be told. */
static struct fit
misfit_at(const struct knot *knots, int used, int at, const struct figure *f)
{
    const struct knot *k = &knots[at];
    struct range range = limits(k->figure->amount, (enum bound)k->figure->bound);
    bool is_much = range.high != NO_LIMIT && k->kids_low > range.high;
    struct fit fit = { .misfit = is_much ? MISFIT_MUCH : MISFIT_LITTLE,
                       .at = k->figure,
                       .inside = k->kids,
                       .sum = is_much ? k->kids_plainly_least : k->kids_plainly_most };

    /* Their own words, if these already say too much, or too little. */
    if (is_much && fit.sum <= k->figure->amount)
        fit.sum = k->kids_least;
    if (!is_much && fit.sum >= k->figure->amount)
        fit.sum = k->kids_most;

    for (int i = at + 1; i < used; i++) {
        if (knots[i].up != at)
            continue;
        fit.is_inside = fit.is_inside || knots[i].figure == f;
        if (fit.first == NULL && knots[i].figure != f)
            fit.first = knots[i].figure;
    }
    return fit;
}

static struct fit
company_of(const struct knot *knots, int used, const struct figure *f)
{
    struct fit fit = { .misfit = FIT };

    for (int i = 0; i < used; i++) {
        if (knots[i].figure == f)
            fit.around = knots[i].up < 0 ? NULL : knots[knots[i].up].figure;
        else if (knots[i].up >= 0 && knots[knots[i].up].figure == f &&
                 (fit.within == NULL || knots[i].figure->amount > fit.within->amount))
            fit.within = knots[i].figure;
    }
    return fit;
}

struct fit
fit_of(const struct figure *f, const struct figure *list, size_t count, bool is_crossed)
{
    struct knot knots[FIT_FIGURES_MOST]; /* some 100 KiB of stack */
    int used = gather(knots, f, list, count, is_crossed);

    if (used == 0)
        return (struct fit){ .misfit = MISFIT_CROSSES };
    for (int i = used - 1; i >= 0; i--) {
        find_room(&knots[i]);
        if (!knots[i].is_open && knots[i].low > knots[i].high)
            return misfit_at(knots, used, i, f);
        if (knots[i].up >= 0)
            tell_up(&knots[knots[i].up], &knots[i], knots[i].figure == f);
    }
    return company_of(knots, used, f);
}
