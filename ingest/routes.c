/* Which path does what, for whom, and what a request may say.
 *
 * A request is judged by its head as far as that goes, so that nobody sends a large body in vain.
 */
#include "ingest/media.h"

#include <strings.h>

static route_runner run_records, run_check, run_openapi, run_page;

/* A path that ends in '/' has something behind it. */
static const struct route {
    const char *method, *path;
    bool needs_token;
    route_runner *run;
    const char *parameters[5]; /* ends with NULL */
    const char *name;          /* what it is counted as; NULL: its path */
} routes[] = {
    { "POST",
      "/v1/records",
      true,
      run_records,
      { "type", "validate", "map", "refused", NULL },
      NULL },
    { "POST", "/v1/check", true, run_check, { "type", "map", NULL }, NULL },
    { "GET", "/v1/schemas", false, facts_schemas, { NULL }, NULL },
    { "GET", "/v1/schemas/", false, facts_schemas, { NULL }, "/v1/schemas/{type}" },
    { "GET", "/v1/codes", false, facts_codes, { NULL }, NULL },
    { "GET", "/v1/codes/", false, facts_codes, { NULL }, "/v1/codes/{list}" },
    { "GET", "/openapi.json", false, run_openapi, { NULL }, NULL },
    { "GET", "/health", false, facts_health, { NULL }, NULL },
    { "GET", "/metrics", true, facts_metrics, { NULL }, NULL },
    { "GET", "/", false, run_page, { NULL }, NULL },
    { "GET", "/page.js", false, run_page, { NULL }, NULL },
    { "GET", "/page.css", false, run_page, { NULL }, NULL },
};
enum { ROUTE_COUNT = sizeof routes / sizeof routes[0], MORE_BYTES = 512 };

/* ---- what is asked for ---------------------------------------------------------------------- */

static const char *
rest_of(const struct route *route, const char *path)
{
    size_t length = strlen(route->path);
    bool is_open = length > 1 && route->path[length - 1] == '/';
    if (strncmp(path, route->path, length) != 0 || (!is_open && path[length] != '\0'))
        return NULL;
    return path + length;
}

static bool
is_method(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* NULL: it was answered. */
static const struct route *
find_route(struct http_request *request)
{
    const struct route *same_path = NULL;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        if (rest_of(&routes[i], request->path) == NULL)
            continue;
        same_path = &routes[i];
        if (is_method(&routes[i], request->method))
            return same_path;
    }
    if (same_path == NULL) {
        http_problem(request, 404, "there is nothing here; /openapi.json lists what there is", NULL,
                     0, NULL);
        return NULL;
    }
    bool is_get = strcmp(same_path->method, "GET") == 0;
    struct http_field allow[] = { { "Allow", is_get ? "GET, HEAD" : same_path->method },
                                  { NULL, NULL } };
    http_problem(request, 405,
                 is_get ? "this path knows GET and HEAD" : "this path knows POST alone", NULL, 0,
                 allow);
    return NULL;
}

/* The sender's token; NULL: anybody may send here.  Looked for with the head and with the body: the
 * file may have been read anew between them.  False: it was answered. */
static bool
judge_token(struct gateway *g, struct http_request *request, struct token **out)
{
    const char *shown = http_field(request, "Authorization");
    *out = g->tokens == NULL ? NULL : tokens_find(g->tokens, shown);
    if (g->tokens == NULL || *out != NULL)
        return true;
    const struct http_field ask[] = {
        { "WWW-Authenticate", shown == NULL ? "Bearer realm=\"tally\""
                                            : "Bearer realm=\"tally\", error=\"invalid_token\"" },
        { NULL, NULL }
    };
    http_problem(request, 401,
                 shown == NULL ? "wanted: a header Authorization: Bearer TOKEN"
                               : "the token is none of those that may send",
                 NULL, 0, ask);
    return false;
}

/* A name by which nobody else's machine can be meant. */
static bool
is_local_name(const char *host)
{
    size_t length = strspn(host, "0123456789.");
    if (strncmp(host, "127.", 4) != 0)
        length = strncasecmp(host, "localhost", 9) == 0 ? 9 : 0;
    if (strncmp(host, "[::1]", 5) == 0)
        length = 5;
    return length > 0 && (host[length] == '\0' || host[length] == ':');
}

/* A page of another site that somebody's browser shows may not send through it: it would come from
 * this machine, where nobody is asked for a token.  Nor may one that calls itself by a name of its
 * own that leads here.  False: it was answered. */
static bool
judge_origin(const struct gateway *g, struct http_request *request)
{
    const char *origin = http_field(request, "Origin"), *host = http_field(request, "Host");
    const char *site = origin == NULL ? NULL : strstr(origin, "://");
    bool is_ours =
        origin == NULL || (site != NULL && host != NULL && strcasecmp(site + 3, host) == 0);
    bool is_named = g->tokens != NULL || host == NULL || is_local_name(host);
    if (is_ours && is_named)
        return true;
    http_problem(request, 403,
                 is_ours ? "this name is not one of this machine; wanted: localhost or 127.0.0.1 "
                           "in Host, or a gateway with tokens"
                         : "a page of another site may not send here",
                 NULL, 0, NULL);
    return false;
}

static bool
judge_parameters(const struct route *route, struct http_request *request)
{
    char detail[256];
    struct text_buffer b = { .at = detail, .size = sizeof detail - 1 };
    const char *strange = http_strange_parameter(request, route->parameters);
    if (strange == NULL)
        return true;
    text_print(&b, "the parameter \"%.64s\" is unknown here, or stands twice; known:", strange);
    for (int i = 0; route->parameters[i] != NULL; i++)
        text_print(&b, " %s", route->parameters[i]);
    text_put(&b, text_of(route->parameters[0] == NULL ? " none" : NULL));
    detail[b.length] = '\0';
    http_problem(request, 400, detail, NULL, 0, NULL);
    return false;
}

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
run_records(struct gateway *g, struct http_request *request, const char *rest)
{
    static const char *const words[] = { "each", "all" }, *const fates[] = { "answer", "dlq" };
    struct token *token;
    if (!judge_token(g, request, &token) || !has_room(g, request))
        return;
    int all = media_word(request, "validate", words);
    int keeps = all < 0 ? -1 : media_word(request, "refused", fates);
    (void)rest;
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
run_check(struct gateway *g, struct http_request *request, const char *rest)
{
    (void)rest;
    struct token *token;
    if (!judge_token(g, request, &token) || !has_room(g, request))
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
run_openapi(struct gateway *g, struct http_request *request, const char *rest)
{
    (void)g, (void)rest;
    http_answer(request, 200, "application/json",
                (struct text){ openapi_json, openapi_json_length }, NULL);
}

static void
run_page(struct gateway *g, struct http_request *request, const char *rest)
{
    /* Nothing but what came with the page may run or be asked for. */
    static const struct http_field fields[] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
        { "Cache-Control", "no-cache" },
        { NULL, NULL }
    };
    (void)g, (void)rest;
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
    const struct route *route = find_route(request);
    g->counts.requests++;
    if (route == NULL || !judge_parameters(route, request) ||
        (route->needs_token && (!judge_origin(g, request) || !judge_token(g, request, &token))))
        return;
    if (g->stops)
        http_problem(request, 503, "the gateway is stopping", NULL, 1, NULL);
    else if (strcmp(route->method, "POST") == 0)
        (void)media_judge(g, request, &body);
}

static void
on_request(void *self, struct http_request *request)
{
    struct gateway *g = self;
    const struct route *route = find_route(request);
    if (route != NULL)
        route->run(g, request, rest_of(route, request->path));
}

/* Its number; -1: there is no such path. */
static int
route_of(const struct http_request *request)
{
    for (int i = 0; i < ROUTE_COUNT; i++)
        if (rest_of(&routes[i], request->path) != NULL)
            return i;
    return -1;
}

/* Its batch waits on for its reports. */
static void
on_gone(void *self, struct http_request *request)
{
    const struct gateway *g = self;
    http_counts_add(g->dials.requests, route_of(request), http_status(request));
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
    static const char *names[ROUTE_COUNT];
    for (int i = 0; i < ROUTE_COUNT; i++)
        names[i] = routes[i].name == NULL ? routes[i].path : routes[i].name;
    return http_counts_open(g->dials.metrics, DIAL_HTTP, names, ROUTE_COUNT, &g->dials.requests,
                            why);
}
