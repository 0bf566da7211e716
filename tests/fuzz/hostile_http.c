/* hostile_http.c - requests that nobody means well, at a gateway or a server of totals that runs.
 *
 *     hostile_http PORT REQUESTS SEED [lookup]
 *
 * Requests that are right are spoilt at random places, cut, pipelined, sent in pieces, or left
 * unfinished.  What comes back has to be whole answers with a status that docs/gateway.md names;
 * and the gateway has to be there at the end.  Whether it has crashed or leaked is its own affair
 * to say (a sanitized build does). */
#include "base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 8, TEXT_BYTES = 64 * 1024, PIPELINED_MOST = 12, WAIT_MS = 40 };

#define FIGURE                                                                                     \
    "{\"type\":\"trade\",\"basis\":\"STATISTIC\",\"province\":\"CN-LN\",\"partner\":\"RU\","       \
    "\"flow\":\"IMPORT\",\"value\":\"1\",\"currency\":\"CNY\",\"period_start\":\"2023-01-01\","    \
    "\"period_end\":\"2023-12-31\"}"
#define HEAD(target)                                                                               \
    "POST " target " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

static const char *const heads[] = {
    HEAD("/v1/check"),
    HEAD("/v1/records?validate=all"),
    HEAD("/v1/check?type=trade") "Content-Encoding: gzip\r\n",
    "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
    "application/cloudevents-batch+json\r\n",
    "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n",
    "GET /v1/codes/units HTTP/1.1\r\nHost: localhost\r\n",
    "GET /v1/schemas/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n",
    "GET /%2e%2e/%00/\xff HTTP/1.1\r\nHost: localhost\r\n",
    "HEAD / HTTP/1.0\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n",
    "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n",
};
/* Of the server of totals.  Each path has a GET; a body is nobody's there. */
#define ASK(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\n"
static const char *const questions[] = {
    ASK("/v1/totals/CN-LN/RU?window=2023&measure=export.CNY"),
    ASK("/v1/totals/%E8%BE%BD%E5%AE%81/Russia?from=2022-12-01&to=2023-06-30&format=csv&excel=1"),
    ASK("/v1/totals/CN-LN?window=all&limit=7&cursor=7.0123456789abcdef") "If-None-Match: "
                                                                         "*\r\nAccept-Encoding: "
                                                                         "gzip, br;q=0.5\r\n",
    ASK("/v1/totals?partner=RU,KR,JP&window=31d") "Accept: text/csv\r\n",
    ASK("/v1/top?province=ALL&window=2023&measure=export.CNY&limit=10"),
    ASK("/v1/series/CN-LN/RU?measure=export.CNY&step=year&from=2015&to=2024"),
    ASK("/v1/detail/CN-LN/RU?window=2023&by=chapter&limit=3"),
    ASK("/v1/agreements/CN-LN/RU"),
    ASK("/v1/why/CN-LN/RU?window=2023&measure=export.CNY&all=1"),
    ASK("/v1/doubts?province=CN-LN&partner=RU&limit=5"),
    ASK("/v1/changes?partner=RU&limit=1000"),
    ASK("/v1/stream?province=CN-LN&partner=RU") "Last-Event-ID: 1-1-1\r\n",
    ASK("/v1/totals/Korea/%00/../../etc/passwd?window=%ff"),
    ASK("/assets/..%2f..%2fetc/passwd") "Origin: https://example.org\r\n",
    ASK("/") "If-None-Match: \"x\"\r\n",
    "HEAD /openapi.json HTTP/1.0\r\nAccept-Encoding: *\r\n",
    "OPTIONS /v1/top HTTP/1.1\r\nHost: localhost\r\nOrigin: https://example.org\r\n",
    "POST /v1/totals/CN-LN/RU HTTP/1.1\r\nHost: localhost\r\n",
    ASK("/v1/partners?x") "Authorization: Bearer x\r\n",
};
static const char *const bodies[] = {
    FIGURE,
    "[" FIGURE "," FIGURE "]",
    FIGURE "\n" FIGURE "\n",
    "[{\"type\":\"agreement\"},{}]",
    "[[[[[[[[[[[[[[[[[[[[[[[[",
    "\x1f\x8b\x08",
    "[{\"specversion\":\"1.0\",\"type\":\"trade\",\"data\":" FIGURE "}]",
    "",
    "province,partner\nCN-LN,RU\n",
    "{\"type\":\"trade\",\"value\":{\"bytes\":\"\\u00ff\"},\"source\":{\"tally.Source\":{\"name\":{"
    "\"string\":\"x\"}}}}",
};
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct sender {
    pthread_t thread;
    uint64_t state;
    bool asks; /* questions, instead of sending records */
    int port;
    long requests, answers;
    const char *wrong;
    char answer[128]; /* the beginning of a wrong one */
};

static size_t
below(struct sender *s, size_t n)
{
    return (size_t)(random_next(&s->state) % n);
}

/* One request, not spoilt yet. */
static size_t
write_request(struct sender *s, char *out, size_t room)
{
    const char *head =
        s->asks ? questions[below(s, COUNT_OF(questions))] : heads[below(s, COUNT_OF(heads))];
    const char *body = head[0] == 'P' ? bodies[below(s, COUNT_OF(bodies))] : "";
    size_t length = strlen(body);
    int written;
    switch (below(s, 4)) {
    case 0: /* in one chunk */
        written = snprintf(out, room, "%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
                           head, length, body);
        break;
    case 1: /* with a length that may be wrong */
        written = snprintf(out, room, "%sContent-Length: %zu\r\n\r\n%s", head,
                           length + below(s, 3) * 7, body);
        break;
    default:
        written = snprintf(out, room, "%sContent-Length: %zu\r\n\r\n%s", head, length, body);
    }
    return written < 0 || (size_t)written >= room ? 0 : (size_t)written;
}

/* Bytes are changed, taken out, or doubled. */
static size_t
spoil(struct sender *s, char *at, size_t length, size_t room)
{
    static const char odd[] = "\0\r\n\t :;%/?{}[]\"\\,0123456789-\xff\x80\x7f";
    for (size_t times = below(s, 6); times > 0 && length > 1; times--) {
        size_t where = below(s, length);
        switch (below(s, 4)) {
        case 0:
            at[where] = (char)random_next(&s->state);
            break;
        case 1:
            at[where] = odd[below(s, sizeof odd)];
            break;
        case 2:
            memmove(at + where, at + where + 1, length - where - 1);
            length--;
            break;
        default:
            if (length + 1 >= room)
                break;
            memmove(at + where + 1, at + where, length - where);
            length++;
        }
    }
    return length;
}

static bool
is_known(int status)
{
    static const int known[] = { 100, 200, 207, 204, 304, 400, 401, 403, 404, 405, 408,
                                 413, 414, 415, 422, 429, 431, 500, 501, 503, 505 };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i] == status)
            return true;
    return false;
}

/* The beginnings of answers are looked at; what is between them is skipped by their lengths. */
static void
judge(struct sender *s, const char *at, size_t length)
{
    for (size_t i = 0; i + 12 < length; i++) {
        if (memcmp(at + i, "HTTP/1.", 7) != 0 || (i > 0 && at[i - 1] != '\n'))
            continue;
        s->answers++;
        if (is_known((int)strtol(at + i + 9, NULL, 10)))
            continue;
        s->wrong = "an answer has a status that is not documented";
        memcpy(s->answer, at + i,
               length - i < sizeof s->answer ? length - i : sizeof s->answer - 1);
    }
    if (length > 0 && memcmp(at, "HTTP/1.", length < 7 ? length : 7) != 0) {
        s->wrong = "what comes back does not begin as an answer";
        memcpy(s->answer, at, length < sizeof s->answer ? length : sizeof s->answer - 1);
    }
}

/* One connection with some requests. */
static void
play(struct sender *s, char *text, char *back)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port) };
    struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
    struct linger none = { .l_onoff = 1 }; /* or ports would be used up for a minute each */
    size_t length = 0, sent = 0, got = 0, count = 1 + below(s, PIPELINED_MOST);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        s->wrong = "the gateway is not there";
        if (fd >= 0)
            close(fd);
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    for (size_t i = 0; i < count; i++) {
        size_t from = length;
        length += write_request(s, text + length, TEXT_BYTES - length);
        if (below(s, 5) == 0)
            length = from + spoil(s, text + from, length - from, TEXT_BYTES - from);
    }
    s->requests += (long)count;
    if (below(s, 5) == 0)
        length = below(s, length + 1);
    while (sent < length) {
        size_t piece = below(s, 2) == 0 ? length - sent : 1 + below(s, length - sent);
        ssize_t done = send(fd, text + sent, piece, MSG_NOSIGNAL);
        if (done <= 0)
            break;
        sent += (size_t)done;
    }
    if (below(s, 8) > 0)
        shutdown(fd, SHUT_WR); /* else it stays open, and says nothing more */
    if (below(s, 10) > 0) {    /* else nobody waits for an answer */
        ssize_t came;
        while (got < TEXT_BYTES && (came = recv(fd, back + got, TEXT_BYTES - got, 0)) > 0)
            got += (size_t)came;
        judge(s, back, got);
    }
    close(fd);
}

static void *
run(void *self)
{
    struct sender *s = self;
    char *text = malloc(TEXT_BYTES), *back = malloc(TEXT_BYTES);
    long most = s->requests;
    s->requests = 0;
    while (text != NULL && back != NULL && s->wrong == NULL && s->requests < most)
        play(s, text, back);
    free(text);
    free(back);
    return NULL;
}

int
main(int argc, char *argv[])
{
    struct sender senders[THREADS] = { 0 };
    long requests = 0, answers = 0;
    const struct sender *wrong = NULL;
    if (argc != 4 && (argc != 5 || strcmp(argv[4], "lookup") != 0)) {
        fprintf(stderr, "usage: hostile_http PORT REQUESTS SEED [lookup]\n");
        return 2;
    }
    for (int i = 0; i < THREADS; i++) {
        senders[i].port = (int)strtol(argv[1], NULL, 10);
        senders[i].requests = strtol(argv[2], NULL, 10) / THREADS;
        senders[i].asks = argc == 5;
        senders[i].state = (uint64_t)strtoull(argv[3], NULL, 10) * 1000 + (uint64_t)i;
        if (pthread_create(&senders[i].thread, NULL, run, &senders[i]) != 0)
            return 2;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        requests += senders[i].requests;
        answers += senders[i].answers;
        if (senders[i].wrong != NULL)
            wrong = &senders[i];
    }
    printf("%ld requests, %ld answers\n", requests, answers);
    if (wrong == NULL)
        return answers > requests / 10 ? 0 : 1;
    printf("%s: %s\n", wrong->wrong, wrong->answer);
    return 1;
}
