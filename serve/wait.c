/* Requests that wait for a worker.
 *
 * Nobody waits longer than a deadline: then it is answered with 503, and its task, which a worker
 * may have, is void.  It is freed when it comes back. */
#include "serve/server.h"

#include "base/day.h"

enum {
    FIELDS_MOST = 12,
    TOLD_AGAIN_MS = 60 * 1000, /* a fault that lasts is logged so often */
};

/* ---- answers ----------------------------------------------------------------------------- */

struct fields {
    struct http_field list[FIELDS_MOST + 1];
    int count;
};

static void
put_field(struct fields *f, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0' && f->count < FIELDS_MOST)
        f->list[f->count++] = (struct http_field){ name, value };
}

/* What the file is called when it is kept: "tally-CN-LN-RU-2023-import.CNY.csv". */
enum { FILE_NAME_BYTES = 160 };
static void
name_file(const struct question *q, const struct lookup *lookup, char out[FILE_NAME_BYTES])
{
    char window[WINDOW_TEXT], measure[MEASURE_TEXT];
    struct text_buffer b = { .at = out, .size = FILE_NAME_BYTES - 1 };

    text_put(&b, TEXT_LITERAL("inline; filename=\"tally"));
    if (q->scope_count == 1)
        text_print(&b, "-%s", scope_code(q->scopes[0]));
    if (q->partner_count == 1)
        text_print(&b, "-%s", partner_code(q->partners[0]));
    if (q->window_count == 1) {
        (void)window_write(q->windows[0], &lookup->windows, window);
        text_print(&b, "-%s", window);
    }
    if (q->has_measure) {
        (void)measure_write(q->measure, measure);
        text_print(&b, "-%s", measure);
    }
    text_put(&b, TEXT_LITERAL(".csv\""));
    out[b.length] = '\0';
}

/* What stands beside the rows has no place in CSV. */
static void
put_fields_of_csv(struct fields *f, const struct task *task, const struct lookup *lookup,
                  char through[INSTANT_TEXT], char name[FILE_NAME_BYTES])
{
    if (task->asof.through_ms >= 0)
        instant_write(task->asof.through_ms, through);
    put_field(f, "Tally-As-Of", task->asof.day);
    put_field(f, "Tally-Through", through);
    put_field(f, "Tally-Complete", task->asof.is_complete ? "true" : "false");
    put_field(f, "Tally-Trust", trust_name(&task->asof, lookup));
    put_field(f, "Tally-Version", task->version);
    name_file(&task->question, lookup, name);
    put_field(f, "Content-Disposition", name);
}

/* Where Redis is, and what is wrong with it, is for the log. */
static void
log_redis(struct server *s, const struct task *task)
{
    bool is_fault = task->fault == FAULT_STORE_AWAY || task->fault == FAULT_STORE_REFUSED;

    if (is_fault && (s->last_fault != task->fault || s->now_ms - s->told_ms > TOLD_AGAIN_MS)) {
        log_fault(s->log, LOG_WARN, "a question can't be answered", task->fault, &task->why);
        s->told_ms = s->now_ms;
    }
    if (task->status < 400 && s->last_fault == FAULT_STORE_AWAY)
        log_say(s->log, LOG_INFO, "Redis answers again", LOG_S("reason", "it was asked"));
    if (is_fault || (task->status < 400 && s->last_fault == FAULT_STORE_AWAY))
        s->last_fault = is_fault ? task->fault : FAULT_NONE;
}

static void
answer_problem(const struct task *task, struct http_request *request)
{
    const char *detail = task->fault == FAULT_STORE_AWAY
                             ? "Redis does not answer just now; the server's log says why"
                         : task->fault == FAULT_STORE_REFUSED
                             ? "Redis refuses what this question needs; the server's log says why"
                             : task->why.text;
    char more[96] = "";

    if (task->rows > 0)
        (void)snprintf(more, sizeof more, ",\"rows\":%zu,\"most\":%d", task->rows, ROWS_MOST);
    if (task->has_cursor && task->fault == FAULT_OPTION && task->rows == 0)
        (void)snprintf(more, sizeof more, ",\"parameter\":\"cursor\"");
    http_problem(request, task->status, detail, more, task->status == 503 ? SERVE_RETRY_S : 0,
                 NULL);
}

static void
answer(struct server *s, struct task *task, struct http_request *request)
{
    char through[INSTANT_TEXT] = "", name[FILE_NAME_BYTES];
    struct fields f = { .count = 0 };

    log_redis(s, task);
    if (task->status == 200 && !http_has_room(request, task->body.length)) {
        http_problem(request, 503, "too many answers wait to be taken", NULL, SERVE_RETRY_S, NULL);
        return;
    }
    if (task->status >= 400) {
        answer_problem(task, request);
        return;
    }
    put_field(&f, "ETag", task->etag);
    put_field(&f, "Cache-Control", "no-cache");
    put_field(&f, "Vary", "Accept, Accept-Encoding");
    put_field(&f, "Content-Encoding", task->is_packed ? "gzip" : NULL);
    if (task->form.is_csv && task->status == 200)
        put_fields_of_csv(&f, task, &s->settings->lookup, through, name);
    if (task->status == 304) {
        http_answer(request, 304, NULL, TEXT_LITERAL(""), f.list);
        return;
    }
    http_answer_with(request, task->status, task->type, task->body.at, task->body.length, f.list);
    task->body = (struct bytes){ 0 }; /* it is the answer's */
}

/* ---- the ring ---------------------------------------------------------------------------- */

void
wait_for(struct server *s, struct http_request *request, struct task *task)
{
    task->request = request;
    task->begun_ms = s->now_ms;
    task->deadline_ms =
        s->now_ms + (task->kind == TASK_QUESTION ? POOL_ANSWER_MS : POOL_SLOW_ANSWER_MS);
    if (!pool_put(s->pool, task)) {
        http_problem(request, 503, "too many questions are under way", NULL, SERVE_RETRY_S, NULL);
        task_free(task);
        return;
    }
    request->context = task;
    s->waiting++;
    task->before = s->ring.before;
    task->after = &s->ring;
    task->before->after = task->after->before = task;
}

void
wait_no_more(struct server *s, struct task *task)
{
    if (task->request == NULL)
        return;
    s->waiting--;
    task->request->context = NULL;
    task->request = NULL;
    atomic_store_explicit(&task->is_void, true, memory_order_relaxed);
    task->before->after = task->after;
    task->after->before = task->before;
}

static void
answer_late(struct server *s)
{
    for (struct task *task = s->ring.after, *after; task != &s->ring; task = after) {
        after = task->after;
        if (s->now_ms < task->deadline_ms)
            continue;
        struct http_request *request = task->request;
        vitals_answered(s->vitals, (s->now_ms - task->begun_ms) * 1000, true);
        wait_no_more(s, task);
        http_problem(request, 503, "Redis has not answered in time", NULL, SERVE_RETRY_S, NULL);
    }
}

void
wait_turn(struct server *s)
{
    for (struct task *task = pool_done(s->pool), *next; task != NULL; task = next) {
        next = task->next;
        if (task->request != NULL) {
            struct http_request *request = task->request;
            wait_no_more(s, task);
            answer(s, task, request);
            vitals_answered(s->vitals, (s->now_ms - task->begun_ms) * 1000,
                            task->fault == FAULT_STORE_AWAY);
        }
        task_free(task);
    }
    answer_late(s);
}

bool
wait_is_over(const struct server *s)
{
    return s->ring.after == &s->ring;
}

void
wait_close(struct server *s)
{
    while (!wait_is_over(s))
        wait_no_more(s, s->ring.after);
    pool_close(s->pool);
    s->pool = NULL;
}
