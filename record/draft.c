/* Fields into a draft, one by one, each judged by the table of fields.
 *
 * The idea: judging and deciding are apart.  A field is judged when it comes,
 * in whatever order JSON or Avro brings it; what is wrong is only noted in its
 * state.  record_settle() alone decides, in the order of the table.  So two
 * readers that bring fields in different orders can't refuse one record for two
 * reasons. */
#include "record/draft.h"
#include "record/field.h"

#define VERSION_LIMIT (INT64_C(1) << 53) /* whole numbers that a double can hold */
#define DAY_FIRST (-719162)              /* 0001-01-01 */

void
draft_reset(struct draft *d, enum record_type type)
{
    d->type = type;
    d->whole_fault = FAULT_NONE;
    memset(d->state, FIELD_ABSENT, sizeof d->state);
    d->source_name_state = FIELD_ABSENT;
    d->source_url_state = FIELD_ABSENT;
    d->attribute_count = 0;
    d->attributes_fault = FAULT_NONE;
}

void
draft_whole(struct draft *d, enum fault fault, enum field field)
{
    /* The order of the oracle: the encoding of the whole line is looked at
     * before its JSON, and names before repeats of names.  What is noted
     * already stays when it comes first in that order. */
    enum fault before = (enum fault)d->whole_fault;

    if (before == BAD_TEXT || (before == BAD_JSON && fault == BAD_FIELD))
        return;
    d->whole_fault = (uint8_t)fault;
    d->whole_field = (uint8_t)field;
}

bool
draft_is_plain(struct text value, size_t most)
{
    if (value.length == 0)
        return true;
    return value.length <= most &&
           (text_is_ascii(value) ||
            (memchr(value.at, '\0', value.length) == NULL && text_is_utf8(value)));
}

enum fault
draft_judge(struct draft *d, enum field field, struct text value, size_t most, enum fault otherwise)
{
    /* Kept before the verdict: `found` is what the sentence will quote. */
    d->found[field] = value;
    if (!text_is_utf8(value)) {
        draft_whole(d, BAD_TEXT, field);
        return BAD_TEXT;
    }
    return draft_is_plain(value, most) ? otherwise : BAD_TEXT;
}

/* The two days of a period have BAD_TIME in field.def, but a malformed one is
 * BAD_PERIOD, as in the oracle. */
enum fault
draft_malformed(enum field field)
{
    if (field == FIELD_PERIOD_START || field == FIELD_PERIOD_END)
        return BAD_PERIOD;
    return field_refusal(field);
}

/* A value that was no text: there is nothing to quote. */
static void
refuse(struct draft *d, enum field field, enum fault fault)
{
    d->state[field] = (uint8_t)fault;
    d->found[field] = (struct text){ NULL, 0 };
}

void
draft_mistyped(struct draft *d, enum field field)
{
    uint8_t form = field_rules[field].form;
    /* A number in place of an amount, or a text in place of a version, is a bad
     * amount or version (BAD_VALUE, BAD_VERSION).  For all others the wrong
     * type is BAD_FIELD. */
    bool own = form == FORM_INTEGER || form == FORM_DECIMAL;

    refuse(d, field, own ? field_refusal(field) : BAD_FIELD);
}

/* Keep the verdict on a text that is in its place already. */
static void
judged(struct draft *d, enum field field, struct text value, bool good)
{
    d->state[field] = (uint8_t)FAULT_NONE;
    if (!good)
        d->state[field] =
            (uint8_t)draft_judge(d, field, value, TEXT_LENGTH, draft_malformed(field));
}

/* Amounts are judged by their pattern alone, however long they are. */
static void
judged_decimal(struct draft *d, enum field field, struct text value, struct decimal *out)
{
    bool good = decimal_read(value, out);

    d->state[field] = (uint8_t)FAULT_NONE;
    if (good)
        return;
    /* Only for its note: a text that is no UTF-8 spoils the whole line. */
    (void)draft_judge(d, field, value, SIZE_MAX, FAULT_NONE);
    d->state[field] = (uint8_t)field_refusal(field);
}

void
draft_text(struct draft *d, enum field field, struct text value)
{
    const struct field_rule *rule = &field_rules[field];
    void *at = field_in(d, field);
    int row;

    switch ((enum field_form)rule->form) {
    case FORM_TEXT:
        *(struct text *)at = value;
        judged(d, field, value, rule->is_good(value));
        return;
    case FORM_ROW: /* kept even when there is none: the state says that it isn't to be used */
        row = rule->row_of(value);
        *(int16_t *)at = (int16_t)row;
        judged(d, field, value, row >= 0);
        return;
    case FORM_SYMBOL:
        row = symbol_find(field, d->type, value);
        *(int8_t *)at = (int8_t)row;
        judged(d, field, value, row >= 0);
        return;
    case FORM_DECIMAL:
        judged_decimal(d, field, value, at);
        return;
    case FORM_INSTANT:
        judged(d, field, value, instant_read(value, at));
        return;
    case FORM_DAY:
        judged(d, field, value, day_read(value, at));
        return;
    case FORM_TYPE:
    case FORM_INTEGER:
    case FORM_LIST:
    case FORM_SOURCE:
    case FORM_ATTRIBUTES:
        break;
    }
    draft_mistyped(d, field);
}

void
draft_symbol(struct draft *d, enum field field, int code)
{
    size_t count;
    bool known;

    /* The reader hands in what the message has; a field that is no enumeration
     * was not written as one. */
    if (field_symbols(field, d->type, &count) == NULL) {
        draft_mistyped(d, field);
        return;
    }
    known = 0 <= code && (size_t)code < count;
    /* -1 is kept for an unknown symbol: the state says that it isn't to be used. */
    *(int8_t *)field_in(d, field) = (int8_t)(known ? code : -1);
    if (known)
        d->state[field] = (uint8_t)FAULT_NONE;
    else
        refuse(d, field, field_refusal(field));
}

/* From Avro, where any int64_t may come.  Taken are the instants that JSON's
 * text can say, so that both forms of a record are judged alike. */
static void
judged_instant(struct draft *d, enum field field, int64_t ms, int64_t *place)
{
    *place = ms;
    if (instant_is_writable(ms))
        d->state[field] = (uint8_t)FAULT_NONE;
    else
        refuse(d, field, draft_malformed(field));
}

/* From Avro.  Days before 1970 are kept here, since JSON's text can say them;
 * record_settle() refuses them under the name that belongs to the record. */
static void
judged_day(struct draft *d, enum field field, int64_t day, int32_t *place)
{
    if (day < DAY_FIRST || day > DAY_LAST) {
        refuse(d, field, draft_malformed(field));
        return;
    }
    *place = (int32_t)day;
    d->state[field] = (uint8_t)FAULT_NONE;
}

static void
judged_version(struct draft *d, enum field field, int64_t value, int64_t *place)
{
    *place = value;
    if (0 <= value && value < VERSION_LIMIT)
        d->state[field] = (uint8_t)FAULT_NONE;
    else
        refuse(d, field, field_refusal(field));
}

void
draft_integer(struct draft *d, enum field field, int64_t value)
{
    enum field_form form = (enum field_form)field_rules[field].form;

    if (form == FORM_INTEGER)
        judged_version(d, field, value, field_in(d, field));
    else if (form == FORM_INSTANT)
        judged_instant(d, field, value, field_in(d, field));
    else if (form == FORM_DAY)
        judged_day(d, field, value, field_in(d, field));
    else
        draft_mistyped(d, field);
}

void
draft_decimal(struct draft *d, enum field field, struct decimal value)
{
    if (field_rules[field].form != FORM_DECIMAL) {
        draft_mistyped(d, field);
        return;
    }
    *(struct decimal *)field_in(d, field) = value;
    d->state[field] = (uint8_t)FAULT_NONE;
}

int64_t
draft_latest_day(const struct draft *d)
{
    int64_t day = INT64_MIN;

    if (d->type == RECORD_AGREEMENT) {
        bool planned = d->state[FIELD_STATUS] == FAULT_NONE && d->status == AGREEMENT_PLANNED;
        if (d->state[FIELD_SIGNED_ON] == FAULT_NONE && !planned)
            day = d->signed_on;
        return day;
    }
    if (d->state[FIELD_OCCURRED_AT] == FAULT_NONE)
        day = instant_china_day(d->occurred_at_ms);
    if (d->state[FIELD_PERIOD_END] == FAULT_NONE && d->period_end > day)
        day = d->period_end;
    return day;
}
