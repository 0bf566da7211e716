/* shape_inside.h - what the files that read a schema share; nobody else includes it. */
#ifndef SCHEMAS_SHAPE_INSIDE_H
#define SCHEMAS_SHAPE_INSIDE_H

#include <jansson.h>

#include "schemas/shape.h"

enum { FULL_NAME_BYTES = 2 * NAME_BYTES + 2 };

/* What is carried along while a schema is read. */
struct reading {
    struct shapes *out;
    json_t *names; /* full name -> index of its shape; -1 while that is being read */
    struct why *why;
};

/* ---- room (shape_read.c) ----------------------------------------------------- */

/* shape_no_memory() is FAULT_NO_MEMORY with its sentence.  shape_add() appends
 * a shape and tells its index; *index is untouched on FAULT_NO_MEMORY.  Both
 * may move the arrays of r->out, so pointers into them do not outlive a call. */
enum fault shape_no_memory(struct reading *r);
MUST_USE enum fault shape_add(struct reading *r, struct shape shape, uint32_t *index);

/* Members of one shape lie together, so they are claimed before any is read. */
MUST_USE enum fault shape_claim_members(struct reading *r, size_t count, struct shape *shape);

/* The texts of "aliases", if there are any. */
MUST_USE enum fault
shape_read_aliases(struct reading *r, const json_t *node, uint32_t *first, uint32_t *count);

/* ---- names (shape_name.c) ----------------------------------------------------- */

/* [A-Za-z_][A-Za-z0-9_]*, at most NAME_BYTES. */
bool shape_is_name(struct text t);

/* A reference to a type that was defined earlier, out of the space around it. */
MUST_USE enum fault
shape_find_named(struct reading *r, struct text whole, struct text around, uint32_t *index);

/* The name of a record, enum or fixed, into shape->space and name, and as a
 * whole into `full`.  It may be referred to after shape_set_named(), which
 * gives it the index of its shape; until then a reference is recursion. */
MUST_USE enum fault shape_read_name(struct reading *r, const json_t *node, struct text around,
                                    struct shape *shape, char full[FULL_NAME_BYTES]);
MUST_USE enum fault shape_set_named(struct reading *r, const char *full, json_int_t index);

/* ---- types (shape_type.c) ------------------------------------------------------ */

/* Any type; sets shape and by_name of *out. */
MUST_USE enum fault
shape_read_type(struct reading *r, const json_t *node, struct text around, struct member *out);

static inline struct text
text_of_json(const json_t *string)
{
    return (struct text){ json_string_value(string), json_string_length(string) };
}

#endif
