/* chance.h - the one source of chance in a life: a seed decides everything. */
#ifndef STORY_CHANCE_H
#define STORY_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* 64 random bits (splitmix64, Vigna 2015). */
static inline uint64_t
dice_bits(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
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
