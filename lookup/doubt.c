/* The list of the worst doubts.
 *
 * As many are kept as are to be told, in order; a new one goes to its place and
 * pushes the mildest out.  There may be millions, and nobody reads more than a
 * page. */
#include "lookup/doubt.h"

#include <stdlib.h>

#include "base/order.h"

static const char *const NAMES[DOUBT_KIND_COUNT] = {
#define DOUBT(id, name, help) name,
#include "lookup/doubt.def"
#undef DOUBT
};

const char *
doubt_name(enum doubt_kind kind)
{
    return NAMES[kind];
}

int64_t
doubt_weight(wide_t by, wide_t whole)
{
    const wide_t most = INT64_C(1000000000);
    wide_t weight = whole <= 0 ? most : (by < 0 ? -by : by) * 1000 / whole;

    return (int64_t)(weight < most ? weight : most);
}

bool
doubt_list_new(struct doubt_list *list, size_t most)
{
    *list = (struct doubt_list){ .most = most };
    list->list = calloc(most + 1, sizeof *list->list);
    return list->list != NULL;
}

void
doubt_list_release(struct doubt_list *list)
{
    free(list->list);
    *list = (struct doubt_list){ 0 };
}

static int
compare_subjects(const struct subject *a, const struct subject *b)
{
    int order = order_of(a->province, b->province);

    if (order == 0)
        order = order_of(a->partner, b->partner);
    if (order == 0)
        order = strcmp(a->province_area, b->province_area);
    if (order == 0)
        order = strcmp(a->partner_area, b->partner_area);
    return order != 0 ? order : strcmp(a->commodity, b->commodity);
}

/* Worse first; equal ones in an order that is always the same. */
static int
compare_doubts(const struct doubt *a, const struct doubt *b)
{
    int order = order_of(a->kind, b->kind);

    if (order == 0)
        order = order_of(b->weight, a->weight);
    if (order == 0)
        order = compare_subjects(&a->figure.of, &b->figure.of);
    if (order == 0)
        order = order_of(a->figure.start, b->figure.start);
    if (order == 0)
        order = order_of(a->figure.end, b->figure.end);
    if (order == 0)
        order = order_of(a->figure.flow, b->figure.flow);
    return order != 0 ? order : order_of(a->figure.what, b->figure.what);
}

void
doubt_list_put(struct doubt_list *list, const struct doubt *doubt)
{
    size_t at = list->count;

    list->found[doubt->kind]++;
    while (at > 0 && compare_doubts(doubt, &list->list[at - 1]) < 0)
        at--;
    if (at == list->most)
        return;
    memmove(list->list + at + 1, list->list + at, (list->count - at) * sizeof *list->list);
    list->list[at] = *doubt;
    list->count += list->count < list->most;
}

int64_t
doubt_list_found(const struct doubt_list *list)
{
    int64_t found = 0;

    for (int i = 0; i < DOUBT_KIND_COUNT; i++)
        found += list->found[i];
    return found;
}
