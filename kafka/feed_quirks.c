/* What an old librdkafka needs, and nothing else (Debian 12 has 2.0.2).  Each says which version
 * needs it no longer: once that is the oldest one that we run with, delete it here.
 *
 *      here                   what librdkafka does                            mended in
 *      feed_nudge()           a full queue makes its thread sleep a second    2.2.0 (2879)
 *      feed_mind_the_clock()  its waits end at a time of the wall clock       not yet
 *      feed_ask_who_leads()   a former leader is asked for ever               not yet
 *      feed_is_cooperative()  rd_kafka_rebalance_protocol() waits for ever    not yet
 *                             when the group has just ended
 *      feed_may_destroy()     destroy aborts in the middle of a rebalance     2.3.0 (4312)
 *      leave_group(), feed.c  an assignment that is answered while its        not known
 *                             consumer closes may wait for ever
 *
 * Others need no code, only another choice; that choice is made where it says:
 *
 *      feed_assign.c          seek and pause skip offsets of the batch API    later (4208, 4235)
 *      feed_assign.c          a partition that begins again waits for         not yet
 *                             commits, and these for a join
 *      feed_range.c           rd_kafka_query_watermark_offsets() takes no     not yet (2535)
 *                             notice of its time-out
 *      feed_settings.c        a request to a broker that is away makes it     not yet
 *                             connect thousands of times a second
 *      feed.c, producer.c     a broker that stands still is asked for a       not yet
 *                             minute who leads and who coordinates
 *      feed.c, producer.c     an idempotent producer may stop for good when   2.3.0 (4438)
 *                             a leader dies
 *      aggregator/turn.c      2.2 to 2.8 read one offset too far now and      later (4844)
 *                             then, after a rebalance
 *
 * The numbers are those of librdkafka's issues.
 */
#include "kafka/feed_inside.h"

enum {
    FEW = 16384,   /* messages left in the queue */
    PAUSE_MS = 10, /* between two nudges: about what a fetch takes */
    JUMP_MS = 500, /* of the wall clock in a turn: more is no slow adjustment */
    WAKE_MS = 1000,
    ASK_MS = 1000,
    REST_MS = 50,
    DESTROYS_SAFELY = 0x02030000,
};

/* ---- a thread that sleeps ------------------------------------------------------------------- */

void
feed_ask_leaders(const struct feed_kafka *f, rd_kafka_t *client, enum topic t, bool all)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);

    for (int32_t p = 0; p < f->partitions[t]; p++)
        if (all || f->reading[t][p])
            rd_kafka_topic_partition_list_add(list, topic_names[t], p)->offset =
                RD_KAFKA_OFFSET_END;
    if (list->cnt > 0)
        (void)rd_kafka_offsets_for_times(client, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

/* A thread that finds the queue full goes to sleep, and looks again after a second, however soon
 * the queue is empty (a librdkafka that has fetch.queue.backoff.ms is told 5 ms, and needs no
 * nudge).  Who is slower than the network then stands still for a part of each second, or has to
 * let a second's worth of messages, hundreds of megabytes, lie in the queue.
 *
 * So when few are left, none were added and Kafka has more, the leaders are asked something small,
 * and the answer is not waited for: the thread wakes to send it, and sees the queue.  librdkafka
 * drops an answer that nobody waits for. */
void
feed_nudge(struct feed_kafka *f, enum topic t, size_t taken)
{
    struct reader *r = &f->readers[t];
    size_t left = rd_kafka_queue_length(r->queue);
    bool sleeps = left == 0 || left + taken <= r->left_in_queue; /* none were added */
    int64_t now = clock_tick_ms();

    r->left_in_queue = left;
    /* Each condition alone is no reason: a full queue needs no nudge, an empty one that is being
     * filled neither, and a nudge a millisecond would be work for nothing. */
    if (!f->nudges || left >= FEW || !sleeps || now < r->nudged_at + PAUSE_MS)
        return;
    r->nudged_at = now;
    feed_ask_leaders(f, r->consumer, t, false);
}

/* ---- the wall clock ------------------------------------------------------------------------- */

/* Asks who leads a topic, NULL: none, and forgets the answer; librdkafka remembers
 * it.  Also where nobody waits for an answer the request wakes the client's main
 * thread. */
static void
ask_metadata(rd_kafka_t *client, rd_kafka_topic_t *topic, int wait_ms)
{
    const struct rd_kafka_metadata *metadata = NULL;

    if (rd_kafka_metadata(client, 0, topic, &metadata, wait_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

/* Its threads wait until a time of the wall clock: set back by an hour, they wait an hour longer.
 * What they wait for mostly wakes them.  When somebody has set the clock they are given something
 * small to do now and then, since a thread that has something to do looks at everything. */
void
feed_mind_the_clock(struct feed_kafka *f)
{
    /* The difference of both clocks changes only when somebody sets the wall clock. */
    int64_t now = clock_tick_ms(), ahead = clock_wall_ms() - now, jump = ahead - f->wall_ahead;

    f->wall_ahead = ahead;
    if (f->clock_seen && (jump > JUMP_MS || jump < -JUMP_MS)) {
        log_say(f->log, LOG_WARN, "the wall clock was set", LOG_I("by_ms", jump));
        f->clock_jumps = true;
    }
    f->clock_seen = true;
    if (!f->clock_jumps || now < f->woken_at + WAKE_MS)
        return;
    f->woken_at = now;
    ask_metadata(f->producer, NULL, 0);
    ask_metadata(f->asker, NULL, 0);
    if (f->single != NULL)
        ask_metadata(f->single, NULL, 0);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        ask_metadata(f->readers[t].consumer, NULL, 0);
        feed_ask_leaders(f, f->readers[t].consumer, (enum topic)t, false);
    }
}

/* ---- a leader that leads no more ------------------------------------------------------------- */

/* The answers are for librdkafka's memory of leaders.  It asks any broker that
 * it is connected to, and that may be only the one which does not answer: so
 * all brokers that lead something are asked something first, unheard. */
void
feed_ask_who_leads(struct feed_kafka *f, enum topic t)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->asker, topic_names[t], NULL);

    if (topic == NULL)
        return;
    feed_ask_leaders(f, f->asker, t, true);
    feed_rest(REST_MS);
    ask_metadata(f->asker, topic, ASK_MS);
    rd_kafka_topic_destroy(topic);
}

/* ---- the end ----------------------------------------------------------------------------------
 */

/* All strategies of a consumer have one protocol, or it would not have been opened. */
bool
feed_is_cooperative(rd_kafka_t *consumer)
{
    char strategies[256] = "";
    size_t size = sizeof strategies;

    return rd_kafka_conf_get(rd_kafka_conf(consumer), "partition.assignment.strategy", strategies,
                             &size) == RD_KAFKA_CONF_OK &&
           strstr(strategies, "cooperative") != NULL;
}

bool
feed_may_destroy(void)
{
    return rd_kafka_version() >= DESTROYS_SAFELY;
}
