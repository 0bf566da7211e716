/* bell.h - rings when a scope has entries behind a known position.
 *
 * A thread with a connection of its own that waits in XREAD BLOCK.  What it reads it throws away:
 * who is rung reads for himself.  Of a cluster there is none, since the streams lie on several
 * servers: there one looks again and again.
 */
#ifndef SERVE_BELL_H
#define SERVE_BELL_H

#include "serve/tail.h"

struct bell;

/* ring(self) is called from its thread.  FAULT_OPTION: the URL is none; FAULT_NO_MEMORY.  The
 * options' times are not used.  prefix is borrowed. */
MUST_USE enum fault
bell_open(const struct store_options *store, const char *prefix, void (*ring)(void *self),
          void *self, struct bell **out, struct why *why);
/* Takes up to BELL_MS.  NULL is fine. */
void bell_close(struct bell *bell);

enum { BELL_MS = 500 };

/* Wait for what comes behind the positions of these scopes; 0: for nothing.  What it has rung for
 * is heard: it does not ring again before this is called. */
void bell_wait(struct bell *bell, const struct tail *tail, uint64_t scopes);

#endif
