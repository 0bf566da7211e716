/* The cells of the truth: where they lie, and what they are called in Redis.
 * Names are worked out once for each place in all lives. */
#include "ledger/tag.h"
#include "tests/story/truth_inside.h"

/* ---- names ---------------------------------------------------------------------------- */

static void
grow_cells(struct truth *t)
{
    size_t room = t->cell_room == 0 ? 1024 : 2 * t->cell_room;

    t->cells = must_resize(t->cells, room * sizeof *t->cells);
    t->sums = must_resize(t->sums, room * sizeof *t->sums);
    t->touched_already = must_resize(t->touched_already, room * sizeof *t->touched_already);
    t->asked = must_resize(t->asked, room * sizeof *t->asked);
    t->touched = must_resize(t->touched, room * sizeof *t->touched);
    for (size_t i = t->cell_room; i < room; i++) {
        t->sums[i] = 0;
        t->touched_already[i] = t->asked[i] = false;
    }
    t->cell_room = room;
}

static uint32_t
cell_number(struct truth *t, struct text key, struct text field)
{
    char name[NAME_BYTES];
    struct text joined = truth_join(key, field, name);
    struct dict_field *f = dict_find(&t->names, joined);

    if (f != NULL)
        return (uint32_t)(f - t->names.fields);
    f = dict_add(&t->names, joined);
    if (t->names.count > t->cell_room)
        grow_cells(t);
    t->cells[t->names.count - 1] = (struct cell_name){
        .bucket = cell_bucket((struct text){ key.at + PREFIX, key.length - PREFIX }, field),
    };
    return (uint32_t)(f - t->names.fields);
}

/* Agreements, and money of a flow, of deals and of agreements. */
static bool
is_ranked_measure(const char *measure)
{
    static const char *const families[] = { "export",       "import",       "total",
                                            "deals.export", "deals.import", "deals.total",
                                            "agreements" };
    const char *dot = strrchr(measure, '.');

    if (strcmp(measure, "agreements") == 0)
        return true;
    if (dot == NULL || strlen(dot) != 4 || strspn(dot + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3 ||
        strcmp(dot + 1, "MOU") == 0) /* the one kind of agreement that looks like money */
        return false;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strlen(families[i]) == (size_t)(dot - measure) &&
            memcmp(families[i], measure, (size_t)(dot - measure)) == 0)
            return true;
    return false;
}

/* Groups have longer codes than countries, but for one. */
static bool
is_ranked_partner(const char *code)
{
    return strlen(code) == 2 && strcmp(code, "EU") != 0;
}

static void
name_ranking(struct truth *t, uint32_t cell, const char *scope, const char *window,
             const char *measure, const char *partner)
{
    char name[NAME_BYTES], key[KEY_BYTES];
    int length = snprintf(key, sizeof key, "tt:{%s}:top:%s:%s", scope, window, measure);

    if (t->cells[cell].ranked)
        return;
    t->cells[cell].ranked = true;
    dict_add(&t->rankings, truth_join((struct text){ key, (size_t)length }, text_of(partner), name))
        ->score = cell;
}

static uint32_t
name_place(struct truth *t, const struct cell_place *p)
{
    char key[KEY_BYTES], field[128], measure[MEASURE_TEXT], window[16] = "all";
    const char *scope = scope_code(p->scope), *who = partner_code(p->partner);
    const char *dim = p->dim == 0 ? "" : t->dims.fields[p->dim - 1].name->at;
    int key_length, length;
    uint32_t cell;

    (void)measure_write(p->measure, measure);
    if (p->kind == CELLS_YEAR)
        (void)snprintf(window, sizeof window, "%04d", p->when);
    else if (p->kind == CELLS_WINDOW)
        (void)snprintf(window, sizeof window, "%dd", p->when);
    else if (p->kind == CELLS_MONTH)
        (void)snprintf(window, sizeof window, "months");
    key_length = snprintf(key, sizeof key, "tt:{%s}:%s:%s%s", scope, who, window,
                          p->dim != 0 ? ":detail" : "");
    if (p->kind == CELLS_MONTH)
        length =
            snprintf(field, sizeof field, "%04d-%02d|%s", p->when / 12, p->when % 12 + 1, measure);
    else
        length = snprintf(field, sizeof field, "%s%s%s", dim, p->dim != 0 ? "|" : "", measure);
    cell = cell_number(t, (struct text){ key, (size_t)key_length },
                       (struct text){ field, (size_t)length });
    if (p->kind != CELLS_MONTH && p->dim == 0 && is_ranked_partner(who) &&
        is_ranked_measure(measure))
        name_ranking(t, cell, scope, window, measure, who);
    return cell;
}

/* ---- places --------------------------------------------------------------------------- */

uint32_t
truth_dim(struct truth *t, const struct dim *dim)
{
    char text[DIM_TEXT];
    struct text name;
    struct dict_field *f;

    if (dim->form == DIM_NONE)
        return 0;
    name = (struct text){ text, dim_write(dim, text) };
    f = dict_find(&t->dims, name);
    if (f == NULL)
        f = dict_add(&t->dims, name);
    return (uint32_t)(f - t->dims.fields) + 1;
}

static struct known_place *
place_find(const struct truth *t, uint64_t place, uint64_t measure)
{
    uint64_t hash = (place ^ measure * UINT64_C(0xD1342543DE82EF95)) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (hash ^ hash >> 32) & (t->place_room - 1);

    while (t->places[at].cell != 0 &&
           (t->places[at].place != place || t->places[at].measure != measure))
        at = (at + 1) & (t->place_room - 1);
    return &t->places[at];
}

static void
grow_places(struct truth *t)
{
    struct known_place *old = t->places;
    size_t old_room = t->place_room;

    t->place_room = old_room == 0 ? 4096 : 2 * old_room;
    t->places = must_allocate(t->place_room * sizeof *t->places);
    memset(t->places, 0, t->place_room * sizeof *t->places);
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].cell != 0)
            *place_find(t, old[i].place, old[i].measure) = old[i];
    }
    free(old);
}

uint32_t
truth_place(struct truth *t, const struct cell_place *p)
{
    uint64_t place = (uint64_t)p->scope << 56 | (uint64_t)p->partner << 40 |
                     (uint64_t)p->kind << 32 | (uint64_t)(uint32_t)p->when;
    uint64_t measure = (uint64_t)p->dim << 32 | p->measure;
    struct known_place *known;

    if (2 * t->place_count >= t->place_room)
        grow_places(t);
    known = place_find(t, place, measure);
    if (known->cell == 0) {
        *known = (struct known_place){ place, measure, name_place(t, p) + 1 };
        t->place_count++;
    }
    return known->cell - 1;
}
