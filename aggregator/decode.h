/* decode.h - a message's bytes into a draft, by the schema that the message names.
 */
#ifndef AGGREGATOR_DECODE_H
#define AGGREGATOR_DECODE_H

#include "aggregator/state.h"

/* Fills decoding->draft, which borrows from the message, and decoding->frame.
 * TOO_LARGE, BAD_FRAME, BAD_SCHEMA, BAD_AVRO, and what else a datum may be
 * refused for.  FAULT_REGISTRY_AWAY: its schema is not known yet. */
MUST_USE enum fault decode_message(struct decoding *decoding, const struct feed *feed,
                                   const struct message *m, struct why *why);

/* How it names its schema, no more.  BAD_FRAME: in no way that is read. */
MUST_USE enum fault decode_frame(struct decoding *decoding, const struct feed *feed,
                                 const struct message *m, struct frame *out, struct why *why);

#endif
