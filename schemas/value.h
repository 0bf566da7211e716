/* value.h - the value of a message to a draft: the way that every reader of messages goes. */
#ifndef SCHEMAS_VALUE_H
#define SCHEMAS_VALUE_H

#include "schemas/codec.h"

/* The plan for what stands behind such a frame in a topic of this type; which schemas it knows,
 * and whether it asks for others, is the reader's affair.  Any fault comes back from
 * value_decode(). */
typedef enum fault plan_finder(void *self, enum record_type type, const struct frame *frame,
                               const struct plan **plan, struct why *why);

/* Decode a value into a draft, which borrows from it.  A value that is too large is refused before
 * its schema is looked at, as in the oracle: TOO_LARGE, BAD_FRAME, what find() says, BAD_AVRO.
 * *frame is set once it could be read. */
MUST_USE enum fault
value_decode(struct text value, enum record_type type, plan_finder *find, void *self,
             struct frame *frame, struct draft *draft, struct why *why);

#endif
