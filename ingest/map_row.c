/* A row to a line of our own JSON.
 *
 * Each field's text is worked out first (map_field.c), so that the digits of a currency
 * are known when its value is looked at; then the line is written. */
#include "ingest/map_making.h"

#include "base/log.h"
#include "record/field.h"

static void
put_name(struct text_buffer *b, struct text name)
{
    if (b->at[b->length - 1] != '{')
        text_put_char(b, ',');
    json_put_text(b, name);
    text_put_char(b, ':');
}

static void
put_list(struct text_buffer *b, const struct made *made)
{
    text_put_char(b, '[');
    for (int i = 0; i < made->count; i++) {
        if (i > 0)
            text_put_char(b, ',');
        json_put_text(b, made->items[i]);
    }
    text_put_char(b, ']');
}

/* A version is a number of JSON; what is none stays a text, and is refused as that. */
static void
put_value(struct text_buffer *b, const struct map_field *f, struct text t)
{
    int64_t n;

    if (f->target < FIELD_COUNT && field_rules[f->target].form == FORM_INTEGER &&
        text_integer(t, &n))
        text_put_integer(b, n);
    else
        json_put_text(b, t);
}

/* A currency says nothing where there is no value, nor a unit without a quantity, if they are the
 * map's own words. */
static bool
goes_alone(const struct making *m, const struct map_field *f)
{
    int amount = f->target == FIELD_CURRENCY ? FIELD_VALUE
                 : f->target == FIELD_UNIT   ? FIELD_QUANTITY
                                             : -1;
    bool is_ours = f->constant.length > 0 || f->named_after >= 0;

    for (int i = 0; i < m->map->field_count && amount >= 0 && is_ours; i++)
        if (m->map->fields[i].target == amount)
            return m->made[i].count == ABSENT;
    return false;
}

static void
put_field(struct making *m, struct text_buffer *b, int i)
{
    const struct map_field *f = &m->map->fields[i];
    const struct made *made = &m->made[i];

    if (made->count == ABSENT || f->target > TARGET_PERIOD || goes_alone(m, f))
        return;
    if (f->target == TARGET_PERIOD) {
        put_name(b, TEXT_LITERAL("period_start"));
        json_put_text(b, made->text);
        put_name(b, TEXT_LITERAL("period_end"));
        json_put_text(b, made->last);
        return;
    }
    put_name(b, f->name);
    if (making_is_list(f))
        put_list(b, made);
    else
        put_value(b, f, made->text);
}

static void
put_source(struct making *m, struct text_buffer *b)
{
    bool begun = false;

    for (int i = 0; i < m->map->field_count; i++) {
        int target = m->map->fields[i].target;

        if (m->made[i].count == ABSENT ||
            (target != TARGET_SOURCE_NAME && target != TARGET_SOURCE_URL))
            continue;
        if (!begun)
            put_name(b, TEXT_LITERAL("source"));
        if (!begun)
            text_put_char(b, '{');
        begun = true;
        put_name(b, target == TARGET_SOURCE_NAME ? TEXT_LITERAL("name") : TEXT_LITERAL("url"));
        json_put_text(b, m->made[i].text);
    }
    if (begun)
        text_put_char(b, '}');
}

/* The author's, and what an amount was before it was rounded. */
static void
put_attributes(struct making *m, struct text_buffer *b)
{
    static const size_t prefix = sizeof "attributes." - 1;
    bool begun = false;

    for (int i = 0; i < m->map->field_count; i++) {
        const struct map_field *f = &m->map->fields[i];
        bool is_rounded = m->made[i].is_rounded;
        struct text name = f->target == FIELD_VALUE ? TEXT_LITERAL("rounded.value")
                                                    : TEXT_LITERAL("rounded.quantity");

        if (m->made[i].count == ABSENT || (f->target != TARGET_ATTRIBUTE && !is_rounded))
            continue;
        if (!begun)
            put_name(b, TEXT_LITERAL("attributes"));
        if (!begun)
            text_put_char(b, '{');
        begun = true;
        put_name(b,
                 is_rounded ? name : (struct text){ f->name.at + prefix, f->name.length - prefix });
        json_put_text(b, is_rounded ? m->cells[i] : m->made[i].text);
    }
    if (begun)
        text_put_char(b, '}');
}

int
map_skips(const struct map *map, const struct row *row)
{
    for (int i = 0; i < map->rule_count; i++) {
        const struct map_rule *rule = &map->rules[i];
        struct text t = making_trimmed(row->cells[rule->column].text);
        bool is_one = false;

        for (int k = 0; k < rule->texts.count && !is_one; k++)
            is_one = text_is_like(t, map->items[rule->texts.from + k].from);
        if (is_one != rule->keeps)
            return i;
    }
    return -1;
}

bool
map_apply(const struct map *map, const struct row *row, struct text_buffer *scratch,
          struct text_buffer *out, struct mapped *mapped, struct text *cells, struct text *names)
{
    struct making m = {
        .map = map, .row = row, .mapped = mapped, .scratch = scratch, .cells = cells
    };

    mapped->map = map;
    mapped->cells = cells;
    mapped->names = names;
    mapped->count = 0;
    for (int i = 0; i < map->field_count; i++) {
        int column = map->fields[i].column;

        names[i] = column < 0 ? (struct text){ NULL, 0 } : row->names[column];
        if (column >= 0 && names[i].at == NULL && map->format == MAP_JSON)
            names[i] = map->columns[column].names[0]; /* where it should have been */
    }
    /* The currency first: its digits are its value's. */
    for (int i = 0; i < map->field_count; i++)
        if (map->fields[i].target == FIELD_CURRENCY)
            making_field(&m, i);
    for (int i = 0; i < map->field_count; i++)
        if (map->fields[i].target != FIELD_CURRENCY)
            making_field(&m, i);
    if (mapped->count > 0)
        return true;
    text_put_char(out, '{');
    for (int i = 0; i < map->field_count; i++)
        put_field(&m, out, i);
    put_source(&m, out);
    put_attributes(&m, out);
    text_put_char(out, '}');
    return !out->full && !scratch->full;
}

/* Is a field of the map the one that a refusal names? */
static bool
is_named(const struct map_field *f, struct text field)
{
    if (f->target == TARGET_PERIOD)
        return text_equal(field, TEXT_LITERAL("period")) ||
               text_equal(field, TEXT_LITERAL("period_start")) ||
               text_equal(field, TEXT_LITERAL("period_end"));
    return text_equal(f->name, field);
}

bool
mapped_origin(const struct mapped *mapped, const char *field, struct origin *out)
{
    const struct map *map = mapped->map;

    for (int i = 0; i < map->field_count; i++) {
        if (!is_named(&map->fields[i], text_of(field)) || mapped->names[i].at == NULL)
            continue;
        *out = (struct origin){ map->format == MAP_CSV ? "column" : "path", mapped->names[i],
                                mapped->cells[i] };
        return true;
    }
    return false;
}
