/* lines.h - numbered lines of a file or of stdin, one buffer for all.
 *
 * A line ends with LF alone; a last one may lack it.  Every line is numbered,
 * blank ones (only blanks, tabs, CR) are skipped.  A line over RECORD_BYTES
 * is passed over without being kept.
 */
#ifndef INGEST_LINES_H
#define INGEST_LINES_H

#include "core/fault.h"
#include "core/record.h"
#include "core/text.h"

enum line_state {
    LINE_READY,
    LINE_TOO_LARGE, /* text holds its first RECORD_BYTES */
    LINE_WAIT,      /* nothing came within wait_ms, or a signal did */
    LINE_END,
};

struct line {
    enum line_state state;
    int64_t number;   /* from 1 */
    struct text text; /* without LF; borrowed until the next lines_next() */
};

struct lines;

/* Open a file by name, "-" is stdin.  FAULT_FILE, FAULT_NO_MEMORY. */
MUST_USE enum fault lines_open(const char *name, struct lines **out, struct why *why);
void lines_close(struct lines *lines);

/* The next line that is not blank.  Waits at most wait_ms for a pipe or a
 * terminal; -1: for ever.  FAULT_FILE when reading fails. */
MUST_USE enum fault lines_next(struct lines *lines, int wait_ms, struct line *out, struct why *why);

/* Read no more: the complete lines that were already read still come, then
 * LINE_END.  True when it is a regular file and its end was not reached: what
 * was not read is still there. */
bool lines_stop(struct lines *lines);

#endif
