/* record_json.h - a record as a line of our own form: the JSON that tally-ingest reads
 * (docs/scrapers.md).
 *
 * Whoever reads such a line has the same record again: the same identity, the same content.
 * Amounts are decimal texts of exactly what was said; what was left out is left out.
 */
#ifndef INGEST_RECORD_JSON_H
#define INGEST_RECORD_JSON_H

#include "record/record.h"

/* Enough for any record of a message: each byte of a text may need an escape of six; beside them
 * are names, numbers and commas. */
enum { RECORD_JSON_BYTES = 6 * RECORD_BYTES + 16 * 1024 };

/* Append the record as one JSON object, without a line's end.  It must be settled, and have its
 * id and its draft.  With the id that was derived, so that nobody derives another.  What does not
 * fit makes the buffer full, as always. */
void record_json_put(struct text_buffer *b, const struct record *record);

/* The same of a draft that may be bad: its good fields, and the text that was found in others.
 * To be looked at, not to be sent. */
void draft_json_put(struct text_buffer *b, const struct draft *draft);

/* A decimal as text: 1234.5 of { 12345000, 4 }. */
void decimal_put(struct text_buffer *b, struct decimal value);

#endif
