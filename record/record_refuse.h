/* record_refuse.h - the sentence that goes with a refusal.
 *
 * The author of a scraper reads it on his terminal: it names what was found,
 * cut and without control characters, and what is wanted instead.
 */
#ifndef RECORD_RECORD_REFUSE_H
#define RECORD_RECORD_REFUSE_H

#include "record/record.h"

/* Refuse a field for what its state in the draft says; FIELD_ABSENT means
 * that it is missing and is then called `missing`.  Returns the refusal. */
enum fault
refuse_field(const struct draft *d, enum field field, enum fault missing, struct why *why);

/* Refuse FIELD_VALUE or FIELD_QUANTITY as no amount of that many digits. */
enum fault refuse_amount(enum field amount, int digits, struct decimal value, struct why *why);

/* Refuse for the draft's whole_fault. */
enum fault refuse_whole(const struct draft *d, struct why *why);

/* Refuse one of source's texts ("source.name", "source.url"). */
enum fault refuse_source_text(const char *name, struct text value, size_t most, enum fault fault,
                              struct why *why);

/* Refuse for the draft's attributes_fault. */
enum fault refuse_attribute(const struct draft *d, struct why *why);

#endif
