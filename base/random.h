/* random.h - numbers that look random, and are the same for the same seed: for invented records,
 * tests and benchmarks.  For what nobody may guess, see getrandom(2). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* 64 bits, and the state for the next call; any state will do (splitmix64, Vigna 2015). */
static inline uint64_t
random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

#endif
