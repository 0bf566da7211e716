#include "aggregator/rebuild_inside.h"

/* First every scope, then every partition.  In between the tags name versions
 * of journals that are yet to come: that is what the hold is for.  A rebuild
 * that is killed there leaves tags that the owners don't know, and they empty
 * those scopes and fill them again, as after any loss. */

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

static void
put_scope_keys(struct rebuild *r, const char *prefix, int scope)
{
    static const char *const own[] = { "tags", "index", "asof", "changes" };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        calls_arg(&r->calls, rebuild_scope_key(r, prefix, scope, own[i]));
}

static void
swap_call(struct rebuild *r, int scope)
{
    struct calls *calls = &r->calls;
    const struct names *there = &r->there[scope];
    char day[DAY_TEXT], tag[TAG_TEXT];

    calls_begin(calls, &r->scripts[SCRIPT_SWAP],
                rebuild_scope_key(r, r->service.prefix, scope, "tags"));
    calls_integer(calls, (int64_t)(8 + there->count));
    put_scope_keys(r, r->service.prefix, scope);
    put_scope_keys(r, r->shadow.prefix, scope);
    for (size_t i = 0; i < there->count; i++)
        calls_arg(calls, rebuild_scope_key(r, r->service.prefix, scope, there->at[i]));
    calls_integer(calls, r->world->clock.wall_ms(r->world->clock.self));
    day_write(r->a->day, day);
    calls_copy(calls, text_of(day));
    calls_arg(calls, text_of(r->service.prefix));
    calls_arg(calls, text_of(r->shadow.prefix));
    calls_integer(calls, (int64_t)r->a->partition_count);
    for (size_t i = 0; i < r->a->partition_count; i++) {
        const struct partition *p = r->a->partitions[i];
        const struct tag *now = &p->shares[scope].tag; /* of the last version that changed it */

        calls_arg(calls, text_of(p->name));
        calls_copy(calls, (struct text){ tag, tag_write(now, tag) });
    }
}

static enum fault
swap_scope(struct rebuild *r, int scope, struct why *why)
{
    enum fault fault;

    calls_reset(&r->calls);
    swap_call(r, scope);
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    if (!answer_is(&r->calls.answers[0], "OK"))
        return refused(scope_code(scope), &r->calls.answers[0], why);
    log_say(r->world->log, LOG_INFO, "rebuild: scope swapped", LOG_S("scope", scope_code(scope)));
    return FAULT_NONE;
}

static void
replace_call(struct rebuild *r, const struct origin *o, const struct partition *p)
{
    struct calls *calls = &r->calls;
    struct text meta = rebuild_meta_key(r, r->service.prefix, o);
    char version[VERSION_TEXT];

    calls_begin(calls, &r->scripts[SCRIPT_REPLACE], meta);
    calls_integer(calls, 2 + 2 * (p->chunk + 1));
    calls_arg(calls, meta);
    calls_arg(calls, rebuild_meta_key(r, r->shadow.prefix, o));
    for (int64_t chunk = 0; chunk <= p->chunk; chunk++) {
        calls_arg(calls, rebuild_chunk_key(r, r->shadow.prefix, o, p->generation, chunk));
        calls_arg(calls, rebuild_chunk_key(r, r->service.prefix, o, p->generation, chunk));
    }
    calls_arg(calls, text_of(o->ver));
    calls_copy(calls, (struct text){ version, version_write(p->version, version) });
}

static enum fault
replace_partition(struct rebuild *r, struct origin *o, struct why *why)
{
    const struct partition *p = partition_of(r->a, o->place);
    enum fault fault;

    do {
        calls_reset(&r->calls);
        replace_call(r, o, p);
        fault = rebuild_ask(r, why);
    } while (fault == FAULT_NONE && answer_is(&r->calls.answers[0], "AGAIN"));
    if (fault != FAULT_NONE)
        return fault;
    if (!answer_is(&r->calls.answers[0], "OK"))
        return refused(o->name, &r->calls.answers[0], why);
    o->held = false;
    log_say(r->world->log, LOG_INFO, "rebuild: partition swapped", LOG_S("partition", o->name),
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
