/* json.h - one line of JSON (RFC 8259) as a flat run of nodes.
 *
 * The nodes lie in the order of the text; a container is followed by all that
 * is in it, and `after` leads past that:
 *
 *      {"id":"a","parties":["x","y"]}
 *      0 object after=5 | 1 "a" | 2 array after=5 | 3 "x" | 4 "y"
 *
 * A text without escapes is borrowed from the line, one with escapes from the
 * reader; both are good until the next json_read().  Made for hostile lines:
 * no recursion, no memory beyond what json_new() took, no quadratic search.
 *
 * An own reader and not a library's because the order in which two errors of
 * one line are found decides the refusal it gets (tests/oracle.py, read()),
 * and because building a tree costs more than all else that is done to a
 * record (docs/decisions.md).
 */
#ifndef INGEST_JSON_H
#define INGEST_JSON_H

#include "core/fault.h"
#include "core/record.h"
#include "core/text.h"

enum {
    JSON_DEPTH_MOST = 960,                  /* deeper is BAD_JSON, about as in tests/oracle.py */
    JSON_NODES_MOST = RECORD_BYTES / 2 + 1, /* [0,0,0... */
};

enum json_kind {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_INTEGER, /* no fraction, no exponent, fits int64_t */
    JSON_REAL,    /* its value is not kept: nothing here is a real number */
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_node {
    struct text name; /* in an object: the member's name; else absent */
    struct text text; /* JSON_TEXT */
    int64_t integer;  /* JSON_INTEGER */
    uint32_t after;   /* index of the first node that is not inside */
    uint32_t count;   /* JSON_ARRAY, JSON_OBJECT: items or members */
    enum json_kind kind;
};

struct json;

/* NULL when out of memory. */
struct json *json_new(void);
void json_free(struct json *json);

/* Read a line of at most RECORD_BYTES; node 0 is its value.  The first that is
 * found, in this order, is the fault:
 *   BAD_TEXT   the line is not UTF-8
 *   BAD_JSON   at the first place where it is no JSON, where a number is
 *              beyond int64_t or from 10^308, or an object ends in which a
 *              name holds NUL
 *   BAD_FIELD  an object ends in which a name stands twice
 *   BAD_JSON   a text holds half of a surrogate pair
 * On failure the nodes are meaningless. */
MUST_USE enum fault json_read(struct json *json, struct text line, struct why *why);

const struct json_node *json_nodes(const struct json *json);

#endif
