/* The plans of our own schemas, compiled once for all machines of all lives:
 * they never change, and to compile them through Avro-C took a quarter of a
 * life.  The linker leads the calls of plans_open() and plans_free() here. */
#include "schemas/history.h"
#include "tests/story/stage.h"

enum fault __real_plans_open(enum record_type type, struct plans **out, struct why *why);
enum fault __wrap_plans_open(enum record_type type, struct plans **out, struct why *why);
void __real_plans_free(struct plans *plans);
void __wrap_plans_free(struct plans *plans);

static struct plans *of_all[TOPIC_COUNT];
static bool each_its_own;

void
plans_each_its_own(void)
{
    each_its_own = true;
}

enum fault
__wrap_plans_open(enum record_type type, struct plans **out, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (each_its_own)
        return __real_plans_open(type, out, why);
    if (of_all[type] == NULL)
        fault = __real_plans_open(type, &of_all[type], why);
    if (fault == FAULT_NONE)
        *out = of_all[type];
    return fault;
}

void
__wrap_plans_free(struct plans *plans)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (plans != NULL && plans == of_all[t])
            return;
    }
    __real_plans_free(plans);
}
