/* inspect.h - one line of a file: a record and its message, or a refusal that is told.
 *
 * What a run that sends and a check that does not have in common, so that a check can't say
 * anything else than the run will.
 */
#ifndef INGEST_INSPECT_H
#define INGEST_INSPECT_H

#include "ingest/lines.h"
#include "ingest/message.h"
#include "ingest/seen.h"

struct inspector {
    struct maker *maker;
    struct seen *seen;
    struct report *report;
    int64_t read, refused;
    int64_t refused_as[FAULT_COUNT];
    struct also also; /* of the last refusal */
};

/* maker and seen of their own; the report is borrowed.  FAULT_NO_MEMORY: inspector_release() still
 * has to be called.  `thorough` is seen_new()'s. */
MUST_USE enum fault
inspector_init(struct inspector *inspector, struct report *report, bool thorough, struct why *why);
void inspector_release(struct inspector *inspector);

/* What a line became. */
struct inspected {
    bool is_good; /* else it was refused, told and counted, and nothing else is known */
    bool id_was_given;
    struct record record;       /* borrows from the line and the maker until the next line */
    struct publication message; /* so does this */
};

/* A line in state LINE_READY, LINE_TOO_LARGE or LINE_STRANGE of the file of that name.  A fault is
 * never a refusal, and ends the file. */
MUST_USE enum fault inspect_line(struct inspector *inspector, const char *file,
                                 const struct line *line, struct inspected *out, struct why *why);

#endif
