/* Waiting for Kafka, by a clock that nobody sets.
 *
 * librdkafka 2.0.2 waits for its queues until a time of the wall clock: set
 * back by an hour, it waits an hour longer.  So it is never asked to wait
 * here: its queues ring a bell (an eventfd) when something comes into an empty
 * one, and poll() waits for that.  Look into the queue first, then wait: what
 * comes between rings.
 * (Its own threads wait in the same way: feed_quirks.c.) */
#include "kafka/feed_inside.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

void
feed_rest(int64_t ms)
{
    /* On Linux usleep() counts by the steady clock. */
    if (ms > 0)
        (void)usleep((useconds_t)ms * 1000);
}

static const uint64_t one_ring = 1;

enum fault
feed_bell_open(int *bell, struct why *why)
{
    *bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (*bell < 0)
        return why_set(why, FAULT_NO_MEMORY, "eventfd: %s", strerror(errno));
    return FAULT_NONE;
}

void
feed_bell_hang(int bell, rd_kafka_queue_t *queue)
{
    /* librdkafka writes these eight bytes when something comes into an empty
     * queue: that is how an eventfd is rung. */
    rd_kafka_queue_io_event_enable(queue, bell, &one_ring, sizeof one_ring);
}

void
feed_bell_take_down(rd_kafka_queue_t *queue)
{
    if (queue == NULL)
        return;
    /* Off first: the queue may outlive this reference to it, and the bell. */
    rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
    rd_kafka_queue_destroy(queue);
}

void
feed_bell_ring(int bell)
{
    (void)!write(bell, &one_ring, sizeof one_ring);
}

void
feed_bell_close(int *bell)
{
    if (*bell >= 0)
        (void)close(*bell);
    *bell = -1;
}

void
feed_bell_wait(int bell, int64_t wait_ms)
{
    struct pollfd look = { .fd = bell, .events = POLLIN };
    uint64_t rings;

    /* All rings that came are read at once. */
    if (wait_ms > 0 && poll(&look, 1, (int)wait_ms) == 1)
        (void)!read(bell, &rings, sizeof rings);
}
