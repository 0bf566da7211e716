/* streams - a server whose answers go on, for tests of http/stream.c.
 *
 * Each request gets a stream, but /short one that has already ended, /late one that begins with
 * the next command, and /hello one whose first bytes are put at once.  What is done comes a line
 * at a time from stdin, and each line is answered by one on stdout:
 *
 *      put TEXT      to all streams; a ~ is a line's end    put 2 of 3, 14 wait
 *      fill BYTES    so many to all, in pieces of 1,000     put 2 of 3, 14 wait
 *      end           all of them
 *      pass MS       so much later than it is               12 waited before, 0 wait
 *      count         how many there are                     3 streams, 5 connections, answering
 *      quiet         nobody new is let in
 *
 * The turns go on meanwhile.  It ends when stdin does; with 3 when bytes that had been put were
 * sent by chance alone: http_wait_ms() had not said that there is something to do. */
#include "base/clock.h"
#include "http/http.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    STREAMS_MOST = 4096,
    LINE_BYTES = 4096,
    PIECE = 1000,
    TURN_MS = 20,
    ALL_BYTES = 1 << 20,
    MISSED_MOST = 10
};

static struct {
    struct http *http;
    struct http_request *streams[STREAMS_MOST];
    int count;
    struct http_request *late[STREAMS_MOST];
    int late_count;
    int64_t later_ms;
    int missed; /* turns that were late */
} world;

static void
begin(struct http_request *request)
{
    static const struct http_field fields[] = { { "Cache-Control", "no-store" }, { NULL, NULL } };
    http_stream_begin(request, 200, "text/event-stream", fields);
    world.streams[world.count++] = request;
}

static void
on_head(void *self, struct http_request *request)
{
    (void)self, (void)request;
}

static void
on_request(void *self, struct http_request *request)
{
    (void)self;
    if (world.count + world.late_count >= STREAMS_MOST) {
        http_problem(request, 503, "too many", NULL, 1, NULL);
        return;
    }
    if (strcmp(request->path, "/late") == 0) {
        world.late[world.late_count++] = request;
        return;
    }
    begin(request);
    if (strcmp(request->path, "/short") == 0 || strcmp(request->path, "/hello") == 0)
        (void)!http_stream_put(request, TEXT_LITERAL("hello\n"));
    if (strcmp(request->path, "/short") == 0)
        http_stream_end(request);
}

static void
leave(struct http_request **list, int *count, const struct http_request *request)
{
    for (int i = 0; i < *count; i++)
        if (list[i] == request)
            list[i--] = list[--*count];
}

static void
on_gone(void *self, struct http_request *request)
{
    (void)self;
    leave(world.streams, &world.count, request);
    leave(world.late, &world.late_count, request);
}

static size_t
waiting(void)
{
    size_t bytes = 0;
    for (int i = 0; i < world.count; i++)
        bytes += http_stream_waiting(world.streams[i]);
    return bytes;
}

static void
put_all(struct text text)
{
    int taken = 0;
    for (int i = 0; i < world.count; i++)
        taken += http_stream_put(world.streams[i], text);
    printf("put %d of %d, %zu wait\n", taken, world.count, waiting());
}

static void
fill_all(long bytes)
{
    static char piece[PIECE];
    int taken = 0;
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < world.count; i++) {
        long left = bytes;
        while (left > 0 &&
               http_stream_put(world.streams[i],
                               (struct text){ piece, left < PIECE ? (size_t)left : PIECE }))
            left -= PIECE;
        taken += left <= 0;
    }
    printf("put %d of %d, %zu wait\n", taken, world.count, waiting());
}

static void
turn(void)
{
    http_run(world.http, clock_tick_ms() + world.later_ms);
}

static void
pass(long ms)
{
    size_t before = waiting();
    world.later_ms += ms;
    for (int i = 0; i < 3; i++) /* it is cut in one, closed in the next */
        turn();
    printf("%zu waited before, %zu wait\n", before, waiting());
}

static void
obey(char *line)
{
    char *rest = strchr(line, ' ');
    rest = rest == NULL ? line + strlen(line) : rest + 1;
    while (world.late_count > 0)
        begin(world.late[--world.late_count]);
    if (strncmp(line, "put ", 4) == 0) {
        for (char *c = rest; *c != '\0'; c++)
            if (*c == '~')
                *c = '\n';
        put_all(text_of(rest));
    } else if (strncmp(line, "fill ", 5) == 0) {
        fill_all(strtol(rest, NULL, 10));
    } else if (strncmp(line, "pass ", 5) == 0) {
        pass(strtol(rest, NULL, 10));
    } else if (strcmp(line, "count") == 0) {
        printf("%d streams, %d connections%s\n", world.count, http_connections(world.http),
               http_is_answering(world.http) ? ", answering" : "");
    } else if (strcmp(line, "end") == 0) {
        for (int i = 0; i < world.count; i++)
            http_stream_end(world.streams[i]);
        printf("ended\n");
    } else if (strcmp(line, "quiet") == 0) {
        http_quiet(world.http);
        printf("quiet\n");
    } else {
        printf("?\n");
    }
}

/* The lines that have come; false: no more will. */
static bool
listen_to(char *buffer, size_t *length)
{
    ssize_t got = read(STDIN_FILENO, buffer + *length, LINE_BYTES - *length);
    if (got <= 0)
        return false;
    *length += (size_t)got;
    for (char *end; (end = memchr(buffer, '\n', *length)) != NULL;) {
        *end = '\0';
        obey(buffer);
        *length -= (size_t)(end + 1 - buffer);
        memmove(buffer, end + 1, *length);
    }
    return *length < LINE_BYTES;
}

int
main(int argc, char *argv[])
{
    const struct log log = { .least = LOG_ERROR };
    const struct http_settings settings = {
        .address = "127.0.0.1:0",
        .certificate_file = argc == 3 ? argv[1] : NULL,
        .key_file = argc == 3 ? argv[2] : NULL,
        .connections = STREAMS_MOST,
        .connections_per_address = STREAMS_MOST,
        .body_bytes = 1024,
        .bodies_bytes = ALL_BYTES,
        .stream_bytes = ALL_BYTES / 2,
        .streams_bytes = ALL_BYTES,
    };
    const struct http_handler handler = { NULL, on_head, on_request, on_gone };
    char buffer[LINE_BYTES];
    size_t length = 0;
    struct why why;
    if (http_open(&settings, &handler, &log, &world.http, &why) != FAULT_NONE) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%d\n", http_port(world.http));
    for (bool goes_on = true; goes_on;) {
        struct pollfd ready[] = { { .fd = http_fd(world.http), .events = POLLIN },
                                  { .fd = STDIN_FILENO, .events = POLLIN } };
        int wait_ms = http_wait_ms(world.http);
        bool nothing_came = poll(ready, 2, wait_ms < TURN_MS ? wait_ms : TURN_MS) == 0;
        size_t before = waiting();
        turn();
        world.missed += nothing_came && wait_ms > 0 && waiting() < before;
        if (ready[1].revents !=
            0) /* behind the turn, so that only the next one sends what is put */
            goes_on = listen_to(buffer, &length);
    }
    http_close(world.http);
    return world.missed > MISSED_MOST ? 3 : world.count;
}
