/* Slots hold enough of each hash to find its new place without a look at the entries. */
#include "ledger/bins.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 512, SIZE_KEPT = 65536 };

bool
bins_grow(struct bins *bins, size_t used)
{
    size_t size = bins->size == 0 ? SIZE_FIRST : bins->size;

    while (used * 2 >= size)
        size *= 2;
    if (size == bins->size)
        return true;
    struct bins larger = { .at = calloc(size, sizeof *larger.at), .size = size };
    if (larger.at == NULL)
        return false;
    for (size_t i = 0; i < bins->size; i++) {
        uint64_t bin = bins->at[i];
        if (bin == 0)
            continue;
        size_t to = bins_first(&larger, bin >> 32);
        while (!bins_is_free(&larger, to))
            to = bins_next(&larger, to);
        larger.at[to] = bin;
    }
    free(bins->at);
    *bins = larger;
    return true;
}

void
bins_empty(struct bins *bins)
{
    if (bins->size > 0)
        memset(bins->at, 0, bins->size * sizeof *bins->at);
}

void
bins_clear(struct bins *bins, size_t used)
{
    /* What once was large is cleared as such, ever after. */
    if (bins->size > SIZE_KEPT && used * 16 < bins->size)
        bins_release(bins);
    bins_empty(bins);
}

void
bins_release(struct bins *bins)
{
    free(bins->at);
    *bins = (struct bins){ 0 };
}
