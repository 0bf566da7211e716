/* Rows of CSV by libcsv, in its strict form.
 *
 * libcsv can't stop within what it is handed, so it is handed a line at a time, until
 * it has told of a row: only one in quotation marks goes on over several.  It keeps
 * no state from one call to the next. */
#include "ingest/csv_rows.h"

#include "record/record.h"

#include <csv.h>

enum { NEVER = '\0' /* a quotation mark that nobody writes */ };

struct csv_rows {
    struct csv_parser parser;
    bool is_open; /* the parser has to be freed */
    char delimiter, quote;
    bool has_row, is_full;
    int count;
    size_t length;
    struct text *cells;
    char text[RECORD_BYTES + 1]; /* of the cells of a row */
};

struct csv_rows *
csv_rows_new(void)
{
    struct csv_rows *rows = calloc(1, sizeof *rows);

    if (rows != NULL)
        csv_rows_use(rows, ',', '"');
    return rows;
}

static void
close_parser(struct csv_rows *rows)
{
    if (rows->is_open)
        csv_free(&rows->parser);
    rows->is_open = false;
}

void
csv_rows_free(struct csv_rows *rows)
{
    if (rows == NULL)
        return;
    close_parser(rows);
    free(rows);
}

void
csv_rows_use(struct csv_rows *rows, char delimiter, char quote)
{
    rows->delimiter = delimiter;
    rows->quote = quote;
}

static void
on_cell(void *at, size_t length, void *self)
{
    struct csv_rows *rows = self;

    if (rows->count == CSV_CELLS_MOST || length > sizeof rows->text - rows->length) {
        rows->is_full = true;
        return;
    }
    if (length > 0)
        memcpy(rows->text + rows->length, at, length);
    rows->cells[rows->count++] = (struct text){ rows->text + rows->length, length };
    rows->length += length;
}

static void
on_row(int end, void *self)
{
    struct csv_rows *rows = self;

    (void)end;
    rows->has_row = true;
}

static bool
open_parser(struct csv_rows *rows)
{
    close_parser(rows);
    rows->is_open = csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
    if (!rows->is_open)
        return false;
    csv_set_delim(&rows->parser, (unsigned char)rows->delimiter);
    csv_set_quote(&rows->parser, (unsigned char)(rows->quote == '\0' ? NEVER : rows->quote));
    rows->has_row = rows->is_full = false;
    rows->count = 0;
    rows->length = 0;
    return true;
}

/* Behind the end of the line that begins at `from`: LF, CR LF, or CR.  False: it is not here. */
static bool
line_end(struct text bytes, size_t from, bool is_end, size_t *behind)
{
    size_t i = from;

    while (i < bytes.length && bytes.at[i] != '\n' && bytes.at[i] != '\r')
        i++;
    if (i == bytes.length) {
        *behind = i;
        return is_end && i > from;
    }
    /* Whether a LF follows on the CR must be here to see. */
    if (bytes.at[i] == '\r' && i + 1 == bytes.length && !is_end)
        return false;
    *behind = i + 1;
    if (bytes.at[i] == '\r' && i + 1 < bytes.length && bytes.at[i + 1] == '\n')
        ++*behind;
    return true;
}

/* Lines go to libcsv until it has a row.  *at is behind the last one. */
static enum csv_found
parse(struct csv_rows *rows, struct text bytes, bool is_end, size_t first, size_t *at, int *lines)
{
    size_t from = 0, behind = first;

    for (*lines = 1;; ++*lines) {
        size_t done =
            csv_parse(&rows->parser, bytes.at + from, behind - from, on_cell, on_row, rows);

        *at = behind;
        if (done != behind - from || rows->is_full)
            return CSV_BROKEN;
        if (!rows->has_row && is_end && behind == bytes.length &&
            csv_fini(&rows->parser, on_cell, on_row, rows) != 0)
            return CSV_BROKEN;
        if (rows->has_row)
            return CSV_ROW;
        from = behind;
        if (from > RECORD_BYTES)
            return CSV_TOO_LARGE;
        if (!line_end(bytes, from, is_end, &behind))
            return is_end && from == bytes.length ? CSV_BROKEN
                   : bytes.length > RECORD_BYTES  ? CSV_TOO_LARGE
                                                  : CSV_MORE;
    }
}

static enum csv_found
refuse(const struct csv_rows *rows, struct why *why)
{
    if (rows->is_full)
        (void)why_set(why, BAD_JSON, "the row has more than %d cells", CSV_CELLS_MOST);
    else
        (void)why_set(why, BAD_JSON,
                      "a quotation mark in the row has no other one, or stands within a cell; "
                      "wanted: \"...\" around the cell, and \"\" for each one in it; or quote = "
                      "none in the map");
    return CSV_BROKEN;
}

enum csv_found
csv_rows_cut(struct csv_rows *rows, struct text bytes, bool is_end, struct csv_row *out,
             struct why *why)
{
    size_t first;
    enum csv_found found;

    out->count = 0;
    out->used = 0;
    out->lines = 1;
    out->is_open = false;
    if (!line_end(bytes, 0, is_end, &first)) {
        if (bytes.length <= RECORD_BYTES)
            return CSV_MORE;
        out->used = bytes.length;
        out->is_open = true;
        return CSV_TOO_LARGE;
    }
    out->used = first;
    if (text_is_blank((struct text){ bytes.at, first }))
        return CSV_BLANK;
    rows->cells = out->cells;
    if (first > RECORD_BYTES)
        return CSV_TOO_LARGE;
    if (!open_parser(rows))
        return refuse(rows, why);
    found = parse(rows, bytes, is_end, first, &first, &out->lines);
    if (found == CSV_ROW) {
        out->used = first;
        out->count = rows->count;
        return CSV_ROW;
    }
    /* The next row begins on the next line. */
    out->lines = 1;
    return found == CSV_BROKEN ? refuse(rows, why) : found;
}
