/* cells.c - what merged rows add to the hashes of one scope (ledger/fold.h).
 *
 * Here days become windows.  A row says when something happened; a cell says in
 * which hash it is shown today.  So cells are made anew for each push and day,
 * and rows are not.
 *
 * A row becomes up to 2 + windows fields of the pair, as many of the margin,
 * and one of each :months. */
#include "ledger/fold.h"

enum { FIRST_SIZE = 256 };

void
cells_clear(struct cells *cells)
{
    if (table_is_too_large(cells->size, cells->used))
        cells_release(cells);
    if (cells->size > 0)
        memset(cells->table, 0, cells->size * sizeof *cells->table);
    cells->used = 0;
    cells->failed = false;
}

void
cells_release(struct cells *cells)
{
    free(cells->table);
    free(cells->spare);
    *cells = (struct cells){ 0 };
}

/* A measure is never 0 together with dimension 0 and where 0: window 0 of
 * partner 0 without detail is a real cell, so `what` tells taken from free;
 * export.<first currency> is 0 too, hence the mark in bit 31 of what. */
#define TAKEN (UINT64_C(1) << 31)

/* The place of a cell, or the free one where it belongs.  The table is never
 * full. */
static struct cell *
cells_place(struct cell *table, size_t size, uint64_t where, uint64_t what)
{
    size_t i = fold_hash(where, what) & (size - 1);

    while (table[i].what != 0 && (table[i].where != where || table[i].what != what))
        i = (i + 1) & (size - 1);
    return &table[i];
}

/* Twice the size; false: no memory, and the table is as it was. */
static bool
cells_grow(struct cells *cells)
{
    size_t size = cells->size == 0 ? FIRST_SIZE : cells->size * 2;
    struct cell *table = calloc(size, sizeof *table);

    if (table == NULL)
        return false;
    for (size_t i = 0; i < cells->size; i++)
        if (cells->table[i].what != 0)
            *cells_place(table, size, cells->table[i].where, cells->table[i].what) =
                cells->table[i];
    free(cells->table);
    cells->table = table;
    cells->size = size;
    return true;
}

/* Add to one cell, made if it is not there. */
static void
cells_put(struct cells *cells, int partner, int window, bool detail, int month, uint64_t what,
          wide_t delta)
{
    uint64_t where =
        (uint64_t)partner << 48 | (uint64_t)window << 24 | (uint64_t)detail << 23 | (uint64_t)month;
    struct cell *place;

    /* Half full at most: probing stays short. */
    if (cells->used * 2 >= cells->size && !cells_grow(cells)) {
        cells->failed = true;
        return;
    }
    what |= TAKEN;
    place = cells_place(cells->table, cells->size, where, what);
    if (place->what == 0) {
        place->where = where;
        place->what = what;
        cells->used++;
    }
    place->delta += delta;
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

/* The cells of one hash. */
struct group {
    uint64_t key; /* where, without the field */
    uint32_t number, count;
};

static int
by_key(const void *left, const void *right)
{
    const struct group *a = left, *b = right;

    return (a->key > b->key) - (a->key < b->key);
}

static int
by_cell(const void *left, const void *right)
{
    const struct cell *a = left, *b = right;

    return a->where != b->where ? (a->where > b->where) - (a->where < b->where)
                                : (a->what > b->what) - (a->what < b->what);
}

/* Insertion sort: a hash has a handful of fields. */
static void
sort_few(struct cell *cells, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct cell c = cells[i];
        size_t to = i;

        for (; to > 0 && by_cell(&cells[to - 1], &c) > 0; to--)
            cells[to] = cells[to - 1];
        cells[to] = c;
    }
}

/* Number the hashes that cells are of; returns how many there are.  slots are
 * `size` times 0. */
static size_t
find_groups(const struct cell *cells, size_t count, struct group *groups, uint32_t *slots,
            size_t size, uint32_t *group_of)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        /* All but the month: bit 23 and above tell hashes apart
         * (cell_same_key()). */
        uint64_t key = cells[i].where >> 23;
        size_t at = fold_hash(key, 0) & (size - 1);

        while (slots[at] != 0 && groups[slots[at] - 1].key != key)
            at = (at + 1) & (size - 1);
        if (slots[at] == 0) {
            groups[found] = (struct group){ key, (uint32_t)found, 0 };
            slots[at] = (uint32_t)++found;
        }
        group_of[i] = slots[at] - 1;
        groups[group_of[i]].count++;
    }
    return found;
}

/* Cells go to `out` hash by hash; a hash has few, so that sorting those is
 * quicker than to sort all cells at once. */
static void
sort_groups(const struct cell *cells, size_t count, struct group *groups, size_t group_count,
            const uint32_t *group_of, uint32_t *next, struct cell *out)
{
    enum { FEW = 24 };
    uint32_t at = 0;

    /* Counting sort: groups in the order of their keys, each with its first
     * place in `out`; then every cell goes to the next place of its group. */
    qsort(groups, group_count, sizeof *groups, by_key);
    for (size_t g = 0; g < group_count; g++) {
        next[groups[g].number] = at;
        at += groups[g].count;
    }
    for (size_t i = 0; i < count; i++)
        out[next[group_of[i]]++] = cells[i];
    for (size_t g = 0; g < group_count; g++) {
        struct cell *first = out + next[groups[g].number] - groups[g].count;
        if (groups[g].count <= FEW)
            sort_few(first, groups[g].count);
        else
            qsort(first, groups[g].count, sizeof *first, by_cell);
    }
}

/* Sort the first `count` cells of the table by way of the spare one. */
static bool
sort_cells(struct cells *cells, size_t count)
{
    size_t size = FIRST_SIZE;
    struct group *groups;
    uint32_t *numbers;

    /* Twice as many slots as cells, so that one is always free. */
    while (size < count * 2)
        size *= 2;
    if (cells->spare_size < cells->size) {
        free(cells->spare);
        cells->spare = calloc(cells->size, sizeof *cells->spare);
        cells->spare_size = cells->spare == NULL ? 0 : cells->size;
    }
    groups = calloc(count, sizeof *groups);
    numbers = calloc(size + 2 * count, sizeof *numbers); /* slots, group_of, next */
    if (cells->spare != NULL && groups != NULL && numbers != NULL) {
        size_t found = find_groups(cells->table, count, groups, numbers, size, numbers + size);
        struct cell *table = cells->table;

        sort_groups(table, count, groups, found, numbers + size, numbers + size + count,
                    cells->spare);
        /* The sorted copy becomes the table, the former table is kept for the
         * next time. */
        cells->table = cells->spare;
        cells->spare = table;
        cells->spare_size = cells->size;
    } else {
        cells->failed = true;
    }
    free(groups);
    free(numbers);
    return !cells->failed;
}

size_t
cells_sort(struct cells *cells)
{
    size_t kept = 0;

    /* What sums to zero changes nothing in Redis. */
    for (size_t i = 0; i < cells->size; i++) {
        if (cells->table[i].what == 0 || cells->table[i].delta == 0)
            continue;
        /* From here on the table is an array: places no longer follow from
         * hashes. */
        cells->table[kept] = cells->table[i];
        cells->table[kept++].what &= ~TAKEN;
    }
    if (kept > 0 && !sort_cells(cells, kept))
        kept = 0;
    cells->used = kept;
    return kept;
}

/* ---- spelling ----------------------------------------------------------------------- */

size_t
cell_key(const struct cell *cell, int scope, const struct windows *windows, char out[KEY_BYTES])
{
    if (cell_window(cell) == CELL_MONTHS)
        return key_months("", scope, cell_partner(cell), out);
    return key_pair("", scope, cell_partner(cell), cell_window(cell), cell_is_detail(cell), windows,
                    out);
}

size_t
cell_field(const struct cell *cell, const struct dim_table *dims, char out[FIELD_BYTES])
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
