/* Record -> JSON, driven by the table of fields (record/field.def).
 *
 * What a record states is in its draft, field by field, as it was read; so a draft is written, and
 * of the settled record its id alone.  A new field needs nothing here unless its form is new. */
#include "ingest/record_json.h"

#include "base/log.h"
#include "record/field.h"

/* ---- values ------------------------------------------------------------------------- */

static wide_t
power_of_ten(int digits)
{
    wide_t power = 1;

    while (digits-- > 0)
        power *= 10;
    return power;
}

void
decimal_put(struct text_buffer *b, struct decimal value)
{
    wide_t unit = power_of_ten(value.scale);
    wide_t before = value.unscaled / unit, rest = value.unscaled % unit;
    char whole[WIDE_TEXT], part[WIDE_TEXT];
    int digits = value.scale;

    if (value.unscaled < 0 && before == 0)
        text_put_char(b, '-'); /* else the number has it */
    (void)wide_write(before, whole);
    text_put(b, text_of(whole));
    rest = rest < 0 ? -rest : rest;
    /* An Avro decimal has the scale of its schema: zeros at the end say nothing. */
    for (; digits > 0 && rest % 10 == 0; digits--)
        rest /= 10;
    if (digits == 0)
        return;
    text_put_char(b, '.');
    for (size_t length = wide_write(rest, part); length < (size_t)digits; length++)
        text_put_char(b, '0');
    text_put(b, text_of(part));
}

static void
put_quoted(struct text_buffer *b, const char *text)
{
    text_put_char(b, '"');
    text_put(b, text_of(text)); /* letters and digits */
    text_put_char(b, '"');
}

static void
put_decimal(struct text_buffer *b, struct decimal value)
{
    text_put_char(b, '"');
    decimal_put(b, value);
    text_put_char(b, '"');
}

static void
put_instant(struct text_buffer *b, int64_t ms)
{
    char text[INSTANT_TEXT];

    instant_write(ms, text);
    put_quoted(b, text);
}

static void
put_day(struct text_buffer *b, int32_t day)
{
    char text[DAY_TEXT];

    day_write(day, text);
    put_quoted(b, text);
}

static void
put_list(struct text_buffer *b, const struct item_list *list)
{
    text_put_char(b, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            text_put_char(b, ',');
        json_put_text(b, list->items[i]);
    }
    text_put_char(b, ']');
}

/* "name": with a comma before it, unless it is the first of an object. */
static void
put_name(struct text_buffer *b, struct text name)
{
    if (b->length > 0 && b->at[b->length - 1] != '{')
        text_put_char(b, ',');
    json_put_text(b, name);
    text_put_char(b, ':');
}

static void
put_source(struct text_buffer *b, const struct draft *d)
{
    text_put_char(b, '{');
    if (d->source_name_state == FAULT_NONE) {
        put_name(b, TEXT_LITERAL("name"));
        json_put_text(b, d->source_name);
    }
    if (d->source_url_state == FAULT_NONE) {
        put_name(b, TEXT_LITERAL("url"));
        json_put_text(b, d->source_url);
    }
    text_put_char(b, '}');
}

static void
put_attributes(struct text_buffer *b, const struct draft *d)
{
    text_put_char(b, '{');
    for (size_t i = 0; i < d->attribute_count; i++) {
        put_name(b, d->attributes[i].name);
        json_put_text(b, d->attributes[i].value);
    }
    text_put_char(b, '}');
}

/* ---- fields ------------------------------------------------------------------------- */

static void
put_value(struct text_buffer *b, const struct draft *d, enum field field)
{
    const struct field_rule *rule = &field_rules[field];
    const void *at = field_of(d, field);

    switch ((enum field_form)rule->form) {
    case FORM_TYPE:
        put_quoted(b, record_type_names[d->type]);
        break;
    case FORM_TEXT:
        json_put_text(b, *(const struct text *)at);
        break;
    case FORM_SYMBOL:
        put_quoted(b, symbol_name(field, d->type, *(const int8_t *)at));
        break;
    case FORM_ROW:
        put_quoted(b, rule->code_of(*(const int16_t *)at));
        break;
    case FORM_DECIMAL:
        put_decimal(b, *(const struct decimal *)at);
        break;
    case FORM_INTEGER:
        text_put_integer(b, *(const int64_t *)at);
        break;
    case FORM_INSTANT:
        put_instant(b, *(const int64_t *)at);
        break;
    case FORM_DAY:
        put_day(b, *(const int32_t *)at);
        break;
    case FORM_LIST:
        put_list(b, at);
        break;
    case FORM_SOURCE:
        put_source(b, d);
        break;
    case FORM_ATTRIBUTES:
        put_attributes(b, d);
        break;
    }
}

/* Avro has no absent list and no absent map: an empty one says nothing. */
static bool
is_said(const struct draft *d, enum field field)
{
    uint8_t form = field_rules[field].form;

    if (form == FORM_LIST && d->state[field] == FAULT_NONE)
        return ((const struct item_list *)field_of(d, field))->count > 0;
    if (form == FORM_ATTRIBUTES && d->state[field] == FAULT_NONE)
        return d->attribute_count > 0;
    return form == FORM_TYPE || d->state[field] != FIELD_ABSENT;
}

/* id: instead of the draft's; { NULL, 0 }: the draft's. */
static void
put_draft(struct text_buffer *b, const struct draft *d, struct text id)
{
    text_put_char(b, '{');
    for (int i = 0; i < FIELD_COUNT; i++) {
        enum field field = (enum field)i;
        bool is_good = d->state[field] == FAULT_NONE || field == FIELD_TYPE;
        bool is_given = field == FIELD_ID && id.at != NULL;

        if (!field_of_type(field, d->type) || !(is_given || is_said(d, field)))
            continue;
        if (!is_given && !is_good && d->found[field].at == NULL)
            continue;
        put_name(b, field_rules[field].name);
        if (is_given)
            json_put_text(b, id);
        else if (is_good)
            put_value(b, d, field);
        else
            json_put_text(b, d->found[field]);
    }
    text_put_char(b, '}');
}

void
record_json_put(struct text_buffer *b, const struct record *record)
{
    put_draft(b, record->draft, record->id);
}

void
draft_json_put(struct text_buffer *b, const struct draft *draft)
{
    put_draft(b, draft, (struct text){ NULL, 0 });
}
