#include "tests/starved/starve.h"
#include "tests/story/truth_inside.h"

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

/* A part in one pair or margin: all, the year, the windows, the month. */
static void
add_pair(const struct spreading *s, const struct part *part, uint32_t dim, int scope, int partner)
{
    const struct windows *windows = &s->t->windows;
    struct date last = day_to_date(part->day), first = day_to_date(part->day - part->span + 1);
    struct cell_place place = { scope, partner, CELLS_ALL, 0, dim, part->measure };
    struct piece piece = { s->message,
                           0,
                           s->sign * part->amount,
                           part->day,
                           part->whole ? part->day - part->span + 1 : part->day,
                           0 };

    piece.cell = truth_place(s->t, &place);
    add_piece(s->t, s->log, scope, piece);
    place.kind = CELLS_YEAR;
    place.when = last.year;
    piece.cell = truth_place(s->t, &place);
    add_piece(s->t, s->log, scope, piece);
    place.kind = CELLS_WINDOW;
    for (int w = 0; w < windows->count; w++) {
        if (part->span > windows->days[w])
            continue;
        place.when = windows->days[w];
        piece.cell = truth_place(s->t, &place);
        piece.window = (int16_t)windows->days[w];
        add_piece(s->t, s->log, scope, piece);
    }
    if (dim != 0 || first.year != last.year || first.month != last.month)
        return;
    place.kind = CELLS_MONTH;
    place.when = last.year * 12 + last.month - 1;
    piece.cell = truth_place(s->t, &place);
    piece.window = 0;
    add_piece(s->t, s->log, scope, piece);
}

static void
spread_part(void *self, const struct part *part)
{
    const struct spreading *s = self;
    uint32_t dim = truth_dim(s->t, part->dim);

    add_pair(s, part, dim, part->province, part->partner);
    if (part->spread == SPREAD_HERE)
        return;
    if (part->spread != SPREAD_PAIRS)
        add_pair(s, part, dim, part->province, PARTNER_ALL);
    if (part->province == PROVINCE_CN)
        return;
    add_pair(s, part, dim, SCOPE_ALL, part->partner);
    if (part->spread != SPREAD_PAIRS)
        add_pair(s, part, dim, SCOPE_ALL, PARTNER_ALL);
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
    uint16_t won;
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
