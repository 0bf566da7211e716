/* reconcile.c - one chain of cumulative amounts out of overlapping figures.
 *
 * The dates that figures begin or end at are marks, in order.  A mark is
 * linked once its cumulative amount is known relative to that of others; those
 * are its group.  Groups never overlap, so a group is a run of linked marks,
 * and one flag on each, joined (to the linked mark before it), says it all:
 *
 *      date     0    31    59    90   120   181
 *      linked   x     x     .     x     .     x
 *      joined   -     x     -     -     -     x      two groups: 0-31, 90-181
 *
 * The oracle looks at every date for every figure and starts again after each
 * acceptance.  Here a figure is judged from counts that are renewed with each
 * acceptance; there are fewer acceptances than marks, since each links two
 * marks that were not linked before.  What the oracle rejects moves nothing,
 * so it need not start again for that, nor when nothing waits before it.
 */
#include <stdlib.h>

#include "core/claim.h"

enum { FIGURES_FEW = 24 }; /* these use no heap: a year of months, and their sums */

struct mark {
    wide_t at; /* cumulative amount within the group */
    int32_t date;
    bool linked, joined;
    uint32_t group;   /* linked: its number, from 1 */
    uint32_t started; /* groups that begin here or before */
    uint32_t ended;   /* groups that end before here */
};

struct chain {
    struct claim *claims;
    struct mark *marks;
    size_t claim_count, mark_count;
};

/* ---- marks ------------------------------------------------------------------------ */

static int
compare_date(const void *left, const void *right)
{
    const struct mark *a = left, *b = right;

    return (a->date > b->date) - (a->date < b->date);
}

static uint32_t
mark_find(const struct chain *chain, int32_t date)
{
    size_t low = 0, high = chain->mark_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (chain->marks[middle].date <= date)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static void
make_marks(struct chain *chain)
{
    size_t count = 0;

    for (size_t i = 0; i < chain->claim_count; i++) {
        chain->marks[2 * i] = (struct mark){ .date = chain->claims[i].start };
        chain->marks[2 * i + 1] = (struct mark){ .date = chain->claims[i].end };
    }
    qsort(chain->marks, 2 * chain->claim_count, sizeof *chain->marks, compare_date);
    for (size_t i = 0; i < 2 * chain->claim_count; i++)
        if (count == 0 || chain->marks[count - 1].date != chain->marks[i].date)
            chain->marks[count++] = chain->marks[i];
    chain->mark_count = count;
    for (size_t i = 0; i < chain->claim_count; i++) {
        chain->claims[i].first = mark_find(chain, chain->claims[i].start);
        chain->claims[i].last = mark_find(chain, chain->claims[i].end);
    }
}

/* Number the groups and count them along the marks, after every acceptance. */
static void
renew_counts(struct chain *chain)
{
    uint32_t groups = 0;
    bool runs_on = false; /* the next linked mark is joined to one before it */

    for (size_t i = 0; i < chain->mark_count; i++) {
        struct mark *mark = &chain->marks[i];

        mark->ended = groups;
        if (mark->linked && !mark->joined)
            groups++;
        mark->group = groups;
        mark->started = groups;
    }
    for (size_t i = chain->mark_count; i-- > 0;) {
        struct mark *mark = &chain->marks[i];

        if (mark->linked)
            runs_on = mark->joined;
        mark->ended -= runs_on ? 1 : 0;
    }
}

/* ---- linking ------------------------------------------------------------------------ */

/* Does a stretch that shares no date with the figure lie in its way? */
static bool
is_blocked(const struct mark *a, const struct mark *b)
{
    uint32_t touched = b->started - a->ended;
    uint32_t shared = (a->linked ? 1U : 0U) + (b->linked ? 1U : 0U);

    if (a->linked && b->linked && a->group == b->group)
        shared = 1;
    return touched != shared;
}

#define NO_MARK UINT32_MAX

static uint32_t
linked_before(const struct chain *chain, uint32_t i)
{
    while (i-- > 0)
        if (chain->marks[i].linked)
            return i;
    return NO_MARK;
}

static uint32_t
linked_after(const struct chain *chain, uint32_t i)
{
    while (++i < chain->mark_count)
        if (chain->marks[i].linked)
            return i;
    return NO_MARK;
}

/* Link mark i to the linked mark before it (or else to the one after it).
 * False: the cumulative amount would fall somewhere; nothing has changed. */
static bool
link_mark(struct chain *chain, uint32_t i, wide_t at, bool to_before)
{
    uint32_t before = linked_before(chain, i), after = linked_after(chain, i);
    bool is_inside = after != NO_MARK && chain->marks[after].joined;

    if (before != NO_MARK && (is_inside || to_before) && chain->marks[before].at > at)
        return false;
    if (after != NO_MARK && (is_inside || !to_before) && chain->marks[after].at < at)
        return false;
    chain->marks[i].linked = true;
    chain->marks[i].at = at;
    chain->marks[i].joined = is_inside || to_before;
    if (after != NO_MARK && !to_before)
        chain->marks[after].joined = true;
    return true;
}

/* Link two neighbouring groups, a in the earlier one and b in the later one. */
static bool
link_groups(struct chain *chain, uint32_t a, uint32_t b, wide_t amount)
{
    struct mark *marks = chain->marks;
    wide_t shift = marks[a].at + amount - marks[b].at;
    uint32_t first = b, last;

    while (marks[first].joined)
        first = linked_before(chain, first);
    last = linked_before(chain, first);
    if (marks[last].at > marks[first].at + shift)
        return false;
    marks[first].joined = true;
    for (uint32_t i = first; i != NO_MARK && marks[i].joined; i = linked_after(chain, i))
        marks[i].at += shift;
    return true;
}

static bool
link_claim(struct chain *chain, const struct claim *claim)
{
    struct mark *a = &chain->marks[claim->first], *b = &chain->marks[claim->last];

    if (a->linked && b->linked)
        return link_groups(chain, claim->first, claim->last, claim->amount);
    if (b->linked)
        return link_mark(chain, claim->first, b->at - claim->amount, false);
    if (!a->linked) {
        a->linked = true;
        a->at = 0;
    }
    return link_mark(chain, claim->last, a->at + claim->amount, true);
}

enum verdict { VERDICT_WAIT, VERDICT_DONE, VERDICT_LINKED };

static enum verdict
judge(struct chain *chain, const struct claim *claim)
{
    const struct mark *a = &chain->marks[claim->first], *b = &chain->marks[claim->last];
    bool is_true;

    if (a->linked && b->linked && a->group == b->group) {
        is_true = b->at - a->at == claim->amount;
        claim->figure->standing = is_true ? FIGURE_COUNTED : FIGURE_CONTRADICTED;
        return VERDICT_DONE;
    }
    if (is_blocked(a, b))
        return VERDICT_WAIT;
    is_true = link_claim(chain, claim);
    claim->figure->standing = is_true ? FIGURE_COUNTED : FIGURE_CONTRADICTED;
    if (!is_true)
        return VERDICT_DONE;
    renew_counts(chain);
    return VERDICT_LINKED;
}

/* Take the figures in order; those in the way of others wait, and all that
 * wait are tried again, from the first, after every acceptance. */
static void
link_all(struct chain *chain)
{
    bool again = true;

    while (again) {
        size_t waiting = 0;

        again = false;
        for (size_t i = 0; i < chain->claim_count; i++) {
            struct claim claim = chain->claims[i];
            enum verdict verdict = again ? VERDICT_WAIT : judge(chain, &claim);

            if (verdict == VERDICT_WAIT)
                chain->claims[waiting++] = claim;
            again = again || (verdict == VERDICT_LINKED && waiting > 0);
        }
        chain->claim_count = waiting;
    }
    for (size_t i = 0; i < chain->claim_count; i++)
        chain->claims[i].figure->standing = FIGURE_COVERED;
}

/* ---- the whole ----------------------------------------------------------------------- */

static size_t
write_increments(const struct chain *chain, struct increment *out)
{
    const struct mark *before = NULL;
    size_t count = 0;

    for (size_t i = 0; i < chain->mark_count; i++) {
        const struct mark *mark = &chain->marks[i];

        if (!mark->linked)
            continue;
        if (mark->joined && before != NULL)
            out[count++] = (struct increment){ .day = mark->date - 1,
                                               .span = mark->date - before->date,
                                               .amount = (int64_t)(mark->at - before->at) };
        before = mark;
    }
    return count;
}

static void
make_claims(struct chain *chain, struct figure *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        chain->claims[i] = (struct claim){ .start = figures[i].start,
                                           .end = figures[i].end,
                                           .amount = figures[i].amount,
                                           .grade = figures[i].grade,
                                           .figure = &figures[i] };
    chain->claim_count = count;
    make_marks(chain);
}

static size_t
reconcile_claims(struct chain *chain, int64_t *peaks, struct increment *increments)
{
    chain->claim_count = claims_sift(chain->claims, chain->claim_count, chain->mark_count, peaks);
    link_all(chain);
    return write_increments(chain, increments);
}

static bool
reconcile_many(struct figure *figures, size_t count, struct increment *increments,
               size_t *increment_count)
{
    struct chain chain = { .claims = calloc(count, sizeof *chain.claims),
                           .marks = calloc(2 * count, sizeof *chain.marks) };
    int64_t *peaks = NULL;
    bool has_room = chain.claims != NULL && chain.marks != NULL;

    if (has_room) {
        make_claims(&chain, figures, count);
        if (chain.mark_count <= DATES_MOST) { /* always, within one year */
            peaks = calloc(2 * chain.mark_count * chain.mark_count, sizeof *peaks);
            has_room = peaks != NULL;
        }
    }
    if (has_room)
        *increment_count = reconcile_claims(&chain, peaks, increments);
    free(peaks);
    free(chain.claims);
    free(chain.marks);
    return has_room;
}

bool
reconcile(struct figure *figures, size_t count, struct increment *increments,
          size_t *increment_count)
{
    struct claim claims[FIGURES_FEW];
    struct mark marks[2 * FIGURES_FEW];
    struct chain chain = { .claims = claims, .marks = marks };

    if (count > FIGURES_FEW)
        return reconcile_many(figures, count, increments, increment_count);
    make_claims(&chain, figures, count);
    *increment_count = reconcile_claims(&chain, NULL, increments);
    return true;
}
