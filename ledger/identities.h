/* identities.h - a set of identities.
 *
 * Open addressing; identities are hashes already, and their low bits are the place.  { 0, 0 }
 * marks a free one: no identity of 128 random bits is that one.
 */
#ifndef LEDGER_IDENTITIES_H
#define LEDGER_IDENTITIES_H

#include "ledger/ledger.h"

/* All zero is empty. */
struct identities {
    struct identity *table;
    size_t size, used;
};

/* *is_new: it was not there.  False: no memory, and the set is as it was. */
MUST_USE bool identities_add(struct identities *set, struct identity id, bool *is_new);
bool identities_have(const struct identities *set, struct identity id);

/* Visits each, in no particular order: begin with *cursor 0; false at the end.  Nothing is added
 * meanwhile. */
bool identities_next(const struct identities *set, size_t *cursor, struct identity *id);

/* Empty again: the memory is kept, or freed. */
void identities_clear(struct identities *set);
void identities_release(struct identities *set);

#endif
