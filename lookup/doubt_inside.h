/* doubt_inside.h - what the files about one series-year share; for them only. */
#ifndef LOOKUP_DOUBT_INSIDE_H
#define LOOKUP_DOUBT_INSIDE_H

#include "lookup/doubt.h"
#include "lookup/fit.h"

static inline struct spoken
speak_figure(const struct claims *c, uint32_t what, int flow, const struct figure *f)
{
    return (struct spoken){ .of = c->of,
                            .what = what,
                            .flow = (int8_t)flow,
                            .bound = f->bound,
                            .has_amount = true,
                            .start = f->start,
                            .end = f->end,
                            .amount = f->amount };
}

static inline struct spoken
speak(const struct claims *c, size_t claim)
{
    return speak_figure(c, c->list[claim].what, c->list[claim].flow, &c->figures[claim]);
}

static inline bool
stands(const struct claims *c, size_t claim)
{
    return c->figures[claim].outcome == FIGURE_STANDS;
}

static inline bool
is_of_period(const struct figure *a, const struct figure *b)
{
    return a->start == b->start && a->end == b->end;
}

/* The claim of this column that is of f's period; `count` of the claims: none. */
static inline size_t
find_period(const struct claims *c, struct column column, const struct figure *f)
{
    for (size_t i = column.first; i < column.end; i++)
        if (is_of_period(&c->figures[i], f))
            return i;
    return c->count;
}

/* Would f stand in this column? */
static inline struct fit
fit_in(const struct claims *c, struct column column, const struct figure *f, bool is_crossed)
{
    return fit_of(f, c->figures + column.first, column.standing - column.first, is_crossed);
}

/* doubt_guess.c: where a claim that is contradicted would fit, into guess, is_inside
 * and fits of d. */
void doubt_guess(const struct claims *c, size_t claim, struct doubt *d);

#endif
