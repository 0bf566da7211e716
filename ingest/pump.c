/* Begin, then take, and in between wait for a Kafka that is away. */
#include "ingest/pump.h"

#include "base/clock.h"
#include "ingest/patience.h"

#include <unistd.h>

enum { WAIT_MS = 100 }; /* the longest that a signal waits while Kafka is there */

enum fault
pump_run(const struct pump *pump, struct why *why)
{
    struct patience patience;
    bool has_begun = false;

    patience_init(&patience, pump->log, pump->limit_ms);
    while (*pump->signals == 0) {
        enum fault fault = has_begun
                               ? follow_take(pump->follow, WAIT_MS, pump->sink, pump->self, why)
                               : follow_begin(pump->follow, why);

        if (fault == FAULT_KAFKA_AWAY) {
            if (!patience_lasts(&patience, clock_tick_ms(), -1, why->text))
                return fault;
            (void)usleep(WAIT_MS * 1000);
            continue;
        }
        if (fault != FAULT_NONE)
            return fault;
        has_begun = true;
        patience_rewarded(&patience, clock_tick_ms());
        if (!pump->rest(pump->self) || follow_has_ended(pump->follow))
            return FAULT_NONE;
    }
    return FAULT_NONE;
}
