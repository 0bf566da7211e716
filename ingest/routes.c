/* Which path does what, for whom, and what a request may say.
 *
 * A request is judged by its head as far as that goes, so that nobody sends a large body in vain.
 */
#include "ingest/media.h"

#include <strings.h>

static http_route_run run_records, run_check, run_openapi, run_page;

static const struct http_route routes[] = {
    { "POST", "/v1/records", true, run_records, { "type", "validate", "map", "refused", NULL } },
    { "POST", "/v1/check", true, run_check, { "type", "map", NULL } },
    { "GET", "/v1/schemas", false, facts_schemas, { NULL } },
    { "GET", "/v1/schemas/{type}", false, facts_schemas, { NULL } },
    { "GET", "/v1/codes", false, facts_codes, { NULL } },
    { "GET", "/v1/codes/{list}", false, facts_codes, { NULL } },
    { "GET", "/openapi.json", false, run_openapi, { NULL } },
    { "GET", "/health", false, facts_health, { NULL } },
    { "GET", "/metrics", true, facts_metrics, { NULL } },
    { "GET", "/", false, run_page, { NULL } },
    { "GET", "/page.js", false, run_page, { NULL } },
    { "GET", "/page.css", false, run_page, { NULL } },
};
enum { ROUTE_COUNT = sizeof routes / sizeof routes[0], MORE_BYTES = 512 };

/* ---- records -------------------------------------------------------------------------------- */

static void
answer_fault(struct http_request *request, const struct body_fault *fault)
{
    char more[MORE_BYTES] = "";
    struct text_buffer b = { .at = more, .size = sizeof more - 1 };
    if (fault->byte > 0)
        text_print(&b, ",\"byte\":%zu", fault->byte);
    if (fault->most > 0)
        text_print(&b, ",\"most\":%zu", fault->most);
    more[b.length] = '\0';
    http_problem(request, fault->status, fault->why.text, more, fault->status == 503 ? 1 : 0, NULL);
}

/* The records of a request, judged; NULL: it was answered. */
static struct batch *
read_records(struct gateway *g, struct http_request *request, const struct token *token,
             bool explains, bool keeps)
{
    struct body body;
    struct body_fault fault;
    struct sender sender = token == NULL ? (struct sender){ 0 }
                                         : sender_of(text_of(token->source), text_of(token->grade));
    struct map *own = NULL;
    if (!media_judge(g, request, &body) || !media_map(request, &own))
        return NULL;
    body.map = own != NULL ? own : media_is_csv(request) ? g->setup->map : NULL;
    body.text = request->body;
    body.explains = explains;
    body.keeps = keeps;
    struct batch *batch = batch_new();
    if (batch == NULL) {
        map_free(own);
        http_problem(request, 503, "there is no memory for so many records now", NULL, 1, NULL);
        return NULL;
    }
    bool good = batch_read(batch, g->maker, &body, &sender, &fault);
    map_free(own);
    if (good)
        return batch;
    batch_free(batch);
    answer_fault(request, &fault);
    return NULL;
}

/* False: it was answered, and the batch is gone. */
static bool
take_credit(struct gateway *g, struct http_request *request, struct token *token,
            struct batch *batch, size_t records)
{
    int wait_s = token == NULL ? 0 : token_take(token, (int64_t)records, g->now_ms);
    if (wait_s == 0)
        return true;
    batch_free(batch);
    http_problem(request, 429, "the token's rate is used up", NULL, wait_s, NULL);
    return false;
}

/* Batches that wait for Kafka take memory, too.  False: it was answered. */
static bool
has_room(const struct gateway *g, struct http_request *request)
{
    size_t most = (size_t)options_count(g->setup->options, SETTING_MEMORY) << 20;
    if (g->held < most)
        return true;
    http_problem(request, 503, "too many records wait for Kafka", NULL, GATEWAY_RETRY_S, NULL);
    return false;
}

static void
run_records(void *self, struct http_request *request, const struct route_segments *segments)
{
    struct gateway *g = self;
    static const char *const words[] = { "each", "all" }, *const fates[] = { "answer", "dlq" };
    struct token *token;
    if (!route_judge_token(g->tokens, request, &token) || !has_room(g, request))
        return;
    int all = media_word(request, "validate", words);
    int keeps = all < 0 ? -1 : media_word(request, "refused", fates);
    (void)segments;
    struct batch *batch = keeps < 0 ? NULL : read_records(g, request, token, false, keeps == 1);
    if (batch == NULL)
        return;
    if (all == 1 && batch->outcomes[OUTCOME_REFUSED] > 0) {
        batch->keeps = false; /* nothing of it is sent anywhere */
        gateway_answer(g, request, batch);
        batch_free(batch);
        return;
    }
    size_t sent =
        batch->outcomes[OUTCOME_HELD] + (batch->keeps ? batch->outcomes[OUTCOME_REFUSED] : 0);
    if (take_credit(g, request, token, batch, sent))
        gateway_send(g, request, batch, token);
}

static void
run_check(void *self, struct http_request *request, const struct route_segments *segments)
{
    struct gateway *g = self;
    (void)segments;
    struct token *token;
    if (!route_judge_token(g->tokens, request, &token) || !has_room(g, request))
        return;
    struct batch *batch = read_records(g, request, token, true, false);
    size_t length = 0;
    if (batch == NULL || !take_credit(g, request, token, batch, batch->count))
        return;
    char *body = batch_tell(batch, "", &length);
    batch_free(batch);
    http_answer_with(request, 200, "application/json", body, length, NULL);
}

/* ---- pages ---------------------------------------------------------------------------------- */

extern const char openapi_json[], page_html[], page_js[], page_css[];
extern const size_t openapi_json_length, page_html_length, page_js_length, page_css_length;

static void
run_openapi(void *self, struct http_request *request, const struct route_segments *segments)
{
    (void)self, (void)segments;
    http_answer(request, 200, "application/json",
                (struct text){ openapi_json, openapi_json_length }, NULL);
}

static void
run_page(void *self, struct http_request *request, const struct route_segments *segments)
{
    /* Nothing but what came with the page may run or be asked for. */
    static const struct http_field fields[] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
        { "Cache-Control", "no-cache" },
        { NULL, NULL }
    };
    (void)self, (void)segments;
    if (strcmp(request->path, "/page.js") == 0)
        http_answer(request, 200, "text/javascript; charset=utf-8",
                    (struct text){ page_js, page_js_length }, fields);
    else if (strcmp(request->path, "/page.css") == 0)
        http_answer(request, 200, "text/css; charset=utf-8",
                    (struct text){ page_css, page_css_length }, fields);
    else
        http_answer(request, 200, "text/html; charset=utf-8",
                    (struct text){ page_html, page_html_length }, fields);
}

/* ---- the handler ---------------------------------------------------------------------------- */

static void
on_head(void *self, struct http_request *request)
{
    struct gateway *g = self;
    struct body body;
    struct token *token;
    struct route_segments segments;
    const struct http_route *route = route_find(routes, ROUTE_COUNT, request, &segments);
    g->counts.requests++;
    if (route == NULL || !route_judge_parameters(route, request) ||
        (route->needs_token && (!route_judge_origin(request, g->tokens != NULL, NULL) ||
                                !route_judge_token(g->tokens, request, &token))))
        return;
    if (g->stops)
        http_problem(request, 503, "the gateway is stopping", NULL, 1, NULL);
    else if (strcmp(route->method, "POST") == 0)
        (void)media_judge(g, request, &body);
}

static void
on_request(void *self, struct http_request *request)
{
    struct route_segments segments;
    const struct http_route *route = route_find(routes, ROUTE_COUNT, request, &segments);
    if (route != NULL)
        route->run(self, request, &segments);
}

/* Its batch waits on for its reports. */
static void
on_gone(void *self, struct http_request *request)
{
    const struct gateway *g = self;
    http_counts_add(g->dials.requests, route_number(routes, ROUTE_COUNT, request),
                    http_status(request));
    if (request->context != NULL)
        gateway_let_go(self, request->context);
}

struct http_handler
routes_handler(struct gateway *gateway)
{
    return (struct http_handler){ gateway, on_head, on_request, on_gone };
}

enum fault
routes_count(struct gateway *g, struct why *why)
{
    return route_counts_open(routes, ROUTE_COUNT, g->dials.metrics, DIAL_HTTP, &g->dials.requests,
                             why);
}
