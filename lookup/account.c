/* The records behind a number, a few of each kind (lookup/account.h).
 *
 * Millions may be offered, some are shown: of each list the largest and the
 * newest.  So each list has two short arrays in order, and nearly every offer
 * ends at the look at their last elements. */
#include "lookup/account.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/order.h"

/* ---- measures -------------------------------------------------------------------- */

bool
measure_is_amount(uint32_t measure)
{
    return measure_form(measure) == MEASURE_MONEY || measure_form(measure) == MEASURE_QUANTITY;
}

/* Where a measure is, or belongs. */
static size_t
find_measure(const struct account *a, uint32_t measure)
{
    size_t low = 0, high = a->measure_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (a->measures[middle].measure < measure)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct account_measure *
account_measure(struct account *a, uint32_t measure)
{
    size_t at = find_measure(a, measure);
    struct account_measure *more;

    if (at < a->measure_count && a->measures[at].measure == measure)
        return &a->measures[at];
    more = grow(a->measures, &a->measure_room, a->measure_count + 1, sizeof *more);
    if (more == NULL)
        return NULL;
    a->measures = more;
    memmove(&a->measures[at + 1], &a->measures[at], (a->measure_count - at) * sizeof *a->measures);
    a->measures[at] = (struct account_measure){ .measure = measure };
    a->measure_count++;
    return &a->measures[at];
}

/* ---- order ----------------------------------------------------------------------- */

/* < 0: a comes first.  Ties end at the place, so that the order is one. */
static int
compare_newer(const struct account_record *a, const struct account_record *b)
{
    int order = order_of(b->day, a->day);

    if (order == 0)
        order = order_of(b->version, a->version);
    if (order == 0)
        order = order_of(b->item.offset, a->item.offset);
    if (order == 0)
        order = (int)a->item.place.topic - (int)b->item.place.topic;
    if (order == 0)
        order = a->item.place.partition - b->item.place.partition;
    return order != 0 ? order : a->kind - b->kind;
}

static int64_t
size_of(const struct account_record *r)
{
    int64_t amount = r->amount != 0 ? r->amount : r->stated;

    return amount < 0 ? -amount : amount;
}

static int
compare_larger(const struct account_record *a, const struct account_record *b)
{
    int order = order_of(size_of(b), size_of(a));

    return order != 0 ? order : compare_newer(a, b);
}

typedef int order_of_records(const struct account_record *a, const struct account_record *b);

static bool
has_place(const struct account_top *top, size_t limit, const struct account_record *r,
          order_of_records *compare)
{
    return top->count < limit || (limit > 0 && compare(r, top->list[top->count - 1]) < 0);
}

bool
account_wants(const struct account *a, struct account_list *list,
              const struct account_record *offered)
{
    list->offered++;
    return has_place(&list->largest, a->question.limit, offered, compare_larger) ||
           has_place(&list->newest, a->question.limit, offered, compare_newer);
}

/* ---- lists ----------------------------------------------------------------------- */

static void
item_free(struct account_item *item)
{
    free(item->bytes);
    free(item->id);
    free(item->source);
    free(item->url);
    free(item->title);
}

static void
others_free(struct account_others *others)
{
    for (uint32_t i = 0; i < others->named; i++)
        item_free(&others->items[i]);
}

void
account_record_free(struct account_record *record)
{
    if (record == NULL)
        return;
    item_free(&record->item);
    others_free(&record->others);
    others_free(&record->flows);
    free(record);
}

/* A list lets go of it. */
static void
release(struct account_record *record)
{
    if (--record->uses == 0)
        account_record_free(record);
}

static void
insert(struct account *a, struct account_top *top, struct account_record *record,
       order_of_records *compare)
{
    size_t limit = a->question.limit, at;

    if (!has_place(top, limit, record, compare))
        return;
    if (top->list == NULL && (top->list = calloc(limit, sizeof(struct account_record *))) == NULL) {
        a->has_failed = true;
        return;
    }
    if (top->count == limit)
        release(top->list[--top->count]);
    for (at = top->count; at > 0 && compare(record, top->list[at - 1]) < 0; at--)
        top->list[at] = top->list[at - 1];
    top->list[at] = record;
    top->count++;
    record->uses++;
}

void
account_put(struct account *a, struct account_list *list, struct account_record *record)
{
    record->uses = 1; /* ours, until both have looked at it */
    insert(a, &list->largest, record, compare_larger);
    insert(a, &list->newest, record, compare_newer);
    release(record);
}

static void
top_clear(struct account_top *top)
{
    for (size_t i = 0; i < top->count; i++)
        release(top->list[i]);
    free(top->list);
    *top = (struct account_top){ 0 };
}

void
account_clear(struct account *a)
{
    for (size_t i = 0; i < a->measure_count; i++) {
        struct account_measure *m = &a->measures[i];

        top_clear(&m->adds.largest);
        top_clear(&m->adds.newest);
        top_clear(&m->left.largest);
        top_clear(&m->left.newest);
    }
    free(a->measures);
    a->measures = NULL;
    a->measure_count = a->measure_room = 0;
}

/* ---- what is shown --------------------------------------------------------------- */

static bool
is_among(const struct account_top *top, const struct account_record *record)
{
    for (size_t i = 0; i < top->count; i++)
        if (top->list[i] == record)
            return true;
    return false;
}

struct account_record *
account_next(const struct account_list *list, size_t *cursor)
{
    size_t largest = list->largest.count;

    if (*cursor < largest)
        return list->largest.list[(*cursor)++];
    while (*cursor < largest + list->newest.count) {
        struct account_record *record = list->newest.list[(*cursor)++ - largest];

        if (!is_among(&list->largest, record))
            return record;
    }
    return NULL;
}

size_t
account_shown(const struct account_list *list)
{
    size_t cursor = 0, count = 0;

    while (account_next(list, &cursor) != NULL)
        count++;
    return count;
}
