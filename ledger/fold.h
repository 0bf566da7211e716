/* fold.h - from parts to what a scope's hashes must change by.
 *
 *      parts of entries -> rows (a log) -> fold (rows merged) -> cells
 *
 * A row is a part in 24 bytes, with its dimension as a number.  A fold merges
 * rows that differ only in the amount.  Cells are what the rows of one scope
 * add to the fields of its hashes on a given day: windows, years, months,
 * margins.  All sums are wide_t.  No clock: the day is an argument.
 */
#ifndef LEDGER_FOLD_H
#define LEDGER_FOLD_H

#include <assert.h>

#include "ledger/keys.h"
#include "ledger/parts.h"
#include "ledger/sums.h"

/* ---- dimensions as numbers ---------------------------------------------------- */

/* Every dimension that was seen, each with a number: 0 is none. */
struct dim_table;

/* An empty table, which the caller frees; NULL when there is no memory.
 * Freeing NULL is fine. */
struct dim_table *dim_table_new(void);
void dim_table_free(struct dim_table *table);
/* UINT32_MAX when there is no memory. */
uint32_t dim_table_number(struct dim_table *table, const struct dim *dim);
/* "hs:87"; "" for 0.  Borrowed until the table is freed. */
struct text dim_table_text(const struct dim_table *table, uint32_t number);

/* ---- rows ----------------------------------------------------------------------- */

/*      where   63..58 scope, 57 here only, 56..47 partner, 46 pairs only,
 *              45 whole, 44..31 span, 30..0 day
 *      what    63..32 dimension, 31..0 measure                             */
struct row {
    uint64_t where, what;
    int64_t amount;
};

/* A part as a row; `dim` is the number of the part's dimension.  `amount` is
 * the part's, or its negative where the part is taken back.  day >= 0 and span
 * of 1 to 16383 are asserted. */
static inline struct row
row_make(const struct part *part, uint32_t dim, int64_t amount)
{
    assert(part->day >= 0 && 1 <= part->span && part->span < 1 << 14);
    return (struct row){
        .where = (uint64_t)part->province << 58 | (uint64_t)(part->spread == SPREAD_HERE) << 57 |
                 (uint64_t)part->partner << 47 | (uint64_t)(part->spread == SPREAD_PAIRS) << 46 |
                 (uint64_t)part->whole << 45 | (uint64_t)part->span << 31 | (uint64_t)part->day,
        .what = (uint64_t)dim << 32 | part->measure,
        .amount = amount,
    };
}
static inline int
row_scope(uint64_t where)
{
    return (int)(where >> 58);
}
static inline bool
row_is_here(uint64_t where)
{
    return (where >> 57 & 1) != 0;
}
static inline int
row_partner(uint64_t where)
{
    return (int)(where >> 47 & 1023);
}
/* Is it in no margin over partners (SPREAD_PAIRS, SPREAD_HERE)? */
static inline bool
row_is_of_pairs(uint64_t where)
{
    return row_is_here(where) || (where >> 46 & 1) != 0;
}
/* Do moving windows hold it only while they hold all of its days? */
static inline bool
row_is_whole(uint64_t where)
{
    return (where >> 45 & 1) != 0;
}
static inline int32_t
row_span(uint64_t where)
{
    return (int32_t)(where >> 31 & 16383);
}
static inline int32_t
row_day(uint64_t where)
{
    return (int32_t)(where & 0x7FFFFFFF);
}
/* The same row as a row of ALL, which does not tell provinces apart. */
static inline uint64_t
row_in_all(uint64_t where)
{
    return (where & ~(UINT64_C(63) << 58)) | (uint64_t)SCOPE_ALL << 58;
}
/* Does the row change this scope?  ALL takes what its provinces spread. */
static inline bool
row_touches(uint64_t where, int scope)
{
    int own = row_scope(where);

    return own == scope || (scope == SCOPE_ALL && own != PROVINCE_CN && !row_is_here(where));
}

/* ---- days that count alike ------------------------------------------------------------ */

/* What happened on one day is in the same windows, year and month as what
 * happened the day before, but at few borders.  The first day of each such run
 * stands for all of it, so that the fold merges what no cell tells apart. */
enum { RUNS_KNOWN = 512 }; /* days up to today whose run is kept */
struct day_runs {
    const struct windows *windows;
    int32_t today;
    int32_t first[2][RUNS_KNOWN]; /* of today - i; [1]: of detail, which has no months */
};
/* Work the runs out for a day; `windows` is borrowed for as long as the runs
 * are used. */
void day_runs_set(struct day_runs *runs, const struct windows *windows, int32_t today);
/* The row with its day replaced; periods stay as they are. */
uint64_t row_in_run(const struct day_runs *runs, uint64_t where, uint64_t what);

/* ---- fold ------------------------------------------------------------------------ */

/* Rows that differ only in their amount are one in a table of sums.  fold_sort() puts those that
 * are not zero to the front, ordered by scope.  Nothing may be added until the table is cleared.
 * first[s] .. first[s + 1] - 1 are those of scope s. */
void fold_sort(struct sums *fold, size_t first[SCOPE_COUNT + 1]);

/* ---- cells ------------------------------------------------------------------------- */

/* A cell is a sum.  Its two numbers name a field of a hash of the scope, and sort by key, then
 * field.
 *      where   63..48 partner, 47..24 window (months: CELL_MONTHS), 23 detail,
 *              22..0 month (year * 12 + month - 1) or 0
 *      what    as of the row                                               */
enum { CELL_MONTHS = 1 << 20 };

static inline int
cell_partner(const struct sum *c)
{
    return (int)(c->where >> 48);
}
static inline int
cell_window(const struct sum *c)
{
    return (int)(c->where >> 24 & 0xFFFFFF);
}
/* Of a field of :months; else 0. */
static inline int
cell_month(const struct sum *c)
{
    return (int)(c->where & 0x7FFFFF);
}
static inline bool
cell_is_detail(const struct sum *c)
{
    return (c->where >> 23 & 1) != 0;
}

/* Is the cell's hash one whose money is ranked: the totals of a country in a
 * window?  Margins and groups hold others. */
static inline bool
cell_is_of_rankings(const struct sum *c)
{
    return cell_partner(c) < PARTNER_COUNTRIES && !cell_is_detail(c) &&
           cell_window(c) != CELL_MONTHS;
}

/* The cells of one scope; all zero is empty.  sums_clear() empties them, and leaves the spare. */
struct cells {
    struct sums sums;
    struct sum *spare; /* of cells_sort(), and of cells_spare() */
    size_t spare_room;
};

/* Frees it; it is all zero then. */
void cells_release(struct cells *cells);

/* What one merged row adds to the hashes of `scope` at `today`, times sign
 * (+1, -1): pair or margin, `all`, the year, the windows that hold it, its
 * month.  A row that does not touch the scope adds nothing. */
void cells_add(struct cells *cells, int scope, const struct windows *windows, int32_t today,
               uint64_t where, uint64_t what, wide_t amount, int sign);

/* The numbers of one hash, or of one month of :months. */
struct spot {
    int scope, partner;
    int window; /* a window, or CELL_MONTHS */
    int month;  /* of CELL_MONTHS: year * 12 + month - 1 */
    const struct windows *windows;
};
/* Does a row add to it at `today`?  As cells_add() has it. */
bool row_is_at(uint64_t where, const struct spot *spot, int32_t today);

/* Drop the cells that sum to zero, sort the others to the front of the table;
 * returns how many (0 when there was no memory).  Not to be added to until
 * cleared. */
size_t cells_sort(struct cells *cells);

/* Room for as many cells as there are, for who puts them in another order; good until the next
 * cells_sort(), or until they are cleared.  NULL: no memory. */
struct sum *cells_spare(struct cells *cells);

/* Are two cells of one hash?  Sorted, they stand side by side. */
static inline bool
cell_same_key(const struct sum *a, const struct sum *b)
{
    return a->where >> 23 == b->where >> 23;
}

enum { FIELD_BYTES = 96 };
/* Spell the key of a cell without the prefix, and its field.  out has KEY_BYTES
 * or FIELD_BYTES; NUL-terminated; the length is returned.  `windows` and `dims`
 * are those that the cell was made with. */
size_t
cell_key(const struct sum *cell, int scope, const struct windows *windows, char out[KEY_BYTES]);
size_t cell_field(const struct sum *cell, const struct dim_table *dims, char out[FIELD_BYTES]);

#endif
