/* One request over a socket: a status is all that is wanted, so no client library is. */
#include "http/probe.h"

#include "http/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES = 256, HEAD_BYTES = 12 /* HTTP/1.1 200 */ };

static void
use_loopback(struct addrinfo *found)
{
    if (found->ai_family == AF_INET6) {
        struct sockaddr_in6 *at = (void *)found->ai_addr;
        if (IN6_IS_ADDR_UNSPECIFIED(&at->sin6_addr))
            at->sin6_addr = in6addr_loopback;
    } else {
        struct sockaddr_in *at = (void *)found->ai_addr;
        if (at->sin_addr.s_addr == htonl(INADDR_ANY))
            at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
}

static int
connect_to(const struct addrinfo *found)
{
    const struct timeval patience = { .tv_sec = PROBE_MS / 1000 };
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, found->ai_addr, found->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

/* "HTTP/1.1 200" -> 200; 0: that is no answer. */
static unsigned
ask(int fd, const char *path)
{
    char request[REQUEST_BYTES], head[HEAD_BYTES + 1] = "";
    size_t have = 0;
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);

    if (length >= REQUEST_BYTES || send(fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        return 0;
    while (have < HEAD_BYTES) {
        ssize_t got = recv(fd, head + have, HEAD_BYTES - have, 0);
        if (got <= 0)
            return 0;
        have += (size_t)got;
    }
    int64_t status =
        memcmp(head, "HTTP/1.", 7) == 0 ? text_number((struct text){ head + 9, 3 }) : 0;
    return status < 100 ? 0 : (unsigned)status;
}

enum fault
probe_ask(const char *address, const char *path, unsigned *status, struct why *why)
{
    struct addrinfo *found;
    enum fault fault = address_look_up(address, &found, why);

    if (fault != FAULT_NONE)
        return fault;
    use_loopback(found);
    int fd = connect_to(found);
    freeaddrinfo(found);
    *status = fd < 0 ? 0 : ask(fd, path);
    if (fd >= 0)
        close(fd);
    if (*status == 0)
        return why_set(why, FAULT_FILE, "nobody answers at %s", address);
    return FAULT_NONE;
}
