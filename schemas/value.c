/* Size, frame, plan, datum: in this order, so that every reader refuses alike. */
#include "schemas/value.h"

enum fault
value_decode(struct text value, enum record_type type, plan_finder *find, void *self,
             struct frame *frame, struct draft *draft, struct why *why)
{
    const struct plan *plan = NULL;
    enum fault fault;

    if (value.length > RECORD_BYTES)
        return why_field(why, TOO_LARGE, "", "the message has %zu bytes, %d are allowed",
                         value.length, RECORD_BYTES);
    fault = frame_read((const uint8_t *)value.at, value.length, frame, why);
    if (fault == FAULT_NONE)
        fault = find(self, type, frame, &plan, why);
    return fault != FAULT_NONE ? fault
                               : plan_decode(plan, frame->body, frame->body_size, draft, why);
}
