/* truth.h - what every total must be, worked out from the messages alone.
 *
 * A log is one Kafka partition, or (TRUTH_ALL) the set of all records whatever
 * partition they lie in.  The content of a log below some of its messages is
 * what its records add to the cells of a scope on a day.  Entries and parts
 * are core's (the oracle judges those); windows, margins, months and keys are
 * worked out here once more, so that the aggregator's own way is not its own
 * judge.
 */
#ifndef STORY_TRUTH_H
#define STORY_TRUTH_H

#include "ledger/keys.h"
#include "record/money.h"
#include "tests/story/tale.h"

enum { LOGS_MOST = 8, TRUTH_ALL = LOGS_MOST };

struct truth;

struct truth *truth_new(void);
void truth_free(struct truth *t);

/* A new life: nothing has been told.  Names of cells are kept. */
void truth_begin(struct truth *t, const struct windows *windows);

/* Message number `index` of a log (rising) is this record. */
void truth_enter(struct truth *t, int log, uint32_t index, const struct told *m);

/* ---- sums -------------------------------------------------------------------------- */

/* Nothing is expected in any cell. */
void truth_clear(struct truth *t);
/* Expect what the log's messages below `end` add to a scope on a day, of the
 * cells whose bucket is in from .. to - 1. */
void truth_expect(struct truth *t, int log, uint32_t end, int scope, int32_t day, int from, int to);

/* The number of the cell that a field of a hash is (key with prefix), from 1;
 * 0: no record has ever been told that touches it.  The same in all lives. */
uint32_t truth_cell(const struct truth *t, struct text key, struct text field);
/* The same of a member of a ranking. */
uint32_t truth_ranked_cell(const struct truth *t, struct text key, struct text member);
/* What is expected in a cell, for a hash or for a ranking. */
wide_t truth_value(const struct truth *t, uint32_t cell);
wide_t truth_score(const struct truth *t, uint32_t cell);
/* How many cells, and how many members of rankings, are not zero. */
size_t truth_cells(const struct truth *t);
size_t truth_scores(const struct truth *t);
/* A number that changes with what is expected. */
uint64_t truth_digest(const struct truth *t);
/* Is some sum out of the range that PUSH keeps to (10^18)? */
bool truth_is_huge(const struct truth *t);
/* Name a cell that is expected and was not asked for by truth_value() since
 * truth_clear(); for a message. */
void truth_name_missing(const struct truth *t, char *out, size_t size);

#endif
