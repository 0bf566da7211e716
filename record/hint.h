/* hint.h - what somebody surely meant who wrote something else.
 *
 * A hint is only ever said, in the sentence of a refusal; nothing is counted by
 * it.  Where a text may mean two things there is none.
 */
#ifndef RECORD_HINT_H
#define RECORD_HINT_H

#include "record/record.h"

enum { HINT_BYTES = 96 };

/* For a text that the field refuses, or an item of it that a list does: what to
 * write instead, with NUL.  False: nobody can be sure. */
bool hint_of(enum field field, enum record_type type, struct text found, char out[HINT_BYTES]);

/* The field of this type that a name which is none was meant to be: "periodStart",
 * "curency".  -1: nobody can be sure. */
int hint_of_name(struct text name, enum record_type type);

#endif
