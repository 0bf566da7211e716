#include "aggregator/push_inside.h"

/* The whole share of one partition, folded once when it is first needed. */
struct whole {
    struct fold fold;
    size_t first[SHARE_PARTS];
    bool known;
};

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

/* content(to) - content(from) of p in a scope: sorted cells.
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
    cells_sort(&a->cells);
    return a->cells.failed ? no_memory(why) : FAULT_NONE;
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
    struct move move;
    enum fault fault = difference(a, p, scope, &share->tag, to, to_position, whole, why);

    if (fault != FAULT_NONE)
        return fault;
    move = (struct move){ p, share->tag, tag_plain(to), to_position };
    return push_in_steps(a, scope, &move, 1, why);
}

bool
wants_one(struct aggregator *a, const struct partition *p, int scope)
{
    const struct share *share = &p->shares[scope];

    if (rests(a, share) || p->open)
        return false;
    if (!is_plain_today(a, share))
        return true;
    return a->one_by_one[scope] && share->position < p->committed_rows;
}

/* Steps use the list for themselves, so they come last. */
enum fault
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
        if (a->cells.used > a->settings.split_cells) {
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
