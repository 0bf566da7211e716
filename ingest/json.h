/* json.h - one line of JSON (RFC 8259) as a flat run of nodes; yajl reads it.
 *
 * The nodes lie in the order of the text; a container is followed by all that
 * is in it, and `after` leads past that:
 *
 *      {"id":"a","parties":["x","y"]}
 *      0 object after=5 | 1 "a" | 2 array after=5 | 3 "x" | 4 "y"
 *
 * A text without escapes is borrowed from the line, one with escapes from the
 * reader; both are good until the next json_read().
 *
 * yajl tells what it meets in the order of the line and builds nothing, so the
 * first fault of a line decides its refusal (tests/oracle.py, read()), and a
 * record costs no allocation.  What yajl lets pass is refused here: vertical
 * tabs and form feeds as blanks, a second value, halves of surrogate pairs,
 * deep nesting, names that stand twice, numbers of any size.
 */
#ifndef INGEST_JSON_H
#define INGEST_JSON_H

#include "base/fault.h"
#include "base/text.h"
#include "record/record.h"

enum {
    JSON_DEPTH_MOST = 960, /* deeper is BAD_JSON, about as in tests/oracle.py */
    /* Each value takes a byte, and a comma or a bracket that closes before it,
     * unless it is the first one in a container that is open. */
    JSON_NODES_MOST = (RECORD_BYTES + JSON_DEPTH_MOST) / 2 + 1,
};

enum json_kind {
    JSON_NULL,
    JSON_BOOLEAN,
    JSON_INTEGER, /* no fraction, no exponent, fits int64_t */
    JSON_REAL,    /* its digits alone are kept: nothing here is a real number */
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_node {
    struct text name; /* in an object: the member's name; else absent */
    struct text text; /* JSON_TEXT; of a number its digits, as they are written */
    int64_t integer;  /* JSON_INTEGER; JSON_BOOLEAN: 0 or 1 */
    uint32_t after;   /* index of the first node that is not inside */
    uint32_t count;   /* JSON_ARRAY, JSON_OBJECT: items or members */
    enum json_kind kind;
};

struct json;

/* About 2 MB, touched as lines need them.  NULL when out of memory.  Freeing NULL is fine. */
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
 * On failure the nodes are meaningless.  FAULT_NO_MEMORY when there is none for
 * yajl to begin with; later it would crash. */
MUST_USE enum fault json_read(struct json *json, struct text line, struct why *why);

/* Is a text of any length one JSON value?  BAD_JSON, with a sentence, and *byte is where, from 1:
 * as strict as yajl is, and no stricter.  FAULT_NO_MEMORY. */
MUST_USE enum fault json_is_value(struct text text, size_t *byte, struct why *why);

/* Node 0 and all behind it, of the last json_read() that succeeded; borrowed
 * until the next one. */
const struct json_node *json_nodes(const struct json *json);

#endif
