/* How far behind each partition is.
 *
 * In records: where Kafka said that it ends, less what is committed.  In seconds: the age of the
 * oldest record that is not committed.  That record has not been read yet, perhaps, so its age is
 * bounded: all that Kafka had at the time of some answer was committed, and what is not came later.
 * An instance that has just begun goes by the time of the record that was counted last.
 *
 * An answer that is old says nothing: then it is not known, and absent. */
#include "aggregator/meters.h"

#include "aggregator/state.h"

enum { KNOWN_MS = 30000, NAME_BYTES = 16 };

static struct lag *
lag_of(const struct meters *m, struct place place)
{
    return m->lags[place.topic] == NULL || place.partition >= m->partitions[place.topic]
               ? NULL
               : &m->lags[place.topic][place.partition];
}

/* The monitor's thread looks at them only within metrics_hold(). */
static void
make_room(struct meters *m, const struct aggregator *a)
{
    metrics_hold(m->metrics);
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (m->lags[t] == NULL) {
            m->partitions[t] = a->settings.partitions[t];
            m->lags[t] = calloc((size_t)m->partitions[t], sizeof *m->lags[t]);
        }
    metrics_let(m->metrics);
}

void
meters_lag_know(struct meters *m, const struct aggregator *a)
{
    char name[NAME_BYTES];
    make_room(m, a);
    for (size_t i = 0; i < a->owned.count; i++) {
        struct place place = a->owned.at[i]->place;
        const char *topic = topic_names[place.topic];
        struct lag *lag = lag_of(m, place);
        if (lag == NULL || lag->records != NULL)
            continue;
        (void)snprintf(name, sizeof name, "%d", place.partition);
        /* Series are made outside of metrics_hold(). */
        struct metric *records = metric_at(m->metrics, METER_LAG, topic, name, NULL);
        struct metric *seconds = metric_at(m->metrics, METER_LAG_SECONDS, topic, name, NULL);
        metrics_hold(m->metrics);
        *lag = (struct lag){ .records = records, .seconds = seconds, .count = -1 };
        metrics_let(m->metrics);
    }
}

/* The tick of an answer that was asked for at `ms` of a wall clock. */
static int64_t
tick_of(const struct aggregator *a, int64_t ms)
{
    int64_t age = clock_wall(&a->world.clock) - ms;
    return tick(&a->world) - (age > 0 ? age : 0);
}

static void
note_one(const struct aggregator *a, const struct partition *p, struct lag *lag)
{
    const struct goal *end = &p->telling.latest;
    if (end->ms == 0 || !partition_is_known(p))
        return;
    lag->known_at = tick_of(a, end->ms);
    lag->count = end->end > p->next ? end->end - p->next : 0;
    if (lag->count == 0 && end->ms > lag->caught_up_ms)
        lag->caught_up_ms = end->ms;
    if (p->telling.through > lag->caught_up_ms)
        lag->caught_up_ms = p->telling.through;
    lag->since_ms = lag->caught_up_ms > 0 ? lag->caught_up_ms : p->last_ms;
}

void
meters_lag_note(struct meters *m, const struct aggregator *a)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; m->lags[t] != NULL && i < m->partitions[t]; i++)
            m->lags[t][i].is_ours = false;
    for (size_t i = 0; i < a->owned.count; i++) {
        struct lag *lag = lag_of(m, a->owned.at[i]->place);
        if (lag == NULL)
            continue;
        lag->is_ours = true;
        note_one(a, a->owned.at[i], lag);
    }
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; m->lags[t] != NULL && i < m->partitions[t]; i++) {
            struct lag *lag = &m->lags[t][i];
            if (lag->is_ours)
                continue;
            lag->count = -1;
            lag->caught_up_ms = 0; /* of what it is when it comes back nothing is known */
        }
}

void
meters_lag_tell(struct meters *m, int64_t now, int64_t wall_ms)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; m->lags[t] != NULL && i < m->partitions[t]; i++) {
            struct lag *lag = &m->lags[t][i];
            bool is_known = lag->count >= 0 && now - lag->known_at <= KNOWN_MS;
            int64_t age = lag->count == 0 ? 0 : wall_ms - lag->since_ms;
            if (is_known)
                metric_set(lag->records, lag->count);
            else
                metric_unset(lag->records);
            if (is_known && (lag->count == 0 || lag->since_ms > 0))
                metric_set(lag->seconds, age > 0 ? age : 0);
            else
                metric_unset(lag->seconds);
        }
}

bool
meters_lag_is_behind(const struct meters *m)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; m->lags[t] != NULL && i < m->partitions[t]; i++)
            if (m->lags[t][i].records != NULL && m->lags[t][i].count > 0)
                return true;
    return false;
}
