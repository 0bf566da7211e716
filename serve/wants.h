/* wants.h - the documents that watchers are to be given next, each read once however many want it.
 */
#ifndef SERVE_WANTS_H
#define SERVE_WANTS_H

#include "lookup/question.h"
#include "serve/watched.h"

enum {
    WANTS_MOST = 1024,
    WANTS_SLOTS = 4 * WANTS_MOST,
    WANTS_AT_ONCE = 256,          /* documents in one pipeline, and */
    WANTS_WINDOWS_AT_ONCE = 4096, /* windows of them */
};

struct want {
    int scope, partner, window;
    bool has_measure;
    uint32_t measure;
    bool asks_whether; /* somebody wants it only if it has data */
    bool has_data;     /* where that was asked; else true */
    bool is_sure;      /* somebody wants it in any case */
    bool is_away;      /* it could not be read */
    struct bytes body; /* empty: it was not read */
};

struct wants {
    struct want of[WANTS_MOST];
    uint16_t slots[WANTS_SLOTS]; /* 0: free; else a number of one, and 1 */
    size_t count;
    struct question questions[WANTS_AT_ONCE];
};

/* Forget all. */
void wants_clear(struct wants *wants);
/* NULL: nobody wants it, or it did not fit. */
struct want *wants_find(struct wants *wants, const struct watched *watched, int scope, int partner);
/* Want one.  False: there are too many. */
MUST_USE bool wants_add(struct wants *wants, const struct watched *watched, int scope, int partner,
                        bool only_with_data);

/* Read them all.  *away: scopes whose Redis is away; what is of others is read, and what Redis
 * refuses of one pair (a key of another type) is of no other.  The fault says why. */
MUST_USE enum fault wants_read(struct wants *wants, const struct lookup *lookup,
                               struct calls *calls, uint64_t *away, struct why *why);

#endif
