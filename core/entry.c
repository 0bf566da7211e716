/* entry.c - which records stand, of all that were told about one identity.
 *
 * The items of a series-year are sorted by first day, last day and packed
 * bytes, and equal ones are one: what an entry looks like depends on the set
 * of records that it was offered, never on their order.
 */
#include "core/entry.h"

/* A record that asks to stand.  It is unpacked only when it meets a rival. */
struct offer {
    const uint8_t *item;
    struct item_peek peek;
    bool is_open;
    struct record record;
};

static const struct record *
offer_record(struct offer *offer)
{
    uint8_t mask;

    if (!offer->is_open && !item_unpack(offer->item, offer->peek.bytes, &offer->record, &mask))
        return NULL;
    offer->is_open = true;
    return &offer->record;
}

/* Order of the packed records, without their headers. */
static int
packed_compare(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes)
{
    size_t least = a_bytes < b_bytes ? a_bytes : b_bytes;
    int order = memcmp(a + ITEM_HEADER, b + ITEM_HEADER, least - ITEM_HEADER);

    if (order != 0)
        return order;
    return (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

/* Does the offer outrank a standing item?  Authority and version decide nearly
 * always; the whole record is compared only when they are equal.  What can't
 * be read doesn't move what stands. */
static bool
offer_outranks(struct offer *offer, const uint8_t *item, const struct item_peek *peek)
{
    const struct record *mine;
    struct record other;
    uint8_t mask;

    if (offer->peek.grade != peek->grade)
        return offer->peek.grade > peek->grade;
    if (offer->peek.version != peek->version)
        return offer->peek.version > peek->version;
    if (packed_compare(offer->item, offer->peek.bytes, item, peek->bytes) == 0)
        return false; /* the same once more: the usual case */
    mine = offer_record(offer);
    if (mine == NULL || !item_unpack(item, peek->bytes, &other, &mask))
        return false;
    return record_rank_compare(mine, &other) > 0;
}

static size_t
take_fact(const uint8_t *entry, size_t size, struct offer *offer, uint8_t *out, bool *changed,
          uint8_t *won)
{
    struct item_peek peek;

    if (size > 0 && (!item_peek(entry, size, &peek) || peek.mask != ENTRY_FACT ||
                     !offer_outranks(offer, entry, &peek)))
        return size;
    memcpy(out, offer->item, offer->peek.bytes);
    *changed = true;
    *won = ENTRY_FACT;
    return offer->peek.bytes;
}

/* The slots that both stand in, or would: of one period, with one currency or
 * one unit. */
static uint8_t
slots_shared(struct offer *offer, const uint8_t *item, const struct item_peek *peek)
{
    uint8_t shared = offer->peek.mask & peek->mask;
    const struct record *mine = shared == 0 ? NULL : offer_record(offer);
    struct record other;
    uint8_t mask;

    if (mine == NULL || !item_unpack(item, peek->bytes, &other, &mask))
        return 0;
    if (mine->currency != other.currency)
        shared &= (uint8_t)~ENTRY_VALUE;
    if (!text_equal(mine->unit, other.unit))
        shared &= (uint8_t)~ENTRY_QUANTITY;
    return shared;
}

static int
period_compare(const struct item_peek *a, const struct item_peek *b)
{
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

static uint8_t *
put_item(uint8_t *at, const uint8_t *item, size_t bytes, uint8_t mask)
{
    memcpy(at, item, bytes);
    at[2] = mask;
    return at + bytes;
}

/* Write the items of the offer's own period: each without the slots that it
 * loses, none without a slot, the offer in its place. */
static uint8_t *
put_period(uint8_t *at, const uint8_t *entry, size_t size, struct offer *offer, uint8_t won)
{
    bool is_in = false;
    size_t bytes = offer->peek.bytes;

    for (size_t i = 0; i < size;) {
        struct item_peek peek;
        int order;
        uint8_t mask;

        if (!item_peek(entry + i, size - i, &peek))
            break; /* can't be: figure_standing() has walked here */
        order = packed_compare(offer->item, bytes, entry + i, peek.bytes);
        mask = peek.mask & (uint8_t) ~(slots_shared(offer, entry + i, &peek) & won);
        if (order <= 0 && !is_in) {
            at = put_item(at, offer->item, bytes, order == 0 ? won | mask : won);
            is_in = true;
        }
        if (order != 0 && mask != 0)
            at = put_item(at, entry + i, peek.bytes, mask);
        i += peek.bytes;
    }
    return is_in ? at : put_item(at, offer->item, bytes, won);
}

/* Where the offer's period begins and ends in the run, and the slots that the
 * offer would lose there.  False: the run is not one of figures. */
static bool
figure_standing(const uint8_t *entry, size_t size, struct offer *offer, size_t *begin, size_t *end,
                uint8_t *lost)
{
    size_t i = 0;

    *begin = *end = size;
    *lost = 0;
    while (i < size) {
        struct item_peek peek;
        int order;

        if (!item_peek(entry + i, size - i, &peek) || peek.mask == ENTRY_FACT)
            return false;
        order = period_compare(&peek, &offer->peek);
        if (order >= 0 && *begin == size)
            *begin = i;
        if (order > 0) {
            *end = i;
            return true;
        }
        if (order == 0) {
            uint8_t shared = slots_shared(offer, entry + i, &peek);

            if (shared != 0 && !offer_outranks(offer, entry + i, &peek))
                *lost |= shared;
        }
        i += peek.bytes;
    }
    return true;
}

static size_t
take_figure(const uint8_t *entry, size_t size, struct offer *offer, uint8_t *out, bool *changed,
            uint8_t *won)
{
    size_t begin, end;
    uint8_t lost, slots;
    uint8_t *at = out;

    if (!figure_standing(entry, size, offer, &begin, &end, &lost))
        return size;
    slots = offer->peek.mask & (uint8_t)~lost;
    if (slots == 0)
        return size;

    if (begin > 0)
        memcpy(at, entry, begin);
    at = put_period(at + begin, entry + begin, end - begin, offer, slots);
    if (end < size)
        memcpy(at, entry + end, size - end);
    *changed = true;
    *won = slots;
    return (size_t)(at - out) + (size - end);
}

size_t
entry_take(const uint8_t *entry, size_t size, const uint8_t *item, size_t item_size, uint8_t *out,
           bool *changed, uint8_t *won)
{
    struct offer offer;

    *changed = false;
    *won = 0;
    offer.item = item;
    offer.is_open = false;
    if (!item_peek(item, item_size, &offer.peek))
        return size;
    if (offer.peek.mask == ENTRY_FACT)
        return take_fact(entry, size, &offer, out, changed, won);
    return take_figure(entry, size, &offer, out, changed, won);
}

bool
entry_is_sane(const uint8_t *entry, size_t size)
{
    const uint8_t *before = NULL;
    struct item_peek last = { 0 };

    for (size_t i = 0; i < size;) {
        struct record r;
        struct item_peek peek;
        uint8_t mask;
        int order;

        if (!item_unpack(entry + i, size - i, &r, &mask) || !item_peek(entry + i, size - i, &peek))
            return false;
        if (mask == ENTRY_FACT)
            return i == 0 && peek.bytes == size; /* a fact stands alone */
        order = before == NULL ? -1 : period_compare(&last, &peek);
        if (order == 0)
            order = packed_compare(before, last.bytes, entry + i, peek.bytes);
        if (order >= 0)
            return false;
        before = entry + i;
        last = peek;
        i += peek.bytes;
    }
    return true;
}
