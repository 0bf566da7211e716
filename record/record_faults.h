/* record_faults.h - every fault of a refused record, not the first alone.
 *
 * Who corrects a scraper wants to hear all that is wrong with a record at once.
 */
#ifndef RECORD_RECORD_FAULTS_H
#define RECORD_RECORD_FAULTS_H

#include "record/record.h"

/* One fault with its sentence; both are borrowed for the call. */
typedef void fault_hearer(void *self, enum fault fault, const struct why *why);

/* Tell the faults of a draft, the first as record_settle() names it, then what it would name if
 * those before were mended.  What a wrong field leaves open is not told: of a record without a
 * basis nobody knows which times it must have.  A valid draft has none.  Spends the draft: only
 * draft_reset() brings it back. */
void record_faults(struct draft *d, fault_hearer *hear, void *self);

/* Take a field that is missing as good: what it says stands under another name, which was told. */
void record_excuse(struct draft *d, enum field field);

#endif
