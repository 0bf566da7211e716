/* publish.h - messages into Kafka, each with a delivery report.
 *
 * What is sent is either delivered or failed, and counted as such, or still
 * waits in librdkafka's queue, whose size is bounded.  Nothing here waits
 * longer than it was told to; who is patient, and for how long, is the
 * caller's affair.
 */
#ifndef KAFKA_PUBLISH_H
#define KAFKA_PUBLISH_H

#include "base/log.h"
#include "kafka/producer.h"
#include "kafka/topic.h"

struct rd_kafka_s;
struct publisher;

/* One message, ready to be sent. */
struct publication {
    enum record_type type;
    struct text key;
    const uint8_t *value;
    size_t value_size; /* at most RECORD_BYTES, framing included */
    void *ticket;      /* the sender's own: told with its report */
};

/* What became of one message. */
struct publish_report {
    void *ticket;
    bool is_delivered;
    int32_t partition; /* these two: of one that is delivered */
    int64_t offset;
    const char *reason; /* of one that is not; borrowed for the call */
    bool is_too_large;  /* of one that is not: the broker will never take it */
};
typedef void publish_hearer(void *self, const struct publish_report *report);

struct publish_counts {
    int64_t sent;      /* taken into the queue */
    int64_t delivered; /* acknowledged by every replica that has to */
    int64_t failed;    /* never will be */
};

enum { TOPIC_ASK_MS = 1000 }; /* publish_ready() takes no longer */

/* The connection, and what the settings point to, must outlive it.  FAULT_NO_MEMORY, FAULT_KAFKA.
 * publisher_free(NULL) is fine; what is not delivered by then is dropped with the connection. */
MUST_USE enum fault
publisher_new(struct rd_kafka_s *kafka, const struct producer_settings *settings,
              const struct log *log, struct publisher **out, struct why *why);
void publisher_free(struct publisher *p);

/* Tell each report, from within publish_poll(); NULL: they are only counted. */
void publisher_hear(struct publisher *p, publish_hearer *hear, void *self);
/* Write eight bytes to a descriptor (of eventfd(2), say) when there is something to poll. */
void publisher_wake(struct publisher *p, int fd);
/* The client is dead for good: another one has to be opened. */
bool publisher_is_dead(const struct publisher *p);

/* Has the topic of this type partitions?  Asks Kafka until it once had.
 * FAULT_KAFKA_AWAY: no answer, or no such topic yet. */
MUST_USE enum fault publish_ready(struct publisher *p, enum record_type type, struct why *why);

/* Put a message into the queue; its bytes are copied.  FAULT_KAFKA_AWAY: the
 * queue is full, poll and try again.  FAULT_KAFKA, TOO_LARGE: it can't be sent at all,
 * and is counted as failed. */
MUST_USE enum fault
publish_send(struct publisher *p, const struct publication *message, struct why *why);

/* Take what Kafka has to say, waiting up to wait_ms for the first of it.
 * Returns how many records were delivered since the last call. */
int64_t publish_poll(struct publisher *p, int wait_ms);

/* Counts since publisher_new(): sent = delivered + failed + what still waits. */
struct publish_counts publish_counts(const struct publisher *p);

/* FAULT_KAFKA once going on makes no sense: a fatal error of the
 * producer, or a failure that was not about one message alone. */
enum fault publish_verdict(const struct publisher *p, struct why *why);

/* Does Kafka answer now?  Then what it complained of is forgotten.  Waits up to wait_ms. */
bool publish_ask(struct publisher *p, int wait_ms);

/* What Kafka complained of last, or "". */
const char *publish_complaint(const struct publisher *p);

#endif
