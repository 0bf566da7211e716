/* Size, frame, plan, datum: in this order, so that every reader refuses alike.
 *
 * Headers are looked at last, since that costs; but a datum that they name the schema of may begin
 * in any way, so only a fingerprint that is known comes before them. */
#include "schemas/value.h"

/* Apicurio's serializers write the id where nobody else does, when they are told to. */
static enum fault
refuse_apicurio(const struct value_way *way, struct why *why)
{
    static const char *const names[] = { "apicurio.value.globalId", "apicurio.value.contentId",
                                         "apicurio.value.contentHash" };
    struct text header;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (way->header(way->self, names[i], &header))
            return why_set(
                why, BAD_FRAME,
                "the schema is named by Apicurio's header %s, which is not read; wanted: "
                "apicurio.registry.headers.enabled=false, an id of 4 bytes before the "
                "datum, and apicurio.registry.use-id=contentId",
                names[i]);
    return FAULT_NONE;
}

/* The frame, and the plan if a fingerprint has it; else *plan is NULL, and *refused why a
 * fingerprint has none. */
static enum fault
read_frame(struct text value, enum record_type type, const struct value_way *way,
           struct frame *frame, const struct plan **plan, enum fault *refused, struct why *why)
{
    const uint8_t *at = (const uint8_t *)value.at;
    enum fault fault = frame_read(at, value.length, frame, why);
    struct text header;

    *plan = NULL;
    *refused = FAULT_NONE;
    if (fault == FAULT_NONE && frame->form == FRAME_SINGLE_OBJECT)
        *refused = way->find(way->self, type, frame, plan, why);
    if (*plan != NULL || way->header == NULL)
        return fault;
    if (way->header(way->self, VALUE_SCHEMA_HEADER, &header)) {
        *refused = FAULT_NONE;
        return frame_read_header(header, at, value.length, frame, why);
    }
    return refuse_apicurio(way, why) != FAULT_NONE ? BAD_FRAME : fault;
}

enum fault
value_frame(struct text value, enum record_type type, const struct value_way *way,
            struct frame *frame, struct why *why)
{
    const struct plan *plan;
    enum fault refused;

    return read_frame(value, type, way, frame, &plan, &refused, why);
}

enum fault
value_decode(struct text value, enum record_type type, const struct value_way *way,
             struct frame *frame, struct draft *draft, struct why *why)
{
    const struct plan *plan;
    enum fault fault, refused;

    if (value.length > RECORD_BYTES)
        return why_field(why, TOO_LARGE, "", "the message has %zu bytes, %d are allowed",
                         value.length, RECORD_BYTES);
    fault = read_frame(value, type, way, frame, &plan, &refused, why);
    if (fault == FAULT_NONE)
        fault = refused;
    if (fault == FAULT_NONE && plan == NULL)
        fault = way->find(way->self, type, frame, &plan, why);
    return fault != FAULT_NONE ? fault
                               : plan_decode(plan, frame->body, frame->body_size, draft, why);
}
