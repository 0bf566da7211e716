/* The texts of dimensions as numbers, so that rows are small and compare fast.
 *
 * A number is good for this table alone, and is never stored.  Nothing is ever
 * taken out: there are as many dimensions as chapters, areas and sectors that
 * were named. */
#include "ledger/fold.h"

enum { FIRST_SLOTS = 64, BLOCK_BYTES = 16 * 1024 };

/* The texts lie in blocks that never move, so a text that was handed out stays
 * good. */
struct block {
    struct block *before;
    size_t used;
    char bytes[BLOCK_BYTES];
};

struct dim_table {
    struct text *texts; /* by number; 0 is "" */
    uint32_t count, room;
    uint32_t *slots; /* open table of numbers; 0 is free */
    uint32_t slot_count;
    struct block *blocks;
};

struct dim_table *
dim_table_new(void)
{
    struct dim_table *table = calloc(1, sizeof *table);

    if (table == NULL)
        return NULL;
    table->room = FIRST_SLOTS;
    table->slot_count = FIRST_SLOTS;
    table->texts = calloc(table->room, sizeof *table->texts);
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    if (table->texts == NULL || table->slots == NULL) {
        dim_table_free(table);
        return NULL;
    }
    table->texts[0] = TEXT_LITERAL("");
    table->count = 1;
    return table;
}

void
dim_table_free(struct dim_table *table)
{
    if (table == NULL)
        return;
    while (table->blocks != NULL) {
        struct block *before = table->blocks->before;
        free(table->blocks);
        table->blocks = before;
    }
    free(table->texts);
    free(table->slots);
    free(table);
}

/* FNV-1a: dimensions are short. */
static uint32_t
hash_of(struct text t)
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < t.length; i++)
        h = (h ^ (uint8_t)t.at[i]) * 16777619U;
    return h ^ h >> 15;
}

/* The slot of a text, or the free one where it belongs. */
static uint32_t *
slot_of(const struct dim_table *table, uint32_t *slots, uint32_t slot_count, struct text t)
{
    uint32_t i = hash_of(t) & (slot_count - 1);

    while (slots[i] != 0 && !text_equal(table->texts[slots[i]], t))
        i = (i + 1) & (slot_count - 1);
    return &slots[i];
}

/* Twice the slots.  The texts may have grown although the slots could not: that
 * does no harm. */
static bool
grow(struct dim_table *table)
{
    uint32_t count = table->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    struct text *texts = realloc(table->texts, count * sizeof *texts);

    if (texts != NULL) {
        table->texts = texts;
        table->room = count;
    }
    if (slots == NULL || texts == NULL) {
        free(slots);
        return false;
    }
    for (uint32_t n = 1; n < table->count; n++)
        *slot_of(table, slots, count, table->texts[n]) = n;
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

/* A copy of the text that lives as long as the table; NULL: no memory. */
static char *
keep(struct dim_table *table, struct text t)
{
    struct block *block = table->blocks;
    char *at;

    if (block == NULL || BLOCK_BYTES - block->used < t.length) {
        block = malloc(sizeof *block);
        if (block == NULL)
            return NULL;
        block->before = table->blocks;
        block->used = 0;
        table->blocks = block;
    }
    at = block->bytes + block->used;
    memcpy(at, t.at, t.length);
    block->used += t.length;
    return at;
}

uint32_t
dim_table_number(struct dim_table *table, const struct dim *dim)
{
    char spelt[DIM_TEXT];
    struct text t;
    uint32_t *slot;
    char *kept;

    if (dim->form == DIM_NONE)
        return 0;
    t = (struct text){ spelt, dim_write(dim, spelt) };
    slot = slot_of(table, table->slots, table->slot_count, t);
    if (*slot != 0)
        return *slot;
    if (table->count * 2 >= table->slot_count) {
        /* The slots were dealt anew, so the place is looked up again. */
        if (!grow(table))
            return UINT32_MAX;
        slot = slot_of(table, table->slots, table->slot_count, t);
    }
    kept = keep(table, t);
    if (kept == NULL)
        return UINT32_MAX;
    table->texts[table->count] = (struct text){ kept, t.length };
    *slot = table->count;
    return table->count++;
}

struct text
dim_table_text(const struct dim_table *table, uint32_t number)
{
    return table->texts[number];
}
