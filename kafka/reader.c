/* Reading stretches of partitions (kafka/reader.h).
 *
 * All partitions are read side by side, each at its present stretch, by way of
 * one queue.  librdkafka's simple consumer does it: it needs no group, and so
 * no rights to one.
 *
 *      ....[first]........[next]..................[last]....
 *          read    skipped, since it is near;  sought, since it is far
 *
 * A seek leaves old messages in the queue.  Stretches only go forward, so these
 * lie before the present one, and are dropped. */
#include "kafka/reader.h"

#include "base/clock.h"
#include "kafka/properties.h"

#include <librdkafka/rdkafka.h>

#include <stdlib.h>

enum {
    NEAR = 500,   /* offsets that are read rather than sought over */
    WAIT_MS = 50, /* for a message, before the clock is looked at */
    TAKEN_MOST = 512,
};

/* Ours first, then -X. */
static const char *const defaults[][2] = {
    { "client.id", "tally-lookup" },
    { "fetch.message.max.bytes", "131072" }, /* few messages are wanted of each fetch */
    { "queued.max.messages.kbytes", "8192" },
};

/* One partition, and the stretches of it that are left. */
struct lane {
    struct place place;
    size_t next, end; /* numbers of stretches */
    bool is_started, is_begun_anew;
    int64_t missed; /* begun anew at the log's start, since nothing lay at this offset */
};

struct looking {
    const struct stretch *stretches;
    struct lane *lanes;
    size_t lane_count, open; /* lanes that have stretches left */
    rd_kafka_t *client;
    rd_kafka_topic_t *topics[TOPIC_COUNT];
    rd_kafka_queue_t *queue;
    reader_sink *sink;
    void *self;
    bool is_enough; /* the sink wants no more */
    char complaint[256];
};

/* Kept for the sentence, should Kafka stay silent. */
static void
note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct looking *l = opaque;

    (void)client;
    (void)code;
    (void)snprintf(l->complaint, sizeof l->complaint, "%s", reason);
}

/* ---- opening --------------------------------------------------------------------- */

static enum fault
open_client(struct looking *l, const struct reader_settings *settings, struct why *why)
{
    struct properties p = properties_begin(settings->brokers, why);
    enum fault fault;

    properties_set_apart(&p);
    properties_set(&p, PROPERTY_ROWS(defaults));
    properties_set_pairs(&p, settings->properties, settings->property_count);
    rd_kafka_conf_set_opaque(p.conf, l);
    properties_set_silent(&p);
    rd_kafka_conf_set_error_cb(p.conf, note_error);
    fault = properties_client(&p, RD_KAFKA_CONSUMER, &l->client);
    if (fault == FAULT_NONE)
        l->queue = rd_kafka_queue_new(l->client);
    return fault;
}

/* One lane a partition; the stretches are in order. */
static enum fault
lay_lanes(struct looking *l, size_t count, struct why *why)
{
    l->lanes = calloc(count, sizeof *l->lanes);
    if (l->lanes == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read Kafka with");
    for (size_t i = 0; i < count; i++) {
        const struct place *place = &l->stretches[i].place;
        struct lane *last = l->lane_count == 0 ? NULL : &l->lanes[l->lane_count - 1];

        if (last == NULL || last->place.topic != place->topic ||
            last->place.partition != place->partition) {
            last = &l->lanes[l->lane_count++];
            *last = (struct lane){ .place = *place, .next = i };
        }
        last->end = i + 1;
    }
    l->open = l->lane_count;
    return FAULT_NONE;
}

static enum fault
start_lane(struct looking *l, struct lane *lane, int64_t offset, struct why *why)
{
    rd_kafka_topic_t **topic = &l->topics[lane->place.topic];

    if (*topic == NULL)
        *topic = rd_kafka_topic_new(l->client, topic_names[lane->place.topic], NULL);
    if (*topic == NULL ||
        rd_kafka_consume_start_queue(*topic, lane->place.partition, offset, l->queue) != 0)
        return why_set(why, FAULT_KAFKA, "%s/%d can't be read: %s", topic_names[lane->place.topic],
                       lane->place.partition, rd_kafka_err2str(rd_kafka_last_error()));
    lane->is_started = true;
    return FAULT_NONE;
}

static void
stop_lane(struct looking *l, struct lane *lane)
{
    if (lane->is_started)
        (void)rd_kafka_consume_stop(l->topics[lane->place.topic], lane->place.partition);
    lane->is_started = false;
}

static void
close_all(struct looking *l)
{
    for (size_t i = 0; i < l->lane_count; i++)
        stop_lane(l, &l->lanes[i]);
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (l->topics[t] != NULL)
            rd_kafka_topic_destroy(l->topics[t]);
    if (l->queue != NULL)
        rd_kafka_queue_destroy(l->queue);
    if (l->client != NULL)
        rd_kafka_destroy(l->client);
    free(l->lanes);
}

/* ---- reading --------------------------------------------------------------------- */

static void
end_lane(struct looking *l, struct lane *lane)
{
    if (lane->next == lane->end)
        return;
    lane->next = lane->end;
    l->open--;
    stop_lane(l, lane);
}

/* Everything below `offset` of a lane has been seen: on to the stretch that may
 * still come. */
static void
pass(struct looking *l, struct lane *lane, int64_t offset)
{
    size_t before = lane->next;

    while (lane->next < lane->end && l->stretches[lane->next].to <= offset)
        lane->next++;
    if (lane->next == before)
        return;
    if (lane->next == lane->end) {
        l->open--;
        stop_lane(l, lane);
    } else if (l->stretches[lane->next].from > offset + NEAR) {
        /* Not waited for: what comes meanwhile lies before it. */
        (void)rd_kafka_seek(l->topics[lane->place.topic], lane->place.partition,
                            l->stretches[lane->next].from, 0);
    }
}

static void
take_message(struct looking *l, struct lane *lane, rd_kafka_message_t *raw)
{
    struct message message = {
        .place = lane->place, .offset = raw->offset, .timestamp_ms = -1, .origin = raw
    };

    if (lane->next == lane->end)
        return;
    /* The log's start lies behind what is gone; if not, the log is another one. */
    if (lane->is_begun_anew && raw->offset < lane->missed) {
        end_lane(l, lane);
        return;
    }
    pass(l, lane, raw->offset);
    if (lane->next == lane->end || raw->offset < l->stretches[lane->next].from)
        return;
    message.timestamp_ms = rd_kafka_message_timestamp(raw, NULL);
    if (raw->key != NULL)
        message.key = (struct text){ raw->key, raw->key_len };
    if (raw->payload != NULL)
        message.value = (struct text){ raw->payload, raw->len };
    l->is_enough = !l->sink(l->self, lane->next, &message);
    pass(l, lane, raw->offset + 1);
}

/* What a partition complains of. */
static enum fault
take_complaint(struct looking *l, struct lane *lane, const rd_kafka_message_t *raw, struct why *why)
{
    const char *topic = topic_names[lane->place.topic];

    switch ((int)raw->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        end_lane(l, lane);
        return FAULT_NONE;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        if (lane->is_begun_anew || lane->next == lane->end) {
            end_lane(l, lane);
            return FAULT_NONE;
        }
        stop_lane(l, lane);
        lane->is_begun_anew = true;
        lane->missed = l->stretches[lane->next].from;
        return start_lane(l, lane, RD_KAFKA_OFFSET_BEGINNING, why);
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return why_set(why, FAULT_KAFKA, "there is no %s/%d", topic, lane->place.partition);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return why_set(why, FAULT_KAFKA, "rights are missing: Read on topic %s", topic);
    default:
        (void)snprintf(l->complaint, sizeof l->complaint, "%s", rd_kafka_err2str(raw->err));
        return FAULT_NONE;
    }
}

static struct lane *
find_lane(struct looking *l, const rd_kafka_message_t *raw)
{
    for (size_t i = 0; i < l->lane_count; i++)
        if (raw->rkt != NULL && raw->rkt == l->topics[l->lanes[i].place.topic] &&
            raw->partition == l->lanes[i].place.partition)
            return &l->lanes[i];
    return NULL;
}

/* What is in the queue.  *progress: a message came, or an end. */
static enum fault
take_some(struct looking *l, bool *progress, struct why *why)
{
    rd_kafka_message_t *raw[TAKEN_MOST];
    ssize_t count = rd_kafka_consume_batch_queue(l->queue, WAIT_MS, raw, TAKEN_MOST);
    enum fault fault = FAULT_NONE;

    (void)rd_kafka_poll(l->client, 0);
    for (ssize_t i = 0; i < count; i++) {
        struct lane *lane = find_lane(l, raw[i]);
        size_t open = l->open;

        if (lane != NULL && fault == FAULT_NONE && !l->is_enough) {
            if (raw[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                take_message(l, lane, raw[i]);
            else
                fault = take_complaint(l, lane, raw[i], why);
            *progress = *progress || raw[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR || l->open < open;
        }
        rd_kafka_message_destroy(raw[i]);
    }
    return fault;
}

enum fault
reader_read(const struct reader_settings *settings, const struct stretch *stretches, size_t count,
            reader_sink *sink, void *self, struct why *why)
{
    struct looking l = { .stretches = stretches, .sink = sink, .self = self };
    int64_t heard = clock_tick_ms();
    enum fault fault;

    if (count == 0)
        return FAULT_NONE;
    fault = open_client(&l, settings, why);
    if (fault == FAULT_NONE)
        fault = lay_lanes(&l, count, why);
    for (size_t i = 0; i < l.lane_count && fault == FAULT_NONE; i++)
        fault = start_lane(&l, &l.lanes[i], stretches[l.lanes[i].next].from, why);
    while (fault == FAULT_NONE && l.open > 0 && !l.is_enough) {
        bool progress = false;

        fault = take_some(&l, &progress, why);
        if (progress)
            heard = clock_tick_ms();
        else if (fault == FAULT_NONE && clock_tick_ms() > heard + settings->wait_ms)
            fault = why_set(why, FAULT_KAFKA_AWAY, "Kafka did not answer within %lld s%s%s",
                            (long long)(settings->wait_ms / 1000),
                            l.complaint[0] == '\0' ? "" : ": ", l.complaint);
    }
    close_all(&l);
    return fault;
}
