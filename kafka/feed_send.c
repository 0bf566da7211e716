/* Dead letters and forwarded copies: made, sent, and waited for.
 *
 *  post()  ->  librdkafka  ->  delivery report  ->  feed_delivered()
 *                                |                    acknowledged: counted
 *                                |                    refused:  feed_again.c
 *                                +--                  lost:     STOP, with the reason
 *
 * An offset is only committed after feed_settle(): at least once, never lost
 * (docs/protocol.md, rule 17).  Reports are served by this thread alone, from
 * within rd_kafka_poll(), so nothing here needs a lock. */
#include "base/grow.h"
#include "kafka/feed_form.h"
#include "kafka/feed_inside.h"

#include <assert.h>

enum {
    SETTLE_MS = 1000, /* without an acknowledgement */
    SETTLE_MOST_MS = 10000,
    QUEUE_MS = 10000,
};

/* The report of a message that was refused does not tell its timestamp: it goes
 * along as the opaque. */
static_assert(sizeof(void *) >= sizeof(int64_t), "a timestamp fits into a pointer");

/* What is known of a message that was refused: the report has all of it. */
static struct parcel
parcel_of(const rd_kafka_message_t *message, rd_kafka_headers_t *headers)
{
    const char *topic = rd_kafka_topic_name(message->rkt);
    bool forwarded = feed_topic_of(topic) >= 0;

    return (struct parcel){
        .topic = topic,
        /* A dead letter may go to any partition; the report names the one it was. */
        .partition = forwarded ? message->partition : RD_KAFKA_PARTITION_UA,
        .key = { message->key, message->key == NULL ? 0 : message->key_len },
        .value = { message->payload, message->payload == NULL ? 0 : message->len },
        .timestamp_ms = (int64_t)(uintptr_t)message->_private,
        .headers = headers,
    };
}

/* Not acknowledged.  true: for the message's sake, and it is sent again. */
static bool
was_refused(struct feed_kafka *f, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    struct parcel parcel;

    if (feed_refused_for((int)message->err) == REFUSED_OTHER ||
        rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    parcel = parcel_of(message, headers);
    feed_again_keep(f, &parcel, message->err);
    return true;
}

/* Remembers the end of a forwarded copy: --exit-at-end waits until its
 * partition has been read that far. */
static void
note_forwarded(struct feed_kafka *f, const rd_kafka_message_t *message)
{
    int topic = feed_topic_of(rd_kafka_topic_name(message->rkt));
    struct start *larger;

    if (topic < 0)
        return;
    larger = grow(f->forwarded, &f->forwarded_room, f->forwarded_count + 1, sizeof *f->forwarded);
    if (larger == NULL) {
        f->starved = true; /* --exit-at-end would leave too early */
        return;
    }
    f->forwarded = larger;
    f->forwarded[f->forwarded_count++] =
        (struct start){ { (enum topic)topic, message->partition }, message->offset + 1 };
}

void
feed_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct feed_kafka *f = opaque;
    const char *topic = rd_kafka_topic_name(message->rkt);
    bool forwarded = feed_topic_of(topic) >= 0; /* all else goes to a .dlq */

    f->unacknowledged--;
    f->heard++;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && forwarded)
        note_forwarded(f, message);
    /* The second producer's opaque is the copy, the first one's a timestamp. */
    if (producer == f->single)
        feed_again_report(f, message->_private, message->err);
    else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && was_refused(f, message))
        return;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
        feed_refused_for((int)message->err) != REFUSED_OTHER)
        return;
    f->lost = true;
    (void)feed_not_sent(f, (int)message->err, topic, &f->lost_why);
}

bool
feed_forwarded(void *self, struct start *after)
{
    struct feed_kafka *f = self;

    if (f->forwarded_count == 0)
        return false;
    *after = f->forwarded[--f->forwarded_count];
    return true;
}

/* ---- sending -------------------------------------------------------------------------- */

/* Serves the reports that are there and sends again what was refused; never
 * waits. */
static enum fault
hear(struct feed_kafka *f, struct why *why)
{
    (void)rd_kafka_poll(f->producer, 0);
    if (f->single != NULL)
        (void)rd_kafka_poll(f->single, 0);
    return feed_again_send(f, why);
}

/* Wait for acknowledgements, and take what is there; what was refused goes out
 * again. */
static enum fault
hear_reports(struct feed_kafka *f, int64_t give_up, struct why *why)
{
    feed_bell_wait(f->reports_bell, give_up - clock_tick_ms());
    return hear(f, why);
}

/* What was refused is copied; it may not become too much. */
static enum fault
make_room(struct feed_kafka *f, int64_t give_up, struct why *why)
{
    enum fault fault = FAULT_NONE;

    while (feed_again_is_full(f) && fault == FAULT_NONE && clock_tick_ms() < give_up)
        fault = hear_reports(f, give_up, why);
    if (fault == FAULT_NONE && feed_again_is_full(f))
        fault = why_set(why, FAULT_KAFKA_AWAY, "records that Kafka refused wait to be sent again");
    return fault;
}

rd_kafka_resp_err_t
feed_hand_over(rd_kafka_t *producer, const struct parcel *p, void *opaque)
{
    return rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(p->topic), RD_KAFKA_V_PARTITION(p->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((void *)(uintptr_t)p->key.at, p->key.length),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)p->value.at, p->value.length),
        RD_KAFKA_V_TIMESTAMP(p->timestamp_ms < 0 ? 0 : p->timestamp_ms),
        RD_KAFKA_V_HEADERS(p->headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}

/* The headers are the parcel's, and given away. */
static enum fault
post(struct feed_kafka *f, const struct parcel *p, struct why *why)
{
    int64_t give_up = clock_tick_ms() + QUEUE_MS;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    enum fault fault = make_room(f, give_up, why);

    while (fault == FAULT_NONE) {
        /* The bytes are copied: those of a message are only borrowed until the
         * next take. */
        code = feed_hand_over(f->producer, p, (void *)(uintptr_t)p->timestamp_ms);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            f->unacknowledged++;
            return FAULT_NONE;
        }
        /* Full: some are acknowledged, then there is room. */
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || clock_tick_ms() > give_up)
            break;
        fault = hear_reports(f, give_up, why);
    }
    if (fault == FAULT_NONE && feed_refused_for((int)code) != REFUSED_OTHER)
        feed_again_keep(f, p, code); /* larger than our own message.max.bytes */
    else if (fault == FAULT_NONE)
        fault = feed_not_sent(f, (int)code, p->topic, why);
    rd_kafka_headers_destroy(p->headers);
    return fault;
}

/* The headers of a message, which it owns; NULL when it has none. */
static const rd_kafka_headers_t *
came_with(const struct message *m)
{
    rd_kafka_headers_t *own = NULL;

    return rd_kafka_message_headers(m->origin, &own) == RD_KAFKA_RESP_ERR_NO_ERROR ? own : NULL;
}

enum fault
feed_set_aside(void *self, const struct message *m, enum fault code, const struct why *reason,
               struct why *why)
{
    struct feed_kafka *f = self;
    char topic[TOPIC_BYTES];
    struct parcel parcel = {
        .topic = topic,
        .partition = RD_KAFKA_PARTITION_UA,
        .key = m->key,
        .value = m->value,
        .timestamp_ms = m->timestamp_ms,
        .headers = feed_error_headers(came_with(m), m, code, reason),
    };

    (void)snprintf(topic, sizeof topic, "%s.dlq", topic_names[m->place.topic]);
    if (m->value.length > LETTER_VALUE_MOST)
        parcel.value.length = LETTER_VALUE_MOST;
    if (m->key.length > LETTER_KEY_MOST)
        parcel.key.length = LETTER_KEY_MOST;
    return post(f, &parcel, why);
}

enum fault
feed_forward(void *self, const struct message *m, struct text key, int32_t partition,
             struct why *why)
{
    struct feed_kafka *f = self;
    struct parcel parcel = {
        .topic = topic_names[m->place.topic],
        .partition = partition,
        .key = key,
        .value = m->value,
        .timestamp_ms = m->timestamp_ms,
        .headers = feed_headers_kept(came_with(m), true),
    };

    feed_header_add(parcel.headers, HEADER_FROM, "%s/%" PRId32 "@%" PRId64,
                    topic_names[m->place.topic], m->place.partition, m->offset);
    return post(f, &parcel, why);
}

enum fault
feed_settle(void *self, struct why *why)
{
    struct feed_kafka *f = self;
    int64_t now = clock_tick_ms(), last = now + SETTLE_MOST_MS, give_up = now + SETTLE_MS;
    enum fault fault = hear(f, why);

    /* It goes on as long as Kafka acknowledges something at least every second.
     * Longer than 10 s no call takes: the turn has more to do than to wait. */
    while (fault == FAULT_NONE && (f->unacknowledged > 0 || f->again != NULL) &&
           (now = clock_tick_ms()) < give_up && now < last) {
        int64_t before = f->heard;

        fault = hear_reports(f, give_up, why);
        if (f->heard > before)
            give_up = clock_tick_ms() + SETTLE_MS;
    }
    if (fault != FAULT_NONE)
        return fault;
    if (f->starved)
        return why_set(why, FAULT_NO_MEMORY, "no memory for what Kafka says");
    if (f->lost)
        return why_set(why, FAULT_KAFKA, "a record could not be set aside or forwarded: %s",
                       f->lost_why.text);
    if (f->unacknowledged > 0 || f->again != NULL)
        return why_set(why, FAULT_KAFKA_AWAY, "%lld records sent are not yet acknowledged",
                       (long long)f->unacknowledged);
    return FAULT_NONE;
}
