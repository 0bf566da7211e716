/* Ops that step over what we do not want.
 *
 * A newer writer has fields that we don't know.  They have to be read to find
 * where the next field begins, and are forgotten. */
#include "schemas/match_inside.h"

/* The run of a record is made once and used by every field of that type: a
 * schema that names one type a thousand times makes no thousand runs. */
static bool
make_skip_record(struct matching *m, uint32_t index, struct op *out)
{
    const struct shape *shape = &m->theirs->shapes[index];
    struct span run = m->skips[index];
    bool ok = true;

    if (!run.known) {
        ok = match_claim_ops(m, shape->count, &run.first);
        for (uint32_t i = 0; i < shape->count && ok; i++) {
            uint32_t inner = m->theirs->members[shape->first + i].shape;
            struct op op;

            /* An empty field takes no bytes, so a run needs no op for it. */
            if (m->theirs->shapes[inner].is_empty)
                continue;
            ok = match_skip(m, inner, &op);
            if (ok)
                m->plan->ops[run.first + run.count++] = op;
        }
        run.known = ok;
        m->skips[index] = run;
    }
    *out = (struct op){ .kind = OP_SKIP_RECORD, .first = run.first, .count = run.count };
    return ok;
}

/* An op for each branch, since the number of a branch comes with the datum. */
static bool
make_skip_union(struct matching *m, const struct shape *shape, struct op *out)
{
    *out = (struct op){ .kind = OP_SKIP_UNION, .count = shape->count };
    if (!match_claim_ops(m, shape->count, &out->first))
        return false;
    for (uint32_t i = 0; i < shape->count; i++) {
        struct op op;

        if (!match_skip(m, m->theirs->members[shape->first + i].shape, &op))
            return false;
        m->plan->ops[out->first + i] = op;
    }
    return true;
}

static bool
make_skip_holder(struct matching *m, const struct shape *shape, struct op *out)
{
    struct op item;

    out->kind = shape->kind == SHAPE_ARRAY ? OP_SKIP_ARRAY : OP_SKIP_MAP;
    return match_skip(m, m->theirs->members[shape->first].shape, &item) &&
           match_add_op(m, item, &out->first);
}

bool
match_skip(struct matching *m, uint32_t index, struct op *out)
{
    static const uint8_t kinds[] = {
        [SHAPE_BOOLEAN] = OP_SKIP_BOOLEAN, [SHAPE_INT] = OP_SKIP_INT,
        [SHAPE_LONG] = OP_SKIP_LONG,       [SHAPE_FLOAT] = OP_SKIP_BYTES,
        [SHAPE_DOUBLE] = OP_SKIP_BYTES,    [SHAPE_BYTES] = OP_SKIP_LENGTH,
        [SHAPE_STRING] = OP_SKIP_LENGTH,   [SHAPE_ENUM] = OP_SKIP_ENUM,
        [SHAPE_FIXED] = OP_SKIP_BYTES,
    };
    const struct shape *shape = &m->theirs->shapes[index];

    *out = (struct op){ .kind = OP_SKIP_NOTHING };
    if (shape->is_empty)
        return true;
    if (shape->kind == SHAPE_RECORD)
        return make_skip_record(m, index, out);
    if (shape->kind == SHAPE_UNION)
        return make_skip_union(m, shape, out);
    if (shape->kind == SHAPE_ARRAY || shape->kind == SHAPE_MAP)
        return make_skip_holder(m, shape, out);
    out->kind = kinds[shape->kind];
    out->count = shape->count;
    if (shape->kind == SHAPE_FLOAT)
        out->count = 4;
    if (shape->kind == SHAPE_DOUBLE)
        out->count = 8;
    if (shape->kind == SHAPE_FIXED) /* more than any message: refused there */
        out->count = shape->size < UINT32_MAX ? (uint32_t)shape->size : UINT32_MAX;
    return true;
}
