/* item_pack.c - writing an item (the layout is in ledger/item.h).
 *
 * The record is a settled one, so every length fits its byte and every list is
 * sorted.  ITEM_BYTES_MOST is more than the largest valid record needs, so
 * nothing here looks for the end of the buffer. */
#include "ledger/item.h"

#include <assert.h>

/* LEB128, 7 bits a byte, lowest first, in the shortest form. */
static uint8_t *
put_integer(uint8_t *at, int64_t n)
{
    uint64_t left = (uint64_t)n;

    assert(n >= 0);
    for (; left >= 128; left >>= 7)
        *at++ = (uint8_t)(left | 128);
    *at++ = (uint8_t)left;
    return at;
}

static uint8_t *
put_bytes(uint8_t *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

static uint8_t *
put_text(uint8_t *at, struct text t)
{
    *at++ = (uint8_t)t.length;
    return put_bytes(at, t.at, t.length);
}

/* CN-LN is LN; the whole country is CN, which is no province's letters. */
static uint8_t *
put_province(uint8_t *at, int province)
{
    const char *code = scope_code(province);

    return put_bytes(at, code[PAIR_CODE] == '\0' ? code : code + 3, PAIR_CODE);
}

/* RU is RU; of a longer code the length comes first. */
static uint8_t *
put_partner(uint8_t *at, int partner)
{
    struct text code = text_of(partner_code(partner));

    return code.length == PAIR_CODE ? put_bytes(at, code.at, code.length) : put_text(at, code);
}

static uint8_t *
put_list(uint8_t *at, const struct item_list *list)
{
    *at++ = (uint8_t)list->count;
    for (int i = 0; i < list->count; i++)
        at = put_text(at, list->items[i]);
    return at;
}

/* Texts that are absent are missing here, and marked so in `more`. */
static uint8_t *
put_trade(uint8_t *at, const struct record *r)
{
    at = put_province(at, r->province);
    at = put_partner(at, r->partner);
    if (r->province_area.at != NULL)
        at = put_text(at, r->province_area);
    if (r->partner_area.at != NULL)
        at = put_text(at, r->partner_area);
    if (r->commodity.at != NULL)
        at = put_text(at, r->commodity);
    return at;
}

/* Four lists, each with its count, also the empty ones. */
static uint8_t *
put_agreement(uint8_t *at, const struct record *r)
{
    *at++ = (uint8_t)r->province_count;
    for (int i = 0; i < r->province_count; i++)
        at = put_province(at, r->provinces[i]);
    *at++ = (uint8_t)r->partner_count;
    for (int i = 0; i < r->partner_count; i++)
        at = put_partner(at, r->partners[i]);
    at = put_list(at, &r->areas);
    return put_list(at, &r->sectors);
}

static enum shape
record_shape(const struct record *r)
{
    if (r->type == RECORD_AGREEMENT)
        return SHAPE_AGREEMENT;
    return r->basis == BASIS_STATISTIC ? SHAPE_STATISTIC : SHAPE_TRANSACTION;
}

/* The byte `more`: what a record says in a few bits, and which texts follow. */
static uint8_t
item_more(const struct record *r)
{
    if (r->type == RECORD_AGREEMENT)
        return (uint8_t)(r->status | r->kind << 3);
    return (uint8_t)(r->status | r->scope << 1 | r->flow << 2 |
                     (r->province_area.at != NULL ? HAS_PROVINCE_AREA : 0) |
                     (r->partner_area.at != NULL ? HAS_PARTNER_AREA : 0) |
                     (r->commodity.at != NULL ? HAS_COMMODITY : 0));
}

size_t
item_pack(const struct record *r, uint8_t *out)
{
    enum shape shape = record_shape(r);
    bool has_value = r->currency >= 0;
    bool has_quantity = shape != SHAPE_AGREEMENT && r->unit.at != NULL;
    uint8_t *at = out + ITEM_HEADER, *stated;
    size_t length;

    at = put_integer(at, r->offset);
    stated = at;
    *at++ = (uint8_t)((int)shape | r->grade << 2 | r->bound << 4 | (has_value ? HAS_VALUE : 0) |
                      (has_quantity ? HAS_QUANTITY : 0));
    *at++ = item_more(r);
    at = put_integer(at, r->day);
    if (shape == SHAPE_STATISTIC)
        at = put_integer(at, r->day - r->from);
    at = put_integer(at, r->version);
    at = shape == SHAPE_AGREEMENT ? put_agreement(at, r) : put_trade(at, r);
    if (has_value) {
        at = put_bytes(at, currency_code(r->currency), CURRENCY_CODE);
        at = put_integer(at, r->minor);
    }
    if (has_quantity) {
        at = put_text(at, r->unit);
        at = put_integer(at, r->milli);
    }

    length = (size_t)(at - out) - ITEM_HEADER;
    assert(length + ITEM_HEADER <= ITEM_BYTES_MOST);
    out[0] = (uint8_t)length;
    out[1] = (uint8_t)(length >> 8);
    /* entry_take() narrows it to the roles that it gets. */
    item_set_mask(out, item_roles(stated[0], stated[1]));
    return length + ITEM_HEADER;
}
