/* batch.h - the records of one request, from its body to the report of each.
 *
 *      batch_read()   the body is cut, each record is judged; nothing is sent
 *      batch_send()   the good ones go into the queue to Kafka
 *      batch_hear()   a report has come: is it the last?
 *      batch_tell()   the answer's body, whatever is known by then
 *
 * A record is accepted (Kafka has it), refused (it never will be), unknown (nobody can say yet, and
 * sending it again does no harm), or held (it is good, and was not sent).
 */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include "base/bytes.h"
#include "ingest/message.h"
#include "ingest/report.h"
#include "kafka/dispatch.h"

enum {
    BATCH_BODY_BYTES = 8 * 1024 * 1024,      /* of a request as it comes */
    BATCH_UNPACKED_BYTES = 32 * 1024 * 1024, /* of what a packed one may become */
    BATCH_RECORDS_MOST = 10000,
    BATCH_CHECKED_MOST = 1000, /* of a request that explains */
    BATCH_TEXTS_BYTES =
        8 * 1024 * 1024, /* of an answer; beyond it a record's first fault alone is told */
};

enum outcome { OUTCOME_HELD, OUTCOME_UNKNOWN, OUTCOME_ACCEPTED, OUTCOME_REFUSED, OUTCOME_COUNT };

struct batch;

/* What became of one record. */
struct result {
    struct batch *batch;
    uint32_t text_at, text_length; /* what its part of the answer begins with, in batch->texts */
    uint32_t key_length, value_length;
    size_t message_at; /* key and value, in batch->messages */
    int32_t partition;
    int64_t offset;
    const char *reason; /* of one that is unknown; a constant */
    uint8_t outcome, type;
    uint8_t fault;  /* of one that is refused */
    bool is_letter; /* a refused one that is kept: message is why, then the record */
    bool waits;     /* a report is still to come */
};

struct batch {
    struct batch *before, *after; /* of those of one gateway */
    struct http_request *request; /* NULL: answered, or its sender has gone */
    struct result *results;
    size_t count, room, waiting;
    size_t outcomes[OUTCOME_COUNT];
    bool keeps;    /* refused ones go to the dead letters */
    bool is_event; /* as struct parse_rules; and type_otherwise is its type, "" where it has none */
    char type_otherwise[16];
    int64_t skipped; /* rows that a map has passed over */
    int64_t deadline_ms;
    struct bytes texts, messages;
};

/* How a body is to be read. */
struct body {
    struct text text;
    bool is_packed;        /* its sender says so */
    const struct map *map; /* of a table of others; or NULL */
    bool keeps;            /* refused ones go to the dead letters */
    bool explains;         /* for the command check: each record with what it counts as */
    struct parse_rules rules;
};

/* Why a body as a whole can't be read; nothing is known of its records then. */
struct body_fault {
    unsigned status; /* of HTTP */
    size_t byte;     /* from 1; 0: none in particular */
    size_t most;     /* what it is over; 0: nothing */
    struct why why;
};

struct batch *batch_new(void); /* NULL: no memory */
void batch_free(struct batch *batch);

/* Read all records of a body.  False: *fault says why none of them counts. */
MUST_USE bool batch_read(struct batch *batch, struct maker *maker, const struct body *body,
                         const struct sender *sender, struct body_fault *fault);

/* Send those that are held.  Where the queue is full they become unknown. */
void batch_send(struct batch *batch, struct publisher *publisher);

/* Send those that are refused to the dead letters; NULL: they can't be sent. */
struct letter_sender {
    const char *by;             /* of HEADER_REFUSED */
    const char *source, *grade; /* what the token says of them; "": nothing */
};
void batch_send_letters(struct batch *batch, struct dispatcher *dispatcher,
                        const struct letter_sender *sender);
/* The report of a letter. */
void batch_hear_letter(struct result *result, bool is_kept);

/* A report of one of its records; its ticket is a struct result. */
void batch_hear(struct result *result, const struct publish_report *report);

/* Nothing more will come of records, or of letters: what waits is unknown, for this reason (a
 * constant). */
void batch_give_up(struct batch *batch, bool letters, const char *reason);
/* All is sent that will be: what it takes is not needed any more. */
void batch_forget_messages(struct batch *batch);
/* The same of what it would say. */
void batch_forget_texts(struct batch *batch);
/* How many are refused and not kept. */
size_t batch_lost(const struct batch *batch);
/* What it takes. */
size_t batch_bytes(const struct batch *batch);

/* The body of the answer, which the caller frees, behind `head`: the first members of its object,
 * as JSON text that ends with a comma, or "".  NULL: no memory. */
char *batch_tell(const struct batch *batch, const char *head, size_t *length);

#endif
