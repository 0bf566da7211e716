/* Properties into a configuration of librdkafka, one by one, and a client of it.
 *
 * librdkafka knows which names and values are good, and says it in a sentence
 * that names both; it is handed on as it is. */
#include "kafka/properties.h"

#include <string.h>

enum { NAME_BYTES = 128, SENTENCE_BYTES = 256 };

/* It says where a partition ends, never jumps, and leaves no trace. */
static const char *const apart[][2] = {
    { "enable.partition.eof", "true" },
    { "auto.offset.reset", "error" },
    { "enable.auto.commit", "false" },
    { "auto.commit.enable", "false" },
    { "allow.auto.create.topics", "false" },
    { "fetch.wait.max.ms", "10" },
    { "fetch.error.backoff.ms", "20" },
    { "socket.timeout.ms", "20000" },     /* a broker that stands still is given up */
    { "queued.min.messages", "1000000" }, /* a full queue sleeps a second (feed_quirks.c) */
    { "log.connection.close", "false" },
};

struct properties
properties_begin(const char *brokers, struct why *why)
{
    struct properties p = { rd_kafka_conf_new(), FAULT_NONE, why };

    property_set(&p, "bootstrap.servers", brokers);
    return p;
}

void
property_set(struct properties *p, const char *name, const char *value)
{
    char sentence[SENTENCE_BYTES];

    if (p->fault == FAULT_NONE &&
        rd_kafka_conf_set(p->conf, name, value, sentence, sizeof sentence) != RD_KAFKA_CONF_OK)
        p->fault = why_set(p->why, FAULT_OPTION, "%s", sentence);
}

void
properties_set(struct properties *p, const char *const (*rows)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        property_set(p, rows[i][0], rows[i][1]);
}

void
properties_set_pairs(struct properties *p, const char *const *pairs, int count)
{
    for (int i = 0; i < count && p->fault == FAULT_NONE; i++) {
        /* A value may hold '=' itself. */
        size_t length = strcspn(pairs[i], "=");
        char name[NAME_BYTES];

        if (pairs[i][length] != '=' || length >= sizeof name) {
            p->fault = why_set(p->why, FAULT_OPTION, "-X %s: want name=value", pairs[i]);
            return;
        }
        memcpy(name, pairs[i], length);
        name[length] = '\0';
        property_set(p, name, pairs[i] + length + 1);
    }
}

void
properties_set_apart(struct properties *p)
{
    properties_set(p, PROPERTY_ROWS(apart));
}

static void
ignore_log(const rd_kafka_t *client, int level, const char *facility, const char *sentence)
{
    (void)client, (void)level, (void)facility, (void)sentence;
}

void
properties_set_silent(struct properties *p)
{
    rd_kafka_conf_set_log_cb(p->conf, ignore_log);
}

void
properties_set_single(struct properties *p)
{
    property_set(p, "batch.num.messages", "1");
    property_set(p, "linger.ms", "0");
}

enum fault
properties_client(struct properties *p, rd_kafka_type_t type, rd_kafka_t **out)
{
    char sentence[SENTENCE_BYTES];
    rd_kafka_t *client = NULL;

    if (p->fault == FAULT_NONE) {
        client = rd_kafka_new(type, p->conf, sentence, sizeof sentence);
        if (client == NULL)
            p->fault = why_set(p->why, FAULT_OPTION, "%s", sentence);
    }
    if (client == NULL)
        rd_kafka_conf_destroy(p->conf); /* else it is the client's */
    else
        *out = client;
    p->conf = NULL;
    return p->fault;
}

bool
error_is_about_one(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           error == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
           error == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
}

void
queue_wake(rd_kafka_queue_t *queue, int fd)
{
    static const uint64_t one = 1; /* what eventfd(2) takes */

    if (queue != NULL && fd >= 0)
        rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
}
