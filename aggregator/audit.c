/* AUDIT: what every tag and every asof in Redis says, compared with what we
 * believe.
 *
 *  1. ver and hold of every meta      another ver, nothing open  -> SYNC
 *                                     a hold that stands         -> left alone
 *  2. our tags and asof of every scope
 *       a tag of ours is another one                             -> resolve_tag()
 *       complete is not whole, or runs not ran                   -> RESET
 *       complete is not 1                                        -> a PUSH to itself
 *
 * It runs for ever, also when idle, since it is what finds what Redis has lost
 * or brought back (docs/protocol.md, rules 8, 9 and 21).  What it asks is
 * small: two fields a partition, two hashes a scope. */
#include "aggregator/state.h"

/* `ver` and `hold` of all partitions of ours, in one run. */
static void
ask_versions(struct wire *wire, const struct owned *owned)
{
    calls_reset(&wire->calls);
    for (size_t i = 0; i < owned->count; i++) {
        ask_key(&wire->calls, "HMGET", meta_key(wire, owned->at[i]->place));
        calls_arg(&wire->calls, text_of(meta_field_names[META_VER]));
        calls_arg(&wire->calls, TEXT_LITERAL("hold"));
    }
}

/* A version that is not ours leads to SYNC.  *any_hold: some meta has a hold,
 * ended or not; `held` of its partition is set. */
static void
take_versions(struct wire *wire, const struct owned *owned, bool *any_hold)
{
    *any_hold = false;
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        const struct answer *answer = &wire->calls.answers[i];
        struct version version = { 0, 0 };
        struct text ver = answer_item(answer, 0);

        if (answer->kind == ANSWER_AWAY)
            partition_away(wire, p);
        /* An open batch may be committed or not: COMMIT will tell. */
        if (answer->kind == ANSWER_AWAY)
            continue;
        p->held = answer_item(answer, 1).at != NULL;
        *any_hold = *any_hold || p->held;
        if (!p->open &&
            (ver.at == NULL || !version_read(ver, &version) || !version_equal(version, p->version)))
            partition_mark_stale(p);
    }
}

/* Does a hold that was seen still stand?  While it does the partition is left
 * alone: its tags may be of the journal that is about to come. */
static enum fault
ask_holds(struct wire *wire, const struct owned *owned, struct why *why)
{
    enum fault fault, held = FAULT_NONE;
    struct why sentence;
    size_t asked = 0;

    calls_reset(&wire->calls);
    for (size_t i = 0; i < owned->count; i++)
        if (owned->at[i]->held)
            ask_hold(wire, owned->at[i]->place);
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        const struct answer *answer;

        /* Asked in the order of the partitions, but only of those that have a
         * hold. */
        if (!p->held)
            continue;
        answer = &wire->calls.answers[asked++];
        if (answer->kind == ANSWER_AWAY) /* perhaps: then it is left alone as well */
            partition_away(wire, p);
        else if (answer_is(answer, "HELD"))
            held = partition_held(wire, p, &sentence);
        else
            p->held = false;
    }
    if (fault == FAULT_NONE && held != FAULT_NONE)
        fault = why_set(why, held, "%s", sentence.text);
    return fault;
}

/* Our tags, and what asof says of the scope, for every scope. */
static void
ask_tags(struct wire *wire, const struct owned *owned)
{
    calls_reset(&wire->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        ask_key(&wire->calls, "HMGET", scope_key(wire, s, "tags"));
        for (size_t i = 0; i < owned->count; i++)
            calls_arg(&wire->calls, text_of(owned->at[i]->name));
        ask_key(&wire->calls, "HMGET", scope_key(wire, s, "asof"));
        for (int i = 0; i < ASOF_MARKS; i++)
            calls_arg(&wire->calls, text_of(asof_mark_fields[i]));
    }
}

/* What the audit found out about the scopes. */
struct findings {
    bool torn[SCOPE_COUNT];  /* a script that was lost is in its history again (rule 21) */
    bool again[SCOPE_COUNT]; /* it is not complete: usually somebody else is still at work, but a
                                PUSH from a tag to itself looks again */
};

/* The answer has complete, whole, runs and ran, in this order. */
static void
take_asof(struct findings *f, int scope, const struct answer *asof)
{
    struct asof_marks marks = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

    for (size_t i = 0; i < ASOF_MARKS; i++)
        asof_keep_mark(&marks, text_of(asof_mark_fields[i]), answer_item(asof, i));
    f->torn[scope] = asof_is_torn(&marks);
    f->again[scope] = !f->torn[scope] && !text_equal(marks.complete, TEXT_LITERAL("1"));
}

enum fault
audit(struct aggregator *a, struct why *why)
{
    struct findings found = { 0 };
    bool any_hold;
    enum fault fault;

    if (a->owned.count == 0)
        return FAULT_NONE; /* a partition that is not synced yet will be anyway */
    a->counts.audits++;
    /* meta first: a tag that is unknown to us may be known to a newer journal,
     * and then it is the journal that we must read (rule 8). */
    ask_versions(&a->wire, &a->owned);
    fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    take_versions(&a->wire, &a->owned, &any_hold);
    fault = pass_over(&a->wire, fault, why);
    if (fault == FAULT_NONE && any_hold)
        fault = pass_over(&a->wire, ask_holds(&a->wire, &a->owned, why), why);
    ask_tags(&a->wire, &a->owned);
    if (fault == FAULT_NONE)
        fault = wire_run(&a->wire, why);
    if (fault != FAULT_NONE && fault != FAULT_STORE_AWAY)
        return fault;
    fault = pass_over(&a->wire, fault, why);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const struct answer *tags = &a->wire.calls.answers[2 * (size_t)s], *asof = tags + 1;

        if (tags->kind == ANSWER_AWAY || asof->kind == ANSWER_AWAY) {
            scope_away(&a->wire, &a->owned, s);
            continue;
        }

        /* A partition that has to SYNC learns its tags there; one that is held
         * may have tags of the journal that is about to come. */
        for (size_t i = 0; i < a->owned.count; i++) {
            struct text tag = answer_item(tags, i);
            if (!partition_wants_sync(a->owned.at[i]) && !a->owned.at[i]->held)
                resolve_tag(a->owned.at[i], s, tag.at == NULL ? TEXT_LITERAL("") : tag);
        }
        take_asof(&found, s, asof);
    }
    /* In the name of any partition: RESET looks by itself whether the scope is
     * torn. */
    if (fault == FAULT_NONE)
        fault = reset_scopes(a, a->owned.at[0], found.torn, RESET_TORN, why);
    return fault != FAULT_NONE ? fault : push_again(&a->pushing, a->owned.at[0], found.again, why);
}
