#include "aggregator/clock.h"

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

static int64_t
wall(void *self)
{
    (void)self;
    return ms_of(CLOCK_REALTIME);
}

static int64_t
steady(void *self)
{
    (void)self;
    return ms_of(CLOCK_MONOTONIC);
}

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
    return (struct clock){ NULL, wall, steady };
}

struct chance
chance_real(void)
{
    return (struct chance){ NULL, draw };
}
