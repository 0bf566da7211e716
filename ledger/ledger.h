/* ledger.h - all entries of one Kafka partition, in memory.
 *
 * A table from identity (the 128-bit hash of kind and key) to a packed entry
 * (entry.h).  One slot of 8 bytes an identity in an open table; identities and
 * entries end to end in one arena.  What longer entries leave behind is swept
 * up when the arena is full and a third of it is waste.
 *
 *      slots   | hash | place |        arena  | identity, size, entry | ...
 *
 * Identities are already random: 32 bits of one are its hash.  Most look-ups
 * are of identities that are new; they touch one slot and not the arena.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

struct identity {
    uint64_t high, low;
};

struct ledger;

/* Empty; NULL when there is no memory.  Freeing NULL is fine. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* The entry of an identity, borrowed until the next put; NULL and size 0 when
 * there is none. */
const uint8_t *ledger_find(const struct ledger *ledger, struct identity id, size_t *size);

/* Ask for the memory that a look-up of id will touch, some look-ups ahead: its
 * slot, and when that is there, what the slot points at. */
void ledger_prefetch(const struct ledger *ledger, struct identity id);
void ledger_prefetch_entry(const struct ledger *ledger, struct identity id);

/* Set the entry of an identity (size > 0).  FAULT_NO_MEMORY leaves the ledger
 * as it was. */
MUST_USE enum fault ledger_put(struct ledger *ledger, struct identity id, const uint8_t *entry,
                               size_t size, struct why *why);

/* Identities that have an entry. */
size_t ledger_count(const struct ledger *ledger);
/* Bytes held, table and arena, used and spare. */
size_t ledger_bytes(const struct ledger *ledger);
/* Bytes of all entries, without waste: what a compacted journal would hold. */
size_t ledger_entry_bytes(const struct ledger *ledger);

/* ledger_next() visits every entry, in no particular order.  Begin with *cursor
 * 0; false at the end.  With puts between two steps every entry is still met
 * that was there at the beginning, as it is then, while ledger_slots() stays
 * the same; when that changes, the cursor means nothing any more. */
size_t ledger_slots(const struct ledger *ledger);
bool ledger_next(const struct ledger *ledger, size_t *cursor, struct identity *id,
                 const uint8_t **entry, size_t *size);

#endif
