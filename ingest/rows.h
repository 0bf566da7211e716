/* rows.h - bytes of others in, lines of our own JSON out, by a map.
 *
 *      rows_feed() ... rows_next() until LINE_WAIT ... rows_feed() ... rows_end()
 *
 * Memory is bounded by the largest row; no file is touched.  A line's number is, of CSV, that of
 * the line of the file on which its row begins; of JSON, which row it is, from 1.
 */
#ifndef INGEST_ROWS_H
#define INGEST_ROWS_H

#include "ingest/line.h"
#include "ingest/map.h"

struct rows;

/* The map is borrowed until rows_free(); NULL is fine there.  FAULT_NO_MEMORY; FAULT_FILE as
 * decoder_new() says. */
MUST_USE enum fault rows_new(const struct map *map, struct rows **out, struct why *why);
void rows_free(struct rows *rows);

/* Take some of the bytes; returns how many.  0 of some: take lines first. */
size_t rows_feed(struct rows *rows, struct text bytes);
/* No more will come but the rest that rows_feed() has not taken: half a character, or a line that
 * was to decide what the file is. */
void rows_end(struct rows *rows, struct text rest);

/* The next row that no rule skips: LINE_READY; LINE_REFUSED, with line->mapped; LINE_TOO_LARGE;
 * LINE_WAIT: feed more; LINE_END: no more rows, after rows_end() or where the file as a whole
 * was refused. */
void rows_next(struct rows *rows, struct line *out);

/* How many rows a rule of the map has skipped, and the rule as the map says it; false: there is no
 * such rule. */
bool
rows_skipped(const struct rows *rows, int rule, int64_t *count, struct text *said, int *map_line);

#endif
