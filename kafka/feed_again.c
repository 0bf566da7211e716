/* What Kafka refused for good, sent again in another form.
 *
 * The delivery report still has all of it: it is copied from there into a list,
 * and goes out again in a batch of its own, by a second producer that knows no
 * other batches (batch.num.messages=1).  Each refusal takes it one form further
 * (feed_form.c).  What is left at the end is told as an error, whole enough to
 * be found, and counted; nobody waits for it any longer.
 *
 * Ours are the last of the headers; those before came with the message. */
#include "kafka/feed_inside.h"

#include "kafka/feed_form.h"

enum {
    AGAIN_MOST = 16 << 20,
    FLYING_MOST = 256, /* our time is read when it is handed over: it may not grow old there */
    NUMBER_TEXT = 24,
    ORIGIN_TEXT = TOPIC_BYTES + 2 * NUMBER_TEXT
};

/* A message that was refused, with all that it takes to send it once more. */
struct again {
    struct again *next;
    struct parcel sent; /* as it was sent first; topic, key and value lie here */
    bool forwarded;
    struct matter matter;
    struct form form;
    rd_kafka_resp_err_t code; /* of the last refusal */
    char topic[TOPIC_BYTES];
    char bytes[]; /* value, key */
};

/* The text of one of our error headers. */
#define ERROR_TEXT(one, name) feed_header_text((one)->sent.headers, HEADER_ERRORS name)

/* ---- told ------------------------------------------------------------------------------ */

/* Where the record lies, "topic/partition@offset". */
static void
origin_of(const struct again *one, char out[ORIGIN_TEXT])
{
    if (one->forwarded)
        (void)snprintf(out, ORIGIN_TEXT, "%s", feed_header_text(one->sent.headers, HEADER_FROM));
    else
        (void)snprintf(out, ORIGIN_TEXT, "%s/%s@%s", ERROR_TEXT(one, "topic"),
                       ERROR_TEXT(one, "partition"), ERROR_TEXT(one, "offset"));
}

/* An error line from which the record can be found, in Kafka and in the log:
 * its place, and why it was refused. */
static void
tell(struct feed_kafka *f, const struct again *one)
{
    char origin[ORIGIN_TEXT];

    f->refused++;
    origin_of(one, origin);
    log_say(f->log, LOG_ERROR, one->forwarded ? "not forwarded" : "dead letter refused",
            LOG_S("topic", one->topic), LOG_I("partition", one->sent.partition),
            LOG_S("record", origin), LOG_I("timestamp", one->sent.timestamp_ms),
            LOG_S("error", rd_kafka_err2name(one->code)),
            LOG_S("message", rd_kafka_err2str(one->code)),
            LOG_S("code", ERROR_TEXT(one, "exception.class.name")),
            LOG_S("field", ERROR_TEXT(one, "field")),
            LOG_S("refusal", ERROR_TEXT(one, "exception.message")),
            LOG_S("remedy", one->forwarded
                                ? "it is not counted, and lies where it was; mend the topic's "
                                  "settings, and count again with tally-aggregate --rebuild"
                                : "it lies where it was; mend the settings of the topic"));
}

static void
again_free(struct feed_kafka *f, struct again *one)
{
    f->again_bytes -= sizeof *one + one->sent.value.length + one->sent.key.length;
    rd_kafka_headers_destroy(one->sent.headers);
    free(one);
}

/* ---- headers --------------------------------------------------------------------------- */

/* The first of ours. */
static size_t
count_foreign(const rd_kafka_headers_t *headers, bool forwarded)
{
    struct header header;
    size_t i = 0;

    if (forwarded)
        return rd_kafka_header_cnt(headers) - 1;
    while (feed_header_at(headers, i, &header) && !feed_header_is_error(&header))
        i++;
    return i;
}

/* What the headers that came with a message take, about: they may be left out. */
static size_t
foreign_bytes(const rd_kafka_headers_t *headers, bool forwarded)
{
    size_t count = count_foreign(headers, forwarded), bytes = 0;
    struct header header;

    for (size_t i = 0; i < count && feed_header_at(headers, i, &header); i++)
        bytes += strlen(header.name) + header.length + 1;
    return bytes;
}

/* The headers of the form that comes next, which the caller gives away or
 * destroys.  Those of the record's origin always stay: a repeat is recognised
 * by them. */
static rd_kafka_headers_t *
headers_of(const struct again *one)
{
    const struct parcel *sent = &one->sent;
    const struct form *form = &one->form;
    rd_kafka_headers_t *out = rd_kafka_headers_new(8);
    const char *time = feed_header_text(sent->headers, HEADER_TIME);
    bool keeps_time = time[0] != '\0' && feed_header_text(sent->headers, HEADER_FROM)[0] != '\0';
    size_t from = form->without_headers ? count_foreign(sent->headers, one->forwarded) : 0;
    struct header header;

    if (form->without_headers) {
        feed_header_add(out, HEADER_DROPPED, "refused");
        feed_header_keep(out, sent->headers, HEADER_RETRIED);
        feed_header_copy_schema(out, sent->headers);
    }
    if (form->without_headers && keeps_time) /* it was forwarded with our time before */
        (void)rd_kafka_header_add(out, HEADER_TIME, -1, time, -1);
    for (size_t i = from; feed_header_at(sent->headers, i, &header); i++)
        feed_header_copy(out, &header);
    /* The original's time is kept in a header, since the day of a record may
     * not depend on when it was forwarded (docs/protocol.md, rule 17). */
    if (form->our_time > 0 && !(one->forwarded && keeps_time))
        feed_header_add(out, HEADER_TIME, "%" PRId64, sent->timestamp_ms);
    if (form->value < sent->value.length && ERROR_TEXT(one, "value.length")[0] == '\0')
        feed_header_add(out, HEADER_ERRORS "value.length", "%zu", sent->value.length);
    if (form->key < sent->key.length && ERROR_TEXT(one, "key.length")[0] == '\0')
        feed_header_add(out, HEADER_ERRORS "key.length", "%zu", sent->key.length);
    if (form->made_key)
        feed_header_add(out, HEADER_KEY, "none");
    return out;
}

int64_t
feed_sent_first_ms(void *self, const struct message *m)
{
    rd_kafka_headers_t *headers = NULL;
    int64_t ms;

    (void)self;
    /* Only a forwarded copy has it; in another message the header is a
     * stranger's. */
    if (rd_kafka_message_headers(m->origin, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        feed_header_text(headers, HEADER_FROM)[0] == '\0')
        return m->timestamp_ms;
    if (!text_integer(text_of(feed_header_text(headers, HEADER_TIME)), &ms) || ms < 0)
        return m->timestamp_ms;
    return ms;
}

/* "trade-events/7@4711" */
bool
feed_came_from(void *self, const struct message *m, struct start *origin)
{
    rd_kafka_headers_t *headers = NULL;
    const char *topic = topic_names[m->place.topic], *text, *at;
    size_t length = strlen(topic);
    int64_t partition;

    (void)self;
    if (rd_kafka_message_headers(m->origin, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    text = feed_header_text(headers, HEADER_FROM);
    if (strncmp(text, topic, length) != 0 || text[length] != '/')
        return false;
    text += length + 1;
    at = strchr(text, '@');
    if (at == NULL || !text_integer((struct text){ text, (size_t)(at - text) }, &partition) ||
        !text_integer(text_of(at + 1), &origin->offset) || partition < 0 ||
        partition >= PARTITIONS_MOST)
        return false;
    origin->place = (struct place){ m->place.topic, (int32_t)partition };
    return true;
}

/* ---- the list -------------------------------------------------------------------------- */

/* One form further, or told. */
static void
go_further(struct feed_kafka *f, struct again *one, rd_kafka_resp_err_t code)
{
    one->code = code;
    if (!feed_form_next(&one->form, &one->matter, feed_refused_for((int)code))) {
        tell(f, one);
        again_free(f, one);
        return;
    }
    one->next = NULL;
    if (f->again == NULL)
        f->again = one;
    else
        f->again_last->next = one;
    f->again_last = one;
}

void
feed_again_keep(struct feed_kafka *f, const struct parcel *p, rd_kafka_resp_err_t code)
{
    size_t bytes = sizeof(struct again) + p->value.length + p->key.length;
    struct again *one = calloc(1, bytes);

    if (one == NULL) {
        f->starved = true; /* nothing behind it may be committed */
        return;
    }
    f->again_bytes += bytes;
    (void)snprintf(one->topic, sizeof one->topic, "%s", p->topic);
    one->sent = *p;
    one->sent.topic = one->topic;
    one->sent.headers = rd_kafka_headers_copy(p->headers);
    /* A null value or key stays null: it is not an empty one. */
    if (p->value.at != NULL)
        one->sent.value.at = memcpy(one->bytes, p->value.at, p->value.length);
    if (p->key.at != NULL)
        one->sent.key.at = memcpy(one->bytes + p->value.length, p->key.at, p->key.length);
    one->forwarded = feed_topic_of(p->topic) >= 0;
    one->form.value = p->value.length;
    one->form.key = p->key.length;
    one->matter = (struct matter){ .whole = one->forwarded,
                                   .has_key = p->key.at != NULL,
                                   .headers = foreign_bytes(p->headers, one->forwarded) };
    go_further(f, one, code);
}

void
feed_again_report(struct feed_kafka *f, struct again *one, rd_kafka_resp_err_t code)
{
    f->again_flying--;
    if (feed_refused_for((int)code) == REFUSED_OTHER)
        again_free(f, one);
    else
        go_further(f, one, code);
}

/* Hands one to the second producer, which copies its bytes. */
static rd_kafka_resp_err_t
post_again(struct feed_kafka *f, struct again *one)
{
    struct parcel p = one->sent;
    char made[ORIGIN_TEXT];
    rd_kafka_resp_err_t code;

    p.headers = headers_of(one);
    p.value.length = one->form.value;
    p.key.length = one->form.key;
    if (one->form.our_time > 0)
        p.timestamp_ms = -1;
    if (one->form.made_key) {
        origin_of(one, made);
        p.key = text_of(made);
    }
    code = feed_hand_over(f->single, &p, one);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(p.headers);
    return code;
}

enum fault
feed_again_send(struct feed_kafka *f, struct why *why)
{
    enum fault fault = FAULT_NONE;

    if (f->again != NULL && f->single == NULL)
        fault = feed_open_single(f, why);
    while (f->again != NULL && f->again_flying < FLYING_MOST && fault == FAULT_NONE) {
        struct again *one = f->again;
        rd_kafka_resp_err_t code = post_again(f, one);

        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            break;
        f->again = one->next;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            f->unacknowledged++;
            f->again_flying++;
        } else if (feed_refused_for((int)code) != REFUSED_OTHER) {
            go_further(f, one, code);
        } else {
            f->lost = true; /* whoever asks again hears it again */
            fault = feed_not_sent(f, (int)code, one->topic, &f->lost_why);
            fault = why_set(why, fault, "%s", f->lost_why.text);
            again_free(f, one);
        }
    }
    return fault;
}

bool
feed_again_is_full(const struct feed_kafka *f)
{
    return f->again_bytes > AGAIN_MOST;
}

void
feed_again_drop(struct feed_kafka *f)
{
    while (f->again != NULL) {
        struct again *one = f->again;
        f->again = one->next;
        again_free(f, one);
    }
}

int64_t
feed_refused(void *self)
{
    const struct feed_kafka *f = self;

    return f->refused;
}
