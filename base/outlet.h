/* outlet.h - lines for stderr that make nobody wait.
 *
 * Who reads stderr may stop reading: a log driver, a supervisor, a terminal
 * after Ctrl-S.  Then write(2) stands still, and who called it as well.  So
 * lines go into a buffer, and a thread of the outlet's own writes them.  What
 * the buffer can't take is dropped and counted, and the count is told as a line
 * of its own once there is room again:
 *
 *   {"time":...,"level":"warn","event":"log lines were dropped","lines":812}
 *
 * Any thread may put lines; each is written whole, in the order of the puts.
 */
#ifndef BASE_OUTLET_H
#define BASE_OUTLET_H

#include "base/log.h"

struct outlet;

enum { OUTLET_BYTES = 1 << 20 }; /* of the buffer */

/* The descriptor stays the caller's, and its flags are left alone.  as_text and
 * now_ms: as in struct log, for the outlet's own line.  FAULT_NO_MEMORY. */
MUST_USE enum fault
outlet_open(int fd, bool as_text, int64_t (*now_ms)(void), struct outlet **out, struct why *why);

/* Put a line of up to LOG_LINE_BYTES, or drop it; never waits.  `self` is the
 * outlet: the shape of struct log's put. */
void outlet_put(void *self, const char *line, size_t length);

/* Put a line that is a result and not a log line: wait for room, as long as
 * goes_on() says so (asked ten times a second).  FAULT_FILE, and counted as lost: given up, or it
 * is longer than LOG_LINE_BYTES, which is told at once. */
enum fault outlet_put_surely(struct outlet *outlet, const char *line, size_t length,
                             bool (*goes_on)(void *self), void *self, struct why *why);

/* Wait until everything is written, as long as goes_on() says so.  True: no
 * line that was put surely is lost. */
MUST_USE bool outlet_flush(struct outlet *outlet, bool (*goes_on)(void *self), void *self);

/* Lines that were dropped, or that stderr refused, so far. */
int64_t outlet_dropped(struct outlet *outlet);

/* Wait at most wait_ms for what is left.  No other thread may put lines any
 * more.  NULL: nothing. */
void outlet_close(struct outlet *outlet, int64_t wait_ms);

#endif
