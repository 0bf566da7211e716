/* feed_inside.h - what the files of the feed share; for feed*.c only. */
#ifndef AGGREGATOR_FEED_INSIDE_H
#define AGGREGATOR_FEED_INSIDE_H

#include "aggregator/feed.h"

#include <librdkafka/rdkafka.h>

enum { TOPIC_DLQ = TOPIC_COUNT, SEND_TOPICS = TOPIC_COUNT * 2 };

struct feed_kafka {
    const struct log *log;
    rd_kafka_t *consumer, *producer;
    rd_kafka_queue_t *queue;   /* of the consumer: messages and rebalances */
    rd_kafka_queue_t *reports; /* of the producer: acknowledgements */
    int queue_bell, reports_bell;
    bool cooperative, closing;
    bool alone; /* in no group */

    /* what a take hands out, borrowed until the next one */
    size_t take_most;
    rd_kafka_message_t **raw;
    size_t raw_count;
    struct message *messages;
    struct feed_event *events;
    size_t event_count, event_room;
    size_t events_given; /* of them were handed out by the last take */

    /* messages that came while only events were wanted */
    rd_kafka_message_t **stash;
    size_t stash_count, stash_room;

    /* partitions that are being read, and the offset after what was handed out */
    uint8_t *reading[TOPIC_COUNT];
    int64_t *after[TOPIC_COUNT];
    int32_t partitions[TOPIC_COUNT];

    /* sent, not yet acknowledged */
    int64_t unacknowledged;
    bool lost;
    char lost_why[256];
    bool starved; /* something was to be remembered and there was no memory */
    struct start *forwarded;
    size_t forwarded_count, forwarded_room;

    /* After a long sleep the group may have another in our place; a commit
     * would then be fatal, and it is only for displays. */
    int64_t noted_at, taken_at, silent_until;
    int64_t fetched_at; /* the last take that brought messages */
    int64_t nudged_at;
    bool nudges;          /* this librdkafka sleeps when its queue is full */
    size_t left_in_queue; /* after the last take */
    rd_kafka_topic_partition_list_t *positions;

    /* the wall clock, as it was ahead of the one that only rises */
    int64_t wall_ahead, woken_at;
    bool clock_seen, clock_jumps;
};

/* feed.c */
int feed_topic_of(const char *name); /* -1: none of ours */
void feed_event_add(struct feed_kafka *f, enum feed_event_kind kind, enum topic topic,
                    int32_t partition, int64_t offset);
int64_t feed_now_ms(void);

/* feed_take.c */
enum fault
feed_take(void *self, size_t most, int64_t wait_ms, struct batch *batch, struct why *why);
void feed_drop_stash(struct feed_kafka *f, struct place place);
void feed_release_messages(struct feed_kafka *f);

/* feed_nudge.c: so many were taken, and Kafka has more. */
void feed_nudge(struct feed_kafka *f, size_t taken);
/* Ask the leaders of what is read, or of all partitions, something small and
 * don't wait for an answer: that wakes and connects the client's threads. */
void feed_ask_leaders(const struct feed_kafka *f, rd_kafka_t *client, bool all);

/* feed_wait.c: the bell rings when something comes into the empty queue. */
enum fault feed_bell_hang(int *bell, rd_kafka_queue_t *queue, struct why *why);
void feed_bell_take_down(int *bell, rd_kafka_queue_t *queue); /* destroys the queue; NULL: none */
void feed_bell_wait(int bell, int64_t wait_ms);
void feed_rest(int64_t ms);
void feed_mind_the_clock(struct feed_kafka *f);

/* feed_assign.c */
void feed_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code,
                    rd_kafka_topic_partition_list_t *list, void *opaque);
enum fault feed_start(void *self, const struct start *starts, size_t count, struct why *why);
enum fault feed_stop(void *self, const struct place *places, size_t count, struct why *why);
void feed_note(void *self, const struct start *positions, size_t count);

/* feed_range.c */
enum fault feed_range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why);

/* feed_send.c */
void feed_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque);
/* The headers of a dead letter: what came with it (NULL: nothing) but for what
 * looks like ours, then ours.  The caller's. */
rd_kafka_headers_t *feed_error_headers(const rd_kafka_headers_t *own, const struct message *message,
                                       enum fault code, const struct why *reason);
enum fault feed_set_aside(void *self, const struct message *message, enum fault code,
                          const struct why *reason, struct why *why);
enum fault feed_forward(void *self, const struct message *message, struct text key,
                        int32_t partition, struct why *why);
enum fault feed_settle(void *self, struct why *why);
bool feed_forwarded(void *self, struct start *after);

#endif
