#include "aggregator/state.h"

/* Moving tags forward.
 *
 * Tags that differ from their target only by rows of the log, on the same
 * day, are moved together: one PUSH a scope for all partitions.  All others -
 * empty tags, another day, half-way tags, more cells than one PUSH may have,
 * and what a merged PUSH was refused for - are moved one at a time. */

enum { REST_MS = 1000, SHARE_PARTS = SCOPE_COUNT + 1 };

/* The whole share of one partition, folded once when it is first needed. */
struct whole {
    struct fold fold;
    size_t first[SHARE_PARTS];
    bool known;
};

static bool
is_pushable(const struct partition *p)
{
    return p->synced && !p->wants_sync && !p->open;
}

static bool
is_plain_today(const struct aggregator *a, const struct share *share)
{
    return share->tag.form == TAG_PLAIN && share->tag.from.day == a->day;
}

static bool
rests(struct aggregator *a, const struct share *share)
{
    return share->rest_until > a->world.clock.tick_ms(a->world.clock.self);
}

/* ---- the list of one run ----------------------------------------------------------- */

static bool
pushes_begin(struct aggregator *a, int scope)
{
    struct pushes *l = &a->pushes;

    if (l->count == l->room) {
        size_t room = l->room == 0 ? 64 : l->room * 2;
        struct push *bigger = realloc(l->list, room * sizeof *bigger);
        if (bigger == NULL)
            return false;
        l->list = bigger;
        l->room = room;
    }
    l->list[l->count++] = (struct push){ scope, l->move_count, 0 };
    return true;
}

static bool
pushes_move(struct aggregator *a, struct partition *p, struct tag to, size_t to_position)
{
    struct pushes *l = &a->pushes;
    struct push *push = &l->list[l->count - 1];
    struct share *share = &p->shares[push->scope];

    if (l->move_count == l->move_room) {
        size_t room = l->move_room == 0 ? 64 : l->move_room * 2;
        struct move *bigger = realloc(l->moves, room * sizeof *bigger);
        if (bigger == NULL)
            return false;
        l->moves = bigger;
        l->move_room = room;
    }
    l->moves[l->move_count++] = (struct move){ p, share->tag, to, to_position };
    push->move_count++;
    return true;
}

static void
pushes_reset(struct aggregator *a)
{
    a->pushes.count = 0;
    a->pushes.move_count = 0;
    calls_reset(&a->calls);
}

/* The PUSH of the last entry of the list, from the cells as they are sorted. */
static void
pushes_call(struct aggregator *a, int32_t day, const struct cell *cells, size_t count)
{
    const struct push *push = &a->pushes.list[a->pushes.count - 1];

    push_call(a, push->scope, a->pushes.moves + push->first_move, push->move_count, day, cells,
              count);
}

static void
take_moved(const struct move *move, int scope)
{
    struct share *share = &move->partition->shares[scope];

    if (move->to.form == TAG_HALF && share->tag.form != TAG_HALF)
        share->to_position = move->to_position; /* from stays where it is */
    else if (move->to.form == TAG_PLAIN)
        share->position = move->to_position;
    share->tag = move->to;
    share->sent = (struct tag){ .form = TAG_EMPTY };
}

static void
take_mismatch(struct aggregator *a, const struct push *push, const struct answer *answer)
{
    a->counts.mismatches++;
    a->audit_soon = true;
    for (size_t i = 0; i < push->move_count; i++) {
        struct text tag = answer_item(answer, i + 1);
        resolve_tag(a->pushes.moves[push->first_move + i].partition, push->scope,
                    tag.at == NULL ? TEXT_LITERAL("") : tag);
    }
}

static void
take_range(struct aggregator *a, const struct push *push, const struct answer *answer)
{
    const struct move *move = &a->pushes.moves[push->first_move];
    struct text field = answer_item(answer, 1);

    if (push->move_count > 1) {
        a->one_by_one[push->scope] = true;
        return;
    }
    a->counts.ranges++;
    move->partition->shares[push->scope].rest_until =
        a->world.clock.tick_ms(a->world.clock.self) + REST_MS;
    log_say(a->world.log, LOG_ERROR, "total out of range", LOG_S("scope", scope_code(push->scope)),
            LOG_S("partition", move->partition->name), LOG_T("field", field));
}

/* Send the list, take every answer that came. */
static enum fault
pushes_run(struct aggregator *a, struct why *why)
{
    enum fault fault;

    for (size_t i = 0; i < a->pushes.count; i++) {
        const struct push *push = &a->pushes.list[i];
        for (size_t m = push->first_move; m < push->first_move + push->move_count; m++) {
            struct share *share = &a->pushes.moves[m].partition->shares[push->scope];
            share->sent = a->pushes.moves[m].to;
            share->sent_position = a->pushes.moves[m].to_position;
        }
    }
    fault = calls_run(&a->calls, &a->world.store, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < a->pushes.count; i++) {
        const struct push *push = &a->pushes.list[i];
        const struct answer *answer = &a->calls.answers[i];

        if (answer_is(answer, "OK")) {
            a->counts.pushes++;
            for (size_t m = 0; m < push->move_count; m++)
                take_moved(&a->pushes.moves[push->first_move + m], push->scope);
        } else if (answer_is(answer, "MISMATCH")) {
            take_mismatch(a, push, answer);
        } else if (answer_is(answer, "RANGE")) {
            take_range(a, push, answer);
        }
    }
    return fault;
}

static enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for a push");
}

/* ---- one at a time ------------------------------------------------------------------- */

/* Add to the cells what the rows first .. end - 1 of the log are for a scope. */
static void
add_rows(struct aggregator *a, const struct partition *p, int scope, size_t first, size_t end,
         int32_t day, int sign)
{
    for (size_t i = first; i < end; i++)
        cells_add(&a->cells, scope, &a->settings.windows, day, p->rows[i].where, p->rows[i].what,
                  p->rows[i].amount, sign);
}

static void
add_whole(struct aggregator *a, const struct whole *whole, int scope, int32_t day, int sign)
{
    size_t first = scope == SCOPE_ALL ? 0 : whole->first[scope];
    size_t end = scope == SCOPE_ALL ? whole->fold.used : whole->first[scope + 1];

    for (size_t i = first; i < end; i++)
        cells_add(&a->cells, scope, &a->settings.windows, day, whole->fold.table[i].where,
                  whole->fold.table[i].what, whole->fold.table[i].amount, sign);
}

/* content(to) - content(from) of p in a scope, into the cells.
 *
 *      same day:  rows between the two positions, at that day
 *      else:      those at the old day, then the whole share at `to` moved
 *                 from the old day (nothing, if `from` is empty) to the new */
static enum fault
difference(struct aggregator *a, const struct partition *p, int scope, const struct tag *from,
           struct moment to, size_t to_position, struct whole *whole, struct why *why)
{
    const struct share *share = &p->shares[scope];
    bool empty = version_is_none(from->from.version);
    int32_t old_day = from->from.day;

    cells_clear(&a->cells);
    if (!empty && share->position <= to_position)
        add_rows(a, p, scope, share->position, to_position, old_day, +1);
    else if (!empty)
        add_rows(a, p, scope, to_position, share->position, old_day, -1);
    if (empty || old_day != to.day) {
        if (!whole->known) {
            enum fault fault = fold_share(a, p, &whole->fold, why);
            if (fault != FAULT_NONE)
                return fault;
            fold_sort(&whole->fold, whole->first);
            whole->known = true;
        }
        add_whole(a, whole, scope, to.day, +1);
        add_rows(a, p, scope, to_position, p->committed_rows, to.day, -1);
        if (!empty) {
            add_whole(a, whole, scope, old_day, -1);
            add_rows(a, p, scope, to_position, p->committed_rows, old_day, +1);
        }
    }
    return a->cells.failed ? no_memory(why) : FAULT_NONE;
}

static int
bucket_of(struct aggregator *a, int scope, const struct cell *cell)
{
    char key[KEY_BYTES], field[FIELD_BYTES];

    return cell_bucket((struct text){ key, cell_key(cell, scope, &a->settings.windows, key) },
                       (struct text){ field, cell_field(cell, a->dims, field) });
}

/* The first bucket after `bucket` at which a step of at most split_cells ends;
 * one bucket at least. */
static int
step_end(const size_t in_bucket[BUCKETS], int bucket, size_t most)
{
    size_t sum = in_bucket[bucket++];

    while (bucket < BUCKETS && sum + in_bucket[bucket] <= most)
        sum += in_bucket[bucket++];
    return bucket;
}

/* Move a tag in steps: half tags A>B#k until all cells are at B. */
static enum fault
push_in_steps(struct aggregator *a, struct partition *p, int scope, struct tag start,
              struct moment to, size_t to_position, struct why *why)
{
    size_t count = a->cells.used;
    int bucket = start.form == TAG_HALF ? start.bucket : 0;
    size_t in_bucket[BUCKETS] = { 0 };
    struct cell *step = malloc((count + 1) * sizeof *step);
    uint8_t *buckets = malloc(count + 1);
    enum fault fault = step == NULL || buckets == NULL ? no_memory(why) : FAULT_NONE;

    for (size_t i = 0; fault == FAULT_NONE && i < count; i++) {
        buckets[i] = (uint8_t)bucket_of(a, scope, &a->cells.table[i]);
        in_bucket[buckets[i]]++;
    }
    while (fault == FAULT_NONE && bucket < BUCKETS) {
        int end = step_end(in_bucket, bucket, a->settings.split_cells);
        struct tag next = tag_plain(to);
        size_t n = 0;

        if (end < BUCKETS)
            next = (struct tag){ .form = TAG_HALF, .from = start.from, .to = to, .bucket = end };
        for (size_t i = 0; i < count; i++)
            if (bucket <= buckets[i] && buckets[i] < end)
                step[n++] = a->cells.table[i];
        pushes_reset(a);
        if (!pushes_begin(a, scope) || !pushes_move(a, p, next, to_position)) {
            fault = no_memory(why);
            break;
        }
        pushes_call(a, to.day, step, n);
        fault = pushes_run(a, why);
        if (!tag_equal(&p->shares[scope].tag, &next))
            break; /* refused: another turn will see what is there */
        bucket = end;
    }
    free(step);
    free(buckets);
    return fault;
}

/* Move p's tag in one scope to its target, or a half tag to its B, in steps. */
static enum fault
push_long(struct aggregator *a, struct partition *p, int scope, struct whole *whole,
          struct why *why)
{
    struct share *share = &p->shares[scope];
    bool half = share->tag.form == TAG_HALF;
    struct moment to = half ? share->tag.to : target_of(a, p);
    size_t to_position = half ? share->to_position : p->committed_rows;
    enum fault fault = difference(a, p, scope, &share->tag, to, to_position, whole, why);

    if (fault != FAULT_NONE)
        return fault;
    cells_sort(&a->cells);
    return push_in_steps(a, p, scope, share->tag, to, to_position, why);
}

static bool
wants_one(struct aggregator *a, const struct partition *p, int scope)
{
    const struct share *share = &p->shares[scope];

    if (rests(a, share))
        return false;
    if (!is_plain_today(a, share))
        return true;
    return a->one_by_one[scope] && share->position < p->committed_rows;
}

/* Steps use the list for themselves, so they come last. */
static enum fault
push_partition(struct aggregator *a, struct partition *p, struct why *why)
{
    struct whole whole = { .fold = a->fold };
    bool later[SCOPE_COUNT] = { false };
    enum fault fault = FAULT_NONE;

    fold_clear(&whole.fold);
    pushes_reset(a);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        struct share *share = &p->shares[s];

        if (!wants_one(a, p, s))
            continue;
        later[s] = share->tag.form == TAG_HALF;
        if (later[s])
            continue;
        fault = difference(a, p, s, &share->tag, target_of(a, p), p->committed_rows, &whole, why);
        if (fault != FAULT_NONE)
            break;
        if (cells_sort(&a->cells) > a->settings.split_cells) {
            later[s] = true;
            continue;
        }
        if (!pushes_begin(a, s) ||
            !pushes_move(a, p, tag_plain(target_of(a, p)), p->committed_rows))
            fault = no_memory(why);
        else
            pushes_call(a, a->day, a->cells.table, a->cells.used);
    }
    if (fault == FAULT_NONE && a->pushes.count > 0)
        fault = pushes_run(a, why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        if (later[s] && !p->wants_sync)
            fault = push_long(a, p, s, &whole, why);
    }
    a->fold = whole.fold;
    return fault;
}

/* ---- together ------------------------------------------------------------------------ */

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
        int scope = row_scope(row->where);

        if (i >= from[scope]) {
            fold_add(&a->fold, row->where, row->what, row->amount);
            touched[scope] = true;
        }
        if (i >= from[SCOPE_ALL] && scope != SCOPE_ALL && row_touches(row->where, SCOPE_ALL)) {
            if (!even)
                fold_add(&a->fold_all, row_in_all(row->where), row->what, row->amount);
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

static enum fault
push_scope(struct aggregator *a, int scope, size_t first, size_t end, bool (*touched)[SCOPE_COUNT],
           struct why *why)
{
    cells_clear(&a->cells);
    add_folded(a, &a->fold, first, end, scope);
    if (scope == SCOPE_ALL)
        add_folded(a, &a->fold_all, 0, a->fold_all.used, scope);
    if (a->cells.failed)
        return no_memory(why);
    if (cells_sort(&a->cells) > a->settings.split_cells) {
        a->one_by_one[scope] = true; /* too large for one PUSH */
        return FAULT_NONE;
    }
    if (!pushes_begin(a, scope))
        return no_memory(why);
    for (size_t i = 0; i < a->partition_count; i++) {
        struct partition *p = a->partitions[i];
        if (touched[i][scope] && !pushes_move(a, p, tag_plain(target_of(a, p)), p->committed_rows))
            return no_memory(why);
    }
    pushes_call(a, a->day, a->cells.table, a->cells.used);
    return FAULT_NONE;
}

static enum fault
push_together(struct aggregator *a, struct why *why)
{
    bool(*touched)[SCOPE_COUNT] = calloc(a->partition_count + 1, sizeof *touched);
    size_t first[SHARE_PARTS], of_all[SHARE_PARTS];
    bool even = is_even(a);
    enum fault fault = FAULT_NONE;

    if (touched == NULL)
        return no_memory(why);
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
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        bool any = false;
        for (size_t i = 0; i < a->partition_count; i++)
            any = any || touched[i][s];
        if (any)
            fault = push_scope(a, s, first[s], first[s + 1], touched, why);
    }
    if (fault == FAULT_NONE && a->pushes.count > 0)
        fault = pushes_run(a, why);
    free(touched);
    return fault;
}

static void
clear_one_by_one(struct aggregator *a)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool behind = false;
        for (size_t i = 0; i < a->partition_count; i++)
            behind =
                behind || a->partitions[i]->shares[s].position < a->partitions[i]->committed_rows;
        a->one_by_one[s] = a->one_by_one[s] && behind;
    }
}

enum fault
push_all(struct aggregator *a, struct why *why)
{
    enum fault fault = push_together(a, why);

    for (size_t i = 0; i < a->partition_count && fault == FAULT_NONE; i++) {
        struct partition *p = a->partitions[i];
        bool any = false;

        for (int s = 0; s < SCOPE_COUNT && is_pushable(p); s++)
            any = any || wants_one(a, p, s);
        if (any)
            fault = push_partition(a, p, why);
    }
    clear_one_by_one(a);
    for (size_t i = 0; i < a->partition_count; i++)
        partition_trim(a->partitions[i]);
    return fault;
}

bool
pushed_all(const struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        const struct partition *p = a->partitions[i];
        for (int s = 0; s < SCOPE_COUNT; s++)
            if (!is_pushable(p) || !is_plain_today(a, &p->shares[s]) ||
                p->shares[s].position < p->committed_rows)
                return false;
    }
    return true;
}
