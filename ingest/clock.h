/* clock.h - the two clocks of tally-ingest; only main and the loop ask them. */
#ifndef INGEST_CLOCK_H
#define INGEST_CLOCK_H

#include <stdint.h>
#include <time.h>

/* ms of a clock that never jumps; for waiting and rates. */
static inline int64_t
clock_steady_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ms since 1970; for log lines. */
static inline int64_t
clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
