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

/* Judge a line in state LINE_READY, LINE_TOO_LARGE, LINE_STRANGE or LINE_REFUSED: a record and its
 * message, which borrow from the line and the maker until the next one; a refusal; or another
 * fault, which ends everything. */
MUST_USE enum fault line_judge(struct maker *maker, const struct line *line, struct record *r,
                               struct publication *message, struct why *why);
/* Of a line that was just refused: its other faults, and the id that it gives, or absent. */
struct text line_other_faults(struct maker *maker, const struct line *line, struct also *also);

struct inspector {
    struct maker *maker;
    struct seen *seen;
    struct report *report;
    int64_t read, refused;
    int64_t skipped; /* rows, by rules of a map; they are not in `read` */
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

/* A line in state LINE_READY, LINE_TOO_LARGE, LINE_STRANGE or LINE_REFUSED of the file of that
 * name.  A fault is never a refusal, and ends the file. */
MUST_USE enum fault inspect_line(struct inspector *inspector, const char *file,
                                 const struct line *line, struct inspected *out, struct why *why);

/* Tell and count the rows of a file that rules of its map skipped; once, at its end. */
void inspect_skipped(struct inspector *inspector, const char *file, const struct rows *rows);

#endif
