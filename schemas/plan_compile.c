/* A writer's schema to a plan: read, asked of Avro-C, matched with ours.
 *
 * Avro-C knows what a schema is, but drops logical types, defaults and aliases,
 * and its resolver copies every value.  So our own reading makes the plan, and
 * Avro-C is only asked whether it agrees that the text is a schema. */
#include <avro.h>

#include "schemas/codec.h"
#include "schemas/plan.h"
#include "schemas/shape.h"

/* Avro-C's word that the text is a schema.  It is asked last: it recurses
 * without bound, and our own reading has refused what it could fall over. */
static enum fault
ask_avro(struct text schema, struct why *why)
{
    avro_schema_t parsed;

    if (avro_schema_from_json_length(schema.at, schema.length, &parsed) != 0)
        return why_set(why, BAD_SCHEMA, "%.200s", avro_strerror());
    (void)avro_schema_decref(parsed);
    return FAULT_NONE;
}

enum fault
plan_compile_between(struct text writer, struct text reader, enum record_type type,
                     struct plan **out, struct why *why)
{
    struct shapes theirs = { 0 }, ours = { 0 };
    enum fault fault = shapes_read(writer, &theirs, why);

    if (fault == FAULT_NONE)
        fault = ask_avro(writer, why);
    if (fault == FAULT_NONE)
        fault = shapes_read(reader, &ours, why);
    if (fault == FAULT_NONE)
        fault = plan_match(&theirs, &ours, type, out, why);
    /* Names in a plan are resolved to numbers by now: nothing in it points into
     * the shapes. */
    shapes_free(&theirs);
    shapes_free(&ours);
    return fault;
}

enum fault
plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why)
{
    return plan_compile_between(schema, schema_text(type), type, out, why);
}

uint64_t
plan_fingerprint(const struct plan *plan)
{
    return plan->fingerprint;
}

void
plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->ops);
    free(plan->codes);
    free(plan);
}
