/* The turn of the server: hear the workers, answer those who wait, serve HTTP. */
#include "serve/server.h"

#include "base/clock.h"
#include "http/again.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    SHOW_MS = 500,       /* between two looks at how much there is to do */
    TURN_MS = 50,        /* the longest that a signal or a deadline waits */
    LAST_MS = 10 * 1000, /* in which the last answers are taken */
    HEAD_BYTES = 16 * 1024,
    BODY_BYTES = 1024,                /* nobody sends one here */
    BODIES_BYTES = 256 * 1024 * 1024, /* answers that wait to be taken, all together */
    KERNEL_BYTES = 64 * 1024,
    STREAMS_BYTES = 256 * 1024 * 1024, /* of changes that wait to be taken, likewise */
};

static bool
may_watch_on(void *self, const struct http_request *request)
{
    struct server *s = self;

    return tokens_find(s->tokens, http_field(request, "Authorization")) != NULL;
}

/* SIGHUP: tokens and certificates as they are now. */
static void
read_again(struct server *s)
{
    const struct again again = { s->settings->tokens_file, tokens_read, &s->tokens, s->http,
                                 s->log };

    if (again_look(&again))
        streams_judge(s->streams, may_watch_on, s);
}

static void
turn(struct server *s)
{
    uint64_t count;
    int wait_ms = http_wait_ms(s->http);
    struct pollfd ready[] = { { .fd = http_fd(s->http), .events = POLLIN },
                              { .fd = s->wake_fd, .events = POLLIN } };

    (void)poll(ready, 2, wait_ms < TURN_MS ? wait_ms : TURN_MS); /* a signal ends it, too */
    /* Before the queue is looked at: what comes later wakes us anew. */
    (void)!read(s->wake_fd, &count, sizeof count);
    s->now_ms = clock_tick_ms();
    wait_turn(s);
    read_again(s);
    streams_turn(s->streams);
    http_run(s->http, s->now_ms);
    streams_turn(s->streams);
    pool_go(s->pool);
    vitals_beat(s->vitals);
    if (s->now_ms >= s->next_show_ms) {
        s->next_show_ms = s->now_ms + SHOW_MS;
        const struct stream_counts counts = streams_counts(s->streams);
        vitals_show(s->vitals, http_connections(s->http), s->waiting);
        vitals_show_stream(s->vitals, &counts);
    }
}

/* ---- from the settings to the last answer -------------------------------------------------- */

static enum fault
judge(const struct serve_settings *settings, struct why *why)
{
    bool is_loopback = false;
    enum fault fault = http_is_loopback(settings->listen, &is_loopback, why);

    if (fault != FAULT_NONE)
        return fault;
    if (!is_loopback && settings->tokens_file == NULL && !settings->is_public)
        return why_set(why, FAULT_OPTION,
                       "--listen %s: others than this machine may read there; wanted: --tokens "
                       "FILE, or --public if anybody may, or 127.0.0.1",
                       settings->listen);
    if ((settings->certificate_file == NULL) != (settings->key_file == NULL))
        return why_set(why, FAULT_OPTION, "--tls-cert and --tls-key belong together");
    return FAULT_NONE;
}

static enum fault
open_streams(struct server *s, const struct serve_settings *settings, struct why *why)
{
    const struct streams_settings streams = {
        .lookup = settings->lookup,
        .store = { .url = settings->redis, .client_name = "tally-lookup" },
        .log = settings->log,
        .wake_fd = s->wake_fd,
        .watchers = settings->watchers,
    };

    return streams_open(&streams, &s->streams, why);
}

static enum fault
open_server(struct server *s, const struct serve_settings *settings, struct why *why)
{
    const struct http_settings http = {
        .address = settings->listen,
        .certificate_file = settings->certificate_file,
        .key_file = settings->key_file,
        .connections = settings->connections,
        .connections_per_address = settings->connections_per_address,
        .cors = settings->cors,
        .exposed = "ETag, Retry-After, Tally-As-Of, Tally-Through, Tally-Complete, Tally-Trust, "
                   "Tally-Version",
        .head_bytes = HEAD_BYTES,
        .body_bytes = BODY_BYTES,
        .bodies_bytes = BODIES_BYTES,
        .kernel_bytes = KERNEL_BYTES,
        .stream_bytes = STREAM_BYTES,
        .streams_bytes = STREAMS_BYTES,
    };
    const struct http_handler handler = server_handler(s);

    *s = (struct server){ .settings = settings, .log = settings->log, .wake_fd = -1 };
    s->ring.before = s->ring.after = &s->ring;
    enum fault fault = judge(settings, why);
    if (fault != FAULT_NONE)
        return fault;
    again_listen();
    s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (s->wake_fd < 0 || !page_open())
        return why_set(why, FAULT_NO_MEMORY, "no memory to begin with");
    if (settings->tokens_file != NULL)
        fault = tokens_read(settings->tokens_file, &s->tokens, why);
    if (fault == FAULT_NONE)
        fault = pool_open(&settings->lookup, settings->redis, settings->workers, s->wake_fd,
                          &s->pool, why);
    if (fault == FAULT_NONE)
        fault = open_streams(s, settings, why);
    if (fault == FAULT_NONE)
        fault = vitals_open(settings, server_routes, server_route_count, &s->vitals, why);
    if (fault == FAULT_NONE)
        fault = http_open(&http, &handler, s->log, &s->http, why);
    return fault;
}

static void
close_server(struct server *s)
{
    wait_close(s);
    http_close(s->http);
    streams_close(s->streams); /* behind those who watch */
    vitals_close(s->vitals);
    tokens_free(s->tokens);
    page_close();
    if (s->wake_fd >= 0)
        close(s->wake_fd);
}

static void
serve(struct server *s)
{
    const struct serve_settings *settings = s->settings;

    log_say(s->log, LOG_INFO, "listening", LOG_S("address", settings->listen),
            LOG_I("port", http_port(s->http)),
            LOG_S("tls", settings->certificate_file == NULL ? "no" : "yes"),
            LOG_S("tokens", settings->tokens_file == NULL ? "none" : settings->tokens_file));
    while (*settings->signals == 0)
        turn(s);
    /* Those who wait are answered, nobody new is let in. */
    s->stops = true;
    vitals_stop(s->vitals);
    http_quiet(s->http);
    streams_quiet(s->streams);
    int64_t until_ms = s->now_ms + LAST_MS;
    do
        turn(s);
    while (*settings->signals < 2 && (!wait_is_over(s) || http_is_answering(s->http)) &&
           s->now_ms < until_ms);
    log_say(s->log, LOG_INFO, "stopped", LOG_I("requests", s->requests));
}

/* A worker takes and gives back some hundred kilobytes in each turn.  They stay the process's own:
 * else the kernel takes them and clears new ones, which costs a tenth of a pair's answer. */
static void
set_up_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_TRIM_THRESHOLD, 16 << 20);
    (void)mallopt(M_TOP_PAD, 1 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

enum fault
serve_run(const struct serve_settings *settings, struct why *why)
{
    struct server s;

    set_up_memory();
    enum fault fault = open_server(&s, settings, why);

    if (fault == FAULT_NONE)
        serve(&s);
    close_server(&s);
    return fault;
}
