#include "aggregator/feed_inside.h"

enum {
    SETTLE_MS = 1000,
    QUEUE_MS = 10000,
    /* All together stays below a broker's usual 1 MiB. */
    VALUE_MOST = 768 * 1024,
    KEY_MOST = 64 * 1024,
    HEADERS_MOST = 64 * 1024,
    HEADER_COSTS = 6, /* the lengths of name and value, at most, beside them */
    NUMBER_TEXT = 24,
};
static const char head[] = "__connect.errors.";

/* Forwarded copies carry a non-NULL opaque. */
static int forwarded_mark;

void
feed_delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct feed_kafka *f = opaque;
    int topic = feed_topic_of(rd_kafka_topic_name(message->rkt));

    (void)producer;
    f->unacknowledged--;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        f->lost = true;
        (void)snprintf(f->lost_why, sizeof f->lost_why, "%s: %s", rd_kafka_topic_name(message->rkt),
                       rd_kafka_err2str(message->err));
        return;
    }
    if (message->_private != &forwarded_mark || topic < 0)
        return;
    if (f->forwarded_count == f->forwarded_room) {
        size_t room = f->forwarded_room == 0 ? 64 : f->forwarded_room * 2;
        struct start *bigger = realloc(f->forwarded, room * sizeof *bigger);
        if (bigger == NULL) {
            f->starved = true; /* --exit-at-end would leave too early */
            return;
        }
        f->forwarded = bigger;
        f->forwarded_room = room;
    }
    f->forwarded[f->forwarded_count++] =
        (struct start){ { (enum topic)topic, message->partition }, message->offset + 1 };
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

/* ---- headers ------------------------------------------------------------------------ */

static const rd_kafka_headers_t *
came_with(const struct message *m)
{
    rd_kafka_headers_t *own = NULL;

    return rd_kafka_message_headers(m->origin, &own) == RD_KAFKA_RESP_ERR_NO_ERROR ? own : NULL;
}

/* With these and ours a copy would not fit into a message. */
static bool
are_large(const rd_kafka_headers_t *own)
{
    const char *name;
    const void *value;
    size_t length, bytes = 0;

    for (size_t i = 0;
         rd_kafka_header_get_all(own, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        bytes += HEADER_COSTS + strlen(name) + length;
    return bytes > HEADERS_MOST;
}

/* What came with a message (NULL: nothing), less what looks like an error
 * header of ours: from a producer that forges them, or of a dead letter that
 * somebody sent again.  When it is too large a header says so instead. */
static rd_kafka_headers_t *
headers_kept(const rd_kafka_headers_t *own, bool errors_too)
{
    rd_kafka_headers_t *copy = rd_kafka_headers_new(8);
    const char *name;
    const void *value;
    size_t length;

    if (own == NULL)
        return copy;
    if (are_large(own)) {
        (void)rd_kafka_header_add(copy, "tally.headers.dropped", -1, "too large", -1);
        return copy;
    }
    for (size_t i = 0;
         rd_kafka_header_get_all(own, i, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        if (errors_too || strncmp(name, head, sizeof head - 1) != 0)
            (void)rd_kafka_header_add(copy, name, -1, value, (ssize_t)length);
    return copy;
}

static void
add(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    (void)rd_kafka_header_add(headers, name, -1, value, -1);
}

static void
add_error(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    char full[64];

    (void)snprintf(full, sizeof full, "%s%s", head, name);
    add(headers, full, value);
}

static void
add_error_number(rd_kafka_headers_t *headers, const char *name, int64_t n)
{
    char digits[NUMBER_TEXT];

    (void)snprintf(digits, sizeof digits, "%lld", (long long)n);
    add_error(headers, name, digits);
}

rd_kafka_headers_t *
feed_error_headers(const rd_kafka_headers_t *own, const struct message *m, enum fault code,
                   const struct why *reason)
{
    rd_kafka_headers_t *headers = headers_kept(own, false);

    add_error(headers, "topic", topic_names[m->place.topic]);
    add_error_number(headers, "partition", m->place.partition);
    add_error_number(headers, "offset", m->offset);
    add_error(headers, "exception.class.name", fault_name(code));
    add_error(headers, "exception.message", reason->text);
    if (reason->field[0] != '\0')
        add_error(headers, "field", reason->field);
    if (m->value.length > VALUE_MOST)
        add_error_number(headers, "value.length", (int64_t)m->value.length);
    if (m->key.length > KEY_MOST)
        add_error_number(headers, "key.length", (int64_t)m->key.length);
    return headers;
}

/* ---- sending -------------------------------------------------------------------------- */

struct parcel {
    const char *topic;
    int32_t partition; /* or RD_KAFKA_PARTITION_UA */
    struct text key, value;
    int64_t timestamp_ms;
    rd_kafka_headers_t *headers; /* owned */
    void *mark;
};

/* Wait for acknowledgements, and take what is there. */
static void
hear_reports(struct feed_kafka *f, int64_t give_up)
{
    feed_bell_wait(f->reports_bell, give_up - feed_now_ms());
    (void)rd_kafka_poll(f->producer, 0);
}

static enum fault
post(struct feed_kafka *f, const struct parcel *p, struct why *why)
{
    int64_t give_up = feed_now_ms() + QUEUE_MS;
    rd_kafka_resp_err_t code;

    for (;;) {
        code = rd_kafka_producev(
            f->producer, RD_KAFKA_V_TOPIC(p->topic), RD_KAFKA_V_PARTITION(p->partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_KEY((void *)(uintptr_t)p->key.at, p->key.length),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)p->value.at, p->value.length),
            RD_KAFKA_V_TIMESTAMP(p->timestamp_ms < 0 ? 0 : p->timestamp_ms),
            RD_KAFKA_V_HEADERS(p->headers), RD_KAFKA_V_OPAQUE(p->mark), RD_KAFKA_V_END);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            f->unacknowledged++;
            return FAULT_NONE;
        }
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || feed_now_ms() > give_up)
            break;
        hear_reports(f, give_up);
    }
    rd_kafka_headers_destroy(p->headers);
    return why_set(why, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? FAULT_KAFKA_AWAY : FAULT_KAFKA,
                   "%s: %s", p->topic, rd_kafka_err2str(code));
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
    if (m->value.length > VALUE_MOST)
        parcel.value.length = VALUE_MOST;
    if (m->key.length > KEY_MOST)
        parcel.key.length = KEY_MOST;
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
        .headers = headers_kept(came_with(m), true),
        .mark = &forwarded_mark,
    };
    char origin[TOPIC_BYTES + 2 * NUMBER_TEXT];

    (void)snprintf(origin, sizeof origin, "%s/%d@%lld", topic_names[m->place.topic],
                   m->place.partition, (long long)m->offset);
    add(parcel.headers, "tally.forwarded.from", origin);
    return post(f, &parcel, why);
}

enum fault
feed_settle(void *self, struct why *why)
{
    struct feed_kafka *f = self;
    int64_t give_up = feed_now_ms() + SETTLE_MS;

    (void)rd_kafka_poll(f->producer, 0);
    while (f->unacknowledged > 0 && feed_now_ms() < give_up)
        hear_reports(f, give_up);
    if (f->lost)
        return why_set(why, FAULT_KAFKA, "a record could not be set aside or forwarded: %s",
                       f->lost_why);
    if (f->unacknowledged > 0)
        return why_set(why, FAULT_KAFKA_AWAY, "%lld records sent are not yet acknowledged",
                       (long long)f->unacknowledged);
    return FAULT_NONE;
}
