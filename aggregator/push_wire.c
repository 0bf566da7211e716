/* PUSHes on the wire: which scopes and which moves of tags one run has, the arguments of push.lua
 * made from sorted cells, and what the answers mean. */
#include "aggregator/push_inside.h"

#include "base/grow.h"

enum {
    REST_MS = 1000,
    PARTNERS_BYTES = (PARTNER_CODE_MOST + 1) * (PARTNER_COUNT + 2),
};

/* ---- the list of a run --------------------------------------------------------------- */

bool
pushes_begin(struct pushes *pushes, int scope)
{
    struct push *list = grow(pushes->list, &pushes->room, pushes->count + 1, sizeof *list);

    if (list == NULL)
        return false;
    pushes->list = list;
    list[pushes->count++] = (struct push){ scope, pushes->move_count, 0 };
    return true;
}

bool
pushes_move(struct pushes *pushes, const struct move *move)
{
    struct move *moves =
        grow(pushes->moves, &pushes->move_room, pushes->move_count + 1, sizeof *moves);

    if (moves == NULL)
        return false;
    pushes->moves = moves;
    moves[pushes->move_count++] = *move;
    pushes->list[pushes->count - 1].move_count++;
    return true;
}

void
pushes_drop(struct pushes *pushes)
{
    pushes->move_count = pushes->list[--pushes->count].first_move;
}

void
pushes_reset(struct pushing *pushing)
{
    pushing->pushes.count = 0;
    pushing->pushes.move_count = 0;
    calls_reset(&pushing->wire->calls);
}

/* ---- one PUSH ----------------------------------------------------------------------- */

/* The cells first .. end - 1 are of one hash. */
struct group {
    size_t first, end;
    uint32_t list; /* its fields and differences: 1.. */
};

/* Windows and measures that have rankings; a ranking is one of each. */
struct numbers {
    uint32_t *at;
    size_t count, room;
};

/* One PUSH while it is put together. */
struct layout {
    struct wire *wire;
    const struct dim_table *dims;
    int scope;
    const struct sum *cells;
    size_t cell_count;
    struct group *groups;
    size_t group_count;
    uint32_t *lists; /* the group that each list was first seen in */
    size_t list_count;
    struct numbers windows, measures;
};

/* ---- hashes and their lists -------------------------------------------------------- */

/* What happened today changes all windows of a pair alike: the list goes once. */
static bool
same_difference(const struct sum *a, const struct sum *b)
{
    return cell_month(a) == cell_month(b) && a->what == b->what && a->amount == b->amount;
}

static bool
same_list(const struct sum *cells, const struct group *a, const struct group *b)
{
    if (a->end - a->first != b->end - b->first)
        return false;
    for (size_t i = 0; i < a->end - a->first; i++)
        if (!same_difference(&cells[a->first + i], &cells[b->first + i]))
            return false;
    return true;
}

static uint64_t
hash_of_list(const struct sum *cells, const struct group *g)
{
    uint64_t hash = 0;

    for (size_t i = g->first; i < g->end; i++)
        hash = sums_hash(hash ^ (uint64_t)cell_month(&cells[i]) ^ (uint64_t)cells[i].amount << 23,
                         cells[i].what);
    return hash;
}

static void
find_groups(struct layout *l)
{
    for (size_t i = 0, end; i < l->cell_count; i = end) {
        for (end = i + 1; end < l->cell_count && cell_same_key(&l->cells[end], &l->cells[i]); end++)
            ;
        l->groups[l->group_count++] = (struct group){ i, end, 0 };
    }
}

/* slots: `size` numbers, 0; a power of two, more than there are groups. */
static void
find_lists(struct layout *l, uint32_t *slots, size_t size)
{
    for (size_t g = 0; g < l->group_count; g++) {
        struct group *group = &l->groups[g];
        size_t at = hash_of_list(l->cells, group) & (size - 1);

        while (slots[at] != 0 && !same_list(l->cells, group, &l->groups[l->lists[slots[at] - 1]]))
            at = (at + 1) & (size - 1);
        if (slots[at] == 0) {
            l->lists[l->list_count] = (uint32_t)g;
            slots[at] = (uint32_t)++l->list_count;
        }
        group->list = slots[at];
    }
}

/* ---- rankings ------------------------------------------------------------------------ */

/* The place of a number among others, from 1; 0: it is not there.  They are
 * few: windows and years, currencies. */
static size_t
place_in(const struct numbers *numbers, uint32_t number)
{
    size_t i = 0;

    while (i < numbers->count && numbers->at[i] != number)
        i++;
    return i < numbers->count ? i + 1 : 0;
}

static void
note(struct numbers *numbers, uint32_t number, bool *failed)
{
    uint32_t *at;

    if (place_in(numbers, number) > 0)
        return;
    at = grow(numbers->at, &numbers->room, numbers->count + 1, sizeof *at);
    if (at == NULL) {
        *failed = true;
        return;
    }
    numbers->at = at;
    at[numbers->count++] = number;
}

/* Every window and measure that some cell's ranking is of. */
static void
find_rankings(struct layout *l)
{
    for (size_t g = 0; g < l->group_count; g++) {
        const struct sum *first = &l->cells[l->groups[g].first];

        if (!cell_is_of_rankings(first))
            continue;
        note(&l->windows, (uint32_t)cell_window(first), &l->wire->calls.failed);
        for (size_t i = l->groups[g].first; i < l->groups[g].end; i++)
            if (measure_is_ranked((uint32_t)l->cells[i].what))
                note(&l->measures, (uint32_t)l->cells[i].what, &l->wire->calls.failed);
    }
}

/* The place of a field's ranking among those of its window, or 0. */
static size_t
rank_of(const struct layout *l, const struct sum *cell)
{
    if (cell->what >> 32 != 0 || cell_month(cell) != 0)
        return 0;
    return place_in(&l->measures, (uint32_t)cell->what);
}

/* ---- writing --------------------------------------------------------------------------- */

static void
put_key(struct layout *l, const struct sum *cell)
{
    char key[KEY_BYTES], bytes[PREFIX_BYTES + KEY_BYTES];
    struct text_buffer b = { .at = bytes, .size = sizeof bytes };

    text_put(&b, text_of(l->wire->settings->prefix));
    text_put(&b, (struct text){ key, cell_key(cell, l->scope, &l->wire->settings->windows, key) });
    calls_copy(&l->wire->calls, text_done(&b));
}

static void
put_ranking_key(struct layout *l, uint32_t window, uint32_t measure)
{
    char key[KEY_BYTES];

    calls_copy(&l->wire->calls,
               (struct text){ key, key_top(l->wire->settings->prefix, l->scope, (int)window,
                                           measure, &l->wire->settings->windows, key) });
}

/* The script with the scope's own keys, then those of its totals. */
static void
put_keys(struct layout *l)
{
    call_scope_script(
        l->wire, SCRIPT_PUSH,
        (int64_t)(SCOPE_OWN_KEYS + l->group_count + l->windows.count * l->measures.count),
        l->scope);
    for (size_t g = 0; g < l->group_count; g++)
        put_key(l, &l->cells[l->groups[g].first]);
    for (size_t w = 0; w < l->windows.count; w++)
        for (size_t m = 0; m < l->measures.count; m++)
            put_ranking_key(l, l->windows.at[w], l->measures.at[m]);
}

static void
put_partners(struct layout *l)
{
    char bytes[PARTNERS_BYTES];
    struct text_buffer b = { .at = bytes, .size = sizeof bytes };
    int last = -1;

    for (size_t g = 0; g < l->group_count; g++) {
        int partner = cell_partner(&l->cells[l->groups[g].first]);

        if (partner == last)
            continue;
        if (b.length > 0)
            text_put_char(&b, ' ');
        text_put(&b, text_of(partner_code(partner)));
        last = partner;
    }
    calls_copy(&l->wire->calls, text_done(&b));
}

/* Up to where the share is read that the move leads to; 0: only the owner's own last version is
 * known. */
static int64_t
next_of(const struct move *move)
{
    const struct partition *p = move->partition;
    struct version to = move->to.form == TAG_HALF ? move->to.to.version : move->to.from.version;

    return version_equal(to, p->version) ? p->next : 0;
}

static void
put_moves(struct calls *calls, const struct move *moves, size_t count)
{
    calls_integer(calls, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        calls_arg(calls, text_of(moves[i].partition->name));
        put_tag(calls, &moves[i].from);
        put_tag(calls, &moves[i].to);
        calls_integer(calls, next_of(&moves[i]));
    }
}

/* Has it at most 15 characters?  Such a one push.lua may take as a Lua number. */
static bool
is_short(wide_t difference)
{
    const int64_t below = INT64_C(1000000000000000);

    return -below / 10 < difference && difference < below;
}

static void
put_list(struct layout *l, const struct group *group)
{
    struct calls *calls = &l->wire->calls;
    char field[FIELD_BYTES], difference[WIDE_TEXT];
    bool all_short = true;
    int64_t ranked = 0;

    for (size_t i = group->first; i < group->end; i++) {
        all_short = all_short && is_short(l->cells[i].amount);
        ranked += rank_of(l, &l->cells[i]) > 0;
    }
    calls_integer(calls, (int64_t)(group->end - group->first));
    calls_integer(calls, all_short);
    calls_integer(calls, ranked);
    for (size_t i = group->first; i < group->end; i++) {
        const struct sum *cell = &l->cells[i];

        calls_copy(calls, (struct text){ field, cell_field(cell, l->dims, field) });
        calls_copy(calls, (struct text){ difference, wide_write(cell->amount, difference) });
    }
    for (size_t i = group->first; ranked > 0 && i < group->end; i++) {
        size_t rank = rank_of(l, &l->cells[i]);

        if (rank == 0)
            continue;
        calls_integer(calls, (int64_t)(i - group->first + 1));
        calls_integer(calls, (int64_t)rank);
    }
}

/* The number of the key before the first ranking of the hash's window, or 0. */
static size_t
base_of(struct layout *l, const struct sum *cell)
{
    if (!cell_is_of_rankings(cell))
        return 0;
    return SCOPE_OWN_KEYS + l->group_count +
           (place_in(&l->windows, (uint32_t)cell_window(cell)) - 1) * l->measures.count;
}

static void
put_hash(struct layout *l, const struct group *group)
{
    const struct sum *first = &l->cells[group->first];
    struct calls *calls = &l->wire->calls;
    size_t base = base_of(l, first);

    calls_integer(calls, group->list);
    calls_integer(calls, (int64_t)base);
    if (base > 0)
        calls_arg(calls, text_of(partner_code(cell_partner(first))));
}

static void
put_all(struct layout *l, const struct move *moves, size_t move_count, int32_t day)
{
    struct calls *calls = &l->wire->calls;

    put_keys(l);
    calls_integer(calls, clock_wall(&l->wire->world->clock));
    put_day(calls, day);
    calls_integer(calls, partitions_of_all(l->wire->settings));
    put_partners(l);
    put_moves(calls, moves, move_count);
    calls_integer(calls, (int64_t)l->list_count);
    for (size_t i = 0; i < l->list_count; i++)
        put_list(l, &l->groups[l->lists[i]]);
    for (size_t g = 0; g < l->group_count; g++)
        put_hash(l, &l->groups[g]);
}

void
push_call(struct pushing *pushing, int scope, const struct move *moves, size_t move_count,
          int32_t day, const struct sum *cells, size_t count)
{
    size_t size = 64;
    struct group *groups = malloc((count + 1) * sizeof *groups);
    uint32_t *lists = malloc((count + 1) * sizeof *lists), *slots;
    struct layout l = { .wire = pushing->wire,
                        .dims = pushing->dims,
                        .scope = scope,
                        .cells = cells,
                        .cell_count = count,
                        .groups = groups,
                        .lists = lists };

    while (size < 2 * count)
        size *= 2;
    slots = calloc(size, sizeof *slots);
    if (groups == NULL || lists == NULL || slots == NULL) {
        pushing->wire->calls.failed = true;
    } else {
        find_groups(&l);
        find_lists(&l, slots, size);
        find_rankings(&l);
        put_all(&l, moves, move_count, day);
        pushing->counts->cells += (int64_t)count;
    }
    free(slots);
    free(lists);
    free(groups);
    free(l.windows.at);
    free(l.measures.at);
}

/* The PUSH of the last entry of the list, from the cells as they are sorted. */
void
pushes_call(struct pushing *pushing, int32_t day, const struct sum *cells, size_t count)
{
    const struct pushes *pushes = &pushing->pushes;
    const struct push *push = &pushes->list[pushes->count - 1];

    push_call(pushing, push->scope, pushes->moves + push->first_move, push->move_count, day, cells,
              count);
}

/* ---- answers ------------------------------------------------------------------------ */

static void
take_mismatch(struct pushing *pushing, const struct push *push, const struct answer *answer)
{
    pushing->counts->mismatches++;
    pushing->wire->audit_soon = true;
    for (size_t i = 0; i < push->move_count; i++) {
        struct partition *p = pushing->pushes.moves[push->first_move + i].partition;
        struct text tag = answer_item(answer, i + 1);
        if (p->held) /* swapped already, it may be */
            scope_away(pushing->wire, pushing->owned, push->scope);
        else
            resolve_tag(p, push->scope, tag.at == NULL ? TEXT_LITERAL("") : tag);
    }
}

static void
take_range(struct pushing *pushing, const struct push *push, const struct answer *answer)
{
    const struct world *world = pushing->wire->world;
    const struct move *move = &pushing->pushes.moves[push->first_move];
    struct text field = answer_item(answer, 1);

    if (push->move_count > 1) {
        pushing->one_by_one[push->scope] = true;
        return;
    }
    pushing->counts->ranges++;
    move->partition->shares[push->scope].rest_until = tick(world) + REST_MS;
    log_say(world->log, LOG_ERROR, "total out of range", LOG_S("scope", scope_code(push->scope)),
            LOG_S("partition", move->partition->name), LOG_T("field", field));
}

/* What each share is on its way to: an answer may be lost, and the tag be read later. */
static void
note_sent(const struct pushes *pushes)
{
    for (size_t i = 0; i < pushes->count; i++) {
        const struct push *push = &pushes->list[i];
        for (size_t m = push->first_move; m < push->first_move + push->move_count; m++) {
            struct share *share = &pushes->moves[m].partition->shares[push->scope];
            share->sent = pushes->moves[m].to;
            share->sent_position = pushes->moves[m].to_position;
        }
    }
}

/* Send the list, take every answer that came. */
enum fault
pushes_run(struct pushing *pushing, struct why *why)
{
    const struct pushes *pushes = &pushing->pushes;
    enum fault fault;

    note_sent(pushes);
    fault = wire_run(pushing->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < pushes->count; i++) {
        const struct push *push = &pushes->list[i];
        const struct answer *answer = &pushing->wire->calls.answers[i];

        if (answer_is(answer, "OK")) {
            pushing->counts->pushes++;
            for (size_t m = 0; m < push->move_count; m++)
                if (share_moved(&pushes->moves[push->first_move + m], push->scope))
                    pushing->fills = true;
        } else if (answer_is(answer, "MISMATCH")) {
            take_mismatch(pushing, push, answer);
        } else if (answer_is(answer, "RANGE")) {
            take_range(pushing, push, answer);
        } else if (answer->kind == ANSWER_AWAY) {
            scope_away(pushing->wire, pushing->owned, push->scope);
        }
    }
    return fault;
}
