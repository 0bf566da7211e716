/* --rebuild from its beginning to its end (docs/protocol.md, Rebuilding).
 *
 *  count_again   lease, clear what others left, note the masters, look at the service,
 *                count under a prefix of our own, as far as the service comes meanwhile
 *  compare       hold, count up to the hold, look for losses, compare; up to three times
 *  swap_in       the masters are the same: SWAP every scope, REPLACE every partition
 *  after it      clear away what is left
 *
 * Nothing of the service is changed before swap_all(); until then an end,
 * whatever its reason, costs no more than the hold. */
#include "aggregator/rebuild_inside.h"

#include <stdarg.h>

enum {
    ASK_MS = 10000, /* what does not answer for so long ends the rebuild */
    FOLLOW_MS = 500,
    LOOKS = 3, /* at what differs, before it is told */
    LINE_BYTES = 1024,
};

enum fault
rebuild_ask(struct rebuild *r, struct why *why)
{
    int64_t give_up = tick(r->wire.world) + ASK_MS;
    enum fault fault = wire_run(&r->wire, why);

    while (fault == FAULT_STORE_AWAY && tick(r->wire.world) < give_up) {
        fault = r->caller->nap(r->caller->self, NAP_MS);
        if (fault == FAULT_NONE)
            fault = wire_run(&r->wire, why);
    }
    return fault;
}

enum fault
rebuild_ask_scopes(struct rebuild *r, const char *what, struct why *why)
{
    calls_reset(&r->wire.calls);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        ask_key(&r->wire.calls, "HMGET", scope_key(&r->wire, s, what));
        for (size_t i = 0; i < r->count; i++)
            calls_arg(&r->wire.calls, text_of(r->origins[i].name));
    }
    return rebuild_ask(r, why);
}

/* `what` may be anything that was found behind a scope's braces. */
struct text
rebuild_scope_key(struct rebuild *r, const char *prefix, int scope, const char *what)
{
    char head[KEY_BYTES];
    size_t length = key_scope(prefix, scope, "", head), more = strlen(what);
    char *key = malloc(length + more + 1);
    struct text kept;

    if (key == NULL) {
        r->wire.calls.failed = true;
        return TEXT_LITERAL("");
    }
    memcpy(key, head, length);
    memcpy(key + length, what, more + 1);
    kept = calls_keep(&r->wire.calls, (struct text){ key, length + more });
    free(key);
    return kept;
}

void
rebuild_print(struct rebuild *r, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(line, sizeof line, format, list);
    va_end(list);
    /* Keys and values from Redis may hold anything; the line goes to a terminal. */
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    r->caller->print(r->caller->self, line);
}

/* ---- counting ------------------------------------------------------------------------------ */

/* A partition that goes on as the service counts it is read as far as the
 * service has come: so both can be compared, and the service alone sends dead
 * letters and copies.  Any other is read to its end, with all of its topic (it
 * waits for them before readers are told how far it goes), and sends what may
 * never have been sent. */
static struct reach
reach_now(const struct origin *o)
{
    struct reach reach = { .limit = INT64_MAX, .seeded = o->seeded, .seed = o->seed };

    if (o->is_log && o->same_deal && o->next >= 0 && !o->to_end) {
        reach.limit = o->next;
        /* The service does both, for all of it. */
        reach.set_aside_below = reach.forwarded_below = INT64_MAX;
    } else if (o->is_log && o->next >= 0) {
        /* Another law refuses other records; with another number of partitions
         * other records lie astray than before. */
        reach.set_aside_below = o->same_law ? o->next : 0;
        reach.forwarded_below = o->same_deal ? o->next : 0;
    } else if (o->is_log && o->ver[0] == '\0') { /* Redis was emptied */
        reach.set_aside_below = reach.forwarded_below = o->noted.sent;
    }
    return reach;
}

/* The service has gone on: read as far as it has come. */
static enum fault
follow(struct rebuild *r, struct why *why)
{
    enum fault fault = origins_follow(r, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        if (r->origins[i].is_log && r->origins[i].same_deal)
            aggregator_reach(r->a, r->origins[i].place, reach_now(&r->origins[i]));
    return fault;
}

/* How many records there are to count, about.  For the progress line. */
static int64_t
expected(const struct rebuild *r)
{
    int64_t sum = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct origin *o = &r->origins[i];
        int64_t end = reach_now(o).limit < INT64_MAX ? o->next : o->high;
        sum += end - o->low;
    }
    return sum;
}

/* Turn until everything is counted and shown; `follows`: as far as the service
 * comes meanwhile. */
static enum fault
count(struct rebuild *r, bool follows, struct why *why)
{
    int64_t followed_at = tick(r->wire.world);
    enum fault fault = FAULT_NONE;

    while (r->caller->goes_on(r->caller->self) && !aggregator_has_reached(r->a)) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE && follows && tick(r->wire.world) >= followed_at + FOLLOW_MS) {
            fault = follow(r, why);
            followed_at = tick(r->wire.world);
            r->caller->progress(r->caller->self, r->a->counts.records, expected(r));
        }
        if (fault != FAULT_NONE)
            return fault;
        fault = aggregator_turn(r->a, why);
        if (fault != FAULT_NONE && fault_remedy(fault) != TRY_AGAIN)
            return fault;
    }
    return FAULT_NONE;
}

/* To where the service was held; what has come further stays where it is. */
static enum fault
count_to_hold(struct rebuild *r, struct why *why)
{
    enum fault fault;

    for (size_t i = 0; i < r->count; i++) {
        const struct origin *o = &r->origins[i];
        const struct partition *p = partition_of(&r->a->owned, o->place);
        struct reach reach = reach_now(o);

        /* One that is read to the end of its log gets a limit now, or it would
         * never be done while records come. */
        if (p != NULL && reach.limit == INT64_MAX) {
            int64_t next = o->is_log || o->next < o->high ? o->next : o->high;
            reach.limit = p->read_next > next ? p->read_next : next;
        }
        aggregator_reach(r->a, o->place, reach);
    }
    fault = count(r, false, why);
    if (fault == FAULT_NONE && r->caller->goes_on(r->caller->self))
        /* Committed and pushed: what is compared is what lies in Redis. */
        fault = aggregator_drain(r->a, why);
    return fault;
}

/* The aggregator of the rebuild: as the service's, but for its prefix and how
 * far it reads. */
static enum fault
begin_count(struct rebuild *r, struct why *why)
{
    enum fault fault = aggregator_open(&r->shadow, r->wire.world, r->wire.scripts, &r->a, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        aggregator_reach(r->a, r->origins[i].place, reach_now(&r->origins[i]));
    if (fault == FAULT_NONE)
        fault = r->caller->take_all(r->caller->self, why);
    if (fault == FAULT_NONE)
        log_say(r->wire.world->log, LOG_INFO, "rebuild: counting", LOG_I("records", expected(r)));
    return fault;
}

/* ---- from the beginning to the end ------------------------------------------------------------
 */

/* Names and lists of this rebuild; nothing is written yet. */
static enum fault
open_rebuild(struct rebuild *r, struct why *why)
{
    size_t count = 0;

    r->shadow = r->service;
    r->shadow.exit_at_end = false;
    r->shadow.counts_again = true;
    /* A prefix that no other attempt has: 64 random bits. */
    (void)snprintf(r->id, sizeof r->id, "%016llx",
                   (unsigned long long)r->wire.world->chance.draw(r->wire.world->chance.self));
    (void)snprintf(r->room, sizeof r->room, "%.*s" REBUILD_PREFIX, PREFIX_MOST, r->service.prefix);
    (void)snprintf(r->lease, sizeof r->lease, "%s{rebuild}:lease", r->room);
    (void)snprintf(r->shadow.prefix, sizeof r->shadow.prefix, "%s%s:", r->room, r->id);
    for (int t = 0; t < TOPIC_COUNT; t++)
        count += (size_t)r->service.partitions[t];
    r->origins = calloc(count + 1, sizeof *r->origins);
    if (r->origins == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the partitions");
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < r->service.partitions[t]; p++) {
            struct origin *o = &r->origins[r->count++];

            o->place = (struct place){ (enum topic)t, p };
            (void)snprintf(o->name, sizeof o->name, "%s/%d", topic_names[t], p);
        }
    return FAULT_NONE;
}

/* The lease and all holds go, whatever happened. */
static void
close_rebuild(struct rebuild *r)
{
    lease_end(r);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_release(&r->there[s]);
        names_release(&r->either[s]);
    }
    aggregator_free(r->a);
    free(r->origins);
    free(r->told);
    calls_release(&r->wire.calls);
}

/* Before the hold, so it may take as long as it likes; the service goes on
 * meanwhile. */
static enum fault
count_again(struct rebuild *r, struct why *why)
{
    enum fault fault = lease_take(r, why);

    if (fault == FAULT_NONE)
        fault = scan_clear(r, why);
    if (fault == FAULT_NONE)
        fault = servers_note(r, why);
    if (fault == FAULT_NONE)
        fault = origins_read(r, why);
    if (fault == FAULT_NONE)
        fault = begin_count(r, why);
    return fault == FAULT_NONE ? count(r, true, why) : fault;
}

/* The service is held from the beginning of this on. */
static enum fault
hold_and_compare(struct rebuild *r, struct why *why)
{
    /* Read before the hold: what was told by then is of versions that were
     * committed before it. */
    enum fault fault = told_read(r, why);

    if (fault == FAULT_NONE)
        fault = hold_all(r, why);
    if (fault == FAULT_NONE)
        log_say(r->wire.world->log, LOG_INFO, "rebuild: held",
                LOG_I("partitions", (int64_t)r->count));
    if (fault == FAULT_NONE)
        fault = count_to_hold(r, why);
    if (fault == FAULT_NONE && r->caller->goes_on(r->caller->self))
        fault = loss_look(r, why);
    if (fault == FAULT_NONE)
        fault = scan_names(r, why);
    return fault == FAULT_NONE ? compare_all(r, why) : fault;
}

/* The service gets some seconds to show what it had not shown, and is followed
 * meanwhile. */
static enum fault
go_on_for_a_while(struct rebuild *r, struct why *why)
{
    enum fault fault;

    log_say(r->wire.world->log, LOG_INFO, "rebuild: differs, is looked at again",
            LOG_I("differences", r->differences));
    fault = hold_let_go(r, why);
    if (fault == FAULT_NONE)
        fault = follow(r, why);
    return fault == FAULT_NONE ? count(r, true, why) : fault;
}

/* What an instance has committed it may show late: it waits for its Redis, or
 * lost an answer, and resolves no tag while its partition is held.  So what
 * differs is looked at again, after the service has gone on for a while. */
static enum fault
compare(struct rebuild *r, struct why *why)
{
    enum fault fault;

    for (int look = 1;; look++) {
        r->tells = look == LOOKS; /* or at once, where something is lost */
        fault = hold_and_compare(r, why);
        if (fault != FAULT_NONE || r->differences == 0 || r->tells ||
            !r->caller->goes_on(r->caller->self))
            return fault;
        fault = go_on_for_a_while(r, why);
        if (fault != FAULT_NONE)
            return fault;
    }
}

/* *swapped only when every scope and every partition was swapped. */
static enum fault
swap_in(struct rebuild *r, bool *swapped, struct why *why)
{
    enum fault fault;

    log_say(r->wire.world->log, LOG_INFO, "rebuild: counted",
            LOG_I("records", r->a->counts.records));
    fault = compare(r, why);
    if (fault != FAULT_NONE || !r->caller->goes_on(r->caller->self))
        return fault;
    /* Looked at as late as possible, before the first write to the service's
     * keys. */
    fault = servers_are_same(r, why);
    if (fault == FAULT_NONE)
        fault = swap_all(r, why);
    *swapped = fault == FAULT_NONE;
    return fault;
}

/* The service goes on at once, and what was counted beside it goes. */
static void
clear_after(struct rebuild *r)
{
    struct why unheard; /* the next rebuild clears it, too */
    enum fault fault = hold_end(r, &unheard);

    if (fault == FAULT_NONE)
        fault = scan_clear(r, &unheard);
    (void)fault;
}

enum fault
rebuild_run(const struct settings *settings, const struct world *world,
            const struct script scripts[SCRIPT_COUNT], const struct rebuild_caller *caller,
            bool *swapped, struct why *why)
{
    struct rebuild r = { .service = *settings,
                         .wire = { .settings = settings, .world = world },
                         .caller = caller };
    enum fault fault = open_rebuild(&r, why);

    memcpy(r.wire.scripts, scripts, sizeof r.wire.scripts);
    *swapped = false;
    if (fault == FAULT_NONE)
        fault = count_again(&r, why);
    if (fault == FAULT_NONE && caller->goes_on(caller->self))
        fault = swap_in(&r, swapped, why);
    /* Refused for a loss: the service shall not wait for the hold to run out. */
    if (r.refused)
        clear_after(&r);
    if (*swapped)
        log_say(world->log, LOG_INFO, "rebuild: swapped", LOG_I("fields", r.fields),
                LOG_I("differences", r.differences));
    if (*swapped && fault == FAULT_NONE)
        fault = scan_clear(&r, why);
    if (*swapped && fault == FAULT_NONE)
        fault = scan_orphans(&r, why);
    close_rebuild(&r);
    return fault;
}
