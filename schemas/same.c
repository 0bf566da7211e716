/* Do two texts of a schema say the same?
 *
 * A registry may hand out a text in another layout than it was given.  So texts
 * are compared as JSON: the order of an object's names and what `doc` says do
 * not matter; logical types, defaults and aliases do, which no fingerprint has
 * in it. */
#include "schemas/codec.h"

#include <jansson.h>

static void
drop_docs(json_t *json)
{
    const char *name;
    json_t *value;
    size_t i;

    (void)json_object_del(json, "doc");
    json_object_foreach(json, name, value) drop_docs(value);
    json_array_foreach(json, i, value) drop_docs(value);
}

static json_t *
load(struct text schema)
{
    json_error_t error;
    json_t *json = json_loadb(schema.at, schema.length, JSON_DECODE_ANY, &error);

    if (json != NULL)
        drop_docs(json);
    return json;
}

bool
schema_is_same(struct text a, struct text b)
{
    json_t *left, *right;
    bool same;

    if (text_equal(a, b))
        return true;
    left = load(a);
    right = load(b);
    same = left != NULL && right != NULL && json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return same;
}
