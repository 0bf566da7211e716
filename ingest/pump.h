/* pump.h - reading topics with patience: an outage is said and waited for. */
#ifndef INGEST_PUMP_H
#define INGEST_PUMP_H

#include "base/log.h"
#include "kafka/follow.h"

#include <signal.h>

struct pump {
    struct follow *follow; /* open, not begun; stays the caller's */
    const struct log *log;
    int64_t limit_ms;                     /* how long Kafka may stay away; 0: for ever */
    const volatile sig_atomic_t *signals; /* one ends it */
    follow_sink *sink;
    bool (*rest)(void *self); /* what is there was handed on; false: no more is wanted */
    void *self;               /* of both */
};

/* Until the follower's end, a signal, or a false of the sink or of rest().  FAULT_KAFKA_AWAY: given
 * up; other faults as of follow_take(). */
MUST_USE enum fault pump_run(const struct pump *pump, struct why *why);

#endif
