/* parse.h - one line of JSON to a draft of a record.
 *
 * Only what JSON itself can get wrong is judged here: the line, its type, its
 * names.  Each field's own rules are the draft's, and the whole is judged by
 * record_settle(), so that JSON and Avro can't disagree.
 */
#ifndef INGEST_PARSE_H
#define INGEST_PARSE_H

#include "core/record.h"

struct parser;

/* About 2 MB, touched as lines need them.  NULL when out of memory. */
struct parser *parser_new(void);
void parser_free(struct parser *parser);

/* Fill *out from a line, without its LF.  On FAULT_NONE the draft borrows from
 * the line and from the parser until the next parse_line(); it still has to be
 * settled.  Else *out is undefined, and the refusal is, in this order:
 *   TOO_LARGE            the line is over RECORD_BYTES
 *   BAD_TEXT, BAD_JSON, BAD_FIELD   json_read()'s, or no object
 *   BAD_TYPE             type is left out or unknown
 *   BAD_FIELD            a name that this type of record has not */
MUST_USE enum fault
parse_line(struct parser *parser, struct text line, struct draft *out, struct why *why);

/* The id that the last line gave as a text, also when it was refused; absent
 * when there is none or the line could not be read at all. */
struct text parser_id(const struct parser *parser);

#endif
