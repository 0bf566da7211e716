/* SWAP and REPLACE: first every scope, then every partition.
 *
 * In between the tags name versions of journals that are yet to come: that is
 * what the hold is for.  A rebuild that is killed there leaves tags that the
 * owners don't know, and they empty those scopes and fill them again, as after
 * any loss.
 *
 * Each script compares and sets, so a late or a repeated one does no harm, and
 * a refusal ends the rebuild where it is. */
#include "aggregator/rebuild_inside.h"

/* A script has found other tags or another version than we know of.  What was
 * swapped by then is mended by the owners. */
static enum fault
refused(const char *what, const struct answer *answer, struct why *why)
{
    struct text word = answer_item(answer, 0), reason = answer_item(answer, 1);

    return why_set(why, FAULT_MOVING,
                   "%s could not be swapped: %.*s %.*s. The service mends by itself what was; "
                   "run --rebuild again",
                   what, text_shown(word), word.at == NULL ? "" : word.at, text_shown(reason),
                   reason.at == NULL ? "" : reason.at);
}

/* All of one scope in one script: old keys, new keys, tags, and what was told. */
static void
swap_call(struct rebuild *r, int scope)
{
    struct calls *calls = &r->wire.calls;
    const struct names *there = &r->there[scope];

    call_scope_script(&r->wire, SCRIPT_SWAP, (int64_t)there->count + INT64_C(2) * SCOPE_OWN_KEYS,
                      scope);
    for (int i = 0; i < SCOPE_OWN_KEYS; i++)
        calls_arg(calls, kept_scope_key(calls, r->shadow.prefix, scope, scope_own_keys[i]));
    /* Names that the scan found: what the index has forgotten is deleted as
     * well. */
    for (size_t i = 0; i < there->count; i++)
        calls_arg(calls, rebuild_scope_key(r, r->service.prefix, scope, there->at[i]));
    calls_integer(calls, clock_wall(&r->wire.world->clock));
    put_day(calls, r->a->wire.day);
    calls_arg(calls, text_of(r->service.prefix));
    calls_arg(calls, text_of(r->shadow.prefix));
    calls_integer(calls, (int64_t)r->count);
    for (size_t i = 0; i < r->count; i++) {
        const struct partition *p = partition_of(&r->a->owned, r->origins[i].place);

        calls_arg(calls, text_of(p->name));
        put_tag(calls, &p->shares[scope].tag); /* of the last version that changed it */
        calls_integer(calls, told_of(r, scope, i, p->next));
        calls_integer(calls, p->next);
    }
}

static enum fault
swap_scope(struct rebuild *r, int scope, struct why *why)
{
    enum fault fault;

    calls_reset(&r->wire.calls);
    swap_call(r, scope);
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    if (!answer_is(&r->wire.calls.answers[0], "OK"))
        return refused(scope_code(scope), &r->wire.calls.answers[0], why);
    log_say(r->wire.world->log, LOG_INFO, "rebuild: scope swapped",
            LOG_S("scope", scope_code(scope)));
    return FAULT_NONE;
}

/* Pairs of chunks, from the rebuild's name to the service's. */
static void
replace_call(struct rebuild *r, const struct origin *o, const struct partition *p)
{
    struct calls *calls = &r->wire.calls;

    call_script(&r->wire, SCRIPT_REPLACE, 2 + 2 * (p->chunk + 1), meta_key(&r->wire, o->place));
    calls_arg(calls, kept_meta_key(calls, r->shadow.prefix, o->place));
    for (int64_t chunk = 0; chunk <= p->chunk; chunk++) {
        calls_arg(calls, kept_chunk_key(calls, r->shadow.prefix, o->place, p->generation, chunk));
        calls_arg(calls, chunk_key(&r->wire, o->place, p->generation, chunk));
    }
    calls_arg(calls, text_of(o->ver));
    put_version(calls, p->version);
}

/* The service's owner finds another version in meta, and reads the journal anew. */
static enum fault
replace_partition(struct rebuild *r, struct origin *o, struct why *why)
{
    const struct partition *p = partition_of(&r->a->owned, o->place);
    enum fault fault;

    /* AGAIN: chunks were renamed, and there are more. */
    do {
        calls_reset(&r->wire.calls);
        replace_call(r, o, p);
        fault = rebuild_ask(r, why);
    } while (fault == FAULT_NONE && answer_is(&r->wire.calls.answers[0], "AGAIN"));
    if (fault != FAULT_NONE)
        return fault;
    if (!answer_is(&r->wire.calls.answers[0], "OK"))
        return refused(o->name, &r->wire.calls.answers[0], why);
    /* Its hold went with the meta. */
    o->held = false;
    log_say(r->wire.world->log, LOG_INFO, "rebuild: partition swapped", LOG_S("partition", o->name),
            LOG_I("next", p->next));
    return FAULT_NONE;
}

enum fault
swap_all(struct rebuild *r, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = swap_scope(r, s, why);
    }
    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = replace_partition(r, &r->origins[i], why);
    }
    return fault;
}
