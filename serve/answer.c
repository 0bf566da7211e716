/* What a worker makes of a task: status, body, and what a cache may know it by. */
#include "serve/task.h"

#include "http/pack.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <xxhash.h>

enum {
    PACK_LEAST = 1024, /* bytes; less is not worth it */
    BODY_BYTES = 2048, /* what the answer about a pair has, or so */
};

struct task *
task_new(enum task_kind kind)
{
    struct task *task = calloc(1, sizeof *task);

    if (task != NULL)
        task->kind = kind;
    return task;
}

void
task_free(struct task *task)
{
    if (task == NULL)
        return;
    question_end(&task->question);
    free(task->body.at);
    free(task);
}

/* ---- faults ------------------------------------------------------------------------------ */

static unsigned
status_of(enum fault fault)
{
    if (fault == FAULT_OPTION)
        return 400;
    if (fault == FAULT_STORE_AWAY || fault == FAULT_NO_MEMORY || fault == FAULT_STORE_REFUSED)
        return 503;
    return 500;
}

void
answer_fault(struct task *task, enum fault fault, const struct why *why)
{
    task->fault = fault;
    task->why = *why;
    task->status = status_of(fault);
}

static void
answer_no_memory(struct task *task)
{
    struct why why;

    answer_fault(task, why_set(&why, FAULT_NO_MEMORY, "no memory for the answer"), &why);
}

/* ---- bodies ------------------------------------------------------------------------------ */

void
answer_end(struct task *task, const char *type)
{
    char *packed;
    size_t length;

    if (task->body.failed) {
        answer_no_memory(task);
        return;
    }
    task->status = 200;
    task->type = type;
    if (!task->form.is_packed || task->body.length < PACK_LEAST ||
        !pack_gzip((struct text){ task->body.at, task->body.length }, &packed, &length))
        return;
    free(task->body.at);
    task->body = (struct bytes){ .at = packed, .length = length, .room = length };
    task->is_packed = true;
}

/* Everything that the answer was made from, but for how old it is. */
static uint64_t
state_of(const struct task *task, const struct lookup *lookup, const struct reading *reading)
{
    const struct question *q = &task->question;
    uint64_t state[2 * SCOPE_COUNT + 1];
    size_t count = 0;

    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        if (!question_has_visited(q, scope))
            continue;
        const struct asof *asof = &reading_seen(reading, q->parts[scope].visit - 1)->asof;
        state[count++] = (uint64_t)asof->version;
        /* A share that could not be read is missing from the answer, whatever asof says. */
        bool is_lost = question_fault(q, reading, scope, NULL) != FAULT_NONE;
        state[count++] =
            (uint64_t)asof_trust(asof, lookup) << 8 | (uint64_t)is_lost << 16 | (uint64_t)scope;
    }
    return XXH3_64bits(state, count * sizeof state[0]);
}

/* What a page of the same list has in common with the others. */
static uint64_t
question_state(const struct question *q, uint64_t state)
{
    struct question same = *q;

    same.first = 0;
    same.covers = NULL;
    same.cover_count = 0;
    memset(same.parts, 0, sizeof same.parts);
    return XXH3_64bits_withSeed(&same, sizeof same, state);
}

static bool
is_asked_again(const struct task *task)
{
    return task->asked_etags[0] != '\0' &&
           (strstr(task->asked_etags, task->etag) != NULL || strcmp(task->asked_etags, "*") == 0);
}

static void
put_body(struct task *task, const struct sheet *sheet, uint64_t state)
{
    char tail[64] = "";

    if (task->form.is_csv) {
        sheet_csv(sheet, task->form.for_spreadsheet, &task->body);
        answer_end(task, ANSWER_CSV);
        return;
    }
    if (sheet->next > 0)
        (void)snprintf(tail, sizeof tail, ",\"next\":\"%" PRId64 ".%016" PRIx64 "\"", sheet->next,
                       question_state(&task->question, state));
    bytes_reserve(&task->body, BODY_BYTES);
    question_json(&task->question, sheet, tail, &task->body);
    bytes_char(&task->body, '\n');
    answer_end(task, ANSWER_JSON);
}

/* A cursor is of the same question, and of the totals as they are. */
static enum fault
judge_cursor(const struct task *task, uint64_t state, struct why *why)
{
    if (!task->has_cursor || question_state(&task->question, state) == task->cursor)
        return FAULT_NONE;
    return why_set(
        why, FAULT_OPTION,
        "cursor: the totals have moved on, or it came from another question; begin again "
        "without it");
}

static enum fault
judge_size(struct task *task, const struct sheet *sheet, struct why *why)
{
    size_t rows = 0;

    for (size_t i = 0; i < sheet->count; i++)
        rows += !sheet->rows[i].is_aside;
    if (rows <= ROWS_MOST)
        return FAULT_NONE;
    task->rows = rows;
    return why_set(why, FAULT_OPTION,
                   "there would be %zu rows, and %d are the most: name a measure, or a window, or "
                   "take pages (limit)",
                   rows, ROWS_MOST);
}

/* All of it, from what was read to the body; its etag is known. */
static enum fault
make_answer(struct task *task, const struct reading *reading, uint64_t state, struct sheet *sheet,
            struct why *why)
{
    enum fault fault = question_take(&task->question, reading, sheet, why);

    if (fault == FAULT_NONE)
        fault = judge_size(task, sheet, why);
    if (fault != FAULT_NONE)
        return fault;
    task->asof = sheet_asof(sheet);
    sheet_version(sheet, task->version);
    put_body(task, sheet, state);
    return FAULT_NONE;
}

void
answer_question(struct task *task, const struct lookup *lookup, const struct reading *reading)
{
    struct sheet sheet = { .lookup = lookup };
    struct why why;
    enum fault fault = question_was_read(&task->question, reading, &why);
    uint64_t state = fault == FAULT_NONE ? state_of(task, lookup, reading) : 0;

    (void)snprintf(task->etag, sizeof task->etag, "\"%016" PRIx64 "%s%s\"", state,
                   task->form.is_csv ? "c" : "j", task->form.is_packed ? "z" : "");
    if (fault == FAULT_NONE)
        fault = judge_cursor(task, state, &why);
    if (fault == FAULT_NONE && is_asked_again(task)) {
        task->status = 304;
        return;
    }
    if (fault == FAULT_NONE)
        fault = make_answer(task, reading, state, &sheet, &why);
    if (fault != FAULT_NONE)
        answer_fault(task, fault, &why);
    sheet_release(&sheet);
}

bool
task_is_same(const struct task *a, const struct task *b)
{
    /* What question_ask() has made of one of them stands behind. */
    return memcmp(&a->question, &b->question, offsetof(struct question, covers)) == 0 &&
           memcmp(&a->form, &b->form, sizeof a->form) == 0 && a->has_cursor == b->has_cursor &&
           a->cursor == b->cursor && strcmp(a->asked_etags, b->asked_etags) == 0;
}

void
answer_same(struct task *task, const struct task *answered)
{
    task->status = answered->status;
    task->fault = answered->fault;
    task->why = answered->why;
    task->type = answered->type;
    task->is_packed = answered->is_packed;
    task->asof = answered->asof;
    task->rows = answered->rows;
    memcpy(task->etag, answered->etag, sizeof task->etag);
    memcpy(task->version, answered->version, sizeof task->version);
    if (answered->body.length > 0)
        (void)bytes_put(&task->body, answered->body.at, answered->body.length);
    if (task->body.failed)
        answer_no_memory(task);
}

/* ---- look-ups that take long ------------------------------------------------------------- */

void
answer_command(struct task *task, const struct lookup *lookup)
{
    struct lookup own = *lookup;
    const char *operands[TASK_OPERANDS];
    enum verdict verdict = VERDICT_DONE;
    struct why why = { 0 };
    char *text = NULL;
    size_t size = 0;

    for (int i = 0; i < task->operand_count; i++)
        operands[i] = task->operands[i];
    own.limit = own.doubt_limit = task->limit;
    own.wants_all = task->wants_all;
    own.out = open_memstream(&text, &size);
    if (own.out == NULL) {
        answer_no_memory(task);
        return;
    }
    enum fault fault = lookup_run(&own, operands, task->operand_count, &verdict, &why);
    bool good = fclose(own.out) == 0;
    if (fault != FAULT_NONE) {
        free(text);
        answer_fault(task, fault, &why);
        return;
    }
    task->body = (struct bytes){ .at = text, .length = size, .room = size, .failed = !good };
    answer_end(task, ANSWER_JSON);
}
