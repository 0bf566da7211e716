/* task.h - a request on its way through a worker, and back.
 *
 * The thread that serves HTTP makes it, and frees it; between pool_put() and pool_done() a worker
 * has it, and nothing but `is_void` is touched by others.
 */
#ifndef SERVE_TASK_H
#define SERVE_TASK_H

#include "base/bytes.h"
#include "http/http.h"
#include "lookup/question.h"

#include <stdatomic.h>

enum task_kind {
    TASK_QUESTION, /* of the totals: together with others */
    TASK_COMMAND,  /* a look-up of lookup.h: why, doubts */
    TASK_CHANGES,  /* what has changed lately */
};

enum {
    TASK_OPERANDS = 5,
    TASK_OPERAND_BYTES = 192,
    ETAG_BYTES = 32,
    ASKED_ETAGS_BYTES = 512,
};

/* How the answer is to look. */
struct form {
    bool is_csv, for_spreadsheet, is_packed;
};

struct task {
    struct task *next;            /* of the pool */
    struct task *before, *after;  /* of those that wait; the server's */
    struct http_request *request; /* NULL: nobody waits for it any more; the server's */
    int64_t begun_ms, deadline_ms;
    atomic_bool is_void; /* so that it is not worth the work */

    enum task_kind kind;
    struct question question; /* TASK_QUESTION; its scopes and partners also of TASK_CHANGES */
    char operands[TASK_OPERANDS][TASK_OPERAND_BYTES]; /* TASK_COMMAND: name, then operands */
    int operand_count;
    size_t limit;
    bool wants_all;
    bool has_cursor;
    uint64_t cursor; /* what the question and the totals were, where it came from */
    struct form form;
    char asked_etags[ASKED_ETAGS_BYTES]; /* If-None-Match */

    /* What the worker made of it. */
    unsigned status;
    enum fault fault;
    struct why why;
    const char *type;
    struct bytes body;
    bool is_packed;
    char etag[ETAG_BYTES]; /* "": it has none */
    struct asof asof;      /* for the header fields of CSV */
    char version[VERSION_BYTES];
    size_t rows; /* so many were too many */
};

/* NULL: no memory.  task_free(NULL) is fine. */
struct task *task_new(enum task_kind kind);
void task_free(struct task *task);

/* ---- answer.c, run by a worker ---- */

/* Is the same asked, in the same form, with the same answers known?  Of two questions. */
bool task_is_same(const struct task *a, const struct task *b);
/* The answer of another task, which asks the same, at the same moment. */
void answer_same(struct task *task, const struct task *answered);
/* A question's answer from what its reading has seen. */
void answer_question(struct task *task, const struct lookup *lookup, const struct reading *reading);
/* Run the look-up, and take what it prints. */
void answer_command(struct task *task, const struct lookup *lookup);
/* What the streams of changes say. */
void answer_changes(struct task *task, const struct lookup *lookup);
#define ANSWER_JSON "application/json"
#define ANSWER_CSV "text/csv; charset=utf-8; header=present"
/* The body is there: packed, if that is asked for and worth it. */
void answer_end(struct task *task, const char *type);
/* It can't be answered. */
void answer_fault(struct task *task, enum fault fault, const struct why *why);

#endif
