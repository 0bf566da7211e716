/* What a registry's answer means.
 *
 * A registry that says no is told apart from something that is no registry, or
 * not at work: a proxy's page of 404 must not make anybody set records aside.
 * So "none" needs Confluent's own code in a JSON body, as all four registries
 * send it. */
#include "schemas/registry_answer.h"

#include "schemas/shape.h"

#include <jansson.h>
#include <stdlib.h>

enum {
    STATUS_OK = 200,
    STATUS_UNAUTHORIZED = 401,
    STATUS_CLIENT = 400, /* from here on it is our fault, */
    STATUS_SERVER = 500, /* ... and from here on theirs */
    STATUS_TOO_MANY = 429,
    STATUS_TIMEOUT = 408,
    NO_SUBJECT = 40401,
    NO_VERSION = 40402,
    NO_SCHEMA = 40403,
};

/* The body as an object; NULL: it is none.  The caller's. */
static json_t *
object_of(const struct asking_answer *answer)
{
    json_error_t error;
    json_t *json = json_loadb(answer->body.at, answer->body.length, 0, &error);

    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* No answer, or one that only something else than a registry at work gives.
 * `json` may be NULL. */
static enum meaning
away(const struct asking_answer *answer, const json_t *json, struct why *why)
{
    const char *message = json_string_value(json_object_get(json, "message"));

    if (answer->status == 0)
        (void)why_set(why, FAULT_REGISTRY_AWAY, "%s", answer->complaint);
    else if (300 <= answer->status && answer->status < STATUS_CLIENT)
        (void)why_set(
            why, FAULT_REGISTRY_AWAY,
            "HTTP %d leads elsewhere, which is not followed: give the URL that it leads to",
            answer->status);
    else if (message != NULL)
        (void)why_set(why, FAULT_REGISTRY_AWAY, "HTTP %d: %s", answer->status, message);
    else
        (void)why_set(why, FAULT_REGISTRY_AWAY, "HTTP %d, and no answer of a schema registry: %.*s",
                      answer->status, answer->body.length < 80 ? (int)answer->body.length : 80,
                      answer->body.at);
    return answer->status == STATUS_UNAUTHORIZED ? MEANS_DENIED : MEANS_AWAY;
}

/* A schema that is there: is it one that we can read? */
static enum meaning
schema_of(const json_t *json, char **schema, struct why *why)
{
    const json_t *text = json_object_get(json, "schema");
    const char *type = json_string_value(json_object_get(json, "schemaType"));

    if (type != NULL && strcmp(type, "AVRO") != 0) {
        (void)why_set(why, BAD_SCHEMA, "its schema is of type %s; only AVRO is read", type);
        return MEANS_CANT;
    }
    if (json_string_length(text) > SCHEMA_BYTES) {
        (void)why_set(why, BAD_SCHEMA, "its schema has %zu bytes; at most %d are read",
                      json_string_length(text), SCHEMA_BYTES);
        return MEANS_CANT;
    }
    *schema = strdup(json_string_value(text));
    if (*schema != NULL)
        return MEANS_GOOD;
    (void)why_set(why, FAULT_NO_MEMORY, "no memory for a schema");
    return MEANS_AWAY;
}

static enum meaning
meaning_of(enum fault fault)
{
    if (fault == FAULT_NO_MEMORY)
        return MEANS_AWAY;
    return fault == FAULT_NONE ? MEANS_GOOD : MEANS_CANT;
}

/* One that refers to others: more of them, or all in one text. */
static enum meaning
refers(const json_t *json, struct references **refs, char **schema, struct why *why)
{
    enum fault fault =
        *refs == NULL ? references_open(json, refs, why) : references_add(*refs, json, why);
    char path[REFERENCE_PATH_BYTES];

    if (fault == FAULT_NONE && references_next(*refs, path))
        return MEANS_MORE;
    return meaning_of(fault != FAULT_NONE ? fault : references_join(*refs, schema, why));
}

/* Does a registry say that it has nothing of that name? */
static bool
says_none(const struct asking_answer *answer, const json_t *json, bool is_reference)
{
    json_int_t code = json_integer_value(json_object_get(json, "error_code"));

    return answer->status == 404 &&
           (code == NO_SCHEMA || (is_reference && (code == NO_SUBJECT || code == NO_VERSION)));
}

enum meaning
answer_of_id(const struct asking_answer *answer, struct references **refs, char **schema,
             struct why *why)
{
    json_t *json = object_of(answer);
    enum meaning meaning;

    if (answer->status == STATUS_OK && json_is_string(json_object_get(json, "schema"))) {
        bool is_alone = *refs == NULL && json_array_size(json_object_get(json, "references")) == 0;

        meaning = is_alone ? schema_of(json, schema, why) : refers(json, refs, schema, why);
    } else if (says_none(answer, json, *refs != NULL)) {
        (void)why_set(why, BAD_SCHEMA,
                      *refs == NULL ? "the schema registry has no schema of this id"
                                    : "the schema registry lacks a schema that it refers to");
        meaning = MEANS_NONE;
    } else {
        meaning = away(answer, json, why);
    }
    json_decref(json);
    return meaning;
}

enum meaning
answer_of_register(const struct asking_answer *answer, uint32_t *id, struct why *why)
{
    json_t *json = object_of(answer);
    const json_t *number = json_object_get(json, "id");
    json_int_t value = json_integer_value(number);
    enum meaning meaning;

    if (answer->status == STATUS_OK && json_is_integer(number) && 0 <= value &&
        value <= INT32_MAX) {
        *id = (uint32_t)value;
        meaning = MEANS_GOOD;
    } else {
        meaning = away(answer, json, why);
        if (meaning == MEANS_AWAY && STATUS_CLIENT <= answer->status &&
            answer->status < STATUS_SERVER && answer->status != STATUS_TOO_MANY &&
            answer->status != STATUS_TIMEOUT && json != NULL)
            meaning = MEANS_REFUSED;
    }
    json_decref(json);
    return meaning;
}

char *
question_of_register(struct text schema)
{
    json_t *json = json_pack("{s:s%}", "schema", schema.at, schema.length);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return text;
}
