/* json_inside.h - what the files of the JSON reader share; nobody else includes
 * it.  Each reads what begins at json->at and leaves it past that. */
#ifndef INGEST_JSON_INSIDE_H
#define INGEST_JSON_INSIDE_H

#include "ingest/json.h"

struct json {
    const char *start, *at, *end; /* the line; at is where we are */
    uint32_t node_count;
    uint32_t depth;
    uint32_t open[JSON_DEPTH_MOST]; /* containers that are not closed yet */
    bool saw_nul;                   /* some text of the line holds NUL */
    bool half_pair;                 /* a lone surrogate was seen */
    size_t decoded_length;
    char decoded[RECORD_BYTES]; /* texts that had escapes */
    struct json_node nodes[JSON_NODES_MOST];
    const struct text *sorted[JSON_NODES_MOST]; /* names of one large object */
};

/* BAD_JSON at the byte at hand. */
enum fault json_bad(const struct json *json, struct why *why, const char *what);

/* The byte at hand; NUL, which JSON has nowhere outside of texts, at the end. */
static inline char
json_peek(const struct json *json)
{
    return json->at < json->end ? *json->at : '\0';
}

/* A text from its opening quote to past the closing one. */
MUST_USE enum fault json_read_text(struct json *json, struct text *out, struct why *why);

/* A number; sets the node's kind and integer. */
MUST_USE enum fault json_read_number(struct json *json, struct json_node *node, struct why *why);

#endif
