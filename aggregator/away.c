#include "aggregator/state.h"

void
partition_away(struct aggregator *a, struct partition *p)
{
    p->away = true;
    a->any_away = true;
}

enum fault
partition_held(struct aggregator *a, struct partition *p, struct why *why)
{
    partition_away(a, p);
    p->held = true;
    return why_set(why, FAULT_HELD, "%s is held by a rebuild", p->name);
}

void
scope_away(struct aggregator *a, int scope)
{
    for (size_t i = 0; i < a->partition_count; i++)
        a->partitions[i]->shares[scope].away = true;
    a->any_away = true;
}

void
away_forget(struct aggregator *a)
{
    for (size_t i = 0; i < a->partition_count; i++) {
        a->partitions[i]->away = false;
        a->partitions[i]->held = false;
        for (int s = 0; s < SCOPE_COUNT; s++)
            a->partitions[i]->shares[s].away = false;
    }
    a->any_away = false;
}

enum fault
pass_over(struct aggregator *a, enum fault fault, const struct why *why)
{
    if (fault != FAULT_STORE_AWAY && fault != FAULT_HELD)
        return fault;
    if (a->missed.fault == FAULT_NONE)
        a->missed.why = *why;
    a->missed.fault = fault;
    return FAULT_NONE;
}

enum fault
passed_over(struct aggregator *a, bool *in_part, struct why *why)
{
    enum fault fault = a->missed.fault;

    if (fault == FAULT_NONE)
        return FAULT_NONE;
    a->missed.fault = FAULT_NONE;
    a->audit_soon = true; /* who knows what ran */
    *in_part = a->calls.heard;
    return why_set(why, fault, "%s", a->missed.why.text);
}
