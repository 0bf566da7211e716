#include "aggregator/state.h"

enum { RESET_KEYS = 4 };

static void
reset_call(struct aggregator *a, const struct partition *p, int scope, enum reset_reason reason)
{
    static const char *const names[RESET_KEYS] = { "tags", "index", "asof", "changes" };
    const struct share *share = &p->shares[scope];
    size_t kept = reason == RESET_UNKNOWN ? share->raw_kept : 0;
    size_t length = reason == RESET_UNKNOWN ? share->raw_length : 0;

    calls_begin(&a->calls, &a->scripts[SCRIPT_RESET], scope_key(a, scope, names[0]));
    calls_integer(&a->calls, RESET_KEYS);
    for (int i = 0; i < RESET_KEYS; i++)
        calls_arg(&a->calls, scope_key(a, scope, names[i]));
    calls_arg(&a->calls, text_of(p->name));
    calls_arg(&a->calls, (struct text){ share->raw, kept });
    calls_integer(&a->calls, (int64_t)length);
    calls_integer(&a->calls, a->world.clock.wall_ms(a->world.clock.self));
}

static void
take_answer(struct aggregator *a, struct partition *p, int scope, enum reset_reason reason,
            const struct answer *answer)
{
    static const char *const reasons[] = {
        [RESET_UNKNOWN] = "a tag that the journal does not know",
        [RESET_TORN] = "half a script in Redis' history",
    };

    if (answer->kind == ANSWER_AWAY) { /* the audit before its next push looks again */
        scope_away(a, scope);
        if (reason == RESET_UNKNOWN)
            p->shares[scope].tag = (struct tag){ .form = TAG_EMPTY };
        return;
    }
    if (!answer_is(answer, "OK")) { /* somebody moved it meanwhile */
        p->wants_sync = p->wants_sync || reason == RESET_UNKNOWN;
        a->audit_soon = true;
        return;
    }
    a->counts.resets++;
    log_say(a->world.log, LOG_WARN, "scope reset", LOG_S("scope", scope_code(scope)),
            LOG_S("partition", p->name), LOG_S("reason", reasons[reason]));
    for (size_t i = 0; i < a->partition_count; i++)
        a->partitions[i]->shares[scope].tag = (struct tag){ .form = TAG_EMPTY };
}

enum fault
reset_scopes(struct aggregator *a, struct partition *p, const bool which[SCOPE_COUNT],
             enum reset_reason reason, struct why *why)
{
    enum fault fault;
    size_t sent = 0;

    calls_reset(&a->calls);
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (which[s])
            reset_call(a, p, s, reason);
    fault = pass_over(a, calls_run(&a->calls, &a->world.store, why), why);
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        if (which[s])
            take_answer(a, p, s, reason, &a->calls.answers[sent++]);
    return fault;
}
