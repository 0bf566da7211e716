/* Answers that go on: what is put waits in a buffer, and libmicrohttpd comes for it.
 *
 *      put -> [ waits ] -> on_wanted() -> libmicrohttpd's own buffer -> kernel
 *
 * libmicrohttpd asks for more whenever it has sent what it had.  When nothing waits the connection
 * is suspended, and the next put resumes it; so a stream that is idle costs no time.  What is
 * suspended is not looked at by libmicrohttpd, so the sweep looks whether its sender has gone. */
#include "http/http_inside.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/grow.h"

enum {
    PIECE_BYTES = 8 * 1024,   /* at one time: who takes nothing of so much is too slow */
    KERNEL_BYTES = 64 * 1024, /* else the kernel takes megabytes, and who is slow seems quick */
    OLD_PIECE_BYTES = 1024,   /* HTTP/1.0 knows no chunks, and needs a buffer of its own */
    LIFE_S = HTTP_ANSWER_MS / 1000 + 10,
};

void
stream_free(struct http *http, struct stream *stream)
{
    if (stream == NULL)
        return;
    http->waiting -= stream->length;
    free(stream->at);
    free(stream);
}

static void
take(struct http *http, struct stream *stream, char *out, size_t length)
{
    memcpy(out, stream->at + stream->start, length);
    stream->start += length;
    stream->length -= length;
    stream->since_ms = http->now_ms;
    http->waiting -= length;
    if (stream->length > 0)
        return;
    free(stream->at); /* most streams are idle most of the time */
    stream->at = NULL;
    stream->start = stream->room = 0;
}

static ssize_t
on_wanted(void *self, uint64_t position, char *out, size_t most)
{
    struct http_request *request = self;
    struct http_state *state = request->state;
    struct stream *stream = state->stream;
    size_t length = most < PIECE_BYTES ? most : PIECE_BYTES;
    (void)position;
    if (stream->is_cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (stream->length < length)
        length = stream->length;
    if (length > 0) {
        take(state->http, stream, out, length);
        return (ssize_t)length;
    }
    if (stream->has_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    state->is_suspended = true;
    MHD_suspend_connection(state->mhd);
    return 0;
}

void
http_stream_begin(struct http_request *request, unsigned status, const char *type,
                  const struct http_field *fields)
{
    struct http_state *state = request->state;
    struct MHD_Response *reply = NULL;
    state->stream = calloc(1, sizeof *state->stream);
    if (state->stream != NULL)
        reply = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, OLD_PIECE_BYTES, on_wanted,
                                                  request, NULL);
    reply_with(request, status, type, reply, fields);
}

void
stream_start(struct http_request *request)
{
    struct http_state *state = request->state;
    const int kernel_bytes = KERNEL_BYTES;
    state->stream->since_ms = state->http->now_ms;
    (void)setsockopt(state->connection->fd, SOL_SOCKET, SO_SNDBUF, &kernel_bytes,
                     sizeof kernel_bytes);
    if (!state->stream->has_ended)
        enter_phase(state->connection, state->http, PHASE_STREAM);
    (void)MHD_set_connection_option(state->mhd, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)LIFE_S);
}

/* Room for more, behind what waits. */
static bool
make_room(struct stream *stream, size_t more)
{
    if (stream->start + stream->length + more > stream->room && stream->start > 0) {
        memmove(stream->at, stream->at + stream->start, stream->length);
        stream->start = 0;
    }
    char *larger = grow(stream->at, &stream->room, stream->start + stream->length + more, 1);
    if (larger == NULL)
        return false;
    stream->at = larger;
    return true;
}

bool
http_stream_put(struct http_request *request, struct text text)
{
    struct http_state *state = request->state;
    struct stream *stream = state->stream;
    struct http *http = state->http;
    if (stream == NULL || stream->has_ended ||
        text.length > http->settings.stream_bytes - stream->length ||
        text.length > http->settings.streams_bytes - http->waiting ||
        !make_room(stream, text.length))
        return false;
    if (text.length == 0)
        return true;
    if (stream->length == 0)
        stream->since_ms = http->now_ms;
    memcpy(stream->at + stream->start + stream->length, text.at, text.length);
    stream->length += text.length;
    http->waiting += text.length;
    if (state->connection->phase == PHASE_STREAM)
        request_resume(request);
    return true;
}

size_t
http_stream_waiting(const struct http_request *request)
{
    const struct stream *stream = request->state->stream;
    return stream == NULL ? 0 : stream->length;
}

void
http_stream_end(struct http_request *request)
{
    struct http_state *state = request->state;
    if (state->stream == NULL || state->stream->has_ended)
        return;
    state->stream->has_ended = true;
    if (state->connection->phase != PHASE_STREAM)
        return; /* it is yet to be sent */
    enter_phase(state->connection, state->http, PHASE_ANSWER);
    request_resume(request);
}

/* ---- who does not take it ------------------------------------------------------------------- */

bool
stream_is_dead(const struct connection *connection, int64_t now_ms)
{
    const struct http_state *state = connection->request->state;
    struct pollfd fd = { .fd = connection->fd, .events = POLLRDHUP };
    if (state->stream->length > 0 && now_ms - state->stream->since_ms > HTTP_ANSWER_MS)
        return true;
    /* Who reads a stream keeps its own side open, so the end of that is the end of both. */
    return state->is_suspended && poll(&fd, 1, 0) > 0;
}

void
stream_cut(struct http_request *request)
{
    request->state->stream->is_cut = true;
    request_resume(request);
}
