/* position.h - how far somebody has heard of the changes of scopes, and that as an event's id.
 *
 * The changes of a scope are a stream of Redis; a position is the last entry of it that was heard
 * of.  So that nobody goes on from an entry that is another one (of another Redis, of one that has
 * lost its data), a position also has a check of what the entry says.  What a scope says of itself
 * may change without an entry (its day, whether it is whole), so that is in the position as well.
 *
 *      id    base64url (RFC 4648) of
 *            6 bytes   format, CRC-32 of prefix and question, number of scopes
 *            12 bytes  of each scope: ms (6), number in that ms (3), check (2), standing (1)
 *
 * An id comes back from whoever likes to send one.  What it says is never believed before Redis
 * has been asked.  All of this is pure.
 */
#ifndef SERVE_POSITION_H
#define SERVE_POSITION_H

#include "base/fault.h"
#include "base/text.h"

enum { POSITION_SCOPES_MOST = 36, POSITION_ENTRY_TEXT = 40 };

struct position {
    int64_t ms;       /* 0: the scope has no entry yet */
    uint32_t number;  /* of the entry in that ms */
    uint16_t check;   /* of what it says */
    uint8_t standing; /* position_standing() */
};

/* Below, equal to or above 0, as one lies before the other in the stream. */
int position_compare(const struct position *a, const struct position *b);
static inline bool
position_is_none(const struct position *p)
{
    return p->ms == 0;
}

/* An entry's id as Redis writes it, "1706680985120-0", and what the entry says; its standing is 0.
 * False: it is none. */
MUST_USE bool position_read(struct text entry_id, struct text version, struct text partners,
                            struct position *out);
/* The entry's id back, with NUL. */
struct text position_write(const struct position *p, char out[POSITION_ENTRY_TEXT]);

/* What a scope says of itself, in a byte: another one on each of 32 days that follow each other,
 * and for each trust below 8.  day: since 1970; below 0: unknown. */
uint8_t position_standing(int32_t day, int trust);

enum { POSITION_ID_BYTES = 8 + 16 * POSITION_SCOPES_MOST + 1 };

/* The id of an event that tells of `count` scopes; with NUL; returns the length. */
size_t position_id_write(uint32_t question, const struct position *at, size_t count,
                         char out[POSITION_ID_BYTES]);
/* The same back.  False, and *out untouched: it is none, or of another question. */
MUST_USE bool
position_id_read(struct text id, uint32_t question, struct position *out, size_t count);

#endif
