/* tail.h - the changes of all scopes, read once for whoever watches.
 *
 * Of each scope it knows up to where its stream `changes` was read, and of each partner the last
 * entry that named it, back to a floor.  So what has changed since an older position is known
 * without reading the stream again, in memory that does not grow.
 *
 *      oldest                floor         claim            at        newest
 *        |----- trimmed? ------|-- known ----|-- changed ----|-- to be read
 *
 * A position is read from including itself: if Redis does not begin its answer with that very
 * entry, entries may have been missed, and the scope is lost: its watchers need a snapshot.
 */
#ifndef SERVE_TAIL_H
#define SERVE_TAIL_H

#include "lookup/lookup.h"
#include "serve/position.h"
#include "serve/watched.h"
#include "store/calls.h"

/* One scope. */
struct tail_scope {
    bool is_known;
    bool is_long; /* its beginning may have been trimmed: nobody who knows nothing knows all */
    int32_t day;  /* what it says of itself; of it a position has a part alone */
    int trust;
    struct position at, floor;
    struct position changed[PARTNER_COUNT + 1]; /* none: not since the floor */
};

struct tail {
    const struct lookup *lookup; /* its way is this reader's alone */
    struct calls calls;
    struct tail_scope of[SCOPE_COUNT];
};

/* What a reading has brought; sets of scopes are bits. */
struct tail_news {
    struct pairs changed;      /* pairs that entries name */
    uint64_t turned;           /* what the scope says of itself is something else */
    uint64_t trimmed, unknown; /* lost, and why */
    uint64_t away;             /* Redis did not answer, or refused; all else holds for the others */
};

/* All that is there in these scopes; a scope that is not known yet is taken as it is.  looks: what
 * they say of themselves is read, too.  *news is filled in any case.  FAULT_NONE; FAULT_STORE_AWAY,
 * FAULT_STORE_REFUSED: *news says of which scopes; FAULT_NO_MEMORY: of all. */
/* Does such a fault concern some scopes alone? */
static inline bool
tail_goes_on(enum fault fault)
{
    return fault == FAULT_NONE || fault == FAULT_STORE_AWAY || fault == FAULT_STORE_REFUSED;
}
MUST_USE enum fault
tail_read(struct tail *tail, uint64_t scopes, bool looks, struct tail_news *news, struct why *why);
/* Frees what it holds; all scopes are unknown again. */
void tail_release(struct tail *tail);

enum { CLAIMS_MOST = 1024 }; /* that are judged at once */
/* Somebody says that he has heard of all up to there. */
enum claim_verdict { CLAIM_GOOD, CLAIM_TRIMMED, CLAIM_UNKNOWN, CLAIM_AWAY };
struct claim {
    int scope; /* which is known */
    struct position position;
    enum claim_verdict verdict;
};
/* Ask Redis about them, CLAIMS_MOST or less.  The changes since a good one are then known.  Faults
 * as above; those of a scope that is away are CLAIM_AWAY. */
MUST_USE enum fault
tail_judge(struct tail *tail, struct claim *claims, size_t count, struct why *why);
/* The partners that a scope's entries behind a good position name; all of them, if the scope says
 * something else of itself. */
struct partners tail_since(const struct tail *tail, int scope, const struct position *position);

#endif
