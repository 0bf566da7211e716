/* compare.h - the same commands on the invented Redis and on a real one. */
#ifndef STORY_COMPARE_H
#define STORY_COMPARE_H

#include "tests/story/redis.h"

enum { ARGS_MOST = 64, TEXT_BYTES = 64 * 1024 };

/* Start and stop both; compare_invented() is the invented one. */
void compare_set_up(void);
void compare_tear_down(void);
struct redis *compare_invented(void);

/* No keys on either. */
void compare_anew(void);

/* Run a command on both; the test fails unless they answer alike.
 * unordered: 0 - lists have an order; 1 - they have none; 2 - nor have pairs.
 * Of an error, what follows " script: " is the real one's own. */
void compare_command(const struct command *c, int unordered);
/* The same from words with single blanks between them; '' is the empty one. */
void compare_words(const char *words, int unordered);
size_t compare_split(const char *words, struct text *args);

/* Every key says the same on both. */
void compare_state(void);

/* Random numbers of a test, from its seed. */
void compare_seed(uint64_t seed);
uint64_t compare_draw(uint64_t below);
/* A random word of words with single blanks between them. */
struct text compare_pick(const char *words);

/* The script of this name as the aggregator sends it, from below TALLY_ROOT; to be freed. */
struct text compare_script(const char *name);

#endif
