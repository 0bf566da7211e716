/* Rows merged by what they add to: a table that is sorted once at the end.
 * Days that count alike in every window are one.
 *
 * An entry that is taken back and its next form meet in the same rows, and what
 * cancels is gone before any cell is made. */
#include "ledger/fold.h"

/* ---- days that count alike ------------------------------------------------------------ */

/* The first day that lies in the same month (of detail: in the same year), on the same side of
 * today and in the same windows as `day`. */
static int32_t
first_of_run(const struct windows *windows, int32_t today, int32_t day, bool is_detail)
{
    struct date date = day_to_date(day);
    int32_t first =
        is_detail ? day_from_date((struct date){ date.year, 1, 1 }) : day - date.day_of_month + 1;

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
    first = 0 <= age && age < RUNS_KNOWN ? runs->first[is_detail][age]
                                         : first_of_run(runs->windows, runs->today, day, is_detail);
    /* A run can begin before 1970, and a row has no negative day. */
    return where - (uint64_t)(day - (first < 0 ? 0 : first));
}

/* ---- fold ------------------------------------------------------------------------ */

void
fold_sort(struct sums *fold, size_t first[SCOPE_COUNT + 1])
{
    size_t kept = 0, next[SCOPE_COUNT];

    memset(first, 0, (SCOPE_COUNT + 1) * sizeof *first);
    /* Counts are shifted by one, so that their running sum is where each scope
     * begins. */
    for (size_t i = 0; i < fold->used; i++) {
        if (fold->table[i].amount == 0)
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
            struct sum *here = &fold->table[next[s]];
            int own = row_scope(here->where);
            if (own == s) {
                next[s]++;
            } else {
                struct sum other = fold->table[next[own]];
                fold->table[next[own]++] = *here;
                *here = other;
            }
        }
    }
}
