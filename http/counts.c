/* A series is looked for once, and then found by its numbers. */
#include "http/counts.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATUS_MOST = 600, CODE_BYTES = 16 };

struct http_counts {
    struct metrics *metrics;
    int row, route_count;
    const char *routes[HTTP_ROUTES_MOST];
    /* By route, the last is of none; then by status.  NULL: not asked for yet. */
    struct metric *_Atomic of[HTTP_ROUTES_MOST + 1][STATUS_MOST];
};

enum fault
http_counts_open(struct metrics *metrics, int row, const char *const *routes, int route_count,
                 struct http_counts **out, struct why *why)
{
    assert(route_count <= HTTP_ROUTES_MOST);
    struct http_counts *c = calloc(1, sizeof *c);
    if (c == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for counts of requests");
    c->metrics = metrics;
    c->row = row;
    for (int i = 0; i < route_count; i++)
        c->routes[i] = routes[i];
    c->route_count = route_count;
    *out = c;
    return FAULT_NONE;
}

void
http_counts_free(struct http_counts *c)
{
    free(c);
}

void
http_counts_add(struct http_counts *c, int route, unsigned status)
{
    if (c == NULL)
        return;
    bool is_known = 0 <= route && route < c->route_count;
    unsigned code = status < STATUS_MOST ? status : 0;
    struct metric *_Atomic *at = &c->of[is_known ? route : HTTP_ROUTES_MOST][code];
    struct metric *one = atomic_load_explicit(at, memory_order_acquire);
    if (one == NULL) {
        char text[CODE_BYTES] = "none";
        if (code > 0)
            (void)snprintf(text, sizeof text, "%u", code);
        one = metric_at(c->metrics, c->row, is_known ? c->routes[route] : "other", text, NULL);
        atomic_store_explicit(at, one, memory_order_release);
    }
    metric_add(one, 1);
}
