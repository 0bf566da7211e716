/* entry.c - which records are kept, of all that were told about one identity.
 *
 * The idea: each role of a slot is the greatest of what was offered, in an order
 * that never ties (ledger/entry.h).  So an offer is held against the holder of
 * each role by itself, takes the roles in which it is greater, and a record that
 * has lost its last role is gone.
 *
 *  standing   [Jan..Sep 190.271, all roles]
 *  offered    [Jan..Sep 190, a later version]
 *  after      [Jan..Sep 190, STANDS FROM TO] [Jan..Sep 190.271, FINEST]
 *
 * The finest and the retraction count beside what stands only while they are of
 * its grade.  Both are ordered by grade first, so what a lower grade would have
 * kept, no later record can bring back to use: it is let go, and the outcome
 * still depends on the set alone.  (A finest that is older than the retraction
 * must stay: another one, newer and less fine, was never kept beside it.) */
#include "ledger/entry.h"

#include "base/order.h"
#include "ledger/meant.h"

/* What an item says in one slot. */
struct said {
    const uint8_t *item; /* NULL: nobody has said anything */
    size_t bytes;
    uint16_t mask;
    int8_t grade;
    int64_t version;
    struct range range; /* of a fact: all 0 */
    int64_t step;       /* that the figure was rounded to */
};

/* A record that asks for roles, and in which slots it does. */
struct offer {
    const uint8_t *item;
    struct item_peek peek;
    bool is_fact, is_open;
    struct record record;
};

/* The holders of the roles of the offer's slots, before and after. */
struct seats {
    struct said holders[SLOT_COUNT][ROLE_COUNT];
    struct said offered[SLOT_COUNT];
    uint16_t won;
};

/* Nobody holds anything.  What else is in a struct said is looked at only with its item: so it is
 * not cleared, which would cost more than all the rest. */
static void
seats_clear(struct seats *seats)
{
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        seats->offered[slot].item = NULL;
        for (int role = 0; role < ROLE_COUNT; role++)
            seats->holders[slot][role].item = NULL;
    }
    seats->won = 0;
}

/* The unpacked record, NULL when it can't be read.  It is unpacked once. */
static const struct record *
offer_record(struct offer *offer)
{
    uint16_t mask;

    if (!offer->is_open && !item_unpack(offer->item, offer->peek.bytes, &offer->record, &mask))
        return NULL;
    offer->is_open = true;
    return &offer->record;
}

/* Order of the packed records, without headers and offsets. */
static int
packed_compare(const uint8_t *a, size_t a_bytes, const uint8_t *b, size_t b_bytes)
{
    return text_compare(item_stated(a, a_bytes), item_stated(b, b_bytes));
}

/* ---- the orders of the roles ------------------------------------------------------- */

/* Authority, then version. */
static int
class_compare(const struct said *a, const struct said *b)
{
    int order = order_of(a->grade, b->grade);

    return order != 0 ? order : order_of(a->version, b->version);
}

/* By the whole record; what can't be read doesn't move what is there. */
static int
rank_compare(const struct said *a, const struct said *b)
{
    struct record one, other;
    uint16_t mask;

    if (packed_compare(a->item, a->bytes, b->item, b->bytes) == 0)
        return 0;
    if (!item_unpack(a->item, a->bytes, &one, &mask) ||
        !item_unpack(b->item, b->bytes, &other, &mask))
        return 0;
    return record_rank_compare(&one, &other);
}

/* < 0, 0, > 0 as a is less fit for the role than b, the same record, or fitter. */
static int
role_compare(const struct said *a, const struct said *b, enum role role)
{
    int order = 0;

    if (role == ROLE_FINEST) {
        order = order_of(a->grade, b->grade);
        order = order != 0 ? order : order_of(b->step, a->step);
        order = order != 0 ? order : order_of(a->version, b->version);
        return order != 0 ? order : rank_compare(a, b);
    }
    order = class_compare(a, b);
    if (order == 0 && role == ROLE_FROM)
        order = order_of(a->range.low, b->range.low);
    if (order == 0 && role == ROLE_TO)
        order = order_of(b->range.high, a->range.high);
    if (order != 0)
        return order;
    /* Of a fact the end of the range is its content: the least one is TO. */
    return role == ROLE_TO && (a->mask & ENTRY_FACT) != 0 ? rank_compare(b, a) : rank_compare(a, b);
}

/* ---- who is there ---------------------------------------------------------------------- */

/* What an item says in a slot.  NULL for a fact, whose content is no range. */
static struct said
said_of(const uint8_t *item, const struct item_peek *peek, const struct record *figure, int slot)
{
    struct said said = { .item = item,
                         .bytes = peek->bytes,
                         .mask = peek->mask,
                         .grade = peek->grade,
                         .version = peek->version };

    if (figure != NULL) {
        int64_t amount = slot == SLOT_VALUE ? figure->minor : figure->milli;

        said.range = meant(amount, (enum bound)figure->bound);
        said.step = rounding_step(amount, BOUND_EXACT);
    }
    return said;
}

static uint16_t
slot_roles(int slot)
{
    return (uint16_t)(((2 << ROLE_COUNT) - 2) << slot * ROLE_COUNT);
}

/* Do both state an amount in the same currency, or the same unit? */
static bool
is_same_slot(const struct record *a, const struct record *b, int slot)
{
    if (slot == SLOT_VALUE)
        return a->currency >= 0 && a->currency == b->currency;
    return a->unit.at != NULL && text_equal(a->unit, b->unit);
}

/* One item of the offer's period: what it holds in the offer's slots. */
static bool
seat_item(struct seats *seats, struct offer *offer, const uint8_t *item,
          const struct item_peek *peek)
{
    const struct record *mine = NULL;
    struct record other;
    uint16_t mask;

    if (!offer->is_fact) {
        if (peek->flow != offer->peek.flow)
            return true;
        mine = offer_record(offer);
        if (mine == NULL || !item_unpack(item, peek->bytes, &other, &mask))
            return false;
    }
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        if ((peek->mask & slot_roles(slot)) == 0 || seats->offered[slot].item == NULL ||
            (mine != NULL && !is_same_slot(mine, &other, slot)))
            continue;
        for (int role = 0; role < ROLE_COUNT; role++)
            if ((peek->mask & entry_role(slot, (enum role)role)) != 0)
                seats->holders[slot][role] =
                    said_of(item, peek, mine == NULL ? NULL : &other, slot);
    }
    return true;
}

/* The slots that the offer asks for. */
static bool
seat_offer(struct seats *seats, struct offer *offer)
{
    const struct record *mine = NULL;

    if (!offer->is_fact) {
        mine = offer_record(offer);
        if (mine == NULL)
            return false;
    }
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if ((offer->peek.mask & slot_roles(slot)) != 0)
            seats->offered[slot] = said_of(offer->item, &offer->peek, mine, slot);
    return true;
}

/* ---- who gets what --------------------------------------------------------------------- */

/* Takes roles away that decide nothing any more beside what stands. */
static void
end_roles(struct said holders[ROLE_COUNT])
{
    struct said *stands = &holders[ROLE_STANDS], *finest = &holders[ROLE_FINEST];
    struct said *retracts = &holders[ROLE_RETRACTS];

    /* A compacted journal may bring the finest before the one that stands. */
    if (stands->item == NULL)
        return;
    if (retracts->item != NULL && retracts->grade < stands->grade)
        retracts->item = NULL;
    if (finest->item != NULL && finest->grade < stands->grade)
        finest->item = NULL;
}

static void
deal_roles(struct seats *seats)
{
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        const struct said *offered = &seats->offered[slot];
        struct said *holders = seats->holders[slot];

        if (offered->item == NULL)
            continue;
        for (int role = 0; role < ROLE_COUNT; role++)
            if ((offered->mask & entry_role(slot, (enum role)role)) != 0 &&
                (holders[role].item == NULL ||
                 role_compare(offered, &holders[role], (enum role)role) > 0))
                holders[role] = *offered;
        end_roles(holders);
        for (int role = 0; role < ROLE_COUNT; role++)
            if (holders[role].item != NULL && holders[role].item == offered->item)
                seats->won |= entry_role(slot, (enum role)role);
    }
}

/* The roles that an item of the entry still has.  In slots that are not the
 * offer's it keeps what it has. */
static uint16_t
roles_left(const struct seats *seats, const uint8_t *item, const struct item_peek *peek,
           const uint16_t *shared)
{
    uint16_t left = peek->mask & (uint16_t) ~*shared;

    for (int slot = 0; slot < SLOT_COUNT; slot++)
        for (int role = 0; role < ROLE_COUNT; role++)
            if (seats->holders[slot][role].item == item)
                left |= entry_role(slot, (enum role)role);
    return left;
}

/* ---- the new run --------------------------------------------------------------------------- */

static uint8_t *
put_item(uint8_t *at, const uint8_t *item, size_t bytes, uint16_t mask)
{
    memcpy(at, item, bytes);
    item_set_mask(at, mask);
    return at + bytes;
}

/* The roles of an item in slots that the offer asks for, too. */
static uint16_t
roles_shared(const struct seats *seats, struct offer *offer, const uint8_t *item,
             const struct item_peek *peek)
{
    struct record other;
    uint16_t mask, shared = 0;

    if (offer->is_fact)
        return slot_roles(SLOT_VALUE);
    if (peek->flow != offer->peek.flow || !item_unpack(item, peek->bytes, &other, &mask))
        return 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (seats->offered[slot].item != NULL && is_same_slot(&offer->record, &other, slot))
            shared |= slot_roles(slot);
    return shared;
}

/* Write the items of the offer's own period: each with the roles that it still
 * has, none without a role, the offer in its place. */
static uint8_t *
put_period(uint8_t *at, const uint8_t *entry, size_t size, struct offer *offer,
           const struct seats *seats)
{
    bool is_in = false;
    size_t bytes = offer->peek.bytes;

    for (size_t i = 0; i < size;) {
        struct item_peek peek;
        int order;
        uint16_t left, shared;

        if (!item_peek(entry + i, size - i, &peek))
            break; /* can't be: find_period() has walked here */
        order = packed_compare(offer->item, bytes, entry + i, peek.bytes);
        shared = roles_shared(seats, offer, entry + i, &peek);
        left = roles_left(seats, entry + i, &peek, &shared);
        /* The place of the offer is before the first item that is not smaller.
         * An equal one is the same record, which came first: both masks in it. */
        if (order == 0)
            at = put_item(at, entry + i, peek.bytes, seats->won | left);
        else if (order < 0 && !is_in)
            at = put_item(at, offer->item, bytes, seats->won);
        is_in = is_in || order <= 0;
        if (order != 0 && (left & ~ENTRY_FACT) != 0)
            at = put_item(at, entry + i, peek.bytes, left);
        i += peek.bytes;
    }
    return is_in ? at : put_item(at, offer->item, bytes, seats->won);
}

static int
period_compare(const struct item_peek *a, const struct item_peek *b)
{
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->day > b->day) - (a->day < b->day);
}

/* Where the offer's period begins and ends in the run: of a fact, all of it; and
 * who holds what there.  False: the run has another shape, or can't be read. */
static bool
find_period(const uint8_t *entry, size_t size, struct offer *offer, size_t *begin, size_t *end,
            struct seats *seats)
{
    *begin = *end = size;
    for (size_t i = 0; i < size;) {
        struct item_peek peek;
        int order;

        if (!item_peek(entry + i, size - i, &peek) ||
            ((peek.mask & ENTRY_FACT) != 0) != offer->is_fact)
            return false;
        order = offer->is_fact ? 0 : period_compare(&peek, &offer->peek);
        if (order >= 0 && *begin == size)
            *begin = i;
        /* The items are sorted by period: the ones of the offer's period lie
         * together. */
        if (order > 0) {
            *end = i;
            return true;
        }
        if (order == 0 && !seat_item(seats, offer, entry + i, &peek))
            return false;
        i += peek.bytes;
    }
    return true;
}

size_t
entry_take(const uint8_t *entry, size_t size, const uint8_t *item, size_t item_size, uint8_t *out,
           bool *changed, uint16_t *won)
{
    struct offer offer;
    struct seats seats;
    size_t begin, end;
    uint8_t *at = out;

    *changed = false;
    *won = 0;
    offer.item = item;
    offer.is_open = false;
    if (!item_peek(item, item_size, &offer.peek))
        return size;
    offer.is_fact = (offer.peek.mask & ENTRY_FACT) != 0;
    if (offer.is_fact && size == 0) { /* most records: nobody else asks for anything */
        *changed = true;
        *won = offer.peek.mask;
        return (size_t)(put_item(out, item, offer.peek.bytes, *won) - out);
    }
    seats_clear(&seats);
    if (!seat_offer(&seats, &offer) || !find_period(entry, size, &offer, &begin, &end, &seats))
        return size;
    deal_roles(&seats);
    if (seats.won == 0)
        return size;
    seats.won |= offer.is_fact ? ENTRY_FACT : 0;

    /* What lies before and behind the period is copied as it is. */
    if (begin > 0)
        memcpy(at, entry, begin);
    at = put_period(at + begin, entry + begin, end - begin, &offer, &seats);
    if (end < size)
        memcpy(at, entry + end, size - end);
    *changed = true;
    *won = seats.won;
    return (size_t)(at - out) + (size - end);
}

bool
entry_is_sane(const uint8_t *entry, size_t size)
{
    const uint8_t *before = NULL;
    struct item_peek last = { 0 };

    for (size_t i = 0; i < size;) {
        struct record r;
        struct item_peek peek;
        uint16_t mask;
        int order;

        if (!item_unpack(entry + i, size - i, &r, &mask) || !item_peek(entry + i, size - i, &peek))
            return false;
        order = before == NULL ? -1 : (last.mask & ENTRY_FACT) - (mask & ENTRY_FACT);
        if (before != NULL && order != 0)
            return false; /* a fact and a figure are no entry */
        if (before != NULL && (mask & ENTRY_FACT) == 0)
            order = period_compare(&last, &peek);
        if (before != NULL && order == 0)
            order = packed_compare(before, last.bytes, entry + i, peek.bytes);
        if (order >= 0)
            return false;
        before = entry + i;
        last = peek;
        i += peek.bytes;
    }
    return true;
}
