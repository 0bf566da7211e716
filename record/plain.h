/* plain.h - a text as what counts of it when people write names: its letters and
 * digits.
 *
 * Letters are in lower case and without accents, full-width forms are plain ones,
 * '&' is "and"; blanks and punctuation are gone.  So "Côte d'Ivoire", "COTE DIVOIRE"
 * and "cote-d’ivoire" are one.
 */
#ifndef RECORD_PLAIN_H
#define RECORD_PLAIN_H

#include "base/text.h"

enum { PLAIN_BYTES = 80 }; /* longer texts are no names */

struct plain {
    char at[PLAIN_BYTES];
    size_t length;
};

/* Borrowed from p. */
static inline struct text
text_of_plain(const struct plain *p)
{
    return (struct text){ p->at, p->length };
}

/* False: nothing counts of this text, or too much of it. */
bool plainly(struct text t, struct plain *out);

/* Is this name, with NUL, the text? */
bool is_plainly(const struct plain *p, const char *name);

/* Does the name begin with the text, or one of its words?  Where Chinese is written any
 * character begins a word. */
bool is_plain_beginning(const struct plain *p, const char *name);
bool is_plain_word(const struct plain *p, const char *name);

/* Something stands before this end. */
bool is_plain_ending(const struct plain *p, const char *end);

/* Without this at its front or its end, if something is left then. */
void plain_drop_front(struct plain *p, const char *front);
void plain_drop_end(struct plain *p, const char *end);

/* Only full-width forms become plain ones, all else stays.  False: it is too long. */
bool plain_narrow(struct text t, struct plain *out);

#endif
