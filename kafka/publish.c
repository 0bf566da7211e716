/* Messages into Kafka, and what became of each.
 *
 *  publish_send() -> queue -> delivered                   counts.delivered
 *                       |--> refused for one message -> sent once more, alone
 *                       |                  -> delivered, or counts.failed, told
 *                       +--> any other failure            counts.failed, verdict
 *
 * What a broker refuses for the sake of one message spoils its whole batch: so
 * each of them goes once more, alone, and its neighbours are not lost.
 * Everything is heard in publish_poll(), by the thread that calls it. */
#include "kafka/publish.h"

#include "kafka/properties.h"

enum { COMPLAINT_BYTES = 256 };

/* A batch is refused as a whole: what was in it is sent once more, each alone,
 * by a client that knows no other batches. */
struct publisher {
    rd_kafka_t *kafka, *single; /* single: NULL until something was refused */
    rd_kafka_queue_t *events, *single_events;
    const struct producer_settings *settings;
    rd_kafka_topic_t *topics[RECORD_TYPE_COUNT];
    bool ready[RECORD_TYPE_COUNT];
    bool let_in; /* Kafka answered once: it knows who we are */
    const struct log *log;
    struct publish_counts counts;
    char complaint[COMPLAINT_BYTES];
    publish_hearer *hear; /* NULL: nobody wants to know of each */
    void *hearer;
    int wake_fd; /* -1: none */
    bool is_dead;
    struct why verdict; /* says something once the verdict is FAULT_KAFKA */
};

enum fault
publisher_new(struct rd_kafka_s *kafka, const struct producer_settings *settings,
              const struct log *log, struct publisher **out, struct why *why)
{
    struct publisher *p = calloc(1, sizeof *p);
    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a publisher");
    p->kafka = kafka;
    p->settings = settings;
    p->log = log;
    p->wake_fd = -1;
    p->events = rd_kafka_queue_get_main(kafka);
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        p->topics[type] = rd_kafka_topic_new(kafka, topic_names[type], NULL);
        if (p->topics[type] == NULL) {
            const char *reason = rd_kafka_err2str(rd_kafka_last_error());
            publisher_free(p);
            return why_set(why, FAULT_KAFKA, "%s: %s", topic_names[type], reason);
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
    if (p->single_events != NULL)
        rd_kafka_queue_destroy(p->single_events);
    producer_close(p->single);
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

/* Going on makes no sense from now on; publish_verdict() says why. */
static void
give_up(struct publisher *p, const char *what, const char *reason)
{
    if (p->verdict.text[0] == '\0') /* the first reason is the cause of the others */
        why_set(&p->verdict, FAULT_KAFKA, "%s: %s", what, reason);
}

/* ---- what Kafka has to say -------------------------------------------------------- */

/* Counts one that will never arrive.  A message that was refused by itself is
 * told, and the next may do; anything else ends the run. */
static void
count_failure(struct publisher *p, rd_kafka_resp_err_t error, const char *topic)
{
    p->counts.failed++;
    if (error_is_about_one(error))
        log_say(p->log, LOG_ERROR, "record not delivered", LOG_S("topic", topic),
                LOG_S("reason", rd_kafka_err2str(error)));
    else if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        give_up(p, "rights are missing: Write on topic", topic);
    else if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && p->complaint[0] != '\0')
        give_up(p, rd_kafka_err2str(error), p->complaint);
    else
        give_up(p, "a record was not delivered", rd_kafka_err2str(error));
}

void
publisher_wake(struct publisher *p, int fd)
{
    p->wake_fd = fd;
    queue_wake(p->events, fd);
    queue_wake(p->single_events, fd);
}

void
publisher_hear(struct publisher *p, publish_hearer *hear, void *self)
{
    p->hear = hear;
    p->hearer = self;
}

bool
publisher_is_dead(const struct publisher *p)
{
    return p->is_dead;
}

/* Made when it is needed first.  False: it can't be, and the message counts as
 * failed. */
static bool
open_single(struct publisher *p)
{
    struct why why;
    if (p->single == NULL && producer_open(p->settings, true, &p->single, &why) == FAULT_NONE) {
        p->single_events = rd_kafka_queue_get_main(p->single);
        queue_wake(p->single_events, p->wake_fd);
    }
    return p->single != NULL;
}

/* True: it is on its way again, and is not counted yet.  `was_alone`: it had its second try. */
static bool
goes_alone(struct publisher *p, const rd_kafka_message_t *message, bool was_alone)
{
    if (!error_is_about_one(message->err) || was_alone || !open_single(p))
        return false;
    return rd_kafka_producev(p->single, RD_KAFKA_V_TOPIC(rd_kafka_topic_name(message->rkt)),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(message->key, message->key_len),
                             RD_KAFKA_V_VALUE(message->payload, message->len),
                             RD_KAFKA_V_OPAQUE(message->_private),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* To who sent it. */
static void
tell(const struct publisher *p, const rd_kafka_message_t *message)
{
    bool is_delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    struct publish_report report = { message->_private,
                                     is_delivered,
                                     message->partition,
                                     message->offset,
                                     is_delivered ? "" : rd_kafka_err2str(message->err),
                                     message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE };
    if (p->hear != NULL)
        p->hear(p->hearer, &report);
}

/* One event may hold the reports of many messages. */
static void
take_reports(struct publisher *p, rd_kafka_event_t *event, bool was_alone)
{
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            p->counts.delivered++;
        else if (goes_alone(p, message, was_alone))
            continue;
        else
            count_failure(p, message->err, rd_kafka_topic_name(message->rkt));
        tell(p, message);
    }
}

/* Keeps the last complaint for messages to come: a time-out alone says nothing. */
static void
take_error(struct publisher *p, rd_kafka_event_t *event)
{
    char sentence[COMPLAINT_BYTES];
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(p->kafka, sentence, sizeof sentence);
        p->is_dead = true;
        give_up(p, "the producer can't go on", sentence);
        return;
    }
    /* "all brokers are down" says less than what came before it */
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
        p->complaint[0] != '\0')
        return;
    snprintf(p->complaint, sizeof p->complaint, "%s", rd_kafka_event_error_string(event));
    /* A broker that has just come back may not know its users yet: only what it
     * says before it ever answered is believed. */
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__AUTHENTICATION && !p->let_in &&
        strstr(p->complaint, "uthentication failed") != NULL)
        give_up(p, "Kafka does not let us in", p->complaint);
}

/* Lost connections are told by patience.h; retries are everyday life. */
static bool
is_routine(const char *facility)
{
    return strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
           strcmp(facility, "GETPID") == 0;
}

/* What is routine is only said at --log-level debug. */
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

/* Serves what lies in a queue; waits for the first event only. */
static void
hear_queue(struct publisher *p, rd_kafka_queue_t *queue, int wait_ms)
{
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(queue, wait_ms)) != NULL) {
        rd_kafka_event_type_t type = rd_kafka_event_type(event);
        if (type == RD_KAFKA_EVENT_DR)
            take_reports(p, event, queue == p->single_events);
        else if (type == RD_KAFKA_EVENT_ERROR)
            take_error(p, event);
        else if (type == RD_KAFKA_EVENT_LOG)
            take_log(p, event);
        rd_kafka_event_destroy(event);
        wait_ms = 0;
    }
}

int64_t
publish_poll(struct publisher *p, int wait_ms)
{
    int64_t before = p->counts.delivered;
    /* The second producer first, without waiting: its messages are old. */
    if (p->single != NULL)
        hear_queue(p, p->single_events, 0);
    hear_queue(p, p->events, p->counts.delivered > before ? 0 : wait_ms);
    /* Delivered: what was complained of is over. */
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
    p->let_in = true;
    error = answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN;
    p->ready[type] = error == RD_KAFKA_RESP_ERR_NO_ERROR && answer->topics[0].partition_cnt > 0;
    rd_kafka_metadata_destroy(answer);
    if (p->ready[type])
        return FAULT_NONE;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return why_set(why, FAULT_KAFKA, "rights are missing: Write on topic %s",
                       topic_names[type]);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return why_set(why, FAULT_KAFKA_AWAY, "topic %s is missing (--create-topics makes it)",
                       topic_names[type]);
    return why_set(why, FAULT_KAFKA_AWAY, "topic %s: %s", topic_names[type],
                   rd_kafka_err2str(error));
}

enum fault
publish_send(struct publisher *p, const struct publication *message, struct why *why)
{
    int failed =
        rd_kafka_produce(p->topics[message->type], RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                         (void *)(uintptr_t)message->value, message->value_size, message->key.at,
                         message->key.length, message->ticket);
    if (failed == 0) {
        p->counts.sent++;
        return FAULT_NONE;
    }
    rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return why_set(why, FAULT_KAFKA_AWAY, "the queue is full");
    p->counts.sent++;
    count_failure(p, error, topic_names[message->type]);
    return why_set(why, error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? TOO_LARGE : FAULT_KAFKA,
                   "%s", rd_kafka_err2str(error));
}

bool
publish_ask(struct publisher *p, int wait_ms)
{
    const struct rd_kafka_metadata *answer;
    if (rd_kafka_metadata(p->kafka, 0, p->topics[0], &answer, wait_ms) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    rd_kafka_metadata_destroy(answer);
    p->complaint[0] = '\0';
    return true;
}
