/* account_find.h - a question about a number, and what Redis and the journals say
 * to it at one moment; for the commands `why` and `changed`.
 */
#ifndef LOOKUP_ACCOUNT_FIND_H
#define LOOKUP_ACCOUNT_FIND_H

#include "lookup/account.h"

/* What was read in one transaction. */
struct shown {
    struct asof asof;
    struct total *totals; /* names are of no use: the answer is gone */
    size_t total_count;
    struct account_tag *tags;
    size_t tag_count;
    bool is_strange; /* a tag is of no known shape */
};
void shown_release(struct shown *shown);

/* PROVINCE PARTNER [WINDOW|MONTH] [MEASURE]: two to four operands.  FAULT_OPTION. */
MUST_USE enum fault account_read_question(const struct lookup *lookup, const char *const *operands,
                                          int count, struct account_question *q, struct why *why);

/* Read all, once; what was there before is dropped.  a->is_moving: a journal does not know
 * the version any more that its tag names, and this and the sums are of no use. */
MUST_USE enum fault account_find(struct account *a, struct shown *shown, struct why *why);
/* Is it worth to read all again, after so many times?  Waits a moment where that helps: meta and
 * chunks are not read at one moment, so a journal compacted in between looks broken once. */
enum { ACCOUNT_ROUNDS = 5 };
bool account_again(const struct account *a, enum fault fault, int round);

/* All partitions.  *is_known: each journal has the version that its tag names. */
MUST_USE enum fault
account_gather_all(struct account *a, struct shown *shown, bool *is_known, struct why *why);

/* Do the records come to the totals? */
bool account_is_equal(const struct account *a);

#endif
