/* push_inside.h - what push.c, push_cells.c and push_wire.c share.  push.c uses the other two;
 * these use nothing of it.
 */
#ifndef AGGREGATOR_PUSH_INSIDE_H
#define AGGREGATOR_PUSH_INSIDE_H

#include "aggregator/state.h"

enum { SHARE_PARTS = SCOPE_COUNT + 1 };

/* ---- push_cells.c: the cells, sorted ----------------------------------------------------------
 */

/* What all partitions have changed since those of their tags that move together, in `fold` and
 * `fold_all`. */
struct pending {
    size_t first[SHARE_PARTS];    /* where each scope begins in `fold` */
    bool (*touched)[SCOPE_COUNT]; /* by partition: some change is of the scope.  The caller frees */
};
/* A tag that no change is of moves on in memory alone.  FAULT_NO_MEMORY. */
MUST_USE enum fault pending_fold(struct pushing *pushing, struct pending *pending, struct why *why);
/* What it adds to a scope. */
MUST_USE enum fault
pending_cells(struct pushing *pushing, const struct pending *pending, int scope, struct why *why);

/* One partition, whose whole share is folded once, when it is first needed. */
struct whole {
    struct partition *partition;
    size_t first[SHARE_PARTS]; /* where each scope begins in `fold` */
    bool known;
};
/* What leads from the tag of a scope to the content that is `to_position` rows long, at `to`:
 *
 *      same day:  the rows between the two positions
 *      else:      those at the old day, then the whole share moved from the old
 *                 day (from nothing, if the tag is empty) to the new one */
MUST_USE enum fault whole_cells(struct pushing *pushing, struct whole *whole, int scope,
                                struct moment to, size_t to_position, struct why *why);

/* The cells dealt into the steps of a long push: at most split_cells each, and one bucket at least.
 */
struct steps {
    const struct sum *cells; /* step by step, those of one sorted; until the next are found */
    struct step {
        int end; /* the bucket at which the next one begins */
        size_t first, count;
    } list[BUCKETS];
    int count;
};
/* Those from a bucket on.  False: no memory. */
MUST_USE bool steps_deal(struct pushing *pushing, int scope, int from, struct steps *steps);

/* ---- push_wire.c ------------------------------------------------------------------------------
 */

/* Nothing is in the list, and no command. */
void pushes_reset(struct pushing *pushing);
/* Begin a PUSH of a scope; say which tags it moves; give it its cells, sorted.  False: no memory.
 */
MUST_USE bool pushes_begin(struct pushes *pushes, int scope);
MUST_USE bool pushes_move(struct pushes *pushes, const struct move *move);
void pushes_call(struct pushing *pushing, int32_t day, const struct sum *cells, size_t count);
/* Take back the last PUSH, which has no cells yet. */
void pushes_drop(struct pushes *pushes);
/* Send the list and take every answer that came: tags move, or an audit will look.
 * FAULT_STORE_AWAY: some did not come. */
MUST_USE enum fault pushes_run(struct pushing *pushing, struct why *why);

/* Append the command of one PUSH. */
void push_call(struct pushing *pushing, int scope, const struct move *moves, size_t move_count,
               int32_t day, const struct sum *cells, size_t count);

static inline enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for a push");
}

#endif
