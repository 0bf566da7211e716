#include "core/tag.h"
#include "tests/starved/starve.h"
#include "tests/story/truth_inside.h"

/* ---- names of cells ---------------------------------------------------------------- */

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

    if (f == NULL) {
        f = dict_add(&t->names, joined);
        if (t->names.count > t->cell_room)
            grow_cells(t);
        t->cells[t->names.count - 1] = (struct cell_name){
            .bucket = cell_bucket((struct text){ key.at + PREFIX, key.length - PREFIX }, field),
        };
    }
    return (uint32_t)(f - t->names.fields);
}

static void
name_ranking(struct truth *t, uint32_t cell, struct text key, struct text member)
{
    char name[NAME_BYTES];
    struct text joined = truth_join(key, member, name);

    if (t->cells[cell].ranked)
        return;
    t->cells[cell].ranked = true;
    dict_add(&t->rankings, joined)->score = cell;
}

/* ---- from parts to pieces ------------------------------------------------------------- */

struct spreading {
    struct truth *t;
    int log;
    uint32_t message;
    int sign;
};

static void
add_piece(struct truth *t, int log, int scope, struct piece piece)
{
    struct pieces *p = &t->pieces[log][scope];

    if (p->count == p->room) {
        p->room = p->room == 0 ? 64 : 2 * p->room;
        p->list = must_resize(p->list, p->room * sizeof *p->list);
    }
    p->list[p->count++] = piece;
}

static bool
is_ranked_measure(const char *measure)
{
    const char *dot = strchr(measure, '.');

    if (strcmp(measure, "agreements") == 0)
        return true;
    return dot != NULL && strlen(dot) == 4 && strspn(dot + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3 &&
           strcmp(dot + 1, "MOU") != 0; /* the one kind of agreement that looks like money */
}

/* One cell of one window of one pair. */
static void
add_cell(const struct spreading *s, const struct part *part, int scope, int partner,
         const char *window, int days)
{
    char key[KEY_BYTES], field[128], measure[MEASURE_TEXT], dim[DIM_TEXT], top[KEY_BYTES];
    const char *place = scope_code(scope), *who = partner_code(partner);
    bool detail = part->dim.form != DIM_NONE;
    int key_length =
        snprintf(key, sizeof key, "tt:{%s}:%s:%s%s", place, who, window, detail ? ":detail" : "");
    int length;
    uint32_t cell;

    (void)measure_write(part->measure, measure);
    (void)dim_write(part->dim, dim);
    length = snprintf(field, sizeof field, "%s%s%s", detail ? dim : "", detail ? "|" : "", measure);
    cell = cell_number(s->t, (struct text){ key, (size_t)key_length },
                       (struct text){ field, (size_t)length });
    if (!detail && partner != PARTNER_ALL && is_ranked_measure(measure)) {
        length = snprintf(top, sizeof top, "tt:{%s}:top:%s:%s", place, window, measure);
        name_ranking(s->t, cell, (struct text){ top, (size_t)length }, text_of(who));
    }
    add_piece(s->t, s->log, scope,
              (struct piece){ s->message, cell, s->sign * part->amount, part->day, part->span,
                              (int16_t)days });
}

static void
add_month(const struct spreading *s, const struct part *part, int scope, int partner,
          struct date last)
{
    char key[KEY_BYTES], field[128], measure[MEASURE_TEXT];
    int key_length =
        snprintf(key, sizeof key, "tt:{%s}:%s:months", scope_code(scope), partner_code(partner));
    int length;
    uint32_t cell;

    (void)measure_write(part->measure, measure);
    length = snprintf(field, sizeof field, "%04d-%02d|%s", last.year, last.month, measure);
    cell = cell_number(s->t, (struct text){ key, (size_t)key_length },
                       (struct text){ field, (size_t)length });
    add_piece(s->t, s->log, scope,
              (struct piece){ s->message, cell, s->sign * part->amount, part->day, part->span, 0 });
}

/* A part in one pair or margin: all, the year, the windows, the month. */
static void
add_pair(const struct spreading *s, const struct part *part, int scope, int partner)
{
    struct date last = day_to_date(part->day), first = day_to_date(part->day - part->span + 1);
    char window[16];

    add_cell(s, part, scope, partner, "all", 0);
    (void)snprintf(window, sizeof window, "%04d", last.year);
    add_cell(s, part, scope, partner, window, 0);
    for (int w = 0; w < s->t->windows.count; w++) {
        if (part->span > s->t->windows.days[w])
            continue;
        (void)snprintf(window, sizeof window, "%dd", s->t->windows.days[w]);
        add_cell(s, part, scope, partner, window, s->t->windows.days[w]);
    }
    if (part->dim.form == DIM_NONE && first.year == last.year && first.month == last.month)
        add_month(s, part, scope, partner, last);
}

static void
spread_part(void *self, const struct part *part)
{
    const struct spreading *s = self;

    add_pair(s, part, part->province, part->partner);
    if (part->spread == SPREAD_HERE)
        return;
    add_pair(s, part, part->province, PARTNER_ALL);
    if (part->province == PROVINCE_CN)
        return;
    add_pair(s, part, SCOPE_ALL, part->partner);
    add_pair(s, part, SCOPE_ALL, PARTNER_ALL);
}

static struct told_entry *
entry_of(struct truth *t, int log, const struct told *m)
{
    struct told_entry *e;

    for (size_t i = 0; i < t->entry_count[log]; i++) {
        e = &t->entries[log][i];
        if (e->kind == m->kind && text_equal(e->key, m->key))
            return e;
    }
    if (t->entry_count[log] == t->entry_room[log]) {
        t->entry_room[log] = t->entry_room[log] == 0 ? 32 : 2 * t->entry_room[log];
        t->entries[log] = must_resize(t->entries[log], t->entry_room[log] * sizeof *e);
    }
    e = &t->entries[log][t->entry_count[log]++];
    *e = (struct told_entry){ m->key, m->kind, NULL, 0 };
    return e;
}

void
truth_enter(struct truth *t, int log, uint32_t index, const struct told *m)
{
    struct spreading s = { t, log, index, -1 };
    struct told_entry *e = entry_of(t, log, m);
    uint8_t *bytes = must_allocate(e->size + m->item_size);
    bool changed;
    uint8_t won;
    size_t size = entry_take(e->bytes, e->size, m->item, m->item_size, bytes, &changed, &won);

    if (!changed) {
        free(bytes);
        return;
    }
    starve_pause(); /* the truth has memory */
    if (e->size > 0 && !entry_parts(e->bytes, e->size, spread_part, &s))
        abort();
    s.sign = +1;
    if (!entry_parts(bytes, size, spread_part, &s))
        abort();
    starve_resume();
    free(e->bytes);
    e->bytes = bytes;
    e->size = size;
}
