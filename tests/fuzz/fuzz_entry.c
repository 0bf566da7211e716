/* Items of one identity, as a journal holds them: what stands depends on the
 * set of items alone, not on their order, nor on how often they came. */
#include "core/entry.h"
#include "tests/fuzz/fuzz.h"

enum { ITEMS_MOST = 12, RUN_BYTES = (ITEMS_MOST + 1) * ITEM_BYTES_MOST };

struct run {
    size_t size;
    uint8_t at[RUN_BYTES];
};

static bool
offer(struct run *run, const uint8_t *item, size_t size)
{
    static uint8_t out[RUN_BYTES];
    bool changed;
    uint8_t won;
    size_t length;

    MUST(run->size + size <= sizeof out);
    length = entry_take(run->at, run->size, item, size, out, &changed, &won);
    MUST(changed || length == run->size);
    if (changed) {
        MUST(won != 0 && (won & ~item[2]) == 0);
        memcpy(run->at, out, length);
        run->size = length;
        MUST(entry_is_sane(run->at, run->size));
    }
    return changed;
}

static bool
is_fact(const uint8_t *item)
{
    return item[2] == ENTRY_FACT;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct run forwards, backwards;
    const uint8_t *items[ITEMS_MOST];
    size_t sizes[ITEMS_MOST], count = 0;

    (void)entry_is_sane(at, size);
    for (size_t i = 0; i < size && count < ITEMS_MOST;) {
        size_t bytes = item_bytes(at + i, size - i);
        struct record r;
        uint8_t mask;

        if (bytes == 0)
            break;
        if (item_unpack(at + i, bytes, &r, &mask)) {
            static uint8_t packed[ITEM_BYTES_MOST];

            MUST(item_pack(&r, packed) == bytes);
            MUST(memcmp(packed + ITEM_HEADER, at + i + ITEM_HEADER, bytes - ITEM_HEADER) == 0);
            /* One identity has facts or figures, never both. */
            if (count == 0 || is_fact(items[0]) == is_fact(at + i)) {
                items[count] = at + i;
                sizes[count++] = bytes;
            }
        }
        i += bytes;
    }
    forwards.size = backwards.size = 0;
    for (size_t i = 0; i < count; i++) {
        (void)offer(&forwards, items[i], sizes[i]);
        MUST(!offer(&forwards, items[i], sizes[i]));
        (void)offer(&backwards, items[count - 1 - i], sizes[count - 1 - i]);
    }
    for (size_t i = 0; i < count; i++)
        MUST(!offer(&forwards, items[i], sizes[i]));
    MUST(forwards.size == backwards.size);
    MUST(memcmp(forwards.at, backwards.at, forwards.size) == 0);
    return 0;
}
