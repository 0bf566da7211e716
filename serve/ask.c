/* What a request asks for, from its path and its parameters.
 *
 * Everything is judged here, before Redis is asked: a name that is none, a window that is not kept,
 * a number that is too large.  The first fault is told with the parameter that it is in. */
#include "serve/server.h"

#include "http/pack.h"

#include <stdlib.h>

enum {
    MORE_BYTES = 3072,
    LIMIT_MOST = 1000,
    PARTNERS_MOST = 64,
    NAME_TEXT = 192,
    DOUBTS_TOLD = 50,
    RECORDS_SHOWN = 20
};

/* A request that is being judged. */
struct asked {
    struct server *server;
    struct http_request *request;
    struct task *task;
    const char *parameter;    /* that is looked at */
    struct candidates others; /* of a name that has several meanings, or none */
    struct why why;
    bool failed;
};

/* ---- small judges: each does nothing once one has failed ---------------------------------- */

/* What to write at the parameter; NULL: it is not there, or something has failed. */
static const char *
parameter(struct asked *a, const char *name)
{
    if (a->failed)
        return NULL;
    a->parameter = name;
    return http_parameter(a->request, name);
}

static void
fail_if(struct asked *a, enum fault fault)
{
    a->failed = a->failed || fault != FAULT_NONE;
}

static void
refuse(struct asked *a, const char *sentence)
{
    fail_if(a, why_set(&a->why, FAULT_OPTION, "%s", sentence));
}

static void
take_province(struct asked *a, const char *text)
{
    struct question *q = &a->task->question;

    a->parameter = "province";
    if (!a->failed)
        fail_if(a, name_scope_or(text, &q->scopes[0], &a->others, &a->why));
    q->scope_count = 1;
}

static void
take_all_provinces(struct asked *a)
{
    struct question *q = &a->task->question;

    for (int i = 0; i < SCOPE_COUNT; i++)
        q->scopes[i] = i;
    q->scope_count = SCOPE_COUNT;
}

static int
compare_ints(const void *left, const void *right)
{
    const int *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* "RU,KR,JP", in the order of their codes. */
static void
take_partners(struct asked *a, const char *list)
{
    struct question *q = &a->task->question;
    char name[NAME_TEXT];

    if (a->failed)
        return;
    a->parameter = "partner";
    for (const char *at = list; !a->failed && at != NULL; at = *at == ',' ? at + 1 : NULL) {
        size_t length = strcspn(at, ",");
        if (q->partner_count == PARTNERS_MOST)
            refuse(a, "there are more than 64 of them");
        else if (!text_copy((struct text){ at, length }, name, sizeof name))
            refuse(a, "a name is too long");
        else
            fail_if(a,
                    name_partner_or(name, &q->partners[q->partner_count++], &a->others, &a->why));
        at += length;
    }
    int kept = 0;
    qsort(q->partners, (size_t)q->partner_count, sizeof *q->partners, compare_ints);
    for (int i = 0; i < q->partner_count; i++)
        if (i == 0 || q->partners[i] != q->partners[kept - 1])
            q->partners[kept++] = q->partners[i];
    q->partner_count = kept;
}

static void
take_all_partners(struct asked *a)
{
    struct question *q = &a->task->question;

    for (int i = 0; i <= PARTNER_ALL; i++)
        q->partners[i] = i;
    q->partner_count = PARTNER_ALL + 1;
}

/* province= and partner=; left out: all of them.  True: it was left out. */
static bool
take_provinces(struct asked *a)
{
    const char *text = parameter(a, "province");

    if (text == NULL)
        take_all_provinces(a);
    else
        take_province(a, text);
    return text == NULL;
}

static bool
take_some_partners(struct asked *a)
{
    const char *text = parameter(a, "partner");

    if (text == NULL)
        take_all_partners(a);
    else
        take_partners(a, text);
    return text == NULL;
}

/* The same of one: left out it is the margin. */
static void
take_province_or_all(struct asked *a)
{
    const char *text = parameter(a, "province");

    take_province(a, text == NULL ? "ALL" : text);
}

static void
take_pair(struct asked *a, const struct route_segments *segments)
{
    take_province(a, segments->at[0]);
    if (!a->failed && strchr(segments->at[1], ',') != NULL) {
        a->parameter = "partner";
        refuse(a, "one partner is wanted here; /v1/totals/PROVINCE?partner= takes several");
    }
    take_partners(a, segments->at[1]);
}

/* One window; left out: `otherwise`, or, if that is below 0, all of them. */
static void
take_window(struct asked *a, int otherwise)
{
    struct question *q = &a->task->question;
    const struct lookup *lookup = &a->server->settings->lookup;
    const char *text = parameter(a, "window");

    q->windows[0] = otherwise;
    q->window_count = 1;
    if (text != NULL)
        fail_if(a, name_window(text, &lookup->windows, &q->windows[0], &a->why));
    else if (otherwise < 0)
        question_all_windows(q, lookup);
}

static void
take_measure(struct asked *a, bool is_wanted)
{
    struct question *q = &a->task->question;
    const char *text = parameter(a, "measure");

    q->has_measure = text != NULL;
    if (text != NULL)
        fail_if(a, name_measure(text, &q->measure, &a->why));
    else if (is_wanted && !a->failed)
        refuse(a, "measure is missing: export.CNY, import.CNY, deals.export.CNY, agreements, ...");
}

static int64_t
take_number(struct asked *a, const char *name, int64_t otherwise, int64_t most)
{
    const char *text = parameter(a, name);
    int64_t number = text == NULL ? otherwise : text_number(text_of(text));
    char sentence[96];

    if (!a->failed && text != NULL && (number < 1 || number > most)) {
        (void)snprintf(sentence, sizeof sentence, "%s is a number from 1 to %d", name, (int)most);
        refuse(a, sentence);
    }
    return number;
}

/* Which of these words; left out: 0.  The list ends with NULL. */
static int
take_word(struct asked *a, const char *name, const char *const *words)
{
    const char *text = parameter(a, name);
    char sentence[160];
    struct text_buffer b = { .at = sentence, .size = sizeof sentence - 1 };

    for (int i = 0; text != NULL && words[i] != NULL; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    if (text == NULL)
        return 0;
    text_print(&b, "%s is one of:", name);
    for (int i = 0; words[i] != NULL; i++)
        text_print(&b, " %s", words[i]);
    sentence[b.length] = '\0';
    refuse(a, sentence);
    return 0;
}

/* "40.0123456789abcdef": where the page begins, and what it is a page of. */
static void
take_page(struct asked *a)
{
    struct task *task = a->task;
    char *end = NULL;

    task->question.limit = (size_t)take_number(a, "limit", 0, LIMIT_MOST);
    const char *text = parameter(a, "cursor");
    if (text == NULL)
        return;
    const char *dot = strchr(text, '.');
    int64_t first = dot == NULL ? -1 : text_number((struct text){ text, (size_t)(dot - text) });
    task->has_cursor = true;
    task->question.first = first;
    if (dot != NULL && strspn(dot + 1, "0123456789abcdef") == 16 && dot[17] == '\0')
        task->cursor = strtoull(dot + 1, &end, 16);
    if (first < 1 || first > INT32_MAX || end == NULL)
        refuse(a, "this is no cursor: take the \"next\" of the page before, as it is");
    else if (task->question.limit == 0)
        refuse(a, "a cursor belongs to a question with a limit: ask with the same one");
}

static void
take_range(struct asked *a)
{
    struct question *q = &a->task->question;
    const char *from = parameter(a, "from"), *to = parameter(a, "to");

    if (from == NULL && to == NULL)
        return;
    q->kind = QUESTION_RANGE;
    a->parameter = from == NULL ? "from" : to == NULL ? "to" : "window";
    if (from == NULL || to == NULL)
        refuse(a, "from and to belong together");
    else if (http_parameter(a->request, "window") != NULL)
        refuse(a, "either window, or from and to");
    if (!a->failed)
        fail_if(a, range_read(text_of(from), text_of(to), q, &a->parameter, &a->why));
}

/* JSON or CSV, packed or not. */
static void
take_form(struct asked *a)
{
    static const char *const formats[] = { "json", "csv", NULL }, *const excel[] = { "0", "1",
                                                                                     NULL };
    struct form *form = &a->task->form;
    const char *accept = http_field(a->request, "Accept");
    bool is_named = http_parameter(a->request, "format") != NULL;

    form->is_csv = take_word(a, "format", formats) == 1 ||
                   (!is_named && accept != NULL && strncmp(accept, "text/csv", 8) == 0);
    form->for_spreadsheet = take_word(a, "excel", excel) == 1;
    if (form->for_spreadsheet && !form->is_csv && !a->failed)
        refuse(a, "excel=1 is for format=csv");
}

/* ---- from a request to a task -------------------------------------------------------------- */

static struct asked
begin(void *self, struct http_request *request, enum task_kind kind)
{
    struct asked a = { .server = self, .request = request, .task = task_new(kind) };
    const char *known = http_field(request, "If-None-Match");

    if (a.task == NULL) {
        fail_if(&a, why_set(&a.why, FAULT_NO_MEMORY, "no memory for the question"));
        return a;
    }
    a.task->form.is_packed = pack_is_wanted(http_field(request, "Accept-Encoding"));
    if (known != NULL)
        (void)text_copy(text_of(known), a.task->asked_etags, sizeof a.task->asked_etags);
    return a;
}

/* "candidates": what the name may mean. */
static void
put_candidates(const struct candidates *others, struct text_buffer *b)
{
    for (size_t i = 0; i < others->count; i++) {
        text_put(b, i == 0 ? TEXT_LITERAL(",\"candidates\":[{\"code\":")
                           : TEXT_LITERAL(",{\"code\":"));
        json_put_text(b, text_of(others->rows[i].code));
        text_put(b, TEXT_LITERAL(",\"english\":"));
        json_put_text(b, text_of(others->rows[i].english));
        text_put(b, TEXT_LITERAL(",\"chinese\":"));
        json_put_text(b, text_of(others->rows[i].chinese));
        text_put_char(b, '}');
    }
    if (others->count > 0)
        text_put_char(b, ']');
}

/* Give it to a worker, or say what is wrong. */
static void
end(struct asked *a)
{
    char more[MORE_BYTES] = "";
    struct text_buffer b = { .at = more, .size = sizeof more - 1 };

    if (!a->failed) {
        wait_for(a->server, a->request, a->task);
        return;
    }
    if (a->parameter != NULL) {
        text_put(&b, TEXT_LITERAL(",\"parameter\":"));
        json_put_text(&b, text_of(a->parameter));
        put_candidates(&a->others, &b);
        more[b.length] = '\0';
    }
    http_problem(a->request, a->task == NULL ? 503 : 400, a->why.text, more,
                 a->task == NULL ? SERVE_RETRY_S : 0, NULL);
    task_free(a->task);
}

#define BEGIN(kind)                                                                                \
    struct asked a = begin(self, request, (kind));                                                 \
    if (a.failed) {                                                                                \
        end(&a);                                                                                   \
        return;                                                                                    \
    }                                                                                              \
    struct question *q = &a.task->question;

void
ask_pair(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    q->kind = QUESTION_TOTALS;
    take_pair(&a, segments);
    take_range(&a);
    if (q->kind != QUESTION_RANGE)
        take_window(&a, -1);
    take_measure(&a, false);
    take_form(&a);
    end(&a);
}

/* What lists have in common, and their end. */
static void
take_list(struct asked *a)
{
    a->task->question.kind = QUESTION_TOTALS;
    take_window(a, WINDOW_ALL);
    take_measure(a, false);
    take_page(a);
    take_form(a);
    end(a);
}

void
ask_province(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    (void)q;
    take_province(&a, segments->at[0]);
    (void)take_some_partners(&a);
    take_list(&a);
}

void
ask_list(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    (void)segments;
    (void)q;
    take_all_provinces(&a);
    if (take_some_partners(&a) && !a.failed)
        refuse(&a, "partner is missing: partner=RU, or several as RU,KR,JP; all partners of a "
                   "province are at /v1/totals/PROVINCE");
    take_list(&a);
}

void
ask_top(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    (void)segments;
    q->kind = QUESTION_TOP;
    take_province_or_all(&a);
    take_window(&a, WINDOW_ALL);
    take_measure(&a, true);
    if (!a.failed)
        fail_if(&a, question_rank(q, &a.why));
    q->limit = (size_t)take_number(&a, "limit", 0, LIMIT_MOST);
    take_form(&a);
    end(&a);
}

/* Months, or with step=year years; left out: all that there are. */
static void
take_steps(struct asked *a)
{
    static const char *const steps[] = { "month", "year", NULL };
    struct question *q = &a->task->question;
    bool is_year = take_word(a, "step", steps) == 1;
    const char *from = parameter(a, "from");
    int first = YEAR_FIRST * 12, last = YEAR_LAST * 12 + 11;

    if (from != NULL && !(is_year ? name_year(from, &first) : name_month(text_of(from), &first)))
        refuse(a, is_year ? "from is a year, YYYY" : "from is a month, YYYY-MM");
    const char *to = parameter(a, "to");
    if (to != NULL && !(is_year ? name_year(to, &last) : name_month(text_of(to), &last)))
        refuse(a, is_year ? "to is a year, YYYY" : "to is a month, YYYY-MM");
    if (!a->failed && first > last)
        refuse(a, "from is later than to");
    q->kind = is_year ? QUESTION_TOTALS : QUESTION_MONTHS;
    q->as_years = is_year;
    q->from = first;
    q->to = last;
    for (int year = first / 12; is_year && year <= last / 12 && year <= YEAR_LAST; year++)
        if (year >= YEAR_FIRST)
            q->windows[q->window_count++] = WINDOW_YEAR + year;
}

void
ask_series(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    (void)q;
    take_pair(&a, segments);
    take_measure(&a, true);
    take_steps(&a);
    take_form(&a);
    end(&a);
}

void
ask_detail(void *self, struct http_request *request, const struct route_segments *segments)
{
    static const char *const words[] = { "all",    "chapter", "commodity", "area",
                                         "sector", "part",    NULL };
    BEGIN(TASK_QUESTION)
    q->kind = QUESTION_DETAIL;
    take_pair(&a, segments);
    take_window(&a, WINDOW_ALL);
    take_measure(&a, false);
    q->by = (enum question_by)take_word(&a, "by", words);
    take_page(&a);
    take_form(&a);
    end(&a);
}

void
ask_agreements(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    q->kind = QUESTION_AGREEMENTS;
    take_pair(&a, segments);
    take_window(&a, WINDOW_ALL);
    take_form(&a);
    end(&a);
}

/* ---- look-ups that take long ------------------------------------------------------------- */

static void
put_operand(struct task *task, const char *text)
{
    (void)text_copy(text_of(text), task->operands[task->operand_count++], TASK_OPERAND_BYTES);
}

void
ask_why(void *self, struct http_request *request, const struct route_segments *segments)
{
    static const char *const yes[] = { "0", "1", NULL };
    BEGIN(TASK_COMMAND)
    int month;
    take_pair(&a, segments);
    take_window(&a, WINDOW_ALL);
    take_measure(&a, false);
    const char *window = parameter(&a, "window"), *when = parameter(&a, "month");
    if (when != NULL && !name_month(text_of(when), &month))
        refuse(&a, "month is YYYY-MM");
    else if (when != NULL && window != NULL)
        refuse(&a, "either window or month");
    a.task->limit = (size_t)take_number(&a, "limit", RECORDS_SHOWN, LIMIT_MOST);
    a.task->wants_all = take_word(&a, "all", yes) == 1;
    if (!a.failed) {
        put_operand(a.task, "why");
        put_operand(a.task, scope_code(q->scopes[0]));
        put_operand(a.task, partner_code(q->partners[0]));
        put_operand(a.task, when != NULL ? when : window != NULL ? window : "all");
        if (q->has_measure)
            (void)measure_write(q->measure, a.task->operands[a.task->operand_count++]);
    }
    end(&a);
}

void
ask_doubts(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_COMMAND)
    (void)segments;
    take_province_or_all(&a);
    const char *partner = parameter(&a, "partner");
    take_partners(&a, partner == NULL ? "ALL" : partner);
    a.task->limit = (size_t)take_number(&a, "limit", DOUBTS_TOLD, LIMIT_MOST);
    put_operand(a.task, "doubts");
    put_operand(a.task, scope_code(q->scopes[0]));
    put_operand(a.task, partner_code(q->partners[0]));
    end(&a);
}

void
ask_changes(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_CHANGES)
    (void)segments;
    (void)take_provinces(&a);
    const char *partner = parameter(&a, "partner");
    if (partner != NULL)
        take_partners(&a, partner);
    q->kind = QUESTION_TOTALS;
    a.task->limit = (size_t)take_number(&a, "limit", RECORDS_SHOWN, LIMIT_MOST);
    end(&a);
}

/* ---- changes as they come ---------------------------------------------------------------- */

/* What was judged as a question, to be watched from now on. */
static struct watched
watched_of(const struct question *q, bool is_any, bool every_window)
{
    struct watched w = { .is_any = is_any,
                         .window = every_window ? WINDOW_EVERY : q->windows[0],
                         .has_measure = q->has_measure,
                         .measure = q->measure };

    for (int i = 0; i < q->scope_count; i++)
        watched_add_scope(&w, q->scopes[i]);
    for (int i = 0; i < q->partner_count; i++)
        watched_add_partner(&w, q->partners[i]);
    return w;
}

void
ask_stream(void *self, struct http_request *request, const struct route_segments *segments)
{
    BEGIN(TASK_QUESTION)
    (void)segments;
    bool every_province = take_provinces(&a), every_partner = take_some_partners(&a);
    take_window(&a, q->scope_count == 1 && q->partner_count == 1 ? -1 : WINDOW_ALL);
    take_measure(&a, false);
    if (a.failed) {
        end(&a);
        return;
    }
    const struct http_field cors[] = { { "Access-Control-Allow-Origin", a.server->settings->cors },
                                       { NULL, NULL } };
    const struct watched watched =
        watched_of(q, every_province || every_partner, q->window_count > 1);
    task_free(a.task);
    streams_watch(a.server->streams, request, &watched,
                  a.server->settings->cors == NULL ? NULL : cors, a.server->now_ms);
}
