/* route.h - which path does what, and who may ask for it.
 *
 * A program has a table of routes.  What is the same for all of them is judged here: is there such
 * a path, does it know the method, has it these parameters, may this sender have it?  Each judge
 * answers the request itself where it says no.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/counts.h"
#include "http/http.h"
#include "http/token.h"

enum {
    ROUTE_PARAMETERS_MOST = 12, /* with the NULL at the end */
    ROUTE_SEGMENTS_MOST = 3,    /* named ones of a path */
    ROUTE_SEGMENT_BYTES = 192,
};

/* What stood in a path for the segments in braces of its route, in their order; "" where it has
 * less. */
struct route_segments {
    char at[ROUTE_SEGMENTS_MOST][ROUTE_SEGMENT_BYTES];
};

/* `self` is the program's own. */
typedef void
http_route_run(void *self, struct http_request *request, const struct route_segments *segments);

struct http_route {
    const char *method;
    const char *path; /* "/v1/totals/{province}/{partner}"; it is counted by this, too */
    bool needs_token;
    http_route_run *run;
    const char *parameters[ROUTE_PARAMETERS_MOST]; /* ends with NULL */
};

/* The route of a request, and its segments; a GET is also good for HEAD.  NULL: it was answered
 * with 404 or 405. */
const struct http_route *route_find(const struct http_route *routes, size_t count,
                                    struct http_request *request, struct route_segments *segments);
/* The number of the route that has this path, whatever the method; -1: none. */
int route_number(const struct http_route *routes, size_t count, const struct http_request *request);
/* Numbers of requests by route, into the row of `metrics` with the labels route and code.  At most
 * HTTP_ROUTES_MOST routes.  FAULT_NO_MEMORY. */
MUST_USE enum fault
route_counts_open(const struct http_route *routes, size_t count, struct metrics *metrics, int row,
                  struct http_counts **out, struct why *why);
/* Are all parameters of the query known, once each?  False: it was answered with 400. */
bool route_judge_parameters(const struct http_route *route, struct http_request *request);
/* The token of its sender, where `tokens` is not NULL.  False: it was answered with 401. */
bool route_judge_token(struct tokens *tokens, struct http_request *request, struct token **out);
/* Does it come from a page of another site, or by a name that is not of this machine where nobody
 * is asked for a token?  `allowed` is the origin whose pages may; "*": all of them; NULL: none.
 * True: it may ask; false: it was answered with 403. */
bool route_judge_origin(struct http_request *request, bool asks_for_tokens, const char *allowed);

#endif
