/* http_inside.h - the server, for the files of this room. */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include "http/certificate.h"
#include "http/http.h"

#include <microhttpd.h>

/* What a connection is doing.  The first and the last have a limit of time; the wait between them
 * is the handler's. */
enum phase { PHASE_REQUEST, PHASE_WAIT, PHASE_ANSWER };

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
    size_t held; /* bytes of bodies */
    int64_t now_ms, next_sweep_ms;
    struct connection ring;
};

/* What the server keeps of a request. */
struct http_state {
    struct http *http;
    struct MHD_Connection *mhd;
    struct connection *connection;
    char *bytes; /* of the body */
    size_t room, length, passed_over, reply_bytes;
    bool has_head, is_whole, is_suspended;
    bool has_nul; /* in what stands for the path */
    unsigned status;
    struct MHD_Response *reply; /* NULL: not answered yet */
};

/* A socket that listens at an address.  *port is the one that it has. */
MUST_USE enum fault
address_listen(const char *address, int *fd, int *port, bool *is_ip6, struct why *why);

/* What is wrong with the head of a request, whatever it asks for: answered.  False: nothing. */
bool head_is_refused(struct http_request *request);
/* A body of `whole` bytes, of which `more` are not held yet, is too large, or there is no room for
 * it: answered.  False: it is welcome. */
bool body_is_refused(struct http_request *request, uint64_t whole, uint64_t more);
/* Bytes of the body as the head has it; 0: none, or unknown. */
uint64_t head_body_bytes(const struct http_request *request);

#endif
