/* plan.h - the program that turns a writer's datum into a draft.
 *
 * One array of small ops.  A record is a run of ops, one per field that takes
 * bytes, in the writer's order; what holds something else points at it:
 *
 *   ops    | id | grade | source | ... |   name | (skip) | url |   item | ...
 *   codes             ^            writer's symbol -> our code, or -1
 *
 * Data of the commonest unions, null and one other, are read by that other's
 * op, which knows the number of the null branch; other unions have an op of
 * their own.  A shape whose data are always 0 bytes has no op in a record, so
 * the work for a datum is bounded by its bytes and SHAPE_HEIGHT, whatever
 * counts it claims.
 */
#ifndef SCHEMAS_PLAN_H
#define SCHEMAS_PLAN_H

#include "record/record.h"
#include "schemas/cursor.h"
#include "schemas/shape.h"

enum op_kind {
    /* take: the target is a field of ours */
    OP_TEXT,          /* string, bytes */
    OP_SYMBOL,        /* enum: codes[first .. first + count) */
    OP_INT,           /* version, days */
    OP_LONG,          /* version, instants in ms */
    OP_INSTANT,       /* long in units of 1/count ms */
    OP_DECIMAL,       /* bytes */
    OP_DECIMAL_FIXED, /* count bytes */
    OP_LIST,          /* array; first: op of its items, OP_TEXT or a union with it */
    OP_ATTRIBUTES,    /* map; first: op of its values, the same */
    OP_SOURCE,        /* record: ops[first .. first + count) */
    OP_UNION,         /* branches: ops[first .. first + count) */
    OP_NULL,          /* a branch: nothing was said */
    OP_WRONG,         /* a branch that ours doesn't have; first: op that skips it */
    /* skip */
    OP_SKIP_NOTHING, /* 0 bytes */
    OP_SKIP_BOOLEAN,
    OP_SKIP_INT,
    OP_SKIP_LONG,
    OP_SKIP_ENUM,   /* of count symbols */
    OP_SKIP_BYTES,  /* count bytes: float, double, fixed */
    OP_SKIP_LENGTH, /* string, bytes */
    OP_SKIP_ARRAY,  /* first: op of its items */
    OP_SKIP_MAP,    /* first: op of its values */
    OP_SKIP_RECORD, /* ops[first .. first + count) */
    OP_SKIP_UNION,  /* the same, branches */
};

/* What an op's value is for: an enum field, or one of these. */
enum { TARGET_SOURCE_NAME = FIELD_COUNT, TARGET_SOURCE_URL };

struct op {
    uint8_t kind;
    uint8_t target;
    uint8_t null_branch; /* 0: no union; else 1 + number of the null branch of two */
    uint8_t scale;       /* of the writer's decimal */
    uint32_t first, count;
};

struct plan {
    enum record_type type;
    uint64_t fingerprint;
    uint32_t first, count; /* the record's own run */
    struct op *ops;
    int8_t *codes;
};

/* Match what they write with what we read.  Faults as plan_compile(). */
MUST_USE enum fault plan_match(const struct shapes *theirs, const struct shapes *ours,
                               enum record_type type, struct plan **out, struct why *why);

/* Step over a value of which nothing is kept; op is one of the OP_SKIP_ and
 * recurses as deep as SHAPE_HEIGHT.  False with a complaint. */
MUST_USE bool plan_skip(const struct plan *plan, const struct op *op, struct cursor *c);

/* plan_compile() with any reader's schema that has our field names, so that a
 * test can give fields aliases. */
MUST_USE enum fault plan_compile_between(struct text writer, struct text reader,
                                         enum record_type type, struct plan **out, struct why *why);

#endif
