/* instant.h - whose the totals under a prefix are: a service's, or those of one instant that
 * --until has counted up to.
 *
 * The key PREFIX{until} has the instant in ms and the day of the windows, and stays.  What was
 * passed over is not read again, so another instant can't go on under it; nor can a count that
 * was broken off, which knows no more what lay in wrong partitions (astray.c); nor a service or
 * a rebuild, whose totals would be said to be of that instant.
 */
#ifndef AGGREGATOR_INSTANT_H
#define AGGREGATOR_INSTANT_H

#include "aggregator/turn.h"
#include "store/store.h"

/* For --until: takes the prefix, or finds it taken for the same instant and counted to the end.
 * FAULT_SETTINGS when it is anything else's. */
MUST_USE enum fault
instant_claim(struct store_way way, const struct settings *settings, struct why *why);
/* For all others: FAULT_SETTINGS when it is that of an instant. */
MUST_USE enum fault
instant_is_none(struct store_way way, const struct settings *settings, struct why *why);

#endif
