/* A list that grows while it is worked off: each answer may name further subjects.
 *
 * A subject's version is asked for once, whoever refers to it, so two that refer
 * to each other come to an end. */
#include "schemas/references.h"

#include "schemas/one_text.h"
#include "schemas/shape.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUBJECT_BYTES = 257 };

struct reference {
    char subject[SUBJECT_BYTES];
    int version, depth;
};

struct references {
    char *schema; /* that refers to them */
    struct reference list[REFERENCES_MOST];
    char *texts[REFERENCES_MOST]; /* of those that are there: the first ones */
    size_t count, there;
};

static bool
is_listed(const struct references *r, const char *subject, json_int_t version)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].version == version && strcmp(r->list[i].subject, subject) == 0)
            return true;
    return false;
}

/* One of an answer's list. */
static enum fault
list_one(struct references *r, const json_t *entry, int depth, struct why *why)
{
    const char *subject = json_string_value(json_object_get(entry, "subject"));
    json_int_t version = json_integer_value(json_object_get(entry, "version"));

    if (subject == NULL || subject[0] == '\0' || strlen(subject) >= SUBJECT_BYTES || version < 1 ||
        version > INT32_MAX)
        return why_set(why, BAD_SCHEMA, "it refers to a schema without subject and version");
    if (is_listed(r, subject, version))
        return FAULT_NONE;
    if (r->count == REFERENCES_MOST || depth > REFERENCES_DEPTH)
        return why_set(why, BAD_SCHEMA, "it refers to more than %d schemas, or over more than %d",
                       REFERENCES_MOST, REFERENCES_DEPTH);
    r->list[r->count] = (struct reference){ .version = (int)version, .depth = depth };
    (void)snprintf(r->list[r->count++].subject, SUBJECT_BYTES, "%s", subject);
    return FAULT_NONE;
}

/* The text of an answer, and what it refers to. */
static enum fault
take(struct references *r, const json_t *answer, int depth, char **text, struct why *why)
{
    const char *type = json_string_value(json_object_get(answer, "schemaType"));
    const json_t *schema = json_object_get(answer, "schema"), *entry;
    enum fault fault = FAULT_NONE;
    size_t i;

    if (type != NULL && strcmp(type, "AVRO") != 0)
        return why_set(why, BAD_SCHEMA, "it refers to a schema of type %s; only AVRO is read",
                       type);
    if (json_string_length(schema) > SCHEMA_BYTES)
        return why_set(why, BAD_SCHEMA, "it refers to a schema of %zu bytes; at most %d are read",
                       json_string_length(schema), SCHEMA_BYTES);
    json_array_foreach(json_object_get(answer, "references"), i, entry)
    {
        fault = list_one(r, entry, depth, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    *text = strdup(json_string_value(schema));
    return *text != NULL ? FAULT_NONE : why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
}

enum fault
references_open(const json_t *answer, struct references **out, struct why *why)
{
    struct references *r = calloc(1, sizeof *r);
    enum fault fault;

    if (r == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
    fault = take(r, answer, 1, &r->schema, why);
    if (fault != FAULT_NONE)
        references_free(r);
    else
        *out = r;
    return fault;
}

void
references_free(struct references *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->there; i++)
        free(r->texts[i]);
    free(r->schema);
    free(r);
}

bool
references_next(const struct references *r, char path[REFERENCE_PATH_BYTES])
{
    struct text_buffer b = { .at = path, .size = REFERENCE_PATH_BYTES - 1 };
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    if (r->there == r->count)
        return false;
    text_print(&b, "/subjects/");
    for (const char *c = r->list[r->there].subject; *c != '\0'; c++)
        text_print(&b, strchr(plain, *c) != NULL ? "%c" : "%%%02X", (unsigned char)*c);
    /* Also one that was deleted since: what was written with it is still in the log. */
    text_print(&b, "/versions/%d?deleted=true", r->list[r->there].version);
    path[b.length] = '\0';
    return true;
}

enum fault
references_add(struct references *r, const json_t *answer, struct why *why)
{
    enum fault fault = take(r, answer, r->list[r->there].depth + 1, &r->texts[r->there], why);

    r->there += fault == FAULT_NONE;
    return fault;
}

enum fault
references_join(const struct references *r, char **out, struct why *why)
{
    return one_text(text_of(r->schema), r->texts, r->there, out, why);
}
