/* item.c - one standing record in as few bytes as it takes (core/entry.h).
 *
 *      +------+------+-----+------+---------+-------------------+---------+
 *      | head | more | day | back | version | who, what, where  | amounts |
 *      | u8   | u8   | vi  | vi   | vi      |                   |         |
 *      +------+------+-----+------+---------+-------------------+---------+
 *
 *   head  bits 0-1  shape: transaction, statistic, agreement
 *         bits 2-3  grade         bit 6  a value and its currency follow
 *         bits 4-5  bound         bit 7  a quantity and its unit follow
 *   more  trade: bit 0 status, 1 scope, 2-3 flow, 4 province_area follows,
 *         5 partner_area, 6 commodity; agreement: bits 0-2 status, 3-6 kind
 *   back  statistics only: days from the first to the last of the period
 *   vi    LEB128, unsigned, in the shortest form
 *
 * A trade event then has province and partner, two letters each, and the texts
 * that `more` names; an agreement has its four lists.  A list, and a text of
 * varying length, begins with a byte that counts.  Places and currencies are
 * their codes, never rows of a table: a journal outlives a table.
 *
 * Every fact has exactly one form, so that equal bytes mean equal rank.
 */
#include <assert.h>

#include "core/entry.h"

enum shape { SHAPE_TRANSACTION, SHAPE_STATISTIC, SHAPE_AGREEMENT, SHAPE_COUNT };
enum { HAS_VALUE = 1 << 6, HAS_QUANTITY = 1 << 7 };
enum { HAS_PROVINCE_AREA = 1 << 4, HAS_PARTNER_AREA = 1 << 5, HAS_COMMODITY = 1 << 6 };
enum { PAIR_CODE = 2, CURRENCY_CODE = 3, PERIOD_BACK_MOST = 365 };
#define VERSION_MOST ((INT64_C(1) << 53) - 1)

/* ---- writing: ITEM_BYTES_MOST is more than the largest valid record needs --- */

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

static uint8_t *
put_list(uint8_t *at, const struct item_list *list)
{
    *at++ = (uint8_t)list->count;
    for (int i = 0; i < list->count; i++)
        at = put_text(at, list->items[i]);
    return at;
}

static uint8_t *
put_trade(uint8_t *at, const struct record *r)
{
    at = put_province(at, r->province);
    at = put_bytes(at, partner_code(r->partner), PAIR_CODE);
    if (r->province_area.at != NULL)
        at = put_text(at, r->province_area);
    if (r->partner_area.at != NULL)
        at = put_text(at, r->partner_area);
    if (r->commodity.at != NULL)
        at = put_text(at, r->commodity);
    return at;
}

static uint8_t *
put_agreement(uint8_t *at, const struct record *r)
{
    *at++ = (uint8_t)r->province_count;
    for (int i = 0; i < r->province_count; i++)
        at = put_province(at, r->provinces[i]);
    *at++ = (uint8_t)r->partner_count;
    for (int i = 0; i < r->partner_count; i++)
        at = put_bytes(at, partner_code(r->partners[i]), PAIR_CODE);
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
    uint8_t *at = out + ITEM_HEADER;
    size_t length;

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

    length = (size_t)(at - out) - 2;
    assert(length + 2 <= ITEM_BYTES_MOST);
    out[0] = (uint8_t)length;
    out[1] = (uint8_t)(length >> 8);
    out[2] = shape != SHAPE_STATISTIC
                 ? ENTRY_FACT
                 : (uint8_t)((has_value ? ENTRY_VALUE : 0) | (has_quantity ? ENTRY_QUANTITY : 0));
    return length + 2;
}

/* ---- reading: nothing is believed ------------------------------------------ */

struct cursor {
    const uint8_t *at, *end;
};

static bool
take_bytes(struct cursor *c, size_t length, struct text *out)
{
    if ((size_t)(c->end - c->at) < length)
        return false;
    *out = (struct text){ (const char *)c->at, length };
    c->at += length;
    return true;
}

static bool
take_byte(struct cursor *c, uint8_t *out)
{
    if (c->at == c->end)
        return false;
    *out = *c->at++;
    return true;
}

static bool
take_integer(struct cursor *c, int64_t most, int64_t *out)
{
    uint64_t n = 0;

    for (int shift = 0; shift < 63 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;

        n |= (uint64_t)(byte & 127) << shift;
        if (byte >= 128)
            continue;
        *out = (int64_t)n;
        return n <= (uint64_t)most && (byte != 0 || shift == 0);
    }
    return false;
}

/* The sets of characters that texts are made of. */
enum letters { DIGITS = 1, CAPITALS = 2, SMALLS = 4, DASH = 8 };

static bool
made_of(struct text t, int letters)
{
    for (size_t i = 0; i < t.length; i++) {
        char c = t.at[i];
        int kind = '0' <= c && c <= '9'   ? DIGITS
                   : 'A' <= c && c <= 'Z' ? CAPITALS
                   : 'a' <= c && c <= 'z' ? SMALLS
                   : c == '-'             ? DASH
                                          : 0;

        if ((kind & letters) == 0)
            return false;
    }
    return true;
}

static bool
take_text(struct cursor *c, size_t least, size_t most, int letters, struct text *out)
{
    uint8_t length;

    return take_byte(c, &length) && least <= length && length <= most &&
           take_bytes(c, length, out) && made_of(*out, letters);
}

static bool
take_area(struct cursor *c, struct text *out)
{
    return take_text(c, 2, 12, DIGITS | CAPITALS | DASH, out);
}

static bool
take_commodity(struct cursor *c, struct text *out)
{
    return take_text(c, 2, 10, DIGITS, out) && out->length % 2 == 0;
}

static bool
take_province(struct cursor *c, int16_t *out)
{
    char code[] = "CN-??";
    struct text letters;
    int row;

    if (!take_bytes(c, PAIR_CODE, &letters))
        return false;
    memcpy(code + 3, letters.at, PAIR_CODE);
    row =
        province_find(text_equal(letters, TEXT_LITERAL("CN")) ? letters : (struct text){ code, 5 });
    *out = (int16_t)row;
    return row >= 0;
}

static bool
take_partner(struct cursor *c, int16_t *out)
{
    struct text letters;

    if (!take_bytes(c, PAIR_CODE, &letters))
        return false;
    *out = (int16_t)partner_find(letters);
    return *out >= 0;
}

/* Lists are sorted and without repeats, as record_settle() leaves them. */
static bool
take_list(struct cursor *c, bool (*take)(struct cursor *, struct text *), struct item_list *list)
{
    uint8_t count;

    if (!take_byte(c, &count) || count > LIST_MOST)
        return false;
    list->count = count;
    for (int i = 0; i < count; i++) {
        if (!take(c, &list->items[i]))
            return false;
        if (i > 0 && text_compare(list->items[i - 1], list->items[i]) >= 0)
            return false;
    }
    return true;
}

static bool
take_sector(struct cursor *c, struct text *out)
{
    return take_text(c, 1, 32, DIGITS | SMALLS | DASH, out);
}

static bool
take_trade(struct cursor *c, uint8_t more, struct record *r)
{
    r->status = more & 1;
    r->scope = more >> 1 & 1;
    r->flow = more >> 2 & 3;
    if (r->flow >= FLOW_COUNT || more >> 7 != 0)
        return false;
    return take_province(c, &r->province) && take_partner(c, &r->partner) &&
           ((more & HAS_PROVINCE_AREA) == 0 || take_area(c, &r->province_area)) &&
           ((more & HAS_PARTNER_AREA) == 0 || take_area(c, &r->partner_area)) &&
           ((more & HAS_COMMODITY) == 0 || take_commodity(c, &r->commodity));
}

static bool
take_agreement(struct cursor *c, uint8_t more, struct record *r)
{
    uint8_t count;

    r->status = more & 7;
    r->kind = (int8_t)(more >> 3);
    if (r->status >= AGREEMENT_STATUS_COUNT || r->kind >= KIND_COUNT)
        return false;

    if (!take_byte(c, &count) || count < 1 || count > PROVINCES_MOST)
        return false;
    r->province_count = count;
    for (int i = 0; i < count; i++)
        if (!take_province(c, &r->provinces[i]) ||
            (i > 0 && strcmp(scope_code(r->provinces[i - 1]), scope_code(r->provinces[i])) >= 0))
            return false;

    if (!take_byte(c, &count) || count < 1 || count > LIST_MOST)
        return false;
    r->partner_count = count;
    for (int i = 0; i < count; i++)
        if (!take_partner(c, &r->partners[i]) ||
            (i > 0 && strcmp(partner_code(r->partners[i - 1]), partner_code(r->partners[i])) >= 0))
            return false;

    return take_list(c, take_area, &r->areas) && take_list(c, take_sector, &r->sectors) &&
           r->province_count * r->partner_count * (1 + r->areas.count + r->sectors.count) <=
               CELLS_MOST;
}

static bool
take_value(struct cursor *c, struct record *r)
{
    struct text code;

    if (!take_bytes(c, CURRENCY_CODE, &code) || !take_integer(c, AMOUNT_LIMIT - 1, &r->minor))
        return false;
    r->currency = (int16_t)currency_find(code);
    return r->currency >= 0;
}

/* Everything that may be absent is. */
static void
record_clear(struct record *r)
{
    static const struct text absent = { NULL, 0 };

    r->id_derived_wanted = false;
    r->basis = r->scope = r->flow = r->kind = -1;
    r->province = r->partner = r->currency = -1;
    r->minor = r->milli = r->at_ms = 0;
    r->id = r->unit = r->province_area = r->partner_area = r->commodity = absent;
    r->province_count = r->partner_count = 0;
    r->areas.count = r->parties.count = r->sectors.count = 0;
    r->draft = NULL;
}

/* head, more, day, back, version: what an item is about, and how strong. */
static bool
take_peek(struct cursor *c, uint8_t *head, uint8_t *more, struct item_peek *out)
{
    int64_t day, back = 0;

    if (!take_byte(c, head) || !take_byte(c, more) || !take_integer(c, DAY_LAST, &day))
        return false;
    if ((*head & 3) == SHAPE_STATISTIC && !take_integer(c, PERIOD_BACK_MOST, &back))
        return false;
    if (!take_integer(c, VERSION_MOST, &out->version) || back > day)
        return false;
    out->grade = (int8_t)(*head >> 2 & 3);
    out->from = (int32_t)(day - back);
    out->day = (int32_t)day;
    return (*head & 3) < SHAPE_COUNT;
}

size_t
item_bytes(const uint8_t *at, size_t size)
{
    size_t bytes;

    if (size < ITEM_HEADER)
        return 0;
    bytes = ((size_t)at[0] | (size_t)at[1] << 8) + 2;
    return bytes <= ITEM_HEADER || bytes > ITEM_BYTES_MOST || bytes > size ? 0 : bytes;
}

bool
item_peek(const uint8_t *at, size_t size, struct item_peek *out)
{
    size_t bytes = item_bytes(at, size);
    struct cursor c = { at, at + bytes };
    uint8_t head, more;

    if (bytes == 0)
        return false;
    c.at += ITEM_HEADER;
    out->bytes = bytes;
    out->mask = at[2];
    return take_peek(&c, &head, &more, out);
}

/* A fact stands in its one slot; a figure only in slots that it could fill. */
static bool
mask_is_sane(uint8_t mask, uint8_t head)
{
    uint8_t could = (uint8_t)((head & HAS_VALUE ? ENTRY_VALUE : 0) |
                              (head & HAS_QUANTITY ? ENTRY_QUANTITY : 0));

    if ((head & 3) != SHAPE_STATISTIC)
        return mask == ENTRY_FACT;
    return mask != 0 && (mask & ~could) == 0;
}

bool
item_unpack(const uint8_t *at, size_t size, struct record *r, uint8_t *mask)
{
    size_t bytes = item_bytes(at, size);
    struct cursor c = { at, at + bytes };
    struct item_peek peek;
    uint8_t head, more;
    bool is_agreement;

    if (bytes == 0)
        return false;
    c.at += ITEM_HEADER;
    if (!take_peek(&c, &head, &more, &peek) || !mask_is_sane(at[2], head))
        return false;

    record_clear(r);
    is_agreement = (head & 3) == SHAPE_AGREEMENT;
    r->type = is_agreement ? RECORD_AGREEMENT : RECORD_TRADE;
    if (!is_agreement)
        r->basis = (head & 3) == SHAPE_STATISTIC ? BASIS_STATISTIC : BASIS_TRANSACTION;
    r->version = peek.version;
    r->grade = peek.grade;
    r->bound = head >> 4 & 3;
    r->from = peek.from;
    r->day = peek.day;
    if (!(is_agreement ? take_agreement(&c, more, r) : take_trade(&c, more, r)))
        return false;

    if ((head & HAS_VALUE) != 0 && !take_value(&c, r))
        return false;
    if ((head & HAS_QUANTITY) != 0 && !(take_text(&c, 2, 3, DIGITS | CAPITALS, &r->unit) &&
                                        take_integer(&c, AMOUNT_LIMIT - 1, &r->milli)))
        return false;
    if (is_agreement ? (head & HAS_QUANTITY) != 0 : (head & (HAS_VALUE | HAS_QUANTITY)) == 0)
        return false;
    *mask = at[2];
    return c.at == c.end;
}
