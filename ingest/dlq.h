/* dlq.h - what the files of the command dlq share; for them only.
 *
 * The dead-letter topics are read twice, up to what was their end at the beginning: first all
 * headers, to know which letters are of one message and which were sent again; then letter by
 * letter, those that are asked for.
 */
#ifndef INGEST_DLQ_H
#define INGEST_DLQ_H

#include "ingest/command.h"
#include "ingest/letters.h"
#include "ingest/message.h"
#include "ingest/opener.h"

/* Which letters are asked for; what is zero asks for all. */
struct letter_filter {
    bool has_codes;
    bool codes[FAULT_COUNT]; /* refusals */
    struct text source;
    int64_t since_ms; /* the original was received then or later */
    bool has_place;
    struct letter_place place; /* of the letter, or of the original */
};

/* A letter that is asked for, with what is known of it. */
struct found_letter {
    struct letter letter;
    struct letter_state state;
    int code;                  /* of enum fault; -1: one that this program does not know */
    enum fault fault;          /* what this program says of the value */
    struct why why;            /* the same in words */
    const struct draft *draft; /* NULL: it can't be decoded */
    struct record record;      /* with FAULT_NONE */
};

struct code_counts {
    int64_t letters, repeats, retried; /* retried: were sent again before */
};

struct dlq {
    struct setup *setup;
    struct report *report;
    struct follow_settings settings;
    struct letter_filter filter;
    struct opener *opener;
    struct maker *maker; /* of those that came over HTTP, as JSON */
    struct letters *letters;
    bool as_json, again;
    bool opens;                                 /* values are looked into */
    struct code_counts counts[FAULT_COUNT + 1]; /* the last one: of unknown codes */
    int64_t strangers;
    enum fault fault; /* of a sink */
    struct why why;
    struct found_letter found;
};

/* ---- dlq_read.c --------------------------------------------------------------------- */

/* The refusal of this name, of enum fault; -1: there is none. */
int dlq_code(struct text name);

/* Of a letter that came over HTTP: the maker reads by the rules by which the gateway refused it, so
 * that a token's limits hold later, too. */
void dlq_use_rules(struct dlq *dlq, const struct letter *letter);

/* Hand each letter that is asked for to take(), in the order of its partition; false: no more.
 * It borrows until take() returns. */
typedef bool letter_taker(struct dlq *dlq, const struct found_letter *found);
MUST_USE enum fault
dlq_read(struct dlq *dlq, letter_taker *take, bool (*rest)(void *self), struct why *why);

/* ---- dlq_show.c --------------------------------------------------------------------- */

/* One line on stdout, for people or as JSON; all of it for people; all of it as JSON. */
bool dlq_list(struct dlq *dlq, const struct found_letter *found);
bool dlq_show(struct dlq *dlq, const struct found_letter *found);
bool dlq_export(struct dlq *dlq, const struct found_letter *found);

/* ---- dlq_retry.c -------------------------------------------------------------------- */

/* Send the letters that are asked for again; the exit code. */
int dlq_retry(struct dlq *dlq);

#endif
