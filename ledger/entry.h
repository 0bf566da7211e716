/* entry.h - what the ledger keeps of one identity, packed.
 *
 * An entry is one fact (a transaction, an agreement) or one series-year (the
 * statistics of one province, partner, commodity and year).  A series-year has
 * slots: flow, currency or unit, and exact period; a fact is one slot.  Of all
 * records that were told about a slot, these are kept, each for its role:
 *
 *      STANDS    the one of the highest rank
 *      FINEST    of the grade of the one that stands: the exact figure that is
 *                rounded least; it is shown where the one that stands says the
 *                same more vaguely ("190" over 190.271)
 *      FROM, TO  of those of the highest grade and version: the ends of the
 *                range that all of them may mean; apart, they disagree
 *      RETRACTS  of the grade of the one that stands: the highest retraction;
 *                a FINEST that is no newer is not shown
 *
 * Nearly always one record has all the roles that there are.  A fact has STANDS
 * and TO alone; TO is then the least in rank of the highest class, another one
 * than STANDS where two records of equal authority contradict each other.
 *
 * Each role is the greatest of what was offered, in an order without ties.  So
 * an entry depends on the set of records that it was offered, never on their
 * order (tests/oracle.py, Entry).
 *
 * An entry is a run of items; an item is one record in packed form with a mask
 * of its roles:
 *
 *      +-------------------------------------------+---------------+
 *      | u24 LE: bits 0-12 length, bits 13-23 mask | packed record |   repeated
 *      +-------------------------------------------+---------------+
 *
 * The items of a series-year are sorted by first day, last day and packed
 * bytes, those of a fact by packed bytes, the offset apart (ledger/item.h).
 *
 * The same bytes are a journal item, so replaying a journal is entry_take()
 * again.  Pure: no clock, no memory of its own; the caller owns the buffers.
 */
#ifndef LEDGER_ENTRY_H
#define LEDGER_ENTRY_H

#include "record/record.h"

enum role { ROLE_STANDS, ROLE_FINEST, ROLE_FROM, ROLE_TO, ROLE_RETRACTS, ROLE_COUNT };

/* The slots of one item.  A figure may state a value and a quantity; it has
 * roles in each by itself. */
enum { SLOT_VALUE, SLOT_QUANTITY, SLOT_COUNT };

/* A mask: bit 0 says that the item is of a fact, whose roles are those of
 * SLOT_VALUE. */
enum { ENTRY_FACT = 1 };
static inline uint16_t
entry_role(int slot, enum role role)
{
    return (uint16_t)(2 << (slot * ROLE_COUNT + (int)role));
}

enum {
    ITEM_HEADER = 3,            /* length and mask */
    ITEM_BYTES_MOST = 6 * 1024, /* one packed item, header included */
    ITEM_LENGTH_BITS = 13,
};

/* The mask of the item at `item`, which has a whole header. */
static inline uint16_t
item_mask(const uint8_t *item)
{
    return (uint16_t)(item[1] >> 5 | item[2] << 3);
}
static inline void
item_set_mask(uint8_t *item, uint16_t mask)
{
    item[1] = (uint8_t)((item[1] & 31) | mask << 5);
    item[2] = (uint8_t)(mask >> 3);
}

/* Pack what rank, identity and parts need of a record (not title, source,
 * parties, attributes, id) with all the roles that it could have.  Returns the
 * whole item's bytes, header included; out holds ITEM_BYTES_MOST. */
size_t item_pack(const struct record *r, uint8_t *out);

/* Unpack an item that item_pack() wrote; the record borrows from at.  False
 * when the bytes are not an item (a journal is checked before it is used), or
 * when it can't have the roles of its mask.  draft is NULL in the result, id
 * absent. */
MUST_USE bool item_unpack(const uint8_t *at, size_t size, struct record *r, uint16_t *mask);

/* Bytes of the item at `at`, header included; 0 when it is cut short. */
size_t item_bytes(const uint8_t *at, size_t size);

/* What an item states, without the offset that it lies at: equal for two items
 * of equal records.  The item is whole; borrowed from it. */
struct text item_stated(const uint8_t *item, size_t bytes);
/* The same without the version; how many bytes that takes, 0 for what is no item. */
size_t item_told(const uint8_t *item, size_t bytes, uint8_t out[ITEM_BYTES_MOST]);

/* What an item is about and how strong it is: the bytes that decide nearly
 * always, without unpacking the rest. */
struct item_peek {
    size_t bytes; /* the item's, header included */
    uint16_t mask;
    int8_t grade;
    int8_t flow;       /* of an agreement: 0 */
    int32_t from, day; /* of a fact: both its day */
    int64_t version;
    int64_t offset; /* of its message */
};
/* Read only that, from the item at `at`.  False, and *out is not to be used,
 * when the item is cut short or its first fields are none. */
MUST_USE bool item_peek(const uint8_t *at, size_t size, struct item_peek *out);

/* May the record add to the numbers of a pair, whatever its day: does it name
 * the province, or any but CN where `scope` is ALL, and the partner, or any where
 * it is ALL?  Looks at no more than that.  The item is whole and was checked
 * (journal_read()). */
bool item_names(const uint8_t *item, size_t bytes, int scope, int partner);

/* Offer an item to an entry.  `entry` is the present run of items (size 0:
 * none yet).  When the item gets at least one role, *changed is true, the new
 * run is written to out (its size is returned) and *won is the mask of the roles
 * that it got; else *changed is false, nothing is written and size is returned.
 * Only the roles in the item's own mask are offered, so a journal that holds
 * each item with the mask it won replays to the same bytes.
 * out holds at least size + the item's bytes; it must not overlap entry.
 * The item is one that item_pack() wrote or journal_read() has checked; one
 * that is cut short or of another shape than the entry changes nothing. */
size_t entry_take(const uint8_t *entry, size_t size, const uint8_t *item, size_t item_size,
                  uint8_t *out, bool *changed, uint16_t *won);

/* True when every byte of the run is well-formed and the items are in order. */
bool entry_is_sane(const uint8_t *entry, size_t size);

#endif
