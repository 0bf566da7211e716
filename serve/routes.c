/* Which path does what, for whom, and what a request may say. */
#include "serve/server.h"

#define STREAM_PATH "/v1/stream"

const struct http_route server_routes[] = {
    { "GET",
      "/v1/totals/{province}/{partner}",
      true,
      ask_pair,
      { "window", "measure", "from", "to", "format", "excel", NULL } },
    { "GET",
      "/v1/totals/{province}",
      true,
      ask_province,
      { "window", "measure", "partner", "limit", "cursor", "format", "excel", NULL } },
    { "GET",
      "/v1/totals",
      true,
      ask_list,
      { "window", "measure", "partner", "limit", "cursor", "format", "excel", NULL } },
    { "GET",
      "/v1/top",
      true,
      ask_top,
      { "province", "window", "measure", "limit", "format", "excel", NULL } },
    { "GET",
      "/v1/series/{province}/{partner}",
      true,
      ask_series,
      { "measure", "from", "to", "step", "format", "excel", NULL } },
    { "GET",
      "/v1/detail/{province}/{partner}",
      true,
      ask_detail,
      { "window", "measure", "by", "limit", "cursor", "format", "excel", NULL } },
    { "GET",
      "/v1/agreements/{province}/{partner}",
      true,
      ask_agreements,
      { "window", "format", "excel", NULL } },
    { "GET",
      "/v1/why/{province}/{partner}",
      true,
      ask_why,
      { "window", "month", "measure", "limit", "all", NULL } },
    { "GET", "/v1/doubts", true, ask_doubts, { "province", "partner", "limit", NULL } },
    { "GET", "/v1/changes", true, ask_changes, { "province", "partner", "limit", NULL } },
    { "GET", STREAM_PATH, true, ask_stream, { "province", "partner", "window", "measure", NULL } },
    { "GET", "/v1/provinces", false, server_codes, { NULL } },
    { "GET", "/v1/partners", false, server_codes, { NULL } },
    { "GET", "/v1/measures", false, server_codes, { NULL } },
    { "GET", "/v1/currencies", false, server_codes, { NULL } },
    { "GET", "/v1/units", false, server_codes, { NULL } },
    { "GET", "/v1/windows", false, server_codes, { NULL } },
    { "GET", "/openapi.json", false, page_openapi, { NULL } },
    { "GET", "/", false, page_index, { NULL } },
    { "GET", "/assets/{name}", false, page_asset, { NULL } },
};
const size_t server_route_count = sizeof server_routes / sizeof server_routes[0];

/* A browser asks before it sends a token from a page of another site. */
static bool
answer_preflight(const struct server *s, struct http_request *request)
{
    const char *origin = http_field(request, "Origin"), *cors = s->settings->cors;
    const struct http_field fields[] = { { "Access-Control-Allow-Origin", cors },
                                         { "Access-Control-Allow-Methods", "GET, HEAD" },
                                         { "Access-Control-Allow-Headers",
                                           "Authorization, If-None-Match, Last-Event-ID" },
                                         { "Access-Control-Max-Age", "600" },
                                         { "Vary", "Origin" },
                                         { NULL, NULL } };

    if (strcmp(request->method, "OPTIONS") != 0 || cors == NULL || origin == NULL ||
        (strcmp(cors, "*") != 0 && strcmp(cors, origin) != 0))
        return false;
    http_answer(request, 204, NULL, TEXT_LITERAL(""), fields);
    return true;
}

static bool
may_read(struct server *s, struct http_request *request, const struct http_route *route)
{
    struct token *token;

    if (!route_judge_origin(request, s->tokens != NULL || s->settings->is_public,
                            s->settings->cors))
        return false;
    if (!route->needs_token || !route_judge_token(s->tokens, request, &token))
        return !route->needs_token;
    int wait_s = token == NULL ? 0 : token_take(token, 1, s->now_ms);
    if (wait_s == 0)
        return true;
    http_problem(request, 429, "the token's rate is used up", NULL, wait_s, NULL);
    return false;
}

static void
on_head(void *self, struct http_request *request)
{
    struct server *s = self;

    s->requests++;
    if (s->stops)
        http_problem(request, 503, "the server is stopping", NULL, SERVE_RETRY_S, NULL);
    else
        (void)answer_preflight(s, request);
}

static void
on_request(void *self, struct http_request *request)
{
    struct server *s = self;
    struct route_segments segments;
    const struct http_route *route =
        route_find(server_routes, server_route_count, request, &segments);

    if (route != NULL && may_read(s, request, route) && route_judge_parameters(route, request))
        route->run(s, request, &segments);
}

static void
on_gone(void *self, struct http_request *request)
{
    struct server *s = self;

    vitals_request(s->vitals, route_number(server_routes, server_route_count, request),
                   http_status(request));
    if (request->context == NULL)
        return;
    if (strcmp(request->path, STREAM_PATH) == 0)
        streams_gone(s->streams, request);
    else
        wait_no_more(s, request->context);
}

struct http_handler
server_handler(struct server *server)
{
    return (struct http_handler){ server, on_head, on_request, on_gone };
}
