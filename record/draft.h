/* draft.h - what the files that fill or judge a draft share; nobody else includes it.
 *
 * A field that is refused keeps the text that was found, so that why can quote
 * it when the refusal turns out to be the record's first.
 */
#ifndef RECORD_DRAFT_H
#define RECORD_DRAFT_H

#include "record/record.h"

/* Was the field there, good or bad? */
static inline bool
draft_has(const struct draft *d, enum field field)
{
    return d->state[field] != FIELD_ABSENT;
}

/* Note a fault that makes the whole line of JSON unreadable.  The encoding is
 * looked at first, then the names of an object, then their repeats. */
void draft_whole(struct draft *d, enum fault fault, enum field field);

/* Why a text that isn't good is bad: BAD_TEXT when it is no UTF-8 (which is
 * then also the whole's fault), holds NUL or is over `most` bytes; else the
 * field's own refusal. */
enum fault draft_judge(struct draft *d, enum field field, struct text value, size_t most,
                       enum fault otherwise);

/* True for well-formed UTF-8 of at most `most` bytes without NUL. */
bool draft_is_plain(struct text value, size_t most);

/* Is an item of a list good by itself? */
bool draft_item_is_good(enum field field, struct text item);

/* The refusal of a value that has the right type and says nothing good. */
enum fault draft_malformed(enum field field);

#endif
