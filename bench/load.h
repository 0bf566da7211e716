/* load.h - the journals that tally-load loads. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "aggregator/state.h"

struct load_plan {
    uint64_t ids;     /* facts of all partitions */
    uint64_t repeats; /* in a hundred: later versions of earlier facts */
    uint32_t items;   /* of a record */
};

/* Write the journal of one partition of trade-events, and its meta, into a
 * Redis that has none.  Fact k lies in partition k % partitions. */
MUST_USE enum fault
load_write(struct aggregator *a, int32_t partition, const struct load_plan *plan, struct why *why);

#endif
