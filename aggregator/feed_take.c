#include "aggregator/feed_inside.h"

/* A message was written by another thread, long ago for the cache. */
enum { AHEAD = 8 };
enum { STASH_MOST = 4096 };

enum { NAP_MS = 100, LONG_SLEEP_MS = 3000, SILENT_MS = 10000, GATHER_MS = 4 };

void
feed_release_messages(struct feed_kafka *f)
{
    for (size_t i = 0; i < f->raw_count; i++)
        rd_kafka_message_destroy(f->raw[i]);
    f->raw_count = 0;
}

void
feed_drop_stash(struct feed_kafka *f, struct place place)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->stash_count; i++) {
        rd_kafka_message_t *raw = f->stash[i];
        if (raw->partition == place.partition && raw->rkt != NULL &&
            strcmp(rd_kafka_topic_name(raw->rkt), topic_names[place.topic]) == 0)
            rd_kafka_message_destroy(raw);
        else
            f->stash[kept++] = raw;
    }
    f->stash_count = kept;
}

static bool
stash(struct feed_kafka *f, rd_kafka_message_t *raw)
{
    if (f->stash_count == f->stash_room) {
        size_t room = f->stash_room == 0 ? 64 : f->stash_room * 2;
        rd_kafka_message_t **bigger = realloc(f->stash, room * sizeof(rd_kafka_message_t *));
        if (bigger == NULL)
            return false;
        f->stash = bigger;
        f->stash_room = room;
    }
    f->stash[f->stash_count++] = raw;
    return true;
}

/* What came from Kafka and is no record. */
static enum fault
take_error(struct feed_kafka *f, const rd_kafka_message_t *raw, struct why *why)
{
    int topic = raw->rkt == NULL ? -1 : feed_topic_of(rd_kafka_topic_name(raw->rkt));
    enum feed_event_kind kind = FEED_START_GONE;

    if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        kind = FEED_END;
    else if (rd_kafka_fatal_error(f->consumer, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA, "Kafka refused for good: %s",
                       rd_kafka_message_errstr(raw));
    else if (raw->err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET &&
             raw->err != RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        log_say(f->log, LOG_WARN, "kafka", LOG_S("error", rd_kafka_err2name(raw->err)),
                LOG_S("message", rd_kafka_message_errstr(raw)));
        return FAULT_NONE;
    }
    if (topic >= 0 && kind == FEED_END)
        f->after[topic][raw->partition] = raw->offset; /* what lies between is no record */
    if (topic >= 0)
        feed_event_add(f, kind, (enum topic)topic, raw->partition, raw->offset);
    return FAULT_NONE;
}

static void
take_message(struct message *out, rd_kafka_message_t *raw, int topic)
{
    rd_kafka_timestamp_type_t type;
    int64_t timestamp = rd_kafka_message_timestamp(raw, &type);

    *out = (struct message){
        .place = { (enum topic)topic, raw->partition },
        .offset = raw->offset,
        .timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp,
        .key = { raw->key, raw->key == NULL ? 0 : raw->key_len },
        .value = { raw->payload, raw->payload == NULL ? 0 : raw->len },
        .origin = raw,
    };
}

/* Messages of f->raw that are records go to f->messages, the others become
 * events; all stay in f->raw until the next take. */
static enum fault
sort_out(struct feed_kafka *f, struct batch *batch, struct why *why)
{
    const rd_kafka_topic_t *last = NULL;
    int topic = -1;
    size_t count = 0;

    for (size_t i = 0; i < f->raw_count; i++) {
        rd_kafka_message_t *raw = f->raw[i];

        if (i + AHEAD < f->raw_count) {
            __builtin_prefetch(f->raw[i + AHEAD]);
            __builtin_prefetch(f->raw[i + AHEAD] + 1); /* its timestamp */
        }
        if (raw->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            enum fault fault = take_error(f, raw, why);
            if (fault != FAULT_NONE)
                return fault;
            continue;
        }
        if (raw->rkt != last) {
            last = raw->rkt;
            topic = feed_topic_of(rd_kafka_topic_name(raw->rkt));
        }
        if (topic < 0)
            continue;
        take_message(&f->messages[count++], raw, topic);
        f->after[topic][raw->partition] = raw->offset + 1;
    }
    batch->messages = f->messages;
    batch->message_count = count;
    return FAULT_NONE;
}

/* What the last answers of Kafka said that there is, less what was handed out. */
static int64_t
waiting_in_kafka(const struct feed_kafka *f)
{
    int64_t sum = 0, low, high;

    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++)
            if (f->reading[t][p] &&
                rd_kafka_get_watermark_offsets(f->consumer, topic_names[t], p, &low, &high) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR &&
                high > f->after[t][p])
                sum += high - f->after[t][p];
    return sum;
}

/* Wait for the first message; a rebalance is served inside of the look into
 * the queue, and nobody but event_count tells of it. */
static size_t
fetch_first(struct feed_kafka *f, int64_t wait_ms)
{
    int64_t give_up = feed_now_ms() + wait_ms;

    for (;;) {
        ssize_t got = rd_kafka_consume_batch_queue(f->queue, 0, f->raw, 1);
        int64_t left = give_up - feed_now_ms();

        if (got > 0)
            return (size_t)got;
        if (left <= 0 || f->event_count > 0)
            return 0;
        feed_bell_wait(f->queue_bell, left);
    }
}

/* Messages that come one by one are gathered for some ms: a commit and a push
 * for each would cost more than all the rest. */
static void
gather(const struct feed_kafka *f)
{
    int64_t since = feed_now_ms() - f->fetched_at;

    if (since < GATHER_MS)
        feed_rest(GATHER_MS - since);
}

/* Wait for one, then take what is there: a batch call waits out its time
 * unless it is full. */
static size_t
fetch(struct feed_kafka *f, size_t most, int64_t wait_ms)
{
    ssize_t got;
    size_t count = 0;

    if (f->stash_count > 0) {
        count = f->stash_count < most ? f->stash_count : most;
        memcpy(f->raw, f->stash, count * sizeof(rd_kafka_message_t *));
        memmove(f->stash, f->stash + count,
                (f->stash_count - count) * sizeof(rd_kafka_message_t *));
        f->stash_count -= count;
        return count;
    }
    count = fetch_first(f, wait_ms);
    if (count > 0 && most > 1) {
        if (wait_ms > 0)
            gather(f);
        got = rd_kafka_consume_batch_queue(f->queue, 0, f->raw + 1, most - 1);
        count += got > 0 ? (size_t)got : 0;
        f->fetched_at = feed_now_ms();
    }
    return count;
}

/* A message that came while only events were wanted is kept for later; when
 * too many were, its partition begins again. */
static void
keep(struct feed_kafka *f, rd_kafka_message_t *raw)
{
    int topic = raw->rkt == NULL ? -1 : feed_topic_of(rd_kafka_topic_name(raw->rkt));

    if (raw->err == RD_KAFKA_RESP_ERR_NO_ERROR && f->stash_count >= STASH_MOST && topic >= 0) {
        feed_event_add(f, FEED_DROPPED, (enum topic)topic, raw->partition, raw->offset);
        rd_kafka_message_destroy(raw);
    } else if (!stash(f, raw)) {
        rd_kafka_message_destroy(raw);
        f->starved = true; /* after the last record nobody would see the gap */
    }
}

/* Serve rebalances. */
static void
serve_events(struct feed_kafka *f, int64_t wait_ms)
{
    rd_kafka_message_t *raw;
    ssize_t got = rd_kafka_consume_batch_queue(f->queue, 0, &raw, 1);

    if (got > 0)
        keep(f, raw);
    if (wait_ms > 0 && f->event_count == 0)
        feed_rest(wait_ms < NAP_MS ? wait_ms : NAP_MS);
}

enum fault
feed_take(void *self, size_t most, int64_t wait_ms, struct batch *batch, struct why *why)
{
    struct feed_kafka *f = self;
    enum fault fault = FAULT_NONE;

    feed_release_messages(f);
    for (size_t i = f->events_given; i < f->event_count; i++)
        f->events[i - f->events_given] = f->events[i];
    f->event_count -= f->events_given;
    f->events_given = 0;
    *batch = (struct batch){ 0 };
    if (f->taken_at > 0 && feed_now_ms() > f->taken_at + LONG_SLEEP_MS)
        f->silent_until = feed_now_ms() + SILENT_MS;
    f->taken_at = feed_now_ms();
    feed_mind_the_clock(f);
    (void)rd_kafka_poll(f->producer, 0);
    if (most == 0) {
        serve_events(f, wait_ms);
    } else {
        f->raw_count =
            fetch(f, most < f->take_most ? most : f->take_most, f->event_count > 0 ? 0 : wait_ms);
        fault = sort_out(f, batch, why);
        batch->waiting = waiting_in_kafka(f);
        if (batch->waiting > 0)
            feed_nudge(f, f->raw_count);
    }
    batch->events = f->events;
    batch->event_count = f->event_count;
    f->events_given = f->event_count;
    if (f->starved)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for what Kafka says");
    return fault;
}
