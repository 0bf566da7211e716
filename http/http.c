/* libmicrohttpd in the caller's thread: its descriptor is polled by the caller, and it calls back
 * from within http_run().
 *
 * A request whose answer takes a while is suspended, and resumed by its answer, so that nobody
 * waits for somebody else's.  libmicrohttpd starts its own time-out anew with each byte, so a
 * sender of one byte a second could stay for ever: the ring of connections is walked every second,
 * and the socket of who is too slow is shut down. */
#include "http/http_inside.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/grow.h"

enum {
    SWEEP_MS = 1000,
    IDLE_S = HTTP_REQUEST_MS / 1000,
    LOG_BYTES = 512,
    SPARE_DESCRIPTORS = 256,             /* for Kafka's connections, files, the log */
    PASSED_OVER_MOST = 64 * 1024 * 1024, /* of a body that nobody wants */
};

/* ---- connections ---------------------------------------------------------------------------- */

static void
on_connection(void *self, struct MHD_Connection *mhd, void **context,
              enum MHD_ConnectionNotificationCode code)
{
    struct http *http = self;
    struct connection *c = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (c == NULL)
            return;
        c->before->after = c->after;
        c->after->before = c->before;
        free(c);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    c = calloc(1, sizeof *c);
    *context = c;
    if (info == NULL || c == NULL) {
        /* Its request will be refused. */
        free(c);
        *context = NULL;
        return;
    }
    c->fd = info->connect_fd;
    if (http->settings.kernel_bytes > 0)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &http->settings.kernel_bytes,
                         sizeof http->settings.kernel_bytes);
    c->before = &http->ring;
    c->after = http->ring.after;
    c->before->after = c->after->before = c;
    enter_phase(c, http, PHASE_REQUEST);
}

static bool
is_too_slow(const struct connection *c, int64_t now_ms)
{
    int64_t since = now_ms - c->since_ms;
    return (c->phase == PHASE_REQUEST && since > HTTP_REQUEST_MS) ||
           (c->phase == PHASE_ANSWER && since > HTTP_ANSWER_MS);
}

static void
sweep(struct http *http)
{
    if (http->now_ms < http->next_sweep_ms)
        return;
    http->next_sweep_ms = http->now_ms + SWEEP_MS;
    for (struct connection *c = http->ring.after; c != &http->ring; c = c->after) {
        bool is_dead = c->phase == PHASE_STREAM && stream_is_dead(c, http->now_ms);
        if (is_dead || is_too_slow(c, http->now_ms))
            (void)shutdown(c->fd, SHUT_RDWR); /* it may have closed it itself */
        if (is_dead)
            stream_cut(c->request);
    }
}

int
http_connections(const struct http *http)
{
    int count = 0;
    for (const struct connection *c = http->ring.after; c != &http->ring; c = c->after)
        count++;
    return count;
}

bool
http_is_answering(const struct http *http)
{
    for (const struct connection *c = http->ring.after; c != &http->ring; c = c->after)
        if (c->phase == PHASE_ANSWER)
            return true;
    return false;
}

/* ---- a request ------------------------------------------------------------------------------ */

static void
free_request(struct http_request *request)
{
    if (request == NULL)
        return;
    struct http_state *state = request->state;
    state->http->held -= state->length + state->reply_bytes;
    if (state->reply != NULL)
        MHD_destroy_response(state->reply);
    stream_free(state->http, state->stream);
    free(state->bytes);
    free(state);
    free(request);
}

/* Of the request line, before it is decoded. */
static void *
on_line(void *self, const char *line, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_request *request = calloc(1, sizeof *request);
    struct http_state *state = calloc(1, sizeof *state);
    if (info == NULL || info->socket_context == NULL || request == NULL || state == NULL) {
        free(request);
        free(state);
        return NULL;
    }
    *state = (struct http_state){ .http = self, .mhd = mhd, .connection = info->socket_context };
    state->has_nul = strstr(line, "%00") != NULL;
    const char *slash = strcasestr(line, "%2f");
    state->has_slash = slash != NULL && slash < line + strcspn(line, "?");
    request->state = state;
    state->connection->request = request;
    return request;
}

static void
on_completed(void *self, struct MHD_Connection *mhd, void **context,
             enum MHD_RequestTerminationCode code)
{
    const struct http *http = self;
    struct http_request *request = *context;
    (void)mhd, (void)code;
    *context = NULL;
    if (request == NULL)
        return;
    if (request->state->has_head)
        http->handler.on_gone(http->handler.self, request);
    request->state->connection->request = NULL;
    enter_phase(request->state->connection, http, PHASE_REQUEST);
    free_request(request);
}

/* A piece of the body.  What nobody wants is passed over: who sends it would not see an answer
 * that comes before its end.  False: that was too much. */
static bool
take_piece(struct http_request *request, const char *at, size_t length)
{
    struct http_state *state = request->state;
    struct http *http = state->http;
    if (state->reply == NULL)
        (void)body_is_refused(request, state->length + length, length);
    if (state->reply != NULL) {
        state->passed_over += length;
        return state->passed_over <= PASSED_OVER_MOST;
    }
    char *larger = grow(state->bytes, &state->room, state->length + length, 1);
    if (larger == NULL)
        return false;
    state->bytes = larger;
    memcpy(larger + state->length, at, length);
    state->length += length;
    http->held += length;
    return true;
}

static enum MHD_Result
send_reply(struct http_request *request)
{
    struct http_state *state = request->state;
    if (state->reply == NULL)
        return MHD_NO; /* no memory for an answer, or the end of the server: it is closed */
    enter_phase(state->connection, state->http, PHASE_ANSWER);
    if (state->stream != NULL)
        stream_start(request);
    return MHD_queue_response(state->mhd, state->status, state->reply);
}

/* The head has come. */
static enum MHD_Result
take_head(struct http_request *request, const char *method, const char *path)
{
    struct http_state *state = request->state;
    const struct http *http = state->http;
    request->method = method;
    request->path = path;
    state->has_head = true;
    if (!head_is_refused(request))
        http->handler.on_head(http->handler.self, request);
    /* Who asks first whether to send it is told at once; nobody else would look before the end. */
    if (state->reply != NULL &&
        (http_field(request, "Expect") != NULL || head_body_bytes(request) > PASSED_OVER_MOST))
        return send_reply(request);
    return MHD_YES;
}

static enum MHD_Result
on_access(void *self, struct MHD_Connection *mhd, const char *path, const char *method,
          const char *version, const char *piece, size_t *piece_bytes, void **context)
{
    const struct http *http = self;
    struct http_request *request = *context;
    (void)mhd, (void)version;
    if (request == NULL)
        return MHD_NO; /* no memory when it came */
    struct http_state *state = request->state;
    if (!state->has_head)
        return take_head(request, method, path);
    if (*piece_bytes > 0) {
        size_t length = *piece_bytes;
        *piece_bytes = 0;
        return take_piece(request, piece, length) ? MHD_YES : MHD_NO;
    }
    if (!state->is_whole) {
        state->is_whole = true;
        request->body = (struct text){ state->bytes == NULL ? "" : state->bytes, state->length };
        enter_phase(state->connection, http, PHASE_WAIT);
        if (state->reply == NULL)
            http->handler.on_request(http->handler.self, request);
        if (state->reply == NULL) {
            state->is_suspended = true;
            MHD_suspend_connection(state->mhd);
            return MHD_YES;
        }
    }
    return send_reply(request);
}

/* ---- the server ----------------------------------------------------------------------------- */

static void
on_log(void *self, const char *format, va_list arguments)
{
    const struct http *http = self;
    char line[LOG_BYTES];
    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): the library's own */
    (void)vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    log_say(http->log, LOG_DEBUG, "libmicrohttpd", LOG_S("text", line));
}

/* A process has 1,024 descriptors where nobody asks for more. */
static void
want_descriptors(unsigned connections)
{
    struct rlimit most;
    rlim_t wanted = (rlim_t)connections + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &most) != 0 || most.rlim_cur >= wanted)
        return;
    most.rlim_cur = wanted < most.rlim_max ? wanted : most.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &most); /* else fewer connections are accepted */
}

static enum fault
start(struct http *http, bool is_ip6, struct why *why)
{
    bool is_secure = http->certificates != NULL;
    size_t head_bytes = http->settings.head_bytes > 0 ? http->settings.head_bytes : HTTP_HEAD_BYTES;
    want_descriptors(http->settings.connections);
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (is_ip6 ? (unsigned)MHD_USE_IPv6 : 0U) |
                     (is_secure ? (unsigned)MHD_USE_TLS : 0U);
    /* The logger must come first, so that it hears of the others. */
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, http,
        MHD_OPTION_LISTEN_SOCKET, http->socket, MHD_OPTION_CONNECTION_LIMIT,
        http->settings.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        http->settings.connections_per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, head_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, http, MHD_OPTION_URI_LOG_CALLBACK, on_line, http,
        is_secure ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END,
        certificates_callback(http->certificates), MHD_OPTION_END);
    if (http->daemon == NULL)
        return why_set(why, FAULT_OPTION, "no HTTP server can be started at %s",
                       http->settings.address);
    return FAULT_NONE;
}

enum fault
http_open(const struct http_settings *settings, const struct http_handler *handler,
          const struct log *log, struct http **out, struct why *why)
{
    bool is_ip6 = false;
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a server");
    *http = (struct http){ .settings = *settings, .handler = *handler, .log = log, .socket = -1 };
    http->ring.before = http->ring.after = &http->ring;
    enum fault fault = address_listen(settings->address, &http->socket, &http->port, &is_ip6, why);
    if (fault == FAULT_NONE && settings->certificate_file != NULL)
        fault = certificates_open(settings->certificate_file, settings->key_file,
                                  &http->certificates, why);
    if (fault == FAULT_NONE)
        fault = start(http, is_ip6, why);
    if (fault == FAULT_NONE)
        *out = http;
    else
        http_close(http);
    return fault;
}

void
http_quiet(struct http *http)
{
    if (http->daemon != NULL && http->socket >= 0)
        http->socket = MHD_quiesce_daemon(http->daemon);
    if (http->socket >= 0)
        close(http->socket);
    http->socket = -1;
}

void
http_close(struct http *http)
{
    if (http == NULL)
        return;
    http_quiet(http);
    /* libmicrohttpd ends the process where one is suspended. */
    for (struct connection *c = http->ring.after; c != &http->ring; c = c->after) {
        if (c->request == NULL)
            continue;
        if (c->request->state->stream != NULL)
            stream_cut(c->request); /* or it would be suspended again */
        request_resume(c->request);
    }
    if (http->daemon != NULL) {
        (void)MHD_run(http->daemon);
        MHD_stop_daemon(http->daemon);
    }
    certificates_free(http->certificates);
    free(http);
}

int
http_fd(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

int
http_port(const struct http *http)
{
    return http->port;
}

int
http_wait_ms(const struct http *http)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = SWEEP_MS;
    if (http->has_resumed)
        return 0;
    if (MHD_get_timeout(http->daemon, &wait_ms) != MHD_YES || wait_ms > SWEEP_MS)
        return SWEEP_MS;
    return (int)wait_ms;
}

void
http_run(struct http *http, int64_t now_ms)
{
    http->now_ms = now_ms;
    http->has_resumed = false;
    (void)MHD_run(http->daemon);
    sweep(http); /* behind it: what has come meanwhile is read first */
}

enum fault
http_renew(struct http *http, struct why *why)
{
    if (http->certificates == NULL)
        return FAULT_NONE;
    return certificates_renew(http->certificates, http->now_ms, why);
}
