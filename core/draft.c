#include "core/draft.h"
#include "core/pattern.h"

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
    d->found[field] = value;
    if (!text_is_utf8(value)) {
        draft_whole(d, BAD_TEXT, field);
        return BAD_TEXT;
    }
    return draft_is_plain(value, most) ? otherwise : BAD_TEXT;
}

enum fault
draft_malformed(enum field field)
{
    if (field == FIELD_PERIOD_START || field == FIELD_PERIOD_END)
        return BAD_PERIOD;
    return field_refusal(field);
}

static void
refuse(struct draft *d, enum field field, enum fault fault)
{
    d->state[field] = (uint8_t)fault;
    d->found[field] = (struct text){ NULL, 0 };
}

void
draft_mistyped(struct draft *d, enum field field)
{
    bool own = field == FIELD_VERSION || field == FIELD_VALUE || field == FIELD_QUANTITY;

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
    (void)draft_judge(d, field, value, SIZE_MAX, FAULT_NONE);
    d->state[field] = (uint8_t)field_refusal(field);
}

/* Where the code of an enumeration field is kept. */
static int8_t *
symbol_place(struct draft *d, enum field field)
{
    if (field == FIELD_GRADE)
        return &d->grade;
    if (field == FIELD_BOUND)
        return &d->bound;
    if (field == FIELD_STATUS)
        return &d->status;
    if (field == FIELD_BASIS)
        return &d->basis;
    if (field == FIELD_SCOPE)
        return &d->scope;
    if (field == FIELD_FLOW)
        return &d->flow;
    return &d->kind;
}

/* The row or symbol that a text names goes to *place even when it is -1; the
 * state says that it isn't to be used. */
static void
judged_row(struct draft *d, enum field field, struct text value, int row, int16_t *place)
{
    *place = (int16_t)row;
    judged(d, field, value, row >= 0);
}

static void
judged_symbol(struct draft *d, enum field field, struct text value)
{
    int code = symbol_find(field, d->type, value);

    *symbol_place(d, field) = (int8_t)code;
    judged(d, field, value, code >= 0);
}

static void
judged_text(struct draft *d, enum field field, struct text value, bool good, struct text *place)
{
    *place = value;
    judged(d, field, value, good);
}

void
draft_text(struct draft *d, enum field field, struct text value)
{
    switch (field) {
    case FIELD_ID:
        judged_text(d, field, value, pattern_is_id(value), &d->id);
        return;
    case FIELD_PROVINCE_AREA:
        judged_text(d, field, value, pattern_is_area(value), &d->province_area);
        return;
    case FIELD_PARTNER_AREA:
        judged_text(d, field, value, pattern_is_area(value), &d->partner_area);
        return;
    case FIELD_COMMODITY:
        judged_text(d, field, value, pattern_is_commodity(value), &d->commodity);
        return;
    case FIELD_UNIT:
        judged_text(d, field, value, pattern_is_unit(value), &d->unit);
        return;
    case FIELD_TITLE:
        judged_text(d, field, value, draft_is_plain(value, TEXT_LENGTH), &d->title);
        return;
    case FIELD_GROWTH:
        judged_text(d, field, value, draft_is_plain(value, TEXT_LENGTH), &d->growth);
        return;
    case FIELD_PROVINCE:
        judged_row(d, field, value, province_find(value), &d->province);
        return;
    case FIELD_PARTNER:
        judged_row(d, field, value, partner_find(value), &d->partner);
        return;
    case FIELD_CURRENCY:
        judged_row(d, field, value, currency_find(value), &d->currency);
        return;
    case FIELD_GRADE:
    case FIELD_BOUND:
    case FIELD_STATUS:
    case FIELD_BASIS:
    case FIELD_SCOPE:
    case FIELD_FLOW:
    case FIELD_KIND:
        judged_symbol(d, field, value);
        return;
    case FIELD_VALUE:
        judged_decimal(d, field, value, &d->value);
        return;
    case FIELD_QUANTITY:
        judged_decimal(d, field, value, &d->quantity);
        return;
    case FIELD_PUBLISHED_AT:
        judged(d, field, value, instant_read(value, &d->published_at_ms));
        return;
    case FIELD_OCCURRED_AT:
        judged(d, field, value, instant_read(value, &d->occurred_at_ms));
        return;
    case FIELD_PERIOD_START:
        judged(d, field, value, day_read(value, &d->period_start));
        return;
    case FIELD_PERIOD_END:
        judged(d, field, value, day_read(value, &d->period_end));
        return;
    case FIELD_SIGNED_ON:
        judged(d, field, value, day_read(value, &d->signed_on));
        return;
    case FIELD_TYPE:
    case FIELD_VERSION:
    case FIELD_SOURCE:
    case FIELD_ATTRIBUTES:
    case FIELD_PROVINCES:
    case FIELD_PARTNERS:
    case FIELD_AREAS:
    case FIELD_PARTIES:
    case FIELD_SECTORS:
    case FIELD_COUNT:
        break;
    }
    draft_mistyped(d, field);
}

void
draft_symbol(struct draft *d, enum field field, int code)
{
    size_t count;
    bool known;

    if (field_symbols(field, d->type, &count) == NULL) {
        draft_mistyped(d, field);
        return;
    }
    known = 0 <= code && (size_t)code < count;
    *symbol_place(d, field) = (int8_t)(known ? code : -1);
    if (known)
        d->state[field] = (uint8_t)FAULT_NONE;
    else
        refuse(d, field, field_refusal(field));
}

static void
judged_instant(struct draft *d, enum field field, int64_t ms, int64_t *place)
{
    *place = ms;
    if (instant_is_writable(ms))
        d->state[field] = (uint8_t)FAULT_NONE;
    else
        refuse(d, field, draft_malformed(field));
}

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

void
draft_integer(struct draft *d, enum field field, int64_t value)
{
    if (field == FIELD_VERSION) {
        d->version = value;
        if (0 <= value && value < VERSION_LIMIT)
            d->state[field] = (uint8_t)FAULT_NONE;
        else
            refuse(d, field, BAD_VERSION);
    } else if (field == FIELD_PUBLISHED_AT) {
        judged_instant(d, field, value, &d->published_at_ms);
    } else if (field == FIELD_OCCURRED_AT) {
        judged_instant(d, field, value, &d->occurred_at_ms);
    } else if (field == FIELD_PERIOD_START) {
        judged_day(d, field, value, &d->period_start);
    } else if (field == FIELD_PERIOD_END) {
        judged_day(d, field, value, &d->period_end);
    } else if (field == FIELD_SIGNED_ON) {
        judged_day(d, field, value, &d->signed_on);
    } else {
        draft_mistyped(d, field);
    }
}

void
draft_decimal(struct draft *d, enum field field, struct decimal value)
{
    if (field == FIELD_VALUE)
        d->value = value;
    else if (field == FIELD_QUANTITY)
        d->quantity = value;
    else {
        draft_mistyped(d, field);
        return;
    }
    d->state[field] = (uint8_t)FAULT_NONE;
}
