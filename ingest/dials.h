/* dials.h - the numbers of a tally-ingest that sends, for --metrics and for the gateway's own
 * /metrics.
 *
 *      hear, turn -> dials_load(), dials_gateway(): what was counted so far, all at once
 *      scrape     -> in the monitor's thread, from memory
 *
 * The loops count in plain variables of their own thread, as before.
 */
#ifndef INGEST_DIALS_H
#define INGEST_DIALS_H

#include "http/counts.h"
#include "http/monitor.h"
#include "ingest/batch.h"
#include "ingest/command.h"
#include "kafka/pulse.h"

#include <stdatomic.h>

enum dial_row {
#define METRIC(id, ...) DIAL_##id,
#include "ingest/metrics.def"
#undef METRIC
    DIAL_COUNT
};

struct dials {
    struct metrics *metrics; /* NULL: not wanted, and all below is unused */
    struct monitor *monitor; /* these two: NULL without --metrics */
    struct pulse *pulse;
    struct http_counts *requests; /* of the gateway */
    struct metric *plain[DIAL_COUNT];
    struct metric *records[OUTCOME_COUNT], *refused[FAULT_COUNT];
    int64_t published_at;
    _Atomic bool stops;
};

/* What a run counts. */
struct dial_counts {
    int64_t accepted, refused, unknown;
    const int64_t *refused_as; /* by fault */
    int64_t sent, waiting;
    int64_t requests, connections, late, producers; /* of a gateway */
};

/* FAULT_OPTION: the address of --metrics is none. */
MUST_USE enum fault dials_judge(const struct setup *setup, struct why *why);
/* The table of numbers, and with --metrics a monitor; `dials` stays where it is from now on.
 * A gateway has a table also without --metrics.  Kafka is asked by way of dials_use().
 * FAULT_OPTION, FAULT_NO_MEMORY; dials_close() has to be called then, too. */
MUST_USE enum fault
dials_open(struct dials *dials, const struct setup *setup, bool is_gateway, struct why *why);
void dials_close(struct dials *dials); /* also of zeros */

/* Another client of Kafka, or NULL: the one before is not used any more. */
void dials_use(struct dials *dials, struct rd_kafka_s *kafka);
/* The loop turns.  True: it is time to tell counts. */
bool dials_turn(struct dials *dials);
/* Nobody new is let in: it is not ready any more. */
void dials_stop(struct dials *dials);

/* As it is now. */
void dials_tell(struct dials *dials, const struct dial_counts *counts);

#endif
