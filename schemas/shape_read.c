/* The text of a schema to shapes: its size and depth, its JSON, room for what
 * it holds.
 *
 * The text may come from anybody who can register a schema, so its size and its
 * depth are known before a recursive parser sees it. */
#include "base/grow.h"
#include "schemas/shape_inside.h"

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

enum shape_kind
shape_kind_find(struct text name)
{
    unsigned kind = 0;

    while (kind < SHAPE_UNION && !text_equal(name, text_of(kind_names[kind])))
        kind++;
    return (enum shape_kind)kind;
}

/* ---- room ------------------------------------------------------------------- */

enum fault
shape_no_memory(struct reading *r)
{
    return why_set(r->why, FAULT_NO_MEMORY, "no memory for a schema");
}

enum fault
shape_add(struct reading *r, struct shape shape, uint32_t *index)
{
    struct shapes *s = r->out;
    void *larger = grow(s->shapes, &s->shape_room, s->shape_count + 1, sizeof *s->shapes);

    if (larger == NULL)
        return shape_no_memory(r);
    s->shapes = larger;
    *index = s->shape_count;
    s->shapes[s->shape_count++] = shape;
    return FAULT_NONE;
}

enum fault
shape_claim_members(struct reading *r, size_t count, struct shape *shape)
{
    struct shapes *s = r->out;
    /* The text bounds all counts here: no overflow. */
    void *larger = grow(s->members, &s->member_room, s->member_count + count, sizeof *s->members);

    if (larger == NULL)
        return shape_no_memory(r);
    s->members = larger;
    if (count > 0)
        memset(s->members + s->member_count, 0, count * sizeof *s->members);
    shape->first = s->member_count;
    shape->count = (uint32_t)count;
    s->member_count += (uint32_t)count;
    return FAULT_NONE;
}

enum fault
shape_read_aliases(struct reading *r, const json_t *node, uint32_t *first, uint32_t *count)
{
    const json_t *aliases = json_object_get(node, "aliases");
    struct shapes *s = r->out;
    void *larger;

    *first = s->alias_count;
    *count = 0;
    /* Aliases that are no array of texts are left out: they decide nothing
     * about how data are read. */
    if (!json_is_array(aliases))
        return FAULT_NONE;
    larger = grow(s->aliases, &s->alias_room, s->alias_count + json_array_size(aliases),
                  sizeof *s->aliases);
    if (larger == NULL)
        return shape_no_memory(r);
    s->aliases = larger;
    for (size_t i = 0; i < json_array_size(aliases); i++)
        if (json_is_string(json_array_get(aliases, i)))
            s->aliases[*first + (*count)++] = text_of_json(json_array_get(aliases, i));
    s->alias_count += *count;
    return FAULT_NONE;
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

/* Bounds first, then the parser; its tree is kept, since all names point into
 * it. */
static enum fault
load_json(struct text schema, json_t **out, struct why *why)
{
    json_error_t error;

    if (schema.length > SCHEMA_BYTES)
        return why_set(why, BAD_SCHEMA, "a schema of %zu bytes; at most %d are read", schema.length,
                       SCHEMA_BYTES);
    if (json_depth(schema) > SCHEMA_JSON_DEPTH)
        return why_set(why, BAD_SCHEMA, "brackets are nested deeper than %d", SCHEMA_JSON_DEPTH);
    /* A name that stands twice in an object is refused: two readers might take
     * different ones. */
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
    /* The names of shapes and members point into the JSON, so it stays until
     * shapes_free(). */
    out->json = json;
    r.names = json_object();
    if (r.names == NULL)
        fault = shape_no_memory(&r);
    /* The first shapes are the plain primitives, in the order of the enum: a
     * reference to one needs no look-up. */
    for (int kind = 0; kind < SHAPE_PRIMITIVE_COUNT && fault == FAULT_NONE; kind++) {
        struct shape plain = { .kind = (enum shape_kind)kind, .height = 1 };
        uint32_t index;

        plain.is_empty = kind == SHAPE_NULL;
        fault = shape_add(&r, plain, &index);
    }
    if (fault == FAULT_NONE)
        fault = shape_read_type(&r, json, (struct text){ 0 }, &root);
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
