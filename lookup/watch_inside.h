/* watch_inside.h - what `tally-lookup watch` knows of a pair, and how it says what has changed.
 */
#ifndef LOOKUP_WATCH_INSIDE_H
#define LOOKUP_WATCH_INSIDE_H

#include "lookup/question.h"

/* One number of the pair. */
struct watched {
    int32_t window;
    bool is_known; /* else `name` has it: a measure of a newer version */
    uint32_t measure;
    struct text name; /* borrowed from the sheet */
    wide_t value;
};

/* All numbers of the pair at one moment. */
struct glance {
    struct sheet sheet;
    struct watched *numbers; /* also those that stand in notes; none is 0 */
    size_t count, room;
    struct asof asof;
};

/* Zero but for sheet.lookup is empty. */
void glance_release(struct glance *glance);
/* Of a sheet that was read.  FAULT_NO_MEMORY. */
MUST_USE enum fault glance_fill(struct glance *glance, struct why *why);

/* ---- what is printed; each ends its line and sends it off ---- */

/* The totals as they are: the table, or a line of JSON. */
MUST_USE enum fault
watch_say_totals(const struct question *q, const struct glance *glance, struct why *why);
/* A line for each number that differs, in the order of windows and measures. */
void watch_say_changes(const struct question *q, const struct glance *before,
                       const struct glance *now, int64_t at_ms);
/* How far the totals can be trusted, when that has changed. */
void watch_say_trust(const struct question *q, const struct lookup *lookup, const struct asof *asof,
                     int64_t at_ms);
/* Changes were missed, or may have been: what follows is the difference to what was known. */
void watch_say_gap(const struct question *q, const struct lookup *lookup, const char *reason,
                   int64_t at_ms);

#endif
