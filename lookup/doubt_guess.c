/* Where a contradicted figure would fit: sources swap exports and imports, and call a
 * total exports.
 *
 * Only where something limits it is that worth a word: in an empty column everything
 * fits. */
#include "lookup/doubt_inside.h"

#include <stdlib.h>

#include "ledger/meant.h"

/* Are the totals that stand as good as before with f among exports or imports, or
 * f among the totals?  Without memory nothing is guessed. */
static bool
goes_with_totals(const struct claims *c, uint32_t what, int flow, const struct figure *f)
{
    struct figure *lists[FLOW_COUNT] = { NULL };
    size_t counts[FLOW_COUNT] = { 0 };
    bool *off = NULL, goes = false;
    struct column totals = claims_find(c, what, FLOW_TOTAL);

    for (int i = 0; i < FLOW_COUNT; i++) {
        struct column column = claims_find(c, what, i);
        lists[i] = calloc(column.standing - column.first + 1, sizeof *lists[i]);
        if (lists[i] == NULL)
            goto done;
        for (size_t k = column.first; k < column.standing; k++)
            if (i != flow || !is_of_period(&c->figures[k], f))
                lists[i][counts[i]++] = c->figures[k];
        if (i == flow) {
            lists[i][counts[i]] = *f;
            lists[i][counts[i]++].outcome = FIGURE_STANDS;
        }
    }
    off = calloc(counts[FLOW_TOTAL] + 1, sizeof *off);
    if (off == NULL ||
        !totals_off((struct figures){ lists[FLOW_TOTAL], counts[FLOW_TOTAL] },
                    (struct figures){ lists[FLOW_EXPORT], counts[FLOW_EXPORT] },
                    (struct figures){ lists[FLOW_IMPORT], counts[FLOW_IMPORT] }, off))
        goto done;
    goes = flow != FLOW_TOTAL || !off[counts[FLOW_TOTAL] - 1];
    for (size_t i = 0; goes && flow != FLOW_TOTAL && i < counts[FLOW_TOTAL]; i++)
        goes = !off[i] || c->list[totals.first + i].is_mismatched;
done:
    for (int i = 0; i < FLOW_COUNT; i++)
        free(lists[i]);
    free(off);
    return goes;
}

/* Would the two go where the other one is? */
static bool
guess_swapped(const struct claims *c, size_t claim, struct doubt *d)
{
    const struct claim *a = &c->list[claim];
    const struct figure *f = &c->figures[claim];
    int flow = a->flow == FLOW_EXPORT ? FLOW_IMPORT : FLOW_EXPORT;
    struct column here = claims_find(c, a->what, a->flow), there = claims_find(c, a->what, flow);
    size_t other = find_period(c, there, f);

    if (a->flow == FLOW_TOTAL || other == c->count || c->figures[other].outcome == FIGURE_COVERED ||
        c->figures[other].amount == f->amount ||
        fit_in(c, here, &c->figures[other], true).misfit != FIT ||
        fit_in(c, there, f, true).misfit != FIT)
        return false;
    d->guess = GUESS_SWAPPED;
    d->fits = speak(c, other);
    return true;
}

/* Would it stand in another column, where something limits it? */
static bool
guess_column(const struct claims *c, size_t claim, struct column there, struct doubt *d)
{
    const struct figure *f = &c->figures[claim];
    const struct claim *first = &c->list[there.first];
    size_t same = find_period(c, there, f);

    if (same < c->count && stands(c, same)) {
        /* Nothing but the same figure would. */
        struct range range = limits(c->figures[same].amount, (enum bound)c->figures[same].bound);
        if (f->amount < range.low || (range.high != NO_LIMIT && f->amount > range.high))
            return false;
        d->guess = GUESS_STANDS;
        d->fits = speak(c, same);
        return true;
    }
    struct fit fit = fit_in(c, there, f, false);
    if (fit.misfit != FIT || (fit.around == NULL && fit.within == NULL) ||
        !goes_with_totals(c, first->what, first->flow, f))
        return false;
    d->guess = GUESS_COLUMN;
    d->is_inside = fit.around != NULL;
    d->fits = speak_figure(c, first->what, first->flow, d->is_inside ? fit.around : fit.within);
    return true;
}

static bool
is_money(uint32_t what)
{
    return measure_form(what) == MEASURE_MONEY;
}

/* The first that would do: swapped, another flow, another currency.  A figure of
 * money is none of tonnes. */
void
doubt_guess(const struct claims *c, size_t claim, struct doubt *d)
{
    const struct claim *a = &c->list[claim];

    if (guess_swapped(c, claim, d))
        return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < c->count; i = claims_column(c, i).end) {
            struct column there = claims_column(c, i);
            bool is_same_what = c->list[i].what == a->what;
            if (is_same_what != (pass == 0) || (is_same_what && c->list[i].flow == a->flow) ||
                is_money(c->list[i].what) != is_money(a->what))
                continue;
            if (guess_column(c, claim, there, d))
                return;
        }
}
