/* entry.h - what the ledger keeps of one identity, packed.
 *
 * An entry is one fact (transaction or agreement: one standing record) or one
 * series-year (per currency or unit and exact period, the standing record).
 * It is a run of items; an item is one standing record in packed form with a
 * mask of the slots that it stands in:
 *
 *      +--------+------+----------------------+
 *      | length | mask | packed record        |   repeated
 *      | u16 LE | u8   | length - 1 bytes     |
 *      +--------+------+----------------------+
 *
 *   mask  ENTRY_FACT, or ENTRY_VALUE | ENTRY_QUANTITY of a figure
 *
 * Items are sorted by first day, last day and packed bytes: an entry depends
 * on the set of records that it was offered, never on their order.
 *
 * The same bytes are a journal item, so replaying a journal is entry_take()
 * again.  Pure: no clock, no memory of its own; the caller owns the buffers.
 */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "core/record.h"

enum { ENTRY_FACT = 1, ENTRY_VALUE = 2, ENTRY_QUANTITY = 4 };
enum {
    ITEM_HEADER = 3,            /* length and mask */
    ITEM_BYTES_MOST = 6 * 1024, /* one packed item, header included */
};

/* Pack what rank, identity and parts need of a record (not title, source,
 * parties, attributes, id) with all the slots it could stand in.  Returns the
 * whole item's bytes, header included; out holds ITEM_BYTES_MOST. */
size_t item_pack(const struct record *r, uint8_t *out);

/* Unpack an item that item_pack() wrote; the record borrows from at.  False
 * when the bytes are not an item (a journal is checked before it is used).
 * draft is NULL in the result, id absent. */
MUST_USE bool item_unpack(const uint8_t *at, size_t size, struct record *r, uint8_t *mask);

/* Bytes of the item at `at`, header included; 0 when it is cut short. */
size_t item_bytes(const uint8_t *at, size_t size);

/* What an item is about and how strong it is: the bytes that decide nearly
 * always, without unpacking the rest. */
struct item_peek {
    size_t bytes; /* the item's, header included */
    uint8_t mask;
    int8_t grade;
    int32_t from, day; /* of a fact: both its day */
    int64_t version;
};
MUST_USE bool item_peek(const uint8_t *at, size_t size, struct item_peek *out);

/* Offer an item to an entry.  `entry` is the present run of items (size 0:
 * none yet).  When the item stands in at least one of its slots, *changed is
 * true, the new run is written to out (its size is returned) and *won is the
 * mask of slots that it took; else *changed is false, nothing is written and
 * size is returned.  Only the slots in the item's own mask are offered, so a
 * journal that holds each item with the mask it won replays to the same bytes.
 * out holds at least size + the item's bytes; it must not overlap entry.
 * The item is one that item_pack() wrote or journal_read() has checked; one
 * that is cut short or of another shape than the entry changes nothing. */
size_t entry_take(const uint8_t *entry, size_t size, const uint8_t *item, size_t item_size,
                  uint8_t *out, bool *changed, uint8_t *won);

/* True when every byte of the run is well-formed. */
bool entry_is_sane(const uint8_t *entry, size_t size);

#endif
