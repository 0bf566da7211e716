/* Slots hold enough of each hash to find its new place without a look at the entries. */
#include "ledger/slots.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 512, SIZE_KEPT = 65536 };

bool
slots_grow(struct slots *slots, size_t used)
{
    size_t size = slots->size == 0 ? SIZE_FIRST : slots->size;

    while (used * 2 >= size)
        size *= 2;
    if (size == slots->size)
        return true;
    struct slots larger = { .at = calloc(size, sizeof *larger.at), .size = size };
    if (larger.at == NULL)
        return false;
    for (size_t i = 0; i < slots->size; i++) {
        uint64_t slot = slots->at[i];
        if (slot == 0)
            continue;
        size_t to = slots_first(&larger, slot >> 32);
        while (!slots_is_free(&larger, to))
            to = slots_next(&larger, to);
        larger.at[to] = slot;
    }
    free(slots->at);
    *slots = larger;
    return true;
}

void
slots_clear(struct slots *slots, size_t used)
{
    /* What once was large is cleared as such, ever after. */
    if (slots->size > SIZE_KEPT && used * 16 < slots->size)
        slots_release(slots);
    if (slots->size > 0)
        memset(slots->at, 0, slots->size * sizeof *slots->at);
}

void
slots_release(struct slots *slots)
{
    free(slots->at);
    *slots = (struct slots){ 0 };
}
