/* address.h - "127.0.0.1:8080" as the system has it; for the files of this room. */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include "base/fault.h"
#include "base/text.h"

struct addrinfo;

/* freeaddrinfo(3) frees *out.  FAULT_OPTION: it is none. */
MUST_USE enum fault address_look_up(const char *address, struct addrinfo **out, struct why *why);
/* A socket that listens at an address.  *port is the one that it has.  FAULT_OPTION. */
MUST_USE enum fault
address_listen(const char *address, int *fd, int *port, bool *is_ip6, struct why *why);

#endif
