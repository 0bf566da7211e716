/* load.h - from files to Kafka: the one loop of tally-ingest.
 *
 *     line -> record -> message -> queue     while there are lines
 *     reports <- Kafka                       all the time
 *
 * Memory is bounded: when the queue is full, reading waits.
 */
#ifndef INGEST_LOAD_H
#define INGEST_LOAD_H

#include "ingest/dials.h"
#include "ingest/inspect.h"
#include "ingest/patience.h"
#include "kafka/publish.h"

#include <signal.h>

struct load {
    struct inspector inspector;
    struct publisher *publisher;
    struct patience patience;
    struct dials dials;                   /* zeros: without --metrics */
    const struct map *map;                /* or NULL */
    const volatile sig_atomic_t *signals; /* how many came: 1 drains, 2 gives up */
    bool may_be_empty;                    /* a file without a record is not worth a word */
    bool unfinished;                      /* a file was not read to its end */
};

/* Wait until the topics can be made, and make them.  FAULT_KAFKA when they
 * can't, or Kafka stayed away too long. */
MUST_USE enum fault
load_topics(struct load *load, struct rd_kafka_s *kafka, int partitions, struct why *why);

/* Send the records of one file, "-" is stdin.  Refusals are reported and
 * counted, not returned.  Ends early, with FAULT_NONE, after a signal. */
MUST_USE enum fault load_file(struct load *load, const char *name, struct why *why);

/* Wait for the report of every record that was sent, as long as that makes
 * sense.  FAULT_KAFKA when some were not delivered. */
MUST_USE enum fault load_drain(struct load *load, struct why *why);

/* How many records were read, not refused, and not delivered. */
int64_t load_not_delivered(const struct load *load);
/* All counts so far, for the progress and the summary. */
struct report_counts load_counts(const struct load *load);

#endif
