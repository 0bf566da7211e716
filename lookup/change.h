/* change.h - an entry of a province's stream `changes`: which pairs it names, and when
 * (docs/readers.md has its fields).
 */
#ifndef LOOKUP_CHANGE_H
#define LOOKUP_CHANGE_H

#include "store/store.h"

/* Borrowed from the answer; what it does not say is { NULL, 0 }. */
struct change_entry {
    struct text id, version;
    struct text partners; /* "ALL RU US", or "*": any of them may have changed */
};

/* From [id, [name, value, ...]].  False: it is none, and *out is empty. */
bool change_read(const struct answer *entry, struct change_entry *out);

/* When it was, by Redis' clock: the number before the dash of its id; -1: it has none. */
int64_t change_ms(struct text id);

/* The next code of a list of partners, which is taken off its front.  False: there is no more. */
bool change_next(struct text *partners, struct text *code);
/* The row of such a code, or PARTNER_ALL; -1: it is "*", or a later version's. */
int change_partner(struct text code);

#endif
