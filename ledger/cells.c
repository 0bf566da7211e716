/* cells.c - what merged rows add to the hashes of one scope (ledger/fold.h).
 *
 * Here days become windows.  A row says when something happened; a cell says in
 * which hash it is shown today.  So cells are made anew for each push and day,
 * and rows are not.
 *
 * A row becomes up to 2 + windows fields of the pair, as many of the margin,
 * and one of each :months. */
#include "ledger/fold.h"

#include "base/grow.h"

void
cells_release(struct cells *cells)
{
    sums_release(&cells->sums);
    free(cells->spare);
    *cells = (struct cells){ 0 };
}

/* Add to one cell, made if it is not there. */
static void
cells_put(struct cells *cells, int partner, int window, bool detail, int month, uint64_t what,
          wide_t delta)
{
    uint64_t where =
        (uint64_t)partner << 48 | (uint64_t)window << 24 | (uint64_t)detail << 23 | (uint64_t)month;

    sums_add(&cells->sums, where, what, delta);
}

/* Where a row lies at a day: the windows and the month that hold it. */
struct hold {
    int windows[WINDOWS_MOST + 2], count;
    int month; /* year * 12 + month - 1, or 0 */
};

/* Worked out once a row, for its pair and its margin. */
static struct hold
hold_of(const struct windows *windows, int32_t today, uint64_t where)
{
    int32_t day = row_day(where), span = row_span(where);
    /* A part that is held whole leaves a window with its first day. */
    int32_t leaves = row_is_whole(where) ? day + 1 - span : day;
    struct date last = day_to_date(day);
    struct hold hold = { .windows = { WINDOW_ALL, WINDOW_YEAR + last.year }, .count = 2 };

    for (int w = 0; w < windows->count; w++)
        if (window_holds(windows->days[w], today, day, span) && today - windows->days[w] < leaves)
            hold.windows[hold.count++] = w;
    /* A span that is longer than the days of the month until then began in
     * another month: the part is in no month. */
    if (span <= last.day_of_month)
        hold.month = last.year * 12 + last.month - 1;
    return hold;
}

/* The months are of totals alone; the detail has windows only. */
static void
add_to_pair(struct cells *cells, int partner, const struct hold *hold, uint64_t what, wide_t delta)
{
    bool detail = what >> 32 != 0;

    for (int i = 0; i < hold->count; i++)
        cells_put(cells, partner, hold->windows[i], detail, 0, what, delta);
    if (!detail && hold->month != 0)
        cells_put(cells, partner, CELL_MONTHS, false, hold->month, what, delta);
}

void
cells_add(struct cells *cells, int scope, const struct windows *windows, int32_t today,
          uint64_t where, uint64_t what, wide_t amount, int sign)
{
    wide_t delta = sign < 0 ? -amount : amount;
    struct hold hold;

    if (!row_touches(where, scope))
        return;
    hold = hold_of(windows, today, where);
    add_to_pair(cells, row_partner(where), &hold, what, delta);
    /* SPREAD_HERE names its margins itself, SPREAD_PAIRS has none (ledger/parts.h). */
    if (!row_is_of_pairs(where))
        add_to_pair(cells, PARTNER_ALL, &hold, what, delta);
}

bool
row_is_at(uint64_t where, const struct spot *spot, int32_t today)
{
    struct hold hold;

    if (!row_touches(where, spot->scope))
        return false;
    if (row_partner(where) != spot->partner &&
        (spot->partner != PARTNER_ALL || row_is_of_pairs(where)))
        return false;
    hold = hold_of(spot->windows, today, where);
    if (spot->window == CELL_MONTHS)
        return hold.month != 0 && hold.month == spot->month;
    for (int i = 0; i < hold.count; i++)
        if (hold.windows[i] == spot->window)
            return true;
    return false;
}

/* ---- sorting ------------------------------------------------------------------------ */

/* What several cells have in common: their hash, or their field. */
struct sort_kind {
    uint64_t high, low;
    uint32_t number, count;
};
typedef struct sort_kind kind_of_cell(const struct sum *c);

static struct sort_kind
hash_of_cell(const struct sum *c)
{
    /* All but the month: bit 23 and above tell hashes apart (cell_same_key()). */
    return (struct sort_kind){ .high = c->where >> 23 };
}

static struct sort_kind
field_of_cell(const struct sum *c)
{
    return (struct sort_kind){ .high = (uint64_t)cell_month(c), .low = c->what };
}

static int
by_kind(const void *left, const void *right)
{
    const struct sort_kind *a = left, *b = right;

    return a->high != b->high ? (a->high > b->high) - (a->high < b->high)
                              : (a->low > b->low) - (a->low < b->low);
}

/* Scratch of a sort, for `count` cells. */
struct sorting {
    const struct sum *cells;
    size_t count;
    struct sort_kind *kinds;
    uint32_t *of, *next, *order;
    struct bins *bins; /* of the table: they had room for all of its cells */
};

/* Number the kinds that there are, of[] by cell; returns how many. */
static size_t
find_kinds(struct sorting *s, kind_of_cell *kind_of)
{
    size_t found = 0;

    bins_empty(s->bins);
    for (size_t i = 0; i < s->count; i++) {
        struct sort_kind kind = kind_of(&s->cells[i]);
        uint64_t hash = sums_hash(kind.high, kind.low);
        size_t at = bins_first(s->bins, hash);

        while (!bins_is_free(s->bins, at) &&
               (!bins_may_be(s->bins, at, hash) ||
                by_kind(&s->kinds[bins_number(s->bins, at)], &kind) != 0))
            at = bins_next(s->bins, at);
        if (bins_is_free(s->bins, at)) {
            bins_take(s->bins, at, hash, found);
            s->kinds[found] = kind;
            s->kinds[found].number = (uint32_t)found;
            found++;
        }
        s->of[i] = (uint32_t)bins_number(s->bins, at);
        s->kinds[s->of[i]].count++;
    }
    return found;
}

/* Where the first cell of each kind goes: a counting sort, by kinds in their order. */
static void
find_places(struct sorting *s, kind_of_cell *kind_of)
{
    size_t found = find_kinds(s, kind_of);
    uint32_t at = 0;

    qsort(s->kinds, found, sizeof *s->kinds, by_kind);
    for (size_t k = 0; k < found; k++) {
        s->next[s->kinds[k].number] = at;
        at += s->kinds[k].count;
    }
}

/* There are few fields and few hashes, so that two counting sorts are quicker than to compare
 * cells: first the order of all cells by their fields, then, in this order, each to its hash. */
static void
sort_by_kinds(struct sorting *s, struct sum *out)
{
    find_places(s, field_of_cell);
    for (size_t i = 0; i < s->count; i++)
        s->order[s->next[s->of[i]]++] = (uint32_t)i;
    find_places(s, hash_of_cell);
    for (size_t i = 0; i < s->count; i++) {
        uint32_t cell = s->order[i];
        out[s->next[s->of[cell]]++] = s->cells[cell];
    }
}

struct sum *
cells_spare(struct cells *cells)
{
    struct sum *larger = grow(cells->spare, &cells->spare_room, cells->sums.used, sizeof *larger);

    if (larger != NULL)
        cells->spare = larger;
    return larger;
}

/* Sort the cells by way of the spare table.  The bins are used for it: a place no longer tells
 * where a cell is. */
static bool
sort_cells(struct cells *cells)
{
    struct sorting s = { .cells = cells->sums.table,
                         .count = cells->sums.used,
                         .bins = &cells->sums.bins };
    struct sum *spare = cells_spare(cells);
    uint32_t *numbers = calloc(3 * s.count, sizeof *numbers);

    s.kinds = calloc(s.count, sizeof *s.kinds);
    if (spare != NULL && numbers != NULL && s.kinds != NULL) {
        struct sum *table = cells->sums.table;
        size_t room = cells->sums.room;

        s.of = numbers;
        s.next = s.of + s.count;
        s.order = s.next + s.count;
        sort_by_kinds(&s, spare);
        /* The sorted copy becomes the table, the former table is kept for the next time. */
        cells->sums.table = spare;
        cells->sums.room = cells->spare_room;
        cells->spare = table;
        cells->spare_room = room;
    } else {
        cells->sums.failed = true;
    }
    free(s.kinds);
    free(numbers);
    return !cells->sums.failed;
}

size_t
cells_sort(struct cells *cells)
{
    size_t kept = 0;

    /* What sums to zero changes nothing in Redis. */
    for (size_t i = 0; i < cells->sums.used; i++)
        if (cells->sums.table[i].amount != 0)
            cells->sums.table[kept++] = cells->sums.table[i];
    cells->sums.used = kept;
    if (kept > 0 && !sort_cells(cells))
        cells->sums.used = 0;
    return cells->sums.used;
}

/* ---- spelling ----------------------------------------------------------------------- */

size_t
cell_key(const struct sum *cell, int scope, const struct windows *windows, char out[KEY_BYTES])
{
    if (cell_window(cell) == CELL_MONTHS)
        return key_months("", scope, cell_partner(cell), out);
    return key_pair("", scope, cell_partner(cell), cell_window(cell), cell_is_detail(cell), windows,
                    out);
}

size_t
cell_field(const struct sum *cell, const struct dim_table *dims, char out[FIELD_BYTES])
{
    struct text_buffer b = { .at = out, .size = FIELD_BYTES - 1 };
    uint32_t dim = (uint32_t)(cell->what >> 32);
    int month = cell_month(cell);
    char measure[MEASURE_TEXT], name[16];

    if (cell_window(cell) == CELL_MONTHS) {
        (void)snprintf(name, sizeof name, "%04d-%02d|", month / 12, month % 12 + 1);
        text_put(&b, text_of(name));
    } else if (dim != 0) {
        text_put(&b, dim_table_text(dims, dim));
        text_put_char(&b, '|');
    }
    text_put(&b, (struct text){ measure, measure_write((uint32_t)cell->what, measure) });
    out[b.length] = '\0';
    return b.length;
}
