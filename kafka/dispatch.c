/* Single messages, and their reports. */
#include "kafka/dispatch.h"

#include "kafka/properties.h"

#include <stdlib.h>

enum { COMPLAINT_BYTES = 256 };

struct dispatcher {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *events;
    const struct log *log;
    dispatch_report *report;
    void *self;
    struct why verdict; /* "": it may go on */
    char complaint[COMPLAINT_BYTES];
};

enum fault
dispatcher_new(struct rd_kafka_s *kafka, const struct log *log, dispatch_report *report, void *self,
               struct dispatcher **out, struct why *why)
{
    struct dispatcher *d = calloc(1, sizeof *d);

    if (d == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to send with");
    *d = (struct dispatcher){ .kafka = kafka,
                              .events = rd_kafka_queue_get_main(kafka),
                              .log = log,
                              .report = report,
                              .self = self };
    *out = d;
    return FAULT_NONE;
}

void
dispatcher_free(struct dispatcher *d)
{
    if (d == NULL)
        return;
    rd_kafka_queue_destroy(d->events);
    free(d);
}

void
dispatcher_wake(struct dispatcher *d, int fd)
{
    queue_wake(d->events, fd);
}

static rd_kafka_headers_t *
headers_of(const struct dispatch *message)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count + 1);

    for (size_t i = 0; i < message->header_count; i++)
        (void)rd_kafka_header_add(headers, message->headers[i].name, -1, message->headers[i].value,
                                  (ssize_t)message->headers[i].length);
    return headers;
}

enum fault
dispatch_send(struct dispatcher *d, const struct dispatch *message, struct why *why)
{
    rd_kafka_headers_t *headers = headers_of(message);
    rd_kafka_resp_err_t error = rd_kafka_producev(
        d->kafka, RD_KAFKA_V_TOPIC(message->topic),
        RD_KAFKA_V_PARTITION(message->partition < 0 ? RD_KAFKA_PARTITION_UA : message->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((void *)(uintptr_t)message->key.at, message->key.length),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)message->value.at, message->value.length),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(message->tag), RD_KAFKA_V_END);

    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return FAULT_NONE;
    rd_kafka_headers_destroy(headers); /* else they are the message's */
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return why_set(why, FAULT_KAFKA_AWAY, "the queue is full");
    return why_set(why, FAULT_KAFKA, "%s", rd_kafka_err2str(error));
}

/* A topic's policy speaks of one message, too. */
static bool
is_about_one(rd_kafka_resp_err_t error)
{
    return error_is_about_one(error) || error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
}

static void
give_up(struct dispatcher *d, const char *what, const char *reason)
{
    if (d->verdict.text[0] == '\0') /* the first reason is the cause of the others */
        (void)why_set(&d->verdict, FAULT_KAFKA, "%s: %s", what, reason);
}

static int64_t
take_reports(struct dispatcher *d, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    int64_t count = 0;

    for (; (message = rd_kafka_event_message_next(event)) != NULL; count++) {
        bool is_good = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;

        if (is_good)
            d->complaint[0] = '\0';
        else if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            give_up(d, "rights are missing: Write on topic", rd_kafka_topic_name(message->rkt));
        else if (!is_about_one(message->err))
            give_up(d, rd_kafka_err2str(message->err),
                    d->complaint[0] != '\0' ? d->complaint : rd_kafka_topic_name(message->rkt));
        d->report(d->self, message->_private, is_good ? NULL : rd_kafka_err2str(message->err));
    }
    return count;
}

static void
take_error(struct dispatcher *d, rd_kafka_event_t *event)
{
    char sentence[COMPLAINT_BYTES];

    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL) {
        (void)rd_kafka_fatal_error(d->kafka, sentence, sizeof sentence);
        give_up(d, "the producer can't go on", sentence);
    } else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
               d->complaint[0] == '\0') {
        (void)snprintf(d->complaint, sizeof d->complaint, "%s", rd_kafka_event_error_string(event));
    }
}

int64_t
dispatch_poll(struct dispatcher *d, int wait_ms)
{
    rd_kafka_event_t *event;
    int64_t reports = 0;

    while ((event = rd_kafka_queue_poll(d->events, wait_ms)) != NULL) {
        rd_kafka_event_type_t type = rd_kafka_event_type(event);

        if (type == RD_KAFKA_EVENT_DR)
            reports += take_reports(d, event);
        else if (type == RD_KAFKA_EVENT_ERROR)
            take_error(d, event);
        rd_kafka_event_destroy(event);
        wait_ms = 0;
    }
    return reports;
}

enum fault
dispatch_verdict(const struct dispatcher *d, struct why *why)
{
    if (d->verdict.text[0] == '\0')
        return FAULT_NONE;
    return why_set(why, FAULT_KAFKA, "%s", d->verdict.text);
}

const char *
dispatch_complaint(const struct dispatcher *d)
{
    return d->complaint;
}
