/* What is to be said of one series-year by itself.
 *
 *  contradicted   which standing figure leaves it no room, and where it would have some
 *  mismatched     which exports and imports a total does not go with
 *  undecided      what the other source says
 *  adjusted       wholes that are far from their parts
 *  at least       totals that are made of lower bounds alone
 *  no rate        the same figure in yuan and in dollars
 *
 * The law of ledger/reconcile.h has judged already; here it is only asked why. */
#include "lookup/doubt_inside.h"

#include <stdlib.h>

#include "ledger/meant.h"
#include "record/rate.h"

/* Of one series-year; a feed that sends nonsense may have 67,000, and no more than
 * these are ever told.  The others are counted. */
enum { EXPLAINED_MOST = 1000 };

static wide_t
apart(wide_t a, wide_t b)
{
    return a > b ? a - b : b - a;
}

/* ---- contradicted: why ------------------------------------------------------------------ */

static void
note_misfit(const struct claims *c, size_t claim, const struct fit *fit, struct doubt *d)
{
    const struct claim *a = &c->list[claim];
    const struct figure *f = &c->figures[claim];
    bool is_much = fit->misfit == MISFIT_MUCH;

    d->sum = fit->sum;
    d->others = fit->inside;
    if (fit->at == f) {
        d->clash = is_much ? CLASH_INSIDE : CLASH_FILLED;
        d->by = apart(fit->sum, f->amount);
        if (fit->inside == 1) {
            d->clash = CLASH_BELOW;
            d->against = speak_figure(c, a->what, a->flow, fit->first);
        }
        return;
    }
    d->against = speak_figure(c, a->what, a->flow, fit->at);
    d->by = apart(fit->sum, fit->at->amount);
    d->clash = is_much ? CLASH_TOO_MUCH : CLASH_TOO_LITTLE;
    d->others -= fit->is_inside;
    if (d->others == 0) {
        d->clash = CLASH_ABOVE;
        d->by = apart(f->amount, fit->at->amount);
    } else if (d->others == 1 && fit->first != NULL) {
        d->also = speak_figure(c, a->what, a->flow, fit->first);
    }
}

static void
doubt_contradicted(const struct claims *c, size_t claim, struct doubt_list *out)
{
    const struct figure *f = &c->figures[claim];
    struct column column = claims_find(c, c->list[claim].what, c->list[claim].flow);
    struct fit fit = fit_in(c, column, f, true);
    struct doubt d = { .kind = DOUBT_CONTRADICTED, .figure = speak(c, claim) };

    if (fit.at != NULL)
        note_misfit(c, claim, &fit, &d);
    doubt_guess(c, claim, &d);
    d.weight = doubt_weight(d.by, fit.at == NULL ? f->amount : fit.at->amount);
    doubt_list_put(out, &d);
}

/* ---- mismatched -------------------------------------------------------------------------- */

static bool
is_inside(const struct figure *a, const struct figure *b)
{
    return b->start <= a->start && a->end <= b->end;
}

/* What one flow says about a total. */
struct beside {
    size_t same, around; /* claims; the count: none.  Of those around it the least */
    wide_t inside;       /* those inside it, the outermost ones */
    int32_t count;
};

static struct beside
look_beside(const struct claims *c, struct column flow, const struct figure *t)
{
    struct beside b = { .same = c->count, .around = c->count };

    for (size_t i = flow.first; i < flow.standing; i++) {
        const struct figure *f = &c->figures[i];
        bool is_outermost = true;
        if (is_of_period(f, t))
            b.same = i;
        if (is_inside(t, f) && f->bound != BOUND_AT_LEAST &&
            (b.around == c->count || f->amount < c->figures[b.around].amount))
            b.around = i;
        for (size_t k = flow.first; k < flow.standing && is_outermost; k++)
            is_outermost = k == i || !is_inside(&c->figures[k], t) || !is_inside(f, &c->figures[k]);
        if (is_inside(f, t) && is_outermost) {
            b.inside += f->amount;
            b.count++;
        }
    }
    return b;
}

static void
doubt_mismatched(const struct claims *c, size_t claim, struct doubt_list *out)
{
    const struct figure *t = &c->figures[claim];
    uint32_t what = c->list[claim].what;
    struct beside e = look_beside(c, claims_find(c, what, FLOW_EXPORT), t);
    struct beside i = look_beside(c, claims_find(c, what, FLOW_IMPORT), t);
    struct doubt d = { .kind = DOUBT_MISMATCHED, .figure = speak(c, claim) };

    if (e.same < c->count && i.same < c->count) {
        d.clash = CLASH_SAME;
        d.against = speak(c, e.same);
        d.also = speak(c, i.same);
        d.sum = (wide_t)d.against.amount + d.also.amount;
    } else if (e.inside + i.inside > t->amount) {
        d.clash = CLASH_INSIDE;
        d.sum = e.inside + i.inside;
        d.others = e.count + i.count;
    } else if (e.around < c->count && i.around < c->count) {
        d.clash = CLASH_AROUND;
        d.against = speak(c, e.around);
        d.also = speak(c, i.around);
        d.sum = (wide_t)d.against.amount + d.also.amount;
    }
    d.by = d.clash == CLASH_NONE ? 0 : apart(d.sum, t->amount);
    d.weight = doubt_weight(d.by, t->amount);
    doubt_list_put(out, &d);
}

/* ---- undecided ------------------------------------------------------------------------------ */

static void
doubt_undecided(const struct claims *c, size_t claim, struct doubt_list *out)
{
    const struct claim *a = &c->list[claim];
    struct doubt d = { .kind = DOUBT_UNDECIDED,
                       .figure = speak(c, claim),
                       .against = speak(c, claim) };

    d.against.amount = a->other;
    d.against.bound = a->other_bound;
    d.by = apart(a->other, d.figure.amount);
    d.weight = doubt_weight(d.by, d.figure.amount);
    doubt_list_put(out, &d);
}

/* ---- adjusted, at least: what a column adds -----------------------------------------------------
 */

static void
doubt_adjusted(const struct claims *c, size_t claim, const struct step *step,
               struct doubt_list *out)
{
    wide_t amount = step->amount < 0 ? -(wide_t)step->amount : step->amount;
    struct doubt d = { .kind = DOUBT_ADJUSTED, .figure = speak(c, claim) };

    if (amount * 100 <= (wide_t)c->figures[claim].amount * ADJUSTED_PERCENT)
        return;
    d.by = amount;
    d.sum = (wide_t)d.figure.amount - step->amount;
    d.clash = step->amount < 0 ? CLASH_INSIDE : CLASH_FILLED;
    d.weight = doubt_weight(amount, d.figure.amount);
    doubt_list_put(out, &d);
}

/* A total: do exports and imports of the same period say what it comes to? */
static bool
flows_say(const struct claims *c, size_t total)
{
    bool is_said[FLOW_COUNT] = { false };

    if (c->list[total].flow != FLOW_TOTAL)
        return false;
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].what == c->list[total].what && stands(c, i) &&
            c->figures[i].bound == BOUND_EXACT && is_of_period(&c->figures[i], &c->figures[total]))
            is_said[c->list[i].flow] = true;
    return is_said[FLOW_EXPORT] && is_said[FLOW_IMPORT];
}

/* Every amount comes from a figure that says "at least": the largest is named. */
static void
doubt_at_least(const struct claims *c, struct column column, const struct step *steps, size_t count,
               struct doubt_list *out)
{
    size_t largest = c->count;
    wide_t sum = 0;
    int32_t others = 0;

    for (size_t i = 0; i < count; i++) {
        struct figure whole = { .start = steps[i].whole_start, .end = steps[i].whole_end };
        size_t claim = find_period(c, column, &whole);
        if (steps[i].amount == 0)
            continue;
        if (claim == c->count || c->figures[claim].bound != BOUND_AT_LEAST)
            return;
        sum += steps[i].amount;
        others++;
        if (largest == c->count || c->figures[claim].amount > c->figures[largest].amount)
            largest = claim;
    }
    if (largest == c->count || (others == 1 && flows_say(c, largest)))
        return;
    doubt_list_put(out, &(struct doubt){ .kind = DOUBT_AT_LEAST,
                                         .figure = speak(c, largest),
                                         .sum = sum,
                                         .others = others - 1 });
}

/* The steps are worked out once more, of those that stand: an entry does not keep
 * them.  False: no memory. */
static bool
doubt_column(const struct claims *c, struct column column, struct doubt_list *out)
{
    size_t figures = column.standing - column.first, count = 0;
    struct figure *copy = calloc(figures + 1, sizeof *copy);
    struct step *steps = calloc(figures + 1, sizeof *steps);
    bool is_done = false;

    if (copy != NULL && steps != NULL) {
        memcpy(copy, c->figures + column.first, figures * sizeof *copy);
        is_done = reconcile(copy, figures, steps, &count);
    }
    for (size_t i = 0; is_done && i < count; i++) {
        struct figure whole = { .start = steps[i].whole_start, .end = steps[i].whole_end };
        if (steps[i].how == STEP_ADJUSTED)
            doubt_adjusted(c, find_period(c, column, &whole), &steps[i], out);
    }
    if (is_done && subject_is_whole(&c->of))
        doubt_at_least(c, column, steps, count, out);
    free(copy);
    free(steps);
    return is_done;
}

/* ---- no rate
 * ---------------------------------------------------------------------------------------- */

/* By which power of ten would a rate explain it?  0: by none. */
static int
tenfold(wide_t yuan, wide_t dollars, const struct rate *rate)
{
    static const int POWERS[] = { 1, -1, 2, -2, 3, -3, 4, -4, 8, -8 };

    for (size_t i = 0; i < sizeof POWERS / sizeof POWERS[0]; i++) {
        wide_t a = yuan * RATE_ONE, b = dollars;
        for (int k = 0; k < POWERS[i]; k++)
            b *= 10;
        for (int k = 0; k > POWERS[i]; k--)
            a *= 10;
        if (b * rate->least <= a && a <= b * rate->most)
            return POWERS[i];
    }
    return 0;
}

static void
doubt_rate(const struct claims *c, size_t yuan, size_t dollars, struct doubt_list *out)
{
    const struct figure *y = &c->figures[yuan], *u = &c->figures[dollars];
    struct range yuans = limits(y->amount, (enum bound)y->bound);
    struct range usds = limits(u->amount, (enum bound)u->bound);
    struct doubt d = { .kind = DOUBT_RATE, .figure = speak(c, yuan), .against = speak(c, dollars) };
    struct rate rate;
    bool is_high, is_low;

    if (y->amount == 0 || u->amount == 0 || !rate_of_year(c->of.year, &rate))
        return;
    is_high = usds.high != NO_LIMIT && (wide_t)yuans.low * RATE_ONE > (wide_t)usds.high * rate.most;
    is_low =
        yuans.high != NO_LIMIT && (wide_t)yuans.high * RATE_ONE < (wide_t)usds.low * rate.least;
    if (!is_high && !is_low)
        return;
    wide_t ratio = (wide_t)y->amount * RATE_ONE / u->amount;
    d.rate = ratio > INT32_MAX ? INT32_MAX : (int32_t)ratio;
    d.rate_least = rate.least;
    d.rate_most = rate.most;
    d.power = tenfold(y->amount, u->amount, &rate);
    d.guess = y->amount == u->amount ? GUESS_EQUAL : d.power != 0 ? GUESS_TENFOLD : GUESS_NONE;
    d.weight = is_high ? doubt_weight(ratio - rate.most, rate.most)
                       : doubt_weight(rate.least - ratio, rate.least);
    doubt_list_put(out, &d);
}

/* Yuan and dollars of the same flow and period, where both stand. */
static void
doubt_rates(const struct claims *c, struct doubt_list *out)
{
    for (int flow = 0; flow < FLOW_COUNT; flow++) {
        struct column yuan = claims_find(c, measure_make(0, MEASURE_MONEY, CURRENCY_CNY), flow);
        struct column usd = claims_find(c, measure_make(0, MEASURE_MONEY, CURRENCY_USD), flow);
        for (size_t y = yuan.first, u = usd.first; y < yuan.standing && u < usd.standing;) {
            const struct figure *a = &c->figures[y], *b = &c->figures[u];
            int order = a->start != b->start ? a->start - b->start : a->end - b->end;
            if (order == 0)
                doubt_rate(c, y, u, out);
            y += order <= 0;
            u += order >= 0;
        }
    }
}

/* ---- the whole
 * ------------------------------------------------------------------------------------------- */

bool
doubt_series(const struct claims *c, struct doubt_list *out)
{
    bool is_done = true;
    int explained = 0;

    for (size_t i = 0; i < c->count; i++) {
        bool is_contradicted = c->figures[i].outcome == FIGURE_CONTRADICTED;
        if (is_contradicted && explained++ < EXPLAINED_MOST)
            doubt_contradicted(c, i, out);
        else if (is_contradicted)
            out->found[DOUBT_CONTRADICTED]++;
        if (c->list[i].is_mismatched)
            doubt_mismatched(c, i, out);
        if (c->list[i].is_undecided && stands(c, i))
            doubt_undecided(c, i, out);
    }
    for (size_t i = 0; i < c->count && is_done; i = claims_column(c, i).end)
        is_done = doubt_column(c, claims_column(c, i), out);
    doubt_rates(c, out);
    return is_done;
}
