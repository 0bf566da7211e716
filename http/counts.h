/* counts.h - requests by route and status: tally_http_requests_total{route,code}.
 *
 * A route is told by its template ("/v1/totals/{province}/{partner}"), so that what is asked for
 * makes no series.  Who serves tells it in on_gone():
 *
 *      http_counts_add(counts, route, http_status(request));
 */
#ifndef HTTP_COUNTS_H
#define HTTP_COUNTS_H

#include "base/metric.h"

enum { HTTP_ROUTES_MOST = 64 };

struct http_counts;

/* Into the row of `metrics` whose labels are "route,code".  The templates are borrowed, their list
 * is not. FAULT_NO_MEMORY. */
MUST_USE enum fault http_counts_open(struct metrics *metrics, int row, const char *const *routes,
                                     int route_count, struct http_counts **out, struct why *why);
/* Before the metrics.  NULL is fine. */
void http_counts_free(struct http_counts *counts);

/* One more.  route: from 0; -1: of none, told as "other".  status: 0: it got no answer, told as
 * "none".  From any thread; NULL counts is fine. */
void http_counts_add(struct http_counts *counts, int route, unsigned status);

#endif
