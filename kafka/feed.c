/* The feed from its opening to its end: three consumers of one group, one for each topic and one
 * that only asks, and a producer; their settings, their log and their errors. */
#include "base/grow.h"
#include "kafka/feed_inside.h"
#include "kafka/properties.h"

#include <pthread.h>
#include <time.h>

enum { MEMBER_BYTES = 512, SAY_AGAIN_MS = 10000 };
enum { CLOSE_MS = 5000, CLOSE_MORE_MS = 2000, CLOSE_STEP_MS = 20 };

/* What the second reader's name has behind a group.instance.id. */
static const char other_member[] = ".agreements";

/* Every one may be overridden by -X.  What each is for: docs/operating.md. */
static const char *const common[][2] = {
    { "client.id", "tally-aggregate" },
    { "log.connection.close", "false" },
    { "allow.auto.create.topics", "false" },
    { "reconnect.backoff.max.ms", "2000" },
    /* A connection whose requests are not answered for so long is given up.  Until then librdkafka
     * may ask a broker that stands still who leads and who coordinates (feed_quirks.c).  But 8 MB
     * may come or go by way of a slow line. */
    { "socket.timeout.ms", "20000" },
};
static const char *const of_consumer[][2] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { "partition.assignment.strategy", "cooperative-sticky" },
    { "session.timeout.ms", "6000" },
    { "heartbeat.interval.ms", "1000" },
    /* What lies in the queue is memory; feed_nudge() keeps it from running dry. */
    { "queued.min.messages", "1000000" },
    { "queued.max.messages.kbytes", "8192" },
    { "fetch.max.bytes", "8388608" },
    { "fetch.error.backoff.ms", "50" },
};
static const char *const of_asker[][2] = {
    { "socket.timeout.ms", "6000" }, /* all that it sends is small */
};
static const char *const of_producer[][2] = {
    { "acks", "all" },
    { "enable.idempotence", "false" }, /* docs/decisions.md, "A retry may repeat" */
    { "compression.codec", "lz4" },
    { "linger.ms", "2" },
    { "message.timeout.ms", "0" }, /* a dead letter is never given up */
    { "message.max.bytes", "8388608" },
    { "request.timeout.ms", "15000" }, /* a follower that is slow costs no connection */
    /* Who fills it waits: a turn may set aside all that it took. */
    { "queue.buffering.max.messages", "20000" },
    { "queue.buffering.max.kbytes", "16384" },
};

int
feed_topic_of(const char *name)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (strcmp(name, topic_names[t]) == 0)
            return t;
    return -1;
}

void
feed_event_add(struct feed_kafka *f, enum feed_event_kind kind, enum topic topic, int32_t partition,
               int64_t offset)
{
    struct feed_event *larger =
        grow(f->events, &f->event_room, f->event_count + 1, sizeof *f->events);

    if (larger == NULL) {
        f->starved = true; /* a partition would never be read: the next take says so */
        return;
    }
    f->events = larger;
    f->events[f->event_count++] = (struct feed_event){ kind, { topic, partition }, offset };
}

/* librdkafka's log lines.  Called by its threads, at any time: the log may be
 * used by any thread. */
static void
take_log(const rd_kafka_t *client, int level, const char *facility, const char *sentence)
{
    const struct feed_kafka *f = rd_kafka_opaque(client);

    /* The same properties go to consumer and producer; each says what it does
     * not use. */
    if (strcmp(facility, "CONFWARN") == 0)
        return;
    log_say(f->log, level <= 4 ? LOG_WARN : LOG_DEBUG, "kafka client", LOG_S("facility", facility),
            LOG_S("message", sentence));
}

void
feed_say_error(struct feed_kafka *f, rd_kafka_resp_err_t code, const char *message)
{
    struct said *said = &f->said_error;
    int64_t now = clock_tick_ms();

    /* Who closes may leave threads behind, and the numbers go before them. */
    if (!f->closing)
        metric_add(metric_at(f->options.metrics, f->options.error_row, rd_kafka_err2name(code),
                             NULL, NULL),
                   1);
    /* A broker that is away says so many times a second. */
    if (said->code == code && now < said->at + SAY_AGAIN_MS)
        return;
    *said = (struct said){ code, now };
    log_say(f->log, LOG_WARN, "kafka", LOG_S("error", rd_kafka_err2name(code)),
            LOG_S("message", message));
}

/* Whose topic is doubted: a reader's own, or all when another client heard it. */
static void
take_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct feed_kafka *f = opaque;
    int topic = -1;

    for (int t = 0; t < TOPIC_COUNT; t++)
        if (client == f->readers[t].consumer)
            topic = t;
    feed_hear_login(f, code, reason);
    feed_say_error(f, (rd_kafka_resp_err_t)code, reason);
    feed_doubts(f, code, topic, -1);
}

/* What both kinds of client have, then `rows`, then -X, which so wins over ours. */
static struct properties
begin_client(rd_kafka_type_t type, const struct feed_options *options, const char *const (*rows)[2],
             size_t count, struct why *why)
{
    struct properties p = properties_begin(options->brokers, why);

    properties_set(&p, PROPERTY_ROWS(common));
    properties_set(&p, rows, count);
    if (type == RD_KAFKA_CONSUMER)
        property_set(&p, "group.id", options->group);
    properties_set_pairs(&p, options->properties, options->property_count);
    return p;
}

/* Opens a client that logs and tells its errors as all do. */
static enum fault
open_client(struct feed_kafka *f, rd_kafka_type_t type, struct properties *p, rd_kafka_t **out)
{
    rd_kafka_conf_set_opaque(p->conf, f);
    rd_kafka_conf_set_log_cb(p->conf, take_log);
    rd_kafka_conf_set_error_cb(p->conf, take_error);
    return properties_client(p, type, out);
}

/* A static member's name, for the reader of t: names must differ. */
static void
set_member_name(struct properties *p, enum topic t)
{
    char name[MEMBER_BYTES];
    size_t size = sizeof name - sizeof other_member;

    if (t == TOPIC_TRADE_EVENTS ||
        rd_kafka_conf_get(p->conf, "group.instance.id", name, &size) != RD_KAFKA_CONF_OK ||
        name[0] == '\0')
        return;
    memcpy(name + strlen(name), other_member, sizeof other_member);
    property_set(p, "group.instance.id", name);
}

/* A consumer for one topic: ours come first, then -X, then what must be. */
static enum fault
open_reader(struct feed_kafka *f, enum topic t, const struct feed_options *options, struct why *why)
{
    struct reader *r = &f->readers[t];
    struct properties p = begin_client(RD_KAFKA_CONSUMER, options, PROPERTY_ROWS(of_consumer), why);
    enum fault fault;

    set_member_name(&p, t);
    rd_kafka_conf_set_rebalance_cb(p.conf, feed_rebalance);
    /* Only a librdkafka that has this property wakes soon by itself; refusing
     * it is how an older one says that it has not (feed_quirks.c). */
    f->nudges =
        rd_kafka_conf_set(p.conf, "fetch.queue.backoff.ms", "5", NULL, 0) != RD_KAFKA_CONF_OK;
    fault = open_client(f, RD_KAFKA_CONSUMER, &p, &r->consumer);
    if (fault != FAULT_NONE)
        return fault;
    /* The consumer's main queue goes into the queue that is read: one look
     * serves messages, errors and rebalances. */
    rd_kafka_poll_set_consumer(r->consumer);
    r->cooperative = feed_is_cooperative(r->consumer);
    r->queue = rd_kafka_queue_get_consumer(r->consumer);
    feed_bell_hang(f->queue_bell, r->queue);
    return FAULT_NONE;
}

static enum fault
open_asker(struct feed_kafka *f, struct why *why)
{
    struct properties p =
        begin_client(RD_KAFKA_CONSUMER, &f->options, PROPERTY_ROWS(of_asker), why);

    /* Where a log ends: its high watermark (feed_range.c). */
    property_set(&p, "isolation.level", "read_uncommitted");
    return open_client(f, RD_KAFKA_CONSUMER, &p, &f->asker);
}

/* single: the one that sends each message alone.  The reports of both ring the same bell. */
static enum fault
open_producer(struct feed_kafka *f, bool single, rd_kafka_t **out, rd_kafka_queue_t **reports,
              struct why *why)
{
    struct properties p =
        begin_client(RD_KAFKA_PRODUCER, &f->options, PROPERTY_ROWS(of_producer), why);
    size_t size = sizeof f->client_id;
    enum fault fault;

    if (single)
        properties_set_single(&p);
    (void)rd_kafka_conf_get(p.conf, "client.id", f->client_id, &size);
    rd_kafka_conf_set_dr_msg_cb(p.conf, feed_delivered);
    fault = open_client(f, RD_KAFKA_PRODUCER, &p, out);
    if (fault != FAULT_NONE)
        return fault;
    *reports = rd_kafka_queue_get_main(*out);
    feed_bell_hang(f->reports_bell, *reports);
    return FAULT_NONE;
}

enum fault
feed_open_single(struct feed_kafka *f, struct why *why)
{
    struct why reason;

    if (open_producer(f, true, &f->single, &f->single_reports, &reason) != FAULT_NONE)
        return why_set(why, FAULT_NO_MEMORY, "another producer: %s", reason.text);
    return FAULT_NONE;
}

/* What has not been acknowledged is given up: its offset has not passed, so the
 * record is read again and the letter sent again.  Purging gives each message a
 * last report, which frees our copy of it. */
static void
close_producer(rd_kafka_t *producer, rd_kafka_queue_t *reports)
{
    if (producer == NULL)
        return;
    (void)rd_kafka_purge(producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_poll(producer, 0);
    feed_bell_take_down(reports);
    rd_kafka_destroy(producer);
}

enum fault
feed_open(const struct feed_options *options, struct feed_kafka **out, struct why *why)
{
    struct feed_kafka *f = calloc(1, sizeof *f);
    enum fault fault;

    if (f == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the feed");
    f->log = options->log;
    f->options = *options;
    f->take_most = options->take_most;
    f->queue_bell = f->reports_bell = -1;
    f->raw = malloc(options->take_most * sizeof(rd_kafka_message_t *));
    f->messages = malloc(options->take_most * sizeof *f->messages);
    if (f->raw == NULL || f->messages == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the feed");
    else
        fault = feed_bell_open(&f->queue_bell, why);
    if (fault == FAULT_NONE)
        fault = feed_bell_open(&f->reports_bell, why);
    for (int t = 0; t < TOPIC_COUNT && fault == FAULT_NONE; t++)
        fault = open_reader(f, (enum topic)t, options, why);
    if (fault == FAULT_NONE)
        fault = open_asker(f, why);
    if (fault == FAULT_NONE)
        fault = open_producer(f, false, &f->producer, &f->reports, why);
    if (fault != FAULT_NONE) {
        feed_close(f);
        return fault;
    }
    *out = f;
    return FAULT_NONE;
}

/* For as long as CLOSE_MS: what was committed and not yet acknowledged is waited for inside of
 * librdkafka, which is for ever where Kafka is frozen.  False: somebody has not left. */
static bool
serve_until_left(struct feed_kafka *f)
{
    int64_t give_up = clock_tick_ms() + CLOSE_MS;
    rd_kafka_message_t *raw;
    bool left = false;

    /* Asked to close by way of their queues, so that both leave at the same
     * time, and the wait is ours and has an end. */
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (f->readers[t].consumer != NULL)
            rd_kafka_error_destroy(
                rd_kafka_consumer_close_queue(f->readers[t].consumer, f->readers[t].queue));
    while (!left && clock_tick_ms() < give_up) {
        left = true;
        for (int t = 0; t < TOPIC_COUNT; t++) {
            struct reader *r = &f->readers[t];

            if (r->consumer == NULL || rd_kafka_consumer_closed(r->consumer))
                continue;
            left = false;
            /* The queue is served until the end: the rebalance that gives the
             * partitions back comes through it. */
            while (rd_kafka_consume_batch_queue(r->queue, 0, &raw, 1) > 0)
                rd_kafka_message_destroy(raw);
        }
        if (!left)
            feed_rest(CLOSE_STEP_MS);
    }
    return left;
}

static void *
leave(void *self)
{
    struct feed_kafka *f = self;

    f->has_left = serve_until_left(f);
    return NULL;
}

/* Leave the group.  In a thread of its own: the answer to a rebalance that comes just then may
 * wait for ever inside of librdkafka (feed_quirks.c), and who waits for the process may not.
 * False: somebody has not left, and f may still be in use. */
static bool
leave_group(struct feed_kafka *f)
{
    struct timespec until;
    pthread_t thread;

    if (pthread_create(&thread, NULL, leave, f) != 0)
        return serve_until_left(f);
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (CLOSE_MS + CLOSE_MORE_MS) / 1000;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0)
        return f->has_left;
    (void)pthread_detach(thread);
    return false;
}

/* True: what is open stays open, since it may not be destroyed, or since who has not left the group
 * would be waited for; the process ends anyway. */
static bool
close_readers(struct feed_kafka *f)
{
    bool left = leave_group(f), open = false;

    for (int t = 0; t < TOPIC_COUNT; t++) {
        feed_bell_take_down(f->readers[t].queue);
        if (f->readers[t].noted != NULL)
            rd_kafka_topic_partition_list_destroy(f->readers[t].noted);
        open = open || f->readers[t].consumer != NULL;
    }
    if (open && (!left || !feed_may_destroy()))
        return true;
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (f->readers[t].consumer != NULL)
            rd_kafka_destroy(f->readers[t].consumer);
    return false;
}

void
feed_close(struct feed_kafka *f)
{
    if (f == NULL)
        return;
    /* From here on a rebalance is answered at once (feed_rebalance()), since
     * nobody takes events any more. */
    f->closing = true;
    feed_ends_close(f);
    feed_release_messages(f);
    for (size_t i = 0; i < f->stash_count; i++)
        rd_kafka_message_destroy(f->stash[i]);
    f->stash_count = 0;
    if (f->settings_answers != NULL)
        rd_kafka_queue_destroy(f->settings_answers);
    close_producer(f->producer, f->reports);
    close_producer(f->single, f->single_reports);
    feed_again_drop(f);
    if (f->asker != NULL) /* it has joined nothing that it could leave */
        rd_kafka_destroy_flags(f->asker, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (close_readers(f))
        return;
    feed_bell_close(&f->queue_bell);
    feed_bell_close(&f->reports_bell);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        free(f->reading[t]);
        free(f->after[t]);
    }
    free(f->raw);
    free(f->messages);
    free(f->events);
    free(f->stash);
    free(f->forwarded);
    free(f);
}

struct rd_kafka_s *
feed_client(const struct feed_kafka *f)
{
    return f->producer;
}

enum fault
feed_partitions(struct feed_kafka *f, int32_t partitions[TOPIC_COUNT], struct why *why)
{
    enum fault fault = feed_look_at_topics(f, partitions, why);

    if (fault != FAULT_NONE)
        return fault;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (partitions[t] > PARTITIONS_MOST)
            return why_set(why, FAULT_SETTINGS, "topic %s has %d partitions, %d are allowed",
                           topic_names[t], partitions[t], PARTITIONS_MOST);
        f->partitions[t] = partitions[t];
        free(f->reading[t]);
        free(f->after[t]);
        f->reading[t] = calloc((size_t)partitions[t], 1);
        f->after[t] = calloc((size_t)partitions[t], sizeof *f->after[t]);
        if (f->reading[t] == NULL || f->after[t] == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the feed");
    }
    return FAULT_NONE;
}

enum fault
feed_join(struct feed_kafka *f, struct why *why)
{
    /* Subscribing asks the group; what is ours comes as FEED_ASSIGNED, when the
     * group has shared out. */
    for (int t = 0; t < TOPIC_COUNT; t++) {
        rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
        rd_kafka_resp_err_t code;

        (void)rd_kafka_topic_partition_list_add(topics, topic_names[t], RD_KAFKA_PARTITION_UA);
        code = rd_kafka_subscribe(f->readers[t].consumer, topics);
        rd_kafka_topic_partition_list_destroy(topics);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return why_set(why, FAULT_KAFKA, "subscribe: %s", rd_kafka_err2str(code));
    }
    return FAULT_NONE;
}

void
feed_be_alone(struct feed_kafka *f)
{
    f->alone = true;
    for (int t = 0; t < TOPIC_COUNT; t++)
        f->readers[t].cooperative = true; /* partitions begin and end one by one */
}

enum fault
feed_take_all(struct feed_kafka *f, struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++)
            /* As a rebalance would: the turn sees no difference. */
            feed_event_add(f, FEED_ASSIGNED, (enum topic)t, p, -1);
    return f->starved ? why_set(why, FAULT_NO_MEMORY, "no memory for the partitions") : FAULT_NONE;
}

struct feed
feed_effects(struct feed_kafka *f)
{
    return (struct feed){
        .self = f,
        .take = feed_take,
        .start = feed_start,
        .stop = feed_stop,
        .range = feed_range,
        .set_aside = feed_set_aside,
        .forward = feed_forward,
        .settle = feed_settle,
        .note = feed_note,
        .noted = feed_noted,
        .ask_ends = feed_ask_ends,
        .ends = feed_ends,
        .forwarded = feed_forwarded,
        .refused = feed_refused,
        .sent_first_ms = feed_sent_first_ms,
        .came_from = feed_came_from,
        .header = feed_header,
    };
}
