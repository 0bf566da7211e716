#include "aggregator/push_inside.h"

/* The arguments of push.lua, from sorted cells. */

enum { FIXED_KEYS = 4, PARTNERS_BYTES = 4 * (PARTNER_COUNT + 2) };

static bool
is_ranked(const struct cell *cell)
{
    return cell_partner(cell) != PARTNER_ALL && !cell_is_detail(cell) &&
           cell_window(cell) != CELL_MONTHS && measure_is_ranked((uint32_t)cell->what);
}

/* A ranking is of a window and a measure. */
static uint64_t
ranking_of(const struct cell *cell)
{
    return (uint64_t)cell_window(cell) << 32 | (uint32_t)cell->what;
}

static int
by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* The rankings that the cells touch, sorted, each once; NULL and 0: none, or
 * no memory (then calls->failed). */
static uint64_t *
rankings_of(struct calls *calls, const struct cell *cells, size_t count, size_t *ranking_count)
{
    uint64_t *list = malloc((count + 1) * sizeof *list);
    size_t n = 0, kept = 0;

    *ranking_count = 0;
    if (list == NULL) {
        calls->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (is_ranked(&cells[i]))
            list[n++] = ranking_of(&cells[i]);
    if (n > 0)
        qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[kept++] = list[i];
    *ranking_count = kept;
    return list;
}

static bool
same_key(const struct cell *a, const struct cell *b)
{
    return a->where >> 23 == b->where >> 23;
}

static void
prefixed(struct aggregator *a, struct text key)
{
    char bytes[PREFIX_BYTES + KEY_BYTES];
    struct text_buffer b = { .at = bytes, .size = sizeof bytes };

    text_put(&b, text_of(a->settings.prefix));
    text_put(&b, key);
    calls_copy(&a->calls, text_done(&b));
}

static size_t
put_keys(struct aggregator *a, int scope, const struct cell *cells, size_t count,
         const uint64_t *rankings, size_t ranking_count)
{
    char key[KEY_BYTES];
    size_t groups = 0;

    for (size_t i = 0; i < count; i++)
        groups += i == 0 || !same_key(&cells[i], &cells[i - 1]);
    calls_integer(&a->calls, (int64_t)(FIXED_KEYS + groups + ranking_count));
    calls_arg(&a->calls, scope_key(a, scope, "tags"));
    calls_arg(&a->calls, scope_key(a, scope, "index"));
    calls_arg(&a->calls, scope_key(a, scope, "asof"));
    calls_arg(&a->calls, scope_key(a, scope, "changes"));
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !same_key(&cells[i], &cells[i - 1]))
            prefixed(a,
                     (struct text){ key, cell_key(&cells[i], scope, &a->settings.windows, key) });
    for (size_t i = 0; i < ranking_count; i++)
        calls_copy(&a->calls,
                   (struct text){ key, key_top(a->settings.prefix, scope, (int)(rankings[i] >> 32),
                                               (uint32_t)rankings[i], &a->settings.windows, key) });
    return groups;
}

static void
put_partners(struct aggregator *a, const struct cell *cells, size_t count)
{
    char bytes[PARTNERS_BYTES];
    struct text_buffer b = { .at = bytes, .size = sizeof bytes };

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && cell_partner(&cells[i]) == cell_partner(&cells[i - 1]))
            continue;
        if (b.length > 0)
            text_put_char(&b, ' ');
        text_put(&b, text_of(partner_code(cell_partner(&cells[i]))));
    }
    calls_copy(&a->calls, text_done(&b));
}

static void
put_tag(struct aggregator *a, const struct tag *tag)
{
    char text[TAG_TEXT];

    calls_copy(&a->calls, (struct text){ text, tag_write(tag, text) });
}

static void
put_field(struct aggregator *a, const struct cell *cell, int64_t ranking_key)
{
    char field[FIELD_BYTES], delta[WIDE_TEXT];

    calls_copy(&a->calls, (struct text){ field, cell_field(cell, a->dims, field) });
    calls_copy(&a->calls, (struct text){ delta, wide_write(cell->delta, delta) });
    calls_integer(&a->calls, ranking_key);
}

static void
put_cells(struct aggregator *a, const struct cell *cells, size_t count, size_t groups,
          const uint64_t *rankings, size_t ranking_count)
{
    size_t group = 0;

    for (size_t i = 0, end; i < count; i = end, group++) {
        for (end = i + 1; end < count && same_key(&cells[end], &cells[i]); end++)
            ;
        calls_integer(&a->calls, (int64_t)(FIXED_KEYS + 1 + group));
        calls_arg(&a->calls, text_of(partner_code(cell_partner(&cells[i]))));
        calls_integer(&a->calls, (int64_t)(end - i));
        for (size_t c = i; c < end; c++) {
            uint64_t ranking = ranking_of(&cells[c]);
            const uint64_t *found = NULL;
            if (is_ranked(&cells[c]))
                found = bsearch(&ranking, rankings, ranking_count, sizeof *rankings, by_number);
            put_field(a, &cells[c],
                      found == NULL ? 0 : (int64_t)(FIXED_KEYS + 1 + groups) + (found - rankings));
        }
    }
}

void
push_call(struct aggregator *a, int scope, const struct move *moves, size_t move_count, int32_t day,
          const struct cell *cells, size_t count)
{
    char day_text[DAY_TEXT];
    size_t ranking_count, groups;
    uint64_t *rankings = rankings_of(&a->calls, cells, count, &ranking_count);
    int32_t all = 0;

    if (rankings == NULL)
        return;
    for (int t = 0; t < TOPIC_COUNT; t++)
        all += a->settings.partitions[t];
    calls_begin(&a->calls, &a->scripts[SCRIPT_PUSH], scope_key(a, scope, "tags"));
    groups = put_keys(a, scope, cells, count, rankings, ranking_count);
    calls_integer(&a->calls, a->world.clock.wall_ms(a->world.clock.self));
    day_write(day, day_text);
    calls_copy(&a->calls, text_of(day_text));
    calls_integer(&a->calls, all);
    put_partners(a, cells, count);
    calls_integer(&a->calls, (int64_t)move_count);
    for (size_t i = 0; i < move_count; i++) {
        calls_arg(&a->calls, text_of(moves[i].partition->name));
        put_tag(a, &moves[i].from);
        put_tag(a, &moves[i].to);
    }
    put_cells(a, cells, count, groups, rankings, ranking_count);
    a->counts.cells += (int64_t)count;
    free(rankings);
}
