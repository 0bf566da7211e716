/* Series side by side: what stands of each, and what is a part of what
 * (lookup/wholes_inside.h).
 *
 * A part is connected with the nearest whole that is told of: 870323 with 8703, or
 * with 87 where nobody has told of 8703. */
#include "lookup/wholes_inside.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/order.h"
#include "record/member.h"

struct wholes *
wholes_new(void)
{
    return calloc(1, sizeof(struct wholes));
}

void
wholes_free(struct wholes *w)
{
    if (w == NULL)
        return;
    free(w->kept);
    free(w->held);
    free(w->edges);
    free(w);
}

/* ---- keeping ----------------------------------------------------------------- */

/* An outer one before those inside it. */
static int
compare_held(const void *left, const void *right)
{
    const struct held *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (b->end > a->end) - (b->end < a->end);
}

static bool
keep_column(struct wholes *w, const struct claims *c, struct column column)
{
    size_t first = w->held_count;
    struct held *held;
    struct kept *kept;

    for (size_t i = column.first; i < column.end; i++) {
        const struct figure *f = &c->figures[i];
        if (f->outcome != FIGURE_STANDS)
            continue;
        held = grow(w->held, &w->held_room, w->held_count + 1, sizeof *held);
        if (held == NULL)
            return false;
        w->held = held;
        held[w->held_count++] = (struct held){ f->start, f->end, f->amount, f->bound };
    }
    if (w->held_count == first)
        return true;
    kept = grow(w->kept, &w->kept_room, w->kept_count + 1, sizeof *kept);
    if (kept == NULL)
        return false;
    w->kept = kept;
    qsort(w->held + first, w->held_count - first, sizeof *w->held, compare_held);
    w->kept[w->kept_count++] = (struct kept){ .of = c->of,
                                              .what = c->list[column.first].what,
                                              .flow = c->list[column.first].flow,
                                              .first = first,
                                              .count = w->held_count - first };
    return true;
}

bool
wholes_add(struct wholes *w, const struct claims *c)
{
    bool is_done = true;

    for (size_t i = 0; i < c->count && is_done; i = claims_column(c, i).end)
        is_done = keep_column(w, c, claims_column(c, i));
    return is_done && w->kept_count < UINT32_MAX;
}

/* ---- finding ------------------------------------------------------------------- */

static int
compare_kept(const void *left, const void *right)
{
    const struct kept *a = left, *b = right;
    int order = order_of(a->of.province, b->of.province);

    if (order == 0)
        order = order_of(a->of.partner, b->of.partner);
    if (order == 0)
        order = order_of(a->of.year, b->of.year);
    if (order == 0)
        order = order_of(a->of.is_part, b->of.is_part);
    if (order == 0)
        order = strcmp(a->of.province_area, b->of.province_area);
    if (order == 0)
        order = strcmp(a->of.partner_area, b->of.partner_area);
    if (order == 0)
        order = strcmp(a->of.commodity, b->of.commodity);
    if (order == 0)
        order = order_of(a->what, b->what);
    return order != 0 ? order : order_of(a->flow, b->flow);
}

/* The column of this subject, unit and flow; NULL: nobody has told. */
static const struct kept *
find_kept(const struct wholes *w, const struct kept *like)
{
    return bsearch(like, w->kept, w->kept_count, sizeof *w->kept, compare_kept);
}

/* False: no memory. */
static bool
put_edge(struct wholes *w, enum way way, const struct kept *whole, const struct kept *part)
{
    struct edge *edges = grow(w->edges, &w->edge_room, w->edge_count + 1, sizeof *edges);

    if (edges == NULL)
        return false;
    w->edges = edges;
    edges[w->edge_count++] = (struct edge){ .whole = (uint32_t)(whole - w->kept),
                                            .part = (uint32_t)(part - w->kept),
                                            .way = (uint8_t)way };
    return true;
}

/* The nearest whole that is told of: 870323 -> 8703 -> 87 -> all of the pair or the
 * area. */
static const struct kept *
find_commodity(const struct wholes *w, struct kept like)
{
    size_t length = strlen(like.of.commodity);
    const struct kept *whole = NULL;

    like.of.is_part = false;
    while (length >= 2 && whole == NULL) {
        length -= 2;
        like.of.commodity[length] = '\0';
        whole = find_kept(w, &like);
    }
    return whole;
}

/* The same of the whole province, and of the whole partner. */
static const struct kept *
find_area(const struct wholes *w, struct kept like, bool is_partners)
{
    char *area = is_partners ? like.of.partner_area : like.of.province_area;

    if (area[0] == '\0')
        return NULL;
    area[0] = '\0';
    return find_kept(w, &like);
}

static const struct kept *
find_pair(const struct wholes *w, struct kept like)
{
    like.of.is_part = false;
    like.of.commodity[0] = like.of.province_area[0] = like.of.partner_area[0] = '\0';
    return find_kept(w, &like);
}

/* Within one pair. */
static bool
put_inner_edges(struct wholes *w, const struct kept *part)
{
    const struct kept *wholes[] = { find_commodity(w, *part), find_area(w, *part, false),
                                    find_area(w, *part, true) };
    bool is_any = false;

    if (subject_is_whole(&part->of))
        return true;
    for (int i = 0; i < 3; i++) {
        if (wholes[i] == NULL)
            continue;
        if (!put_edge(w, i == 0 ? WAY_COMMODITY : WAY_AREA, wholes[i], part))
            return false;
        is_any = true;
    }
    const struct kept *pair = is_any ? NULL : find_pair(w, *part);
    return pair == NULL || put_edge(w, WAY_AREA, pair, part);
}

/* National figures are of the customs territory. */
static bool
is_of_the_nation(int province)
{
    return province != PROVINCE_CN && !province_is_apart(province);
}

/* Over provinces, and over partners.  Of what has a name: an area is compared within
 * its pair. */
static bool
put_outer_edges(struct wholes *w, const struct kept *part)
{
    struct kept like = *part;
    const struct kept *whole;

    if (part->of.is_part || part->of.province_area[0] != '\0' || part->of.partner_area[0] != '\0')
        return true;
    like.of.province = PROVINCE_CN;
    if (is_of_the_nation(part->of.province) && (whole = find_kept(w, &like)) != NULL &&
        !put_edge(w, WAY_PROVINCE, whole, part))
        return false;
    like = *part;
    for (int group = PARTNER_COUNTRIES; group < PARTNER_COUNT; group++) {
        like.of.partner = (int16_t)group;
        if (group == part->of.partner || !partner_is_within(group, part->of.partner, part->of.year))
            continue;
        whole = find_kept(w, &like);
        if (whole != NULL && !put_edge(w, WAY_PARTNER, whole, part))
            return false;
    }
    return true;
}

static int
compare_edges(const void *left, const void *right)
{
    const struct edge *a = left, *b = right;
    int order = order_of(a->whole, b->whole);

    if (order == 0)
        order = order_of(a->way, b->way);
    return order != 0 ? order : order_of(a->part, b->part);
}

bool
wholes_connect(struct wholes *w)
{
    if (w->kept_count > 0)
        qsort(w->kept, w->kept_count, sizeof *w->kept, compare_kept);
    for (size_t i = 0; i < w->kept_count; i++)
        if (!put_inner_edges(w, &w->kept[i]) || !put_outer_edges(w, &w->kept[i]))
            return false;
    if (w->edge_count > 0)
        qsort(w->edges, w->edge_count, sizeof *w->edges, compare_edges);
    return true;
}
