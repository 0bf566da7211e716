/* read.h - reading scopes, each consistent in itself, in one pipeline.
 *
 *      reading_begin()
 *      reading_visit(scope)  reading_add() ...    one transaction a scope
 *      reading_run()
 *      reading_seen(visit)                        what it answered
 *      reading_end()
 *
 * All keys of a scope lie in one slot, so what is read in one MULTI/EXEC is of one moment: its asof
 * and all the totals beside it.  Several scopes are several moments.
 */
#ifndef LOOKUP_READ_H
#define LOOKUP_READ_H

#include "lookup/trust.h"
#include "store/calls.h"

/* One scope, and what was read of it. */
struct visit {
    int scope;
    size_t first, exec; /* commands of the pipeline: MULTI, EXEC */
    enum fault fault;   /* why it has no answers; reading_fault() says more */
    struct asof asof;
    const struct answer *answers; /* of the commands that were added, in their order */
    size_t count;
};

/* Commands under construction.  `lookup` is borrowed until reading_end(). */
struct reading {
    const struct lookup *lookup;
    struct calls calls;
    struct text slot; /* a key of the scope that is visited */
    struct visit *visits;
    size_t count, room;
    bool failed;     /* no memory: reading_run() says it */
    struct why away; /* of what Redis has not answered */
};
void reading_begin(struct reading *reading, const struct lookup *lookup);
void reading_end(struct reading *reading);
/* Begin anew with the memory that it has. */
void reading_reset(struct reading *reading);

/* Go on to a scope; what it is called in reading_seen(). */
size_t reading_visit(struct reading *reading, int scope);
/* The same, or the visit before, if that is of the same scope and not large: so that what several
 * questions want of a scope is one transaction. */
size_t reading_join(struct reading *reading, int scope);
/* How many commands the visit has that is under construction: where the next answer will be. */
size_t reading_added(const struct reading *reading);

/* Add a command of `count` arguments to the scope visited last, NUL-terminated; their bytes are
 * copied. */
void reading_add(struct reading *reading, const char *const *args, size_t count);
/* HGETALL of a pair in a window, which is the commonest one. */
void reading_add_pair(struct reading *reading, int scope, int partner, int window);

/* Run all of them, once.  FAULT_STORE_AWAY, FAULT_STORE_REFUSED with what Redis said, of the first
 * visit that has no answers; FAULT_NO_MEMORY. */
MUST_USE enum fault reading_run(struct reading *reading, struct why *why);
/* The same for who asks several questions at once: each visit has a fault of its own, and only what
 * concerns all of them is handed back (FAULT_NO_MEMORY). */
MUST_USE enum fault reading_run_each(struct reading *reading, struct why *why);
/* Why `count` answers of a visit, from the first one on, are not there, or are errors; FAULT_NONE:
 * they are.  After a run. */
MUST_USE enum fault reading_fault(const struct reading *reading, size_t visit, size_t first,
                                  size_t count, struct why *why);

/* What a visit has read; good until reading_end().  Those answers are no errors for which there is
 * no reading_fault(). */
static inline const struct visit *
reading_seen(const struct reading *reading, size_t visit)
{
    return &reading->visits[visit];
}

#endif
