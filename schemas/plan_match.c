/* A writer's record against ours: every field of theirs becomes an op, every
 * field of ours comes or has a default.
 *
 * This is Avro's schema resolution, done once for a schema instead of once for
 * a record.  The order of the ops is the writer's, since that is the order of
 * the bytes. */
#include <assert.h>

#include "base/grow.h"
#include "schemas/codec.h"
#include "schemas/match_inside.h"

bool
match_claim_ops(struct matching *m, uint32_t count, uint32_t *first)
{
    /* A schema's text bounds the counts: no overflow. */
    struct op *larger = grow(m->plan->ops, &m->op_room, m->op_count + count, sizeof *larger);

    if (larger == NULL)
        return false;
    m->plan->ops = larger;
    *first = m->op_count;
    m->op_count += count;
    return true;
}

bool
match_add_op(struct matching *m, struct op op, uint32_t *index)
{
    if (!match_claim_ops(m, 1, index))
        return false;
    m->plan->ops[*index] = op;
    return true;
}

bool
match_names(const struct shapes *our_shapes, const struct shape *theirs, const struct shape *ours)
{
    if (text_equal(theirs->name, ours->name))
        return true;
    for (uint32_t i = 0; i < ours->alias_count; i++) {
        struct text alias = our_shapes->aliases[ours->first_alias + i];
        /* An alias may be a full name; namespaces are not compared. */
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

/* Is the name one of the aliases of a field? */
static bool
is_alias(const struct shapes *shapes, const struct member *member, struct text name)
{
    for (uint32_t i = 0; i < member->alias_count; i++)
        if (text_equal(shapes->aliases[member->first_alias + i], name))
            return true;
    return false;
}

static bool
has_field(const struct shapes *shapes, const struct shape *record, struct text name)
{
    for (uint32_t i = 0; i < record->count; i++)
        if (text_equal(shapes->members[record->first + i].name, name))
            return true;
    return false;
}

/* The field of ours that a field of theirs is: by its name, else by an alias,
 * unless they have a field of our name as well.  Avro looks at our aliases alone;
 * but who renames a field, and leaves our name as its alias, says as plainly
 * what it is, and would lose it without a word where ours may be null.
 * count: none. */
static uint32_t
find_ours(const struct matching *m, const struct shape *theirs, const struct shape *ours,
          const struct member *given)
{
    for (uint32_t i = 0; i < ours->count; i++)
        if (text_equal(m->ours->members[ours->first + i].name, given->name))
            return i;
    for (uint32_t i = 0; i < ours->count; i++) {
        const struct member *member = &m->ours->members[ours->first + i];

        if ((is_alias(m->ours, member, given->name) || is_alias(m->theirs, given, member->name)) &&
            !has_field(m->theirs, theirs, member->name))
            return i;
    }
    return ours->count;
}

/* What a field of ours is for.  Our Source has two fields, and a record of ours
 * only names that field.def has. */
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
static enum fit
match_fields(struct matching *m, const struct shape *theirs, const struct shape *ours,
             uint32_t *first, uint32_t *count)
{
    bool seen[FIELD_COUNT] = { false };
    uint32_t used = 0;

    assert(ours->count <= FIELD_COUNT);
    if (!match_claim_ops(m, theirs->count, first))
        return NO_MEMORY;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const struct member *given = &m->theirs->members[theirs->first + i];
        uint32_t at = find_ours(m, theirs, ours, given);
        enum fit fit = FITS;
        struct op op;

        /* Two of their fields can't be one of ours: the second is stepped over. */
        if (at < ours->count && !seen[at]) {
            const struct member *wanted = &m->ours->members[ours->first + at];

            seen[at] = true;
            fit = match_field(m, given->shape, wanted->shape, target_of(ours, wanted->name), &op);
        } else if (!match_skip(m, given->shape, &op)) {
            fit = NO_MEMORY;
        }
        /* The innermost sentence would be written over by the outer one: the
         * field of the record is what the reader of a dead letter looks for. */
        if (fit == DIFFERS)
            (void)why_set(m->why, BAD_SCHEMA, "field %.*s: their %s cannot be read as ours",
                          (int)given->name.length, given->name.at,
                          shape_kind_name(m->theirs->shapes[given->shape].kind));
        if (fit != FITS)
            return fit;
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

enum fit
match_source(struct matching *m, const struct shape *theirs, const struct shape *ours,
             struct op *out)
{
    if (theirs->kind != SHAPE_RECORD || !match_names(m->ours, theirs, ours))
        return DIFFERS;
    out->kind = OP_SOURCE;
    return match_fields(m, theirs, ours, &out->first, &out->count);
}

/* Sets the sentence for every fault. */
static enum fault
match_root(struct matching *m)
{
    const struct shape *theirs = &m->theirs->shapes[m->theirs->root];
    const struct shape *ours = &m->ours->shapes[m->ours->root];
    enum fit fit;

    if (theirs->kind != SHAPE_RECORD)
        return why_set(m->why, BAD_SCHEMA, "a %s, no record", shape_kind_name(theirs->kind));
    if (!match_names(m->ours, theirs, ours))
        return why_set(m->why, BAD_SCHEMA, "a record %.*s, no %.*s", (int)theirs->name.length,
                       theirs->name.at, (int)ours->name.length, ours->name.at);
    fit = match_fields(m, theirs, ours, &m->plan->first, &m->plan->count);
    if (fit == NO_MEMORY)
        return why_set(m->why, FAULT_NO_MEMORY, "no memory for a plan");
    return fit == FITS ? FAULT_NONE : BAD_SCHEMA;
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
