/* address.h - where one server listens. */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include "core/text.h"

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
