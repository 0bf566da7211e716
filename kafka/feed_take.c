/* Messages and events for one turn, from both consumers' queues.
 *
 * The turn takes messages by the thousand, or events alone while it is busy
 * with what it has.  A rebalance is served inside of any look into a queue, so
 * events come in both ways.  What is handed out is borrowed until the next
 * take, which frees it.
 *
 * The queues are looked into without waiting, then the bell is waited for
 * (feed_wait.c). */
#include "base/grow.h"
#include "kafka/feed_inside.h"

/* Messages were written by librdkafka's threads and lie cold in memory: each is
 * asked for some messages ahead. */
enum { AHEAD = 8 };
enum { STASH_MOST = 4096 };

enum { NAP_MS = 100, LONG_SLEEP_MS = 3000, SILENT_MS = 10000, GATHER_MS = 2 };

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

/* False: no memory; the message is still the caller's then. */
static bool
stash(struct feed_kafka *f, rd_kafka_message_t *raw)
{
    rd_kafka_message_t **larger =
        grow(f->stash, &f->stash_room, f->stash_count + 1, sizeof(rd_kafka_message_t *));

    if (larger == NULL)
        return false;
    f->stash = larger;
    f->stash[f->stash_count++] = raw;
    return true;
}

/* A fatal error is the consumer's own state: it ends all reading; a static
 * member that was fenced, say. */
static bool
is_fatal(const struct feed_kafka *f)
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (rd_kafka_fatal_error(f->readers[t].consumer, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return true;
    return false;
}

/* Of which topic is not always said: then all are doubted. */
void
feed_doubts(struct feed_kafka *f, int code, int topic, int32_t partition)
{
    if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
        code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC && code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        return;
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++)
            if ((topic < 0 || topic == t) && (topic < 0 || partition < 0 || partition == p))
                feed_event_add(f, FEED_DOUBTED, (enum topic)t, p, -1);
}

/* What came from Kafka and is no record. */
static enum fault
take_error(struct feed_kafka *f, const rd_kafka_message_t *raw, struct why *why)
{
    int topic = raw->rkt == NULL ? -1 : feed_topic_of(rd_kafka_topic_name(raw->rkt));
    enum feed_event_kind kind = FEED_START_GONE;
    char rights[RIGHTS_BYTES];

    /* Rights are looked at first: without them nothing else comes. */
    if (feed_right_of(f, (int)raw->err, "Read", topic < 0 ? NULL : topic_names[topic], rights))
        return why_set(why, FAULT_KAFKA, "rights are missing: %s", rights);
    if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        kind = FEED_END;
    else if (is_fatal(f))
        return why_set(why, FAULT_KAFKA, "Kafka refused for good: %s",
                       rd_kafka_message_errstr(raw));
    else if (raw->err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET &&
             raw->err != RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        feed_say_error(f, raw->err, rd_kafka_message_errstr(raw));
        feed_doubts(f, (int)raw->err, topic, raw->partition);
        return FAULT_NONE;
    }
    if (topic >= 0 && kind == FEED_END)
        f->after[topic][raw->partition] = raw->offset; /* what lies between is no record */
    if (topic >= 0)
        feed_event_add(f, kind, (enum topic)topic, raw->partition, raw->offset);
    return FAULT_NONE;
}

/* Borrows from the message of librdkafka, which stays until the next take. */
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
        /* Messages of one topic come in runs, so its name is compared once a
         * run. */
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

/* How many records lie in Kafka behind what was handed out, by the watermarks
 * of the last fetches.  Nothing is asked for. */
static int64_t
waiting_in_kafka(const struct feed_kafka *f, enum topic t)
{
    int64_t sum = 0, low, high;

    for (int32_t p = 0; p < f->partitions[t]; p++)
        if (f->reading[t][p] &&
            rd_kafka_get_watermark_offsets(f->readers[t].consumer, topic_names[t], p, &low,
                                           &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            high > f->after[t][p])
            sum += high - f->after[t][p];
    return sum;
}

/* At most so many of what lies in a queue, behind the `count` that are there. */
static size_t
fetch_from(struct feed_kafka *f, enum topic t, size_t count, size_t most)
{
    ssize_t got = rd_kafka_consume_batch_queue(f->readers[t].queue, 0, f->raw + count, most);

    return got > 0 ? (size_t)got : 0;
}

static enum topic
other(enum topic t)
{
    return t == TOPIC_TRADE_EVENTS ? TOPIC_AGREEMENTS : TOPIC_TRADE_EVENTS;
}

/* Wait for the first message, from the queue that *from names then; a rebalance
 * is served inside of the look into a queue, and nobody but event_count tells of
 * it. */
static size_t
fetch_first(struct feed_kafka *f, int64_t wait_ms, enum topic *from)
{
    int64_t give_up = clock_tick_ms() + wait_ms;

    for (;;) {
        int64_t left;

        for (int i = 0; i < TOPIC_COUNT; i++) {
            if (fetch_from(f, *from, 0, 1) > 0)
                return 1;
            *from = other(*from);
        }
        left = give_up - clock_tick_ms();
        if (left <= 0 || f->event_count > 0 || feed_ends_came(f))
            return 0;
        feed_bell_wait(f->queue_bell, left);
    }
}

/* Messages that come one by one are gathered for some ms: a commit and a push
 * for each would cost more than all the rest. */
static void
gather(const struct feed_kafka *f)
{
    int64_t since = clock_tick_ms() - f->fetched_at;

    if (since < GATHER_MS)
        feed_rest(GATHER_MS - since);
}

/* Wait for one, then take what is there: a batch call waits out its time
 * unless it is full.  The queues take turns at being the first; each is looked
 * into, or the next time: librdkafka gives up who does not. */
static size_t
fetch(struct feed_kafka *f, size_t most, int64_t wait_ms)
{
    size_t count = 0;
    enum topic from = f->first;

    if (f->stash_count > 0) {
        count = f->stash_count < most ? f->stash_count : most;
        memcpy(f->raw, f->stash, count * sizeof(rd_kafka_message_t *));
        memmove(f->stash, f->stash + count,
                (f->stash_count - count) * sizeof(rd_kafka_message_t *));
        f->stash_count -= count;
        return count;
    }
    count = fetch_first(f, wait_ms, &from);
    f->first = other(from);
    if (count > 0 && most > 1) {
        if (wait_ms > 0)
            gather(f);
        count += fetch_from(f, from, count, most - count);
        /* What the first queue did not fill is taken from the other one. */
        if (count < most)
            count += fetch_from(f, other(from), count, most - count);
        f->fetched_at = clock_tick_ms();
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

    for (int t = 0; t < TOPIC_COUNT; t++)
        /* A look serves the rebalances in front of the next message, and may
         * take that out. */
        if (rd_kafka_consume_batch_queue(f->readers[t].queue, 0, &raw, 1) > 0)
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
    /* Events that the last take handed out are forgotten; those that came since
     * move to the front. */
    f->event_count -= f->events_given;
    if (f->event_count > 0)
        memmove(f->events, f->events + f->events_given, f->event_count * sizeof *f->events);
    f->events_given = 0;
    *batch = (struct batch){ 0 };
    /* A process that stood still for seconds may have lost its place in the
     * group. */
    if (f->taken_at > 0 && clock_tick_ms() > f->taken_at + LONG_SLEEP_MS)
        f->silent_until = clock_tick_ms() + SILENT_MS;
    f->taken_at = clock_tick_ms();
    feed_mind_the_clock(f);
    (void)rd_kafka_poll(f->producer, 0);
    (void)rd_kafka_poll(f->asker, 0);
    if (most == 0) {
        serve_events(f, wait_ms);
    } else {
        f->raw_count =
            fetch(f, most < f->take_most ? most : f->take_most, f->event_count > 0 ? 0 : wait_ms);
        fault = sort_out(f, batch, why);
        for (int t = 0; t < TOPIC_COUNT; t++) {
            int64_t waiting = waiting_in_kafka(f, (enum topic)t);
            batch->waiting += waiting;
            if (waiting > 0)
                feed_nudge(f, (enum topic)t, f->raw_count);
        }
    }
    batch->shared_out = true;
    for (int t = 0; t < TOPIC_COUNT; t++)
        batch->shared_out = batch->shared_out && (f->alone || f->readers[t].shared_out);
    batch->events = f->events;
    batch->event_count = f->event_count;
    f->events_given = f->event_count;
    /* An event or message that could not be kept would be missed by nobody. */
    if (f->starved)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for what Kafka says");
    return fault;
}
