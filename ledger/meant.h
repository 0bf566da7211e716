/* meant.h - what a published figure may mean, and by how much it may be out
 * (tests/oracle.py, unit(), meant() and limits()).
 *
 * Figures are rounded or cut by who tells them: 190 billion may be 190.271, or
 * 189.6.  And they are revised later, by up to one part in 128, before anybody
 * calls them contradicted.
 */
#ifndef LEDGER_MEANT_H
#define LEDGER_MEANT_H

#include "record/record.h"

/* Ends included.  Amounts are 0 .. AMOUNT_LIMIT - 1. */
struct range {
    int64_t low, high;
};

/* The step that a figure was rounded or cut to: the place of its last digit
 * that is not zero, but two digits are believed; of an ABOUT no more than two. */
int64_t rounding_step(int64_t amount, enum bound bound);

/* What a record that states `amount` may mean, said more finely. */
struct range meant(int64_t amount, enum bound bound);

#define NO_LIMIT INT64_MAX

/* The least and the most that may turn out to be true, revisions included;
 * high is NO_LIMIT of an AT_LEAST. */
struct range limits(int64_t amount, enum bound bound);

#endif
