/* life.h - one life of the aggregator, played from one seed.
 *
 * A few machines run the real loop (aggregator/turn.h) against an invented
 * Kafka and an invented Redis, each in a fiber that pauses at every effect.
 * Between two steps anything may happen that docs/protocol.md speaks of:
 * crashes, drains, rebalances with and without zombies, lost answers, late
 * copies, slots that lose their tails, wipes, split brains, midnights on one
 * machine and not on the other.  In some lives a --rebuild runs beside them,
 * and once more at the end.  After every script the judge looks.  Then the
 * world becomes quiet, and everything must come to rest in the truth.
 */
#ifndef STORY_LIFE_H
#define STORY_LIFE_H

#include <stdbool.h>
#include <stdint.h>

struct stage; /* what is kept from one life to the next */

/* bug: the name of a deliberate mistake (life_bugs()), or NULL. */
struct stage *stage_new(const char *bug, bool trace);
void stage_free(struct stage *stage);
/* From now on allocations of the aggregator fail now and then (tests/starved),
 * until a life becomes quiet; for a story that was linked for it. */
void stage_starve(struct stage *stage);

struct tally_of_lives {
    long lives, scripts, commits, pushes, resets, flips, mismatches, ranges, halves, crashes,
        rebalances, zombies, tails, wipes, splits, lates, lost, midnights, messages, quiet_resets,
        syncs, starved, tears, holds, rebuilds, swaps, storm_swaps;
};

/* Play it.  NULL, or what went wrong; good until the next life. */
const char *life_play(struct stage *stage, uint64_t seed);

struct tally_of_lives stage_tally(const struct stage *stage);

/* The names of the deliberate mistakes; NULL at the end. */
const char *const *life_bugs(void);

#endif
