/* server.h - the server, for the files of this room. */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "http/route.h"
#include "serve/pool.h"
#include "serve/serve.h"
#include "serve/stream.h"
#include "serve/vitals.h"

enum { SERVE_RETRY_S = 1 };

struct server {
    const struct serve_settings *settings;
    const struct log *log;
    struct http *http;
    struct tokens *tokens; /* NULL: nobody is asked for one */
    struct pool *pool;
    struct streams *streams;
    struct task ring;      /* its head: tasks whose requests wait */
    struct vitals *vitals; /* NULL without --metrics */
    size_t waiting;        /* tasks in the ring */
    int wake_fd;
    int64_t now_ms, next_show_ms, requests;
    enum fault last_fault; /* of Redis, as the last question has met it */
    int64_t told_ms;       /* when the log was told of one */
    bool stops;
};

/* ---- routes.c ---- */

extern const struct http_route server_routes[];
extern const size_t server_route_count;
struct http_handler server_handler(struct server *server);

/* ---- ask.c: each makes a task of a request, or answers it with what is wrong ---- */

http_route_run ask_pair, ask_province, ask_list, ask_top, ask_series, ask_detail, ask_agreements,
    ask_why, ask_doubts, ask_changes, ask_stream;

/* ---- wait.c: requests that wait for a worker ---- */

/* The task is the server's from here on. */
void wait_for(struct server *server, struct http_request *request, struct task *task);
/* Its request is gone, or was answered. */
void wait_no_more(struct server *server, struct task *task);
/* Answer what is done, and what waits too long. */
void wait_turn(struct server *server);
bool wait_is_over(const struct server *server); /* nobody waits */
void wait_close(struct server *server);

/* ---- facts.c: codes and names ---- */

http_route_run server_codes;

/* ---- page.c: the dashboard and openapi.json ---- */

http_route_run page_index, page_asset, page_openapi;
/* Names of assets by what is in them, and packed bodies.  False: no memory. */
bool page_open(void);
void page_close(void);

#endif
