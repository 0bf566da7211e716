/* A part of Redis that does not answer: the partitions and scopes that it holds
 * are left alone until the next attempt, and the rest goes on
 * (docs/protocol.md, rule 20).
 *
 * A step does not return the fault of such a part, or the turn would end for
 * all others.  It marks what is away, hands the fault to pass_over(), and goes
 * on; at the end of the turn passed_over() tells what was missed, and the turn
 * waits before it tries again. */
#include "aggregator/state.h"

void
partition_away(struct wire *wire, struct partition *p)
{
    p->away = true;
    wire->any_away = true;
}

enum fault
partition_held(struct wire *wire, struct partition *p, struct why *why)
{
    partition_away(wire, p);
    p->held = true;
    return why_set(why, FAULT_HELD, "%s is held by a rebuild", p->name);
}

void
scope_away(struct wire *wire, const struct owned *owned, int scope)
{
    for (size_t i = 0; i < owned->count; i++)
        owned->at[i]->shares[scope].away = true;
    wire->any_away = true;
}

void
away_forget(struct wire *wire, const struct owned *owned)
{
    for (size_t i = 0; i < owned->count; i++) {
        owned->at[i]->away = false;
        owned->at[i]->held = false;
        for (int s = 0; s < SCOPE_COUNT; s++)
            owned->at[i]->shares[s].away = false;
    }
    wire->any_away = false;
}

enum fault
pass_over(struct wire *wire, enum fault fault, const struct why *why)
{
    if (fault != FAULT_STORE_AWAY && fault != FAULT_HELD)
        return fault;
    /* The first sentence is the one that is told: later ones follow from it. */
    if (wire->missed.fault == FAULT_NONE)
        wire->missed.why = *why;
    wire->missed.fault = fault;
    return FAULT_NONE;
}

enum fault
passed_over(struct wire *wire, bool *in_part, struct why *why)
{
    enum fault fault = wire->missed.fault;

    if (fault == FAULT_NONE)
        return FAULT_NONE;
    wire->missed.fault = FAULT_NONE;
    wire->audit_soon = true; /* who knows what ran */
    *in_part = wire->calls.heard;
    return why_set(why, fault, "%s", wire->missed.why.text);
}
