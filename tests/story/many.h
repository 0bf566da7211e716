/* many.h - many lives, one after the other or in several processes at once.
 *
 * The lowest seed of a wrong life wins, however many processes there are: the
 * same command always says the same.  On a terminal a line tells how far it
 * is, in a log one a minute. */
#ifndef STORY_MANY_H
#define STORY_MANY_H

#include "tests/story/life.h"

enum { JOBS_MOST = 256, WRONG_BYTES = 1536 };

struct many {
    const char *bug; /* a deliberate mistake, or NULL */
    bool trace, starves;
    uint64_t first; /* seed */
    long lives;
    int jobs; /* processes; 1: this one */
};

struct outcome {
    struct tally_of_lives tally;
    bool wrong, died; /* died: the program, in that life */
    uint64_t seed;    /* of the wrong life */
    char what[WRONG_BYTES];
};

/* Play them all, or until one is wrong. */
void many_play(const struct many *many, struct outcome *out);

#endif
