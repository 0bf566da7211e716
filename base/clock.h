/* clock.h - what time it is, and chance: as effects, so that a test can invent them.
 *
 * The real ones are of this machine.  Who waits or measures uses ticks, which
 * never jump; who says a time to somebody uses the wall clock.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
    void *self;
    int64_t (*wall_ms)(void *self); /* ms since 1970; may jump */
    int64_t (*tick_ms)(void *self); /* only ever rises */
};

static inline int64_t
clock_wall(const struct clock *clock)
{
    return clock->wall_ms(clock->self);
}

static inline int64_t
clock_tick(const struct clock *clock)
{
    return clock->tick_ms(clock->self);
}

struct chance {
    void *self;
    uint64_t (*draw)(void *self); /* 64 random bits */
};

/* Some ms between half of a pause and the whole (at least 1 ms), so that many who wait do not come
 * back at the same moment. */
int64_t chance_pause(const struct chance *chance, int64_t pause_ms);

/* The clocks and the randomness of this machine.  Nothing to free; `self` is
 * NULL.  They cannot fail, and any thread may call them. */
struct clock clock_real(void);
struct chance chance_real(void); /* getrandom(2) */

/* The same two clocks, for who needs no other: ms since 1970, and ms that only rise. */
int64_t clock_wall_ms(void);
int64_t clock_tick_ms(void);

#endif
