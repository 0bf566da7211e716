/* derive.h - the id of a record that came without one.
 *
 * "d:" and 32 hex digits of SHA-256 over what the record states
 * (record_canonical()), so the same fact from two outlets is one.
 */
#ifndef INGEST_DERIVE_H
#define INGEST_DERIVE_H

#include "record/record.h"

struct deriver;

/* NULL when out of memory or without SHA-256.  Freeing NULL is fine. */
struct deriver *deriver_new(void);
void deriver_free(struct deriver *deriver);

/* Give the record its id; it borrows it from the deriver until the next call.
 * FAULT_NO_MEMORY when the library fails. */
MUST_USE enum fault derive_id(struct deriver *deriver, struct record *r, struct why *why);

#endif
