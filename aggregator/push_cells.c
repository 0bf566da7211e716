/* What a PUSH adds to a scope, as sorted cells.
 *
 * Usually it is what all partitions of this instance have changed since their tags, folded once for
 * all scopes (pending).  Where a tag has to move alone - it is empty, of another day, half way - it
 * is what lies between two contents of one partition (whole).  More cells than one script may have
 * are dealt into steps. */
#include "aggregator/push_inside.h"

/* ---- all partitions together ------------------------------------------------------------- */

/* From which row on each scope of p is behind, of the tags that move together. */
static void
pending_from(struct pushing *pushing, const struct partition *p, int64_t now,
             size_t from[SCOPE_COUNT])
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool together = share_is_plain_today(&p->shares[s], pushing->wire->day) &&
                        !pushing->one_by_one[s] && !share_rests(&p->shares[s], now);
        from[s] = together ? p->shares[s].position : p->committed_rows;
    }
}

/* The usual case: every scope has seen the same rows.  Then the rows of ALL
 * are those of the provinces once more, and need not be folded one by one. */
static bool
is_even(struct pushing *pushing, int64_t now)
{
    size_t from[SCOPE_COUNT];

    for (size_t i = 0; i < pushing->owned->count; i++) {
        if (!partition_is_pushable(pushing->owned->at[i]))
            continue;
        pending_from(pushing, pushing->owned->at[i], now, from);
        for (int s = 1; s < SCOPE_COUNT; s++)
            if (from[s] != from[0])
                return false;
    }
    return true;
}

/* Fold the pending rows of p; touched[s]: some row changes scope s. */
static void
fold_pending(struct pushing *pushing, struct partition *p, int64_t now, bool even,
             bool touched[SCOPE_COUNT])
{
    size_t from[SCOPE_COUNT], least = p->committed_rows;

    pending_from(pushing, p, now, from);
    for (int s = 0; s < SCOPE_COUNT; s++)
        least = from[s] < least ? from[s] : least;
    for (size_t i = least; i < p->committed_rows; i++) {
        const struct row *row = &p->rows[i];
        uint64_t where = row_in_run(&pushing->runs, row->where, row->what);
        int scope = row_scope(where);

        if (i >= from[scope]) {
            sums_add(&pushing->fold, where, row->what, row->amount);
            touched[scope] = true;
        }
        if (i >= from[SCOPE_ALL] && scope != SCOPE_ALL && row_touches(where, SCOPE_ALL)) {
            if (!even)
                sums_add(&pushing->fold_all, row_in_all(where), row->what, row->amount);
            touched[SCOPE_ALL] = true;
        }
    }
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (!touched[s] && from[s] < p->committed_rows)
            p->shares[s].position = p->committed_rows; /* nothing of this scope lies between */
}

/* What a push of ALL adds beside the rows that are of ALL themselves. */
static void
fold_provinces(struct pushing *pushing)
{
    for (size_t i = 0; i < pushing->fold.used; i++) {
        const struct sum *f = &pushing->fold.table[i];
        if (row_scope(f->where) != SCOPE_ALL && row_touches(f->where, SCOPE_ALL))
            sums_add(&pushing->fold_all, row_in_all(f->where), f->what, f->amount);
    }
}

/* Add to the cells what first .. end - 1 of a fold are for a scope. */
static void
add_folded(struct pushing *pushing, const struct sums *fold, size_t first, size_t end, int scope,
           int32_t day, int sign)
{
    for (size_t i = first; i < end; i++)
        cells_add(&pushing->cells, scope, &pushing->wire->settings->windows, day,
                  fold->table[i].where, fold->table[i].what, fold->table[i].amount, sign);
}

enum fault
pending_fold(struct pushing *pushing, struct pending *pending, struct why *why)
{
    size_t of_all[SHARE_PARTS];
    int64_t now = tick(pushing->wire->world); /* one for all: a share that stops resting meanwhile
                                                 would be even, and then not */
    bool even = is_even(pushing, now);

    pending->touched = calloc(pushing->owned->count + 1, sizeof *pending->touched);
    if (pending->touched == NULL)
        return no_memory(why);
    if (pushing->runs.windows == NULL || pushing->runs.today != pushing->wire->day)
        day_runs_set(&pushing->runs, &pushing->wire->settings->windows, pushing->wire->day);
    sums_clear(&pushing->fold);
    sums_clear(&pushing->fold_all);
    for (size_t i = 0; i < pushing->owned->count; i++)
        if (partition_is_pushable(pushing->owned->at[i]))
            fold_pending(pushing, pushing->owned->at[i], now, even, pending->touched[i]);
    fold_sort(&pushing->fold, pending->first);
    if (even)
        fold_provinces(pushing);
    fold_sort(&pushing->fold_all, of_all);
    return pushing->fold.failed || pushing->fold_all.failed ? no_memory(why) : FAULT_NONE;
}

enum fault
pending_cells(struct pushing *pushing, const struct pending *pending, int scope, struct why *why)
{
    int32_t day = pushing->wire->day;

    sums_clear(&pushing->cells.sums);
    add_folded(pushing, &pushing->fold, pending->first[scope], pending->first[scope + 1], scope,
               day, +1);
    if (scope == SCOPE_ALL)
        add_folded(pushing, &pushing->fold_all, 0, pushing->fold_all.used, scope, day, +1);
    cells_sort(&pushing->cells);
    return pushing->cells.sums.failed ? no_memory(why) : FAULT_NONE;
}

/* ---- one partition ------------------------------------------------------------------------ */

/* Add to the cells what the rows first .. end - 1 of the log are for a scope. */
static void
add_rows(struct pushing *pushing, const struct partition *p, int scope, size_t first, size_t end,
         int32_t day, int sign)
{
    for (size_t i = first; i < end; i++)
        cells_add(&pushing->cells, scope, &pushing->wire->settings->windows, day, p->rows[i].where,
                  p->rows[i].what, p->rows[i].amount, sign);
}

static void
add_whole(struct pushing *pushing, const struct whole *whole, int scope, int32_t day, int sign)
{
    size_t first = scope == SCOPE_ALL ? 0 : whole->first[scope];
    size_t end = scope == SCOPE_ALL ? pushing->fold.used : whole->first[scope + 1];

    add_folded(pushing, &pushing->fold, first, end, scope, day, sign);
}

/* content(to) - content(from) of p in a scope: sorted cells.
 *
 *      same day:  rows between the two positions, at that day
 *      else:      those at the old day, then the whole share at `to` moved
 *                 from the old day (nothing, if `from` is empty) to the new */
enum fault
whole_cells(struct pushing *pushing, struct whole *whole, int scope, struct moment to,
            size_t to_position, struct why *why)
{
    const struct partition *p = whole->partition;
    const struct share *share = &p->shares[scope];
    bool empty = version_is_none(share->tag.from.version);
    int32_t old_day = share->tag.from.day;

    sums_clear(&pushing->cells.sums);
    if (!empty && share->position <= to_position)
        add_rows(pushing, p, scope, share->position, to_position, old_day, +1);
    else if (!empty)
        add_rows(pushing, p, scope, to_position, share->position, old_day, -1);
    if (empty || old_day != to.day) {
        if (!whole->known) {
            enum fault fault;

            sums_clear(&pushing->fold);
            fault = fold_share(pushing->dims, p, &pushing->fold, why);
            if (fault != FAULT_NONE)
                return fault;
            fold_sort(&pushing->fold, whole->first);
            whole->known = true;
        }
        add_whole(pushing, whole, scope, to.day, +1);
        add_rows(pushing, p, scope, to_position, p->committed_rows, to.day, -1);
        if (!empty) {
            add_whole(pushing, whole, scope, old_day, -1);
            add_rows(pushing, p, scope, to_position, p->committed_rows, old_day, +1);
        }
    }
    cells_sort(&pushing->cells);
    return pushing->cells.sums.failed ? no_memory(why) : FAULT_NONE;
}

/* ---- steps ------------------------------------------------------------------------------ */

/* Fields whose part of a bucket is known: those of one window come again in the next one. */
enum { KNOWN_FIELDS = 1 << 14 };
struct known_field {
    uint64_t what;
    uint32_t month;
    uint32_t part; /* + 1; 0: none */
};

static int
part_of(struct known_field known[KNOWN_FIELDS], const struct sum *cell,
        const struct dim_table *dims)
{
    uint32_t month = (uint32_t)cell_month(cell);
    struct known_field *k = &known[sums_hash(month, cell->what) % KNOWN_FIELDS];

    if (k->part == 0 || k->what != cell->what || k->month != month) {
        char field[FIELD_BYTES];
        struct text text = { field, cell_field(cell, dims, field) };

        *k = (struct known_field){ cell->what, month, (uint32_t)field_part(text) + 1 };
    }
    return (int)k->part - 1;
}

/* The bucket of each cell, and how many each bucket has.  Cells of one partner stand side by side.
 */
static void
find_buckets(struct pushing *pushing, int scope, struct known_field known[KNOWN_FIELDS],
             uint8_t *of, size_t in[BUCKETS])
{
    const struct windows *windows = &pushing->wire->settings->windows;
    const struct sum *cells = pushing->cells.sums.table;
    uint32_t crc = 0;

    for (size_t i = 0; i < pushing->cells.sums.used; i++) {
        char key[KEY_BYTES];

        if (i == 0 || cell_partner(&cells[i]) != cell_partner(&cells[i - 1]))
            crc = key_crc((struct text){ key, cell_key(&cells[i], scope, windows, key) });
        of[i] = (uint8_t)bucket_in(crc, part_of(known, &cells[i], pushing->dims));
        in[of[i]]++;
    }
}

/* Which buckets go together; step_of[] of those before the first is NO_STEP. */
enum { NO_STEP = BUCKETS };
static void
plan(struct steps *s, int from, size_t most, const size_t in[BUCKETS], int step_of[BUCKETS])
{
    size_t first = 0;

    for (int b = 0; b < from; b++)
        step_of[b] = NO_STEP;
    for (int b = from; b < BUCKETS; b++) {
        if (s->count == 0 || s->list[s->count - 1].count + in[b] > most)
            s->list[s->count++] = (struct step){ .first = first };
        struct step *step = &s->list[s->count - 1];
        step->end = b + 1;
        step->count += in[b];
        first += in[b];
        step_of[b] = s->count - 1;
    }
}

bool
steps_deal(struct pushing *pushing, int scope, int from, struct steps *s)
{
    size_t count = pushing->cells.sums.used, in[BUCKETS] = { 0 }, next[BUCKETS];
    int step_of[BUCKETS];
    struct sum *dealt = cells_spare(&pushing->cells);
    uint8_t *of = calloc(count + 1, sizeof *of);
    struct known_field *known = calloc(KNOWN_FIELDS, sizeof *known);
    bool good = of != NULL && known != NULL && dealt != NULL;

    *s = (struct steps){ .cells = dealt };
    if (good) {
        find_buckets(pushing, scope, known, of, in);
        plan(s, from, pushing->wire->settings->split_cells, in, step_of);
        for (int i = 0; i < s->count; i++)
            next[i] = s->list[i].first;
        for (size_t i = 0; i < count; i++)
            if (step_of[of[i]] != NO_STEP)
                dealt[next[step_of[of[i]]]++] = pushing->cells.sums.table[i];
    }
    free(known);
    free(of);
    return good;
}
