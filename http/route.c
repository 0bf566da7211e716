/* What every path is asked before it does anything. */
#include "http/route.h"

#include <strings.h>

/* ---- paths ------------------------------------------------------------------------------- */

/* One segment of a pattern against one of a path; both end at '/' or NUL. */
static bool
take_segment(const char **pattern, const char **path, struct route_segments *segments, int *named)
{
    size_t wanted = strcspn(*pattern, "/"), have = strcspn(*path, "/");
    const char *from = *pattern, *at = *path;

    *pattern += wanted;
    *path += have;
    if (from[0] != '{')
        return wanted == have && memcmp(from, at, wanted) == 0;
    return have > 0 &&
           text_copy((struct text){ at, have }, segments->at[(*named)++], ROUTE_SEGMENT_BYTES);
}

static bool
is_path(const struct http_route *route, const char *path, struct route_segments *segments)
{
    const char *pattern = route->path;
    int named = 0;

    for (int i = 0; i < ROUTE_SEGMENTS_MOST; i++)
        segments->at[i][0] = '\0';
    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        if (!take_segment(&pattern, &path, segments, &named))
            return false;
    }
    return *pattern == '\0' && *path == '\0';
}

static bool
is_method(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

const struct http_route *
route_find(const struct http_route *routes, size_t count, struct http_request *request,
           struct route_segments *segments)
{
    const struct http_route *same_path = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!is_path(&routes[i], request->path, segments))
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

int
route_number(const struct http_route *routes, size_t count, const struct http_request *request)
{
    struct route_segments segments;

    for (size_t i = 0; i < count; i++)
        if (is_path(&routes[i], request->path, &segments))
            return (int)i;
    return -1;
}

enum fault
route_counts_open(const struct http_route *routes, size_t count, struct metrics *metrics, int row,
                  struct http_counts **out, struct why *why)
{
    const char *names[HTTP_ROUTES_MOST];
    int named = 0;

    for (; (size_t)named < count && named < HTTP_ROUTES_MOST; named++)
        names[named] = routes[named].path;
    return http_counts_open(metrics, row, names, named, out, why);
}

enum { STRANGE_BYTES = 64 }; /* so much of an unknown name is repeated */

bool
route_judge_parameters(const struct http_route *route, struct http_request *request)
{
    char detail[320], more[6 * STRANGE_BYTES + 32] = "";
    struct text_buffer b = { .at = detail, .size = sizeof detail - 1 };
    struct text_buffer m = { .at = more, .size = sizeof more - 1 };
    const char *strange = http_strange_parameter(request, route->parameters);

    if (strange == NULL)
        return true;
    text_print(&b, "the parameter \"%.64s\" is unknown here, or stands twice; known:", strange);
    for (int i = 0; route->parameters[i] != NULL; i++)
        text_print(&b, " %s", route->parameters[i]);
    text_put(&b, text_of(route->parameters[0] == NULL ? " none" : NULL));
    detail[b.length] = '\0';
    text_put(&m, TEXT_LITERAL(",\"parameter\":"));
    json_put_text(&m, (struct text){ strange, strnlen(strange, STRANGE_BYTES) });
    more[m.length] = '\0';
    http_problem(request, 400, detail, more, 0, NULL);
    return false;
}

/* ---- who asks ---------------------------------------------------------------------------- */

bool
route_judge_token(struct tokens *tokens, struct http_request *request, struct token **out)
{
    const char *shown = http_field(request, "Authorization");

    *out = tokens == NULL ? NULL : tokens_find(tokens, shown);
    if (tokens == NULL || *out != NULL)
        return true;
    const struct http_field ask[] = {
        { "WWW-Authenticate", shown == NULL ? "Bearer realm=\"tally\""
                                            : "Bearer realm=\"tally\", error=\"invalid_token\"" },
        { NULL, NULL }
    };
    http_problem(request, 401,
                 shown == NULL ? "wanted: a header Authorization: Bearer TOKEN"
                               : "the token is none of those that are known here",
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
    if (length == 0 || (host[length] != '\0' && host[length] != ':'))
        return false;
    return host[length] == '\0' || text_number(text_of(host + length + 1)) >= 0;
}

/* A page of another site that somebody's browser shows may not ask through it: it would come from
 * this machine, where nobody is asked for a token.  Nor may one that calls itself by a name of its
 * own that leads here. */
bool
route_judge_origin(struct http_request *request, bool asks_for_tokens, const char *allowed)
{
    const char *origin = http_field(request, "Origin"), *host = http_field(request, "Host");
    const char *site = origin == NULL ? NULL : strstr(origin, "://");
    bool is_ours = origin == NULL ||
                   (site != NULL && host != NULL && strcasecmp(site + 3, host) == 0) ||
                   (allowed != NULL && (strcmp(allowed, "*") == 0 || strcmp(origin, allowed) == 0));
    bool is_named = asks_for_tokens || host == NULL || is_local_name(host);

    if (is_ours && is_named)
        return true;
    http_problem(request, 403,
                 is_ours ? "this name is not one of this machine; wanted: localhost or 127.0.0.1 "
                           "in Host, or a server with tokens"
                         : "a page of another site may not ask here",
                 NULL, 0, NULL);
    return false;
}
