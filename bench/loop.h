/* loop.h - the aggregator's own loop, with as much of Redis as a stage has.
 *
 * What a stage does not have is answered with OK before it is sent.  So the
 * program's own code does all of its work, and only that of Redis, and the
 * way there and back, is missing.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include "base/fault.h"

#include <stdint.h>

enum loop_reach {
    LOOP_SENDS_NOTHING,
    LOOP_SENDS_COMMITS, /* and no pushes */
    LOOP_SENDS_ALL,
};

struct loop_options {
    enum loop_reach reach;
    const char *brokers, *redis, *clock; /* clock: YYYY-MM-DD, where windows end */
    const char *const *properties;       /* "name=value" */
    int property_count;
};

struct loop_result {
    int64_t records, commits, pushes;
    size_t entries, ledger_bytes;
};

/* Read both topics to their ends, as a group that nobody has used before, and
 * under a prefix of its own.  FAULT_OPTION, or why the loop stopped. */
MUST_USE enum fault
loop_run(const struct loop_options *options, struct loop_result *out, struct why *why);

#endif
