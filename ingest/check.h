/* check.h - the command check: files are read as a run reads them, and nothing is sent.
 */
#ifndef INGEST_CHECK_H
#define INGEST_CHECK_H

#include "ingest/inspect.h"

#include <signal.h>

struct check {
    struct inspector inspector;
    const volatile sig_atomic_t *signals; /* one is enough to end it */
    bool lists;                           /* each good record on stdout: check_file() says how */
    bool unfinished;                      /* a file was not read to its end */
};

/* Check the records of one file, "-" is stdin.  Refusals are reported and counted, not returned.
 * With `lists`, a good record is a line of JSON on stdout:
 *   {"file":"a.ndjson","line":3,"topic":"trade-events","id":"d:0c...","derived":true,"key":"CN-LN|..."}
 * key is absent where it is the id. */
MUST_USE enum fault check_file(struct check *check, const char *name, struct why *why);

/* The last words: the refusals by code, and a line "checked" with all counts. */
void check_end(const struct check *check);

#endif
