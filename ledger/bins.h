/* bins.h - where the entries of a table are.
 *
 * Open addressing over numbers, so that the entries themselves stand one after the other: they are
 * walked, sorted and forgotten by their count, not by the size of the table.
 *
 *      for (i = bins_first(&bins, hash); !bins_is_free(&bins, i); i = bins_next(&bins, i))
 *          if (bins_may_be(&bins, i, hash) && is_it(&entries[bins_number(&bins, i)]))
 *              return ...;
 *      bins_take(&bins, i, hash, count++);
 */
#ifndef LEDGER_BINS_H
#define LEDGER_BINS_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

/* All zero is none. */
struct bins {
    uint64_t *at; /* 0: free; else a hash's low 32 bits, and a number + 1 */
    size_t size;  /* a power of two, or 0 */
};

/* Room for one entry more than `used`, half of the bins free at least.  False: no memory, and all
 * is as it was. */
MUST_USE bool bins_grow(struct bins *bins, size_t used);
static inline bool
bins_have_room(const struct bins *bins, size_t used)
{
    return used * 2 < bins->size;
}

/* All free, and as many as before. */
void bins_empty(struct bins *bins);
/* All free; the memory stays, unless it is far more than `used` want.  bins_release() frees it and
 * leaves all zero. */
void bins_clear(struct bins *bins, size_t used);
void bins_release(struct bins *bins);

static inline size_t
bins_first(const struct bins *bins, uint64_t hash)
{
    return (size_t)(uint32_t)hash & (bins->size - 1);
}
static inline size_t
bins_next(const struct bins *bins, size_t i)
{
    return (i + 1) & (bins->size - 1);
}
static inline bool
bins_is_free(const struct bins *bins, size_t i)
{
    return bins->at[i] == 0;
}
static inline bool
bins_may_be(const struct bins *bins, size_t i, uint64_t hash)
{
    return bins->at[i] >> 32 == (uint32_t)hash;
}
static inline size_t
bins_number(const struct bins *bins, size_t i)
{
    return (uint32_t)bins->at[i] - 1;
}
static inline void
bins_take(struct bins *bins, size_t i, uint64_t hash, size_t number)
{
    bins->at[i] = (uint64_t)(uint32_t)hash << 32 | (uint32_t)(number + 1);
}

#endif
