/* record -> datum of our own schema.  The order of the calls below is the
 * order of the fields in the .avsc; check_codec.c compares the two through
 * Avro-C's generic reader. */
#include <assert.h>

#include "schemas/codec.h"

struct sink {
    uint8_t *at;
    size_t size, used;
    bool full;
};

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

static bool
said(const struct record *r, enum field field)
{
    return r->draft->state[field] == FAULT_NONE;
}

static void
put_text_if(struct sink *s, bool present, struct text t)
{
    if (put_branch(s, present))
        put_text(s, t);
}

static void
put_long_if(struct sink *s, bool present, int64_t n)
{
    if (put_branch(s, present))
        put_long(s, n);
}

/* In Avro UNKNOWN stands before the symbols of core/symbol.def. */
static void
put_symbol_if(struct sink *s, bool present, int code)
{
    put_long_if(s, present, code + 1);
}

static void
put_decimal_if(struct sink *s, bool present, wide_t unscaled)
{
    uint8_t bytes[DECIMAL_BYTES];
    size_t length;

    if (!put_branch(s, present))
        return;
    length = decimal_to_bytes(unscaled, bytes);
    put_long(s, (int64_t)length);
    put_bytes(s, bytes, length);
}

static void
put_money(struct sink *s, const struct record *r)
{
    wide_t unscaled = r->minor;
    bool present = r->currency >= 0;

    for (int i = present ? currency_digits(r->currency) : VALUE_SCALE; i < VALUE_SCALE; i++)
        unscaled *= 10;
    put_decimal_if(s, present, unscaled);
    put_text_if(s, present, present ? text_of(currency_code(r->currency)) : (struct text){ 0 });
}

/* A list is one block of its items, then an empty block. */
static void
put_rows(struct sink *s, const int16_t *rows, size_t count, const char *(*code)(int row))
{
    if (count > 0)
        put_long(s, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        put_text(s, text_of(code(rows[i])));
    put_long(s, 0);
}

static void
put_list(struct sink *s, const struct item_list *list)
{
    if (list->count > 0)
        put_long(s, list->count);
    for (size_t i = 0; i < list->count; i++)
        put_text(s, list->items[i]);
    put_long(s, 0);
}

static void
put_source(struct sink *s, const struct draft *d)
{
    if (!put_branch(s, d->state[FIELD_SOURCE] == FAULT_NONE))
        return;
    put_text_if(s, d->source_name_state == FAULT_NONE, d->source_name);
    put_text_if(s, d->source_url_state == FAULT_NONE, d->source_url);
}

static void
put_attributes(struct sink *s, const struct draft *d)
{
    size_t count = d->state[FIELD_ATTRIBUTES] == FAULT_NONE ? d->attribute_count : 0;

    if (count > 0)
        put_long(s, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        put_text(s, d->attributes[i].name);
        put_text(s, d->attributes[i].value);
    }
    put_long(s, 0);
}

static void
put_trade(struct sink *s, const struct record *r)
{
    const struct draft *d = r->draft;

    put_text(s, r->id);
    put_long_if(s, said(r, FIELD_VERSION), r->version);
    put_symbol_if(s, said(r, FIELD_GRADE), r->grade);
    put_symbol_if(s, said(r, FIELD_STATUS), r->status);
    put_long(s, r->basis + 1);
    put_symbol_if(s, said(r, FIELD_SCOPE), r->scope);
    put_text(s, text_of(scope_code(r->province)));
    put_text_if(s, said(r, FIELD_PROVINCE_AREA), r->province_area);
    put_text(s, text_of(partner_code(r->partner)));
    put_text_if(s, said(r, FIELD_PARTNER_AREA), r->partner_area);
    put_long(s, r->flow + 1);
    put_text_if(s, said(r, FIELD_COMMODITY), r->commodity);
    put_money(s, r);
    put_decimal_if(s, said(r, FIELD_UNIT), r->milli);
    put_text_if(s, said(r, FIELD_UNIT), r->unit);
    put_symbol_if(s, said(r, FIELD_BOUND), r->bound);
    put_long_if(s, said(r, FIELD_OCCURRED_AT), d->occurred_at_ms);
    put_long_if(s, said(r, FIELD_PUBLISHED_AT), d->published_at_ms);
    put_long_if(s, said(r, FIELD_PERIOD_START), d->period_start);
    put_long_if(s, said(r, FIELD_PERIOD_END), d->period_end);
    put_text_if(s, said(r, FIELD_GROWTH), d->growth);
    put_text_if(s, said(r, FIELD_TITLE), d->title);
    put_source(s, d);
    put_attributes(s, d);
}

static void
put_agreement(struct sink *s, const struct record *r)
{
    const struct draft *d = r->draft;

    put_text(s, r->id);
    put_long_if(s, said(r, FIELD_VERSION), r->version);
    put_symbol_if(s, said(r, FIELD_GRADE), r->grade);
    put_symbol_if(s, said(r, FIELD_BOUND), r->bound);
    put_long(s, r->kind + 1);
    put_symbol_if(s, said(r, FIELD_STATUS), r->status);
    put_rows(s, r->provinces, r->province_count, scope_code);
    put_rows(s, r->partners, r->partner_count, partner_code);
    put_list(s, &r->areas);
    put_list(s, &r->parties);
    put_list(s, &r->sectors);
    put_money(s, r);
    put_long(s, d->signed_on);
    put_long_if(s, said(r, FIELD_PUBLISHED_AT), d->published_at_ms);
    put_text_if(s, said(r, FIELD_TITLE), d->title);
    put_source(s, d);
    put_attributes(s, d);
}

size_t
record_encode(const struct record *r, uint8_t *out, size_t size)
{
    struct sink s = { .at = out, .size = size };

    assert(r->id.at != NULL);
    if (r->type == RECORD_TRADE)
        put_trade(&s, r);
    else
        put_agreement(&s, r);
    return s.full ? 0 : s.used;
}
