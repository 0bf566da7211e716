#include "aggregator/feed_inside.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Waiting for Kafka, by a clock that nobody sets.
 *
 * librdkafka 2.0.2 waits for its queues until a time of the wall clock: set
 * back by an hour, it waits an hour longer.  So it is never asked to wait
 * here: its queues ring a bell (an eventfd) when something comes into an empty
 * one, and poll() waits for that.  Look into the queue first, then wait: what
 * comes between rings.
 *
 * Its own threads wait in the same way.  What they wait for mostly wakes them;
 * when somebody has set the clock they are given something small to do now and
 * then, since a thread that has something to do looks at everything. */

enum {
    JUMP_MS = 500, /* more than that in a turn is no slow adjustment */
    WAKE_MS = 1000,
};

void
feed_rest(int64_t ms)
{
    if (ms > 0)
        (void)usleep((useconds_t)ms * 1000);
}

enum fault
feed_bell_hang(int *bell, rd_kafka_queue_t *queue, struct why *why)
{
    static const uint64_t ring = 1;

    *bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (*bell < 0)
        return why_set(why, FAULT_NO_MEMORY, "eventfd: %s", strerror(errno));
    rd_kafka_queue_io_event_enable(queue, *bell, &ring, sizeof ring);
    return FAULT_NONE;
}

void
feed_bell_take_down(int *bell, rd_kafka_queue_t *queue)
{
    if (queue == NULL)
        return;
    rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
    rd_kafka_queue_destroy(queue);
    if (*bell >= 0)
        (void)close(*bell);
    *bell = -1;
}

void
feed_bell_wait(int bell, int64_t wait_ms)
{
    struct pollfd look = { .fd = bell, .events = POLLIN };
    uint64_t rings;

    if (wait_ms > 0 && poll(&look, 1, (int)wait_ms) == 1)
        (void)!read(bell, &rings, sizeof rings);
}

static int64_t
wall_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A request whose answer nobody waits for wakes a client's main thread. */
static void
wake(rd_kafka_t *client)
{
    const struct rd_kafka_metadata *metadata = NULL;

    if (rd_kafka_metadata(client, 0, NULL, &metadata, 0) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

void
feed_mind_the_clock(struct feed_kafka *f)
{
    int64_t now = feed_now_ms(), ahead = wall_ms() - now, jump = ahead - f->wall_ahead;

    f->wall_ahead = ahead;
    if (f->clock_seen && (jump > JUMP_MS || jump < -JUMP_MS)) {
        log_say(f->log, LOG_WARN, "the wall clock was set", LOG_I("by_ms", jump));
        f->clock_jumps = true;
    }
    f->clock_seen = true;
    if (!f->clock_jumps || now < f->woken_at + WAKE_MS)
        return;
    f->woken_at = now;
    wake(f->consumer);
    wake(f->producer);
    feed_ask_leaders(f, f->consumer, false);
}
