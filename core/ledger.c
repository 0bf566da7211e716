#include "core/ledger.h"

#include <assert.h>

enum {
    FIRST_SLOTS = 64, /* a power of two */
    UNIT = 4,         /* entries begin at multiples of this */
    FIRST_ARENA = 4096,
};

struct slot {
    uint64_t high, low;
    uint32_t unit; /* offset in the arena / UNIT */
    uint32_t size; /* 0: the slot is free */
};

struct ledger {
    struct slot *slots;
    size_t slot_count, used;
    uint8_t *arena;
    size_t arena_size, arena_used; /* bytes, multiples of UNIT */
    size_t entry_bytes;            /* sum of entries, rounded up to UNIT */
};

static size_t
rounded(size_t size)
{
    return (size + UNIT - 1) / UNIT * UNIT;
}

struct ledger *
ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (ledger == NULL)
        return NULL;
    ledger->slots = calloc(FIRST_SLOTS, sizeof *ledger->slots);
    ledger->arena = malloc(FIRST_ARENA);
    if (ledger->slots == NULL || ledger->arena == NULL) {
        ledger_free(ledger);
        return NULL;
    }
    ledger->slot_count = FIRST_SLOTS;
    ledger->arena_size = FIRST_ARENA;
    return ledger;
}

void
ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    free(ledger->slots);
    free(ledger->arena);
    free(ledger);
}

/* The slot of id, or the free slot where it belongs. */
static struct slot *
slot_of(struct slot *slots, size_t count, struct identity id)
{
    size_t i = (size_t)id.low & (count - 1);

    while (slots[i].size != 0 && (slots[i].low != id.low || slots[i].high != id.high))
        i = (i + 1) & (count - 1);
    return &slots[i];
}

const uint8_t *
ledger_find(const struct ledger *ledger, struct identity id, size_t *size)
{
    const struct slot *slot = slot_of(ledger->slots, ledger->slot_count, id);

    *size = slot->size;
    return slot->size == 0 ? NULL : ledger->arena + (size_t)slot->unit * UNIT;
}

void
ledger_prefetch(const struct ledger *ledger, struct identity id)
{
    __builtin_prefetch(&ledger->slots[(size_t)id.low & (ledger->slot_count - 1)]);
}

static bool
grow_slots(struct ledger *ledger)
{
    size_t count = ledger->slot_count * 2;
    struct slot *slots = calloc(count, sizeof *slots);

    if (slots == NULL)
        return false;
    for (size_t i = 0; i < ledger->slot_count; i++) {
        const struct slot *old = &ledger->slots[i];
        if (old->size != 0)
            *slot_of(slots, count, (struct identity){ old->high, old->low }) = *old;
    }
    free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_count = count;
    return true;
}

/* Copy what lives into an arena with room for `more` bytes. */
static bool
sweep(struct ledger *ledger, size_t more)
{
    size_t size = rounded(ledger->entry_bytes + ledger->entry_bytes / 2 + more + FIRST_ARENA);
    uint8_t *arena = malloc(size);
    size_t used = 0;

    if (arena == NULL)
        return false;
    for (size_t i = 0; i < ledger->slot_count; i++) {
        struct slot *slot = &ledger->slots[i];
        if (slot->size == 0)
            continue;
        memcpy(arena + used, ledger->arena + (size_t)slot->unit * UNIT, slot->size);
        slot->unit = (uint32_t)(used / UNIT);
        used += rounded(slot->size);
    }
    free(ledger->arena);
    ledger->arena = arena;
    ledger->arena_size = size;
    ledger->arena_used = used;
    return true;
}

static bool
make_room(struct ledger *ledger, size_t size)
{
    size_t waste = ledger->arena_used - ledger->entry_bytes;
    size_t wanted;
    uint8_t *arena;

    if (ledger->arena_used + size <= ledger->arena_size)
        return true;
    if (waste > ledger->entry_bytes / 2 + FIRST_ARENA)
        return sweep(ledger, size);
    if ((ledger->arena_used + size) / UNIT > UINT32_MAX)
        return false; /* beyond what a slot can name, 16 GiB */
    wanted = rounded(ledger->arena_size + ledger->arena_size / 2 + size);
    arena = realloc(ledger->arena, wanted);
    if (arena == NULL)
        return false;
    ledger->arena = arena;
    ledger->arena_size = wanted;
    return true;
}

enum fault
ledger_put(struct ledger *ledger, struct identity id, const uint8_t *entry, size_t size,
           struct why *why)
{
    struct slot *slot;

    assert(size > 0 && size <= UINT32_MAX);
    if (ledger->used * 4 >= ledger->slot_count * 3 && !grow_slots(ledger))
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu identities", ledger->used);
    slot = slot_of(ledger->slots, ledger->slot_count, id);
    if (slot->size == 0 || rounded(slot->size) < size) {
        if (!make_room(ledger, rounded(size)))
            return why_set(why, FAULT_NO_MEMORY, "no memory for the ledger's entries");
        if (slot->size == 0)
            ledger->used++;
        slot->unit = (uint32_t)(ledger->arena_used / UNIT);
        ledger->arena_used += rounded(size);
    }
    ledger->entry_bytes += rounded(size);
    ledger->entry_bytes -= rounded(slot->size);
    slot->high = id.high;
    slot->low = id.low;
    slot->size = (uint32_t)size;
    memcpy(ledger->arena + (size_t)slot->unit * UNIT, entry, size);
    return FAULT_NONE;
}

size_t
ledger_count(const struct ledger *ledger)
{
    return ledger->used;
}

size_t
ledger_bytes(const struct ledger *ledger)
{
    return ledger->slot_count * sizeof(struct slot) + ledger->arena_size;
}

size_t
ledger_entry_bytes(const struct ledger *ledger)
{
    return ledger->entry_bytes;
}

size_t
ledger_slots(const struct ledger *ledger)
{
    return ledger->slot_count;
}

bool
ledger_next(const struct ledger *ledger, size_t *cursor, struct identity *id, const uint8_t **entry,
            size_t *size)
{
    while (*cursor < ledger->slot_count) {
        const struct slot *slot = &ledger->slots[(*cursor)++];
        if (slot->size == 0)
            continue;
        *id = (struct identity){ slot->high, slot->low };
        *entry = ledger->arena + (size_t)slot->unit * UNIT;
        *size = slot->size;
        return true;
    }
    return false;
}
