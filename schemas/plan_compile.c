/* Schema text -> shapes -> plan.  The one home of jansson and Avro-C in this
 * room.  The text may come from anybody who can register a schema, so its size
 * and its depth are known before a recursive parser sees it. */
#include <assert.h>
#include <avro.h>
#include <jansson.h>

#include "schemas/codec.h"
#include "schemas/plan.h"
#include "schemas/shape.h"

static const char *const kind_names[] = {
    [SHAPE_NULL] = "null",   [SHAPE_BOOLEAN] = "boolean", [SHAPE_INT] = "int",
    [SHAPE_LONG] = "long",   [SHAPE_FLOAT] = "float",     [SHAPE_DOUBLE] = "double",
    [SHAPE_BYTES] = "bytes", [SHAPE_STRING] = "string",   [SHAPE_RECORD] = "record",
    [SHAPE_ENUM] = "enum",   [SHAPE_FIXED] = "fixed",     [SHAPE_ARRAY] = "array",
    [SHAPE_MAP] = "map",     [SHAPE_UNION] = "union",
};

const char *
shape_kind_name(enum shape_kind kind)
{
    return kind_names[kind];
}

/* What is carried along while a schema is read. */
struct reading {
    struct shapes *out;
    json_t *names; /* full name -> index of its shape; -1 while that is being read */
    struct why *why;
};

static enum fault
no_memory(struct reading *r)
{
    return why_set(r->why, FAULT_NO_MEMORY, "no memory for a schema");
}

/* Room for count more items of an array that starts empty; NULL: no memory. */
static void *
make_room(void *items, uint32_t used, uint32_t count, uint32_t *room, size_t item_size)
{
    uint32_t wanted = used + count; /* the text bounds both: no overflow */
    void *larger;

    if (items != NULL && wanted <= *room)
        return items;
    wanted = wanted < 64 ? 64 : wanted * 2;
    larger = realloc(items, wanted * item_size);
    if (larger != NULL)
        *room = wanted;
    return larger;
}

static enum fault
add_shape(struct reading *r, struct shape shape, uint32_t *index)
{
    struct shapes *s = r->out;
    void *larger = make_room(s->shapes, s->shape_count, 1, &s->shape_room, sizeof *s->shapes);

    if (larger == NULL)
        return no_memory(r);
    s->shapes = larger;
    *index = s->shape_count;
    s->shapes[s->shape_count++] = shape;
    return FAULT_NONE;
}

/* Members of one shape lie together, so they are claimed before any is read. */
static enum fault
claim_members(struct reading *r, size_t count, struct shape *shape)
{
    struct shapes *s = r->out;
    void *larger = make_room(s->members, s->member_count, (uint32_t)count, &s->member_room,
                             sizeof *s->members);

    if (larger == NULL)
        return no_memory(r);
    s->members = larger;
    if (count > 0)
        memset(s->members + s->member_count, 0, count * sizeof *s->members);
    shape->first = s->member_count;
    shape->count = (uint32_t)count;
    s->member_count += (uint32_t)count;
    return FAULT_NONE;
}

static struct text
text_of_json(const json_t *string)
{
    return (struct text){ json_string_value(string), json_string_length(string) };
}

/* ---- names ------------------------------------------------------------------ */

static bool
is_name(struct text t)
{
    if (t.length == 0 || t.length > NAME_BYTES)
        return false;
    for (size_t i = 0; i < t.length; i++) {
        char c = t.at[i];
        bool is_letter = ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || c == '_';

        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return true;
}

/* Names joined by dots. */
static bool
is_space(struct text t)
{
    size_t from = 0;

    if (t.length > NAME_BYTES)
        return false;
    for (size_t i = 0; i <= t.length; i++) {
        if (i < t.length && t.at[i] != '.')
            continue;
        if (t.length > 0 && !is_name((struct text){ t.at + from, i - from }))
            return false;
        from = i + 1;
    }
    return true;
}

/* "a.b.C" -> "a.b" and "C"; a name without a dot is in the space around it. */
static void
split_name(struct text whole, struct text around, struct text *space, struct text *name)
{
    size_t dot = whole.length;

    while (dot > 0 && whole.at[dot - 1] != '.')
        dot--;
    *space = dot == 0 ? around : (struct text){ whole.at, dot - 1 };
    *name = (struct text){ whole.at + dot, whole.length - dot };
}

enum { FULL_NAME_BYTES = 2 * NAME_BYTES + 2 };

/* space and name have been checked, so they fit. */
static void
join_name(struct text space, struct text name, char out[FULL_NAME_BYTES])
{
    struct text_buffer b = { .at = out, .size = FULL_NAME_BYTES - 1 };

    if (space.length > 0) {
        text_put(&b, space);
        text_put_char(&b, '.');
    }
    text_put(&b, name);
    assert(!b.full);
    out[b.length] = '\0';
}

/* A reference to a type that was defined earlier. */
static enum fault
find_named(struct reading *r, struct text whole, struct text around, uint32_t *index)
{
    struct text space, name;
    char full[FULL_NAME_BYTES];
    const json_t *known;

    split_name(whole, around, &space, &name);
    if (!is_name(name) || !is_space(space))
        return why_set(r->why, BAD_SCHEMA, "'%.*s' is no name of a type",
                       (int)(whole.length < 80 ? whole.length : 80), whole.at);
    join_name(space, name, full);
    known = json_object_get(r->names, full);
    if (known == NULL)
        return why_set(r->why, BAD_SCHEMA, "type %.80s is not defined before it is used", full);
    if (json_integer_value(known) < 0)
        return why_set(r->why, BAD_SCHEMA, "type %.80s holds itself", full);
    *index = (uint32_t)json_integer_value(known);
    return FAULT_NONE;
}

static enum fault
set_named(struct reading *r, const char *full, json_int_t index)
{
    return json_object_set_new(r->names, full, json_integer(index)) == 0 ? FAULT_NONE
                                                                         : no_memory(r);
}

/* The name of a record, enum or fixed; claims it. */
static enum fault
read_name(struct reading *r, const json_t *node, struct text around, struct shape *shape,
          char full[FULL_NAME_BYTES])
{
    const json_t *name = json_object_get(node, "name");
    const json_t *space = json_object_get(node, "namespace");

    if (!json_is_string(name) || (space != NULL && !json_is_string(space)))
        return why_set(r->why, BAD_SCHEMA, "a %s has no name", kind_names[shape->kind]);
    if (space != NULL)
        around = text_of_json(space);
    split_name(text_of_json(name), around, &shape->space, &shape->name);
    if (!is_name(shape->name) || !is_space(shape->space))
        return why_set(r->why, BAD_SCHEMA, "'%.80s' is no name of a type", json_string_value(name));
    for (int kind = 0; kind < SHAPE_PRIMITIVE_COUNT; kind++)
        if (text_equal(shape->name, text_of(kind_names[kind])))
            return why_set(r->why, BAD_SCHEMA, "a type may not be called %s", kind_names[kind]);
    join_name(shape->space, shape->name, full);
    if (json_object_get(r->names, full) != NULL)
        return why_set(r->why, BAD_SCHEMA, "type %.80s is defined twice", full);
    return set_named(r, full, -1);
}

static enum fault
read_aliases(struct reading *r, const json_t *node, uint32_t *first, uint32_t *count)
{
    const json_t *aliases = json_object_get(node, "aliases");
    struct shapes *s = r->out;
    void *larger;

    *first = s->alias_count;
    *count = 0;
    if (!json_is_array(aliases))
        return FAULT_NONE;
    larger = make_room(s->aliases, s->alias_count, (uint32_t)json_array_size(aliases),
                       &s->alias_room, sizeof *s->aliases);
    if (larger == NULL)
        return no_memory(r);
    s->aliases = larger;
    for (size_t i = 0; i < json_array_size(aliases); i++)
        if (json_is_string(json_array_get(aliases, i)))
            s->aliases[*first + (*count)++] = text_of_json(json_array_get(aliases, i));
    s->alias_count += *count;
    return FAULT_NONE;
}

/* ---- types ------------------------------------------------------------------ */

static enum fault
read_type(struct reading *r, const json_t *node, struct text around, struct member *out);

/* What a shape is once all that it holds has been read. */
static void
grow_around(struct shape *shape, const struct shape *inner)
{
    if (shape->height <= inner->height)
        shape->height = inner->height + 1;
    shape->is_empty = shape->is_empty && inner->is_empty;
}

static enum fault
read_member(struct reading *r, const json_t *node, struct text around, struct shape *shape,
            uint32_t at)
{
    struct member member = r->out->members[shape->first + at];
    enum fault fault = read_type(r, node, around, &member);

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
    if (!json_is_string(name) || !is_name(text_of_json(name)))
        return why_set(r->why, BAD_SCHEMA, "a %s has no name", what);
    if (json_object_get(set, json_string_value(name)) != NULL)
        return why_set(r->why, BAD_SCHEMA, "%s %.80s stands twice", what, json_string_value(name));
    return json_object_set_new(set, json_string_value(name), json_true()) == 0 ? FAULT_NONE
                                                                               : no_memory(r);
}

static enum fault
read_fields(struct reading *r, const json_t *fields, struct shape *shape, json_t *set)
{
    enum fault fault = FAULT_NONE;

    for (uint32_t i = 0; i < shape->count && fault == FAULT_NONE; i++) {
        const json_t *field = json_array_get(fields, i);
        const json_t *name = json_object_get(field, "name");
        struct member m = { 0 };

        fault = add_once(r, set, name, "field");
        if (fault != FAULT_NONE)
            break;
        m.name = text_of_json(name);
        m.has_default = json_object_get(field, "default") != NULL;
        fault = read_aliases(r, field, &m.first_alias, &m.alias_count);
        if (fault != FAULT_NONE)
            break;
        r->out->members[shape->first + i] = m;
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

static enum fault
read_listing(struct reading *r, const json_t *node, struct shape *shape)
{
    bool is_record = shape->kind == SHAPE_RECORD;
    const json_t *list = json_object_get(node, is_record ? "fields" : "symbols");
    enum fault fault;
    json_t *set;

    if (!json_is_array(list) || (!is_record && json_array_size(list) == 0))
        return why_set(r->why, BAD_SCHEMA, "%s %.*s has no %s", kind_names[shape->kind],
                       (int)shape->name.length, shape->name.at, is_record ? "fields" : "symbols");
    set = json_object();
    if (set == NULL)
        return no_memory(r);
    fault = claim_members(r, json_array_size(list), shape);
    if (fault == FAULT_NONE)
        fault = is_record ? read_fields(r, list, shape, set) : read_symbols(r, list, shape, set);
    json_decref(set);
    return fault;
}

static int
integer_or(const json_t *number, int otherwise)
{
    json_int_t n = json_integer_value(number); /* 0 for what is no integer */

    return json_is_integer(number) && 0 <= n && n <= 1000000 ? (int)n : otherwise;
}

static enum fault
read_named(struct reading *r, const json_t *node, struct text around, struct shape *shape,
           uint32_t *index)
{
    char full[FULL_NAME_BYTES];
    enum fault fault = read_name(r, node, around, shape, full);

    if (fault == FAULT_NONE)
        fault = read_aliases(r, node, &shape->first_alias, &shape->alias_count);
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
        fault = add_shape(r, *shape, index);
    return fault == FAULT_NONE ? set_named(r, full, *index) : fault;
}

static enum fault
read_holder(struct reading *r, const json_t *node, struct text around, struct shape *shape,
            uint32_t *index)
{
    const json_t *inner = json_object_get(node, shape->kind == SHAPE_ARRAY ? "items" : "values");
    enum fault fault = claim_members(r, 1, shape);

    if (fault == FAULT_NONE)
        fault = read_member(r, inner, around, shape, 0);
    shape->is_empty = false; /* the end of the blocks is a byte */
    return fault == FAULT_NONE ? add_shape(r, *shape, index) : fault;
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

        if (is_named ? other == mine : s->shapes[other].kind == kind)
            return why_set(r->why, BAD_SCHEMA, "a union has two branches of type %s",
                           kind_names[kind]);
    }
    return FAULT_NONE;
}

static enum fault
read_union(struct reading *r, const json_t *node, struct text around, uint32_t *index)
{
    struct shape shape = { .kind = SHAPE_UNION, .height = 1 };
    size_t count = json_array_size(node);
    enum fault fault;

    if (count == 0 || count > BRANCHES_MOST)
        return why_set(r->why, BAD_SCHEMA, "a union of %zu types", count);
    fault = claim_members(r, count, &shape);
    for (uint32_t i = 0; i < count && fault == FAULT_NONE; i++) {
        fault = read_member(r, json_array_get(node, i), around, &shape, i);
        if (fault == FAULT_NONE)
            fault = check_branch(r, &shape, i);
    }
    return fault == FAULT_NONE ? add_shape(r, shape, index) : fault;
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

static enum fault
read_object(struct reading *r, const json_t *node, struct text around, struct member *out)
{
    const json_t *type = json_object_get(node, "type");
    struct shape shape = { .height = 1 };
    int kind = 0;

    if (!json_is_string(type))
        return why_set(r->why, BAD_SCHEMA, "a type has no type");
    while (kind < SHAPE_UNION && !text_equal(text_of_json(type), text_of(kind_names[kind])))
        kind++;
    if (kind == SHAPE_UNION) { /* {"type": "Grade"} */
        out->by_name = true;
        return find_named(r, text_of_json(type), around, &out->shape);
    }
    shape.kind = (enum shape_kind)kind;
    read_logical(node, &shape);
    if (shape.kind == SHAPE_ARRAY || shape.kind == SHAPE_MAP)
        return read_holder(r, node, around, &shape, &out->shape);
    if (shape.kind >= SHAPE_PRIMITIVE_COUNT)
        return read_named(r, node, around, &shape, &out->shape);
    shape.is_empty = shape.kind == SHAPE_NULL;
    return add_shape(r, shape, &out->shape);
}

static enum fault
read_type(struct reading *r, const json_t *node, struct text around, struct member *out)
{
    struct text name;

    if (json_is_array(node))
        return read_union(r, node, around, &out->shape);
    if (json_is_object(node))
        return read_object(r, node, around, out);
    if (!json_is_string(node))
        return why_set(r->why, BAD_SCHEMA, "a type is neither string, object nor array");
    name = text_of_json(node);
    for (uint32_t kind = 0; kind < SHAPE_PRIMITIVE_COUNT; kind++) {
        if (text_equal(name, text_of(kind_names[kind]))) {
            out->shape = kind; /* the first shapes are the plain primitives */
            return FAULT_NONE;
        }
    }
    out->by_name = true;
    return find_named(r, name, around, &out->shape);
}

/* ---- the text --------------------------------------------------------------- */

/* How deep brackets go, without recursion; strings are stepped over. */
static int
json_depth(struct text t)
{
    int depth = 0, most = 0;
    bool in_string = false;

    for (size_t i = 0; i < t.length; i++) {
        char c = t.at[i];

        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{'))
            most = ++depth > most ? depth : most;
        else if (!in_string && (c == ']' || c == '}'))
            depth--;
    }
    return most;
}

static enum fault
load_json(struct text schema, json_t **out, struct why *why)
{
    json_error_t error;

    if (schema.length > SCHEMA_BYTES)
        return why_set(why, BAD_SCHEMA, "a schema of %zu bytes; at most %d are read", schema.length,
                       SCHEMA_BYTES);
    if (json_depth(schema) > SCHEMA_JSON_DEPTH)
        return why_set(why, BAD_SCHEMA, "brackets are nested deeper than %d", SCHEMA_JSON_DEPTH);
    *out = json_loadb(schema.at, schema.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*out != NULL)
        return FAULT_NONE;
    if (json_error_code(&error) == json_error_out_of_memory)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
    return why_set(why, BAD_SCHEMA, "line %d: %s", error.line, error.text);
}

enum fault
shapes_read(struct text schema, struct shapes *out, struct why *why)
{
    struct reading r = { .out = out, .why = why };
    struct member root = { 0 };
    enum fault fault;
    json_t *json = NULL;

    *out = (struct shapes){ 0 };
    fault = load_json(schema, &json, why);
    if (fault != FAULT_NONE)
        return fault;
    out->json = json;
    r.names = json_object();
    if (r.names == NULL)
        fault = no_memory(&r);
    for (int kind = 0; kind < SHAPE_PRIMITIVE_COUNT && fault == FAULT_NONE; kind++) {
        struct shape plain = { .kind = (enum shape_kind)kind, .height = 1 };
        uint32_t index;

        plain.is_empty = kind == SHAPE_NULL;
        fault = add_shape(&r, plain, &index);
    }
    if (fault == FAULT_NONE)
        fault = read_type(&r, json, (struct text){ 0 }, &root);
    json_decref(r.names);
    out->root = root.shape;
    return fault;
}

void
shapes_free(struct shapes *s)
{
    free(s->shapes);
    free(s->members);
    free(s->aliases);
    json_decref(s->json);
    *s = (struct shapes){ 0 };
}

/* ---- the plan --------------------------------------------------------------- */

/* Avro-C's word that the text is a schema.  It is asked last: it recurses
 * without bound, and our own reading has refused what it could fall over. */
static enum fault
ask_avro(struct text schema, struct why *why)
{
    avro_schema_t parsed;

    if (avro_schema_from_json_length(schema.at, schema.length, &parsed) != 0)
        return why_set(why, BAD_SCHEMA, "%.200s", avro_strerror());
    (void)avro_schema_decref(parsed);
    return FAULT_NONE;
}

enum fault
plan_compile_between(struct text writer, struct text reader, enum record_type type,
                     struct plan **out, struct why *why)
{
    struct shapes theirs = { 0 }, ours = { 0 };
    enum fault fault = shapes_read(writer, &theirs, why);

    if (fault == FAULT_NONE)
        fault = ask_avro(writer, why);
    if (fault == FAULT_NONE)
        fault = shapes_read(reader, &ours, why);
    if (fault == FAULT_NONE)
        fault = plan_match(&theirs, &ours, type, out, why);
    shapes_free(&theirs);
    shapes_free(&ours);
    return fault;
}

enum fault
plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why)
{
    return plan_compile_between(schema, schema_text(type), type, out, why);
}
