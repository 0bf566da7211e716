/* A line of JSON as a flat list of nodes, by yajl.
 *
 * yajl calls back for each thing that it meets, in order; add_node() writes it
 * down.  A container that is open waits in open[] and gets its `after` when it
 * ends, so the list is a tree without pointers.  What yajl lets pass and JSON
 * does not is judged in json_judge.c.
 *
 * The whole reader, buffers included, is one struct of fixed size: the limit on
 * the line bounds everything in it. */
#include "ingest/json.h"
#include "ingest/json_judge.h"

#include <assert.h>
#include <yajl/yajl_parse.h>

struct json {
    yajl_handle yajl; /* NULL after a line that failed: yajl can't go on then */
    struct text line;
    enum fault fault; /* what a callback found, with its sentence in why */
    struct why *why;
    struct text name; /* of the member whose value comes next */
    bool saw_nul;     /* in some name of the line */
    uint32_t depth;
    uint32_t open[JSON_DEPTH_MOST]; /* containers that are not closed yet */
    uint32_t node_count;
    size_t decoded_length;
    char decoded[RECORD_BYTES]; /* texts that had escapes */
    char marked[RECORD_BYTES];  /* the line, when it holds halves of pairs */
    struct json_node nodes[JSON_NODES_MOST];
    const struct text *names[JSON_NODES_MOST]; /* of one large object */
};

enum { STOP_READING, READ_ON }; /* what yajl's callbacks answer */

const struct json_node *
json_nodes(const struct json *json)
{
    return json->nodes;
}

/* ---- what yajl tells ---------------------------------------------------------------- */

/* Ends the line with BAD_JSON. */
static int
refuse(struct json *json, const char *what)
{
    json->fault = why_set(json->why, BAD_JSON, "%s", what);
    return STOP_READING;
}

/* The next node.  It takes the name that on_name() has left, if it is a member. */
static struct json_node *
add_node(struct json *json, enum json_kind kind)
{
    if (json->depth > 0)
        json->nodes[json->open[json->depth - 1]].count++;
    /* JSON_NODES_MOST says why it holds. */
    assert(json->node_count < JSON_NODES_MOST);
    struct json_node *node = &json->nodes[json->node_count++];
    node->name = json->name;
    node->count = 0;
    node->after = json->node_count;
    node->kind = kind;
    json->name = (struct text){ NULL, 0 };
    return node;
}

/* A value that is no container; NULL where it would be the whole line. */
static struct json_node *
add_scalar(struct json *json, enum json_kind kind)
{
    if (json->depth > 0)
        return add_node(json, kind);
    refuse(json, "the line is no object");
    return NULL;
}

/* A text as yajl hands it over: a piece of the line, or decoded and gone with
 * the next one, then it is kept.  Decoding makes no text longer. */
static struct text
keep_text(struct json *json, const unsigned char *at, size_t length)
{
    const char *from = (const char *)at;
    /* One comparison tells whether it points into the line: below it the
     * difference wraps around to a large number. */
    if ((uintptr_t)from - (uintptr_t)json->line.at < json->line.length)
        return (struct text){ from, length };
    assert(length <= sizeof json->decoded - json->decoded_length);
    char *kept = json->decoded + json->decoded_length;
    if (length > 0)
        memcpy(kept, from, length);
    json->decoded_length += length;
    return (struct text){ kept, length };
}

static int
on_null(void *context)
{
    return add_scalar(context, JSON_NULL) == NULL ? STOP_READING : READ_ON;
}

static int
on_boolean(void *context, int is_true)
{
    struct json_node *node = add_scalar(context, JSON_BOOLEAN);
    if (node == NULL)
        return STOP_READING;
    node->integer = is_true != 0; /* no field holds one, but a map may ask for it */
    return READ_ON;
}

/* yajl hands the digits over as they stand; nothing is made a double. */
static int
on_number(void *context, const char *at, size_t length)
{
    struct text number = { at, length };
    bool is_real = false;
    for (size_t i = 0; i < length && !is_real; i++)
        /* JSON's grammar has been checked by yajl: a point or an exponent makes
         * a number real. */
        is_real = at[i] == '.' || at[i] == 'e' || at[i] == 'E';
    struct json_node *node = add_scalar(context, is_real ? JSON_REAL : JSON_INTEGER);
    if (node == NULL)
        return STOP_READING;
    node->text = keep_text(context, (const unsigned char *)at, length);
    bool fits = is_real ? !json_is_huge(number) : text_integer(number, &node->integer);
    return fits ? READ_ON : refuse(context, "number too large");
}

/* A value that is a text. */
static int
on_text(void *context, const unsigned char *at, size_t length)
{
    struct json_node *node = add_scalar(context, JSON_TEXT);
    if (node == NULL)
        return STOP_READING;
    node->text = keep_text(context, at, length);
    return READ_ON;
}

/* The name waits in json->name for the value that follows. */
static int
on_name(void *context, const unsigned char *at, size_t length)
{
    struct json *json = context;
    json->name = keep_text(json, at, length);
    /* A decoded name lies outside of the line. */
    if (json->name.at != (const char *)at && memchr(json->name.at, '\0', length) != NULL)
        json->saw_nul = true; /* only an escape brings one in */
    return READ_ON;
}

/* Its number waits in open[] for its end. */
static int
open_container(struct json *json, enum json_kind kind)
{
    if (json->depth == JSON_DEPTH_MOST)
        return refuse(json, "nested too deep");
    add_node(json, kind);
    json->open[json->depth++] = json->node_count - 1;
    return READ_ON;
}

static int
on_object(void *context)
{
    return open_container(context, JSON_OBJECT);
}

static int
on_array(void *context)
{
    return open_container(context, JSON_ARRAY);
}

/* Only blanks may follow the line's value.  yajl itself would not miss the end
 * of a text or a word that is opened there. */
static bool
is_all(const struct json *json)
{
    size_t used = yajl_get_bytes_consumed(json->yajl);
    return text_is_blank((struct text){ json->line.at + used, json->line.length - used });
}

/* Everything since its node lies in it. */
static int
close_container(struct json *json)
{
    json->nodes[json->open[--json->depth]].after = json->node_count;
    /* The line's value has ended: yajl would go on with a second one. */
    if (json->depth == 0 && !is_all(json))
        return refuse(json, "more than one value");
    return READ_ON;
}

static int
on_array_end(void *context)
{
    return close_container(context);
}

/* The order of faults is the oracle's: NUL in a name before a name twice. */
static int
on_object_end(void *context)
{
    struct json *json = context;
    /* The names of an object are judged when it ends, as the oracle does: an
     * inner object comes before the one around it. */
    uint32_t at = json->open[json->depth - 1];
    json->nodes[at].after = json->node_count;
    if (json->saw_nul && json_has_nul_name(json->nodes, at))
        return refuse(json, "NUL in a name");
    const struct text *twice = json_repeated_name(json->nodes, at, json->names);
    if (twice == NULL)
        return close_container(json);
    char name[sizeof json->why->field];
    snprintf(name, sizeof name, "%.*s", (int)twice->length, twice->at);
    json->fault = why_field(json->why, BAD_FIELD, name, "stands twice");
    return STOP_READING;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* ---- life cycle ------------------------------------------------------------------------ */

/* One handle serves line after line: to yajl they are the values of one stream.
 * After a line that failed it can't go on. */
static bool
open_yajl(struct json *json)
{
    if (json->yajl != NULL)
        return true;
    json->yajl = yajl_alloc(&callbacks, NULL, json);
    return json->yajl != NULL && yajl_config(json->yajl, yajl_allow_multiple_values, 1) &&
           yajl_config(json->yajl, yajl_dont_validate_strings, 1); /* done for the whole line */
}

static void
close_yajl(struct json *json)
{
    if (json->yajl != NULL)
        yajl_free(json->yajl);
    json->yajl = NULL;
}

struct json *
json_new(void)
{
    return calloc(1, sizeof(struct json)); /* pages that no line needs stay untouched */
}

void
json_free(struct json *json)
{
    if (json == NULL)
        return;
    close_yajl(json);
    free(json);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* yajl's own complaint; it ends in a line feed.  `at`: of the byte, from 1, where it is known. */
static enum fault
complain(yajl_handle yajl, size_t *at, struct why *why)
{
    unsigned char *complaint = yajl_get_error(yajl, 0, NULL, 0);
    const char *sentence = complaint == NULL ? "no JSON" : (const char *)complaint;
    if (strstr(sentence, "premature EOF") != NULL) { /* yajl's byte is then none of the text */
        why_set(why, BAD_JSON, "it ends too early: a bracket or a quotation mark is not closed");
    } else {
        *at = yajl_get_bytes_consumed(yajl);
        why_set(why, BAD_JSON, "%.*s, at byte %zu", (int)strcspn(sentence, "\n"), sentence, *at);
    }
    if (complaint != NULL)
        yajl_free_error(yajl, complaint);
    return BAD_JSON;
}

static int
go_deeper(void *depth)
{
    return ++*(int *)depth <= JSON_DEPTH_MOST + 1 ? READ_ON : STOP_READING;
}

static int
come_back(void *depth)
{
    --*(int *)depth;
    return READ_ON;
}

enum fault
json_is_value(struct text text, size_t *byte, struct why *why)
{
    static const yajl_callbacks depths = { .yajl_start_map = go_deeper,
                                           .yajl_end_map = come_back,
                                           .yajl_start_array = go_deeper,
                                           .yajl_end_array = come_back };
    int depth = 0;
    yajl_handle yajl = yajl_alloc(&depths, NULL, &depth);
    enum fault fault = FAULT_NONE;
    if (yajl == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for yajl");
    /* What is no UTF-8 is told of each record. */
    (void)yajl_config(yajl, yajl_dont_validate_strings, 1);
    *byte = text.length;
    if (yajl_parse(yajl, (const unsigned char *)text.at, text.length) != yajl_status_ok ||
        yajl_complete_parse(yajl) != yajl_status_ok)
        fault = depth > JSON_DEPTH_MOST + 1 ? why_set(why, BAD_JSON, "nested too deep")
                                            : complain(yajl, byte, why);
    yajl_free(yajl);
    return fault;
}

/* One line through yajl.  A fault that a callback left comes before yajl's own
 * complaint, which is only that it was stopped. */
static enum fault
read_nodes(struct json *json, struct text text, struct why *why)
{
    json->line = text;
    json->node_count = json->depth = 0;
    json->decoded_length = 0;
    json->saw_nul = false;
    json->name = (struct text){ NULL, 0 };
    json->fault = FAULT_NONE;
    json->why = why;
    /* A callback that says STOP_READING has left its fault; only then does
     * yajl's own status not count. */
    yajl_status status = yajl_parse(json->yajl, (const unsigned char *)text.at, text.length);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(json->yajl);
    if (json->fault != FAULT_NONE)
        return json->fault;
    size_t at;
    if (status != yajl_status_ok)
        return complain(json->yajl, &at, why);
    return json->node_count > 0 ? FAULT_NONE : why_set(why, BAD_JSON, "the line is no object");
}

enum fault
json_read(struct json *json, struct text line, struct why *why)
{
    /* The encoding first: the oracle decodes a line before it parses it. */
    if (!text_is_utf8(line))
        return why_set(why, BAD_TEXT, "the line is not UTF-8");
    if (!open_yajl(json))
        return why_set(why, FAULT_NO_MEMORY, "no memory for yajl");
    /* The order of the faults is the header's: yajl sees the line up to the
     * control character, so a fault before it is found first. */
    struct text sane = { line.at, json_sane_length(line) };
    struct text marked = { json->marked, 0 };
    bool has_half = json_mark_halves(sane, json->marked, &marked.length);
    enum fault fault = read_nodes(json, has_half ? marked : sane, why);
    if (fault == FAULT_NONE && sane.length < line.length)
        fault = why_set(why, BAD_JSON, "control character at byte %zu", sane.length + 1);
    if (fault == FAULT_NONE && has_half)
        fault = why_set(why, BAD_JSON, "a text holds half of a surrogate pair");
    /* yajl can't go on after a fault. */
    if (fault != FAULT_NONE)
        close_yajl(json);
    return fault;
}
