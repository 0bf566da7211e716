/* The clocks and the chance of this machine.
 *
 * Two clocks, because each can do what the other cannot: CLOCK_REALTIME may be
 * told to people and compared between machines, but an operator may set it
 * back; CLOCK_MONOTONIC never jumps, but its zero means nothing outside of this
 * boot. */
#include "base/clock.h"

#include <sys/random.h>
#include <time.h>

static int64_t
ms_of(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
    return ms_of(CLOCK_REALTIME);
}

int64_t
clock_tick_ms(void)
{
    return ms_of(CLOCK_MONOTONIC);
}

static int64_t
wall(void *self)
{
    (void)self;
    return clock_wall_ms();
}

static int64_t
tick(void *self)
{
    (void)self;
    return clock_tick_ms();
}

/* getrandom(2) waits while the kernel has not been seeded, early at boot.  A
 * signal ends that wait without bytes, so it is asked until all 8 are there. */
static uint64_t
draw(void *self)
{
    uint64_t bits;

    (void)self;
    while (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        ;
    return bits;
}

struct clock
clock_real(void)
{
    return (struct clock){ NULL, wall, tick };
}

struct chance
chance_real(void)
{
    return (struct chance){ NULL, draw };
}

int64_t
chance_pause(const struct chance *chance, int64_t pause_ms)
{
    int64_t half = pause_ms / 2;

    return half + (int64_t)(chance->draw(chance->self) % (uint64_t)(half + 1));
}
