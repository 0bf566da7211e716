/* From the counts of a run to numbers that a scrape reads: all within metrics_hold(), so that they
 * are of one moment. */
#include "ingest/dials.h"

#include "base/clock.h"
#include "http/http.h"

enum { PUBLISH_MS = 100 };

static const struct metric_row rows[] = {
#define METRIC METRIC_ROW
#include "ingest/metrics.def"
#undef METRIC
};

static const bool is_of_gateways[DIAL_COUNT] = {
    [DIAL_REQUESTS] = true, [DIAL_CONNECTIONS] = true, [DIAL_LATE] = true, [DIAL_PRODUCERS] = true
};

enum fault
dials_judge(const struct setup *setup, struct why *why)
{
    const char *address = setting(setup, SETTING_METRICS);
    bool is_loopback;
    return address == NULL ? FAULT_NONE : http_is_loopback(address, &is_loopback, why);
}

/* ---- the monitor's thread -------------------------------------------------------------------- */

static void
refresh(void *self, int64_t now_ms)
{
    struct dials *d = self;
    (void)now_ms;
    metric_set(d->plain[DIAL_KAFKA_UP], pulse_is_up(d->pulse));
}

static bool
is_ready(void *self, bool is_strict, int64_t now_ms, struct why *why)
{
    const struct dials *d = self;
    (void)is_strict, (void)now_ms;
    if (atomic_load_explicit(&d->stops, memory_order_relaxed))
        (void)why_set(why, FAULT_NONE, "it is stopping");
    else if (!pulse_is_up(d->pulse))
        (void)why_set(why, FAULT_NONE, "Kafka does not answer; the log says more");
    else
        return true;
    return false;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum fault
listen_at(struct dials *d, const struct setup *setup, struct why *why)
{
    const struct monitor_settings settings = { .address = setting(setup, SETTING_METRICS),
                                               .program = "tally-ingest",
                                               .version = setup->version,
                                               .metrics = d->metrics,
                                               .log = &setup->report->log,
                                               .self = d,
                                               .refresh = refresh,
                                               .is_ready = is_ready };
    enum fault fault = pulse_open(NULL, &d->pulse, why);
    return fault == FAULT_NONE ? monitor_open(&settings, &d->monitor, why) : fault;
}

enum fault
dials_open(struct dials *d, const struct setup *setup, bool is_gateway, struct why *why)
{
    static const char *const words[OUTCOME_COUNT] = { [OUTCOME_ACCEPTED] = "accepted",
                                                      [OUTCOME_REFUSED] = "refused",
                                                      [OUTCOME_UNKNOWN] = "unknown" };
    bool listens = setting(setup, SETTING_METRICS) != NULL;
    if (!is_gateway && !listens)
        return FAULT_NONE;
    enum fault fault = metrics_open(rows, DIAL_COUNT, &d->metrics, why);
    if (fault != FAULT_NONE)
        return fault;
    atomic_init(&d->stops, false);
    for (int row = 0; row < DIAL_COUNT; row++)
        if (rows[row].labels[0] == '\0' && (is_gateway || !is_of_gateways[row]))
            d->plain[row] = metric_at(d->metrics, row, NULL, NULL, NULL);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (words[i] != NULL)
            d->records[i] = metric_at(d->metrics, DIAL_RECORDS, words[i], NULL, NULL);
    return listens ? listen_at(d, setup, why) : FAULT_NONE;
}

void
dials_close(struct dials *d)
{
    monitor_close(d->monitor);
    pulse_close(d->pulse);
    http_counts_free(d->requests);
    metrics_free(d->metrics);
    *d = (struct dials){ 0 };
}

void
dials_use(struct dials *d, struct rd_kafka_s *kafka)
{
    pulse_use(d->pulse, kafka);
}

/* ---- the loop -------------------------------------------------------------------------------- */

bool
dials_turn(struct dials *d)
{
    int64_t now = clock_tick_ms();
    monitor_beat(d->monitor);
    if (d->metrics == NULL || now < d->published_at + PUBLISH_MS)
        return false;
    d->published_at = now;
    return true;
}

void
dials_stop(struct dials *d)
{
    atomic_store_explicit(&d->stops, true, memory_order_relaxed);
}

void
dials_tell(struct dials *d, const struct dial_counts *counts)
{
    if (d->metrics == NULL)
        return;
    for (int code = 0; code < FAULT_COUNT; code++)
        if (counts->refused_as[code] > 0 && d->refused[code] == NULL)
            d->refused[code] =
                metric_at(d->metrics, DIAL_REFUSED, fault_name((enum fault)code), NULL, NULL);
    metrics_hold(d->metrics);
    metric_set(d->records[OUTCOME_ACCEPTED], counts->accepted);
    metric_set(d->records[OUTCOME_REFUSED], counts->refused);
    metric_set(d->records[OUTCOME_UNKNOWN], counts->unknown);
    for (int code = 0; code < FAULT_COUNT; code++)
        metric_set(d->refused[code], counts->refused_as[code]);
    metric_set(d->plain[DIAL_SENT], counts->sent);
    metric_set(d->plain[DIAL_IN_QUEUE], counts->waiting);
    metric_set(d->plain[DIAL_REQUESTS], counts->requests);
    metric_set(d->plain[DIAL_CONNECTIONS], counts->connections);
    metric_set(d->plain[DIAL_LATE], counts->late);
    metric_set(d->plain[DIAL_PRODUCERS], counts->producers);
    metrics_let(d->metrics);
}
