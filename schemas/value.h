/* value.h - the value of a message to a draft: the way that every reader of messages goes. */
#ifndef SCHEMAS_VALUE_H
#define SCHEMAS_VALUE_H

#include "schemas/codec.h"

/* A header that names the schema (codec.h, frame_read_header()). */
#define VALUE_SCHEMA_HEADER "__value_schema_id"

/* The plan for what stands behind such a frame in a topic of this type; which schemas it knows,
 * and whether it asks for others, is the reader's affair.  Any fault comes back from
 * value_decode(). */
typedef enum fault plan_finder(void *self, enum record_type type, const struct frame *frame,
                               const struct plan **plan, struct why *why);

/* What a reader knows of a message beside its value. */
struct value_way {
    void *self;
    plan_finder *find;
    /* The last header of this name; false: there is none.  NULL: no message has headers. */
    bool (*header)(void *self, const char *name, struct text *out);
};

/* How a value names its schema, no more.  BAD_FRAME: in no way that is read. */
MUST_USE enum fault value_frame(struct text value, enum record_type type,
                                const struct value_way *way, struct frame *frame, struct why *why);

/* Decode a value into a draft, which borrows from it.  A value that is too large is refused before
 * its schema is looked at, as in the oracle: TOO_LARGE, BAD_FRAME, what find() says, BAD_AVRO.
 * *frame is set once it could be read. */
MUST_USE enum fault
value_decode(struct text value, enum record_type type, const struct value_way *way,
             struct frame *frame, struct draft *draft, struct why *why);

#endif
