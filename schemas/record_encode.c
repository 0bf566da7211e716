/* record -> datum of our own schema: its fields in the order of the .avsc, each
 * as the table of fields says.
 *
 * The order stands in two tables at the end, as an .avsc has its own.
 * check_codec.c compares the two through Avro-C's generic reader. */
#include "record/field.h"
#include "schemas/codec.h"

#include <assert.h>

struct sink {
    uint8_t *at;
    size_t size, used;
    bool full;
};

/* Once something did not fit nothing more is written, and record_encode() says
 * 0: half a datum is none. */
static void
put_bytes(struct sink *s, const void *at, size_t length)
{
    if (s->full || length > s->size - s->used) {
        s->full = true;
        return;
    }
    if (length > 0)
        memcpy(s->at + s->used, at, length);
    s->used += length;
}

/* 64 bits in groups of 7 are 10 bytes at most. */
static void
put_varint(struct sink *s, uint64_t rest)
{
    uint8_t bytes[10];
    size_t length = 0;

    while (rest >= 0x80) {
        bytes[length++] = (uint8_t)(rest | 0x80);
        rest >>= 7;
    }
    bytes[length++] = (uint8_t)rest;
    put_bytes(s, bytes, length);
}

/* int and long have one form: zigzag, then 7 bits a byte, lowest first.  Most
 * are one byte. */
static inline void
put_long(struct sink *s, int64_t n)
{
    /* 0, -1, 1, -2 become 0, 1, 2, 3: small numbers of both signs are short. */
    uint64_t zigzag = ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0);

    if (zigzag < 0x80 && s->used < s->size && !s->full)
        s->at[s->used++] = (uint8_t)zigzag;
    else
        put_varint(s, zigzag);
}

static void
put_text(struct sink *s, struct text t)
{
    put_long(s, (int64_t)t.length);
    put_bytes(s, t.at, t.length);
}

/* The branch of ["null", T]; true when T has to follow. */
static bool
put_branch(struct sink *s, bool present)
{
    put_long(s, present ? 1 : 0);
    return present;
}

/* Avro's decimal is bytes: a length, then two's complement, highest byte first. */
static void
put_decimal(struct sink *s, wide_t unscaled)
{
    uint8_t bytes[DECIMAL_BYTES];
    size_t length = decimal_to_bytes(unscaled, bytes);

    put_long(s, (int64_t)length);
    put_bytes(s, bytes, length);
}

/* In units of 10^-VALUE_SCALE, whatever the currency's minor unit is. */
static wide_t
value_of(const struct record *r)
{
    wide_t unscaled = r->minor;

    for (int i = currency_digits(r->currency); i < VALUE_SCALE; i++)
        unscaled *= 10;
    return unscaled;
}

/* A list is one block of its items, then an empty block. */
static void
put_list(struct sink *s, const struct item_list *list, bool present)
{
    size_t count = present ? list->count : 0;

    if (count > 0)
        put_long(s, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        put_text(s, list->items[i]);
    put_long(s, 0);
}

static void
put_text_if(struct sink *s, bool present, struct text t)
{
    if (put_branch(s, present))
        put_text(s, t);
}

/* Both texts of a source are unions with null. */
static void
put_source(struct sink *s, const struct draft *d)
{
    put_text_if(s, d->source_name_state == FAULT_NONE, d->source_name);
    put_text_if(s, d->source_url_state == FAULT_NONE, d->source_url);
}

/* A map is written as a list is: one block, then an empty one. */
static void
put_attributes(struct sink *s, const struct draft *d, size_t count)
{
    if (count > 0)
        put_long(s, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        put_text(s, d->attributes[i].name);
        put_text(s, d->attributes[i].value);
    }
    put_long(s, 0);
}

/* A value that is there.  In Avro UNKNOWN stands before the symbols of
 * record/symbol.def. */
static void
put_value(struct sink *s, const struct record *r, enum field field)
{
    const struct field_rule *rule = &field_rules[field];
    const void *at = field_of(r->draft, field);

    switch (rule->form) {
    case FORM_TEXT:
        put_text(s, field == FIELD_ID ? r->id : *(const struct text *)at);
        return;
    case FORM_SYMBOL:
        put_long(s, *(const int8_t *)at + 1);
        return;
    case FORM_ROW:
        put_text(s, text_of(rule->code_of(*(const int16_t *)at)));
        return;
    case FORM_DECIMAL:
        put_decimal(s, field == FIELD_VALUE ? value_of(r) : r->milli);
        return;
    case FORM_INTEGER:
    case FORM_INSTANT:
        put_long(s, *(const int64_t *)at);
        return;
    case FORM_DAY:
        put_long(s, *(const int32_t *)at);
        return;
    case FORM_SOURCE:
        put_source(s, r->draft);
        return;
    default:
        assert(!"neither null nor one value");
    }
}

/* Of those, only what a line may leave out is a union with null: the id is
 * there by now, and a list that was left out is empty. */
static void
put_field(struct sink *s, const struct record *r, enum field field)
{
    const struct field_rule *rule = &field_rules[field];
    const struct draft *d = r->draft;
    bool present = d->state[field] == FAULT_NONE;

    if (rule->form == FORM_LIST)
        put_list(s, field_of(d, field), present);
    else if (rule->form == FORM_ATTRIBUTES)
        put_attributes(s, d, present ? d->attribute_count : 0);
    else if (field == FIELD_ID || rule->is_needed || put_branch(s, present))
        put_value(s, r, field);
}

/* The order of the fields in trade_event.avsc and agreement.avsc.  A datum has
 * no names, so these tables are the format. */
static const uint8_t trade_order[] = {
    FIELD_ID,           FIELD_VERSION,      FIELD_GRADE,        FIELD_STATUS,
    FIELD_BASIS,        FIELD_SCOPE,        FIELD_PROVINCE,     FIELD_PROVINCE_AREA,
    FIELD_PARTNER,      FIELD_PARTNER_AREA, FIELD_FLOW,         FIELD_COMMODITY,
    FIELD_VALUE,        FIELD_CURRENCY,     FIELD_QUANTITY,     FIELD_UNIT,
    FIELD_BOUND,        FIELD_OCCURRED_AT,  FIELD_PUBLISHED_AT, FIELD_RETRIEVED_AT,
    FIELD_PERIOD_START, FIELD_PERIOD_END,   FIELD_GROWTH,       FIELD_TITLE,
    FIELD_SOURCE,       FIELD_ATTRIBUTES,
};
static const uint8_t agreement_order[] = {
    FIELD_ID,           FIELD_VERSION,   FIELD_GRADE,    FIELD_BOUND,      FIELD_KIND,
    FIELD_STATUS,       FIELD_PROVINCES, FIELD_PARTNERS, FIELD_AREAS,      FIELD_PARTIES,
    FIELD_SECTORS,      FIELD_VALUE,     FIELD_CURRENCY, FIELD_SIGNED_ON,  FIELD_PUBLISHED_AT,
    FIELD_RETRIEVED_AT, FIELD_TITLE,     FIELD_SOURCE,   FIELD_ATTRIBUTES,
};

size_t
record_encode(const struct record *r, uint8_t *out, size_t size)
{
    bool is_trade = r->type == RECORD_TRADE;
    const uint8_t *order = is_trade ? trade_order : agreement_order;
    size_t count = is_trade ? sizeof trade_order : sizeof agreement_order;
    struct sink s = { .at = out, .size = size };

    assert(r->id.at != NULL);
    for (size_t i = 0; i < count; i++)
        put_field(&s, r, (enum field)order[i]);
    return s.full ? 0 : s.used;
}
