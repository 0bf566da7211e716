/* meters.h - the numbers of a running instance, for --metrics.
 *
 *      turn ends -> the counts of the aggregator become numbers, ten times a second, all at once
 *      a run of commands -> meters_store.c: how long it took, and whether Redis answered
 *      scrape    -> in the monitor's thread: what hangs on the time (lag, up)
 *
 * The loop counts in plain variables of its own thread; nothing of it costs a record anything.
 * Without --metrics all of this does nothing.
 */
#ifndef AGGREGATOR_METERS_H
#define AGGREGATOR_METERS_H

#include "aggregator/turn.h"
#include "http/monitor.h"
#include "kafka/feed_kafka.h"
#include "kafka/pulse.h"

#include <stdatomic.h>

enum meter_row {
#define METRIC(id, ...) METER_##id,
#include "aggregator/metrics.def"
#undef METRIC
    METER_COUNT
};

/* How far a partition is, as the loop knew it when it looked last.  Guarded by metrics_hold(). */
struct lag {
    struct metric *records, *seconds; /* NULL: never was ours */
    bool is_ours;
    int64_t count;        /* -1: not known */
    int64_t known_at;     /* tick of the answer that says so */
    int64_t caught_up_ms; /* all that Kafka had then was committed; 0: not seen by this instance */
    int64_t since_ms;     /* the oldest record that is not committed is no older; 0: not known */
};

/* Why it is not ready. */
enum unready { READY, NOT_BEGUN, NOT_LOADED, NOT_ANSWERED, NOT_SHOWN, UNREADY_COUNT };

struct meters {
    struct metrics *metrics; /* NULL: not wanted, and all below is unused */
    struct monitor *monitor;
    struct pulse *pulse;
    struct metric *plain[METER_COUNT]; /* of rows without labels */
    struct metric *fates[TOPIC_COUNT][FATE_COUNT], *read[TOPIC_COUNT];
    struct metric *refusals[TOPIC_COUNT][FAULT_COUNT], *waits[FAULT_COUNT]; /* NULL: none so far */
    struct lag *lags[TOPIC_COUNT]; /* by partition; NULL: nothing is known yet */
    int32_t partitions[TOPIC_COUNT];
    int64_t records, published_at;

    /* meters_store.c */
    struct store_way store;
    _Atomic int64_t asked_at; /* tick: so long it is asked; 0: it is not */
    _Atomic bool answered;    /* the last time, or since */

    _Atomic int unready; /* enum unready */
};

/* The table of numbers.  FAULT_NO_MEMORY.  Before the feed is opened, which counts its errors in
 * meters->metrics. */
MUST_USE enum fault meters_open(struct meters *meters, struct why *why);
/* Listen at the address; `meters` stays where it is from now on.  FAULT_OPTION, FAULT_NO_MEMORY. */
MUST_USE enum fault meters_listen(struct meters *meters, const char *address, const char *version,
                                  struct feed_kafka *feed, const struct log *log, struct why *why);
/* Before the feed is closed: nobody asks its client any more. */
void meters_quiet(struct meters *meters);
void meters_close(struct meters *meters); /* also of zeros */

/* The same way to Redis; every run is timed. */
struct store_way meters_store(struct meters *meters, struct store_way store);
/* Redis is asked in another way; and what came of it. */
void meters_redis_asked(struct meters *meters);
void meters_redis(struct meters *meters, bool answered);
/* As tally_redis_up says. */
bool meters_redis_is_up(const struct meters *meters, int64_t now);

/* After every turn; a is NULL while the start waits. */
void meters_turn(struct meters *meters, const struct aggregator *a);

/* ---- meters_lag.c ---- */

/* Note how far each partition is; within metrics_hold().  meters_lag_know() before it. */
void meters_lag_know(struct meters *meters, const struct aggregator *a);
void meters_lag_note(struct meters *meters, const struct aggregator *a);
/* Work out what is told; within metrics_hold(). */
void meters_lag_tell(struct meters *meters, int64_t now, int64_t wall_ms);
/* A record waits to be committed, or it is not known. */
bool meters_lag_is_behind(const struct meters *meters);

#endif
