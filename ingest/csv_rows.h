/* csv_rows.h - one row of CSV (RFC 4180) at a time, out of bytes that the caller keeps.
 *
 * A row is looked at as a whole, so that one with a quotation mark too many is refused by itself:
 * the next one begins on the next line, whatever the mark would have swallowed.
 */
#ifndef INGEST_CSV_ROWS_H
#define INGEST_CSV_ROWS_H

#include "base/fault.h"
#include "base/text.h"

enum { CSV_CELLS_MOST = 1024 };

struct csv_rows;

/* NULL when out of memory.  Freeing NULL is fine. */
struct csv_rows *csv_rows_new(void);
void csv_rows_free(struct csv_rows *rows);

/* A quote of NUL: there is none. */
void csv_rows_use(struct csv_rows *rows, char delimiter, char quote);

enum csv_found {
    CSV_ROW,       /* a row, perhaps with cells */
    CSV_BLANK,     /* a line with nothing on it */
    CSV_BROKEN,    /* a line that is no row, told in why */
    CSV_TOO_LARGE, /* a line that begins a row of over RECORD_BYTES */
    CSV_MORE,      /* more must come first */
};

struct csv_row {
    size_t used;  /* bytes; of CSV_TOO_LARGE perhaps not to the end of the line */
    int lines;    /* that it takes */
    bool is_open; /* CSV_TOO_LARGE: its line has no end yet */
    int count;    /* cells */
    struct text cells[CSV_CELLS_MOST]; /* borrowed until the next call */
};

/* What stands at the beginning of the bytes; is_end: no more will come.  With no bytes CSV_MORE. */
enum csv_found csv_rows_cut(struct csv_rows *rows, struct text bytes, bool is_end,
                            struct csv_row *out, struct why *why);

#endif
