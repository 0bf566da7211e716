#include "aggregator/push_inside.h"

/* The arguments of push.lua, from sorted cells. */

enum { FIXED_KEYS = 4, PARTNERS_BYTES = 4 * (PARTNER_COUNT + 2) };

/* The cells first .. end - 1 are of one hash. */
struct group {
    size_t first, end;
    uint32_t shape; /* which fields it has: 1.. */
};

/* Windows and measures that have rankings; a ranking is one of each. */
struct list {
    uint32_t *at;
    size_t count, room;
};

/* One PUSH while it is put together. */
struct layout {
    struct aggregator *a;
    int scope;
    const struct cell *cells;
    size_t cell_count;
    struct group *groups;
    size_t group_count;
    uint32_t *shapes; /* the group that each shape was first seen in */
    size_t shape_count;
    struct list windows, measures;
};

/* ---- hashes and their shapes ------------------------------------------------------- */

static bool
is_ranked_hash(const struct cell *cell)
{
    return cell_partner(cell) != PARTNER_ALL && !cell_is_detail(cell) &&
           cell_window(cell) != CELL_MONTHS;
}

static bool
same_field(const struct cell *a, const struct cell *b)
{
    return cell_month(a) == cell_month(b) && a->what == b->what;
}

static bool
same_fields(const struct cell *cells, const struct group *a, const struct group *b)
{
    if (a->end - a->first != b->end - b->first)
        return false;
    for (size_t i = 0; i < a->end - a->first; i++)
        if (!same_field(&cells[a->first + i], &cells[b->first + i]))
            return false;
    return true;
}

static uint64_t
hash_of_fields(const struct cell *cells, const struct group *g)
{
    uint64_t hash = 0;

    for (size_t i = g->first; i < g->end; i++)
        hash = fold_hash(hash ^ (uint64_t)cell_month(&cells[i]), cells[i].what);
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
find_shapes(struct layout *l, uint32_t *slots, size_t size)
{
    for (size_t g = 0; g < l->group_count; g++) {
        struct group *group = &l->groups[g];
        size_t at = hash_of_fields(l->cells, group) & (size - 1);

        while (slots[at] != 0 &&
               !same_fields(l->cells, group, &l->groups[l->shapes[slots[at] - 1]]))
            at = (at + 1) & (size - 1);
        if (slots[at] == 0) {
            l->shapes[l->shape_count] = (uint32_t)g;
            slots[at] = (uint32_t)++l->shape_count;
        }
        group->shape = slots[at];
    }
}

/* ---- rankings ------------------------------------------------------------------------ */

/* The place of a number in a list, from 1; 0: it is not there.  Lists are
 * short: windows and years, currencies. */
static size_t
place_in(const struct list *list, uint32_t number)
{
    size_t i = 0;

    while (i < list->count && list->at[i] != number)
        i++;
    return i < list->count ? i + 1 : 0;
}

static void
note(struct list *list, uint32_t number, bool *failed)
{
    if (place_in(list, number) > 0)
        return;
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 32 : list->room * 2;
        uint32_t *bigger = realloc(list->at, room * sizeof *bigger);
        if (bigger == NULL) {
            *failed = true;
            return;
        }
        list->at = bigger;
        list->room = room;
    }
    list->at[list->count++] = number;
}

/* Every window and measure that some cell's ranking is of. */
static void
find_rankings(struct layout *l)
{
    for (size_t g = 0; g < l->group_count; g++) {
        const struct cell *first = &l->cells[l->groups[g].first];

        if (!is_ranked_hash(first))
            continue;
        note(&l->windows, (uint32_t)cell_window(first), &l->a->calls.failed);
        for (size_t i = l->groups[g].first; i < l->groups[g].end; i++)
            if (measure_is_ranked((uint32_t)l->cells[i].what))
                note(&l->measures, (uint32_t)l->cells[i].what, &l->a->calls.failed);
    }
}

/* The place of a field's ranking among those of its window, or 0. */
static size_t
rank_of(const struct layout *l, const struct cell *cell)
{
    if (cell->what >> 32 != 0 || cell_month(cell) != 0)
        return 0;
    return place_in(&l->measures, (uint32_t)cell->what);
}

/* ---- writing --------------------------------------------------------------------------- */

static void
put_key(struct layout *l, const struct cell *cell)
{
    char key[KEY_BYTES], bytes[PREFIX_BYTES + KEY_BYTES];
    struct text_buffer b = { .at = bytes, .size = sizeof bytes };

    text_put(&b, text_of(l->a->settings.prefix));
    text_put(&b, (struct text){ key, cell_key(cell, l->scope, &l->a->settings.windows, key) });
    calls_copy(&l->a->calls, text_done(&b));
}

static void
put_ranking_key(struct layout *l, uint32_t window, uint32_t measure)
{
    char key[KEY_BYTES];

    calls_copy(&l->a->calls,
               (struct text){ key, key_top(l->a->settings.prefix, l->scope, (int)window, measure,
                                           &l->a->settings.windows, key) });
}

static void
put_keys(struct layout *l)
{
    struct calls *calls = &l->a->calls;

    calls_integer(calls,
                  (int64_t)(FIXED_KEYS + l->group_count + l->windows.count * l->measures.count));
    calls_arg(calls, scope_key(l->a, l->scope, "tags"));
    calls_arg(calls, scope_key(l->a, l->scope, "index"));
    calls_arg(calls, scope_key(l->a, l->scope, "asof"));
    calls_arg(calls, scope_key(l->a, l->scope, "changes"));
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
    calls_copy(&l->a->calls, text_done(&b));
}

static void
put_tag(struct calls *calls, const struct tag *tag)
{
    char text[TAG_TEXT];

    calls_copy(calls, (struct text){ text, tag_write(tag, text) });
}

static void
put_moves(struct calls *calls, const struct move *moves, size_t count)
{
    calls_integer(calls, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        calls_arg(calls, text_of(moves[i].partition->name));
        put_tag(calls, &moves[i].from);
        put_tag(calls, &moves[i].to);
    }
}

static void
put_shape(struct layout *l, const struct group *group)
{
    struct calls *calls = &l->a->calls;
    char field[FIELD_BYTES];
    bool ranked = false;

    for (size_t i = group->first; i < group->end; i++)
        ranked = ranked || rank_of(l, &l->cells[i]) > 0;
    calls_integer(calls, (int64_t)(group->end - group->first));
    calls_integer(calls, ranked);
    for (size_t i = group->first; i < group->end; i++)
        calls_copy(calls, (struct text){ field, cell_field(&l->cells[i], l->a->dims, field) });
    for (size_t i = group->first; ranked && i < group->end; i++)
        calls_integer(calls, (int64_t)rank_of(l, &l->cells[i]));
}

/* The number of the key before the first ranking of the hash's window, or 0. */
static size_t
base_of(struct layout *l, const struct cell *cell)
{
    if (!is_ranked_hash(cell))
        return 0;
    return FIXED_KEYS + l->group_count +
           (place_in(&l->windows, (uint32_t)cell_window(cell)) - 1) * l->measures.count;
}

static void
put_hash(struct layout *l, const struct group *group)
{
    const struct cell *first = &l->cells[group->first];
    struct calls *calls = &l->a->calls;
    size_t base = base_of(l, first);
    char delta[WIDE_TEXT];

    calls_integer(calls, group->shape);
    calls_integer(calls, (int64_t)base);
    if (base > 0)
        calls_arg(calls, text_of(partner_code(cell_partner(first))));
    for (size_t i = group->first; i < group->end; i++)
        calls_copy(calls, (struct text){ delta, wide_write(l->cells[i].delta, delta) });
}

static void
put_all(struct layout *l, const struct move *moves, size_t move_count, int32_t day)
{
    struct aggregator *a = l->a;
    char day_text[DAY_TEXT];
    int32_t all = 0;

    for (int t = 0; t < TOPIC_COUNT; t++)
        all += a->settings.partitions[t];
    calls_begin(&a->calls, &a->scripts[SCRIPT_PUSH], scope_key(a, l->scope, "tags"));
    put_keys(l);
    calls_integer(&a->calls, a->world.clock.wall_ms(a->world.clock.self));
    day_write(day, day_text);
    calls_copy(&a->calls, text_of(day_text));
    calls_integer(&a->calls, all);
    put_partners(l);
    put_moves(&a->calls, moves, move_count);
    calls_integer(&a->calls, (int64_t)l->shape_count);
    for (size_t s = 0; s < l->shape_count; s++)
        put_shape(l, &l->groups[l->shapes[s]]);
    for (size_t g = 0; g < l->group_count; g++)
        put_hash(l, &l->groups[g]);
    a->counts.cells += (int64_t)l->cell_count;
}

void
push_call(struct aggregator *a, int scope, const struct move *moves, size_t move_count, int32_t day,
          const struct cell *cells, size_t count)
{
    size_t size = 64;
    struct group *groups = malloc((count + 1) * sizeof *groups);
    uint32_t *shapes = malloc((count + 1) * sizeof *shapes), *slots;
    struct layout l = { .a = a,
                        .scope = scope,
                        .cells = cells,
                        .cell_count = count,
                        .groups = groups,
                        .shapes = shapes };

    while (size < 2 * count)
        size *= 2;
    slots = calloc(size, sizeof *slots);
    if (groups == NULL || shapes == NULL || slots == NULL) {
        a->calls.failed = true;
    } else {
        find_groups(&l);
        find_shapes(&l, slots, size);
        find_rankings(&l);
        put_all(&l, moves, move_count, day);
    }
    free(slots);
    free(shapes);
    free(groups);
    free(l.windows.at);
    free(l.measures.at);
}
