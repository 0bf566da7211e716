/* A producer of librdkafka with our defaults; -X may override each.
 *
 * For tally-ingest: its reports, errors and log lines are events of the main
 * queue, so that one thread hears all in one place (publish.c).  The
 * aggregator's producers are made in feed.c. */
#include "kafka/producer.h"
#include "kafka/properties.h"

enum { LIMIT_MS = 300000 };

/* Every one may be overridden by -X. */
static const char *const defaults[][2] = {
    { "client.id", "tally-ingest" },
    { "acks", "all" },
    { "enable.idempotence", "false" },   /* docs/decisions.md, "A retry may repeat" */
    { "partitioner", "murmur2_random" }, /* Java's; the aggregator expects it */
    { "compression.codec", "lz4" },
    { "linger.ms", "10" },
    /* docs/decisions.md, "A broker that stands still"; a follower that is slow costs no connection.
     */
    { "socket.timeout.ms", "20000" },
    { "request.timeout.ms", "15000" },
    { "queue.buffering.max.messages", "100000" }, /* memory is bounded by these */
    { "queue.buffering.max.kbytes", "65536" },
    { "allow.auto.create.topics", "false" }, /* they would be made with the broker's defaults */
    { "reconnect.backoff.max.ms", "2000" },  /* back soon after a broker is */
    { "log.connection.close", "false" },
    { "log.queue", "true" },
};

enum fault
producer_open(const struct producer_settings *settings, bool one_by_one, struct rd_kafka_s **out,
              struct why *why)
{
    if (settings->brokers[0] == '\0')
        return why_set(why, FAULT_OPTION, "no broker is named");
    struct properties p = properties_begin(settings->brokers, why);
    properties_set(&p, PROPERTY_ROWS(defaults));
    char limit[32];
    (void)snprintf(limit, sizeof limit, "%ld", settings->limit_s * 1000);
    if (settings->limit_s > 0)
        property_set(&p, "message.timeout.ms", limit);
    properties_set_pairs(&p, settings->properties, settings->property_count);
    if (one_by_one)
        properties_set_single(&p);
    rd_kafka_conf_set_events(p.conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    enum fault fault = properties_client(&p, RD_KAFKA_PRODUCER, out);
    if (fault == FAULT_NONE)
        rd_kafka_set_log_queue(*out, NULL); /* logs are events of the main queue too */
    return fault;
}

void
producer_close(struct rd_kafka_s *kafka)
{
    if (kafka == NULL)
        return;
    /* NON_BLOCKING: the broker threads are not waited for. */
    rd_kafka_purge(kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                              RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy_flags(kafka, 0);
}

int64_t
producer_limit_ms(struct rd_kafka_s *kafka)
{
    char value[32];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(rd_kafka_conf(kafka), "message.timeout.ms", value, &size) !=
        RD_KAFKA_CONF_OK)
        return LIMIT_MS;
    return strtoll(value, NULL, 10);
}
