/* sums.h - amounts added up by two numbers.
 *
 * A table in the order in which the pairs of numbers were first seen, emptied
 * and used again; rows that are merged (ledger/fold.h) and cells are such sums.
 */
#ifndef LEDGER_SUMS_H
#define LEDGER_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/bins.h"
#include "record/money.h"

struct sum {
    uint64_t where, what;
    wide_t amount;
};

/* One that is all zero is empty. */
struct sums {
    struct sum *table;
    size_t room, used;
    struct bins bins;
    bool failed; /* no memory: the sums are void */
};

/* Of which bins take the low bits. */
static inline uint64_t
sums_hash(uint64_t where, uint64_t what)
{
    uint64_t h = (where ^ (what << 29 | what >> 35)) * UINT64_C(0x9E3779B97F4A7C15);

    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return h ^ h >> 29;
}

/* Add to the sum of this where and what, or make it; without memory `failed` is set. */
void sums_add(struct sums *sums, uint64_t where, uint64_t what, wide_t amount);
/* Empty the table and keep its memory, unless that is far more than was used last. */
void sums_clear(struct sums *sums);
/* Free it; it is all zero then. */
void sums_release(struct sums *sums);

#endif
