#include "aggregator/rebuild_inside.h"

#include <stdarg.h>

enum {
    ASK_MS = 10000, /* what does not answer for so long ends the rebuild; half of a hold */
    FOLLOW_MS = 500,
    LOOKS = 3, /* at what differs, before it is told */
    LINE_BYTES = 1024,
};

static int64_t
tick(const struct rebuild *r)
{
    return r->world->clock.tick_ms(r->world->clock.self);
}

enum fault
rebuild_ask(struct rebuild *r, struct why *why)
{
    int64_t give_up = tick(r) + ASK_MS;
    enum fault fault = calls_run(&r->calls, &r->world->store, why);

    while (fault == FAULT_STORE_AWAY && tick(r) < give_up) {
        fault = r->caller->nap(r->caller->self, NAP_MS);
        if (fault == FAULT_NONE)
            fault = calls_run(&r->calls, &r->world->store, why);
    }
    return fault;
}

struct text
rebuild_meta_key(struct rebuild *r, const char *prefix, const struct origin *o)
{
    char key[KEY_BYTES];

    return calls_keep(&r->calls, (struct text){ key, key_meta(prefix, topic_names[o->place.topic],
                                                              o->place.partition, key) });
}

struct text
rebuild_chunk_key(struct rebuild *r, const char *prefix, const struct origin *o,
                  const char *generation, int64_t chunk)
{
    char key[KEY_BYTES];

    return calls_keep(&r->calls,
                      (struct text){ key, key_chunk(prefix, topic_names[o->place.topic],
                                                    o->place.partition, generation, chunk, key) });
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
        r->calls.failed = true;
        return TEXT_LITERAL("");
    }
    memcpy(key, head, length);
    memcpy(key + length, what, more + 1);
    kept = calls_keep(&r->calls, (struct text){ key, length + more });
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
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    r->caller->print(r->caller->self, line);
}

/* ---- counting ------------------------------------------------------------------------------ */

/* A partition that goes on as the service counts it is read as far as the
 * service has come: so both can be compared, and the service alone sends dead
 * letters and copies.  Any other is read to its end, and sends what may never
 * have been sent. */
static struct reach
reach_now(const struct origin *o)
{
    struct reach reach = { INT64_MAX, 0, 0 };

    if (o->is_log && o->same_count && o->next >= 0)
        return (struct reach){ o->next, INT64_MAX, INT64_MAX };
    if (o->is_log && o->next >= 0)
        reach.set_aside_below = o->next;
    return reach;
}

static enum fault
follow(struct rebuild *r, struct why *why)
{
    enum fault fault = origins_follow(r, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        if (r->origins[i].is_log && r->origins[i].same_count)
            aggregator_reach(r->a, r->origins[i].place, reach_now(&r->origins[i]));
    return fault;
}

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
    int64_t followed_at = tick(r);
    enum fault fault = FAULT_NONE;

    while (r->caller->goes_on(r->caller->self) && !aggregator_has_reached(r->a)) {
        fault = lease_renew(r, why);
        if (fault == FAULT_NONE && follows && tick(r) >= followed_at + FOLLOW_MS) {
            fault = follow(r, why);
            followed_at = tick(r);
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
        const struct partition *p = partition_of(r->a, o->place);
        struct reach reach = reach_now(o);

        if (p != NULL && reach.limit == INT64_MAX) {
            int64_t next = o->next < o->high ? o->next : o->high;
            reach.limit = p->read_next > next ? p->read_next : next;
        }
        aggregator_reach(r->a, o->place, reach);
    }
    fault = count(r, false, why);
    if (fault == FAULT_NONE && r->caller->goes_on(r->caller->self))
        fault = aggregator_drain(r->a, why);
    return fault;
}

static enum fault
begin_count(struct rebuild *r, struct why *why)
{
    enum fault fault = aggregator_open(&r->shadow, r->world, r->scripts, &r->a, why);

    for (size_t i = 0; i < r->count && fault == FAULT_NONE; i++)
        aggregator_reach(r->a, r->origins[i].place, reach_now(&r->origins[i]));
    if (fault == FAULT_NONE)
        fault = r->caller->take_all(r->caller->self, why);
    if (fault == FAULT_NONE)
        log_say(r->world->log, LOG_INFO, "rebuild: counting", LOG_I("records", expected(r)));
    return fault;
}

/* ---- from the beginning to the end ------------------------------------------------------------
 */

static enum fault
open_rebuild(struct rebuild *r, struct why *why)
{
    size_t count = 0;

    r->shadow = r->service;
    r->shadow.exit_at_end = false;
    r->shadow.counts_again = true;
    (void)snprintf(r->id, sizeof r->id, "%016llx",
                   (unsigned long long)r->world->chance.draw(r->world->chance.self));
    (void)snprintf(r->room, sizeof r->room, "%.*s" REBUILD_PREFIX, PREFIX_MOST, r->service.prefix);
    (void)snprintf(r->shadow.prefix, sizeof r->shadow.prefix,
                   "%.*s" REBUILD_PREFIX "%s:", PREFIX_MOST, r->service.prefix, r->id);
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

static void
close_rebuild(struct rebuild *r)
{
    lease_end(r);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_release(&r->there[s]);
        names_release(&r->counted[s]);
    }
    aggregator_free(r->a);
    free(r->origins);
    calls_release(&r->calls);
}

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
    enum fault fault = hold_all(r, why);

    if (fault == FAULT_NONE)
        log_say(r->world->log, LOG_INFO, "rebuild: held", LOG_I("partitions", (int64_t)r->count));
    if (fault == FAULT_NONE)
        fault = count_to_hold(r, why);
    if (fault == FAULT_NONE)
        fault = scan_names(r, why);
    return fault == FAULT_NONE ? compare_all(r, why) : fault;
}

static enum fault
go_on_for_a_while(struct rebuild *r, struct why *why)
{
    enum fault fault;

    log_say(r->world->log, LOG_INFO, "rebuild: differs, is looked at again",
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
        r->tells = look == LOOKS;
        fault = hold_and_compare(r, why);
        if (fault != FAULT_NONE || r->differences == 0 || r->tells ||
            !r->caller->goes_on(r->caller->self))
            return fault;
        fault = go_on_for_a_while(r, why);
        if (fault != FAULT_NONE)
            return fault;
    }
}

static enum fault
swap_in(struct rebuild *r, bool *swapped, struct why *why)
{
    enum fault fault;

    log_say(r->world->log, LOG_INFO, "rebuild: counted", LOG_I("records", r->a->counts.records));
    fault = compare(r, why);
    if (fault != FAULT_NONE || !r->caller->goes_on(r->caller->self))
        return fault;
    fault = servers_are_same(r, why);
    if (fault == FAULT_NONE)
        fault = swap_all(r, why);
    *swapped = fault == FAULT_NONE;
    return fault;
}

enum fault
rebuild_run(const struct settings *settings, const struct world *world,
            const struct script scripts[SCRIPT_COUNT], const struct rebuild_caller *caller,
            bool *swapped, struct why *why)
{
    struct rebuild r = {
        .service = *settings, .world = world, .scripts = scripts, .caller = caller
    };
    enum fault fault = open_rebuild(&r, why);

    *swapped = false;
    if (fault == FAULT_NONE)
        fault = count_again(&r, why);
    if (fault == FAULT_NONE && caller->goes_on(caller->self))
        fault = swap_in(&r, swapped, why);
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
