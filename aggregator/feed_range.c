#include "aggregator/feed_inside.h"

/* Where a partition begins and ends in Kafka.
 *
 * The producer asks: what the consumer asks waits in line behind a fetch, which
 * a leader with nothing new keeps for half a second.
 *
 * Not with rd_kafka_query_watermark_offsets(): up to now (2.0.2 and later) it
 * takes no notice of its time-out and goes on asking a leader that is gone
 * (librdkafka pull request 2535).  rd_kafka_offsets_for_times() keeps its time.
 * Neither forgets a former leader when it says that it leads no more, so who
 * leads is asked anew after each failure. */

enum {
    RANGE_MS = 4000, /* in all; the turn tries again */
    ASK_MS = 1000,   /* one question */
    REST_MS = 50,
};

/* One of OFFSET_BEGINNING, OFFSET_END. */
static rd_kafka_resp_err_t
ask(struct feed_kafka *f, struct place place, int64_t which, int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *at =
        rd_kafka_topic_partition_list_add(list, topic_names[place.topic], place.partition);
    rd_kafka_resp_err_t code;

    at->offset = which;
    code = rd_kafka_offsets_for_times(f->producer, list, ASK_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = at->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && at->offset < 0)
        code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE; /* no answer for this partition */
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        *offset = at->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static rd_kafka_resp_err_t
ask_both(struct feed_kafka *f, struct place place, int64_t *low, int64_t *high)
{
    int64_t first, after_last;
    rd_kafka_resp_err_t code = ask(f, place, RD_KAFKA_OFFSET_BEGINNING, &first);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = ask(f, place, RD_KAFKA_OFFSET_END, &after_last);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
    *low = first;
    *high = after_last;
    return code;
}

/* The answers are for librdkafka's memory of leaders.  It asks any broker that
 * it is connected to, and that may be only the one which does not answer: so
 * all brokers that lead something are asked something first, unheard. */
static void
ask_who_leads(struct feed_kafka *f, enum topic t)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->producer, topic_names[t], NULL);
    const struct rd_kafka_metadata *metadata = NULL;

    if (topic == NULL)
        return;
    feed_ask_leaders(f, f->producer, true);
    feed_rest(REST_MS);
    if (rd_kafka_metadata(f->producer, 0, topic, &metadata, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
}

enum fault
feed_range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why)
{
    struct feed_kafka *f = self;
    int64_t give_up = feed_now_ms() + RANGE_MS;
    rd_kafka_resp_err_t code;

    for (;;) {
        code = ask_both(f, place, low, high);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return FAULT_NONE;
        if (feed_now_ms() >= give_up)
            break;
        ask_who_leads(f, place.topic);
    }
    return why_set(why, FAULT_KAFKA_AWAY, "offsets of %s/%d: %s", topic_names[place.topic],
                   place.partition, rd_kafka_err2str(code));
}
