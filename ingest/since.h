/* since.h - times and places as they are typed. */
#ifndef INGEST_SINCE_H
#define INGEST_SINCE_H

#include "kafka/follow.h"

/* A time: an instant of RFC 3339, a day (its beginning in China), or ms since 1970.  False: it is
 * none, or before 1970. */
MUST_USE bool since_read(struct text text, int64_t *ms);

/* Where topics are begun: "beginning", "end", an offset, -N for the last N of each partition, or
 * "@" and a time.  FAULT_OPTION, in words. */
MUST_USE enum fault
since_read_start(const char *text, struct follow_settings *out, struct why *why);

#endif
