#include "aggregator/feed_inside.h"

/* A thread of librdkafka that finds the queue full goes to sleep, and looks
 * again after a second, however soon the queue is empty (2.0.2; later
 * ones have fetch.queue.backoff.ms, which we set: they need no nudge).  Whoever is slower than the
 * network then stands still for a part of each second, or has to let a second's worth of messages,
 * hundreds of megabytes, lie in the queue.
 *
 * So when few are left, none were added and Kafka has more, the leaders are asked something
 * small, and the answer is not waited for: the thread wakes to send it, and
 * sees the queue.  librdkafka drops an answer that nobody waits for. */

enum {
    FEW = 16384,   /* messages left in the queue */
    PAUSE_MS = 10, /* between two nudges: about what a fetch takes */
};

void
feed_ask_leaders(const struct feed_kafka *f, rd_kafka_t *client, bool all)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);

    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t p = 0; p < f->partitions[t]; p++)
            if (all || f->reading[t][p])
                rd_kafka_topic_partition_list_add(list, topic_names[t], p)->offset =
                    RD_KAFKA_OFFSET_END;
    if (list->cnt > 0)
        (void)rd_kafka_offsets_for_times(client, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

void
feed_nudge(struct feed_kafka *f, size_t taken)
{
    size_t left = rd_kafka_queue_length(f->queue);
    bool sleeps = left == 0 || left + taken <= f->left_in_queue; /* none were added */
    int64_t now = feed_now_ms();

    f->left_in_queue = left;
    if (!f->nudges || left >= FEW || !sleeps || now < f->nudged_at + PAUSE_MS)
        return;
    f->nudged_at = now;
    feed_ask_leaders(f, f->consumer, false);
}
