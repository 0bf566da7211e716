/* RESET: empty a scope, which all owners then fill again.
 *
 * Compare-and-set on the tag that made us do it, so that two owners do not
 * empty it in turns (docs/protocol.md, rules 6 and 7).  It takes all tags with
 * it: a share whose tag stayed would be missing from the totals for ever. */
#include "aggregator/state.h"

/* KEYS and ARGV as the head of reset.lua has them.  A tag that is unknown goes
 * with it: the script empties nothing when another one stands there by now. */
static void
reset_call(struct wire *wire, const struct partition *p, int scope, enum reset_reason reason)
{
    const struct share *share = &p->shares[scope];
    /* A tag may be longer than is kept here: its beginning and its length are
     * compared. */
    size_t kept = reason == RESET_UNKNOWN ? share->raw_kept : 0;
    size_t length = reason == RESET_UNKNOWN ? share->raw_length : 0;

    call_scope_script(wire, SCRIPT_RESET, SCOPE_OWN_KEYS, scope);
    calls_arg(&wire->calls, text_of(p->name));
    calls_arg(&wire->calls, (struct text){ share->raw, kept });
    calls_integer(&wire->calls, (int64_t)length);
    calls_integer(&wire->calls, clock_wall(&wire->world->clock));
}

/* What RESET did becomes what we believe of the tags. */
static void
take_answer(struct aggregator *a, struct partition *p, int scope, enum reset_reason reason,
            const struct answer *answer)
{
    static const char *const reasons[] = {
        [RESET_UNKNOWN] = "a tag that the journal does not know",
        [RESET_TORN] = "half a script in Redis' history",
    };

    /* It may have run.  Taken as empty: the PUSH from '' is refused if it has
     * not. */
    if (answer->kind == ANSWER_AWAY) { /* the audit before its next push looks again */
        scope_away(&a->wire, &a->owned, scope);
        if (reason == RESET_UNKNOWN)
            p->shares[scope].tag = (struct tag){ .form = TAG_EMPTY };
        return;
    }
    if (!answer_is(answer, "OK")) { /* somebody moved it meanwhile */
        if (reason == RESET_UNKNOWN)
            partition_mark_stale(p);
        a->wire.audit_soon = true;
        return;
    }
    a->counts.resets++;
    log_say(a->world.log, LOG_WARN, "scope reset", LOG_S("scope", scope_code(scope)),
            LOG_S("partition", p->name), LOG_S("reason", reasons[reason]));
    /* Also those of partitions that did not ask for it: their tags are gone as
     * well. */
    for (size_t i = 0; i < a->owned.count; i++)
        a->owned.at[i]->shares[scope].tag = (struct tag){ .form = TAG_EMPTY };
}

enum fault
reset_scopes(struct aggregator *a, struct partition *p, const bool which[SCOPE_COUNT],
             enum reset_reason reason, struct why *why)
{
    enum fault fault;
    size_t sent = 0;

    calls_reset(&a->wire.calls);
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (which[s])
            reset_call(&a->wire, p, s, reason);
    fault = pass_over(&a->wire, wire_run(&a->wire, why), why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        if (which[s])
            take_answer(a, p, s, reason, &a->wire.calls.answers[sent++]);
    return fault;
}
