/* Following topics (kafka/follow.h).
 *
 * librdkafka's simple consumer does it, as in reader.c: it needs no group, and so no rights to one.
 * It connects again by itself and goes on where it was, so an outage is only noticed: an error of
 * the client is believed once a question for its topics stays without an answer.
 *
 *      lane:  not placed --ask where it begins and ends--> placed --start--> read --> done
 *                                                                   ^    |
 *                                                    nothing lies there: again at the beginning */
#include "kafka/follow.h"

#include "base/clock.h"
#include "base/grow.h"
#include "kafka/properties.h"

#include <stdlib.h>

enum {
    ASK_MS = 1000,    /* for one answer of Kafka */
    PROBE_MS = 1000,  /* between two questions whether Kafka is there again */
    NEW_MS = 30000,   /* between two questions for new partitions */
    TAKEN_MOST = 512, /* messages at a time */
    COMPLAINT_BYTES = 256,
    LANES_MOST = 1 << 16, /* partitions of a topic: what a broken answer may claim */
};

/* Ours first, then those of every consumer without a group, then -X. */
static const char *const defaults[][2] = {
    { "client.id", "tally-ingest" },
    { "fetch.wait.max.ms", "100" }, /* most of the time there is nothing */
    { "queued.max.messages.kbytes", "32768" },
};

/* One partition. */
struct lane {
    bool is_placed, is_started, is_done;
    int64_t begin; /* read from there */
    int64_t from;  /* what lies before is dropped */
    int64_t to;    /* done there */
};

struct subject {
    rd_kafka_topic_t *topic;
    struct lane *lanes; /* by partition */
    size_t room;
    int32_t count; /* 0: not known yet */
};

struct follow {
    const struct follow_settings *settings;
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct subject subjects[FOLLOW_TOPICS_MOST];
    bool has_begun, is_enough;
    int64_t look_at, probe_at; /* ticks: the next question for partitions, whether it is there */
    char complaint[COMPLAINT_BYTES]; /* ""; or Kafka may be away */
};

/* "All brokers are down" says less than what came before it. */
static void
note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct follow *f = opaque;

    (void)client;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || f->complaint[0] == '\0')
        (void)snprintf(f->complaint, sizeof f->complaint, "%s", reason);
}

/* ---- life --------------------------------------------------------------------------- */

enum fault
follow_open(const struct follow_settings *settings, struct follow **out, struct why *why)
{
    struct follow *f = calloc(1, sizeof *f);
    struct properties p;
    enum fault fault;

    if (f == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read Kafka with");
    f->settings = settings;
    p = properties_begin(settings->brokers, why);
    properties_set_apart(&p);
    properties_set(&p, PROPERTY_ROWS(defaults));
    properties_set_pairs(&p, settings->properties, settings->property_count);
    rd_kafka_conf_set_opaque(p.conf, f);
    properties_set_silent(&p);
    rd_kafka_conf_set_error_cb(p.conf, note_error);
    fault = properties_client(&p, RD_KAFKA_CONSUMER, &f->client);
    if (fault != FAULT_NONE) {
        free(f);
        return fault;
    }
    f->queue = rd_kafka_queue_new(f->client);
    for (int t = 0; t < settings->topic_count && fault == FAULT_NONE; t++) {
        f->subjects[t].topic = rd_kafka_topic_new(f->client, settings->topics[t], NULL);
        if (f->subjects[t].topic == NULL)
            fault = why_set(why, FAULT_OPTION, "topic %s: %s", settings->topics[t],
                            rd_kafka_err2str(rd_kafka_last_error()));
    }
    if (fault != FAULT_NONE)
        follow_close(f);
    else
        *out = f;
    return fault;
}

static void
stop_lane(struct subject *s, int32_t partition)
{
    struct lane *lane = &s->lanes[partition];

    if (lane->is_started)
        (void)rd_kafka_consume_stop(s->topic, partition);
    lane->is_started = false;
}

void
follow_close(struct follow *f)
{
    if (f == NULL)
        return;
    for (int t = 0; t < f->settings->topic_count; t++) {
        struct subject *s = &f->subjects[t];

        for (int32_t p = 0; p < s->count; p++)
            stop_lane(s, p);
        if (s->topic != NULL)
            rd_kafka_topic_destroy(s->topic);
        free(s->lanes);
    }
    rd_kafka_queue_destroy(f->queue);
    rd_kafka_destroy(f->client);
    free(f);
}

/* ---- beginning ---------------------------------------------------------------------- */

/* Rights come by an operator, all else by itself. */
static enum fault
unanswered(struct follow *f, const char *topic, rd_kafka_resp_err_t error, struct why *why)
{
    (void)rd_kafka_poll(f->client, 0); /* may know better */
    if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return why_set(why, FAULT_KAFKA, "rights are missing: Read on topic %s", topic);
    return why_set(why, FAULT_KAFKA_AWAY, "%s",
                   f->complaint[0] != '\0' ? f->complaint : rd_kafka_err2str(error));
}

/* What Kafka says of the partitions of a topic; more of them are lanes from now on. */
static enum fault
take_partitions(struct follow *f, int t, const struct rd_kafka_metadata *answer, struct why *why)
{
    const char *name = f->settings->topics[t];
    struct subject *s = &f->subjects[t];
    const struct rd_kafka_metadata_topic *of = answer->topic_cnt == 1 ? answer->topics : NULL;
    struct lane *larger;

    if (of == NULL || of->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return why_set(why, f->settings->ends ? FAULT_KAFKA : FAULT_KAFKA_AWAY,
                       "topic %s is missing (tally-ingest --create-topics makes it)", name);
    if (of->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return unanswered(f, name, of->err, why);
    if (of->partition_cnt <= s->count || of->partition_cnt > LANES_MOST)
        return FAULT_NONE;
    larger = grow(s->lanes, &s->room, (size_t)of->partition_cnt, sizeof *larger);
    if (larger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for partitions");
    s->lanes = larger;
    for (; s->count < of->partition_cnt; s->count++)
        s->lanes[s->count] = (struct lane){ 0 };
    return FAULT_NONE;
}

static enum fault
ask_partitions(struct follow *f, int t, struct why *why)
{
    const struct rd_kafka_metadata *answer = NULL;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(f->client, 0, f->subjects[t].topic, &answer, ASK_MS);
    enum fault fault;

    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return unanswered(f, f->settings->topics[t], error, why);
    fault = take_partitions(f, t, answer, why);
    rd_kafka_metadata_destroy(answer);
    return fault;
}

/* The first offset that Kafka received at `ms` or later; high: there is none. */
static rd_kafka_resp_err_t
ask_time(struct follow *f, const char *topic, int32_t partition, int64_t ms, int64_t high,
         int64_t *out)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_resp_err_t error;

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = ms;
    error = rd_kafka_offsets_for_times(f->client, list, ASK_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        error = list->elems[0].err;
    *out = list->elems[0].offset < 0 ? high : list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

/* Where a lane is begun, and where it ends. */
static enum fault
place_lane(struct follow *f, int t, int32_t partition, struct why *why)
{
    const struct follow_settings *settings = f->settings;
    const char *topic = settings->topics[t];
    struct lane *lane = &f->subjects[t].lanes[partition];
    int64_t low, high, from = settings->number;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(f->client, topic, partition, &low, &high, ASK_MS);

    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && settings->from == FOLLOW_TIME)
        error = ask_time(f, topic, partition, settings->number, high, &from);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return unanswered(f, topic, error, why);
    if (settings->from == FOLLOW_BEGINNING ||
        f->has_begun) /* one that is new has all of it to show */
        from = low;
    else if (settings->from == FOLLOW_END)
        from = high;
    else if (settings->from == FOLLOW_LAST)
        from = settings->number < high - low ? high - settings->number : low;
    lane->from = from > low ? from : low;
    lane->begin =
        lane->from < high ? lane->from : high; /* behind the end nothing can be asked for */
    lane->to = settings->ends ? high : INT64_MAX;
    lane->is_done = lane->from >= lane->to;
    lane->is_placed = true;
    return FAULT_NONE;
}

static enum fault
start_lane(struct follow *f, int t, int32_t partition, int64_t offset, struct why *why)
{
    struct subject *s = &f->subjects[t];

    if (rd_kafka_consume_start_queue(s->topic, partition, offset, f->queue) != 0)
        return why_set(why, FAULT_KAFKA, "%s/%d can't be read: %s", f->settings->topics[t],
                       partition, rd_kafka_err2str(rd_kafka_last_error()));
    s->lanes[partition].is_started = true;
    return FAULT_NONE;
}

/* All partitions of a topic that are not read yet. */
static enum fault
start_lanes(struct follow *f, int t, struct why *why)
{
    struct subject *s = &f->subjects[t];
    enum fault fault = FAULT_NONE;

    for (int32_t p = 0; p < s->count && fault == FAULT_NONE; p++) {
        struct lane *lane = &s->lanes[p];

        if (lane->is_placed)
            continue;
        fault = place_lane(f, t, p, why);
        if (fault == FAULT_NONE && !lane->is_done)
            fault = start_lane(f, t, p, lane->begin, why);
    }
    return fault;
}

enum fault
follow_begin(struct follow *f, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (int t = 0; t < f->settings->topic_count && fault == FAULT_NONE; t++) {
        if (f->subjects[t].count == 0)
            fault = ask_partitions(f, t, why);
        if (fault == FAULT_NONE)
            fault = start_lanes(f, t, why);
    }
    if (fault != FAULT_NONE)
        return fault;
    f->has_begun = true;
    f->complaint[0] = '\0';
    f->look_at = clock_tick_ms() + NEW_MS;
    return FAULT_NONE;
}

/* ---- reading ------------------------------------------------------------------------ */

static struct lane *
find_lane(struct follow *f, const rd_kafka_message_t *raw, int *t)
{
    for (*t = 0; *t < f->settings->topic_count; ++*t) {
        struct subject *s = &f->subjects[*t];

        if (raw->rkt != NULL && raw->rkt == s->topic)
            return 0 <= raw->partition && raw->partition < s->count ? &s->lanes[raw->partition]
                                                                    : NULL;
    }
    return NULL;
}

static void
end_lane(struct follow *f, int t, int32_t partition)
{
    f->subjects[t].lanes[partition].is_done = true;
    stop_lane(&f->subjects[t], partition);
}

static void
hand_on(struct follow *f, struct lane *lane, int t, const rd_kafka_message_t *raw,
        follow_sink *sink, void *self)
{
    struct followed m = { .topic = t,
                          .partition = raw->partition,
                          .offset = raw->offset,
                          .timestamp_ms = rd_kafka_message_timestamp(raw, NULL),
                          .origin = raw };

    f->complaint[0] = '\0';
    if (lane->is_done || raw->offset < lane->from)
        return;
    if (raw->offset < lane->to) {
        if (raw->key != NULL)
            m.key = (struct text){ raw->key, raw->key_len };
        if (raw->payload != NULL)
            m.value = (struct text){ raw->payload, raw->len };
        lane->from = raw->offset + 1;
        f->is_enough = !sink(self, &m);
    }
    if (raw->offset + 1 >= lane->to)
        end_lane(f, t, raw->partition);
}

/* What a partition complains of. */
static enum fault
take_complaint(struct follow *f, struct lane *lane, int t, const rd_kafka_message_t *raw,
               struct why *why)
{
    switch ((int)raw->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        /* Behind it are at most markers of transactions, or an open one. */
        if (f->settings->ends)
            end_lane(f, t, raw->partition);
        return FAULT_NONE;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        /* The log's start went by, or the topic was made anew. */
        if (lane->is_done)
            return FAULT_NONE;
        stop_lane(&f->subjects[t], raw->partition);
        lane->from = 0;
        return start_lane(f, t, raw->partition, RD_KAFKA_OFFSET_BEGINNING, why);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return why_set(why, FAULT_KAFKA, "rights are missing: Read on topic %s",
                       f->settings->topics[t]);
    default:
        note_error(f->client, (int)raw->err, rd_kafka_err2str(raw->err), f);
        return FAULT_NONE;
    }
}

static enum fault
take_one(struct follow *f, const rd_kafka_message_t *raw, follow_sink *sink, void *self,
         struct why *why)
{
    int t;
    struct lane *lane = find_lane(f, raw, &t);

    if (lane == NULL || f->is_enough)
        return FAULT_NONE;
    if (raw->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return take_complaint(f, lane, t, raw, why);
    hand_on(f, lane, t, raw, sink, self);
    return FAULT_NONE;
}

/* Something was complained of: is Kafka there? */
static enum fault
probe(struct follow *f, struct why *why)
{
    int64_t now = clock_tick_ms();
    enum fault fault;

    if (now < f->probe_at)
        return why_set(why, FAULT_KAFKA_AWAY, "%s", f->complaint);
    fault = ask_partitions(f, 0, why);
    f->probe_at = clock_tick_ms() + PROBE_MS;
    if (fault == FAULT_NONE)
        f->complaint[0] = '\0';
    return fault;
}

static enum fault
look_for_partitions(struct follow *f, struct why *why)
{
    enum fault fault = FAULT_NONE;

    f->look_at = clock_tick_ms() + NEW_MS;
    for (int t = 0; t < f->settings->topic_count && fault == FAULT_NONE; t++) {
        fault = ask_partitions(f, t, why);
        if (fault == FAULT_NONE)
            fault = start_lanes(f, t, why);
    }
    return fault;
}

enum fault
follow_take(struct follow *f, int wait_ms, follow_sink *sink, void *self, struct why *why)
{
    rd_kafka_message_t *raw[TAKEN_MOST];
    /* A batch waits out its time unless it is full: so one is waited for, then the others are
     * taken. */
    rd_kafka_message_t *first = rd_kafka_consume_queue(f->queue, wait_ms);
    enum fault fault = FAULT_NONE;
    ssize_t count = 0;

    if (first != NULL) {
        raw[0] = first;
        count = rd_kafka_consume_batch_queue(f->queue, 0, raw + 1, TAKEN_MOST - 1);
        count = count < 0 ? 1 : count + 1;
    }
    (void)rd_kafka_poll(f->client, 0);
    for (ssize_t i = 0; i < count; i++) {
        if (fault == FAULT_NONE)
            fault = take_one(f, raw[i], sink, self, why);
        rd_kafka_message_destroy(raw[i]);
    }
    if (fault == FAULT_NONE && f->complaint[0] != '\0' && count == 0)
        return probe(f, why);
    if (fault == FAULT_NONE && !f->settings->ends && clock_tick_ms() >= f->look_at)
        return look_for_partitions(f, why);
    return fault;
}

bool
follow_has_ended(const struct follow *f)
{
    if (f->is_enough)
        return true;
    for (int t = 0; t < f->settings->topic_count; t++)
        for (int32_t p = 0; p < f->subjects[t].count; p++)
            if (!f->subjects[t].lanes[p].is_done)
                return false;
    return true;
}

bool
follow_header(const struct followed *message, size_t i, struct header *out)
{
    rd_kafka_headers_t *headers = NULL;

    return rd_kafka_message_headers(message->origin, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           rd_kafka_header_get_all(headers, i, &out->name, &out->value, &out->length) ==
               RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool
follow_find_header(const struct followed *message, const char *name, struct text *out)
{
    return header_find(message->origin, name, out);
}
