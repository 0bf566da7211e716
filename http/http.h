/* http.h - an HTTP/1.1 server that lives in the caller's one thread.
 *
 *      http_open()
 *      poll http_fd() for http_wait_ms(), then http_run()   again and again
 *          on_head()     the head of a request is there, its body is not
 *          on_request()  all of it is there
 *              http_answer()   at once, or in a later turn
 *                  or http_stream_begin(), then http_stream_put() again and again
 *          on_gone()     it was answered, or its sender has gone
 *      http_quiet()      nobody new is let in
 *      http_close()
 *
 * Nothing in here waits.  What a sender can use up is limited: connections, those of one address,
 * the bytes of a head, of a body, and of all bodies that are held; and the time in which a request
 * has to come and an answer to be taken, however many bytes trickle.  The source of the limits is
 * RFC 9110 and RFC 9112 where they name one; the others are this program's.
 *
 * A stream is an answer that goes on.  It may last for ever, but the bytes of it that wait to be
 * taken are bounded, of each and of all; and who takes nothing of what waits is cut off.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"

enum {
    HTTP_HEAD_BYTES = 32 * 1024,
    HTTP_REQUEST_MS = 30 * 1000, /* from the end of the answer before to the end of a request */
    HTTP_ANSWER_MS = 60 * 1000,  /* for an answer to be taken, or a piece of a stream */
    HTTP_PARAMETERS_MOST = 16,   /* of a query */
};

struct http;
struct http_request;

/* What who opens the server does; all of it is called from http_run() alone. */
struct http_handler {
    void *self;
    /* May answer already: then the body is passed over, and on_request() is not called. */
    void (*on_head)(void *self, struct http_request *request);
    /* Has to answer, now or later. */
    void (*on_request)(void *self, struct http_request *request);
    /* The request is freed when this returns.  It may not have been answered. */
    void (*on_gone)(void *self, struct http_request *request);
};

struct http_settings {
    const char *address; /* "127.0.0.1:8080", "[::1]:8080"; port 0: any free one */
    const char *certificate_file, *key_file; /* PEM; both NULL: no TLS */
    unsigned connections, connections_per_address;
    const char *cors;    /* the origin whose pages may read any answer; "*": all; NULL: none */
    const char *exposed; /* header fields that such a page may see, "ETag, Retry-After" */
    size_t head_bytes;   /* request line and header fields of one request, which are cleared for
                            each; 0: HTTP_HEAD_BYTES */
    size_t body_bytes;   /* of one request */
    size_t bodies_bytes; /* of all that are held at one time */
    /* Of an answer, how much the kernel may have at one time; 0: as it likes, which is megabytes.
     * Who has large answers for many says less: else one turn copies those of all who read slowly.
     */
    int kernel_bytes;
    size_t stream_bytes;  /* of one stream that may wait to be taken; 0: there are no streams */
    size_t streams_bytes; /* of all of them */
};

/* A request; the texts are borrowed from it. */
struct http_request {
    const char *method;       /* "GET" */
    const char *path;         /* decoded, without the query: "/v1/records" */
    struct text body;         /* in on_request() */
    void *context;            /* the handler's own */
    struct http_state *state; /* the server's own */
};

/* FAULT_OPTION: the address is none, or can't be listened at; FAULT_FILE: a certificate or key
 * that can't be read or don't fit; FAULT_NO_MEMORY.  settings and handler are copied, the texts in
 * them must stay, as the log must. */
MUST_USE enum fault
http_open(const struct http_settings *settings, const struct http_handler *handler,
          const struct log *log, struct http **out, struct why *why);
/* Requests that are not answered are gone.  NULL is fine. */
void http_close(struct http *http);

/* Does an address name this machine alone?  FAULT_OPTION: it is none. */
MUST_USE enum fault http_is_loopback(const char *address, bool *is_loopback, struct why *why);

int http_fd(const struct http *http); /* ready to read: there is something to do */
int http_port(const struct http *http);
/* How long http_run() is not needed unless the descriptor is ready; at most a second. */
int http_wait_ms(const struct http *http);
void http_run(struct http *http, int64_t now_ms); /* now_ms only rises */

/* No connection is accepted any more. */
void http_quiet(struct http *http);
/* Is an answer on its way that has not been taken yet?  A stream is one when it has ended. */
bool http_is_answering(const struct http *http);
/* How many connections are open. */
int http_connections(const struct http *http);

/* Read certificate and key again, for connections to come.  A fault leaves those that are. */
MUST_USE enum fault http_renew(struct http *http, struct why *why);

/* A header field, whatever its case; NULL: it has none. */
const char *http_field(const struct http_request *request, const char *name);
/* A parameter of the query; "" if it stands there without a value; NULL: it does not stand there.
 */
const char *http_parameter(const struct http_request *request, const char *name);
/* The first parameter that is none of `known` (ends with NULL), or stands twice; NULL: all is well.
 */
const char *http_strange_parameter(const struct http_request *request, const char *const *known);

/* A header field of an answer. */
struct http_field {
    const char *name, *value;
};

/* With what it was answered; 0: not yet, or never. */
unsigned http_status(const struct http_request *request);

/* Is there room for an answer of so many bytes, beside all bodies that are held?  Who gives large
 * ones asks before, and answers with 503 where there is none. */
bool http_has_room(const struct http_request *request, size_t length);

/* Answer, once.  The body is copied.  `fields` ends with a NULL name; it may be NULL. */
void http_answer(struct http_request *request, unsigned status, const char *type, struct text body,
                 const struct http_field *fields);
/* The same with a body that free(3) may free. */
void http_answer_with(struct http_request *request, unsigned status, const char *type, char *body,
                      size_t length, const struct http_field *fields);

/* Answer with what comes later, instead of http_answer(): head and all that is put are sent as they
 * come, until http_stream_end() or on_gone(). */
void http_stream_begin(struct http_request *request, unsigned status, const char *type,
                       const struct http_field *fields);
/* All of a text, which is copied.  False: nothing of it was taken, since too much waits, in this
 * stream or in all, or there is no memory. */
MUST_USE bool http_stream_put(struct http_request *request, struct text text);
/* Bytes that were put, and that its sender has not taken.  (What the kernel holds counts as
 * taken.) */
size_t http_stream_waiting(const struct http_request *request);
/* What waits is still sent, nothing more can be put. */
void http_stream_end(struct http_request *request);

/* The members of a problem (RFC 9457) that each one has: "type":"about:blank","title":... */
void http_put_problem(struct text_buffer *b, unsigned status, const char *detail);
/* Answer with a problem as RFC 9457 has it: a sentence, and perhaps more members, as JSON text
 * that begins with a comma.  retry_s: when to try again; 0: that would not help. */
void http_problem(struct http_request *request, unsigned status, const char *detail,
                  const char *more, int retry_s, const struct http_field *fields);

#endif
