/* One field of a writer against the one of ours: which op reads it, if any.
 *
 * Their types are looked at in the light of ours: a bytes field may fit a text
 * of ours, an int a long.  What can't be read without guessing DIFFERS, and the
 * whole schema is refused then, at the start and not at some record in the
 * middle of the log. */
#include <assert.h>

#include "base/grow.h"
#include "schemas/match_inside.h"

enum { SCALE_MOST = 9, UNITS_PER_MS_MICROS = 1000, UNITS_PER_MS_NANOS = 1000000 };

/* Their symbols by name; what we don't know, UNKNOWN included, is -1. */
static enum fit
match_symbols(struct matching *m, const struct shape *theirs, const struct shape *ours,
              struct op *out)
{
    int8_t *larger;

    if (theirs->kind != SHAPE_ENUM || !match_names(m->ours, theirs, ours))
        return DIFFERS;
    larger = grow(m->plan->codes, &m->code_room, m->code_count + theirs->count, sizeof *larger);
    if (larger == NULL)
        return NO_MEMORY;
    m->plan->codes = larger;
    /* codes[] turns their number of a symbol into ours.  Names are compared
     * once, here. */
    out->kind = OP_SYMBOL;
    out->first = m->code_count;
    out->count = theirs->count;
    for (uint32_t i = 0; i < theirs->count; i++)
        m->plan->codes[m->code_count++] = (int8_t)symbol_find(
            (enum field)out->target, m->plan->type, m->theirs->members[theirs->first + i].name);
    return FITS;
}

/* An int may become a long (promotion), never the other way.  Where ours is an
 * instant, micros and nanos are divided; any other logical type says that the
 * number is something else, and is refused. */
static enum fit
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
    /* Units of 1/count ms: give_instant() divides. */
    out->kind = OP_INSTANT;
    out->count = theirs->logical == LOGICAL_MICROS ? UNITS_PER_MS_MICROS : UNITS_PER_MS_NANOS;
    return theirs->logical == LOGICAL_MICROS || theirs->logical == LOGICAL_NANOS ? FITS : DIFFERS;
}

/* Bare bytes are refused: their scale is known to nobody but the writer. */
static enum fit
match_decimal(const struct shape *theirs, struct op *out)
{
    if (theirs->logical != LOGICAL_DECIMAL || theirs->scale > SCALE_MOST)
        return DIFFERS;
    out->kind = theirs->kind == SHAPE_FIXED ? OP_DECIMAL_FIXED : OP_DECIMAL;
    out->scale = (uint8_t)theirs->scale;
    /* Cut to 32 bits: more than a message can hold either way, and then refused
     * there. */
    out->count = theirs->size < UINT32_MAX ? (uint32_t)theirs->size : UINT32_MAX;
    return FITS;
}

/* An array or a map: of a fitting kind, and its items fit. */
static enum fit
match_holder(struct matching *m, const struct shape *theirs, const struct shape *ours,
             struct op *out)
{
    struct op item;
    enum fit fit;

    if (theirs->kind != ours->kind)
        return DIFFERS;
    fit = match_field(m, m->theirs->members[theirs->first].shape,
                      m->ours->members[ours->first].shape, out->target, &item);
    if (fit != FITS)
        return fit;
    out->kind = theirs->kind == SHAPE_ARRAY ? OP_LIST : OP_ATTRIBUTES;
    return match_add_op(m, item, &out->first) ? FITS : NO_MEMORY;
}

/* What a text says in JSON, it says in Avro, too: a day, an instant, an amount, a symbol.  Only a
 * version is a number in both. */
static bool
reads_as_text(const struct shape *ours)
{
    return ours->kind == SHAPE_STRING || ours->kind == SHAPE_ENUM || ours->kind == SHAPE_BYTES ||
           ours->logical == LOGICAL_DATE || ours->logical == LOGICAL_MILLIS;
}

/* Neither side is a union. */
static enum fit
match_value(struct matching *m, const struct shape *theirs, const struct shape *ours,
            struct op *out)
{
    out->kind = OP_TEXT;
    if (theirs->kind == SHAPE_STRING && reads_as_text(ours))
        return FITS;
    if (ours->kind == SHAPE_STRING)
        return theirs->kind == SHAPE_BYTES ? FITS : DIFFERS;
    if (ours->kind == SHAPE_ENUM)
        return match_symbols(m, theirs, ours, out);
    if (ours->kind == SHAPE_INT || ours->kind == SHAPE_LONG)
        return match_number(theirs, ours, out);
    if (ours->kind == SHAPE_BYTES)
        return match_decimal(theirs, out);
    if (ours->kind == SHAPE_ARRAY || ours->kind == SHAPE_MAP)
        return match_holder(m, theirs, ours, out);
    assert(ours->kind == SHAPE_RECORD); /* our schemas hold no other type */
    return match_source(m, theirs, ours, out);
}

/* One branch of their union, or their only type. */
static enum fit
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

/* Each branch of their union on its own.  A branch that doesn't fit makes no
 * difference as long as no value takes it; one that takes it makes the field
 * BAD_FIELD, not the message BAD_AVRO. */
static enum fit
match_union(struct matching *m, const struct shape *theirs, const struct shape *ours,
            bool ours_takes_null, uint8_t target, struct op *out)
{
    bool any_fits = false;
    struct op op;

    *out = (struct op){ .kind = OP_UNION, .target = target, .count = theirs->count };
    /* The ops of the branches lie together, so they are claimed before any of
     * them is made: making one may claim others behind them. */
    if (!match_claim_ops(m, theirs->count, &out->first))
        return NO_MEMORY;
    for (uint32_t i = 0; i < theirs->count; i++) {
        uint32_t inner = m->theirs->members[theirs->first + i].shape;
        enum fit fit = match_branch(m, inner, ours, target, &op);

        if (fit == DIFFERS) {
            struct op skip;

            op = (struct op){ .kind = OP_WRONG, .target = target };
            if (!match_skip(m, inner, &skip) || !match_add_op(m, skip, &op.first))
                fit = NO_MEMORY;
        }
        if (fit == NO_MEMORY)
            return NO_MEMORY;
        /* A union of which no value could ever be ours is a wrong schema and
         * not a wrong value. */
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

enum fit
match_field(struct matching *m, uint32_t theirs, uint32_t ours, uint8_t target, struct op *out)
{
    const struct shape *wanted = &m->ours->shapes[ours];
    const struct shape *given = &m->theirs->shapes[theirs];
    bool takes_null = wanted->kind == SHAPE_UNION;
    enum fit fit;

    if (takes_null) /* ours are all ["null", T] */
        wanted = &m->ours->shapes[m->ours->members[wanted->first + 1].shape];
    if (given->kind == SHAPE_UNION) {
        fit = match_union(m, given, wanted, takes_null, target, out);
        if (fit == FITS)
            fold_union(m->plan, out);
        return fit;
    }
    if (given->kind == SHAPE_NULL && !takes_null)
        return DIFFERS;
    return match_branch(m, theirs, wanted, target, out);
}
