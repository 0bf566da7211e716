/* The lease of a rebuild, and holding the service: while a partition is held,
 * its owner commits nothing, so that what is compared and swapped stands still.
 *
 * Both are the script HOLD: the lease on a key of its own, a hold on each meta.
 * They end by themselves, by Redis' clock, so a rebuild that was killed keeps
 * nobody waiting.  The lease outlasts the holds: who gets it finds no hold of
 * the former one. */
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

/* Appends one HOLD.  ms 0: end it.  ver: only if it still is that one, "*":
 * whatever it is. */
static void
hold_call(struct rebuild *r, struct text key, int64_t ms, const char *ver)
{
    call_script(&r->wire, SCRIPT_HOLD, 1, key);
    calls_arg(&r->wire.calls, text_of(r->id));
    calls_integer(&r->wire.calls, ms);
    calls_arg(&r->wire.calls, text_of(ver));
}

enum fault
lease_take(struct rebuild *r, struct why *why)
{
    enum fault fault;

    calls_reset(&r->wire.calls);
    hold_call(r, text_of(r->lease), LEASE_MS, "*");
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer_is(&r->wire.calls.answers[0], "HELD")) {
        struct text ms = answer_item(&r->wire.calls.answers[0], 1);
        return why_set(why, FAULT_SETTINGS,
                       "another --rebuild is at work under this prefix. If it was killed, its "
                       "lease ends in %.*s ms",
                       text_shown(ms), ms.at);
    }
    r->leased = true;
    r->renewed_at = tick(r->wire.world);
    return FAULT_NONE;
}

enum fault
lease_renew(struct rebuild *r, struct why *why)
{
    return tick(r->wire.world) < r->renewed_at + RENEW_MS ? FAULT_NONE : hold_again(r, why);
}

/* The lease, and a hold on every partition: on all at once when it begins, then on those that are
 * held, if they still are as they were. */
static enum fault
hold_each(struct rebuild *r, bool begins, struct why *why)
{
    enum fault fault;

    calls_reset(&r->wire.calls);
    hold_call(r, text_of(r->lease), LEASE_MS, "*");
    for (size_t i = 0; i < r->count; i++)
        if (begins || r->origins[i].held)
            hold_call(r, meta_key(&r->wire, r->origins[i].place), HOLD_MS,
                      begins ? "*" : r->origins[i].ver);
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    for (size_t i = 0; i < r->wire.calls.count; i++) {
        if (answer_is(&r->wire.calls.answers[i], "OK"))
            continue;
        if (begins)
            return why_set(why, FAULT_MOVING, "%s is held by another --rebuild",
                           i == 0 ? "the lease" : r->origins[i - 1].name);
        /* HOLD compares ver: one that has changed was committed to although it
         * was held. */
        return why_set(why, FAULT_MOVING,
                       i == 0 ? "another --rebuild has taken over the lease"
                              : "a partition went on although it was held");
    }
    r->renewed_at = tick(r->wire.world);
    return FAULT_NONE;
}

enum fault
hold_again(struct rebuild *r, struct why *why)
{
    return hold_each(r, false, why);
}

/* An end for every partition, held by us or not: another id's hold is not
 * touched. */
static void
put_ends(struct rebuild *r)
{
    calls_reset(&r->wire.calls);
    for (size_t i = 0; i < r->count && r->any_held; i++)
        hold_call(r, meta_key(&r->wire, r->origins[i].place), 0, "*");
}

/* All that was held goes on; if nobody hears it, the holds end by themselves. */
void
lease_end(struct rebuild *r)
{
    struct why unheard;
    enum fault fault;

    put_ends(r);
    if (r->leased)
        hold_call(r, text_of(r->lease), 0, "*");
    fault = wire_run(&r->wire, &unheard);
    (void)fault;
    r->leased = false;
}

/* ---- holding ------------------------------------------------------------------------- */

/* Every tag of every scope, as one number. */
static enum fault
look_at_tags(struct rebuild *r, uint64_t *sum, struct why *why)
{
    enum fault fault = rebuild_ask_scopes(r, "tags", why);

    *sum = 0;
    for (int s = 0; s < SCOPE_COUNT && fault == FAULT_NONE; s++)
        for (size_t i = 0; i < r->count; i++)
            /* Each tag is hashed together with the sum so far. */
            *sum = message_hash((struct text){ (const char *)sum, sizeof *sum },
                                answer_item(&r->wire.calls.answers[s], i));
    return fault;
}

/* An instance whose COMMIT was refused shows what it had committed; until the
 * tags have come to rest. */
static enum fault
wait_for_rest(struct rebuild *r, struct why *why)
{
    int64_t give_up = tick(r->wire.world) + REST_MOST_MS, changed_at = tick(r->wire.world);
    uint64_t before = 0, now = 0;
    enum fault fault = FAULT_NONE;

    /* Rested for a moment, or waited long enough: what is not shown then is
     * found by the comparison. */
    while (fault == FAULT_NONE && tick(r->wire.world) < changed_at + REST_MS &&
           tick(r->wire.world) < give_up) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = look_at_tags(r, &now, why);
        if (fault == FAULT_NONE && now != before)
            changed_at = tick(r->wire.world);
        before = now;
        if (fault == FAULT_NONE)
            fault = r->caller->nap(r->caller->self, NAP_MS);
    }
    return fault;
}

/* Where each stands is read once it is held, and stays so. */
enum fault
hold_all(struct rebuild *r, struct why *why)
{
    enum fault fault = hold_each(r, true, why);

    /* Also when only some were: all are let go at the end. */
    r->any_held = true;
    if (fault == FAULT_NONE)
        fault = origins_follow(r, why);
    /* From now on origins_follow() leaves them as they are, and hold_again()
     * renews them. */
    for (size_t i = 0; i < r->count; i++)
        r->origins[i].held = true;
    return fault == FAULT_NONE ? wait_for_rest(r, why) : fault;
}

enum fault
hold_end(struct rebuild *r, struct why *why)
{
    put_ends(r);
    for (size_t i = 0; i < r->count; i++)
        r->origins[i].held = false;
    return rebuild_ask(r, why);
}

enum fault
hold_let_go(struct rebuild *r, struct why *why)
{
    int64_t begun = tick(r->wire.world);
    enum fault fault = hold_end(r, why);

    /* The lease goes on: no other rebuild may begin meanwhile. */
    while (fault == FAULT_NONE && tick(r->wire.world) < begun + LOOSE_MS) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE)
            fault = r->caller->nap(r->caller->self, NAP_MS);
    }
    return fault;
}
