#include "aggregator/push_inside.h"

enum { REST_MS = 1000 };

bool
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

bool
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

void
pushes_reset(struct aggregator *a)
{
    a->pushes.count = 0;
    a->pushes.move_count = 0;
    calls_reset(&a->calls);
}

/* The PUSH of the last entry of the list, from the cells as they are sorted. */
void
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
    share->rest_until = 0;
    share->sent = (struct tag){ .form = TAG_EMPTY };
}

static void
take_mismatch(struct aggregator *a, const struct push *push, const struct answer *answer)
{
    a->counts.mismatches++;
    a->audit_soon = true;
    for (size_t i = 0; i < push->move_count; i++) {
        struct partition *p = a->pushes.moves[push->first_move + i].partition;
        struct text tag = answer_item(answer, i + 1);
        if (p->held) /* swapped already, it may be */
            scope_away(a, push->scope);
        else
            resolve_tag(p, push->scope, tag.at == NULL ? TEXT_LITERAL("") : tag);
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
enum fault
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
        } else if (answer->kind == ANSWER_AWAY) {
            scope_away(a, push->scope);
        }
    }
    return fault;
}
