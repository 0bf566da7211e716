/* watch.h - what the program sees of its own instance, told to its health. */
#ifndef AGGREGATOR_WATCH_H
#define AGGREGATOR_WATCH_H

#include "aggregator/health.h"
#include "aggregator/turn.h"
#include "kafka/feed_kafka.h"

struct watch {
    struct health *health;
    const struct feed_kafka *feed;
    const struct log *log;
    struct store_way store; /* that is looked at */
    int64_t redis_at;       /* tick of its last answer */
    int64_t told_at, touched_at, stuck_since;
    char waits_for[HEALTH_TEXT];
};

/* Everything but the place is kept and must stay.  FAULT_NO_MEMORY. */
MUST_USE enum fault
watch_open(struct watch *watch, const struct health_place *place, const struct feed_kafka *feed,
           const struct log *log, struct why *why);
/* Before the feed is closed; also of a watch of zeros that was never opened. */
void watch_close(struct watch *watch);

/* The same way to Redis; every answer is noticed.  Not watched: the way itself. */
struct store_way watch_store(struct watch *watch, struct store_way store);
/* Within a turn, or between two, after whatever may have taken long. */
void watch_alive(struct watch *watch, bool redis_answered);

/* After every turn, with what came of it; and while the start waits (a is NULL). */
void watch_turn(struct watch *watch, const struct aggregator *a, enum fault fault,
                const struct why *why);

#endif
