#include "aggregator/feed_inside.h"

#include <time.h>

enum { NAME_BYTES = 128, METADATA_MS = 5000, RDKAFKA_DESTROYS_SAFELY = 0x02030000 };

/* Every one may be overridden by -X.  What each is for: docs/operating.md. */
static const char *const common[][2] = {
    { "client.id", "tally-aggregate" },
    { "log.connection.close", "false" },
    { "allow.auto.create.topics", "false" },
    { "reconnect.backoff.max.ms", "2000" },
};
static const char *const of_consumer[][2] = {
    { "enable.auto.commit", "false" },
    { "enable.auto.offset.store", "false" },
    { "auto.offset.reset", "error" },
    { "enable.partition.eof", "true" },
    { "partition.assignment.strategy", "cooperative-sticky" },
    { "session.timeout.ms", "6000" },
    { "heartbeat.interval.ms", "1000" },
    /* What lies in the queue is memory; feed_nudge.c keeps it from running dry. */
    { "queued.min.messages", "1000000" },
    { "queued.max.messages.kbytes", "8192" },
    { "fetch.max.bytes", "8388608" },
    { "fetch.error.backoff.ms", "50" },
};
static const char *const of_producer[][2] = {
    { "acks", "all" },
    { "enable.idempotence", "false" }, /* docs/decisions.md, "A retry may repeat" */
    { "compression.codec", "lz4" },
    { "linger.ms", "2" },
    { "message.timeout.ms", "0" }, /* a dead letter is never given up */
    { "message.max.bytes", "8388608" },
    /* Who fills it waits: a turn may set aside all that it took. */
    { "queue.buffering.max.messages", "20000" },
    { "queue.buffering.max.kbytes", "16384" },
};

int64_t
feed_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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
    if (f->event_count == f->event_room) {
        size_t room = f->event_room == 0 ? 64 : f->event_room * 2;
        struct feed_event *bigger = realloc(f->events, room * sizeof *bigger);
        if (bigger == NULL) {
            f->starved = true; /* a partition would never be read: the next take says so */
            return;
        }
        f->events = bigger;
        f->event_room = room;
    }
    f->events[f->event_count++] = (struct feed_event){ kind, { topic, partition }, offset };
}

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

static void
take_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct feed_kafka *f = opaque;

    (void)client;
    log_say(f->log, LOG_WARN, "kafka", LOG_S("error", rd_kafka_err2name((rd_kafka_resp_err_t)code)),
            LOG_S("message", reason));
}

static enum fault
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct why *why)
{
    char sentence[256];

    if (rd_kafka_conf_set(conf, name, value, sentence, sizeof sentence) != RD_KAFKA_CONF_OK)
        return why_set(why, FAULT_OPTION, "%s", sentence);
    return FAULT_NONE;
}

static enum fault
set_rows(rd_kafka_conf_t *conf, const char *const (*rows)[2], size_t count, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = set(conf, rows[i][0], rows[i][1], why);
    return fault;
}

static enum fault
set_properties(rd_kafka_conf_t *conf, const struct feed_options *options, struct why *why)
{
    enum fault fault = set(conf, "bootstrap.servers", options->brokers, why);

    for (int i = 0; i < options->property_count && fault == FAULT_NONE; i++) {
        const char *pair = options->properties[i];
        size_t length = strcspn(pair, "=");
        char name[NAME_BYTES];

        if (pair[length] != '=' || length >= sizeof name)
            return why_set(why, FAULT_OPTION, "-X %s: want name=value", pair);
        memcpy(name, pair, length);
        name[length] = '\0';
        fault = set(conf, name, pair + length + 1, why);
    }
    return fault;
}

static enum fault
open_client(struct feed_kafka *f, rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **out,
            struct why *why)
{
    char sentence[256];

    rd_kafka_conf_set_opaque(conf, f);
    rd_kafka_conf_set_log_cb(conf, take_log);
    rd_kafka_conf_set_error_cb(conf, take_error);
    *out = rd_kafka_new(type, conf, sentence, sizeof sentence);
    if (*out != NULL)
        return FAULT_NONE;
    rd_kafka_conf_destroy(conf);
    return why_set(why, FAULT_OPTION, "%s", sentence);
}

#define ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)

static enum fault
open_consumer(struct feed_kafka *f, const struct feed_options *options, struct why *why)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum fault fault = set_rows(conf, ROWS(common), why);

    if (fault == FAULT_NONE)
        fault = set_rows(conf, ROWS(of_consumer), why);
    if (fault == FAULT_NONE)
        fault = set(conf, "group.id", options->group, why);
    if (fault == FAULT_NONE)
        fault = set_properties(conf, options, why);
    if (fault != FAULT_NONE) {
        rd_kafka_conf_destroy(conf);
        return fault;
    }
    rd_kafka_conf_set_rebalance_cb(conf, feed_rebalance);
    f->nudges = rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "5", NULL, 0) != RD_KAFKA_CONF_OK;
    fault = open_client(f, RD_KAFKA_CONSUMER, conf, &f->consumer, why);
    if (fault != FAULT_NONE)
        return fault;
    rd_kafka_poll_set_consumer(f->consumer);
    f->queue = rd_kafka_queue_get_consumer(f->consumer);
    return feed_bell_hang(&f->queue_bell, f->queue, why);
}

static enum fault
open_producer(struct feed_kafka *f, const struct feed_options *options, struct why *why)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum fault fault = set_rows(conf, ROWS(common), why);

    if (fault == FAULT_NONE)
        fault = set_rows(conf, ROWS(of_producer), why);
    if (fault == FAULT_NONE)
        fault = set_properties(conf, options, why);
    if (fault != FAULT_NONE) {
        rd_kafka_conf_destroy(conf);
        return fault;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, feed_delivered);
    fault = open_client(f, RD_KAFKA_PRODUCER, conf, &f->producer, why);
    if (fault != FAULT_NONE)
        return fault;
    f->reports = rd_kafka_queue_get_main(f->producer);
    return feed_bell_hang(&f->reports_bell, f->reports, why);
}

enum fault
feed_open(const struct feed_options *options, struct feed_kafka **out, struct why *why)
{
    struct feed_kafka *f = calloc(1, sizeof *f);
    enum fault fault;

    if (f == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the feed");
    f->log = options->log;
    f->take_most = options->take_most;
    f->queue_bell = f->reports_bell = -1;
    f->raw = malloc(options->take_most * sizeof(rd_kafka_message_t *));
    f->messages = malloc(options->take_most * sizeof *f->messages);
    if (f->raw == NULL || f->messages == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for the feed");
    else
        fault = open_consumer(f, options, why);
    if (fault == FAULT_NONE)
        fault = open_producer(f, options, why);
    if (fault != FAULT_NONE) {
        feed_close(f);
        return fault;
    }
    *out = f;
    return FAULT_NONE;
}

void
feed_close(struct feed_kafka *f)
{
    if (f == NULL)
        return;
    f->closing = true;
    feed_release_messages(f);
    for (size_t i = 0; i < f->stash_count; i++)
        rd_kafka_message_destroy(f->stash[i]);
    f->stash_count = 0;
    if (f->producer != NULL) {
        (void)rd_kafka_purge(f->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        feed_bell_take_down(&f->reports_bell, f->reports);
        rd_kafka_destroy(f->producer);
    }
    feed_bell_take_down(&f->queue_bell, f->queue);
    if (f->consumer != NULL) {
        (void)rd_kafka_consumer_close(f->consumer);
        /* Before 2.3.0 a destroy in the middle of a rebalance aborts the
         * process (librdkafka issue 4312); the process ends anyway. */
        if (rd_kafka_version() < RDKAFKA_DESTROYS_SAFELY)
            return;
        rd_kafka_destroy(f->consumer);
    }
    if (f->positions != NULL)
        rd_kafka_topic_partition_list_destroy(f->positions);
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

/* The number of partitions of one topic, 0 while there is none. */
static enum fault
count_partitions(struct feed_kafka *f, const char *name, int32_t *count, struct why *why)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->producer, name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code;

    if (topic == NULL)
        return why_set(why, FAULT_KAFKA, "topic %s: %s", name,
                       rd_kafka_err2str(rd_kafka_last_error()));
    code = rd_kafka_metadata(f->producer, 0, topic, &metadata, METADATA_MS);
    rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "Kafka does not answer: %s", rd_kafka_err2str(code));
    *count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_metadata_destroy(metadata);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return why_set(why, FAULT_KAFKA, "topic %s: %s", name, rd_kafka_err2str(code));
    if (*count == 0)
        return why_set(why, FAULT_KAFKA_AWAY,
                       "topic %s does not exist; tally-ingest --create-topics makes it", name);
    return FAULT_NONE;
}

enum fault
feed_partitions(struct feed_kafka *f, int32_t partitions[TOPIC_COUNT], struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char dlq[TOPIC_BYTES];
        int32_t unused;
        enum fault fault = count_partitions(f, topic_names[t], &partitions[t], why);

        (void)snprintf(dlq, sizeof dlq, "%s.dlq", topic_names[t]);
        if (fault == FAULT_NONE)
            fault = count_partitions(f, dlq, &unused, why);
        if (fault != FAULT_NONE)
            return fault;
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
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(TOPIC_COUNT);
    rd_kafka_resp_err_t code;

    for (int t = 0; t < TOPIC_COUNT; t++)
        (void)rd_kafka_topic_partition_list_add(topics, topic_names[t], RD_KAFKA_PARTITION_UA);
    code = rd_kafka_subscribe(f->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA, "subscribe: %s", rd_kafka_err2str(code));
    return FAULT_NONE;
}

void
feed_be_alone(struct feed_kafka *f)
{
    f->alone = true;
    f->cooperative = true; /* partitions begin and end one by one */
}

enum fault
feed_take_all(struct feed_kafka *f, struct why *why)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++)
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
        .forwarded = feed_forwarded,
    };
}
