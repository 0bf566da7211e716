/* --create-topics: the four topics, with what a log that is kept for ever
 * needs.
 *
 * A topic that exists is left as it is: somebody may have chosen its settings.
 * Only another number of partitions is warned of, since the aggregator deals
 * records by it. */
#include "kafka/topics.h"

#include <librdkafka/rdkafka.h>

/* Here all four, with those of dead letters. */
enum { MADE_COUNT = 4, REPLICAS_MOST = 3, ASK_MS = 1000, CREATE_MS = 15000 };

static const char *const topics[MADE_COUNT] = { "trade-events", "trade-events.dlq", "agreements",
                                                "agreements.dlq" };

/* ---- what is there already ----------------------------------------------------------- */

/* Partitions of a topic; 0 when it does not exist. */
static int
partitions_of(const struct rd_kafka_metadata *cluster, const char *topic)
{
    for (int i = 0; i < cluster->topic_cnt; i++) {
        if (strcmp(cluster->topics[i].topic, topic) == 0)
            return cluster->topics[i].partition_cnt;
    }
    return 0;
}

static void
tell_existing(const struct log *log, const char *topic, int have, int want)
{
    if (have == want)
        log_say(log, LOG_INFO, "topic exists", LOG_S("topic", topic), LOG_I("partitions", have));
    else
        log_say(log, LOG_WARN, "topic exists with other partitions", LOG_S("topic", topic),
                LOG_I("partitions", have), LOG_I("wanted", want));
}

/* ---- what is to be made ---------------------------------------------------------------- */

/* What a log that all is counted from needs: it deletes nothing, and keeps
 * every record. */
static rd_kafka_NewTopic_t *
describe(const char *name, int partitions, int replicas, struct why *why)
{
    char sentence[256];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, partitions, replicas, sentence, sizeof sentence);
    if (topic == NULL) {
        why_set(why, FAULT_KAFKA, "%s: %s", name, sentence);
        return NULL;
    }
    rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "delete");
    rd_kafka_NewTopic_set_config(topic, "retention.ms", "-1");
    return topic;
}

/* One answer for each topic that was to be made; the first refusal ends it. */
static enum fault
judge(rd_kafka_event_t *event, int partitions, const struct log *log, struct why *why)
{
    size_t count;
    if (event == NULL)
        return why_set(why, FAULT_KAFKA, "no answer to the request to create topics");
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA, "topics can't be created: %s",
                       rd_kafka_event_error_string(event));
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
        const char *name = rd_kafka_topic_result_name(results[i]);
        const char *reason = rd_kafka_topic_result_error_string(results[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            log_say(log, LOG_INFO, "topic created", LOG_S("topic", name),
                    LOG_I("partitions", partitions));
        else if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                 error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
            return why_set(why, FAULT_KAFKA, "rights are missing: Create on topic %s", name);
        else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) /* somebody was faster */
            return why_set(why, FAULT_KAFKA, "topic %s can't be created: %s", name,
                           reason == NULL ? rd_kafka_err2str(error) : reason);
    }
    return FAULT_NONE;
}

/* Waits for 20 s at most (socket.timeout.ms): brokers answer when the topics are known everywhere.
 */
static enum fault
request(struct rd_kafka_s *kafka, rd_kafka_NewTopic_t **wanted, size_t count, int partitions,
        const struct log *log, struct why *why)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    /* Answered when every broker that counts knows the topics. */
    rd_kafka_AdminOptions_set_operation_timeout(options, CREATE_MS, NULL, 0);
    rd_kafka_CreateTopics(kafka, wanted, count, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * CREATE_MS);
    enum fault fault = judge(event, partitions, log, why);
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return fault;
}

enum fault
topics_create(struct rd_kafka_s *kafka, int partitions, const struct log *log, struct why *why)
{
    const struct rd_kafka_metadata *cluster;
    rd_kafka_NewTopic_t *wanted[MADE_COUNT];
    size_t count = 0;
    enum fault fault = FAULT_NONE;
    /* All topics of the cluster: asking for one by name might make it, where
     * brokers do so. */
    rd_kafka_resp_err_t error = rd_kafka_metadata(kafka, 1, NULL, &cluster, ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "%s", rd_kafka_err2str(error));
    int brokers = cluster->broker_cnt;
    int replicas = brokers < 1 ? 1 : brokers < REPLICAS_MOST ? brokers : REPLICAS_MOST;
    for (int i = 0; i < MADE_COUNT && fault == FAULT_NONE; i++) {
        int have = partitions_of(cluster, topics[i]);
        if (have > 0) {
            tell_existing(log, topics[i], have, partitions);
            continue;
        }
        wanted[count] = describe(topics[i], partitions, replicas, why);
        if (wanted[count] == NULL)
            fault = FAULT_KAFKA;
        else
            count++;
    }
    rd_kafka_metadata_destroy(cluster);
    if (fault == FAULT_NONE && count > 0)
        fault = request(kafka, wanted, count, partitions, log, why);
    rd_kafka_NewTopic_destroy_array(wanted, count);
    return fault;
}
