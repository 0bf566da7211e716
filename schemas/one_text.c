/* Types of other texts, put where they are named first.
 *
 * First all named types of the other texts are gathered under their full names.
 * Then the schema is copied from its beginning, as a reader of Avro goes through
 * it: a name that is not defined yet, and that another text defines, gives way
 * to that definition, which is copied in the same way.  Each name is put in once,
 * so the copy is never longer than all texts together, and a type that holds
 * itself comes to an end. */
#include "schemas/one_text.h"

#include "schemas/shape.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { FULL_BYTES = 2 * NAME_BYTES + 2 };

struct joining {
    json_t *types;   /* of the other texts: full name -> definition */
    json_t *defined; /* full names that stand in the copy already */
    bool lacks_memory;
    bool is_too_deep;
};

/* ---- names ------------------------------------------------------------------------- */

/* "Name" around "a.b" -> "a.b.Name".  False: it is too long to be one. */
static bool
full_name(const char *name, const char *around, char out[FULL_BYTES])
{
    bool is_full = strchr(name, '.') != NULL || around[0] == '\0';
    int length = is_full ? snprintf(out, FULL_BYTES, "%s", name)
                         : snprintf(out, FULL_BYTES, "%s.%s", around, name);

    return 0 < length && length < FULL_BYTES;
}

/* The namespace of a full name, which is cut for it. */
static void
space_of(char full[FULL_BYTES])
{
    char *dot = strrchr(full, '.');

    *(dot == NULL ? full : dot) = '\0';
}

/* The full name of a record, an enum or a fixed; false: it is none of them. */
static bool
name_of_definition(const json_t *node, const char *around, char out[FULL_BYTES])
{
    const char *type = json_string_value(json_object_get(node, "type"));
    const char *name = json_string_value(json_object_get(node, "name"));
    const char *space = json_string_value(json_object_get(node, "namespace"));
    enum shape_kind kind = type == NULL ? SHAPE_UNION : shape_kind_find(text_of(type));

    return (kind == SHAPE_RECORD || kind == SHAPE_ENUM || kind == SHAPE_FIXED) && name != NULL &&
           full_name(name, space == NULL ? around : space, out);
}

/* The value is given away, and may be NULL when it could not be made. */
static void
put(struct joining *j, json_t *object, const char *name, json_t *value)
{
    j->lacks_memory = json_object_set_new(object, name, value) != 0 || j->lacks_memory;
}

/* ---- what the other texts define ---------------------------------------------------- */

static void
gather(struct joining *j, json_t *node, const char *around, int depth)
{
    static const char *const inner[] = { "type", "items", "values" };
    char full[FULL_BYTES];
    json_t *part;
    size_t i;

    if (depth > SCHEMA_JSON_DEPTH)
        return;
    json_array_foreach(node, i, part) gather(j, part, around, depth + 1);
    if (!json_is_object(node))
        return;
    (void)snprintf(full, sizeof full, "%s", around);
    if (name_of_definition(node, around, full)) {
        if (json_object_get(j->types, full) == NULL)
            put(j, j->types, full, json_incref(node));
        space_of(full);
    }
    for (i = 0; i < sizeof inner / sizeof inner[0]; i++)
        gather(j, json_object_get(node, inner[i]), full, depth + 1);
    json_array_foreach(json_object_get(node, "fields"), i, part)
        gather(j, json_object_get(part, "type"), full, depth + 1);
}

/* ---- the copy ------------------------------------------------------------------------- */

static json_t *copy_type(struct joining *j, json_t *node, const char *around, int depth);

/* Fields, each with a copy of its type. */
static json_t *
copy_fields(struct joining *j, json_t *fields, const char *around, int depth)
{
    json_t *out = json_array(), *field;
    size_t i;

    json_array_foreach(fields, i, field)
    {
        json_t *copy = json_copy(field);

        if (json_object_get(copy, "type") != NULL)
            put(j, copy, "type", copy_type(j, json_object_get(field, "type"), around, depth));
        j->lacks_memory = json_array_append_new(out, copy) != 0 || j->lacks_memory;
    }
    return out;
}

/* A definition, with its namespace spelled out: it may stand in another one now. */
static json_t *
copy_definition(struct joining *j, json_t *node, const char full[FULL_BYTES], int depth)
{
    json_t *out = json_copy(node), *fields = json_object_get(node, "fields");
    const char *dot = strrchr(full, '.');
    char space[FULL_BYTES];

    (void)snprintf(space, sizeof space, "%s", full);
    space_of(space);
    put(j, out, "name", json_string(dot == NULL ? full : dot + 1));
    put(j, out, "namespace", json_string(space));
    put(j, j->defined, full, json_true());
    if (json_is_array(fields))
        put(j, out, "fields", copy_fields(j, fields, space, depth));
    return out;
}

/* A name: what it is here, or the definition that it stands for. */
static json_t *
copy_name(struct joining *j, json_t *node, const char *around, int depth)
{
    char full[FULL_BYTES];
    json_t *type;

    if (shape_kind_find(text_of(json_string_value(node))) != SHAPE_UNION ||
        !full_name(json_string_value(node), around, full))
        return json_incref(node);
    type = json_object_get(j->defined, full) == NULL ? json_object_get(j->types, full) : NULL;
    return type == NULL ? json_incref(node) : copy_definition(j, type, full, depth);
}

static json_t *
copy_union(struct joining *j, json_t *node, const char *around, int depth)
{
    json_t *out = json_array(), *branch;
    size_t i;

    json_array_foreach(node, i, branch) j->lacks_memory =
        json_array_append_new(out, copy_type(j, branch, around, depth)) != 0 || j->lacks_memory;
    return out;
}

/* NULL: no memory, or a type that is too deep. */
static json_t *
copy_type(struct joining *j, json_t *node, const char *around, int depth)
{
    static const char *const inner[] = { "type", "items", "values" };
    char full[FULL_BYTES];
    json_t *out;

    if (depth > SCHEMA_JSON_DEPTH) {
        j->is_too_deep = true;
        return NULL;
    }
    if (json_is_string(node))
        return copy_name(j, node, around, depth + 1);
    if (json_is_array(node))
        return copy_union(j, node, around, depth + 1);
    if (!json_is_object(node))
        return json_incref(node);
    if (name_of_definition(node, around, full))
        return json_object_get(j->defined, full) == NULL
                   ? copy_definition(j, node, full, depth + 1)
                   : json_string(full); /* it came with another text */
    out = json_copy(node);
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
        if (json_object_get(node, inner[i]) != NULL)
            put(j, out, inner[i], copy_type(j, json_object_get(node, inner[i]), around, depth + 1));
    return out;
}

/* ---- all of it ------------------------------------------------------------------------ */

static json_t *
load(struct text t)
{
    json_error_t error;

    return json_loadb(t.at, t.length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
}

static enum fault
gather_all(struct joining *j, char *const *others, size_t count, struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        json_t *json = load(text_of(others[i]));

        if (json == NULL)
            return why_set(why, BAD_SCHEMA, "a schema that it refers to is no JSON");
        gather(j, json, "", 0);
        json_decref(json);
    }
    return FAULT_NONE;
}

static enum fault
join(struct joining *j, json_t *json, char **out, struct why *why)
{
    json_t *copy = copy_type(j, json, "", 0);
    char *text =
        copy == NULL || j->lacks_memory ? NULL : json_dumps(copy, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(copy);
    if (!j->is_too_deep && text != NULL && strlen(text) <= SCHEMA_BYTES) {
        *out = text;
        return FAULT_NONE;
    }
    free(text);
    if (j->is_too_deep)
        return why_set(why, BAD_SCHEMA, "with what it refers to it is nested deeper than %d",
                       SCHEMA_JSON_DEPTH);
    if (text == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
    return why_set(why, BAD_SCHEMA, "with what it refers to it is longer than %d bytes",
                   SCHEMA_BYTES);
}

enum fault
one_text(struct text schema, char *const *others, size_t count, char **out, struct why *why)
{
    struct joining j = { .types = json_object(), .defined = json_object() };
    json_t *json = load(schema);
    enum fault fault = gather_all(&j, others, count, why);

    if (fault == FAULT_NONE && json == NULL)
        fault = why_set(why, BAD_SCHEMA, "its schema is no JSON");
    if (fault == FAULT_NONE)
        fault = j.lacks_memory ? why_set(why, FAULT_NO_MEMORY, "no memory for a schema")
                               : join(&j, json, out, why);
    json_decref(json);
    json_decref(j.types);
    json_decref(j.defined);
    return fault;
}
