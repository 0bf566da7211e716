/* hash.h - the two hashes of the ledger (xxHash, XXH3). */
#ifndef AGGREGATOR_HASH_H
#define AGGREGATOR_HASH_H

#include "base/text.h"
#include "ledger/ledger.h"

/* Identity of what a record is about: kind byte (record_kind) and key text,
 * seeded per partition so that nobody can aim at a collision. */
struct identity identity_of(uint64_t seed, char kind, struct text key);

/* Fingerprint of a message: tells whether the log is still the same one. */
uint64_t message_hash(struct text key, struct text value);

#endif
