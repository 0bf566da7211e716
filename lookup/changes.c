/* The records by which two counts differ (lookup/changes.h). */
#include "lookup/changes.h"

#include "base/grow.h"
#include "ledger/ledger.h"
#include "lookup/account_inside.h"

#include <stdlib.h>
#include <xxhash.h>

void
changes_release(struct changes *c)
{
    ledger_free(c->then);
    ledger_free(c->moved);
    free(c->rows);
    free(c->bytes);
    *c = (struct changes){ 0 };
}

/* ---- what a record added --------------------------------------------------------- */

/*      then    | state u8 | what it states: 16 | measure u32, amount i64 | ... |
 *      moved   | how many u32 |, and under numbered() of that the key in then: 16 |      */
enum { ID_BYTES = sizeof(struct identity), HEAD_BYTES = 1 + ID_BYTES, ROW_BYTES = 12 };
enum { IS_SEEN = 1, IS_MET = 2 }; /* by CHANGES_SAME; by CHANGES_NOW or CHANGES_GONE */

/* A record of the earlier count, while it is looked at. */
struct known {
    struct identity key, states;
    uint8_t state;
};

/* But for its version: who tells it again with a later one has told nothing new. */
static struct identity
states_of(const struct account_entry *e, uint32_t item)
{
    const uint8_t *at = e->at + item;
    uint8_t told[ITEM_BYTES_MOST];
    size_t size = item_told(at, item_bytes(at, e->size - item), told);
    XXH128_hash_t hash = XXH3_128bits(told, size);

    return (struct identity){ hash.high64, hash.low64 };
}

static struct known
known_of(const struct account_entry *e, uint32_t item)
{
    struct identity states = states_of(e, item);
    struct item_peek peek = { 0 };
    uint64_t told[5] = { states.high, states.low, e->tag->place.topic,
                         (uint64_t)e->tag->place.partition };
    XXH128_hash_t hash;

    if (item_peek(e->at + item, e->size - item, &peek))
        told[4] = (uint64_t)peek.offset;
    hash = XXH3_128bits(told, sizeof told);
    return (struct known){ { hash.high64, hash.low64 }, states, 0 };
}

/* Its rows, and its state; false: it is not there, and has none. */
static bool
load(struct changes *c, struct known *known, bool *has_memory)
{
    size_t size;
    const uint8_t *at = ledger_find(c->then, known->key, &size);
    struct change_row *rows;

    *has_memory = true;
    c->row_count = 0;
    if (at == NULL)
        return false;
    known->state = at[0];
    memcpy(&known->states, at + 1, ID_BYTES);
    rows = grow(c->rows, &c->row_room, (size - HEAD_BYTES) / ROW_BYTES, sizeof *rows);
    *has_memory = rows != NULL;
    if (rows == NULL)
        return false;
    c->rows = rows;
    for (at += HEAD_BYTES; c->row_count < (size - HEAD_BYTES) / ROW_BYTES; at += ROW_BYTES) {
        memcpy(&rows[c->row_count].measure, at, sizeof rows->measure);
        memcpy(&rows[c->row_count].amount, at + 4, sizeof rows->amount);
        c->row_count++;
    }
    return true;
}

static bool
store(struct changes *c, const struct known *known)
{
    size_t size = HEAD_BYTES + c->row_count * ROW_BYTES;
    uint8_t *bytes = grow(c->bytes, &c->byte_room, size, 1), *at;

    if (bytes == NULL)
        return false;
    c->bytes = bytes;
    bytes[0] = known->state;
    memcpy(bytes + 1, &known->states, ID_BYTES);
    at = bytes + HEAD_BYTES;
    for (size_t i = 0; i < c->row_count; i++, at += ROW_BYTES) {
        memcpy(at, &c->rows[i].measure, sizeof c->rows[i].measure);
        memcpy(at + 4, &c->rows[i].amount, sizeof c->rows[i].amount);
    }
    return ledger_put(c->then, known->key, bytes, size, NULL) == FAULT_NONE;
}

static bool
mark(struct changes *c, struct known *known, uint8_t state)
{
    c->left -= state == IS_MET;
    known->state |= state;
    return store(c, known);
}

/* The row of a measure, made if it is not there; NULL: no memory. */
static struct change_row *
row_of(struct changes *c, uint32_t measure)
{
    struct change_row *rows;

    for (size_t i = 0; i < c->row_count; i++)
        if (c->rows[i].measure == measure)
            return &c->rows[i];
    rows = grow(c->rows, &c->row_room, c->row_count + 1, sizeof *rows);
    if (rows == NULL)
        return NULL;
    c->rows = rows;
    rows[c->row_count] = (struct change_row){ .measure = measure };
    return &rows[c->row_count++];
}

/* ---- those that lie elsewhere now ------------------------------------------------ */

/* Those that state the same are numbered, so that however many they are each is found at once. */
static struct identity
numbered(struct identity states, uint32_t n)
{
    return (struct identity){ states.high + n + 1,
                              states.low ^ (n + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15) };
}

static uint32_t
count_of(const struct changes *c, struct identity states)
{
    size_t size;
    const uint8_t *at = ledger_find(c->moved, states, &size);
    uint32_t count = 0;

    if (at != NULL)
        memcpy(&count, at, sizeof count);
    return count;
}

static bool
put_count(struct changes *c, struct identity states, uint32_t count)
{
    return ledger_put(c->moved, states, (const uint8_t *)&count, sizeof count, NULL) == FAULT_NONE;
}

bool
changes_find_moved(struct changes *c)
{
    const uint8_t *bytes;
    struct identity key, states;
    size_t cursor = 0, size;

    while (ledger_next(c->then, &cursor, &key, &bytes, &size)) {
        if (bytes[0] != 0)
            continue;
        memcpy(&states, bytes + 1, ID_BYTES);
        uint32_t n = count_of(c, states);
        if (ledger_put(c->moved, numbered(states, n), (const uint8_t *)&key, ID_BYTES, NULL) !=
                FAULT_NONE ||
            !put_count(c, states, n + 1))
            return false;
    }
    return true;
}

/* One of them that states this; it is known from now on.  False: there is none. */
static bool
take_moved(struct changes *c, struct known *known, bool *has_memory)
{
    uint32_t count = count_of(c, known->states);
    size_t size;

    if (count == 0)
        return false;
    memcpy(&known->key, ledger_find(c->moved, numbered(known->states, count - 1), &size), ID_BYTES);
    *has_memory = put_count(c, known->states, count - 1);
    return *has_memory && load(c, known, has_memory);
}

/* ---- what it adds now ------------------------------------------------------------ */

/* The additions of one record: the first of them, and how many. */
struct adds {
    const struct addition *list;
    size_t count;
};

static wide_t
now_of(struct adds adds, uint32_t measure)
{
    wide_t sum = 0;

    for (size_t i = 0; i < adds.count; i++)
        if (adds.list[i].measure == measure)
            sum += adds.list[i].amount;
    return sum;
}

/* As what it adds, or why it does not. */
static uint8_t
kind_of(const struct account_entry *e, const struct reason *reason, const struct record *r,
        struct adds adds, uint32_t measure)
{
    uint8_t kind = REASON_GONE;

    if (now_of(adds, measure) != 0)
        return reason == NULL ? adds.list[0].how : reason->kind;
    if (reason != NULL)
        (void)account_is_left_out(e, reason, r, &kind);
    return kind;
}

static bool
differ(struct changes *c, struct account_entry *e, uint32_t item, uint32_t measure, int64_t before,
       wide_t change, struct adds now)
{
    struct account_measure *m = account_measure(c->into, measure);
    const struct reason *reason =
        c->step == CHANGES_GONE ? NULL : account_reason_of(e, item, measure);
    struct account_record offered;
    struct record r;

    if (m == NULL || !account_unpack(e, item, &r))
        return false;
    m->change += change;
    offered =
        account_record_of(e, &r, measure, (int64_t)change, kind_of(e, reason, &r, now, measure));
    offered.then = before;
    account_offer(e, c->into, &m->adds, item, &offered, reason);
    return !e->a->has_failed && !c->into->has_failed;
}

/* ---- the four steps ------------------------------------------------------------- */

static bool
sum_up(struct account *a, struct adds adds)
{
    for (size_t i = 0; i < adds.count; i++) {
        struct account_measure *m = account_measure(a, adds.list[i].measure);

        if (m == NULL)
            return false;
        m->sum += adds.list[i].amount;
    }
    return true;
}

static bool
take_then(struct changes *c, struct account_entry *e, uint32_t item, struct adds adds)
{
    struct known known;

    if (adds.count == 0)
        return true;
    c->row_count = 0;
    if (!sum_up(e->a, adds))
        return false;
    for (size_t i = 0; i < adds.count; i++) {
        struct change_row *row = row_of(c, adds.list[i].measure);

        if (row == NULL)
            return false;
        row->amount += adds.list[i].amount;
    }
    known = known_of(e, item);
    c->left++;
    return store(c, &known);
}

static bool
take_same(struct changes *c, struct account_entry *e, uint32_t item, struct adds adds)
{
    struct known known = known_of(e, item);
    bool has_memory;

    if (!sum_up(e->a, adds))
        return false;
    return load(c, &known, &has_memory) ? mark(c, &known, IS_SEEN) : has_memory;
}

static bool
take_now(struct changes *c, struct account_entry *e, uint32_t item, struct adds adds)
{
    struct known known = known_of(e, item);
    bool has_memory, was_there = load(c, &known, &has_memory);

    if (has_memory && !was_there && adds.count > 0)
        was_there = take_moved(c, &known, &has_memory);
    if (!has_memory)
        return false;
    for (size_t i = 0; i < adds.count; i++)
        if (row_of(c, adds.list[i].measure) == NULL)
            return false;
    for (size_t i = 0; i < c->row_count; i++) {
        const struct change_row *row = &c->rows[i];
        wide_t change = now_of(adds, row->measure) - row->amount;

        if (change != 0 && !differ(c, e, item, row->measure, row->amount, change, adds))
            return false;
    }
    return !was_there || mark(c, &known, IS_MET);
}

static bool
take_gone(struct changes *c, struct account_entry *e, uint32_t item, struct adds adds)
{
    struct known known = known_of(e, item);
    bool has_memory;

    if (adds.count == 0)
        return true;
    if (!load(c, &known, &has_memory) || (known.state & IS_MET) != 0)
        return has_memory;
    for (size_t i = 0; i < c->row_count; i++) {
        int64_t before = c->rows[i].amount;

        if (before != 0 &&
            !differ(c, e, item, c->rows[i].measure, before, -(wide_t)before, (struct adds){ 0 }))
            return false;
    }
    return mark(c, &known, IS_MET);
}

/* All records of the entry, in the order of their items. */
static bool
take_entry(struct changes *c, struct account_entry *e)
{
    static bool (*const steps[])(struct changes *, struct account_entry *, uint32_t,
                                 struct adds) = { [CHANGES_THEN] = take_then,
                                                  [CHANGES_SAME] = take_same,
                                                  [CHANGES_NOW] = take_now,
                                                  [CHANGES_GONE] = take_gone };
    size_t a = 0, r = 0;

    while (a < e->addition_count || r < e->reason_count) {
        uint32_t added = a < e->addition_count ? e->additions[a].item : UINT32_MAX;
        uint32_t reasoned = r < e->reason_count ? e->reasons[r].item : UINT32_MAX;
        uint32_t item = added < reasoned ? added : reasoned;
        struct adds adds = { &e->additions[a], 0 };

        while (a < e->addition_count && e->additions[a].item == item)
            a++, adds.count++;
        while (r < e->reason_count && e->reasons[r].item == item)
            r++;
        if (!steps[c->step](c, e, item, adds))
            return false;
    }
    return true;
}

bool
changes_begin(struct changes *c)
{
    ledger_free(c->then);
    ledger_free(c->moved);
    c->then = ledger_new();
    c->moved = ledger_new();
    c->left = 0;
    c->take = take_entry;
    return c->then != NULL && c->moved != NULL;
}
