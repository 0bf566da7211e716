/* item_unpack.c - reading an item: nothing is believed.
 *
 * Items come back from Redis.  A checksum says that bytes were not damaged, and
 * not that a sane program wrote them.  What is read here is as valid as a
 * settled record: codes that this build knows, lists sorted, lengths in range,
 * numbers in their one form. */
#include "ledger/item.h"

#include "record/unit.h"

struct cursor {
    const uint8_t *at, *end;
};

/* Each take_ is false when the bytes do not hold it. */
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

/* An integer in its shortest form: a last byte of 0 would be a longer one.
 * Else the same number could be packed in two ways, and equal records would not
 * be equal bytes. */
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

/* Every character is one of the given sets. */
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

/* A byte of length, then so many characters of the given sets. */
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

/* The two letters behind "CN-"; CN itself is the whole country. */
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

/* Two letters, or a length of more than two and so many letters: the one form
 * that a code has. */
static bool
take_partner(struct cursor *c, int16_t *out)
{
    struct text letters;
    uint8_t length = PAIR_CODE;

    if (c->at < c->end && *c->at < 'A' && (!take_byte(c, &length) || length <= PAIR_CODE))
        return false;
    if (!take_bytes(c, length, &letters))
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

/* `more` says which texts follow; those that do not stay absent. */
static bool
take_trade(struct cursor *c, uint8_t more, struct record *r)
{
    r->status = more & 1;
    r->scope = more >> 1 & 1;
    r->flow = more >> 2 & 3;
    /* Bit 7 of `more` means nothing yet and must be 0. */
    if (r->flow >= FLOW_COUNT || more >> 7 != 0)
        return false;
    return take_province(c, &r->province) && take_partner(c, &r->partner) &&
           ((more & HAS_PROVINCE_AREA) == 0 || take_area(c, &r->province_area)) &&
           ((more & HAS_PARTNER_AREA) == 0 || take_area(c, &r->partner_area)) &&
           ((more & HAS_COMMODITY) == 0 || take_commodity(c, &r->commodity));
}

/* At least one province and one partner; codes rise. */
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
           /* The same bound as record_settle() has: parts are made without
            * another look. */
           r->province_count * r->partner_count * (1 + r->areas.count + r->sectors.count) <=
               CELLS_MOST;
}

/* A currency that this build does not know makes the item unreadable. */
static bool
take_value(struct cursor *c, struct record *r)
{
    struct text code;

    if (!take_bytes(c, CURRENCY_CODE, &code) || !take_integer(c, AMOUNT_LIMIT - 1, &r->minor))
        return false;
    r->currency = (int16_t)currency_find(code);
    return r->currency >= 0;
}

/* A unit that this build does not know, likewise. */
static bool
take_unit(struct cursor *c, struct text *out)
{
    return take_text(c, 2, UNIT_LENGTH, DIGITS | CAPITALS, out) && unit_is_known(*out);
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

/* The first fields: what an item is about, and how strong it is.  They stand in
 * front so that item_peek() need not look at the rest. */
static bool
take_peek(struct cursor *c, uint8_t *head, uint8_t *more, struct item_peek *out)
{
    int64_t day, back = 0;

    if (!take_integer(c, INT64_MAX, &out->offset) || !take_byte(c, head) || !take_byte(c, more) ||
        !take_integer(c, DAY_LAST, &day))
        return false;
    if ((*head & 3) == SHAPE_STATISTIC && !take_integer(c, PERIOD_BACK_MOST, &back))
        return false;
    if (!take_integer(c, VERSION_MOST, &out->version) || back > day)
        return false;
    out->grade = (int8_t)(*head >> 2 & 3);
    out->flow = (*head & 3) == SHAPE_AGREEMENT ? 0 : (int8_t)(*more >> 2 & 3);
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
    bytes = ((size_t)at[0] | (size_t)(at[1] & 31) << 8) + ITEM_HEADER;
    return bytes <= ITEM_HEADER || bytes > ITEM_BYTES_MOST || bytes > size ? 0 : bytes;
}

struct text
item_stated(const uint8_t *item, size_t bytes)
{
    size_t at = ITEM_HEADER;

    while (at < bytes && item[at] >= 128)
        at++;
    at += at < bytes;
    return (struct text){ (const char *)item + at, bytes - at };
}

size_t
item_told(const uint8_t *item, size_t bytes, uint8_t out[ITEM_BYTES_MOST])
{
    struct text stated = item_stated(item, bytes);
    const uint8_t *begin = (const uint8_t *)stated.at;
    struct cursor c = { begin, begin + stated.length };
    uint8_t head, more;
    int64_t n;
    size_t before;

    if (!take_byte(&c, &head) || !take_byte(&c, &more) || !take_integer(&c, DAY_LAST, &n) ||
        ((head & 3) == SHAPE_STATISTIC && !take_integer(&c, PERIOD_BACK_MOST, &n)))
        return 0;
    before = (size_t)(c.at - begin);
    if (!take_integer(&c, VERSION_MOST, &n))
        return 0;
    memcpy(out, begin, before);
    memcpy(out + before, c.at, (size_t)(c.end - c.at));
    return before + (size_t)(c.end - c.at);
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
    out->mask = item_mask(at);
    return take_peek(&c, &head, &more, out);
}

/* What a list of codes says of one of them: it is in it, or ALL is asked for. */
static bool
is_among(const int16_t *rows, int count, int row)
{
    for (int i = 0; i < count; i++)
        if (rows[i] == row)
            return true;
    return false;
}

static bool
any_province(const int16_t *rows, int count)
{
    return count > 1 || rows[0] != PROVINCE_CN;
}

/* Of an agreement, which has lists: there are few. */
static bool
agreement_names(struct cursor *c, uint8_t more, int scope, int partner)
{
    struct record r;

    record_clear(&r);
    return take_agreement(c, more, &r) &&
           (scope == SCOPE_ALL ? any_province(r.provinces, r.province_count)
                               : is_among(r.provinces, r.province_count, scope)) &&
           (partner == PARTNER_ALL || is_among(r.partners, r.partner_count, partner));
}

bool
item_names(const uint8_t *item, size_t bytes, int scope, int partner)
{
    struct cursor c = { item + ITEM_HEADER, item + bytes };
    struct item_peek peek;
    uint8_t head, more;
    int16_t province, with;

    if (!take_peek(&c, &head, &more, &peek))
        return false;
    if ((head & 3) == SHAPE_AGREEMENT)
        return agreement_names(&c, more, scope, partner);
    if (!take_province(&c, &province) || !take_partner(&c, &with))
        return false;
    return (scope == SCOPE_ALL ? province != PROVINCE_CN : province == scope) &&
           (partner == PARTNER_ALL || with == partner);
}

/* At least one role, and none that it can't have. */
static bool
mask_is_sane(uint16_t mask, uint8_t head, uint8_t more)
{
    bool is_fact = (head & 3) != SHAPE_STATISTIC;

    return (mask & ENTRY_FACT) == (is_fact ? ENTRY_FACT : 0) && (mask & ~ENTRY_FACT) != 0 &&
           (mask & ~item_roles(head, more)) == 0;
}

bool
item_unpack(const uint8_t *at, size_t size, struct record *r, uint16_t *mask)
{
    size_t bytes = item_bytes(at, size);
    struct cursor c = { at, at + bytes };
    struct item_peek peek;
    uint8_t head, more;
    bool is_agreement;

    if (bytes == 0)
        return false;
    c.at += ITEM_HEADER;
    if (!take_peek(&c, &head, &more, &peek) || !mask_is_sane(item_mask(at), head, more))
        return false;

    record_clear(r);
    is_agreement = (head & 3) == SHAPE_AGREEMENT;
    r->type = is_agreement ? RECORD_AGREEMENT : RECORD_TRADE;
    if (!is_agreement)
        r->basis = (head & 3) == SHAPE_STATISTIC ? BASIS_STATISTIC : BASIS_TRANSACTION;
    r->offset = peek.offset;
    r->version = peek.version;
    r->grade = peek.grade;
    r->bound = head >> 4 & 3;
    r->from = peek.from;
    r->day = peek.day;
    if (!(is_agreement ? take_agreement(&c, more, r) : take_trade(&c, more, r)))
        return false;

    if ((head & HAS_VALUE) != 0 && !take_value(&c, r))
        return false;
    if ((head & HAS_QUANTITY) != 0 &&
        !(take_unit(&c, &r->unit) && take_integer(&c, AMOUNT_LIMIT - 1, &r->milli)))
        return false;
    /* An agreement has no quantity; a trade event without any amount is none. */
    if (is_agreement ? (head & HAS_QUANTITY) != 0 : (head & (HAS_VALUE | HAS_QUANTITY)) == 0)
        return false;
    *mask = item_mask(at);
    return c.at == c.end;
}
