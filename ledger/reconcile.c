/* reconcile.c - which figures stand, and what each adds (ledger/reconcile.h).
 *
 * The figures are offered to a tree of periods, the strongest first.  A node
 * knows between what its figure can lie, given those inside it; an offer that
 * leaves some node no room is contradicted, and the tree is as it was.
 *
 *      2024                  1 .. 12          the root's only child here
 *        first half          1 .. 6
 *          January           1
 *          February          2                March to June: nobody has told
 *        October             10
 *
 * Children of a node lie apart and are kept by date, in a list.  At most 731
 * figures stand, so lists are as quick as anything (measured: 67,161 figures of
 * one year in some 20 ms). */
#include "ledger/reconcile.h"

#include <stdlib.h>

#include "base/order.h"
#include "ledger/meant.h"

enum { FIGURES_FEW = 24 }; /* these use no heap: a year of months, and their sums */

/* Between what a figure can lie; no limit above when is_open. */
struct room {
    wide_t low, high;
    bool is_open;
};

struct node {
    struct figure *figure; /* of the root: NULL */
    struct node *up, *kids, *next;
    struct room own, room; /* by its own limits; given those inside it, too */
    struct room before;    /* to go back to */
};

struct tree {
    struct node root;
    struct node *nodes; /* room for all that can stand */
    size_t count;
    const struct figure *list; /* the figures; and against whom each is, or NULL: */
    struct against *against;   /* nobody asks */
};

/* ---- strength ------------------------------------------------------------------- */

/* Stronger first: higher grade, exact before inexact, longer, earlier. */
static int
compare_strength(const void *left, const void *right)
{
    const struct figure *a = *(struct figure *const *)left, *b = *(struct figure *const *)right;
    int order = order_of(b->grade, a->grade);

    if (order == 0)
        order = order_of(a->bound != BOUND_EXACT, b->bound != BOUND_EXACT);
    if (order == 0)
        order = order_of(b->end - b->start, a->end - a->start);
    return order != 0 ? order : order_of(a->start, b->start);
}

/* ---- the tree --------------------------------------------------------------------- */

static bool
is_inside(const struct figure *a, const struct figure *b)
{
    return b->start <= a->start && a->end <= b->end;
}

static bool
overlaps(const struct figure *a, const struct figure *b)
{
    return a->start < b->end && b->start < a->end;
}

/* The innermost node that f lies in. */
static struct node *
find_up(struct tree *tree, const struct figure *f)
{
    struct node *up = &tree->root, *kid = up->kids;

    while (kid != NULL) {
        if (is_inside(f, kid->figure)) {
            up = kid;
            kid = up->kids;
        } else {
            kid = kid->next;
        }
    }
    return up;
}

/* Works out the node's room.  False: there is none. */
static bool
find_room(struct node *node)
{
    wide_t low = 0, high = 0;
    bool is_open = node->kids == NULL; /* do those inside limit it from above? */
    int32_t told = node->figure->start;

    for (const struct node *kid = node->kids; kid != NULL; kid = kid->next) {
        low += kid->room.low;
        high += kid->room.high;
        is_open = is_open || kid->room.is_open || kid->figure->start > told;
        told = kid->figure->end;
    }
    is_open = is_open || told < node->figure->end;
    node->room = node->own;
    if (low > node->room.low)
        node->room.low = low;
    if (!is_open && (node->room.is_open || high < node->room.high)) {
        node->room.high = high;
        node->room.is_open = false;
    }
    return node->room.is_open || node->room.low <= node->room.high;
}

/* ---- against whom ------------------------------------------------------------------- */

static void
name_figure(const struct tree *tree, struct against *against, const struct figure *f)
{
    if (against->count < AGAINST_MOST)
        against->figures[against->count] = (uint32_t)(f - tree->list);
    against->count++;
}

/* With the new node, `broken` has no room: it is the node itself, which is around
 * others, or one around the node. */
static void
note_contradicted(const struct tree *tree, const struct node *node, const struct node *broken)
{
    struct against *against = &tree->against[node->figure - tree->list];

    *against = (struct against){
        .is_around = node == broken,
        /* Those inside it have raised what it is at least; or lowered the most. */
        .is_more = broken->room.low > broken->own.low,
        .by = broken->room.low - broken->room.high,
    };
    if (node != broken)
        name_figure(tree, against, broken->figure);
    for (const struct node *kid = node->kids; kid != NULL && node == broken; kid = kid->next)
        name_figure(tree, against, kid->figure);
}

/* Those on its level that f crosses. */
static void
note_covered(const struct tree *tree, const struct node *up, const struct figure *f)
{
    struct against *against = &tree->against[f - tree->list];

    *against = (struct against){ 0 };
    for (const struct node *kid = up->kids; kid != NULL; kid = kid->next)
        if (overlaps(f, kid->figure) && !is_inside(kid->figure, f))
            name_figure(tree, against, kid->figure);
}

/* ---- rooms ---------------------------------------------------------------------------- */

/* Takes back the rooms from `node` up to `last`, last included. */
static void
restore_rooms(struct node *node, const struct node *last)
{
    for (;; node = node->up) {
        node->room = node->before;
        if (node == last)
            return;
    }
}

/* Rooms from the new node up to the root.  False: some node has none, and all
 * rooms but the new node's are as they were. */
static bool
find_rooms(const struct tree *tree, struct node *node)
{
    for (struct node *n = node; n->figure != NULL; n = n->up) {
        n->before = n->room;
        if (!find_room(n)) {
            if (tree->against != NULL)
                note_contradicted(tree, node, n);
            restore_rooms(node, n);
            return false;
        }
    }
    return true;
}

static struct node
node_of(struct figure *f, struct node *up)
{
    struct range range = limits(f->amount, (enum bound)f->bound);

    return (struct node){ .figure = f,
                          .up = up,
                          .own = { range.low, range.high, range.high == NO_LIMIT } };
}

/* Puts the node among the kids of `up`, around those that lie inside it: they
 * are a run of the list.  *first is where the run began, *last its last node or
 * NULL, to be able to go back. */
static void
link_node(struct node *node, struct node *up, struct node ***first, struct node **last)
{
    struct node **at = &up->kids;

    while (*at != NULL && (*at)->figure->end <= node->figure->start)
        at = &(*at)->next;
    *first = at;
    *last = NULL;
    for (struct node *kid = *at; kid != NULL && is_inside(kid->figure, node->figure);
         kid = kid->next)
        *last = kid;
    if (*last == NULL) {
        node->next = *at;
    } else {
        node->kids = *at;
        node->next = (*last)->next;
        (*last)->next = NULL;
    }
    *at = node;
}

static void
unlink_node(struct node *node, struct node **first, struct node *last)
{
    if (last == NULL) {
        *first = node->next;
        return;
    }
    last->next = node->next;
    *first = node->kids;
}

/* Into the tree, if it can be true together with what is there. */
static enum outcome
insert(struct tree *tree, struct figure *f)
{
    struct node *up = find_up(tree, f), *node, **first, *last;

    for (const struct node *kid = up->kids; kid != NULL && kid->figure->start < f->end;
         kid = kid->next)
        if (overlaps(f, kid->figure) && !is_inside(kid->figure, f)) {
            if (tree->against != NULL)
                note_covered(tree, up, f);
            return FIGURE_COVERED;
        }
    node = &tree->nodes[tree->count];
    *node = node_of(f, up);
    link_node(node, up, &first, &last);
    if (!find_rooms(tree, node)) {
        unlink_node(node, first, last);
        return FIGURE_CONTRADICTED;
    }
    for (struct node *kid = node->kids; kid != NULL; kid = kid->next)
        kid->up = node;
    tree->count++;
    return FIGURE_STANDS;
}

/* ---- steps -------------------------------------------------------------------------- */

/* Where steps go; and the figures that count, by date: those of a node, when it
 * is worked out, are the last ones. */
struct steps {
    const struct figure *list;
    struct step *out;
    size_t count;
    struct figure **known;
    size_t known_count;
};

/* What those that count inside a figure come to. */
struct inside {
    size_t count;
    wide_t total, most;         /* the sum; the most that it may be, NO_LIMIT and more: any */
    int gaps;                   /* stretches that they leave out */
    int32_t days;               /* of these */
    int32_t gap_start, gap_end; /* the last one */
};

static void
note_gap(struct inside *in, int32_t start, int32_t end)
{
    if (start >= end)
        return;
    in->gaps++;
    in->days += end - start;
    in->gap_start = start;
    in->gap_end = end;
}

static struct inside
look_inside(const struct figure *f, struct figure *const *known, size_t count)
{
    struct inside in = { .count = count };
    int32_t told = f->start;

    for (size_t i = 0; i < count; i++) {
        struct range range = limits(known[i]->amount, (enum bound)known[i]->bound);

        note_gap(&in, told, known[i]->start);
        told = known[i]->end;
        in.total += known[i]->amount;
        in.most += range.high;
    }
    note_gap(&in, told, f->end);
    return in;
}

/* About, at least, at most: do those inside it (or, at most, around it) know
 * better, so that it only limits? */
static bool
is_a_limit_only(const struct figure *f, const struct inside *in, bool is_outermost)
{
    if (f->bound == BOUND_AT_MOST && !is_outermost)
        return true;
    if (in->count == 0)
        return false;
    if (f->bound == BOUND_ABOUT)
        return in->gaps == 0 || in->total >= f->amount;
    if (f->bound == BOUND_AT_LEAST)
        return in->total >= f->amount;
    return f->bound == BOUND_AT_MOST && in->gaps == 0 && in->total <= f->amount;
}

/* What the figure adds to those inside it. */
static struct step
step_of(const struct figure *f, const struct inside *in)
{
    wide_t rest = f->amount - in->total;
    struct step step = { .start = f->start,
                         .end = f->end,
                         .whole_start = f->start,
                         .whole_end = f->end,
                         .amount = (int64_t)rest,
                         .days = (int16_t)in->days };
    /* More than rounding and revisions can make; so the rest is more than nothing. */
    bool is_sure = f->bound == BOUND_EXACT && limits(f->amount, BOUND_EXACT).low > in->most;

    if (in->count == 0) {
        step.how = STEP_STATED;
    } else if (in->gaps == 1 && is_sure) {
        step.how = STEP_DERIVED;
        step.start = in->gap_start;
        step.end = in->gap_end;
    } else {
        step.how = rest > 0 && in->gaps > 0 ? STEP_UNSPLIT : STEP_ADJUSTED;
    }
    return step;
}

/* The steps of a node and of all inside it.  Nodes lie no deeper than there are
 * days in a year. */
static void
put_steps(struct steps *steps, const struct node *node, bool is_outermost)
{
    size_t first = steps->known_count;
    struct inside in;
    struct step step;

    for (const struct node *kid = node->kids; kid != NULL; kid = kid->next)
        put_steps(steps, kid, false);
    in = look_inside(node->figure, steps->known + first, steps->known_count - first);
    if (is_a_limit_only(node->figure, &in, is_outermost))
        return; /* as if it weren't there: those inside it count */
    step = step_of(node->figure, &in);
    step.figure = (uint32_t)(node->figure - steps->list);
    if (step.amount != 0 || step.days != 0)
        steps->out[steps->count++] = step;
    steps->known_count = first;
    steps->known[steps->known_count++] = node->figure;
}

/* ---- the whole ------------------------------------------------------------------------ */

static size_t
reconcile_in(struct tree *tree, struct figure **order, size_t count, struct step *out)
{
    struct steps steps = { .list = tree->list, .out = out, .known = order };

    qsort(order, count, sizeof(struct figure *), compare_strength);
    for (size_t i = 0; i < count; i++)
        order[i]->outcome = (uint8_t)insert(tree, order[i]);
    /* The order is done with: its room serves for the figures that count. */
    for (const struct node *kid = tree->root.kids; kid != NULL; kid = kid->next)
        put_steps(&steps, kid, true);
    return steps.count;
}

bool
reconcile(struct figure *figures, size_t count, struct step *steps, size_t *step_count)
{
    return reconcile_why(figures, count, steps, step_count, NULL);
}

bool
reconcile_why(struct figure *figures, size_t count, struct step *steps, size_t *step_count,
              struct against *against)
{
    struct node few_nodes[FIGURES_FEW];
    struct figure *few_order[FIGURES_FEW];
    struct tree tree = { .nodes = few_nodes, .list = figures, .against = against };
    struct figure **order = few_order;
    bool is_few = count <= FIGURES_FEW;

    if (!is_few) {
        /* One more than can stand: it is tried in a node of its own. */
        size_t most = count <= STANDING_MOST ? count : STANDING_MOST + 1;

        tree.nodes = calloc(most, sizeof *tree.nodes);
        order = calloc(count, sizeof *order);
    }
    if (tree.nodes != NULL && order != NULL) {
        for (size_t i = 0; i < count; i++)
            order[i] = &figures[i];
        *step_count = reconcile_in(&tree, order, count, steps);
    }
    bool is_done = tree.nodes != NULL && order != NULL;
    if (!is_few) {
        free(tree.nodes);
        free(order);
    }
    return is_done;
}

/* ---- totals against exports and imports ---------------------------------------------------- */

static int
compare_period(const void *left, const void *right)
{
    const struct figure *a = *(const struct figure *const *)left;
    const struct figure *b = *(const struct figure *const *)right;
    int order = order_of(a->start, b->start);

    return order != 0 ? order : order_of(b->end, a->end);
}

/* Those that stand, by start, an outer one before those inside it. */
static size_t
standing_of(struct figures figures, const struct figure **out)
{
    size_t count = 0;

    for (size_t i = 0; i < figures.count; i++)
        if (figures.list[i].outcome == FIGURE_STANDS)
            out[count++] = &figures.list[i];
    qsort(out, count, sizeof *out, compare_period);
    return count;
}

/* What one flow says about a total. */
struct beside {
    wide_t least;                /* the least of the outermost ones inside it */
    int64_t most;                /* the least of the limits of those around it; NO_LIMIT: none */
    const struct figure *same;   /* of its own period, or NULL */
    const struct figure *around; /* whose limit `most` is, or NULL */
};

static struct beside
beside_of(const struct figure *total, const struct figure *const *flow, size_t count)
{
    struct beside beside = { .most = NO_LIMIT };
    int32_t told = total->start; /* up to where the outermost ones inside it go */

    for (size_t i = 0; i < count; i++) {
        struct range range = limits(flow[i]->amount, (enum bound)flow[i]->bound);

        if (is_inside(flow[i], total) && flow[i]->start >= told) {
            beside.least += range.low;
            told = flow[i]->end;
        }
        if (is_inside(total, flow[i]) && range.high < beside.most) {
            beside.most = range.high;
            beside.around = flow[i];
        }
        if (flow[i]->start == total->start && flow[i]->end == total->end)
            beside.same = flow[i];
    }
    return beside;
}

static bool
is_off_by(const struct figure *total, const struct beside *exports, const struct beside *imports)
{
    struct range range = limits(total->amount, (enum bound)total->bound);
    const struct figure *same[3] = { total, exports->same, imports->same };
    wide_t apart, may = 0;

    if (range.high != NO_LIMIT && exports->least + imports->least > range.high)
        return true;
    if (exports->most != NO_LIMIT && imports->most != NO_LIMIT &&
        (wide_t)exports->most + imports->most < range.low)
        return true;
    if (exports->same == NULL || imports->same == NULL)
        return false;
    for (int i = 0; i < 3; i++) {
        if (same[i]->bound != BOUND_EXACT)
            return false;
        may += rounding_step(same[i]->amount, BOUND_EXACT) - 1;
    }
    apart = (wide_t)total->amount - exports->same->amount - imports->same->amount;
    return (apart < 0 ? -apart : apart) > may;
}

/* Exports and imports, as one list of figures. */
struct flows {
    struct figures exports, imports;
    const struct figure **standing; /* those of the exports first */
    size_t export_count, import_count;
};

static void
name_in_flows(const struct flows *flows, struct against *against, const struct figure *f)
{
    bool is_export = flows->exports.list <= f && f < flows->exports.list + flows->exports.count;

    if (against->count < AGAINST_MOST)
        against->figures[against->count] =
            (uint32_t)(is_export ? f - flows->exports.list
                                 : f - flows->imports.list + (ptrdiff_t)flows->exports.count);
    against->count++;
}

/* The outermost ones of one flow inside the total. */
static void
name_inside(const struct flows *flows, struct against *against, const struct figure *total,
            const struct figure *const *flow, size_t count)
{
    int32_t told = total->start;

    for (size_t i = 0; i < count; i++)
        if (is_inside(flow[i], total) && flow[i]->start >= told) {
            name_in_flows(flows, against, flow[i]);
            told = flow[i]->end;
        }
}

/* Of a total that is off: the first of the reasons in is_off_by(). */
static struct against
against_of(const struct flows *flows, const struct figure *total, const struct beside beside[2])
{
    struct range range = limits(total->amount, (enum bound)total->bound);
    struct against against = { .is_around = true, .is_more = true };

    if (range.high != NO_LIMIT && beside[0].least + beside[1].least > range.high) {
        against.by = beside[0].least + beside[1].least - range.high;
        name_inside(flows, &against, total, flows->standing, flows->export_count);
        name_inside(flows, &against, total, flows->standing + flows->export_count,
                    flows->import_count);
        return against;
    }
    against.is_around = false;
    if (beside[0].around != NULL && beside[1].around != NULL &&
        (wide_t)beside[0].most + beside[1].most < range.low) {
        against.by = range.low - ((wide_t)beside[0].most + beside[1].most);
        name_in_flows(flows, &against, beside[0].around);
        name_in_flows(flows, &against, beside[1].around);
        return against;
    }
    against.by = (wide_t)total->amount - beside[0].same->amount - beside[1].same->amount;
    against.is_more = against.by > 0;
    against.by = against.by < 0 ? -against.by : against.by;
    name_in_flows(flows, &against, beside[0].same);
    name_in_flows(flows, &against, beside[1].same);
    return against;
}

bool
totals_off(struct figures totals, struct figures exports, struct figures imports, bool *is_off)
{
    return totals_off_why(totals, exports, imports, is_off, NULL);
}

bool
totals_off_why(struct figures totals, struct figures exports, struct figures imports, bool *is_off,
               struct against *against)
{
    struct flows flows = { exports, imports, NULL, 0, 0 };

    flows.standing = calloc(exports.count + imports.count + 1, sizeof *flows.standing);
    if (flows.standing == NULL)
        return false;
    flows.export_count = standing_of(exports, flows.standing);
    flows.import_count = standing_of(imports, flows.standing + flows.export_count);
    for (size_t i = 0; i < totals.count; i++) {
        const struct figure *total = &totals.list[i];
        struct beside beside[2];

        is_off[i] = false;
        if (total->outcome != FIGURE_STANDS)
            continue;
        beside[0] = beside_of(total, flows.standing, flows.export_count);
        beside[1] = beside_of(total, flows.standing + flows.export_count, flows.import_count);
        is_off[i] = is_off_by(total, &beside[0], &beside[1]);
        if (is_off[i] && against != NULL)
            against[i] = against_of(&flows, total, beside);
    }
    free(flows.standing);
    return true;
}
