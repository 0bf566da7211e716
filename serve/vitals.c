/* The numbers of the server, and the thread that asks Redis how the scopes are.
 *
 * The loop must not wait for Redis, and a probe must not wait for the loop: so neither asks, and
 * both look at what this thread heard last. */
#include "serve/vitals.h"

#include "base/clock.h"
#include "base/thread.h"
#include "lookup/read.h"
#include "serve/stream.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    ASK_MS = 1000,
    PATIENCE_MS = 1000, /* for Redis to connect, and to answer */
    FRESH_MS = 5000,    /* what was heard longer ago is not believed */
    STEP_MS = 100,      /* an end is noticed so soon */
};

static const struct metric_row rows[] = {
#define METRIC METRIC_ROW
#include "serve/metrics.def"
#undef METRIC
};

struct vitals {
    struct metrics *metrics;
    struct monitor *monitor;
    struct http_counts *requests;
    struct metric *connections, *waiting, *late, *answered, *redis_up;
    struct metric *watchers, *events, *documents, *resumed, *unavailable, *refused, *untaken;
    struct metric *resyncs[STREAM_RESYNCS];
    struct metric *through[SCOPE_COUNT], *complete[SCOPE_COUNT];
    struct lookup lookup;
    struct store *store;
    pthread_t thread;
    bool has_thread;
    atomic_bool ends, stops, has_redis;
    _Atomic int64_t heard_ms; /* when Redis answered last; ticks */
    _Atomic int untrusted;    /* so many scopes are not to be trusted */
};

/* ---- asking ------------------------------------------------------------------------------ */

static void
take(struct vitals *v, const struct reading *reading)
{
    int untrusted = 0;

    metrics_hold(v->metrics);
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        const struct visit *visit = reading_seen(reading, (size_t)scope);
        bool is_known = visit->fault == FAULT_NONE;
        untrusted += !is_known || asof_trust(&visit->asof, &v->lookup) != TRUST_WHOLE;
        /* What can't be read is not known: a number that stood still would look like an aggregator
         * that does. */
        if (is_known)
            metric_set(v->complete[scope], visit->asof.is_complete);
        else
            metric_unset(v->complete[scope]);
        if (is_known && visit->asof.through_ms >= 0)
            metric_set(v->through[scope], visit->asof.through_ms);
        else
            metric_unset(v->through[scope]);
    }
    metrics_let(v->metrics);
    atomic_store(&v->untrusted, untrusted);
    atomic_store(&v->heard_ms, clock_tick_ms());
}

static void
ask(struct vitals *v)
{
    struct reading reading;
    struct why why;

    reading_begin(&reading, &v->lookup);
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        (void)reading_visit(&reading, scope);
    /* A scope that can't be read, or whose master is away, is no reason to be taken out of service:
     * the others are answered. */
    bool answered = false;
    if (reading_run_each(&reading, &why) == FAULT_NONE)
        for (int scope = 0; scope < SCOPE_COUNT; scope++)
            answered = answered || reading_seen(&reading, (size_t)scope)->fault == FAULT_NONE;
    if (answered)
        take(v, &reading);
    atomic_store(&v->has_redis, answered);
    reading_end(&reading);
}

static void *
work(void *self)
{
    struct vitals *v = self;
    int64_t next_ms = 0;

    while (!atomic_load(&v->ends)) {
        if (clock_tick_ms() >= next_ms) {
            ask(v);
            next_ms = clock_tick_ms() + ASK_MS;
        }
        v->lookup.rest(STEP_MS);
    }
    return NULL;
}

/* ---- the monitor's side ------------------------------------------------------------------ */

static bool
has_redis(struct vitals *v, int64_t now_ms)
{
    return atomic_load(&v->has_redis) && now_ms - atomic_load(&v->heard_ms) < FRESH_MS;
}

static void
refresh(void *self, int64_t now_ms)
{
    struct vitals *v = self;

    metric_set(v->redis_up, has_redis(v, now_ms));
}

static bool
is_ready(void *self, bool is_strict, int64_t now_ms, struct why *why)
{
    struct vitals *v = self;
    int untrusted = atomic_load(&v->untrusted);

    if (atomic_load(&v->stops))
        (void)why_write(why, "", "it is stopping");
    else if (!has_redis(v, now_ms))
        (void)why_write(why, "", "Redis does not answer");
    else if (is_strict && untrusted > 0)
        (void)why_write(why, "", "the totals of %d of %d scopes are partial, or old", untrusted,
                        SCOPE_COUNT);
    else
        return true;
    return false;
}

/* ---- its life ---------------------------------------------------------------------------- */

static void
make_series(struct vitals *v)
{
    v->connections = metric_at(v->metrics, VITAL_CONNECTIONS, NULL, NULL, NULL);
    v->waiting = metric_at(v->metrics, VITAL_WAITING, NULL, NULL, NULL);
    v->late = metric_at(v->metrics, VITAL_LATE, NULL, NULL, NULL);
    v->answered = metric_at(v->metrics, VITAL_ANSWERED, NULL, NULL, NULL);
    v->redis_up = metric_at(v->metrics, VITAL_REDIS_UP, NULL, NULL, NULL);
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        v->through[scope] = metric_at(v->metrics, VITAL_THROUGH, scope_code(scope), NULL, NULL);
        v->complete[scope] = metric_at(v->metrics, VITAL_COMPLETE, scope_code(scope), NULL, NULL);
    }
}

static void
make_stream_series(struct vitals *v)
{
    static const char *const reasons[STREAM_RESYNCS] = { "slow", "trimmed", "unknown" };

    v->watchers = metric_at(v->metrics, VITAL_WATCHERS, NULL, NULL, NULL);
    v->events = metric_at(v->metrics, VITAL_EVENTS, NULL, NULL, NULL);
    v->documents = metric_at(v->metrics, VITAL_DOCUMENTS, NULL, NULL, NULL);
    v->resumed = metric_at(v->metrics, VITAL_RESUMED, NULL, NULL, NULL);
    v->unavailable = metric_at(v->metrics, VITAL_UNAVAILABLE, NULL, NULL, NULL);
    v->refused = metric_at(v->metrics, VITAL_REFUSED, NULL, NULL, NULL);
    v->untaken = metric_at(v->metrics, VITAL_UNTAKEN, NULL, NULL, NULL);
    for (int i = 0; i < STREAM_RESYNCS; i++)
        v->resyncs[i] = metric_at(v->metrics, VITAL_RESYNCS, reasons[i], NULL, NULL);
}

static enum fault
begin(struct vitals *v, const struct serve_settings *serve, struct why *why)
{
    const struct store_options store = { .url = serve->redis,
                                         .connect_ms = PATIENCE_MS,
                                         .command_ms = PATIENCE_MS,
                                         .client_name = "tally-lookup" };
    const struct monitor_settings settings = { .address = serve->metrics,
                                               .program = "tally-lookup",
                                               .version = serve->version,
                                               .metrics = v->metrics,
                                               .log = serve->log,
                                               .self = v,
                                               .refresh = refresh,
                                               .is_ready = is_ready };

    enum fault fault = store_open(&store, &v->store, why);
    if (fault != FAULT_NONE)
        return fault;
    v->lookup.way = store_way(v->store);
    fault = monitor_open(&settings, &v->monitor, why);
    if (fault == FAULT_NONE && thread_begin(&v->thread, work, v) != 0)
        fault = why_set(why, FAULT_NO_MEMORY, "no thread can be begun");
    v->has_thread = fault == FAULT_NONE;
    return fault;
}

enum fault
vitals_open(const struct serve_settings *serve, const struct http_route *routes, size_t route_count,
            struct vitals **out, struct why *why)
{
    if (serve->metrics == NULL)
        return FAULT_NONE;
    struct vitals *v = calloc(1, sizeof *v);
    if (v == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the numbers");
    v->lookup = serve->lookup;
    enum fault fault = metrics_open(rows, VITAL_COUNT, &v->metrics, why);
    if (fault == FAULT_NONE)
        fault = route_counts_open(routes, route_count, v->metrics, VITAL_HTTP, &v->requests, why);
    if (fault == FAULT_NONE) {
        make_series(v);
        make_stream_series(v);
        fault = begin(v, serve, why);
    }
    if (fault == FAULT_NONE)
        *out = v;
    else
        vitals_close(v);
    return fault;
}

void
vitals_close(struct vitals *v)
{
    if (v == NULL)
        return;
    atomic_store(&v->ends, true);
    if (v->has_thread)
        (void)pthread_join(v->thread, NULL);
    monitor_close(v->monitor);
    store_free(v->store);
    http_counts_free(v->requests);
    metrics_free(v->metrics);
    free(v);
}

/* ---- the server's side ------------------------------------------------------------------- */

void
vitals_beat(struct vitals *v)
{
    if (v != NULL)
        monitor_beat(v->monitor);
}

void
vitals_stop(struct vitals *v)
{
    if (v != NULL)
        atomic_store(&v->stops, true);
}

void
vitals_request(struct vitals *v, int route, unsigned status)
{
    if (v != NULL)
        http_counts_add(v->requests, route, status);
}

void
vitals_answered(struct vitals *v, int64_t us, bool is_late)
{
    if (v == NULL)
        return;
    metric_observe(v->answered, us);
    metric_add(v->late, is_late);
}

void
vitals_show(struct vitals *v, int connections, size_t waiting)
{
    if (v == NULL)
        return;
    metric_set(v->connections, connections);
    metric_set(v->waiting, (int64_t)waiting);
}

void
vitals_show_stream(struct vitals *v, const struct stream_counts *counts)
{
    if (v == NULL)
        return;
    metric_set(v->watchers, counts->watchers);
    metric_set(v->events, counts->events);
    metric_set(v->documents, counts->documents);
    metric_set(v->resumed, counts->resumed);
    metric_set(v->unavailable, counts->unavailable);
    metric_set(v->refused, counts->refused);
    metric_set(v->untaken, counts->waiting_bytes);
    for (int i = 0; i < STREAM_RESYNCS; i++)
        metric_set(v->resyncs[i], counts->resyncs[i]);
}
