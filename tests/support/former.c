/* schemas/history.c as it was before the newest text: tally-aggregate-former is
 * an aggregator that knows all of them but that one, as the release before did. */
#include "schemas/history.h"

extern const char trade_event_1_avsc[], agreement_1_avsc[];
extern const size_t trade_event_1_avsc_length, agreement_1_avsc_length;

struct plans {
    struct plan *plan;
};

int
history_count(enum record_type type)
{
    (void)type;
    return 1;
}

struct text
history_text(enum record_type type, int number)
{
    (void)number;
    if (type == RECORD_TRADE)
        return (struct text){ trade_event_1_avsc, trade_event_1_avsc_length };
    return (struct text){ agreement_1_avsc, agreement_1_avsc_length };
}

enum fault
plans_open(enum record_type type, struct plans **out, struct why *why)
{
    struct plans *p = calloc(1, sizeof *p);
    enum fault fault = p == NULL ? why_set(why, FAULT_NO_MEMORY, "no memory for plans")
                                 : plan_compile(history_text(type, 1), type, &p->plan, why);

    if (fault != FAULT_NONE)
        free(p);
    else
        *out = p;
    return fault;
}

void
plans_free(struct plans *plans)
{
    if (plans != NULL)
        plan_free(plans->plan);
    free(plans);
}

const struct plan *
plans_find(const struct plans *plans, uint64_t fingerprint)
{
    return plan_fingerprint(plans->plan) == fingerprint ? plans->plan : NULL;
}
