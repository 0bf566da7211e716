/* An entry of the ledger becomes a list of claims.
 *
 * ledger/series.c hands the figures over one by one, already in order.  What all
 * of them are about is copied: the entry is gone when somebody reads of it. */
#include "lookup/claim.h"

#include <stdlib.h>

#include "base/grow.h"

struct subject
subject_of(const struct record *r)
{
    struct subject of = { .province = r->province,
                          .partner = r->partner,
                          .year = (int16_t)day_to_date(r->day).year };

    /* They fit: no record has longer ones. */
    (void)text_copy(r->province_area, of.province_area, sizeof of.province_area);
    (void)text_copy(r->partner_area, of.partner_area, sizeof of.partner_area);
    (void)text_copy(r->commodity, of.commodity, sizeof of.commodity);
    return of;
}

static bool
make_room(struct claims *c)
{
    struct claim *list = grow(c->list, &c->room, c->count + 1, sizeof *list);
    struct figure *figures;

    if (list == NULL)
        return false;
    c->list = list;
    figures = grow(c->figures, &c->figure_room, c->count + 1, sizeof *figures);
    if (figures == NULL)
        return false;
    c->figures = figures;
    return true;
}

static void
take_claim(void *self, const struct told *told)
{
    struct claims *c = self;

    if (c->failed || !make_room(c)) {
        c->failed = true;
        return;
    }
    if (c->count == 0) {
        c->of = subject_of(told->series);
        c->of.is_part = told->series->scope == SCOPE_PART && subject_is_whole(&c->of);
    }
    c->figures[c->count] = told->figure;
    c->list[c->count++] = (struct claim){ .what = told->what,
                                          .flow = (int8_t)told->flow,
                                          .is_mismatched = told->is_mismatched,
                                          .is_undecided = told->is_undecided,
                                          .other_bound = told->other_bound,
                                          .other = told->other };
}

struct column
claims_column(const struct claims *c, size_t first)
{
    struct column column = { first, first, first };

    while (column.end < c->count && c->list[column.end].what == c->list[first].what &&
           c->list[column.end].flow == c->list[first].flow) {
        column.standing += c->figures[column.end].outcome == FIGURE_STANDS;
        column.end++;
    }
    return column;
}

/* Those that stand to the front; the others are moved to `claims` and `figures`, and
 * back behind them. */
static void
part_column(struct claims *c, struct column column, struct claim *claims, struct figure *figures)
{
    size_t at = column.first, others = 0;

    for (size_t i = column.first; i < column.end; i++) {
        if (c->figures[i].outcome == FIGURE_STANDS) {
            c->list[at] = c->list[i];
            c->figures[at++] = c->figures[i];
        } else {
            claims[others] = c->list[i];
            figures[others++] = c->figures[i];
        }
    }
    memcpy(c->list + at, claims, others * sizeof *claims);
    memcpy(c->figures + at, figures, others * sizeof *figures);
}

/* False: no memory. */
static bool
part_columns(struct claims *c)
{
    struct claim *claims = calloc(c->count + 1, sizeof *claims);
    struct figure *figures = calloc(c->count + 1, sizeof *figures);
    bool is_done = claims != NULL && figures != NULL;

    for (size_t i = 0; i < c->count && is_done;) {
        struct column column = claims_column(c, i);
        if (column.standing < column.end)
            part_column(c, column, claims, figures);
        i = column.end;
    }
    free(claims);
    free(figures);
    return is_done;
}

bool
claims_read(struct claims *c, const uint8_t *entry, size_t size)
{
    c->count = 0;
    c->failed = false;
    return series_told(entry, size, take_claim, c) && !c->failed && part_columns(c);
}

void
claims_release(struct claims *c)
{
    free(c->list);
    free(c->figures);
    *c = (struct claims){ 0 };
}

struct column
claims_find(const struct claims *c, uint32_t what, int flow)
{
    struct column column = { 0, 0, 0 };

    for (size_t i = 0; i < c->count; i = column.end) {
        column = claims_column(c, i);
        if (c->list[i].what == what && c->list[i].flow == flow)
            return column;
    }
    return (struct column){ 0, 0, 0 };
}
