/* http_inside.h - the server, for the files of this room. */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include "http/address.h"
#include "http/certificate.h"
#include "http/http.h"

#include <microhttpd.h>

/* What a connection is doing.  PHASE_REQUEST and PHASE_ANSWER have a limit of time, PHASE_STREAM
 * while bytes wait; the wait before an answer is the handler's. */
enum phase { PHASE_REQUEST, PHASE_WAIT, PHASE_ANSWER, PHASE_STREAM };

/* One of a ring whose head lies in the server. */
struct connection {
    struct connection *before, *after;
    struct http_request *request; /* NULL between two */
    int fd;
    enum phase phase;
    int64_t since_ms;
};

struct http {
    struct http_settings settings;
    struct http_handler handler;
    const struct log *log;
    struct MHD_Daemon *daemon;
    struct certificates *certificates;
    int socket; /* -1: it is quiet */
    int port;
    size_t held;      /* bytes of bodies */
    size_t waiting;   /* bytes of streams that are not taken */
    bool has_resumed; /* a connection, which the next run looks at; nothing else says so */
    int64_t now_ms, next_sweep_ms;
    struct connection ring;
};

/* The bytes of a stream that wait: `length` of them from `start` on. */
struct stream {
    char *at;
    size_t start, length, room;
    int64_t since_ms; /* when it was empty, or some were taken */
    bool has_ended, is_cut;
};

/* What the server keeps of a request. */
struct http_state {
    struct http *http;
    struct MHD_Connection *mhd;
    struct connection *connection;
    char *bytes; /* of the body */
    size_t room, length, passed_over, reply_bytes;
    bool has_head, is_whole, is_suspended;
    bool has_nul;   /* in what stands for the path */
    bool has_slash; /* one that was encoded: it would part a segment in two */
    unsigned status;
    struct MHD_Response *reply; /* NULL: not answered yet */
    struct stream *stream;      /* NULL: its answer is none */
};

/* A connection does something else from now on. */
static inline void
enter_phase(struct connection *c, const struct http *http, enum phase phase)
{
    c->phase = phase;
    c->since_ms = http->now_ms;
}
/* Answer with a reply, which is taken over; NULL: no memory, and the connection is closed. */
void reply_with(struct http_request *request, unsigned status, const char *type,
                struct MHD_Response *reply, const struct http_field *fields);
/* Let a request that was suspended go on. */
void request_resume(struct http_request *request);

/* ---- stream.c ---- */

/* Free it; NULL is fine. */
void stream_free(struct http *http, struct stream *stream);
/* Its answer is being sent from now on. */
void stream_start(struct http_request *request);
/* Has its sender taken nothing for too long, though bytes wait?  Or has it gone? */
bool stream_is_dead(const struct connection *connection, int64_t now_ms);
/* It is closed as soon as it is looked at. */
void stream_cut(struct http_request *request);

/* What is wrong with the head of a request, whatever it asks for: answered.  False: nothing. */
bool head_is_refused(struct http_request *request);
/* A body of `whole` bytes, of which `more` are not held yet, is too large, or there is no room for
 * it: answered.  False: it is welcome. */
bool body_is_refused(struct http_request *request, uint64_t whole, uint64_t more);
/* Bytes of the body as the head has it; 0: none, or unknown. */
uint64_t head_body_bytes(const struct http_request *request);

#endif
