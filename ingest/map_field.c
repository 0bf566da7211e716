/* A field of a row: its text is found, and changed as the map says.
 *
 * What can't be worked out is noted under the name that a record's own fault would
 * have; all else is left to the judge of every line. */
#include "ingest/map_making.h"

#include "base/day.h"
#include "base/log.h"
#include "record/field.h"
#include "record/hint.h"

#include <assert.h>

#define SHOWN(t) (int)((t).length < 60 ? (t).length : 60), (t).at

/* ---- faults ------------------------------------------------------------------------- */

static enum fault
refusal_of(const struct map_field *f)
{
    if (f->target == TARGET_PERIOD || f->target == FIELD_PERIOD_START ||
        f->target == FIELD_PERIOD_END)
        return BAD_PERIOD;
    return f->target < FIELD_COUNT ? field_refusal((enum field)f->target) : BAD_TEXT;
}

/* As struct why names it. */
static const char *
field_said(const struct map_field *f)
{
    if (f->target == TARGET_PERIOD)
        return "period";
    if (f->target == TARGET_SOURCE_NAME)
        return "source.name";
    if (f->target == TARGET_SOURCE_URL)
        return "source.url";
    return f->target < FIELD_COUNT ? field_name((enum field)f->target) : "attributes";
}

#define fault_of(m, f, fault, ...)                                                                 \
    note((m), (fault), why_field(next_why(m), (fault), field_said(f), __VA_ARGS__))

/* Where the next sentence goes; NULL: nobody will read it. */
static struct why *
next_why(struct making *m)
{
    struct mapped *out = m->mapped;

    return out->count < MAP_FAULTS_MOST ? &out->faults[out->count].why : NULL;
}

static void
note(struct making *m, enum fault fault, enum fault said)
{
    struct mapped *out = m->mapped;

    (void)said;
    if (out->count < MAP_FAULTS_MOST)
        out->faults[out->count].fault = fault;
    out->count++;
}

/* ---- texts that are worked out ------------------------------------------------------ */

/* A copy that lasts as long as the line.  Absent: there is no room, and the row is too large. */
static struct text
keep(struct making *m, struct text t)
{
    size_t at = m->scratch->length;

    text_put(m->scratch, t);
    if (m->scratch->full)
        return (struct text){ NULL, 0 };
    return (struct text){ m->scratch->at + at, t.length };
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text
making_trimmed(struct text t)
{
    while (t.at != NULL && t.length > 0 && is_blank(t.at[0]))
        t = (struct text){ t.at + 1, t.length - 1 };
    while (t.at != NULL && t.length > 0 && is_blank(t.at[t.length - 1]))
        t.length--;
    return t;
}

static bool
is_free(const struct map_field *f)
{
    return f->target >= FIELD_COUNT ? f->target != TARGET_PERIOD
                                    : f->target == FIELD_TITLE || f->target == FIELD_GROWTH ||
                                          f->target == FIELD_PARTIES;
}

static bool
says_nothing(const struct map *map, const struct map_field *f, struct text t)
{
    bool nothing = t.length == 0;

    for (int i = 0; i < f->empty.count && !nothing; i++)
        nothing = text_equal(map->items[f->empty.from + i].from, t);
    return nothing;
}

/* ---- codes, dates, numbers ---------------------------------------------------------- */

static bool
make_code(struct making *m, const struct map_field *f, struct text *t)
{
    struct text written = *t;
    char hint[HINT_BYTES];

    if (!f->codes.is_set)
        return true;
    if (codes_find(m->map, f, written, t))
        return true;
    if (f->target < FIELD_COUNT && hint_of((enum field)f->target, m->map->type, written, hint))
        fault_of(m, f, refusal_of(f), "\"%.*s\" is not in the map's codes; it may mean %s",
                 SHOWN(written), hint);
    else
        fault_of(m, f, refusal_of(f),
                 "\"%.*s\" is not in the map's codes; wanted: a pair for it "
                 "in %.*s.codes, or a rule that skips such rows",
                 SHOWN(written), SHOWN(f->name));
    return false;
}

static struct text
keep_day(struct making *m, int32_t day, bool as_instant)
{
    char text[DAY_TEXT + sizeof "T00:00:00+08:00"];
    struct text_buffer b = { .at = text, .size = sizeof text };
    char written[DAY_TEXT];

    day_write(day, written);
    text_put(&b, text_of(written));
    if (as_instant)
        text_put(&b, TEXT_LITERAL("T00:00:00+08:00"));
    return keep(m, text_done(&b));
}

static void
make_date(struct making *m, const struct map_field *f, struct made *out)
{
    bool is_instant = f->target < FIELD_COUNT && field_rules[f->target].form == FORM_INSTANT;
    bool is_last = f->target == FIELD_PERIOD_END;

    for (int i = 0; i < f->pattern_count; i++) {
        int32_t first, last;

        if (!date_read(out->text, f->patterns[i], f->span, &first, &last))
            continue;
        if (first != last && !is_last && f->target != TARGET_PERIOD &&
            f->target != FIELD_PERIOD_START) {
            fault_of(m, f, refusal_of(f), "\"%.*s\" is no single day; wanted: a day",
                     SHOWN(out->text));
            return;
        }
        out->text = keep_day(m, is_last ? last : first, is_instant);
        out->last = f->target == TARGET_PERIOD ? keep_day(m, last, false) : out->text;
        return;
    }
    fault_of(m, f, refusal_of(f), "\"%.*s\" is no date of the pattern %.*s%s", SHOWN(out->text),
             SHOWN(f->patterns[0]), f->pattern_count > 1 ? ", or of the others" : "");
}

/* How many digits an amount may have behind its point; -1: nobody knows. */
static int
digits_of(const struct making *m, const struct map_field *f)
{
    if (f->target == FIELD_QUANTITY)
        return QUANTITY_DIGITS;
    for (int i = 0; i < m->map->field_count; i++) {
        int row;

        if (m->map->fields[i].target != FIELD_CURRENCY || m->made[i].count != ONE_TEXT)
            continue;
        row = currency_find(m->made[i].text);
        return row < 0 ? -1 : currency_digits(row);
    }
    return -1;
}

static void
refuse_number(struct making *m, const struct map_field *f, struct text t)
{
    char hint[HINT_BYTES];
    bool is_dash = t.length == 1 && t.at[0] == '-';
    bool is_minus = t.length > 3 && memcmp(t.at, "\xE2\x88\x92", 3) == 0; /* U+2212 */

    if (!is_dash && t.length > 0 && (t.at[0] == '-' || is_minus))
        fault_of(m, f, refusal_of(f), "\"%.*s\" is below zero; wanted: an amount without sign",
                 SHOWN(t));
    else if (f->number.thousands.length == 0 &&
             hint_of((enum field)f->target, m->map->type, t, hint))
        fault_of(m, f, refusal_of(f),
                 "\"%.*s\" is no plain number; it may mean %s: say so in the "
                 "map (%.*s.thousands, .factor or .decimal)",
                 SHOWN(t), hint, SHOWN(f->name));
    else
        fault_of(m, f, refusal_of(f),
                 "\"%.*s\" is no number as the map says that numbers are written; if it stands for "
                 "nothing, wanted in the map: %.*s.empty = %.*s, or a rule that skips the row",
                 SHOWN(t), SHOWN(f->name), SHOWN(t));
}

static void
make_number(struct making *m, const struct map_field *f, enum cell_kind kind, struct made *out)
{
    struct number_form form = f->number;
    struct number n;
    char written[NUMBER_BYTES + 1];
    int digits = digits_of(m, f);

    form.has_exponent = kind == CELL_NUMBER;
    if (kind == CELL_NUMBER) /* of JSON, which knows one way to write it */
        form = (struct number_form){ .point = '.', .has_exponent = true, .zeros = form.zeros };
    if (!number_read(out->text, &form, &n)) {
        refuse_number(m, f, out->text);
        return;
    }
    if (digits >= 0 && n.behind > digits && f->rounding == ROUND_NOT) {
        fault_of(m, f, refusal_of(f),
                 "\"%.*s\" has more than the %d digits behind the point that can be kept; wanted: "
                 "fewer, or %.*s.round = half-even (half-up, cut) in the map",
                 SHOWN(out->text), digits, SHOWN(f->name));
        return;
    }
    if (digits >= 0 && n.behind > digits) {
        number_round(&n, digits, f->rounding);
        out->is_rounded = true;
    }
    number_write(&n, written);
    out->text = keep(m, text_of(written));
}

/* ---- a field ------------------------------------------------------------------------ */

/* The texts of a list: of an array, or of a cell that is split. */
static void
make_list(struct making *m, const struct map_field *f, const struct cell *cell, struct made *out)
{
    struct text *to = m->lists[m->list_count++], rest = out->text;
    int count = 0;

    assert(m->list_count <= LISTS_MOST);
    if (cell != NULL && cell->kind == CELL_LIST) {
        for (; count < cell->item_count && count < CELL_ITEMS_MOST; count++)
            to[count] = cell->items[count];
    } else {
        while (rest.at != NULL && count < CELL_ITEMS_MOST) {
            const char *at = f->split.length == 0
                                 ? NULL
                                 : memmem(rest.at, rest.length, f->split.at, f->split.length);
            size_t length = at == NULL ? rest.length : (size_t)(at - rest.at);

            to[count++] = making_trimmed((struct text){ rest.at, length });
            length += at == NULL ? 0 : f->split.length;
            rest = at == NULL ? (struct text){ NULL, 0 }
                              : (struct text){ rest.at + length, rest.length - length };
        }
    }
    out->items = to;
    out->count = 0;
    for (int i = 0; i < count; i++) {
        struct text t = to[i];

        if (t.length > 0 && make_code(m, f, &t) && t.at != NULL)
            to[out->count++] = t;
    }
}

bool
making_is_list(const struct map_field *f)
{
    return f->target < FIELD_COUNT && field_rules[f->target].form == FORM_LIST;
}

static bool
is_amount(const struct map_field *f)
{
    return f->target == FIELD_VALUE || f->target == FIELD_QUANTITY;
}

/* What stands in the row for a field, and what the file has instead of a column. */
static struct text
find_text(struct making *m, const struct map_field *f, const struct cell **cell, bool *is_ready)
{
    struct text name;

    *cell = NULL;
    *is_ready = true;
    if (f->constant.length > 0)
        return f->constant;
    if (f->named_after >= 0) {
        *is_ready = false;
        return m->row->names[m->map->fields[f->named_after].column];
    }
    name = m->row->names[f->column];
    if (name.at == NULL)
        return f->without.length > 0 ? f->without : (struct text){ NULL, 0 };
    *is_ready = false;
    *cell = &m->row->cells[f->column];
    return (*cell)->text;
}

void
making_field(struct making *m, int i)
{
    const struct map_field *f = &m->map->fields[i];
    struct made *out = &m->made[i];
    const struct cell *cell;
    bool is_ready; /* it stands in the map, as the record is to have it */
    struct text t = find_text(m, f, &cell, &is_ready);
    enum cell_kind kind = cell == NULL ? CELL_TEXT : cell->kind;

    m->cells[i] = cell == NULL ? (struct text){ NULL, 0 } : t;
    if (kind == CELL_OBJECT || (kind == CELL_LIST && !making_is_list(f))) {
        fault_of(m, f, refusal_of(f), "there is %s; wanted: a text or a number",
                 kind == CELL_LIST ? "a list" : "an object");
        return;
    }
    if (t.at != NULL && !text_is_utf8(t)) {
        fault_of(m, f, BAD_TEXT, "the cell is not in the encoding that the map says");
        return;
    }
    if (!is_ready && !is_free(f))
        t = making_trimmed(t);
    out->text = t;
    if (making_is_list(f) && kind == CELL_LIST) {
        make_list(m, f, cell, out);
        return;
    }
    if (t.at == NULL || (!is_ready && says_nothing(m->map, f, t)))
        return;
    if (making_is_list(f)) {
        make_list(m, f, cell, out);
        return;
    }
    if (!is_ready && !make_code(m, f, &out->text))
        return;
    if (out->text.at == NULL)
        return;
    out->count = ONE_TEXT;
    if (!is_ready && f->pattern_count > 0)
        make_date(m, f, out);
    else if (!is_ready && is_amount(f))
        make_number(m, f, kind, out);
}
