/* rebuild.h - count again from Kafka's log, compare, swap in (docs/protocol.md).
 *
 * The ordinary turn counts everything once more under a prefix of its own,
 * while the service goes on.  Then the service is held for some seconds, both
 * are compared, and what was counted takes the place of what stood there.
 * Killed at any moment it leaves a service that is right by itself once the
 * hold has ended; the next rebuild clears away what this one left.
 */
#ifndef AGGREGATOR_REBUILD_H
#define AGGREGATOR_REBUILD_H

#include "aggregator/turn.h"

#define REBUILD_PREFIX "rebuild:" /* stands behind the service's prefix, and an id behind it */

/* What the caller does for it. */
struct rebuild_caller {
    void *self;
    bool (*goes_on)(void *self); /* false: somebody wants it to end */
    enum fault (*nap)(void *self, int64_t ms);
    void (*print)(void *self, const char *line);                     /* a result */
    void (*progress)(void *self, int64_t records, int64_t expected); /* now and then */
    /* Read every partition from now on: FEED_ASSIGNED of each. */
    enum fault (*take_all)(void *self, struct why *why);
};

/* settings: the service's; of this program's windows.  FAULT_NONE when all is
 * swapped, or when it was to end and nothing had been swapped yet: then
 * *swapped is false. */
MUST_USE enum fault
rebuild_run(const struct settings *settings, const struct world *world,
            const struct script scripts[SCRIPT_COUNT], const struct rebuild_caller *caller,
            bool *swapped, struct why *why);

#endif
