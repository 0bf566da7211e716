/* address.h - where one server listens. */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include "base/text.h"

enum { ADDRESS_HOST_BYTES = 256, ADDRESS_TEXT = ADDRESS_HOST_BYTES + 8 };

struct address {
    char host[ADDRESS_HOST_BYTES];
    int port; /* 0: host is the path of a unix socket */
};

static inline bool
address_equal(const struct address *a, const struct address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* A host and a port as somebody tells them; false, and *out untouched, when one of them can't be.
 * So nobody makes a host the path of a socket. */
static inline bool
address_make(struct text host, int64_t port, struct address *out)
{
    if (host.length == 0 || host.length >= sizeof out->host || port < 1 || port > UINT16_MAX)
        return false;
    *out = (struct address){ .port = (int)port };
    memcpy(out->host, host.at, host.length);
    return true;
}

/* "127.0.0.1:6379", "[::1]:6379", "/run/redis.sock", for people. */
static inline const char *
address_write(const struct address *a, char out[ADDRESS_TEXT])
{
    if (a->port == 0)
        (void)snprintf(out, ADDRESS_TEXT, "%s", a->host);
    else if (strchr(a->host, ':') != NULL)
        (void)snprintf(out, ADDRESS_TEXT, "[%s]:%d", a->host, a->port);
    else
        (void)snprintf(out, ADDRESS_TEXT, "%s:%d", a->host, a->port);
    return out;
}

#endif
