/* send.h - records into Kafka as tally-ingest sends them: our Avro in
 * single-object encoding, the same key, partitioner and compression. */
#ifndef BENCH_SEND_H
#define BENCH_SEND_H

#include "bench/trade.h"

enum { PROBE_NONE = -1 };

/* A probe's record was acknowledged by the broker. */
typedef void sender_acked(void *self, int probe);

struct sender_options {
    const char *brokers, *topic;
    const char *const *properties; /* "name=value" */
    int property_count;
    const char *linger_ms;
    sender_acked *acked; /* or NULL */
    void *self;
};

struct sender;

MUST_USE enum fault
sender_open(const struct sender_options *options, struct sender **out, struct why *why);
void sender_free(struct sender *sender);

/* Queue one record; waits while the queue is full.  probe: PROBE_NONE, or the
 * number that acked() is told. */
MUST_USE enum fault
sender_send(struct sender *sender, const struct trade *trade, int probe, struct why *why);

/* Serve acknowledgements, without waiting. */
void sender_poll(struct sender *sender);

/* Wait for all of them; FAULT_KAFKA when a record was not delivered. */
MUST_USE enum fault sender_finish(struct sender *sender, struct why *why);

/* Bytes of all values that were queued. */
int64_t sender_bytes(const struct sender *sender);

#endif
