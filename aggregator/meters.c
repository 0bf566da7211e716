/* From the counts of the loop to numbers that a scrape reads.
 *
 * All counts are copied within metrics_hold(), at the end of a turn: there each record that was
 * read has its outcome, so that the sums hold at every scrape.  Whether Kafka and Redis are up, and
 * how old what waits is, changes while the loop waits: so that is worked out when it is asked. */
#include "aggregator/meters.h"

#include "aggregator/state.h"

enum { PUBLISH_MS = 100 };

static const struct metric_row rows[] = {
#define METRIC METRIC_ROW
#include "aggregator/metrics.def"
#undef METRIC
};

static const char *const unready_sentences[UNREADY_COUNT] = {
    [READY] = "",
    [NOT_BEGUN] = "it has not begun to count: it waits for Redis and for the topics",
    [NOT_LOADED] = "partitions of it are being loaded",
    [NOT_ANSWERED] = "it waits for something that is away; the log says for what",
    [NOT_SHOWN] = "not all that Kafka has is in the totals yet",
};

/* ---- opening and closing --------------------------------------------------------------------- */

enum fault
meters_open(struct meters *m, struct why *why)
{
    enum fault fault = metrics_open(rows, METER_COUNT, &m->metrics, why);
    if (fault != FAULT_NONE)
        return fault;
    atomic_init(&m->asked_at, 0);
    atomic_init(&m->answered, false);
    atomic_init(&m->unready, NOT_BEGUN);
    for (int row = 0; row < METER_COUNT; row++)
        if (rows[row].labels[0] == '\0')
            m->plain[row] = metric_at(m->metrics, row, NULL, NULL, NULL);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        m->read[t] = metric_at(m->metrics, METER_READ, topic_names[t], NULL, NULL);
        for (int i = 0; i < FATE_COUNT; i++)
            m->fates[t][i] =
                metric_at(m->metrics, METER_RECORDS, topic_names[t], fate_names[i], NULL);
    }
    return FAULT_NONE;
}

/* In the monitor's thread, as is_ready(). */
static void
refresh(void *self, int64_t now)
{
    struct meters *m = self;
    metrics_hold(m->metrics);
    meters_lag_tell(m, now, clock_wall_ms());
    metric_set(m->plain[METER_REDIS_UP], meters_redis_is_up(m, now));
    metric_set(m->plain[METER_KAFKA_UP], pulse_is_up(m->pulse));
    metrics_let(m->metrics);
}

static bool
is_ready(void *self, bool is_strict, int64_t now, struct why *why)
{
    const struct meters *m = self;
    enum unready unready = (enum unready)atomic_load_explicit(&m->unready, memory_order_relaxed);
    if (unready == READY && !(meters_redis_is_up(m, now) && pulse_is_up(m->pulse)))
        unready = NOT_ANSWERED;
    if (unready == READY || (unready == NOT_SHOWN && !is_strict))
        return true;
    (void)why_set(why, FAULT_NONE, "%s", unready_sentences[unready]);
    return false;
}

enum fault
meters_listen(struct meters *m, const char *address, const char *version, struct feed_kafka *feed,
              const struct log *log, struct why *why)
{
    const struct monitor_settings settings = { .address = address,
                                               .program = "tally-aggregate",
                                               .version = version,
                                               .metrics = m->metrics,
                                               .log = log,
                                               .self = m,
                                               .refresh = refresh,
                                               .is_ready = is_ready };
    enum fault fault = pulse_open(feed_client(feed), &m->pulse, why);
    return fault == FAULT_NONE ? monitor_open(&settings, &m->monitor, why) : fault;
}

void
meters_quiet(struct meters *m)
{
    monitor_close(m->monitor);
    m->monitor = NULL;
    pulse_close(m->pulse);
    m->pulse = NULL;
}

void
meters_close(struct meters *m)
{
    meters_quiet(m);
    metrics_free(m->metrics);
    m->metrics = NULL;
    for (int t = 0; t < TOPIC_COUNT; t++)
        free(m->lags[t]);
}

/* ---- a turn ---------------------------------------------------------------------------------- */

/* Series that appear with the first of their kind. */
static void
know_codes(struct meters *m, const struct aggregator_counts *n)
{
    for (int code = 0; code < FAULT_COUNT; code++) {
        const char *name = fault_name((enum fault)code);
        for (int t = 0; t < TOPIC_COUNT; t++)
            if (n->refusals[t][code] > 0 && m->refusals[t][code] == NULL)
                m->refusals[t][code] =
                    metric_at(m->metrics, METER_REFUSED, topic_names[t], name, NULL);
        if (n->waits[code] > 0 && m->waits[code] == NULL)
            m->waits[code] = metric_at(m->metrics, METER_WAITS, name, NULL, NULL);
    }
}

static void
publish_records(const struct meters *m, const struct aggregator_counts *n)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        metric_set(m->read[t], n->read[t]);
        for (int i = 0; i < FATE_COUNT; i++)
            metric_set(m->fates[t][i], n->fates[t][i]);
        for (int code = 0; code < FAULT_COUNT; code++)
            metric_set(m->refusals[t][code], n->refusals[t][code]);
    }
    for (int code = 0; code < FAULT_COUNT; code++)
        metric_set(m->waits[code], n->waits[code]);
}

static void
publish_work(const struct meters *m, const struct aggregator_counts *n, bool waits)
{
    const struct {
        enum meter_row row;
        int64_t value;
    } all[] = {
        { METER_UNSENDABLE, n->refused },
        { METER_OWNED, (int64_t)n->owned },
        { METER_READING, (int64_t)n->ready },
        { METER_SHOWN, n->shown },
        { METER_COMMITS, n->commits },
        { METER_PUSHES, n->pushes },
        { METER_CELLS, n->cells },
        { METER_MISMATCHES, n->mismatches },
        { METER_RESETS, n->resets },
        { METER_AUDITS, n->audits },
        { METER_LOADS, n->syncs },
        { METER_COMPACTIONS, n->flips },
        { METER_OUT_OF_RANGE, n->ranges },
        { METER_LEDGER_IDS, (int64_t)n->entries },
        { METER_LEDGER_BYTES, (int64_t)n->ledger_bytes },
        { METER_JOURNAL_BYTES, n->journal_bytes },
        { METER_WAITING, waits },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        metric_set(m->plain[all[i].row], all[i].value);
}

static enum unready
judge(const struct meters *m, const struct aggregator_counts *n, bool waits)
{
    if (waits)
        return NOT_ANSWERED;
    if (n->ready < n->owned)
        return NOT_LOADED;
    return !n->shown || n->waiting > 0 || meters_lag_is_behind(m) ? NOT_SHOWN : READY;
}

static void
publish(struct meters *m, const struct aggregator *a)
{
    struct aggregator_counts n = aggregator_counts(a);
    bool waits = aggregator_waits(a);
    know_codes(m, &n);
    meters_lag_know(m, a);
    metrics_hold(m->metrics);
    publish_records(m, &n);
    publish_work(m, &n, waits);
    meters_lag_note(m, a);
    metrics_let(m->metrics);
    /* Who has not been told yet what is its own has not begun. */
    atomic_store_explicit(&m->unready, a->finish.shared_out ? (int)judge(m, &n, waits) : NOT_BEGUN,
                          memory_order_relaxed);
}

void
meters_turn(struct meters *m, const struct aggregator *a)
{
    int64_t now = clock_tick_ms();
    if (m->metrics == NULL)
        return;
    monitor_beat(m->monitor);
    if (a == NULL)
        return;
    metric_add(m->plain[METER_TURNS], 1);
    if (a->counts.records > m->records)
        metric_observe(m->plain[METER_BATCH], a->counts.records - m->records);
    m->records = a->counts.records;
    if (now < m->published_at + PUBLISH_MS)
        return;
    m->published_at = now;
    publish(m, a);
}
