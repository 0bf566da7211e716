/* A Kafka message: framing, and a datum of our own schemas. */
#include "tests/fuzz/same_record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct draft draft;
    struct why why = { 0 };
    struct frame frame;
    uint8_t head[FRAME_SINGLE_BYTES];
    enum fault fault = frame_read(at, size, &frame, &why);

    if (fault != FAULT_NONE) {
        fuzz_check_refusal(fault, &why);
        return 0;
    }
    if (frame.form == FRAME_SINGLE_OBJECT) {
        MUST(frame_write(frame.fingerprint, head) == size - frame.body_size);
        MUST(memcmp(head, at, sizeof head) == 0);
    }
    if (frame.body_size > RECORD_BYTES) /* TOO_LARGE is judged before the datum */
        return 0;
    enum record_type type = frame.fingerprint == schema_fingerprint(RECORD_AGREEMENT) ||
                                    (frame.schema_id.number & 1) != 0
                                ? RECORD_AGREEMENT
                                : RECORD_TRADE;
    fault = plan_decode(fuzz_own_plan(type), frame.body, frame.body_size, &draft, &why);
    if (fault == FAULT_NONE) {
        (void)fuzz_settle(&draft);
        return 0;
    }
    MUST(fault == BAD_AVRO);
    fuzz_check_refusal(fault, &why);
    return 0;
}
