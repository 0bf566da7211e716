/* The two hashes of the aggregator, both xxHash: 128 bits of an identity, seeded
 * for each journal, and 64 bits of a message, by which a log is recognised. */
#include "aggregator/hash.h"

#include "record/record.h"

#include <xxhash.h>

struct identity
identity_of(uint64_t seed, char kind, struct text key)
{
    /* The kind in front: a fact and an agreement may have the same id. */
    char bytes[KEY_TEXT_BYTES + 1];
    XXH128_hash_t hash;

    bytes[0] = kind;
    memcpy(bytes + 1, key.at, key.length);
    hash = XXH3_128bits_withSeed(bytes, key.length + 1, seed);
    return (struct identity){ hash.high64, hash.low64 };
}

uint64_t
message_hash(struct text key, struct text value)
{
    /* The key's hash is the value's seed; a null key has another seed than an
     * empty one. */
    return XXH3_64bits_withSeed(value.at, value.length,
                                XXH3_64bits_withSeed(key.at, key.length, key.at == NULL));
}
