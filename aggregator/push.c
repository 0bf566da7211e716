/* Moving tags forward: what is pushed, and in which order.
 *
 * Tags that differ from their target only by rows of the log, on the same day, are moved together:
 * one PUSH a scope for all partitions.  All others - empty tags, another day, half-way tags, and
 * scopes where a merged PUSH met RANGE - are moved one partition at a time.  Either way it is a
 * round: the PUSHes of all scopes in one run, but for those that are too long for one script: these
 * go in steps, when their turn comes.
 *
 *      push_cells.c  what each adds to its scope
 *      push_wire.c   the commands, and their answers
 *      shares.c      what we believe to stand in Redis */
#include "aggregator/push_inside.h"

/* One round: of all partitions together, or of one. */
struct round {
    const struct pending *pending; /* NULL: of one */
    struct whole *whole;           /* of one */
};

/* Where the tag of the one partition goes: to its target, or from half way to its B. */
static struct move
move_of_one(const struct pushing *pushing, const struct whole *whole, int scope)
{
    struct partition *p = whole->partition;
    const struct share *share = &p->shares[scope];

    if (share->tag.form == TAG_HALF)
        return (struct move){ p, share->tag, tag_plain(share->tag.to), share->to_position };
    return (struct move){ p, share->tag, tag_plain(target_of(p, pushing->wire->day)),
                          p->committed_rows };
}

/* A PUSH of the scope with its moves.  *any is false when there are none, and nothing is begun. */
static enum fault
begin_push(struct pushing *pushing, const struct round *r, int scope, bool *any, struct why *why)
{
    bool good = pushes_begin(&pushing->pushes, scope);

    *any = r->pending == NULL;
    if (good && r->pending == NULL) {
        struct move move = move_of_one(pushing, r->whole, scope);

        good = pushes_move(&pushing->pushes, &move);
    }
    for (size_t i = 0; good && r->pending != NULL && i < pushing->owned->count; i++) {
        struct partition *p = pushing->owned->at[i];
        struct move move = { p, p->shares[scope].tag, tag_plain(target_of(p, pushing->wire->day)),
                             p->committed_rows };

        if (!r->pending->touched[i][scope])
            continue;
        good = pushes_move(&pushing->pushes, &move);
        *any = true;
    }
    if (good && !*any)
        pushes_drop(&pushing->pushes);
    return good ? FAULT_NONE : no_memory(why);
}

/* What the moves of the list's last PUSH add to its scope. */
static enum fault
find_cells(struct pushing *pushing, const struct round *r, int scope, struct why *why)
{
    const struct push *push = &pushing->pushes.list[pushing->pushes.count - 1];
    const struct move *move = &pushing->pushes.moves[push->first_move];

    if (r->pending != NULL)
        return pending_cells(pushing, r->pending, scope, why);
    return whole_cells(pushing, r->whole, scope, move->to.from, move->to_position, why);
}

/* ---- steps (rule 12) ----------------------------------------------------------------------- */

/* The tag of a move once all cells below bucket `end` are at B. */
static struct tag
tag_after(const struct move *move, int end)
{
    if (end == BUCKETS)
        return move->to;
    return (struct tag){
        .form = TAG_HALF, .from = move->from.from, .to = move->to.from, .bucket = end
    };
}

/* One step.  *moved is false when it was refused: another turn will see what is there. */
static enum fault
push_step(struct pushing *pushing, int scope, const struct move *moves, size_t count,
          const struct steps *steps, int number, bool *moved, struct why *why)
{
    const struct step *step = &steps->list[number];
    enum fault fault;
    bool good;

    pushes_reset(pushing);
    good = pushes_begin(&pushing->pushes, scope);
    for (size_t i = 0; good && i < count; i++) {
        struct partition *p = moves[i].partition;
        struct move move = { p, p->shares[scope].tag, tag_after(&moves[i], step->end),
                             moves[i].to_position };

        good = pushes_move(&pushing->pushes, &move);
    }
    if (!good)
        return no_memory(why);
    pushes_call(pushing, moves[0].to.from.day, steps->cells + step->first, step->count);
    fault = pushes_run(pushing, why);
    *moved = true;
    for (size_t i = 0; i < count; i++) {
        struct tag after = tag_after(&moves[i], step->end);
        *moved = *moved && tag_equal(&moves[i].partition->shares[scope].tag, &after);
    }
    return fault;
}

/* Where the first move of the list goes on. */
static int
first_bucket(const struct pushing *pushing)
{
    const struct tag *from = &pushing->pushes.moves[0].from;

    return from->form == TAG_HALF ? from->bucket : 0;
}

/* From A to B by way of half tags A>B|k, a few buckets a step, with the cells that were found.
 * Buckets are of cells, so the tags of several partitions take the same steps together. */
static enum fault
push_in_steps(struct pushing *pushing, const struct round *r, int scope, struct why *why)
{
    struct steps steps = { 0 };
    struct move *moves = NULL;
    bool any, moved = true;
    size_t count;
    enum fault fault;

    pushes_reset(pushing);
    fault = begin_push(pushing, r, scope, &any, why);
    if (fault != FAULT_NONE)
        return fault;
    count = pushing->pushes.move_count; /* each step fills the list anew */
    moves = malloc(count * sizeof *moves);
    if (moves == NULL || !steps_deal(pushing, scope, first_bucket(pushing), &steps))
        fault = no_memory(why);
    else
        memcpy(moves, pushing->pushes.moves, count * sizeof *moves);
    for (int i = 0; fault == FAULT_NONE && moved && i < steps.count; i++)
        fault = push_step(pushing, scope, moves, count, &steps, i, &moved, why);
    free(moves);
    return fault;
}

/* ---- rounds -------------------------------------------------------------------------------- */

/* Queue the PUSH of one scope; *is_long: its cells are found, need steps, and are not queued. */
static enum fault
queue_scope(struct pushing *pushing, const struct round *r, int scope, bool *is_long,
            struct why *why)
{
    bool any;
    enum fault fault = begin_push(pushing, r, scope, &any, why);

    *is_long = false;
    if (fault != FAULT_NONE || !any)
        return fault;
    fault = find_cells(pushing, r, scope, why);
    if (fault != FAULT_NONE)
        return fault;
    *is_long = pushing->cells.sums.used > pushing->wire->settings->split_cells ||
               (r->pending == NULL && r->whole->partition->shares[scope].tag.form == TAG_HALF);
    if (*is_long)
        pushes_drop(&pushing->pushes);
    else
        pushes_call(pushing, pushing->wire->day, pushing->cells.sums.table,
                    pushing->cells.sums.used);
    return FAULT_NONE;
}

static enum fault
run_list(struct pushing *pushing, struct why *why)
{
    return pushing->pushes.count > 0 ? pushes_run(pushing, why) : FAULT_NONE;
}

/* A scope that is away keeps no other one from its turn. */
static enum fault
pass_by(enum fault fault, bool *away)
{
    *away = *away || fault == FAULT_STORE_AWAY;
    return fault == FAULT_STORE_AWAY ? FAULT_NONE : fault;
}

static enum fault
push_round(struct pushing *pushing, const struct round *r, const bool wanted[SCOPE_COUNT],
           struct why *why)
{
    enum fault fault = FAULT_NONE;
    bool away = false;

    pushes_reset(pushing);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        bool is_long = false;

        if (wanted[s])
            fault = queue_scope(pushing, r, s, &is_long, why);
        if (!is_long)
            continue;
        /* Steps use the list for themselves. */
        fault = pass_by(run_list(pushing, why), &away);
        if (fault == FAULT_NONE &&
            (r->pending != NULL || !partition_wants_sync(r->whole->partition)))
            fault = pass_by(push_in_steps(pushing, r, s, why), &away);
        pushes_reset(pushing);
        if (away && !pushing->wire->calls.heard)
            break; /* nobody answers */
    }
    if (fault == FAULT_NONE)
        fault = pass_by(run_list(pushing, why), &away);
    return fault == FAULT_NONE && away ? FAULT_STORE_AWAY : fault;
}

static enum fault
push_together(struct pushing *pushing, struct why *why)
{
    struct pending pending = { 0 };
    const struct round round = { .pending = &pending };
    bool all[SCOPE_COUNT];
    enum fault fault = pending_fold(pushing, &pending, why);

    memset(all, true, sizeof all);
    if (fault == FAULT_NONE)
        fault = push_round(pushing, &round, all, why);
    free(pending.touched);
    return fault;
}

static bool
wants_one(const struct pushing *pushing, const struct partition *p, int scope)
{
    const struct share *share = &p->shares[scope];

    if (share_rests(share, tick(pushing->wire->world)) || p->open)
        return false;
    if (!share_is_plain_today(share, pushing->wire->day))
        return true;
    return pushing->one_by_one[scope] && share->position < p->committed_rows;
}

static enum fault
push_partition(struct pushing *pushing, struct partition *p, struct why *why)
{
    struct whole whole = { .partition = p };
    const struct round round = { .whole = &whole };
    bool wanted[SCOPE_COUNT] = { false };

    for (int s = 0; s < SCOPE_COUNT && partition_is_pushable(p); s++)
        wanted[s] = wants_one(pushing, p, s);
    return push_round(pushing, &round, wanted, why);
}

static void
clear_one_by_one(struct pushing *pushing)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        bool behind = false;
        for (size_t i = 0; i < pushing->owned->count; i++)
            behind = behind || pushing->owned->at[i]->shares[s].position <
                                   pushing->owned->at[i]->committed_rows;
        pushing->one_by_one[s] = pushing->one_by_one[s] && behind;
    }
}

enum fault
push_all(struct pushing *pushing, struct why *why)
{
    enum fault fault = push_together(pushing, why);

    for (size_t i = 0; i < pushing->owned->count && fault == FAULT_NONE; i++)
        fault = push_partition(pushing, pushing->owned->at[i], why);
    clear_one_by_one(pushing);
    for (size_t i = 0; i < pushing->owned->count && fault == FAULT_NONE; i++)
        fault = partition_trim(pushing->owned->at[i], &pushing->fold, why);
    return fault;
}

/* Any partition of ours will do: the PUSH works `whole` out for the scope. */
enum fault
push_again(struct pushing *pushing, struct partition *p, const bool which[SCOPE_COUNT],
           struct why *why)
{
    bool good = true;

    pushes_reset(pushing);
    for (int s = 0; s < SCOPE_COUNT && good && partition_is_pushable(p); s++) {
        const struct share *share = &p->shares[s];
        struct move move = { p, share->tag, share->tag, share->position };

        if (!which[s] || !share_is_plain_today(share, pushing->wire->day))
            continue;
        good = pushes_begin(&pushing->pushes, s) && pushes_move(&pushing->pushes, &move);
        if (good)
            pushes_call(pushing, pushing->wire->day, NULL, 0);
    }
    if (!good)
        return no_memory(why);
    return pushing->pushes.count == 0 ? FAULT_NONE : pushes_run(pushing, why);
}
