#include "aggregator/push_inside.h"

/* From which row on each scope of p is behind, of the tags that move together. */
static void
pending_from(struct aggregator *a, const struct partition *p, size_t from[SCOPE_COUNT])
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool together =
            is_plain_today(a, &p->shares[s]) && !a->one_by_one[s] && !rests(a, &p->shares[s]);
        from[s] = together ? p->shares[s].position : p->committed_rows;
    }
}

/* The usual case: every scope has seen the same rows.  Then the rows of ALL
 * are those of the provinces once more, and need not be folded one by one. */
static bool
is_even(struct aggregator *a)
{
    size_t from[SCOPE_COUNT];

    for (size_t i = 0; i < a->partition_count; i++) {
        if (!is_pushable(a->partitions[i]))
            continue;
        pending_from(a, a->partitions[i], from);
        for (int s = 1; s < SCOPE_COUNT; s++)
            if (from[s] != from[0])
                return false;
    }
    return true;
}

/* Fold the pending rows of p; touched[s]: some row changes scope s. */
static void
fold_pending(struct aggregator *a, struct partition *p, bool even, bool touched[SCOPE_COUNT])
{
    size_t from[SCOPE_COUNT], least = p->committed_rows;

    pending_from(a, p, from);
    for (int s = 0; s < SCOPE_COUNT; s++)
        least = from[s] < least ? from[s] : least;
    for (size_t i = least; i < p->committed_rows; i++) {
        const struct row *row = &p->rows[i];
        uint64_t where = row_in_run(&a->runs, row->where);
        int scope = row_scope(where);

        if (i >= from[scope]) {
            fold_add(&a->fold, where, row->what, row->amount);
            touched[scope] = true;
        }
        if (i >= from[SCOPE_ALL] && scope != SCOPE_ALL && row_touches(where, SCOPE_ALL)) {
            if (!even)
                fold_add(&a->fold_all, row_in_all(where), row->what, row->amount);
            touched[SCOPE_ALL] = true;
        }
    }
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (!touched[s] && from[s] < p->committed_rows)
            p->shares[s].position = p->committed_rows; /* nothing of this scope lies between */
}

/* What a push of ALL adds beside the rows that are of ALL themselves. */
static void
fold_provinces(struct aggregator *a)
{
    for (size_t i = 0; i < a->fold.used; i++) {
        const struct folded *f = &a->fold.table[i];
        if (row_scope(f->where) != SCOPE_ALL && row_touches(f->where, SCOPE_ALL))
            fold_add(&a->fold_all, row_in_all(f->where), f->what, f->amount);
    }
}

static void
add_folded(struct aggregator *a, const struct fold *fold, size_t first, size_t end, int scope)
{
    for (size_t i = first; i < end; i++)
        cells_add(&a->cells, scope, &a->settings.windows, a->day, fold->table[i].where,
                  fold->table[i].what, fold->table[i].amount, +1);
}

/* The cells of a scope from the folds, sorted; false: no memory. */
static bool
cells_of(struct aggregator *a, int scope, const size_t first[SHARE_PARTS])
{
    cells_clear(&a->cells);
    add_folded(a, &a->fold, first[scope], first[scope + 1], scope);
    if (scope == SCOPE_ALL)
        add_folded(a, &a->fold_all, 0, a->fold_all.used, scope);
    cells_sort(&a->cells);
    return !a->cells.failed;
}

/* The moves of a scope: of every partition that touches it.  *count is set. */
static struct move *
moves_of(struct aggregator *a, int scope, bool (*touched)[SCOPE_COUNT], size_t *count)
{
    struct move *moves = calloc(a->partition_count + 1, sizeof *moves);

    *count = 0;
    for (size_t i = 0; moves != NULL && i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        if (touched[i][scope])
            moves[(*count)++] = (struct move){ p, p->shares[scope].tag, tag_plain(target_of(a, p)),
                                               p->committed_rows };
    }
    return moves;
}

/* Queue the PUSH of one scope; *is_long: it needs steps, nothing is queued. */
static enum fault
queue_scope(struct aggregator *a, int scope, const size_t first[SHARE_PARTS],
            bool (*touched)[SCOPE_COUNT], bool *is_long, struct why *why)
{
    struct move *moves;
    size_t count;
    bool good;

    *is_long = false;
    moves = moves_of(a, scope, touched, &count);
    good = moves != NULL && (count == 0 || cells_of(a, scope, first));
    if (good && count > 0)
        *is_long = a->cells.used > a->settings.split_cells;
    if (good && count > 0 && !*is_long) {
        good = pushes_begin(a, scope);
        for (size_t i = 0; good && i < count; i++)
            good = pushes_move(a, moves[i].partition, moves[i].to, moves[i].to_position);
        if (good)
            pushes_call(a, a->day, a->cells.table, a->cells.used);
    }
    free(moves);
    return good ? FAULT_NONE : no_memory(why);
}

static enum fault
push_long_scope(struct aggregator *a, int scope, const size_t first[SHARE_PARTS],
                bool (*touched)[SCOPE_COUNT], struct why *why)
{
    size_t count;
    struct move *moves = moves_of(a, scope, touched, &count);
    enum fault fault;

    if (moves == NULL || !cells_of(a, scope, first))
        fault = no_memory(why);
    else
        fault = push_in_steps(a, scope, moves, count, why);
    free(moves);
    return fault;
}

enum fault
push_together(struct aggregator *a, struct why *why)
{
    bool(*touched)[SCOPE_COUNT] = calloc(a->partition_count + 1, sizeof *touched);
    size_t first[SHARE_PARTS], of_all[SHARE_PARTS];
    bool even = is_even(a), is_long[SCOPE_COUNT];
    enum fault fault = FAULT_NONE;

    if (touched == NULL)
        return no_memory(why);
    if (a->runs.windows == NULL || a->runs.today != a->day)
        day_runs_set(&a->runs, &a->settings.windows, a->day);
    fold_clear(&a->fold);
    fold_clear(&a->fold_all);
    for (size_t i = 0; i < a->partition_count; i++)
        if (is_pushable(a->partitions[i]))
            fold_pending(a, a->partitions[i], even, touched[i]);
    fold_sort(&a->fold, first);
    if (even)
        fold_provinces(a);
    fold_sort(&a->fold_all, of_all);
    if (a->fold.failed || a->fold_all.failed)
        fault = no_memory(why);
    pushes_reset(a);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        fault = queue_scope(a, s, first, touched, &is_long[s], why);
    if (fault == FAULT_NONE && a->pushes.count > 0)
        fault = pushes_run(a, why);
    /* Steps use the list for themselves, so they come last. */
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        if (is_long[s])
            fault = push_long_scope(a, s, first, touched, why);
    free(touched);
    return fault;
}
