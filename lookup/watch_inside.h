/* watch_inside.h - what `tally-lookup watch` knows of a pair, and how it says what has changed.
 */
#ifndef LOOKUP_WATCH_INSIDE_H
#define LOOKUP_WATCH_INSIDE_H

#include "lookup/question.h"

/* One number of the pair. */
struct seen_number {
    int32_t window;
    bool is_known; /* else `name` has it: a measure of a newer version */
    uint32_t measure;
    struct text name; /* borrowed from the sheet */
    wide_t value;
};

/* All numbers of the pair at one moment. */
struct glance {
    struct sheet sheet;
    struct seen_number *numbers; /* also those that stand in notes; none is 0 */
    size_t count, room;
    struct asof asof;
};

/* Zero but for sheet.lookup is empty. */
void glance_release(struct glance *glance);
/* Of a sheet that was read.  FAULT_NO_MEMORY. */
MUST_USE enum fault glance_fill(struct glance *glance, struct why *why);

/* ---- watch_stream.c ---- */

/* The entry of the stream `changes` that was seen last. */
enum { ENTRY_BYTES = 48 }; /* an id is two numbers of 20 digits */
struct follow {
    const struct lookup *lookup;
    int scope, partner;
    char last[ENTRY_BYTES], version[ENTRY_BYTES];
};

/* What a wait has brought. */
struct news {
    bool is_ours, is_any; /* entries that name our pair; any */
    bool is_gap;          /* the last one is gone: what came between is not known */
    int64_t at_ms;        /* of the last entry that names our pair, or of the end of the wait */
    struct asof asof;
};

/* From where the stream ends now. */
MUST_USE enum fault follow_find_end(struct follow *follow, struct why *why);
/* Wait for entries behind it, a second at most; a signal is seen then. */
MUST_USE enum fault follow_wait(struct follow *follow, struct news *news, struct why *why);

/* ---- watch_say.c: what is printed; each ends its line and sends it off ---- */

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
