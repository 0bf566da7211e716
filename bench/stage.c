#include "bench/stage.h"

#include "aggregator/hash.h"
#include "ledger/entry.h"
#include "ledger/ledger.h"
#include "schemas/codec.h"

enum { ENTRY_ROOM = 256 * 1024 };

struct bench_line {
    enum stage stage;
    int partitions;
    struct ledger **ledgers;
    struct plan *plan;
    struct draft draft;
    uint8_t item[ITEM_BYTES_MOST], entry[ENTRY_ROOM];
};

enum fault
line_open(enum stage stage, int partitions, struct bench_line **out, struct why *why)
{
    struct bench_line *l = calloc(1, sizeof *l);
    enum fault fault;

    if (l == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a line");
    l->stage = stage;
    l->partitions = partitions;
    l->ledgers = calloc((size_t)partitions, sizeof(struct ledger *));
    fault = plan_compile(schema_text(RECORD_TRADE), RECORD_TRADE, &l->plan, why);
    if (l->ledgers == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for a line");
    for (int i = 0; i < partitions && fault == FAULT_NONE; i++) {
        l->ledgers[i] = ledger_new();
        if (l->ledgers[i] == NULL)
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for a ledger");
    }
    if (fault != FAULT_NONE) {
        line_free(l);
        return fault;
    }
    *out = l;
    return FAULT_NONE;
}

void
line_free(struct bench_line *l)
{
    if (l == NULL)
        return;
    for (int i = 0; l->ledgers != NULL && i < l->partitions; i++)
        ledger_free(l->ledgers[i]);
    free(l->ledgers);
    plan_free(l->plan);
    free(l);
}

static enum fault
enter(struct bench_line *l, struct ledger *ledger, const struct record *record, struct why *why)
{
    char key_bytes[KEY_TEXT_BYTES];
    struct identity id = identity_of(1, record_kind(record), record_key(record, key_bytes));
    size_t old_size, new_size, size = item_pack(record, l->item);
    const uint8_t *old = ledger_find(ledger, id, &old_size);
    bool changed;
    uint16_t won;

    if (old_size + size > sizeof l->entry)
        return why_set(why, FAULT_NO_MEMORY, "an entry is too long for this program");
    new_size = entry_take(old, old_size, l->item, size, l->entry, &changed, &won);
    if (!changed)
        return FAULT_NONE;
    return ledger_put(ledger, id, l->entry, new_size, why);
}

enum fault
line_take(struct bench_line *l, int32_t partition, struct text value, struct why *why)
{
    struct record record;
    struct frame frame;
    enum fault fault;

    if (l->stage == STAGE_RAW)
        return FAULT_NONE;
    fault = frame_read((const uint8_t *)value.at, value.length, &frame, why);
    if (fault == FAULT_NONE && frame.fingerprint != plan_fingerprint(l->plan))
        fault = why_set(why, BAD_SCHEMA, "a message of another schema");
    if (fault == FAULT_NONE)
        fault = plan_decode(l->plan, frame.body, frame.body_size, &l->draft, why);
    if (fault == FAULT_NONE)
        fault = record_settle(&l->draft, &record, why);
    if (fault != FAULT_NONE || l->stage == STAGE_DECODE)
        return fault;
    return enter(l, l->ledgers[partition], &record, why);
}

size_t
line_entries(const struct bench_line *l)
{
    size_t sum = 0;

    for (int i = 0; i < l->partitions; i++)
        sum += ledger_count(l->ledgers[i]);
    return sum;
}

size_t
line_bytes(const struct bench_line *l)
{
    size_t sum = 0;

    for (int i = 0; i < l->partitions; i++)
        sum += ledger_bytes(l->ledgers[i]);
    return sum;
}
