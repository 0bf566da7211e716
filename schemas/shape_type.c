/* One type of a schema, of whatever kind, from its JSON.
 *
 * Types hold types, so these functions call each other, and shape_read_type()
 * is the way in.  read_member() checks the height of each, and load_json() has
 * bounded the brackets, so the recursion is bounded, too. */
#include "schemas/shape_inside.h"

/* What a shape is once all that it holds has been read. */
static void
grow_around(struct shape *shape, const struct shape *inner)
{
    if (shape->height <= inner->height)
        shape->height = inner->height + 1;
    shape->is_empty = shape->is_empty && inner->is_empty;
}

/* Reads a type into a member of `shape`.  A copy of the member is filled:
 * reading may move the array. */
static enum fault
read_member(struct reading *r, const json_t *node, struct text around, struct shape *shape,
            uint32_t at)
{
    struct member member = r->out->members[shape->first + at];
    enum fault fault = shape_read_type(r, node, around, &member);

    if (fault != FAULT_NONE)
        return fault;
    r->out->members[shape->first + at] = member;
    grow_around(shape, &r->out->shapes[member.shape]);
    if (shape->height > SHAPE_HEIGHT)
        return why_set(r->why, BAD_SCHEMA, "types are nested deeper than %d", SHAPE_HEIGHT);
    return FAULT_NONE;
}

/* Note a name in a set; refused when it is no name or stands there already. */
static enum fault
add_once(struct reading *r, json_t *set, const json_t *name, const char *what)
{
    if (!json_is_string(name) || !shape_is_name(text_of_json(name)))
        return why_set(r->why, BAD_SCHEMA, "a %s has no name", what);
    if (json_object_get(set, json_string_value(name)) != NULL)
        return why_set(r->why, BAD_SCHEMA, "%s %.80s stands twice", what, json_string_value(name));
    return json_object_set_new(set, json_string_value(name), json_true()) == 0 ? FAULT_NONE
                                                                               : shape_no_memory(r);
}

/* The members were claimed before, so they lie together whatever their types
 * hold. */
static enum fault
read_fields(struct reading *r, const json_t *fields, struct shape *shape, json_t *set)
{
    enum fault fault = FAULT_NONE;

    for (uint32_t i = 0; i < shape->count && fault == FAULT_NONE; i++) {
        const json_t *field = json_array_get(fields, i);
        /* json_object_get() of what is no object is NULL, and add_once()
         * refuses that. */
        const json_t *name = json_object_get(field, "name");
        struct member m = { 0 };

        fault = add_once(r, set, name, "field");
        if (fault != FAULT_NONE)
            break;
        m.name = text_of_json(name);
        m.has_default = json_object_get(field, "default") != NULL;
        fault = shape_read_aliases(r, field, &m.first_alias, &m.alias_count);
        if (fault != FAULT_NONE)
            break;
        r->out->members[shape->first + i] = m;
        /* A field's type is looked for in the record's namespace, whatever
         * stood around the record. */
        fault = read_member(r, json_object_get(field, "type"), shape->space, shape, i);
    }
    return fault;
}

static enum fault
read_symbols(struct reading *r, const json_t *symbols, const struct shape *shape, json_t *set)
{
    enum fault fault = FAULT_NONE;

    for (uint32_t i = 0; i < shape->count && fault == FAULT_NONE; i++) {
        const json_t *symbol = json_array_get(symbols, i);

        fault = add_once(r, set, symbol, "symbol");
        if (fault == FAULT_NONE)
            r->out->members[shape->first + i].name = text_of_json(symbol);
    }
    return fault;
}

/* Fields of a record or symbols of an enum, no name twice. */
static enum fault
read_listing(struct reading *r, const json_t *node, struct shape *shape)
{
    bool is_record = shape->kind == SHAPE_RECORD;
    const json_t *list = json_object_get(node, is_record ? "fields" : "symbols");
    enum fault fault;
    json_t *set;

    if (!json_is_array(list) || (!is_record && json_array_size(list) == 0))
        return why_set(r->why, BAD_SCHEMA, "%s %.*s has no %s", shape_kind_name(shape->kind),
                       (int)shape->name.length, shape->name.at, is_record ? "fields" : "symbols");
    set = json_object();
    if (set == NULL)
        return shape_no_memory(r);
    fault = shape_claim_members(r, json_array_size(list), shape);
    if (fault == FAULT_NONE)
        fault = is_record ? read_fields(r, list, shape, set) : read_symbols(r, list, shape, set);
    json_decref(set);
    return fault;
}

/* A number from 0 to 1,000,000, else `otherwise`. */
static int
integer_or(const json_t *number, int otherwise)
{
    json_int_t n = json_integer_value(number); /* 0 for what is no integer */

    return json_is_integer(number) && 0 <= n && n <= 1000000 ? (int)n : otherwise;
}

/* A record, an enum or a fixed.  Its name is noted before its members are read
 * and gets its index after, so that a reference from within is seen. */
static enum fault
read_named(struct reading *r, const json_t *node, struct text around, struct shape *shape,
           uint32_t *index)
{
    char full[FULL_NAME_BYTES];
    enum fault fault = shape_read_name(r, node, around, shape, full);

    if (fault == FAULT_NONE)
        fault = shape_read_aliases(r, node, &shape->first_alias, &shape->alias_count);
    if (fault != FAULT_NONE)
        return fault;
    if (shape->kind == SHAPE_FIXED) {
        const json_t *size = json_object_get(node, "size");

        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return why_set(r->why, BAD_SCHEMA, "fixed %.80s has no size", full);
        shape->size = (uint64_t)json_integer_value(size);
        shape->is_empty = shape->size == 0;
    } else {
        shape->is_empty = shape->kind == SHAPE_RECORD; /* until a field says otherwise */
        fault = read_listing(r, node, shape);
    }
    if (fault == FAULT_NONE)
        fault = shape_add(r, *shape, index);
    return fault == FAULT_NONE ? shape_set_named(r, full, *index) : fault;
}

/* An array or a map: one member, without a name. */
static enum fault
read_holder(struct reading *r, const json_t *node, struct text around, struct shape *shape,
            uint32_t *index)
{
    const json_t *inner = json_object_get(node, shape->kind == SHAPE_ARRAY ? "items" : "values");
    enum fault fault = shape_claim_members(r, 1, shape);

    if (fault == FAULT_NONE)
        fault = read_member(r, inner, around, shape, 0);
    shape->is_empty = false; /* the end of the blocks is a byte */
    return fault == FAULT_NONE ? shape_add(r, *shape, index) : fault;
}

/* Two branches must differ in type, or in name if the type has one. */
static enum fault
check_branch(struct reading *r, const struct shape *shape, uint32_t at)
{
    const struct shapes *s = r->out;
    uint32_t mine = s->members[shape->first + at].shape;
    enum shape_kind kind = s->shapes[mine].kind;
    bool is_named = kind == SHAPE_RECORD || kind == SHAPE_ENUM || kind == SHAPE_FIXED;

    if (kind == SHAPE_UNION)
        return why_set(r->why, BAD_SCHEMA, "a union holds a union");
    for (uint32_t i = 0; i < at; i++) {
        uint32_t other = s->members[shape->first + i].shape;

        /* A named type is one shape however often it is named, so equal indexes are
         * equal names. */
        if (is_named ? other == mine : s->shapes[other].kind == kind)
            return why_set(r->why, BAD_SCHEMA, "a union has two branches of type %s",
                           shape_kind_name((enum shape_kind)kind));
    }
    return FAULT_NONE;
}

/* Branch by branch, each compared with those before it. */
static enum fault
read_union(struct reading *r, const json_t *node, struct text around, uint32_t *index)
{
    struct shape shape = { .kind = SHAPE_UNION, .height = 1 };
    size_t count = json_array_size(node);
    enum fault fault;

    if (count == 0 || count > BRANCHES_MOST)
        return why_set(r->why, BAD_SCHEMA, "a union of %zu types", count);
    fault = shape_claim_members(r, count, &shape);
    for (uint32_t i = 0; i < count && fault == FAULT_NONE; i++) {
        fault = read_member(r, json_array_get(node, i), around, &shape, i);
        if (fault == FAULT_NONE)
            fault = check_branch(r, &shape, i);
    }
    return fault == FAULT_NONE ? shape_add(r, shape, index) : fault;
}

/* An annotation that doesn't go with its type is ignored, as Avro says. */
static void
read_logical(const json_t *node, struct shape *shape)
{
    const json_t *logical = json_object_get(node, "logicalType");
    struct text name = text_of_json(logical);
    bool is_bytes = shape->kind == SHAPE_BYTES || shape->kind == SHAPE_FIXED;
    bool is_number = shape->kind == SHAPE_INT || shape->kind == SHAPE_LONG;

    if (!json_is_string(logical))
        return;
    if (is_bytes && text_equal(name, TEXT_LITERAL("decimal"))) {
        const json_t *scale = json_object_get(node, "scale");
        int precision = integer_or(json_object_get(node, "precision"), 0);

        shape->scale = scale == NULL ? 0 : integer_or(scale, -1);
        if (precision > 0 && 0 <= shape->scale && shape->scale <= precision)
            shape->logical = LOGICAL_DECIMAL;
    } else if (is_number) {
        /* Any other annotation of a number says that it is no plain number:
         * match_number() refuses it. */
        shape->logical = LOGICAL_OTHER;
        if (shape->kind == SHAPE_INT && text_equal(name, TEXT_LITERAL("date")))
            shape->logical = LOGICAL_DATE;
        if (shape->kind == SHAPE_LONG && text_equal(name, TEXT_LITERAL("timestamp-millis")))
            shape->logical = LOGICAL_MILLIS;
        if (shape->kind == SHAPE_LONG && text_equal(name, TEXT_LITERAL("timestamp-micros")))
            shape->logical = LOGICAL_MICROS;
        if (shape->kind == SHAPE_LONG && text_equal(name, TEXT_LITERAL("timestamp-nanos")))
            shape->logical = LOGICAL_NANOS;
    }
}

/* {"type": ..., and what that type has}. A name of a type may stand there as
 * well. */
static enum fault
read_object(struct reading *r, const json_t *node, struct text around, struct member *out)
{
    const json_t *type = json_object_get(node, "type");
    struct shape shape = { .height = 1 };

    if (!json_is_string(type))
        return why_set(r->why, BAD_SCHEMA, "a type has no type");
    shape.kind = shape_kind_find(text_of_json(type));
    if (shape.kind == SHAPE_UNION) { /* {"type": "Grade"} */
        out->by_name = true;
        return shape_find_named(r, text_of_json(type), around, &out->shape);
    }
    read_logical(node, &shape);
    if (shape.kind == SHAPE_ARRAY || shape.kind == SHAPE_MAP)
        return read_holder(r, node, around, &shape, &out->shape);
    if (shape.kind >= SHAPE_PRIMITIVE_COUNT)
        return read_named(r, node, around, &shape, &out->shape);
    shape.is_empty = shape.kind == SHAPE_NULL;
    return shape_add(r, shape, &out->shape);
}

enum fault
shape_read_type(struct reading *r, const json_t *node, struct text around, struct member *out)
{
    struct text name;

    if (json_is_array(node))
        return read_union(r, node, around, &out->shape);
    if (json_is_object(node))
        return read_object(r, node, around, out);
    if (!json_is_string(node))
        return why_set(r->why, BAD_SCHEMA, "a type is neither string, object nor array");
    name = text_of_json(node);
    out->shape = (uint32_t)shape_kind_find(name);
    if (out->shape < SHAPE_PRIMITIVE_COUNT) /* the first shapes are the plain primitives */
        return FAULT_NONE;
    out->by_name = true;
    return shape_find_named(r, name, around, &out->shape);
}
