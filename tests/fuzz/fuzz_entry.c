/* Items of one identity, as a journal holds them: what stands depends on the
 * set of items alone, not on their order, nor on how often they came; and what
 * the records add, each for its reason, is what their parts are. */
#include "ledger/reason.h"
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
    uint16_t won;
    size_t length;

    MUST(run->size + size <= sizeof out);
    length = entry_take(run->at, run->size, item, size, out, &changed, &won);
    MUST(changed || length == run->size);
    if (changed) {
        MUST(won != 0 && (won & ~item_mask(item)) == 0);
        memcpy(run->at, out, length);
        run->size = length;
        MUST(entry_is_sane(run->at, run->size));
    }
    return changed;
}

static bool
is_fact(const uint8_t *item)
{
    return (item_mask(item) & ENTRY_FACT) != 0;
}

/* The sums of both, of all amounts whatever they are of. */
struct sums {
    wide_t parts, reasons;
    const struct run *run;
};

static void
add_part(void *self, const struct part *part)
{
    struct sums *sums = self;
    enum measure_form form = measure_form(part->measure);

    MUST(part->item < sums->run->size);
    if (part->spread == SPREAD_ALL || part->spread == SPREAD_PAIRS)
        if (form == MEASURE_MONEY || form == MEASURE_QUANTITY)
            sums->parts += part->dim->form == DIM_NONE ? part->amount : 0;
}

static void
add_reason(void *self, const struct reason *reason)
{
    struct sums *sums = self;
    const struct others *lists[] = { &reason->others, &reason->flows };

    MUST(reason->item < sums->run->size && reason->kind < REASON_KINDS);
    for (int i = 0; i < 2; i++)
        for (uint32_t k = 0; k < lists[i]->count && k < AGAINST_MOST; k++)
            MUST(lists[i]->items[k] < sums->run->size);
    sums->reasons += measure_form(reason->measure) == MEASURE_COUNT ? 0 : reason->amount;
}

/* A run that replays, whatever its masks are, can lack a role that every slot
 * has: then it has neither. */
static void
compare_reasons(const struct run *run)
{
    struct sums sums = { .run = run };
    struct record r;
    uint16_t mask;
    bool has_parts, has_reasons;

    if (run->size == 0)
        return;
    has_parts = entry_parts(run->at, run->size, add_part, &sums);
    has_reasons = entry_reasons(run->at, run->size, add_reason, &sums);
    MUST(has_parts == has_reasons);
    if (!has_parts)
        return;
    /* A PART is in no total; an agreement of several pairs is in each. */
    for (size_t i = 0; i < run->size; i += item_bytes(run->at + i, run->size - i))
        if (!item_unpack(run->at + i, run->size - i, &r, &mask) || r.type != RECORD_TRADE ||
            r.scope != SCOPE_WHOLE)
            return;
    MUST(sums.parts == sums.reasons);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct run forwards, backwards;
    static uint8_t items[ITEMS_MOST][ITEM_BYTES_MOST];
    size_t sizes[ITEMS_MOST], count = 0;

    (void)entry_is_sane(at, size);
    for (size_t i = 0; i < size && count < ITEMS_MOST;) {
        size_t bytes = item_bytes(at + i, size - i);
        struct record r;
        uint16_t mask;

        if (bytes == 0)
            break;
        if (item_unpack(at + i, bytes, &r, &mask)) {
            static uint8_t packed[ITEM_BYTES_MOST];

            MUST(item_pack(&r, packed) == bytes);
            MUST(memcmp(packed + ITEM_HEADER, at + i + ITEM_HEADER, bytes - ITEM_HEADER) == 0);
            /* One identity has facts or figures, never both. */
            if (count == 0 || is_fact(items[0]) == is_fact(at + i)) {
                r.offset = 0; /* of equal records the first one's is kept: that depends on order */
                sizes[count] = item_pack(&r, items[count]);
                item_set_mask(items[count++], mask);
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
    compare_reasons(&forwards);
    return 0;
}
