#include "aggregator/hash.h"

#include "core/record.h"

#include <xxhash.h>

struct identity
identity_of(uint64_t seed, char kind, struct text key)
{
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
    return XXH3_64bits_withSeed(value.at, value.length,
                                XXH3_64bits_withSeed(key.at, key.length, key.at == NULL));
}
