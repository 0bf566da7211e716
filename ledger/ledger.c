/* Identities to entries: a hash table of 8 bytes an identity over one arena.
 *
 * Millions of identities live here, and most look-ups are of new ones.  So a
 * slot has only what a look-up that finds nothing needs; identity, size and
 * entry lie in the arena (docs/decisions.md).  Nothing is ever deleted: an
 * entry is only replaced.
 *
 * Units of 4 bytes let 32 bits name 16 GiB. */
#include "ledger/ledger.h"

#include <assert.h>

enum {
    FIRST_SLOTS = 64, /* a power of two */
    UNIT = 4,         /* what lies in the arena begins at multiples of this */
    FIRST_ARENA = 4096,
    LINE = 64, /* bytes of a cache line */
};

struct slot {
    uint32_t hash;
    uint32_t unit; /* offset in the arena / UNIT; 0: the slot is free */
};

/* What the arena holds: an identity, the size of its entry, the entry. */
enum { SIZE_AT = sizeof(struct identity), ENTRY_AT = SIZE_AT + sizeof(uint32_t) };

struct ledger {
    struct slot *slots;
    size_t slot_count, used;
    uint8_t *arena;                /* its first UNIT is nobody's */
    size_t arena_size, arena_used; /* bytes, multiples of UNIT */
    size_t held_bytes;             /* sum of what lives in the arena */
    size_t entry_bytes;            /* sum of entries, rounded up to UNIT */
};

static size_t
rounded(size_t size)
{
    return (size + UNIT - 1) / UNIT * UNIT;
}

/* Written once from end to end: pages that are first read and then written
 * are faulted in twice. */
static struct slot *
slots_new(size_t count)
{
    struct slot *slots = aligned_alloc(LINE, count * sizeof *slots);

    if (slots != NULL)
        memset(slots, 0, count * sizeof *slots);
    return slots;
}

struct ledger *
ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (ledger == NULL)
        return NULL;
    ledger->slots = slots_new(FIRST_SLOTS);
    ledger->arena = malloc(FIRST_ARENA);
    if (ledger->slots == NULL || ledger->arena == NULL) {
        ledger_free(ledger);
        return NULL;
    }
    ledger->slot_count = FIRST_SLOTS;
    ledger->arena_size = FIRST_ARENA;
    ledger->arena_used = UNIT;
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

/* An identity is an xxHash with a seed of the partition: any bits of it will do. */
static uint32_t
hash_of(struct identity id)
{
    return (uint32_t)id.low;
}

static uint8_t *
held_at(const struct ledger *ledger, uint32_t unit)
{
    return ledger->arena + (size_t)unit * UNIT;
}

static size_t
entry_size(const uint8_t *held)
{
    uint32_t size;

    memcpy(&size, held + SIZE_AT, sizeof size);
    return size;
}

/* The slot of id, or the free slot where it belongs. */
static struct slot *
slot_of(const struct ledger *ledger, struct identity id)
{
    /* Equal hashes are rare: memcmp() nearly always finds the identity. */
    const uint32_t hash = hash_of(id);
    size_t i = hash & (ledger->slot_count - 1);

    for (;;) {
        struct slot *slot = &ledger->slots[i];
        if (slot->unit == 0 ||
            (slot->hash == hash && memcmp(held_at(ledger, slot->unit), &id, sizeof id) == 0))
            return slot;
        i = (i + 1) & (ledger->slot_count - 1);
    }
}

const uint8_t *
ledger_find(const struct ledger *ledger, struct identity id, size_t *size)
{
    const struct slot *slot = slot_of(ledger, id);
    const uint8_t *held = held_at(ledger, slot->unit);

    *size = 0;
    if (slot->unit == 0)
        return NULL;
    *size = entry_size(held);
    return held + ENTRY_AT;
}

void
ledger_prefetch(const struct ledger *ledger, struct identity id)
{
    __builtin_prefetch(&ledger->slots[hash_of(id) & (ledger->slot_count - 1)], 1);
}

void
ledger_prefetch_entry(const struct ledger *ledger, struct identity id)
{
    size_t i = hash_of(id) & (ledger->slot_count - 1);

    /* The first slot that could be: nearly always the right one. */
    while (ledger->slots[i].unit != 0 && ledger->slots[i].hash != hash_of(id))
        i = (i + 1) & (ledger->slot_count - 1);
    if (ledger->slots[i].unit != 0)
        __builtin_prefetch(held_at(ledger, ledger->slots[i].unit), 0);
}

/* Twice the slots.  Places follow from the hash that the slot has, so the arena
 * isn't touched. */
static bool
grow_slots(struct ledger *ledger)
{
    size_t count = ledger->slot_count * 2;
    struct slot *slots;

    /* More slots than hashes there are would not spread any more. */
    if (count > (size_t)UINT32_MAX + 1 || (slots = slots_new(count)) == NULL)
        return false;
    for (size_t i = 0; i < ledger->slot_count; i++) {
        size_t to = ledger->slots[i].hash & (count - 1);
        if (ledger->slots[i].unit == 0)
            continue;
        while (slots[to].unit != 0)
            to = (to + 1) & (count - 1);
        slots[to] = ledger->slots[i];
    }
    free(ledger->slots);
    ledger->slots = slots;
    ledger->slot_count = count;
    return true;
}

/* What an entry takes in the arena. */
static size_t
held_by(size_t size)
{
    return ENTRY_AT + rounded(size);
}

/* Copy what lives into an arena with room for `more` bytes. */
static bool
sweep(struct ledger *ledger, size_t more)
{
    /* Half as much again, so that the next sweep is far away. */
    size_t size = rounded(ledger->held_bytes + ledger->held_bytes / 2 + more + FIRST_ARENA);
    uint8_t *arena = malloc(size);
    size_t used = UNIT;

    if (arena == NULL)
        return false;
    for (size_t i = 0; i < ledger->slot_count; i++) {
        struct slot *slot = &ledger->slots[i];
        const uint8_t *held = held_at(ledger, slot->unit);
        if (slot->unit == 0)
            continue;
        memcpy(arena + used, held, ENTRY_AT + entry_size(held));
        slot->unit = (uint32_t)(used / UNIT);
        used += held_by(entry_size(held));
    }
    free(ledger->arena);
    ledger->arena = arena;
    ledger->arena_size = size;
    ledger->arena_used = used;
    return true;
}

/* Room for `size` bytes at the end of the arena.  Pointers into it are void
 * after that. */
static bool
make_room(struct ledger *ledger, size_t size)
{
    size_t waste = ledger->arena_used - ledger->held_bytes;
    size_t wanted;
    uint8_t *arena;
    bool nameable = (ledger->arena_used + size) / UNIT <= UINT32_MAX; /* by a slot: 16 GiB */

    if (nameable && ledger->arena_used + size <= ledger->arena_size)
        return true;
    /* Swept where a third or more is waste; grown where it isn't. */
    if (waste > ledger->held_bytes / 2 + FIRST_ARENA)
        return sweep(ledger, size);
    if (!nameable)
        return false;
    wanted = rounded(ledger->arena_size + ledger->arena_size / 2 + size);
    arena = realloc(ledger->arena, wanted);
    if (arena == NULL)
        return false;
    ledger->arena = arena;
    ledger->arena_size = wanted;
    return true;
}

/* Room in the arena for an entry of a slot that has none, or too little. */
static bool
place_entry(struct ledger *ledger, struct identity id, struct slot *slot, size_t size)
{
    if (!make_room(ledger, held_by(size)))
        return false;
    if (slot->unit == 0)
        ledger->used++;
    *slot = (struct slot){ hash_of(id), (uint32_t)(ledger->arena_used / UNIT) };
    memcpy(held_at(ledger, slot->unit), &id, sizeof id);
    ledger->arena_used += held_by(size);
    return true;
}

enum fault
ledger_put(struct ledger *ledger, struct identity id, const uint8_t *entry, size_t size,
           struct why *why)
{
    uint32_t size32 = (uint32_t)size;
    struct slot *slot;
    uint8_t *held;
    size_t before;

    assert(size > 0 && size <= UINT32_MAX);
    /* Grown before the slot is looked for, since growing moves it.  Three
     * quarters full at most: there is always a free slot for slot_of() to end
     * at. */
    if (ledger->used * 4 >= ledger->slot_count * 3 && !grow_slots(ledger))
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu identities", ledger->used);
    slot = slot_of(ledger, id);
    before = slot->unit == 0 ? 0 : entry_size(held_at(ledger, slot->unit));
    /* An entry that became no longer than the room it has is written over in
     * place. */
    if (rounded(before) < size && !place_entry(ledger, id, slot, size))
        return why_set(
            why, FAULT_NO_MEMORY,
            "no memory for the entry of an identity (%zu bytes are held; 16 GiB is the most "
            "that one partition may have)",
            ledger->held_bytes);
    held = held_at(ledger, slot->unit);
    memcpy(held + SIZE_AT, &size32, sizeof size32);
    memcpy(held + ENTRY_AT, entry, size);
    ledger->entry_bytes += rounded(size) - rounded(before);
    ledger->held_bytes += held_by(size) - (before == 0 ? 0 : held_by(before));
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
    /* Free slots have unit 0; held_at() of it is only an address. */
    while (*cursor < ledger->slot_count) {
        const struct slot *slot = &ledger->slots[(*cursor)++];
        const uint8_t *held = held_at(ledger, slot->unit);
        if (slot->unit == 0)
            continue;
        memcpy(id, held, sizeof *id);
        *entry = held + ENTRY_AT;
        *size = entry_size(held);
        return true;
    }
    return false;
}
