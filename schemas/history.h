/* history.h - every text of our schemas that a release has written with.
 *
 * A log outlives its schema: what was written years ago is read today.  When a
 * schema changes, its text of before goes to schemas/history/ under its number,
 * and stays there for ever (docs/design.md, "The log lives for ever").
 */
#ifndef SCHEMAS_HISTORY_H
#define SCHEMAS_HISTORY_H

#include "schemas/codec.h"

/* How many texts there are; they are numbered from 1, the last is schema_text(). */
int history_count(enum record_type type);
/* One of them, 1 <= number <= history_count(); a constant. */
struct text history_text(enum record_type type, int number);

/* A plan for each text of a type, found by its fingerprint. */
struct plans;

/* FAULT_NO_MEMORY; BAD_SCHEMA can't be: a test has compiled them all. */
MUST_USE enum fault plans_open(enum record_type type, struct plans **out, struct why *why);
void plans_free(struct plans *plans); /* NULL is fine */

/* NULL: no text of ours has this fingerprint, as the standard works it out or as one
 * of the libraries in schemas/fingerprints.def. */
const struct plan *plans_find(const struct plans *plans, uint64_t fingerprint);

#endif
