/* parse.h - one line of JSON to a draft of a record.
 *
 * Only what JSON itself can get wrong is judged here: the line, its type, its
 * names.  Each field's own rules are the draft's, and the whole is judged by
 * record_settle(), so that JSON and Avro can't disagree.
 */
#ifndef INGEST_PARSE_H
#define INGEST_PARSE_H

#include "ingest/json.h"
#include "record/record_faults.h"

/* What a line may be beyond a record in our own form; zero: nothing else. */
struct parse_rules {
    bool is_event;    /* the record is the `data` of an event (CloudEvents 1.0, JSON format) */
    bool may_be_avro; /* avro_json.h */
    struct text
        type; /* of a record that says none: "trade", "agreement"; absent: such is refused */
};

/* What is known of a line, also when it is refused. */
struct parsed {
    struct text given_id; /* the id that the line gives as a text; absent: none, or unreadable */
    uint32_t root;        /* the node of the record's object */
    bool is_filled;       /* every field is in the draft, so that each can be judged */
};

/* Fill *out from a line, without its LF.  On FAULT_NONE the draft borrows from
 * the line and from the reader until the next parse_line(); it still has to be
 * settled.  Else the refusal is, in this order:
 *   TOO_LARGE            the line is over RECORD_BYTES
 *   BAD_FIELD            of an event: no data, or none of JSON
 *   BAD_TEXT, BAD_JSON, BAD_FIELD   json_read()'s, or no object
 *   BAD_TYPE             type is left out or unknown
 *   BAD_FIELD            a name that this type of record has not: the draft is filled all the same
 */
MUST_USE enum fault parse_line(struct json *json, struct text line, const struct parse_rules *rules,
                               struct draft *out, struct parsed *parsed, struct why *why);

/* Tell the names that a record of this type has not, of the line that parse_line() filled a draft
 * from: `most` of them at most, as refusals.  A field of `excused` that is missing, and surely
 * meant by such a name, is excused (record_faults.h); NULL: none is.  Returns how many names there
 * are. */
int parse_strangers(const struct json *json, const struct parsed *parsed, enum record_type type,
                    int most, struct draft *excused, fault_hearer *hear, void *self);

#endif
