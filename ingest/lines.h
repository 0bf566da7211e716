/* lines.h - records of a file or of stdin, each with its line, one buffer for all.
 *
 * A record is a line, which ends with LF alone; a last one may lack it.  Every
 * line is numbered, blank ones (only blanks, tabs, CR) are skipped.  An object
 * may also go on over several lines (its number is that of the first), several
 * may stand on one, and a file may be an array of them.  A UTF-8 byte order mark
 * is skipped, and what gzip or zstd has packed is unpacked.  A record over RECORD_BYTES is
 * passed over without being kept.
 */
#ifndef INGEST_LINES_H
#define INGEST_LINES_H

#include "ingest/rows.h"
#include "record/record.h"

struct lines;

/* Open a file by name, "-" is stdin.  FAULT_FILE, FAULT_NO_MEMORY.  The name is
 * borrowed until lines_close(), which leaves stdin open; NULL is fine. */
MUST_USE enum fault lines_open(const char *name, struct lines **out, struct why *why);
void lines_close(struct lines *lines);

/* The same of bytes that are here, and are borrowed until lines_close().  NULL: no memory. */
struct lines *lines_of(struct text bytes);

/* Before the first lines_next(): every line is a record by itself, whatever it is, as
 * tests/oracle.py reads a file. */
void lines_one_by_one(struct lines *lines);

/* Before the first lines_next(): the file is a table of others, which a map makes lines of.  The
 * map is borrowed until lines_close().  FAULT_NO_MEMORY; FAULT_FILE, as decoder_new() says. */
MUST_USE enum fault lines_use_map(struct lines *lines, const struct map *map, struct why *why);

/* That table, for its counts; NULL: there is none. */
const struct rows *lines_rows(const struct lines *lines);

/* The next record that is not blank.  Waits at most wait_ms for a pipe or a
 * terminal; -1: for ever.  FAULT_FILE when reading fails. */
MUST_USE enum fault lines_next(struct lines *lines, int wait_ms, struct line *out, struct why *why);

/* Read no more: the complete lines that were already read still come, then
 * LINE_END.  True when its end was not reached: of a pipe nobody knows what would have come. */
bool lines_stop(struct lines *lines);

#endif
