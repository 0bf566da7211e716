/* Shapes of a writer and of ours -> ops.  Avro 1.11, "Schema Resolution", with
 * three rules more, because a number must never mislead: an amount has to be a
 * decimal (not bare bytes, whose scale nobody knows), and an instant or a day
 * may be a bare number but not one that says it is something else. */
#include <assert.h>

#include "schemas/codec.h"
#include "schemas/plan.h"

enum { SCALE_MOST = 9, UNITS_PER_MS_MICROS = 1000, UNITS_PER_MS_NANOS = 1000000 };

struct matching {
    const struct shapes *theirs, *ours;
    struct plan *plan;
    uint32_t op_count, op_room;
    uint32_t code_count, code_room;
    struct span {
        uint32_t first, count;
        bool known;
    } *skips; /* of each of their records: its run of skips, made once */
    struct why *why;
};

/* What a value of theirs is for a field of ours. */
enum verdict { FITS, DIFFERS, NO_MEMORY };

static bool
claim_ops(struct matching *m, uint32_t count, uint32_t *first)
{
    if (m->op_room - m->op_count < count) {
        uint32_t room = (m->op_count + count) * 2;
        struct op *larger = realloc(m->plan->ops, room * sizeof *larger);

        if (larger == NULL)
            return false;
        m->plan->ops = larger;
        m->op_room = room;
    }
    *first = m->op_count;
    m->op_count += count;
    return true;
}

static bool
add_op(struct matching *m, struct op op, uint32_t *index)
{
    if (!claim_ops(m, 1, index))
        return false;
    m->plan->ops[*index] = op;
    return true;
}

/* ---- skipping --------------------------------------------------------------- */

static bool make_skip(struct matching *m, uint32_t index, struct op *out);

static bool
make_skip_record(struct matching *m, uint32_t index, struct op *out)
{
    const struct shape *shape = &m->theirs->shapes[index];
    struct span run = m->skips[index];
    bool ok = true;

    if (!run.known) {
        ok = claim_ops(m, shape->count, &run.first);
        for (uint32_t i = 0; i < shape->count && ok; i++) {
            uint32_t inner = m->theirs->members[shape->first + i].shape;
            struct op op;

            if (m->theirs->shapes[inner].is_empty)
                continue;
            ok = make_skip(m, inner, &op);
            if (ok)
                m->plan->ops[run.first + run.count++] = op;
        }
        run.known = ok;
        m->skips[index] = run;
    }
    *out = (struct op){ .kind = OP_SKIP_RECORD, .first = run.first, .count = run.count };
    return ok;
}

static bool
make_skip_union(struct matching *m, const struct shape *shape, struct op *out)
{
    *out = (struct op){ .kind = OP_SKIP_UNION, .count = shape->count };
    if (!claim_ops(m, shape->count, &out->first))
        return false;
    for (uint32_t i = 0; i < shape->count; i++) {
        struct op op;

        if (!make_skip(m, m->theirs->members[shape->first + i].shape, &op))
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
    return make_skip(m, m->theirs->members[shape->first].shape, &item) &&
           add_op(m, item, &out->first);
}

static bool
make_skip(struct matching *m, uint32_t index, struct op *out)
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

/* ---- taking ----------------------------------------------------------------- */

static enum verdict
match_field(struct matching *m, uint32_t theirs, uint32_t ours, uint8_t target, struct op *out);
static enum verdict match_source(struct matching *m, const struct shape *theirs,
                                 const struct shape *ours, struct op *out);

/* Unqualified names are what has to agree; ours may have been another once. */
static bool
named_alike(const struct shapes *our_shapes, const struct shape *theirs, const struct shape *ours)
{
    if (text_equal(theirs->name, ours->name))
        return true;
    for (uint32_t i = 0; i < ours->alias_count; i++) {
        struct text alias = our_shapes->aliases[ours->first_alias + i];
        const char *dot = memrchr(alias.at, '.', alias.length);

        if (dot != NULL) {
            alias.length -= (size_t)(dot + 1 - alias.at);
            alias.at = dot + 1;
        }
        if (text_equal(theirs->name, alias))
            return true;
    }
    return false;
}

/* Their symbols by name; what we don't know, UNKNOWN included, is -1. */
static enum verdict
match_symbols(struct matching *m, const struct shape *theirs, const struct shape *ours,
              struct op *out)
{
    if (theirs->kind != SHAPE_ENUM || !named_alike(m->ours, theirs, ours))
        return DIFFERS;
    if (m->code_room - m->code_count < theirs->count) {
        uint32_t room = (m->code_count + theirs->count) * 2;
        int8_t *larger = realloc(m->plan->codes, room);

        if (larger == NULL)
            return NO_MEMORY;
        m->plan->codes = larger;
        m->code_room = room;
    }
    out->kind = OP_SYMBOL;
    out->first = m->code_count;
    out->count = theirs->count;
    for (uint32_t i = 0; i < theirs->count; i++)
        m->plan->codes[m->code_count++] = (int8_t)symbol_find(
            (enum field)out->target, m->plan->type, m->theirs->members[theirs->first + i].name);
    return FITS;
}

static enum verdict
match_number(const struct shape *theirs, const struct shape *ours, struct op *out)
{
    bool is_bare = theirs->logical == LOGICAL_NONE;

    if (theirs->kind == SHAPE_INT) {
        out->kind = OP_INT;
        if (ours->logical == LOGICAL_DATE)
            return is_bare || theirs->logical == LOGICAL_DATE ? FITS : DIFFERS;
        return is_bare ? FITS : DIFFERS;
    }
    if (theirs->kind != SHAPE_LONG || ours->kind == SHAPE_INT)
        return DIFFERS;
    out->kind = OP_LONG;
    if (is_bare || ours->logical == LOGICAL_NONE || theirs->logical == LOGICAL_MILLIS)
        return FITS;
    out->kind = OP_INSTANT;
    out->count = theirs->logical == LOGICAL_MICROS ? UNITS_PER_MS_MICROS : UNITS_PER_MS_NANOS;
    return theirs->logical == LOGICAL_MICROS || theirs->logical == LOGICAL_NANOS ? FITS : DIFFERS;
}

static enum verdict
match_decimal(const struct shape *theirs, struct op *out)
{
    if (theirs->logical != LOGICAL_DECIMAL || theirs->scale > SCALE_MOST)
        return DIFFERS;
    out->kind = theirs->kind == SHAPE_FIXED ? OP_DECIMAL_FIXED : OP_DECIMAL;
    out->scale = (uint8_t)theirs->scale;
    out->count = theirs->size < UINT32_MAX ? (uint32_t)theirs->size : UINT32_MAX;
    return FITS;
}

static enum verdict
match_holder(struct matching *m, const struct shape *theirs, const struct shape *ours,
             struct op *out)
{
    struct op item;
    enum verdict verdict;

    if (theirs->kind != ours->kind)
        return DIFFERS;
    verdict = match_field(m, m->theirs->members[theirs->first].shape,
                          m->ours->members[ours->first].shape, out->target, &item);
    if (verdict != FITS)
        return verdict;
    out->kind = theirs->kind == SHAPE_ARRAY ? OP_LIST : OP_ATTRIBUTES;
    return add_op(m, item, &out->first) ? FITS : NO_MEMORY;
}

/* Neither side is a union. */
static enum verdict
match_value(struct matching *m, const struct shape *theirs, const struct shape *ours,
            struct op *out)
{
    switch (ours->kind) {
    case SHAPE_STRING:
        out->kind = OP_TEXT;
        return theirs->kind == SHAPE_STRING || theirs->kind == SHAPE_BYTES ? FITS : DIFFERS;
    case SHAPE_ENUM:
        return match_symbols(m, theirs, ours, out);
    case SHAPE_INT:
    case SHAPE_LONG:
        return match_number(theirs, ours, out);
    case SHAPE_BYTES:
        return match_decimal(theirs, out);
    case SHAPE_ARRAY:
    case SHAPE_MAP:
        return match_holder(m, theirs, ours, out);
    case SHAPE_RECORD:
        return match_source(m, theirs, ours, out);
    case SHAPE_NULL:
    case SHAPE_BOOLEAN:
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
    case SHAPE_FIXED:
    case SHAPE_UNION:
        break;
    }
    assert(!"our schemas hold no such type");
    return DIFFERS;
}

/* One branch of their union, or their only type. */
static enum verdict
match_branch(struct matching *m, uint32_t theirs, const struct shape *ours, uint8_t target,
             struct op *out)
{
    *out = (struct op){ .target = target };
    if (m->theirs->shapes[theirs].kind == SHAPE_NULL) {
        out->kind = OP_NULL;
        return FITS; /* that ours may not be null, the record's rules say */
    }
    return match_value(m, &m->theirs->shapes[theirs], ours, out);
}

static enum verdict
match_union(struct matching *m, const struct shape *theirs, const struct shape *ours,
            bool ours_takes_null, uint8_t target, struct op *out)
{
    bool any_fits = false;
    struct op op;

    *out = (struct op){ .kind = OP_UNION, .target = target, .count = theirs->count };
    if (!claim_ops(m, theirs->count, &out->first))
        return NO_MEMORY;
    for (uint32_t i = 0; i < theirs->count; i++) {
        uint32_t inner = m->theirs->members[theirs->first + i].shape;
        enum verdict verdict = match_branch(m, inner, ours, target, &op);

        if (verdict == DIFFERS) {
            struct op skip;

            op = (struct op){ .kind = OP_WRONG, .target = target };
            if (!make_skip(m, inner, &skip) || !add_op(m, skip, &op.first))
                verdict = NO_MEMORY;
        }
        if (verdict == NO_MEMORY)
            return NO_MEMORY;
        any_fits = any_fits || (op.kind != OP_WRONG && (op.kind != OP_NULL || ours_takes_null));
        m->plan->ops[out->first + i] = op;
    }
    return any_fits ? FITS : DIFFERS;
}

/* The union of null and one other becomes that other with a null branch. */
static void
fold_union(const struct plan *plan, struct op *op)
{
    const struct op *branches = plan->ops + op->first;

    for (uint8_t null = 0; null < 2 && op->count == 2 && op->kind == OP_UNION; null++) {
        const struct op *other = &branches[1 - null];

        if (branches[null].kind != OP_NULL || other->kind == OP_WRONG)
            continue;
        *op = *other;
        op->null_branch = (uint8_t)(1 + null);
    }
}

static enum verdict
match_field(struct matching *m, uint32_t theirs, uint32_t ours, uint8_t target, struct op *out)
{
    const struct shape *wanted = &m->ours->shapes[ours];
    const struct shape *given = &m->theirs->shapes[theirs];
    bool takes_null = wanted->kind == SHAPE_UNION;
    enum verdict verdict;

    if (takes_null) /* ours are all ["null", T] */
        wanted = &m->ours->shapes[m->ours->members[wanted->first + 1].shape];
    if (given->kind == SHAPE_UNION) {
        verdict = match_union(m, given, wanted, takes_null, target, out);
        if (verdict == FITS)
            fold_union(m->plan, out);
        return verdict;
    }
    if (given->kind == SHAPE_NULL && !takes_null)
        return DIFFERS;
    return match_branch(m, theirs, wanted, target, out);
}

/* ---- records ---------------------------------------------------------------- */

/* The field of ours that a field of theirs is: by its name, else by an alias
 * of ours, unless they have a field of our name as well.  count: none. */
static uint32_t
find_ours(const struct matching *m, const struct shape *theirs, const struct shape *ours,
          struct text name)
{
    for (uint32_t i = 0; i < ours->count; i++)
        if (text_equal(m->ours->members[ours->first + i].name, name))
            return i;
    for (uint32_t i = 0; i < ours->count; i++) {
        const struct member *member = &m->ours->members[ours->first + i];
        bool has_alias = false, is_there = false;

        for (uint32_t j = 0; j < member->alias_count; j++)
            has_alias = has_alias || text_equal(m->ours->aliases[member->first_alias + j], name);
        for (uint32_t j = 0; j < theirs->count && has_alias; j++)
            is_there =
                is_there || text_equal(m->theirs->members[theirs->first + j].name, member->name);
        if (has_alias && !is_there)
            return i;
    }
    return ours->count;
}

static uint8_t
target_of(const struct shape *ours, struct text name)
{
    if (text_equal(ours->name, TEXT_LITERAL("Source")))
        return text_equal(name, TEXT_LITERAL("name")) ? TARGET_SOURCE_NAME : TARGET_SOURCE_URL;
    assert(field_find(name) >= 0);
    return (uint8_t)field_find(name);
}

/* A run of ops in their order; every field of ours must come or have a
 * default, which for ours always means: left out. */
static enum verdict
match_fields(struct matching *m, const struct shape *theirs, const struct shape *ours,
             uint32_t *first, uint32_t *count)
{
    bool seen[FIELD_COUNT] = { false };
    uint32_t used = 0;

    assert(ours->count <= FIELD_COUNT);
    if (!claim_ops(m, theirs->count, first))
        return NO_MEMORY;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct member *given = &m->theirs->members[theirs->first + i];
        uint32_t at = find_ours(m, theirs, ours, given->name);
        enum verdict verdict = FITS;
        struct op op;

        if (at < ours->count && !seen[at]) {
            const struct member *wanted = &m->ours->members[ours->first + at];

            seen[at] = true;
            verdict =
                match_field(m, given->shape, wanted->shape, target_of(ours, wanted->name), &op);
        } else if (!make_skip(m, given->shape, &op)) {
            verdict = NO_MEMORY;
        }
        if (verdict == DIFFERS)
            (void)why_set(m->why, BAD_SCHEMA, "field %.*s: their %s cannot be read as ours",
                          (int)given->name.length, given->name.at,
                          shape_kind_name(m->theirs->shapes[given->shape].kind));
        if (verdict != FITS)
            return verdict;
        if (op.kind != OP_SKIP_NOTHING)
            m->plan->ops[*first + used++] = op;
    }
    for (uint32_t i = 0; i < ours->count; i++) {
        const struct member *wanted = &m->ours->members[ours->first + i];

        if (!seen[i] && !wanted->has_default) {
            (void)why_set(m->why, BAD_SCHEMA, "field %.*s is missing", (int)wanted->name.length,
                          wanted->name.at);
            return DIFFERS;
        }
    }
    *count = used;
    return FITS;
}

static enum verdict
match_source(struct matching *m, const struct shape *theirs, const struct shape *ours,
             struct op *out)
{
    if (theirs->kind != SHAPE_RECORD || !named_alike(m->ours, theirs, ours))
        return DIFFERS;
    out->kind = OP_SOURCE;
    return match_fields(m, theirs, ours, &out->first, &out->count);
}

static enum fault
match_root(struct matching *m)
{
    const struct shape *theirs = &m->theirs->shapes[m->theirs->root];
    const struct shape *ours = &m->ours->shapes[m->ours->root];

    if (theirs->kind != SHAPE_RECORD)
        return why_set(m->why, BAD_SCHEMA, "a %s, no record", shape_kind_name(theirs->kind));
    if (!named_alike(m->ours, theirs, ours))
        return why_set(m->why, BAD_SCHEMA, "a record %.*s, no %.*s", (int)theirs->name.length,
                       theirs->name.at, (int)ours->name.length, ours->name.at);
    switch (match_fields(m, theirs, ours, &m->plan->first, &m->plan->count)) {
    case FITS:
        return FAULT_NONE;
    case DIFFERS:
        return BAD_SCHEMA;
    case NO_MEMORY:
        break;
    }
    return why_set(m->why, FAULT_NO_MEMORY, "no memory for a plan");
}

enum fault
plan_match(const struct shapes *theirs, const struct shapes *ours, enum record_type type,
           struct plan **out, struct why *why)
{
    struct matching m = { .theirs = theirs, .ours = ours, .why = why };
    enum fault fault;

    m.plan = calloc(1, sizeof *m.plan);
    m.skips = calloc(theirs->shape_count, sizeof *m.skips);
    if (m.plan == NULL || m.skips == NULL) {
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for a plan");
        goto done;
    }
    m.plan->type = type;
    m.plan->fingerprint = shapes_fingerprint(theirs);
    fault = match_root(&m);
    if (fault == FAULT_NONE) {
        *out = m.plan;
        m.plan = NULL;
    }
done:
    plan_free(m.plan);
    free(m.skips);
    return fault;
}
