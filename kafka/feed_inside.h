/* feed_inside.h - what the files of the feed share; for feed*.c only. */
#ifndef KAFKA_FEED_INSIDE_H
#define KAFKA_FEED_INSIDE_H

#include "base/clock.h"
#include "kafka/feed_kafka.h"
#include "kafka/feed_settings.h"
#include "kafka/headers.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>

enum { TOPIC_DLQ = TOPIC_COUNT, SEND_TOPICS = TOPIC_COUNT * 2 };

/* Each topic has a consumer of its own, all of one group: so the group shares
 * each topic evenly among all instances, and not the sum of both. */
struct reader {
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue; /* messages and rebalances */
    bool cooperative;
    bool shared_out; /* the group has said once what is ours */
    int64_t nudged_at;
    size_t left_in_queue; /* after the last take */

    /* what the group said last that it knows (feed_note.c), and when */
    rd_kafka_topic_partition_list_t *noted; /* by partition; NULL: not asked yet */
    rd_kafka_resp_err_t noted_code;
    int64_t noted_at;
};

struct said { /* an error that the log was told of */
    rd_kafka_resp_err_t code;
    int64_t at; /* ms, clock_tick_ms() */
};

struct feed_ends; /* feed_ends.c */

struct feed_kafka {
    const struct log *log;
    char client_id[256];
    struct reader readers[TOPIC_COUNT];
    rd_kafka_t *asker; /* what the group knows, and where logs end; no member (feed_note.c) */
    rd_kafka_t *producer;
    rd_kafka_queue_t *reports; /* of the producer: acknowledgements */
    int queue_bell;            /* of both readers' queues, and of an answer of feed_ends.c */
    int reports_bell;
    bool closing;
    bool has_left;          /* the group, all readers */
    bool alone;             /* in no group */
    enum topic first;       /* whose queue the next take looks into first */
    struct feed_ends *ends; /* NULL: nobody has asked yet */
    int64_t began_at;       /* tick: Kafka answered when it was asked for the topics */
    bool let_in;            /* Kafka answered once: it knows who we are */
    char login_why[256];    /* it does not, and says so */

    /* what a take hands out, borrowed until the next one */
    size_t take_most;
    rd_kafka_message_t **raw;
    size_t raw_count;
    struct message *messages;
    struct feed_event *events;
    size_t event_count, event_room;
    size_t events_given; /* of them were handed out by the last take */

    struct said said_error; /* the last one */

    /* messages that came while only events were wanted */
    rd_kafka_message_t **stash;
    size_t stash_count, stash_room;

    /* partitions that are being read, and the offset after what was handed out */
    uint8_t *reading[TOPIC_COUNT];
    int64_t *after[TOPIC_COUNT];
    int32_t partitions[TOPIC_COUNT];

    /* sent, not yet acknowledged */
    int64_t unacknowledged;
    int64_t heard; /* acknowledgements and refusals, ever */
    bool lost;
    struct why lost_why;
    bool starved; /* something was to be remembered and there was no memory */
    struct start *forwarded;
    size_t forwarded_count, forwarded_room;

    /* refused, to be sent again in another form (feed_again.c) */
    struct feed_options options; /* also for the producer that sends each alone */
    rd_kafka_t *single;          /* NULL until something was refused */
    rd_kafka_queue_t *single_reports;
    struct again *again, *again_last;
    int64_t again_flying;
    size_t again_bytes; /* also of those that are on their way */
    int64_t refused;    /* told as an error in the end */

    /* settings of our topics, those of records before those of dead letters */
    struct topic_settings settings[SEND_TOPICS];
    rd_kafka_queue_t *settings_answers;
    bool settings_wanted; /* asked for, no answer yet */
    int64_t settings_ask_at;

    /* After a long sleep the group may have another in our place; a commit
     * would then be fatal, and it is only for displays. */
    int64_t taken_at, silent_until;
    int64_t fetched_at; /* the last take that brought messages */
    bool nudges;        /* this librdkafka sleeps when its queue is full */

    /* the wall clock, as it was ahead of the one that only rises */
    int64_t wall_ahead, woken_at;
    bool clock_seen, clock_jumps;
};

/* ---- feed.c --------------------------------------------------------------------- */

/* The number of a topic of records; -1: none of ours, a dead-letter topic for one. */
int feed_topic_of(const char *name);
/* An error of librdkafka, in the log; one that comes again and again once in a while. */
void feed_say_error(struct feed_kafka *f, rd_kafka_resp_err_t code, const char *message);
/* An error that says that a topic is not there: what is counted of it is doubted.  topic: -1, and
 * partition: -1: all. */
void feed_doubts(struct feed_kafka *f, int code, int topic, int32_t partition);
/* An event for the next take.  offset: -1 where the kind has none.  Without memory f->starved is
 * set, and the next take fails. */
void feed_event_add(struct feed_kafka *f, enum feed_event_kind kind, enum topic topic,
                    int32_t partition, int64_t offset);

/* ---- feed_take.c ------------------------------------------------------------------ */

/* As in struct feed. */
enum fault
feed_take(void *self, size_t most, int64_t wait_ms, struct batch *batch, struct why *why);
/* Drop kept messages of a partition that begins elsewhere, or is given back. */
void feed_drop_stash(struct feed_kafka *f, struct place place);
/* Free what the last take handed out; the stash stays. */
void feed_release_messages(struct feed_kafka *f);

/* ---- feed_quirks.c: what an old librdkafka needs -------------------------------------- */

/* So many were taken from t, and Kafka has more: wake the fetching threads if they sleep. */
void feed_nudge(struct feed_kafka *f, enum topic t, size_t taken);
/* Ask the leaders of what is read of t, or of all its partitions, something small
 * and don't wait for an answer: that wakes and connects the client's threads. */
void feed_ask_leaders(const struct feed_kafka *f, rd_kafka_t *client, enum topic t, bool all);
/* Once a take: was the wall clock set?  Then librdkafka's threads are woken once a second. */
void feed_mind_the_clock(struct feed_kafka *f);
/* Find out anew who leads the partitions of t: for the next question.  Takes a second at most. */
void feed_ask_who_leads(struct feed_kafka *f, enum topic t);
/* Its rebalances name what changes, and not everything at once. */
bool feed_is_cooperative(rd_kafka_t *consumer);
/* A consumer may be destroyed, whatever its group does at the moment. */
bool feed_may_destroy(void);

/* ---- feed_wait.c ------------------------------------------------------------------ */

/* A bell (an eventfd) rings when something comes into an empty queue; several queues may have one
 * bell.  FAULT_NO_MEMORY, and *bell is -1: there is none. */
enum fault feed_bell_open(int *bell, struct why *why);
/* From now on the queue rings the bell; the queue stays the caller's. */
void feed_bell_hang(int bell, rd_kafka_queue_t *queue);
void feed_bell_take_down(rd_kafka_queue_t *queue); /* destroys the queue; NULL: none */
/* From any thread: end the wait for a bell, or the next one if nobody waits. */
void feed_bell_ring(int bell);
/* *bell is -1 afterwards; -1 is fine. */
void feed_bell_close(int *bell);
/* Wait until it rings, at most wait_ms, or until a signal comes; not at all for 0 or less. */
void feed_bell_wait(int bell, int64_t wait_ms);
/* Sleep; not at all for 0 or less. */
void feed_rest(int64_t ms);

/* ---- feed_assign.c ------------------------------------------------------------------ */

/* librdkafka's rebalance callback; opaque is the feed.  Called in the thread that looks into a
 * reader's queue. */
void feed_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t code,
                    rd_kafka_topic_partition_list_t *list, void *opaque);
/* As in struct feed.  FAULT_KAFKA_AWAY: librdkafka did not take it; the same may be tried again. */
enum fault feed_start(void *self, const struct start *starts, size_t count, struct why *why);
enum fault feed_stop(void *self, const struct place *places, size_t count, struct why *why);

/* ---- feed_note.c ------------------------------------------------------------------ */

/* As in struct feed.  feed_noted() waits for the group, up to 2 s; FAULT_KAFKA_AWAY: no answer. */
void feed_note(void *self, const struct position *positions, size_t count);
enum fault feed_noted(void *self, struct place place, struct position *out, struct why *why);
enum { NOTE_TEXT = 128 };
/* The text beside an offset in the group, written (it ends with NUL) and read back.  False: it is
 * not ours, and both outputs are untouched; place and next of *out are never touched. */
void feed_note_write(const struct position *position, int32_t partitions, char out[NOTE_TEXT]);
bool feed_note_read(struct text text, int32_t *partitions, struct position *out);

/* ---- feed_ends.c ------------------------------------------------------------------ */

/* As in struct feed. */
bool feed_ask_ends(void *self, bool closely);
const struct ends *feed_ends(void *self);
/* An answer has come since it was asked last; said once. */
bool feed_ends_came(struct feed_kafka *f);
/* End the thread, after the step that it is at.  None was begun: nothing. */
void feed_ends_close(struct feed_kafka *f);

/* ---- feed_holders.c ------------------------------------------------------------------ */

/* Whose the partitions are, by what the group's members say that they were assigned. */
struct holders {
    char **names; /* of the members */
    size_t name_count;
    const char **holder[TOPIC_COUNT]; /* as struct ends has it */
    bool *is_ours[TOPIC_COUNT];
};
/* Room for so many partitions of each topic; false: no memory.  To be closed in either case. */
bool feed_holders_open(struct holders *h, const int32_t partitions[TOPIC_COUNT]);
/* Frees what h holds, the names in its answer included; h itself is the caller's. */
void feed_holders_close(struct holders *h);
/* Everything that is not known is NULL afterwards. */
void feed_holders_ask(struct feed_kafka *f, struct holders *h, int wait_ms);
/* An assignment as a member of a consumer group got it: each partition of ours is
 * handed to take().  False when it is none; some may have been handed over then. */
bool
feed_assignment_read(const void *bytes, size_t size,
                     void (*take)(void *self, enum topic topic, int32_t partition), void *self);

/* ---- feed_range.c ------------------------------------------------------------------ */

/* As in struct feed; takes up to 4 s, and FAULT_KAFKA_AWAY then. */
enum fault feed_range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why);

/* One message on its way out: to a topic of records it is forwarded, to all
 * others a dead letter. */
struct parcel {
    const char *topic;
    int32_t partition; /* or RD_KAFKA_PARTITION_UA */
    struct text key, value;
    int64_t timestamp_ms;
    rd_kafka_headers_t *headers;
};

/* feed.c: open f->single, the producer that sends each message in a batch of its own; its reports
 * ring reports_bell.  FAULT_NO_MEMORY. */
enum fault feed_open_single(struct feed_kafka *f, struct why *why);

/* ---- feed_rights.c ------------------------------------------------------------------ */

enum { RIGHTS_BYTES = 384 };
/* An error of a client: a refused login is remembered until Kafka has answered once. */
void feed_hear_login(struct feed_kafka *f, int code, const char *reason);
/* The partitions of both topics; all rights that are seen to be missing are told at once. */
enum fault
feed_look_at_topics(struct feed_kafka *f, int32_t partitions[TOPIC_COUNT], struct why *why);
/* The right that an error is about, as a text for a sentence: `operation` on `topic` (NULL: not
 * known), or what the code says.  False: it is about none, and rights is "". */
bool feed_right_of(const struct feed_kafka *f, int code, const char *operation, const char *topic,
                   char rights[RIGHTS_BYTES]);
/* What it means that a message could not be sent to a topic. */
enum fault feed_not_sent(const struct feed_kafka *f, int code, const char *topic, struct why *why);

/* ---- feed_again.c ------------------------------------------------------------------ */

struct again;
/* Kafka refused a parcel for good; all of it is copied.  Without memory f->starved is set. */
void feed_again_keep(struct feed_kafka *f, const struct parcel *parcel, rd_kafka_resp_err_t code);
/* The report of what was sent again, `one` being its opaque: it is no longer on its way.  Refused
 * once more it is kept in the next form; else it is freed. */
void feed_again_report(struct feed_kafka *f, struct again *one, rd_kafka_resp_err_t code);
/* Hand over what waits, as much as may be on its way at a time; never waits. */
enum fault feed_again_send(struct feed_kafka *f, struct why *why);
/* What is kept takes so much memory that nothing more is to be sent first. */
bool feed_again_is_full(const struct feed_kafka *f);
/* Free what waits; what is on its way is freed by its report. */
void feed_again_drop(struct feed_kafka *f);
/* As in struct feed. */
int64_t feed_refused(void *self);
int64_t feed_sent_first_ms(void *self, const struct message *m);
bool feed_came_from(void *self, const struct message *m, struct start *origin);

/* ---- feed_headers.c ----------------------------------------------------------------- */

/* The i-th header, borrowed; false: there are no so many. */
bool feed_header_at(const rd_kafka_headers_t *headers, size_t i, struct header *out);
/* The text of the last of this name; "" when it is not there.  Borrowed. */
const char *feed_header_text(const rd_kafka_headers_t *headers, const char *name);
/* Its name begins with HEADER_ERRORS. */
bool feed_header_is_error(const struct header *header);
/* One more, as it stood elsewhere, or as printf(3) writes it, up to 511 bytes. */
void feed_header_copy(rd_kafka_headers_t *headers, const struct header *header);
PRINTF_LIKE(3, 4)
void feed_header_add(rd_kafka_headers_t *headers, const char *name, const char *format, ...);
/* The last of this name once more, if it is there and as short as ours are: where the others are
 * left out. */
void feed_header_keep(rd_kafka_headers_t *headers, const rd_kafka_headers_t *own, const char *name);
/* What came with a message (NULL: nothing), with its error headers or without; when it is too
 * large a header says so instead.  The caller's. */
rd_kafka_headers_t *feed_headers_kept(const rd_kafka_headers_t *own, bool errors_too);
/* The one that the value can't be read without, if it is one: of whatever else is left out. */
void feed_header_copy_schema(rd_kafka_headers_t *headers, const rd_kafka_headers_t *own);
/* As in struct feed. */
bool feed_header(void *self, const struct message *message, const char *name, struct text *out);
/* The headers of a dead letter: what came with it (NULL: nothing) but for what
 * looks like ours, then ours.  The caller's. */
rd_kafka_headers_t *feed_error_headers(const rd_kafka_headers_t *own, const struct message *message,
                                       enum fault code, const struct why *reason);

/* ---- feed_send.c ------------------------------------------------------------------ */

/* librdkafka's delivery report of both producers; opaque is the feed.  Called from within
 * rd_kafka_poll(), so by the thread that polls. */
void feed_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque);
/* Put a parcel into a producer's queue; its bytes are copied.  On success its headers are the
 * library's. */
rd_kafka_resp_err_t feed_hand_over(rd_kafka_t *producer, const struct parcel *parcel, void *opaque);
/* As in struct feed.  The first two wait up to 10 s for room in the queue. */
enum fault feed_set_aside(void *self, const struct message *message, enum fault code,
                          const struct why *reason, struct why *why);
enum fault feed_forward(void *self, const struct message *message, struct text key,
                        int32_t partition, struct why *why);
enum fault feed_settle(void *self, struct why *why);
bool feed_forwarded(void *self, struct start *after);

#endif
