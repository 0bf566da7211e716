/* match_inside.h - what the files that match two schemas share; nobody else
 * includes it.
 *
 * Avro 1.11, "Schema Resolution", with three rules more, because a number must
 * never mislead: an amount has to be a decimal (not bare bytes, whose scale
 * nobody knows), and an instant or a day may be a bare number but not one that
 * says it is something else.
 */
#ifndef SCHEMAS_MATCH_INSIDE_H
#define SCHEMAS_MATCH_INSIDE_H

#include "schemas/plan.h"

struct matching {
    const struct shapes *theirs, *ours;
    struct plan *plan;
    uint32_t op_count, code_count;
    size_t op_room, code_room;
    struct span {
        uint32_t first, count;
        bool known;
    } *skips; /* of each of their shapes that is a record: its run of skips, made once */
    struct why *why;
};

/* What a value of theirs is for a field of ours. */
enum fit { FITS, DIFFERS, NO_MEMORY };

/* Room for `count` ops in a row, *first being the number of the first; or one
 * op, put behind all others.  False: no memory.  Both may move m->plan->ops. */
MUST_USE bool match_claim_ops(struct matching *m, uint32_t count, uint32_t *first);
MUST_USE bool match_add_op(struct matching *m, struct op op, uint32_t *index);

/* The op that steps over one of their shapes; false: no memory. */
MUST_USE bool match_skip(struct matching *m, uint32_t theirs, struct op *out);

/* The op that reads their shape as ours, for a target. */
MUST_USE enum fit
match_field(struct matching *m, uint32_t theirs, uint32_t ours, uint8_t target, struct op *out);

/* A record of theirs as our Source. */
MUST_USE enum fit match_source(struct matching *m, const struct shape *theirs,
                               const struct shape *ours, struct op *out);

/* Unqualified names are what has to agree; ours may have been another once. */
bool
match_names(const struct shapes *our_shapes, const struct shape *theirs, const struct shape *ours);

#endif
