/* push_inside.h - what the files of a push share; for push*.c and audit.c only.
 *
 *      push.c           which way each tag takes
 *      push_together.c  one PUSH a scope for all partitions
 *      push_one.c       one partition at a time, in steps if need be
 *      push_steps.c     more cells than one PUSH may have
 *      push_list.c      the pushes of one run, and their answers
 *      push_call.c      the arguments of one PUSH
 */
#ifndef AGGREGATOR_PUSH_INSIDE_H
#define AGGREGATOR_PUSH_INSIDE_H

#include "aggregator/state.h"

enum { SHARE_PARTS = SCOPE_COUNT + 1 };

/* push.c.  What is open waits for its COMMIT; but one that was refused since a
 * rebuild holds it has what it committed before pushed, together with others:
 * the rebuild compares that. */
bool is_pushable(const struct partition *p);
bool is_plain_today(const struct aggregator *a, const struct share *share);
bool rests(struct aggregator *a, const struct share *share);

/* push_together.c */
MUST_USE enum fault push_together(struct aggregator *a, struct why *why);

/* push_one.c */
bool wants_one(struct aggregator *a, const struct partition *p, int scope);
MUST_USE enum fault push_partition(struct aggregator *a, struct partition *p, struct why *why);

/* push_steps.c: move tags to plain ones of one day, a->cells being what that
 * adds to the scope, in steps.  Several moves begin at plain tags; one may
 * begin at a half tag, and then ends at its B. */
MUST_USE enum fault push_in_steps(struct aggregator *a, int scope, const struct move *moves,
                                  size_t move_count, struct why *why);

/* push_list.c: begin a PUSH of a scope, say which tags it moves, give it its
 * cells; then run them all.  False: no memory. */
void pushes_reset(struct aggregator *a);
MUST_USE bool pushes_begin(struct aggregator *a, int scope);
MUST_USE bool
pushes_move(struct aggregator *a, struct partition *p, struct tag to, size_t to_position);
void pushes_call(struct aggregator *a, int32_t day, const struct cell *cells, size_t count);
MUST_USE enum fault pushes_run(struct aggregator *a, struct why *why);

/* push_call.c: append the PUSH of sorted cells to the commands. */
void push_call(struct aggregator *a, int scope, const struct move *moves, size_t move_count,
               int32_t day, const struct cell *cells, size_t count);

static inline enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for a push");
}

#endif
