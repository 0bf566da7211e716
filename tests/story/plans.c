/* The plans of our own two schemas, compiled once for all machines of all
 * lives: they never change, and to compile them through Avro-C took a quarter
 * of a life.  The linker leads the calls of plan_compile() and plan_free()
 * here. */
#include "schemas/codec.h"
#include "tests/story/stage.h"

enum fault
__real_plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why);
enum fault
__wrap_plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why);
void __real_plan_free(struct plan *plan);
void __wrap_plan_free(struct plan *plan);

static struct plan *plans[TOPIC_COUNT];
static bool each_its_own;

void
plans_each_its_own(void)
{
    each_its_own = true;
}

enum fault
__wrap_plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (each_its_own || !text_equal(schema, schema_text(type)))
        return __real_plan_compile(schema, type, out, why);
    if (plans[type] == NULL)
        fault = __real_plan_compile(schema, type, &plans[type], why);
    if (fault == FAULT_NONE)
        *out = plans[type];
    return fault;
}

void
__wrap_plan_free(struct plan *plan)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (plan != NULL && plan == plans[t])
            return;
    }
    __real_plan_free(plan);
}
