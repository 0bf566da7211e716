/* same_record.h - a record that was written and read again is the same one. */
#ifndef TESTS_FUZZ_SAME_RECORD_H
#define TESTS_FUZZ_SAME_RECORD_H

#include "ledger/entry.h"
#include "schemas/codec.h"
#include "tests/fuzz/fuzz.h"

static inline struct plan *
fuzz_own_plan(enum record_type type)
{
    static struct plan *plans[RECORD_TYPE_COUNT];

    if (plans[type] == NULL)
        MUST(plan_compile(schema_text(type), type, &plans[type], NULL) == FAULT_NONE);
    return plans[type];
}

/* Settle a draft; of a good record claim that it survives our own encoding and
 * the ledger's.  True when it was good. */
static inline bool
fuzz_settle(const struct draft *draft)
{
    static char stated[2][CANONICAL_BYTES];
    static uint8_t bytes[2][4 * RECORD_BYTES];
    static uint8_t item[2][ITEM_BYTES_MOST];
    static struct draft again;
    struct record r, same;
    struct why why = { 0 };
    enum fault fault = record_settle(draft, &r, &why);
    size_t size, packed;
    uint16_t mask;

    if (fault != FAULT_NONE) {
        fuzz_check_refusal(fault, &why);
        return false;
    }
    char derived[DERIVED_ID_BYTES + 1];
    static const uint8_t digest[32] = { 1, 2, 3 };
    if (r.id_derived_wanted)
        record_derive_id(&r, digest, derived);

    size = record_encode(&r, bytes[0], sizeof bytes[0]);
    MUST(size > 0);
    MUST(plan_decode(fuzz_own_plan(r.type), bytes[0], size, &again, NULL) == FAULT_NONE);
    MUST(record_settle(&again, &same, NULL) == FAULT_NONE);
    MUST(text_equal(r.id, same.id) && r.version == same.version);
    MUST(record_rank_compare(&r, &same) == 0);
    MUST(text_equal(record_canonical(&r, stated[0], sizeof stated[0]),
                    record_canonical(&same, stated[1], sizeof stated[1])));
    MUST(record_encode(&same, bytes[1], sizeof bytes[1]) == size);
    MUST(memcmp(bytes[0], bytes[1], size) == 0);

    packed = item_pack(&r, item[0]);
    MUST(packed <= ITEM_BYTES_MOST && entry_is_sane(item[0], packed));
    MUST(item_unpack(item[0], packed, &same, &mask));
    MUST(record_rank_compare(&r, &same) == 0);
    MUST(item_pack(&same, item[1]) == packed && memcmp(item[0], item[1], packed) == 0);
    return true;
}

#endif
