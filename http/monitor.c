/* An HTTP server in a thread of its own, over http.h.
 *
 * The one idea is that it shares nothing with the program but numbers: atomics, the lock of
 * base/metric.h, and the tick of the loop's last turn.  So a loop that hangs in a call to a Kafka
 * or Redis that stands still is seen from here, and not waited for.  The thread waits in poll(2),
 * for a request or for the end. */
#include "http/monitor.h"

#include "base/clock.h"
#include "base/thread.h"
#include "http/http.h"
#include "http/process.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    CONNECTIONS_MOST = 256,
    CONNECTIONS_PER_ADDRESS = 128,
    TEXT_BYTES = 64 * 1024, /* of numbers; doubled until they fit */
    TEXT_BYTES_MOST = 256 * 1024 * 1024,
};

struct monitor {
    struct monitor_settings settings;
    struct process process;
    struct http *http;
    pthread_t thread;
    bool has_thread;
    int wake_fd;
    _Atomic bool ends;
    _Atomic int64_t beat_ms; /* tick of the last turn */
    size_t text_bytes;       /* so many were enough the last time */
};

/* ---- numbers -------------------------------------------------------------------------------- */

/* To be freed; NULL: no memory. */
static char *
print_numbers(struct monitor *m, size_t *length)
{
    for (size_t size = m->text_bytes; size <= TEXT_BYTES_MOST; size *= 2) {
        struct text_buffer b = { .at = malloc(size), .size = size };
        if (b.at == NULL)
            return NULL;
        metrics_print(m->process.metrics, &b);
        if (m->settings.metrics != NULL)
            metrics_print(m->settings.metrics, &b);
        if (!b.full) {
            m->text_bytes = size;
            *length = b.length;
            return b.at;
        }
        free(b.at);
    }
    return NULL;
}

static void
answer_metrics(struct monitor *m, struct http_request *request)
{
    static const struct http_field fields[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };
    size_t length = 0;
    process_look(&m->process);
    if (m->settings.refresh != NULL)
        m->settings.refresh(m->settings.self, clock_tick_ms());
    char *text = print_numbers(m, &length);
    if (text == NULL)
        http_problem(request, 503, "there is no memory for the numbers now", NULL, 1, NULL);
    else
        http_answer_with(request, 200, "text/plain; version=0.0.4; charset=utf-8", text, length,
                         fields);
}

/* ---- how it is ------------------------------------------------------------------------------ */

static bool
is_alive(const struct monitor *m, struct why *why)
{
    int64_t most = m->settings.stall_ms == 0 ? MONITOR_STALL_MS : m->settings.stall_ms;
    int64_t since = clock_tick_ms() - atomic_load_explicit(&m->beat_ms, memory_order_relaxed);
    if (most < 0 || since <= most)
        return true;
    (void)why_set(why, FAULT_NONE, "its loop has not turned for %lld s", (long long)since / 1000);
    return false;
}

static void
answer_state(struct http_request *request, bool is_good, const char *state, const struct why *why)
{
    static const struct http_field fields[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };
    char out[64];
    struct text_buffer b = { .at = out, .size = sizeof out };
    text_print(&b, "{\"status\":\"%s\"}\n", state);
    if (is_good)
        http_answer(request, 200, "application/json", text_done(&b), fields);
    else
        http_problem(request, 503, why->text, NULL, 1, fields);
}

static void
answer_healthz(struct monitor *m, struct http_request *request)
{
    struct why why = { 0 };
    bool is_good = is_alive(m, &why);
    answer_state(request, is_good, "alive", &why);
}

static void
answer_readyz(struct monitor *m, struct http_request *request)
{
    const char *wanted = http_parameter(request, "complete");
    struct why why = { 0 };
    if (wanted != NULL && strcmp(wanted, "1") != 0 && strcmp(wanted, "0") != 0) {
        http_problem(request, 400, "complete: wanted: 1 or 0", ",\"parameter\":\"complete\"", 0,
                     NULL);
        return;
    }
    bool is_strict = wanted != NULL && wanted[0] == '1';
    bool is_good = is_alive(m, &why);
    if (is_good && m->settings.is_ready != NULL)
        is_good = m->settings.is_ready(m->settings.self, is_strict, clock_tick_ms(), &why);
    answer_state(request, is_good, "ready", &why);
}

/* ---- requests ------------------------------------------------------------------------------- */

static const struct page {
    const char *path;
    void (*answer)(struct monitor *m, struct http_request *request);
    const char *parameters[2];
} pages[] = {
    { "/metrics", answer_metrics, { NULL } },
    { "/healthz", answer_healthz, { NULL } },
    { "/readyz", answer_readyz, { "complete", NULL } },
};
enum { PAGE_COUNT = sizeof pages / sizeof pages[0] };

static void
on_request(void *self, struct http_request *request)
{
    static const struct http_field allow[] = { { "Allow", "GET, HEAD" }, { NULL, NULL } };
    const struct page *page = NULL;
    for (int i = 0; i < PAGE_COUNT; i++)
        if (strcmp(request->path, pages[i].path) == 0)
            page = &pages[i];
    if (page == NULL)
        http_problem(request, 404, "wanted: /metrics, /healthz or /readyz", NULL, 0, NULL);
    else if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        http_problem(request, 405, "this path knows GET and HEAD", NULL, 0, allow);
    /* Some programs that scrape add parameters of their own to /metrics. */
    else if (page->parameters[0] != NULL &&
             http_strange_parameter(request, page->parameters) != NULL)
        http_problem(request, 400, "a parameter is unknown here, or stands twice; known: complete",
                     NULL, 0, NULL);
    else
        page->answer(self, request);
}

static void
ignore(void *self, struct http_request *request)
{
    (void)self, (void)request;
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void *
work(void *self)
{
    struct monitor *m = self;
    struct pollfd fds[] = { { .fd = http_fd(m->http), .events = POLLIN },
                            { .fd = m->wake_fd, .events = POLLIN } };
    while (!atomic_load(&m->ends)) {
        (void)poll(fds, 2, http_wait_ms(m->http));
        http_run(m->http, clock_tick_ms());
    }
    return NULL;
}

static enum fault
start(struct monitor *m, struct why *why)
{
    struct http_settings settings = { .address = m->settings.address,
                                      .connections = CONNECTIONS_MOST,
                                      .connections_per_address = CONNECTIONS_PER_ADDRESS };
    struct http_handler handler = { m, ignore, on_request, ignore };
    enum fault fault = process_open(&m->process, m->settings.program, m->settings.version, why);
    if (fault == FAULT_NONE)
        fault = http_open(&settings, &handler, m->settings.log, &m->http, why);
    if (fault != FAULT_NONE)
        return fault;
    m->wake_fd = eventfd(0, EFD_CLOEXEC);
    m->has_thread = m->wake_fd >= 0 && thread_begin(&m->thread, work, m) == 0;
    return m->has_thread ? FAULT_NONE
                         : why_set(why, FAULT_NO_MEMORY, "no thread for metrics can be had");
}

enum fault
monitor_open(const struct monitor_settings *settings, struct monitor **out, struct why *why)
{
    struct monitor *m = calloc(1, sizeof *m);
    if (m == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for metrics");
    m->settings = *settings;
    m->wake_fd = -1;
    m->text_bytes = TEXT_BYTES;
    atomic_init(&m->ends, false);
    atomic_init(&m->beat_ms, clock_tick_ms());
    enum fault fault = start(m, why);
    if (fault != FAULT_NONE) {
        monitor_close(m);
        return fault;
    }
    log_say(settings->log, LOG_INFO, "monitoring", LOG_S("address", settings->address),
            LOG_I("port", http_port(m->http)));
    *out = m;
    return FAULT_NONE;
}

void
monitor_close(struct monitor *m)
{
    const uint64_t one = 1;
    if (m == NULL)
        return;
    atomic_store(&m->ends, true);
    if (m->has_thread && write(m->wake_fd, &one, sizeof one) == sizeof one)
        (void)pthread_join(m->thread, NULL);
    http_close(m->http);
    if (m->wake_fd >= 0)
        (void)close(m->wake_fd);
    process_release(&m->process);
    free(m);
}

void
monitor_beat(struct monitor *m)
{
    if (m != NULL)
        atomic_store_explicit(&m->beat_ms, clock_tick_ms(), memory_order_relaxed);
}

int
monitor_port(const struct monitor *m)
{
    return http_port(m->http);
}
