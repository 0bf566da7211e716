/* Names of a schema: full names, namespaces, and what was named before.
 *
 * A type is known under its full name, "space.Name".  A reference without a dot
 * is looked for in the namespace around it (Avro 1.11, "Names").  The set of
 * names also finds recursion: a name is -1 there while its own definition is
 * being read. */
#include <assert.h>

#include "schemas/shape_inside.h"

bool
shape_is_name(struct text t)
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
        if (t.length > 0 && !shape_is_name((struct text){ t.at + from, i - from }))
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

enum fault
shape_find_named(struct reading *r, struct text whole, struct text around, uint32_t *index)
{
    struct text space, name;
    char full[FULL_NAME_BYTES];
    const json_t *known;

    split_name(whole, around, &space, &name);
    if (!shape_is_name(name) || !is_space(space))
        return why_set(r->why, BAD_SCHEMA, "'%.*s' is no name of a type",
                       (int)(whole.length < 80 ? whole.length : 80), whole.at);
    join_name(space, name, full);
    known = json_object_get(r->names, full);
    if (known == NULL)
        return why_set(r->why, BAD_SCHEMA, "type %.80s is not defined before it is used", full);
    /* A record that holds itself would need a plan without an end; none of ours
     * does. */
    if (json_integer_value(known) < 0)
        return why_set(r->why, BAD_SCHEMA, "type %.80s holds itself", full);
    *index = (uint32_t)json_integer_value(known);
    return FAULT_NONE;
}

enum fault
shape_set_named(struct reading *r, const char *full, json_int_t index)
{
    return json_object_set_new(r->names, full, json_integer(index)) == 0 ? FAULT_NONE
                                                                         : shape_no_memory(r);
}

enum fault
shape_read_name(struct reading *r, const json_t *node, struct text around, struct shape *shape,
                char full[FULL_NAME_BYTES])
{
    const json_t *name = json_object_get(node, "name");
    const json_t *space = json_object_get(node, "namespace");
    enum shape_kind kind;

    if (!json_is_string(name) || (space != NULL && !json_is_string(space)))
        return why_set(r->why, BAD_SCHEMA, "a %s has no name", shape_kind_name(shape->kind));
    if (space != NULL)
        around = text_of_json(space);
    split_name(text_of_json(name), around, &shape->space, &shape->name);
    if (!shape_is_name(shape->name) || !is_space(shape->space))
        return why_set(r->why, BAD_SCHEMA, "'%.80s' is no name of a type", json_string_value(name));
    /* Avro reserves the primitives' names; a record called "string" would be
     * taken for one. */
    kind = shape_kind_find(shape->name);
    if (kind < SHAPE_PRIMITIVE_COUNT)
        return why_set(r->why, BAD_SCHEMA, "a type may not be called %s", shape_kind_name(kind));
    join_name(shape->space, shape->name, full);
    if (json_object_get(r->names, full) != NULL)
        return why_set(r->why, BAD_SCHEMA, "type %.80s is defined twice", full);
    return shape_set_named(r, full, -1);
}
