/* probe.h - how long an acknowledged record takes to be visible in Redis.
 *
 * Each probe is a record with a cell of its own.  From the moment that Kafka
 * has acknowledged it, Redis is asked every millisecond whether that cell is
 * there.  All times are in microseconds of the caller's clock.
 */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include "bench/trade.h"

#include <stdio.h>

/* Where a probe becomes visible. */
enum probe_form {
    PROBE_TALLY, /* field deals.export.KES of tt:{CN-HK}:RU:all */
    PROBE_PEER,  /* key agg:CN-HK:RU:EXPORT:KES of the programs in bench/peers */
};

struct probes;

/* FAULT_OPTION for a URL that is not understood. */
MUST_USE enum fault
probes_open(const char *redis_url, enum probe_form form, struct probes **out, struct why *why);
void probes_free(struct probes *probes);

/* Probe `number` is what `trade` says. */
MUST_USE enum fault
probes_add(struct probes *probes, int number, const struct trade *trade, struct why *why);
void probes_acked(struct probes *probes, int number, int64_t now_us);

/* Ask for all that are acknowledged and not yet seen. */
MUST_USE enum fault probes_look(struct probes *probes, int64_t (*now_us)(void), struct why *why);

struct probes_result {
    int seen, unseen;
    int64_t p50_us, p90_us, p99_us, most_us; /* of those seen; 0 without any */
};

/* Probes acknowledged before `from_us` are not counted. */
struct probes_result probes_result(struct probes *probes, int64_t from_us);

/* "acked_us seen_us" a line; 0: never. */
void probes_write(const struct probes *probes, FILE *out);

#endif
