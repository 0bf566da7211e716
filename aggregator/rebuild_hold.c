#include "aggregator/hash.h"
#include "aggregator/rebuild_inside.h"

enum {
    HOLD_MS = 12000,           /* a rebuild that was killed is felt no longer */
    LEASE_MS = HOLD_MS + 3000, /* the next one, which takes the lease, finds no hold of it */
    RENEW_MS = 3000,
    REST_MS = 600, /* tags that did not change for so long rest: an idle turn and a bit */
    REST_MOST_MS = 4000,
    LOOSE_MS = 7000, /* longer than an instance's longest pause (turn.c), and a push */
};

static int64_t
tick(const struct rebuild *r)
{
    return r->world->clock.tick_ms(r->world->clock.self);
}

struct text
lease_key(struct rebuild *r)
{
    char key[KEY_BYTES];
    int length = snprintf(key, sizeof key, "%s{rebuild}:lease", r->room);

    return calls_keep(&r->calls, (struct text){ key, (size_t)length });
}

static void
hold_call(struct rebuild *r, struct text key, int64_t ms, const char *ver)
{
    calls_begin(&r->calls, &r->scripts[SCRIPT_HOLD], key);
    calls_integer(&r->calls, 1);
    calls_arg(&r->calls, key);
    calls_arg(&r->calls, text_of(r->id));
    calls_integer(&r->calls, ms);
    calls_arg(&r->calls, text_of(ver));
}

enum fault
lease_take(struct rebuild *r, struct why *why)
{
    enum fault fault;

    calls_reset(&r->calls);
    hold_call(r, lease_key(r), LEASE_MS, "*");
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer_is(&r->calls.answers[0], "HELD")) {
        struct text ms = answer_item(&r->calls.answers[0], 1);
        return why_set(why, FAULT_SETTINGS,
                       "another --rebuild is at work under this prefix. If it was killed, its "
                       "lease ends in %.*s ms",
                       text_shown(ms), ms.at);
    }
    r->leased = true;
    r->renewed_at = tick(r);
    return FAULT_NONE;
}

enum fault
lease_renew(struct rebuild *r, struct why *why)
{
    enum fault fault;

    if (tick(r) < r->renewed_at + RENEW_MS)
        return FAULT_NONE;
    calls_reset(&r->calls);
    hold_call(r, lease_key(r), LEASE_MS, "*");
    for (size_t i = 0; i < r->count; i++)
        if (r->origins[i].held)
            hold_call(r, rebuild_meta_key(r, r->service.prefix, &r->origins[i]), HOLD_MS,
                      r->origins[i].ver);
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < r->calls.count; i++)
        if (!answer_is(&r->calls.answers[i], "OK"))
            return why_set(why, FAULT_MOVING,
                           i == 0 ? "another --rebuild has taken over the lease"
                                  : "a partition went on although it was held");
    r->renewed_at = tick(r);
    return FAULT_NONE;
}

static void
put_ends(struct rebuild *r)
{
    calls_reset(&r->calls);
    for (size_t i = 0; i < r->count && r->any_held; i++)
        hold_call(r, rebuild_meta_key(r, r->service.prefix, &r->origins[i]), 0, "*");
}

/* All that was held goes on; if nobody hears it, the holds end by themselves. */
void
lease_end(struct rebuild *r)
{
    struct why unheard;
    enum fault fault;

    put_ends(r);
    if (r->leased)
        hold_call(r, lease_key(r), 0, "*");
    fault = calls_run(&r->calls, &r->world->store, &unheard);
    (void)fault;
    r->leased = false;
}

/* ---- holding ------------------------------------------------------------------------- */

/* Every tag of every scope, as one number. */
static enum fault
look_at_tags(struct rebuild *r, uint64_t *sum, struct why *why)
{
    enum fault fault;

    calls_reset(&r->calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text key = rebuild_scope_key(r, r->service.prefix, s, "tags");

        calls_begin(&r->calls, NULL, key);
        calls_arg(&r->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&r->calls, key);
        for (size_t i = 0; i < r->count; i++)
            calls_arg(&r->calls, text_of(r->origins[i].name));
    }
    fault = rebuild_ask(r, why);
    *sum = 0;
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        for (size_t i = 0; i < r->count; i++)
            *sum = message_hash((struct text){ (const char *)sum, sizeof *sum },
                                answer_item(&r->calls.answers[s], i));
    return fault;
}

/* An instance whose COMMIT was refused shows what it had committed; until the
 * tags have come to rest. */
static enum fault
wait_for_rest(struct rebuild *r, struct why *why)
{
    int64_t give_up = tick(r) + REST_MOST_MS, changed_at = tick(r);
    uint64_t before = 0, now = 0;
    enum fault fault = FAULT_NONE;

    while (fault == FAULT_NONE && tick(r) < changed_at + REST_MS && tick(r) < give_up) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = look_at_tags(r, &now, why);
        if (fault == FAULT_NONE && now != before)
            changed_at = tick(r);
        before = now;
        if (fault == FAULT_NONE)
            fault = r->caller->nap(r->caller->self, NAP_MS);
    }
    return fault;
}

static enum fault
hold_each(struct rebuild *r, struct why *why)
{
    enum fault fault;

    calls_reset(&r->calls);
    hold_call(r, lease_key(r), LEASE_MS, "*");
    for (size_t i = 0; i < r->count; i++)
        hold_call(r, rebuild_meta_key(r, r->service.prefix, &r->origins[i]), HOLD_MS, "*");
    fault = rebuild_ask(r, why);
    for (size_t i = 0; i < r->calls.count && fault == FAULT_NONE; i++)
        if (!answer_is(&r->calls.answers[i], "OK"))
            return why_set(why, FAULT_MOVING, "%s is held by another --rebuild",
                           i == 0 ? "the lease" : r->origins[i - 1].name);
    r->renewed_at = tick(r);
    return fault;
}

/* Where each stands is read once it is held, and stays so. */
enum fault
hold_all(struct rebuild *r, struct why *why)
{
    enum fault fault = hold_each(r, why);

    r->any_held = true;
    if (fault == FAULT_NONE)
        fault = origins_follow(r, why);
    for (size_t i = 0; i < r->count; i++)
        r->origins[i].held = true;
    return fault == FAULT_NONE ? wait_for_rest(r, why) : fault;
}

enum fault
hold_let_go(struct rebuild *r, struct why *why)
{
    int64_t begun = tick(r);
    enum fault fault;

    put_ends(r);
    fault = rebuild_ask(r, why);
    for (size_t i = 0; i < r->count; i++)
        r->origins[i].held = false;
    while (fault == FAULT_NONE && tick(r) < begun + LOOSE_MS) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = r->caller->nap(r->caller->self, NAP_MS);
    }
    return fault;
}
