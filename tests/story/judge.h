/* judge.h - the sentence that must hold after every single script:
 *
 *   a scope's totals are the sum, over partitions, of what the partition adds
 *   at the version that its tag in the scope names, on the day it names.
 *
 * And what readers are told: where `complete` is 1, everything that Kafka had acknowledged before
 * `through` is in the totals, and some `through` is there.
 *
 * The judge knows what each version stands for from the COMMIT or FLIP that
 * made it.  Beside the totals it looks at the rankings and at `asof`.  The
 * first thing that is wrong is kept as a sentence.
 */
#ifndef STORY_JUDGE_H
#define STORY_JUDGE_H

#include "tests/story/redis.h"
#include "tests/story/truth.h"

struct judge;

struct judge *judge_new(struct redis *redis, struct truth *truth);
void judge_free(struct judge *judge);

struct kafka;

/* A new life.  names[i]: the partition of log i as tags spell it.  kafka knows what must be in a
 * total that says `through`. */
void
judge_begin(struct judge *judge, const char *const *names, int logs, const struct kafka *kafka);

/* A COMMIT or FLIP is sent: this version will stand for the log's messages
 * below `end`.  False when it already stands for something else. */
bool judge_version(struct judge *judge, struct text version, int log, uint32_t end);

/* Is it a key of those that readers read, and no rebuild's own? */
bool judge_shown(struct text key);

/* Look at one scope (of the old masters, if behind).  NULL: all is well; else
 * what is wrong, good until the next call.  after_push: a PUSH said OK just
 * now, so `complete` must say what the tags say. */
const char *judge_scope(struct judge *judge, int scope, bool behind, bool after_push);

/* The same after a script that changes no total: only what `asof` says, and whether it is true. */
const char *judge_told(struct judge *judge, int scope, bool behind);

/* A script was cut off, or half of one came back: from now on asof.complete
 * may differ from asof.whole, and then nobody knows what the scope holds; it
 * must not say that it is complete. */
void judge_allow_torn(struct judge *judge);

/* The slot went back or was wiped: its version may fall. */
void judge_forget_scope(struct judge *judge, int scope);

/* Is the scope what all records of all logs add up to on that day, complete, and told of since
 * then?  NULL or what is wrong. */
const char *judge_end(struct judge *judge, int scope, int32_t day, int64_t since_ms);

#endif
