/* probe.h - ask a listener of this machine how its program is: for --health in a container.
 */
#ifndef HTTP_PROBE_H
#define HTTP_PROBE_H

#include "base/fault.h"

enum { PROBE_MS = 3000 }; /* a listener that takes longer does not answer */

/* GET a path at "127.0.0.1:9466"; an address that means all of this machine's ("0.0.0.0:9466") is
 * asked at loopback.  *status: what it answered.  FAULT_OPTION: it is no address; FAULT_FILE:
 * nobody answers there. */
MUST_USE enum fault
probe_ask(const char *address, const char *path, unsigned *status, struct why *why);

#endif
