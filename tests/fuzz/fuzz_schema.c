/* A writer's schema, as a registry may hand it out, then NUL, then a datum. */
#include "tests/fuzz/same_record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct draft draft;
    struct text datum = { (const char *)at, size };
    struct text schema = fuzz_cut(&datum, '\0');

    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct plan *plan = NULL;
        struct why why = { 0 };
        enum fault fault = plan_compile(schema, (enum record_type)type, &plan, &why);

        if (fault != FAULT_NONE) {
            MUST(fault == BAD_SCHEMA && plan == NULL);
            fuzz_check_refusal(fault, &why);
            continue;
        }
        fault = datum.length > RECORD_BYTES
                    ? BAD_AVRO
                    : plan_decode(plan, (const uint8_t *)datum.at, datum.length, &draft, &why);
        if (fault == FAULT_NONE)
            (void)fuzz_settle(&draft);
        else if (datum.length <= RECORD_BYTES)
            fuzz_check_refusal(fault, &why);
        plan_free(plan);
    }
    return 0;
}
