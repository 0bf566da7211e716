/* parse.h - one line of JSON to a draft of a record.
 *
 * Only what JSON itself can get wrong is judged here: the line, its type, its
 * names.  Each field's own rules are the draft's, and the whole is judged by
 * record_settle(), so that JSON and Avro can't disagree.
 */
#ifndef INGEST_PARSE_H
#define INGEST_PARSE_H

#include "ingest/json.h"

/* Fill *out from a line, without its LF.  On FAULT_NONE the draft borrows from
 * the line and from the reader until the next parse_line(); it still has to be
 * settled.  Else *out is undefined, and the refusal is, in this order:
 *   TOO_LARGE            the line is over RECORD_BYTES
 *   BAD_TEXT, BAD_JSON, BAD_FIELD   json_read()'s, or no object
 *   BAD_TYPE             type is left out or unknown
 *   BAD_FIELD            a name that this type of record has not
 * *given_id is the id that the line gives as a text, also when it is refused;
 * absent when there is none or the line could not be read at all. */
MUST_USE enum fault parse_line(struct json *json, struct text line, struct draft *out,
                               struct text *given_id, struct why *why);

#endif
