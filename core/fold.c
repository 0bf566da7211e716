#include "core/fold.h"

#include <assert.h>

enum { FIRST_SIZE = 256 };

struct row
row_make(const struct part *part, uint32_t dim, int64_t amount)
{
    assert(part->day >= 0 && part->span >= 1);
    return (struct row){
        .where = (uint64_t)part->province << 58 | (uint64_t)(part->spread == SPREAD_HERE) << 57 |
                 (uint64_t)part->partner << 47 | (uint64_t)part->span << 31 | (uint64_t)part->day,
        .what = (uint64_t)dim << 32 | part->measure,
        .amount = amount,
    };
}

static size_t
hash_of(uint64_t where, uint64_t what)
{
    uint64_t h = (where ^ (what << 29 | what >> 35)) * UINT64_C(0x9E3779B97F4A7C15);

    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return (size_t)(h ^ h >> 29);
}

void
fold_clear(struct fold *fold)
{
    if (fold->size > 0)
        memset(fold->table, 0, fold->size * sizeof *fold->table);
    fold->used = 0;
    fold->failed = false;
}

void
fold_release(struct fold *fold)
{
    free(fold->table);
    *fold = (struct fold){ 0 };
}

/* The place of a merged row, or the free one where it belongs.  Bit 0 of a
 * span of at least 1 makes `where` of a taken place never 0. */
static struct folded *
fold_place(struct folded *table, size_t size, uint64_t where, uint64_t what)
{
    size_t i = hash_of(where, what) & (size - 1);

    while (table[i].where != 0 && (table[i].where != where || table[i].what != what))
        i = (i + 1) & (size - 1);
    return &table[i];
}

static bool
fold_grow(struct fold *fold)
{
    size_t size = fold->size == 0 ? FIRST_SIZE : fold->size * 2;
    struct folded *table = calloc(size, sizeof *table);

    if (table == NULL)
        return false;
    for (size_t i = 0; i < fold->size; i++)
        if (fold->table[i].where != 0)
            *fold_place(table, size, fold->table[i].where, fold->table[i].what) = fold->table[i];
    free(fold->table);
    fold->table = table;
    fold->size = size;
    return true;
}

void
fold_add(struct fold *fold, uint64_t where, uint64_t what, wide_t amount)
{
    struct folded *place;

    if (fold->used * 2 >= fold->size && !fold_grow(fold)) {
        fold->failed = true;
        return;
    }
    place = fold_place(fold->table, fold->size, where, what);
    if (place->where == 0) {
        place->where = where;
        place->what = what;
        fold->used++;
    }
    place->amount += amount;
}

void
fold_sort(struct fold *fold, size_t first[SCOPE_COUNT + 1])
{
    size_t kept = 0, next[SCOPE_COUNT];

    memset(first, 0, (SCOPE_COUNT + 1) * sizeof *first);
    for (size_t i = 0; i < fold->size; i++) {
        if (fold->table[i].where == 0 || fold->table[i].amount == 0)
            continue;
        first[row_scope(fold->table[i].where) + 1]++;
        fold->table[kept++] = fold->table[i];
    }
    fold->used = kept;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        next[s] = first[s];
        first[s + 1] += first[s];
    }
    /* Each swap brings one row to where its scope lies. */
    for (int s = 0; s < SCOPE_COUNT; s++) {
        while (next[s] < first[s + 1]) {
            struct folded *here = &fold->table[next[s]];
            int own = row_scope(here->where);
            if (own == s) {
                next[s]++;
            } else {
                struct folded other = fold->table[next[own]];
                fold->table[next[own]++] = *here;
                *here = other;
            }
        }
    }
}

void
cells_clear(struct cells *cells)
{
    if (cells->size > 0)
        memset(cells->table, 0, cells->size * sizeof *cells->table);
    cells->used = 0;
    cells->failed = false;
}

void
cells_release(struct cells *cells)
{
    free(cells->table);
    *cells = (struct cells){ 0 };
}

/* A measure is never 0 together with dimension 0 and where 0: window 0 of
 * partner 0 without detail is a real cell, so `what` tells taken from free;
 * export.<first currency> is 0 too, hence the mark in bit 31 of what. */
#define TAKEN (UINT64_C(1) << 31)

static struct cell *
cells_place(struct cell *table, size_t size, uint64_t where, uint64_t what)
{
    size_t i = hash_of(where, what) & (size - 1);

    while (table[i].what != 0 && (table[i].where != where || table[i].what != what))
        i = (i + 1) & (size - 1);
    return &table[i];
}

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

static void
cells_put(struct cells *cells, int partner, int window, bool detail, int month, uint64_t what,
          wide_t delta)
{
    uint64_t where =
        (uint64_t)partner << 48 | (uint64_t)window << 24 | (uint64_t)detail << 23 | (uint64_t)month;
    struct cell *place;

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

static void
add_to_pair(struct cells *cells, int partner, const struct windows *windows, int32_t today,
            uint64_t where, uint64_t what, wide_t delta)
{
    int32_t day = row_day(where), span = row_span(where);
    struct date last = day_to_date(day);
    bool detail = what >> 32 != 0;

    cells_put(cells, partner, WINDOW_ALL, detail, 0, what, delta);
    cells_put(cells, partner, WINDOW_YEAR + last.year, detail, 0, what, delta);
    for (int w = 0; w < windows->count; w++)
        if (window_holds(windows->days[w], today, day, span))
            cells_put(cells, partner, w, detail, 0, what, delta);
    if (!detail && span <= last.day_of_month)
        cells_put(cells, partner, CELL_MONTHS, false, last.year * 12 + last.month - 1, what, delta);
}

void
cells_add(struct cells *cells, int scope, const struct windows *windows, int32_t today,
          uint64_t where, uint64_t what, wide_t amount, int sign)
{
    wide_t delta = sign < 0 ? -amount : amount;

    if (!row_touches(where, scope))
        return;
    add_to_pair(cells, row_partner(where), windows, today, where, what, delta);
    if (!row_is_here(where))
        add_to_pair(cells, PARTNER_ALL, windows, today, where, what, delta);
}

static int
by_cell(const void *left, const void *right)
{
    const struct cell *a = left, *b = right;

    return a->where != b->where ? (a->where > b->where) - (a->where < b->where)
                                : (a->what > b->what) - (a->what < b->what);
}

size_t
cells_sort(struct cells *cells)
{
    size_t kept = 0;

    for (size_t i = 0; i < cells->size; i++) {
        if (cells->table[i].what == 0 || cells->table[i].delta == 0)
            continue;
        cells->table[kept] = cells->table[i];
        cells->table[kept++].what &= ~TAKEN;
    }
    cells->used = kept;
    if (kept > 0)
        qsort(cells->table, kept, sizeof *cells->table, by_cell);
    return kept;
}

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
    int month = (int)(cell->where & 0x7FFFFF);
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
