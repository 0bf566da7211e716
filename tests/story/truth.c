#include "tests/story/truth.h"

#include "core/tag.h"
#include "tests/story/redis_keys.h"

/* What one part adds to one cell; window 0: whatever the day. */
struct piece {
    uint32_t message, cell;
    int64_t amount;
    int32_t day;
    int16_t span, window;
};
struct pieces {
    struct piece *list;
    size_t count, room;
};

struct told_entry {
    struct text key;
    char kind;
    uint8_t *bytes;
    size_t size;
};

/* A cell is known by its key, a NUL and its field. */
struct cell_name {
    int bucket;
    bool ranked;
};

struct truth {
    struct windows windows;
    struct dict names;    /* text -> position is the cell's number */
    struct dict rankings; /* ranking key, NUL, member -> score is the cell's number */
    struct cell_name *cells;
    size_t cell_room;

    struct pieces pieces[LOGS_MOST + 1][SCOPE_COUNT];
    struct told_entry *entries[LOGS_MOST + 1];
    size_t entry_count[LOGS_MOST + 1], entry_room[LOGS_MOST + 1];

    wide_t *sums; /* by cell */
    bool *touched_already, *asked;
    uint32_t *touched;
    size_t touched_count;
};

struct truth *
truth_new(void)
{
    struct truth *t = must_allocate(sizeof *t);

    memset(t, 0, sizeof *t);
    return t;
}

static void
forget(struct truth *t)
{
    for (int log = 0; log <= LOGS_MOST; log++) {
        for (size_t i = 0; i < t->entry_count[log]; i++)
            free(t->entries[log][i].bytes);
        t->entry_count[log] = 0;
        for (int s = 0; s < SCOPE_COUNT; s++)
            t->pieces[log][s].count = 0;
    }
    truth_clear(t);
}

static void
dict_free(struct dict *d)
{
    for (uint32_t i = 0; i < d->count; i++)
        bytes_drop(d->fields[i].name);
    free(d->fields);
    free(d->index);
}

void
truth_free(struct truth *t)
{
    if (t == NULL)
        return;
    forget(t);
    for (int log = 0; log <= LOGS_MOST; log++) {
        free(t->entries[log]);
        for (int s = 0; s < SCOPE_COUNT; s++)
            free(t->pieces[log][s].list);
    }
    dict_free(&t->names);
    dict_free(&t->rankings);
    free(t->cells);
    free(t->sums);
    free(t->touched_already);
    free(t->asked);
    free(t->touched);
    free(t);
}

void
truth_begin(struct truth *t, const struct windows *windows)
{
    forget(t);
    t->windows = *windows;
}

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

static struct text
join(struct text key, struct text field, char *out)
{
    memcpy(out, key.at, key.length);
    out[key.length] = '\0';
    if (field.length > 0)
        memcpy(out + key.length + 1, field.at, field.length);
    return (struct text){ out, key.length + 1 + field.length };
}

/* PUSH adds nothing to a total of 19 digits. */
#define TOTAL_LIMIT (10 * AMOUNT_LIMIT)

enum { NAME_BYTES = 512, PREFIX = 3 /* "tt:" */ };

static uint32_t
cell_number(struct truth *t, struct text key, struct text field)
{
    char name[NAME_BYTES];
    struct text joined = join(key, field, name);
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
    struct text joined = join(key, member, name);

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
    if (e->size > 0 && !entry_parts(e->bytes, e->size, spread_part, &s))
        abort();
    s.sign = +1;
    if (!entry_parts(bytes, size, spread_part, &s))
        abort();
    free(e->bytes);
    e->bytes = bytes;
    e->size = size;
}

/* ---- sums ------------------------------------------------------------------------------ */

void
truth_clear(struct truth *t)
{
    for (size_t i = 0; i < t->touched_count; i++) {
        uint32_t cell = t->touched[i];

        t->sums[cell] = 0;
        t->touched_already[cell] = t->asked[cell] = false;
    }
    t->touched_count = 0;
}

void
truth_expect(struct truth *t, int log, uint32_t end, int scope, int32_t day, int from, int to)
{
    const struct pieces *p = &t->pieces[log][scope];

    for (size_t i = 0; i < p->count && p->list[i].message < end; i++) {
        const struct piece *piece = &p->list[i];

        if (piece->window > 0 && !(piece->day <= day && day - piece->window < piece->day))
            continue;
        if (t->cells[piece->cell].bucket < from || t->cells[piece->cell].bucket >= to)
            continue;
        t->sums[piece->cell] += piece->amount;
        if (!t->touched_already[piece->cell]) {
            t->touched_already[piece->cell] = true;
            t->touched[t->touched_count++] = piece->cell;
        }
    }
}

wide_t
truth_value(const struct truth *t, struct text key, struct text field)
{
    char name[NAME_BYTES];
    const struct dict_field *f;

    if (key.length + field.length + 1 > sizeof name)
        return 0;
    f = dict_find(&t->names, join(key, field, name));
    if (f == NULL)
        return 0;
    t->asked[f - t->names.fields] = true;
    return t->sums[f - t->names.fields];
}

wide_t
truth_score(const struct truth *t, struct text key, struct text member)
{
    char name[NAME_BYTES];
    const struct dict_field *f;

    if (key.length + member.length + 1 > sizeof name)
        return 0;
    f = dict_find(&t->rankings, join(key, member, name));
    return f == NULL ? 0 : t->sums[(size_t)f->score];
}

size_t
truth_cells(const struct truth *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->touched_count; i++)
        n += t->sums[t->touched[i]] != 0;
    return n;
}

size_t
truth_scores(const struct truth *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->touched_count; i++)
        n += t->cells[t->touched[i]].ranked && t->sums[t->touched[i]] != 0;
    return n;
}

uint64_t
truth_digest(const struct truth *t)
{
    uint64_t digest = 0;

    for (size_t i = 0; i < t->touched_count; i++) {
        struct dice mix = { t->touched[i] * UINT64_C(0x9E3779B97F4A7C15) ^
                            (uint64_t)t->sums[t->touched[i]] };

        if (t->sums[t->touched[i]] != 0)
            digest += dice_bits(&mix);
    }
    return digest;
}

bool
truth_is_huge(const struct truth *t)
{
    for (size_t i = 0; i < t->touched_count; i++) {
        wide_t sum = t->sums[t->touched[i]];

        if (sum >= TOTAL_LIMIT || sum <= -TOTAL_LIMIT)
            return true;
    }
    return false;
}

void
truth_name_missing(const struct truth *t, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < t->touched_count; i++) {
        uint32_t cell = t->touched[i];
        const char *key = t->names.fields[cell].name->at;
        char number[WIDE_TEXT];

        if (t->sums[cell] == 0 || t->asked[cell])
            continue;
        (void)wide_write(t->sums[cell], number);
        (void)snprintf(out, size, "%s %s should be %s and is not there", key, key + strlen(key) + 1,
                       number);
        return;
    }
}
