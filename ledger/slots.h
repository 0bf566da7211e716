/* slots.h - where the entries of a table are.
 *
 * Open addressing over numbers, so that the entries themselves stand one after the other: they are
 * walked, sorted and forgotten by their count, not by the size of the table.
 *
 *      for (i = slots_first(&slots, hash); !slots_is_free(&slots, i); i = slots_next(&slots, i))
 *          if (slots_may_be(&slots, i, hash) && is_it(&entries[slots_number(&slots, i)]))
 *              return ...;
 *      slots_take(&slots, i, hash, count++);
 */
#ifndef LEDGER_SLOTS_H
#define LEDGER_SLOTS_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

/* All zero is none. */
struct slots {
    uint64_t *at; /* 0: free; else a hash's low 32 bits, and a number + 1 */
    size_t size;  /* a power of two, or 0 */
};

/* Room for one entry more than `used`, half of the slots free at least.  False: no memory, and all
 * is as it was. */
MUST_USE bool slots_grow(struct slots *slots, size_t used);
static inline bool
slots_have_room(const struct slots *slots, size_t used)
{
    return used * 2 < slots->size;
}

/* All free; the memory stays, unless it is far more than `used` want.  slots_release() frees it and
 * leaves all zero. */
void slots_clear(struct slots *slots, size_t used);
void slots_release(struct slots *slots);

static inline size_t
slots_first(const struct slots *slots, uint64_t hash)
{
    return (size_t)(uint32_t)hash & (slots->size - 1);
}
static inline size_t
slots_next(const struct slots *slots, size_t i)
{
    return (i + 1) & (slots->size - 1);
}
static inline bool
slots_is_free(const struct slots *slots, size_t i)
{
    return slots->at[i] == 0;
}
static inline bool
slots_may_be(const struct slots *slots, size_t i, uint64_t hash)
{
    return slots->at[i] >> 32 == (uint32_t)hash;
}
static inline size_t
slots_number(const struct slots *slots, size_t i)
{
    return (uint32_t)slots->at[i] - 1;
}
static inline void
slots_take(struct slots *slots, size_t i, uint64_t hash, size_t number)
{
    slots->at[i] = (uint64_t)(uint32_t)hash << 32 | (uint32_t)(number + 1);
}

#endif
