/* "127.0.0.1:8080" to a socket that listens.
 *
 * Addresses are numbers: a name could become another machine's tomorrow, and whether tokens are
 * needed hangs on it. */
#include "http/address.h"

#include "http/http.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_BYTES = 64, BACKLOG = 1024 };

/* "[::1]:80" -> "::1", "80". */
static bool
split(const char *address, char host[HOST_BYTES], const char **port)
{
    const char *colon = strrchr(address, ':');
    bool has_brackets = address[0] == '[';
    if (colon == NULL || (has_brackets && (colon == address || colon[-1] != ']')))
        return false;
    struct text name = { address + has_brackets,
                         (size_t)(colon - address) - 2 * (size_t)has_brackets };
    *port = colon + 1;
    /* An address of IPv6 has colons itself. */
    if (!has_brackets && memchr(name.at, ':', name.length) != NULL)
        return false;
    int64_t number = text_number(text_of(*port));
    return number >= 0 && number <= 65535 && name.length > 0 && text_copy(name, host, HOST_BYTES);
}

enum fault
address_look_up(const char *address, struct addrinfo **out, struct why *why)
{
    char host[HOST_BYTES];
    const char *port;
    struct addrinfo wanted = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                               .ai_socktype = SOCK_STREAM };
    if (split(address, host, &port) && getaddrinfo(host, port, &wanted, out) == 0)
        return FAULT_NONE;
    return why_set(why, FAULT_OPTION,
                   "\"%s\" is no address to listen at; wanted: a number and a port, as "
                   "127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080",
                   address);
}

enum fault
http_is_loopback(const char *address, bool *is_loopback, struct why *why)
{
    struct addrinfo *found;
    enum fault fault = address_look_up(address, &found, why);
    if (fault != FAULT_NONE)
        return fault;
    if (found->ai_family == AF_INET6) {
        const struct sockaddr_in6 *at = (const void *)found->ai_addr;
        *is_loopback = IN6_IS_ADDR_LOOPBACK(&at->sin6_addr);
    } else {
        const struct sockaddr_in *at = (const void *)found->ai_addr;
        *is_loopback = ntohl(at->sin_addr.s_addr) >> 24 == 127;
    }
    freeaddrinfo(found);
    return FAULT_NONE;
}

static int
port_of(int fd)
{
    struct sockaddr_storage at = { 0 };
    socklen_t length = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &length) != 0)
        return 0;
    if (at.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

enum fault
address_listen(const char *address, int *fd, int *port, bool *is_ip6, struct why *why)
{
    struct addrinfo *found;
    int yes = 1;
    enum fault fault = address_look_up(address, &found, why);
    if (fault != FAULT_NONE)
        return fault;
    int made = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = made >= 0 && setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                bind(made, found->ai_addr, found->ai_addrlen) == 0 && listen(made, BACKLOG) == 0;
    *is_ip6 = found->ai_family == AF_INET6;
    freeaddrinfo(found);
    if (!good) {
        fault = why_set(why, FAULT_OPTION, "can't listen at %s: %s", address, strerror(errno));
        if (made >= 0)
            close(made);
        return fault;
    }
    *fd = made;
    *port = port_of(made);
    return FAULT_NONE;
}
