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
 * The same bytes are a journal item, so replaying a journal is entry_take_item
 * again.  Pure: no clock, no memory of its own; the caller owns the buffers.
 */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include "core/record.h"

enum { ENTRY_FACT = 1, ENTRY_VALUE = 2, ENTRY_QUANTITY = 4 };
enum {
    ITEM_HEADER = 3,                 /* length and mask */
    ITEM_BYTES_MOST = 6 * 1024,      /* one packed item, header included */
};

/* Pack what rank, identity and parts need of a record (not title, source,
 * parties, attributes, id) with all the slots it could stand in.  Returns the
 * whole item's bytes, header included; out holds ITEM_BYTES_MOST. */
size_t item_pack(const struct record *r, uint8_t *out);

/* Unpack an item that item_pack() wrote; the record borrows from at.  False
 * when the bytes are not an item (a journal is checked before it is used).
 * draft is NULL in the result, id absent. */
MUST_USE bool item_unpack(const uint8_t *at, size_t size, struct record *r,
                          uint8_t *mask);

/* Bytes of the item at `at`, header included; 0 when it is cut short. */
size_t item_bytes(const uint8_t *at, size_t size);

/* Offer an item to an entry.  `entry` is the present run of items (size 0:
 * none yet).  When the item stands in at least one of its slots, *changed is
 * true, the new run is written to out (its size is returned) and *won is the
 * mask of slots that it took; else *changed is false and nothing is written.
 * out holds at least size + the item's bytes; it must not overlap entry. */
size_t entry_take(const uint8_t *entry, size_t size, const uint8_t *item,
                  size_t item_size, uint8_t *out, bool *changed, uint8_t *won);

/* True when every byte of the run is well-formed. */
bool entry_is_sane(const uint8_t *entry, size_t size);

#endif
