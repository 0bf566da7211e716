/* Rows merged by what they add to: a hash table that is sorted once at the end.
 * Days that count alike in every window are one.
 *
 * An entry that is taken back and its next form meet in the same rows, and what
 * cancels is gone before any cell is made. */
#include "ledger/fold.h"

enum { FIRST_SIZE = 256 };

/* ---- days that count alike ------------------------------------------------------------ */

/* The first day that lies in the same month (of detail: in the same year), on the same side of
 * today and in the same windows as `day`. */
static int32_t
first_of_run(const struct windows *windows, int32_t today, int32_t day, bool is_detail)
{
    struct date date = day_to_date(day);
    int32_t first = is_detail ? day_from_date((struct date){ date.year, 1, 1 })
                              : day - date.day_of_month + 1;

    /* A day of it that is still to come is in no window yet: it may not
     * share a run with a day that is. */
    if (day > today && first <= today)
        first = today + 1;
    for (int w = 0; w < windows->count; w++) {
        /* The oldest day that this window holds. */
        int32_t border = today - windows->days[w] + 1;
        if (first < border && border <= day)
            first = border;
    }
    return first;
}

void
day_runs_set(struct day_runs *runs, const struct windows *windows, int32_t today)
{
    runs->windows = windows;
    runs->today = today;
    for (int detail = 0; detail < 2; detail++)
        for (int32_t i = 0; i < RUNS_KNOWN; i++)
            /* Days before 1970 don't come up. */
            runs->first[detail][i] =
                today < i ? 0 : first_of_run(windows, today, today - i, detail == 1);
}

uint64_t
row_in_run(const struct day_runs *runs, uint64_t where, uint64_t what)
{
    int32_t day = row_day(where), age = runs->today - day, first;
    bool is_detail = what >> 32 != 0;

    /* A period is in a window only if its span fits: its day alone doesn't tell. */
    if (row_span(where) != 1)
        return where;
    first = 0 <= age && age < RUNS_KNOWN
                ? runs->first[is_detail][age]
                : first_of_run(runs->windows, runs->today, day, is_detail);
    /* A run can begin before 1970, and a row has no negative day. */
    return where - (uint64_t)(day - (first < 0 ? 0 : first));
}

/* ---- fold ------------------------------------------------------------------------ */

void
fold_clear(struct fold *fold)
{
    if (table_is_too_large(fold->size, fold->used))
        fold_release(fold);
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
    size_t i = fold_hash(where, what) & (size - 1);

    while (table[i].where != 0 && (table[i].where != where || table[i].what != what))
        i = (i + 1) & (size - 1);
    return &table[i];
}

/* Twice the size; false: no memory, and the table is as it was. */
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
    /* Counts are shifted by one, so that their running sum is where each scope
     * begins. */
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
