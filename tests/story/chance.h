/* chance.h - the one source of chance in a life: a seed decides everything. */
#ifndef STORY_CHANCE_H
#define STORY_CHANCE_H

#include "base/random.h"

#include <stdbool.h>

struct dice {
    uint64_t state;
};

/* 64 random bits. */
static inline uint64_t
dice_bits(struct dice *d)
{
    return random_next(&d->state);
}

/* 0 .. below - 1. */
static inline int
dice_below(struct dice *d, int below)
{
    return (int)(dice_bits(d) % (uint64_t)below);
}

/* True `times` times in ten thousand. */
static inline bool
dice_hits(struct dice *d, int times)
{
    return times > 0 && dice_below(d, 10000) < times;
}

#endif
