/* candidates.h - what a name may mean that is not surely one.
 *
 * A list for people in one sentence, and as rows for programs.
 */
#ifndef LOOKUP_CANDIDATES_H
#define LOOKUP_CANDIDATES_H

#include "record/called.h"

/* Constants, with NUL. */
struct candidate {
    const char *code, *english, *chinese;
};

enum { CANDIDATES_MOST = 8 };
struct candidates {
    bool are_meanings; /* the name fits each; false: it fits none, and they are spelled like it */
    size_t count, left_out;
    struct candidate rows[CANDIDATES_MOST]; /* by code */
};

/* Those of a text that is surely no row: names that begin with it or have a word that does; where
 * there are none, the nearest by spelling.  FIELD_PROVINCE or FIELD_PARTNER.  Returns the row if
 * there is one alone whose name begins so, with enough letters that nobody means another; else -1.
 */
int candidates_of(enum field field, struct text written, struct candidates *out);

/* "KP (North Korea 朝鲜), KR (South Korea 韩国)"; what has no room is counted. */
void candidates_say(const struct candidates *candidates, struct text_buffer *out);

#endif
