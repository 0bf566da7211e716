#include "ingest/publish.h"

#include <librdkafka/rdkafka.h>

enum { COMPLAINT_BYTES = 256 };

struct publisher {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *events;
    rd_kafka_topic_t *topics[RECORD_TYPE_COUNT];
    bool ready[RECORD_TYPE_COUNT];
    const struct log *log;
    struct publish_counts counts;
    char complaint[COMPLAINT_BYTES];
    struct why verdict; /* says something once the verdict is FAULT_KAFKA */
};

const char *const topic_name[RECORD_TYPE_COUNT] = {
    [RECORD_TRADE] = "trade-events",
    [RECORD_AGREEMENT] = "agreements",
};

enum fault
publisher_new(struct rd_kafka_s *kafka, const struct log *log, struct publisher **out,
              struct why *why)
{
    struct publisher *p = calloc(1, sizeof *p);
    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a publisher");
    p->kafka = kafka;
    p->log = log;
    p->events = rd_kafka_queue_get_main(kafka);
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        p->topics[type] = rd_kafka_topic_new(kafka, topic_name[type], NULL);
        if (p->topics[type] == NULL) {
            const char *reason = rd_kafka_err2str(rd_kafka_last_error());
            publisher_free(p);
            return why_set(why, FAULT_KAFKA, "%s: %s", topic_name[type], reason);
        }
    }
    *out = p;
    return FAULT_NONE;
}

void
publisher_free(struct publisher *p)
{
    if (p == NULL)
        return;
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        if (p->topics[type] != NULL)
            rd_kafka_topic_destroy(p->topics[type]);
    }
    rd_kafka_queue_destroy(p->events);
    free(p);
}

struct publish_counts
publish_counts(const struct publisher *p)
{
    return p->counts;
}

const char *
publish_complaint(const struct publisher *p)
{
    return p->complaint;
}

enum fault
publish_verdict(const struct publisher *p, struct why *why)
{
    if (p->verdict.text[0] == '\0')
        return FAULT_NONE;
    return why_set(why, FAULT_KAFKA, "%s", p->verdict.text);
}

static void
give_up(struct publisher *p, const char *what, const char *reason)
{
    if (p->verdict.text[0] == '\0') /* the first reason is the cause of the others */
        why_set(&p->verdict, FAULT_KAFKA, "%s: %s", what, reason);
}

/* ---- what Kafka has to say -------------------------------------------------------- */

/* The broker dislikes this one message; the next may do. */
static bool
is_about_one_message(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || error == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static void
count_failure(struct publisher *p, rd_kafka_resp_err_t error, const char *topic)
{
    p->counts.failed++;
    if (is_about_one_message(error))
        log_say(p->log, LOG_ERROR, "record not delivered", LOG_S("topic", topic),
                LOG_S("reason", rd_kafka_err2str(error)));
    else if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && p->complaint[0] != '\0')
        give_up(p, rd_kafka_err2str(error), p->complaint);
    else
        give_up(p, "a record was not delivered", rd_kafka_err2str(error));
}

static void
take_reports(struct publisher *p, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            p->counts.delivered++;
        else
            count_failure(p, message->err, rd_kafka_topic_name(message->rkt));
    }
}

static void
take_error(struct publisher *p, rd_kafka_event_t *event)
{
    char sentence[COMPLAINT_BYTES];
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(p->kafka, sentence, sizeof sentence);
        give_up(p, "the idempotent producer can't go on", sentence);
        return;
    }
    /* "all brokers are down" says less than what came before it */
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
        p->complaint[0] != '\0')
        return;
    snprintf(p->complaint, sizeof p->complaint, "%s", rd_kafka_event_error_string(event));
}

/* Lost connections are told by patience.h; retries are everyday life. */
static bool
is_routine(const char *facility)
{
    static const char *const routine[] = { "FAIL", "ERROR", "GETPID" };
    for (size_t i = 0; i < sizeof routine / sizeof *routine; i++) {
        if (strcmp(facility, routine[i]) == 0)
            return true;
    }
    return false;
}

static void
take_log(struct publisher *p, rd_kafka_event_t *event)
{
    const char *facility, *text;
    int severity; /* of syslog: 4 is a warning */
    if (rd_kafka_event_log(event, &facility, &text, &severity) != 0)
        return;
    bool routine = severity > 4 || is_routine(facility);
    log_say(p->log, routine ? LOG_DEBUG : LOG_WARN, "librdkafka", LOG_S("facility", facility),
            LOG_S("text", text));
}

int64_t
publish_poll(struct publisher *p, int wait_ms)
{
    int64_t before = p->counts.delivered;
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(p->events, wait_ms)) != NULL) {
        switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_DR:
            take_reports(p, event);
            break;
        case RD_KAFKA_EVENT_ERROR:
            take_error(p, event);
            break;
        case RD_KAFKA_EVENT_LOG:
            take_log(p, event);
            break;
        default:
            break;
        }
        rd_kafka_event_destroy(event);
        wait_ms = 0;
    }
    if (p->counts.delivered > before)
        p->complaint[0] = '\0';
    return p->counts.delivered - before;
}

/* ---- sending -------------------------------------------------------------------------- */

enum fault
publish_ready(struct publisher *p, enum record_type type, struct why *why)
{
    const struct rd_kafka_metadata *answer;
    if (p->ready[type])
        return FAULT_NONE;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(p->kafka, 0, p->topics[type], &answer, TOPIC_ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        publish_poll(p, 0); /* may know better */
        const char *reason = p->complaint[0] != '\0' ? p->complaint : rd_kafka_err2str(error);
        return why_set(why, FAULT_KAFKA_AWAY, "%s", reason);
    }
    error = answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN;
    p->ready[type] = error == RD_KAFKA_RESP_ERR_NO_ERROR && answer->topics[0].partition_cnt > 0;
    rd_kafka_metadata_destroy(answer);
    if (p->ready[type])
        return FAULT_NONE;
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return why_set(why, FAULT_KAFKA_AWAY, "topic %s is missing (--create-topics makes it)",
                       topic_name[type]);
    return why_set(why, FAULT_KAFKA_AWAY, "topic %s: %s", topic_name[type],
                   rd_kafka_err2str(error));
}

/* librdkafka only reads what it is told to copy, but says so nowhere. */
static void *
unconst(const void *at)
{
    void *same;
    memcpy(&same, &at, sizeof same);
    return same;
}

enum fault
publish_send(struct publisher *p, const struct message *message, struct why *why)
{
    int failed = rd_kafka_produce(p->topics[message->type], RD_KAFKA_PARTITION_UA,
                                  RD_KAFKA_MSG_F_COPY, unconst(message->value), message->value_size,
                                  message->key.at, message->key.length, NULL);
    if (failed == 0) {
        p->counts.sent++;
        return FAULT_NONE;
    }
    rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return why_set(why, FAULT_KAFKA_AWAY, "the queue is full");
    p->counts.sent++;
    count_failure(p, error, topic_name[message->type]);
    return why_set(why, FAULT_KAFKA, "%s", rd_kafka_err2str(error));
}
