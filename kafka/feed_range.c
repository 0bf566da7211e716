/* Where a partition begins and ends in Kafka.
 *
 * The asker asks: what a reader asks waits in line behind a fetch, which a
 * leader with nothing new keeps for half a second, and what the producer asks
 * behind dead letters.  And it reads uncommitted (feed.c): the end is the high
 * watermark, whatever transaction is open below.
 *
 * Who leads is asked anew after each failure (feed_quirks.c). */
#include "kafka/feed_inside.h"

enum {
    RANGE_MS = 4000, /* in all; the turn tries again */
    ASK_MS = 1000,   /* one question */
};

/* Asks one leader, for ASK_MS at most.  which: OFFSET_BEGINNING or OFFSET_END. */
static rd_kafka_resp_err_t
ask(struct feed_kafka *f, struct place place, int64_t which, int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *at =
        rd_kafka_topic_partition_list_add(list, topic_names[place.topic], place.partition);
    rd_kafka_resp_err_t code;

    at->offset = which;
    code = rd_kafka_offsets_for_times(f->asker, list, ASK_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = at->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && at->offset < 0)
        code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE; /* no answer for this partition */
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        *offset = at->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* Both or neither: *low and *high are of one moment, nearly.  The first is
 * asked first, so it is never above the other. */
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

enum fault
feed_range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why)
{
    struct feed_kafka *f = self;
    int64_t give_up = clock_tick_ms() + RANGE_MS;
    rd_kafka_resp_err_t code;

    for (;;) {
        code = ask_both(f, place, low, high);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return FAULT_NONE;
        if (clock_tick_ms() >= give_up)
            break;
        feed_ask_who_leads(f, place.topic);
    }
    return why_set(why, FAULT_KAFKA_AWAY, "offsets of %s/%d: %s", topic_names[place.topic],
                   place.partition, rd_kafka_err2str(code));
}
