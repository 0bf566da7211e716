#include "ingest/json_inside.h"

enum { NAMES_SEARCHED = 64 }; /* objects with more members are sorted instead */

struct json *
json_new(void)
{
    return calloc(1, sizeof(struct json)); /* pages that no line needs stay untouched */
}

void
json_free(struct json *json)
{
    free(json);
}

const struct json_node *
json_nodes(const struct json *json)
{
    return json->nodes;
}

enum fault
json_bad(const struct json *json, struct why *why, const char *what)
{
    return why_set(why, BAD_JSON, "%s at byte %td", what, json->at - json->start + 1);
}

static void
skip_blanks(struct json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

/* ---- names of an object --------------------------------------------------------- */

static int
by_bytes(const void *a, const void *b)
{
    const struct text *const *x = a, *const *y = b;
    return text_compare(**x, **y);
}

static const struct text *
repeated_of_many(struct json *json, uint32_t object)
{
    size_t count = 0;
    for (uint32_t i = object + 1; i < json->node_count; i = json->nodes[i].after)
        json->sorted[count++] = &json->nodes[i].name;
    qsort(json->sorted, count, sizeof json->sorted[0], by_bytes);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(*json->sorted[i - 1], *json->sorted[i]))
            return json->sorted[i];
    }
    return NULL;
}

/* A name that stands twice among the members of the object at hand, or NULL.
 * Most names are told apart by one bit of length and end letters. */
static const struct text *
repeated_name(struct json *json, uint32_t object)
{
    if (json->nodes[object].count > NAMES_SEARCHED)
        return repeated_of_many(json, object);
    uint64_t seen = 0;
    for (uint32_t i = object + 1; i < json->node_count; i = json->nodes[i].after) {
        struct text name = json->nodes[i].name;
        size_t mix = name.length;
        if (mix > 0)
            mix += (uint8_t)name.at[0] * 5U + (uint8_t)name.at[mix - 1] * 11U;
        uint64_t bit = UINT64_C(1) << (mix & 63);
        if ((seen & bit) != 0) {
            for (uint32_t k = object + 1; k < i; k = json->nodes[k].after) {
                if (text_equal(json->nodes[k].name, name))
                    return &json->nodes[i].name;
            }
        }
        seen |= bit;
    }
    return NULL;
}

static enum fault
judge_names(struct json *json, uint32_t object, struct why *why)
{
    for (uint32_t i = object + 1; json->saw_nul && i < json->node_count; i = json->nodes[i].after) {
        struct text name = json->nodes[i].name;
        if (name.length > 0 && memchr(name.at, '\0', name.length) != NULL)
            return json_bad(json, why, "NUL in a name");
    }
    const struct text *twice = repeated_name(json, object);
    if (twice == NULL)
        return FAULT_NONE;
    char name[sizeof why->field];
    snprintf(name, sizeof name, "%.*s", (int)twice->length, twice->at);
    return why_field(why, BAD_FIELD, name, "stands twice");
}

/* ---- the whole -------------------------------------------------------------------- */

static bool
read_word(struct json *json, struct text word)
{
    if ((size_t)(json->end - json->at) < word.length || memcmp(json->at, word.at, word.length) != 0)
        return false;
    json->at += word.length;
    return true;
}

/* A value that is no container; its node is at hand. */
static enum fault
read_scalar(struct json *json, struct json_node *node, struct why *why)
{
    switch (json_peek(json)) {
    case '"':
        node->kind = JSON_TEXT;
        return json_read_text(json, &node->text, why);
    case 'n':
        node->kind = JSON_NULL;
        return read_word(json, TEXT_LITERAL("null")) ? FAULT_NONE : json_bad(json, why, "no value");
    case 't':
        node->kind = JSON_BOOLEAN;
        return read_word(json, TEXT_LITERAL("true")) ? FAULT_NONE : json_bad(json, why, "no value");
    case 'f':
        node->kind = JSON_BOOLEAN;
        return read_word(json, TEXT_LITERAL("false")) ? FAULT_NONE
                                                      : json_bad(json, why, "no value");
    default:
        return json_read_number(json, node, why);
    }
}

static enum fault
read_name(struct json *json, struct text *name, struct why *why)
{
    skip_blanks(json);
    if (json_peek(json) != '"')
        return json_bad(json, why, "no name");
    enum fault fault = json_read_text(json, name, why);
    if (fault != FAULT_NONE)
        return fault;
    skip_blanks(json);
    if (json_peek(json) != ':')
        return json_bad(json, why, "no colon");
    json->at++;
    return FAULT_NONE;
}

/* One value with its name; a container is only opened.  *opened tells. */
static enum fault
read_value(struct json *json, bool *opened, struct why *why)
{
    struct json_node *node = &json->nodes[json->node_count];
    node->name = (struct text){ NULL, 0 };
    node->count = 0;
    *opened = false;
    if (json->depth > 0) {
        struct json_node *parent = &json->nodes[json->open[json->depth - 1]];
        parent->count++;
        if (parent->kind == JSON_OBJECT) {
            enum fault fault = read_name(json, &node->name, why);
            if (fault != FAULT_NONE)
                return fault;
        }
    }
    skip_blanks(json);
    if (json_peek(json) != '{' && json_peek(json) != '[') {
        node->after = ++json->node_count;
        return read_scalar(json, node, why);
    }
    if (json->depth == JSON_DEPTH_MOST)
        return json_bad(json, why, "nested too deep");
    node->kind = json_peek(json) == '{' ? JSON_OBJECT : JSON_ARRAY;
    json->open[json->depth++] = json->node_count++;
    json->at++;
    *opened = true;
    return FAULT_NONE;
}

/* After a value: closes what ends here.  Stops before the next value, or with
 * depth 0 at the end. */
static enum fault
read_ends(struct json *json, bool opened, struct why *why)
{
    for (; json->depth > 0; opened = false) {
        uint32_t at = json->open[json->depth - 1];
        struct json_node *node = &json->nodes[at];
        skip_blanks(json);
        if (json_peek(json) != (node->kind == JSON_OBJECT ? '}' : ']')) {
            if (opened)
                return FAULT_NONE; /* its first value */
            if (json_peek(json) != ',')
                return json_bad(json, why, "no comma");
            json->at++;
            return FAULT_NONE;
        }
        json->at++;
        json->depth--;
        node->after = json->node_count;
        if (node->kind == JSON_OBJECT) {
            enum fault fault = judge_names(json, at, why);
            if (fault != FAULT_NONE)
                return fault;
        }
    }
    return FAULT_NONE;
}

enum fault
json_read(struct json *json, struct text line, struct why *why)
{
    if (!text_is_utf8(line))
        return why_set(why, BAD_TEXT, "the line is not UTF-8");
    json->start = json->at = line.at;
    json->end = line.at + line.length;
    json->node_count = json->depth = 0;
    json->decoded_length = 0;
    json->half_pair = json->saw_nul = false;
    do {
        bool opened;
        enum fault fault = read_value(json, &opened, why);
        if (fault == FAULT_NONE)
            fault = read_ends(json, opened, why);
        if (fault != FAULT_NONE)
            return fault;
    } while (json->depth > 0);
    skip_blanks(json);
    if (json->at < json->end)
        return json_bad(json, why, "more than one value");
    if (json->half_pair)
        return why_set(why, BAD_JSON, "a text holds half of a surrogate pair");
    return FAULT_NONE;
}
