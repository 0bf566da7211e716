/* dispatch.h - single messages with headers into any topic; each has a report that its sender knows
 * again.
 *
 * For few messages that matter one by one, where publish.h is for masses of records.
 */
#ifndef KAFKA_DISPATCH_H
#define KAFKA_DISPATCH_H

#include "base/log.h"
#include "kafka/headers.h"

struct rd_kafka_s;
struct dispatcher;

struct dispatch {
    const char *topic;
    int32_t partition; /* -1: by the key */
    struct text key;   /* { NULL, 0 }: null */
    struct text value; /* the same */
    const struct header *headers;
    size_t header_count;
    void *tag; /* for the report */
};

/* What became of one; reason: NULL when it is delivered, which means acknowledged by every replica
 * that has to.  Called from within dispatch_poll(), in which no more may be sent. */
typedef void dispatch_report(void *self, void *tag, const char *reason);

/* On a producer that sends each message in a batch of its own (producer_open(), one_by_one), so
 * that none is refused for another's sake.  The connection and the log must outlive it.
 * FAULT_NO_MEMORY. dispatcher_free(NULL) is fine. */
MUST_USE enum fault
dispatcher_new(struct rd_kafka_s *kafka, const struct log *log, dispatch_report *report, void *self,
               struct dispatcher **out, struct why *why);
void dispatcher_free(struct dispatcher *d);

/* Write eight bytes to a descriptor (of eventfd(2), say) when there is something to poll. */
void dispatcher_wake(struct dispatcher *d, int fd);

/* Put one into the queue; all of it is copied.  FAULT_KAFKA_AWAY: the queue is full, poll and try
 * again.  FAULT_KAFKA: it can't be sent at all, and no report will come. */
MUST_USE enum fault
dispatch_send(struct dispatcher *d, const struct dispatch *message, struct why *why);

/* Hear what became of messages, waiting up to wait_ms for the first.  How many reports came. */
int64_t dispatch_poll(struct dispatcher *d, int wait_ms);

/* FAULT_KAFKA once going on makes no sense: a fatal error, a missing right, a message that waited
 * too long. */
MUST_USE enum fault dispatch_verdict(const struct dispatcher *d, struct why *why);

/* What Kafka complained of since it last took a message, or "". */
const char *dispatch_complaint(const struct dispatcher *d);

#endif
