/* rows_inside.h - rows on their way through a map; for rows.c, rows_csv.c and rows_json.c alone. */
#ifndef INGEST_ROWS_INSIDE_H
#define INGEST_ROWS_INSIDE_H

#include "ingest/csv_rows.h"
#include "ingest/decode.h"
#include "ingest/json.h"
#include "ingest/json_rows.h"
#include "ingest/map_inside.h"
#include "ingest/rows.h"

enum {
    BUFFER_BYTES = 4 * RECORD_BYTES,
    SCRATCH_BYTES = RECORD_BYTES,
};

struct rows {
    const struct map *map;
    struct decoder *decoder;
    struct csv_rows *csv; /* these: by format, or NULL */
    struct json_rows *json_rows;
    struct json *json;
    bool at_end, is_over, skips_line, has_header, has_bytes;
    int64_t lines; /* CSV: that are done with; JSON: rows */
    int header_count;
    int position[MAP_COLUMNS_MOST]; /* CSV: of the map's columns; -1: the file has none */
    struct text names[MAP_COLUMNS_MOST];
    int64_t skipped[MAP_RULES_MOST];
    struct cell cells[MAP_COLUMNS_MOST];
    struct text field_cells[MAP_FIELDS_MOST], field_names[MAP_FIELDS_MOST];
    int list_count;
    struct text lists[LISTS_MOST][CELL_ITEMS_MOST];
    struct mapped mapped;
    struct csv_row csv_row;
    size_t from, to;
    char scratch[SCRATCH_BYTES], line[RECORD_BYTES];
    char buffer[BUFFER_BYTES];
};

/* What is in the buffer and not handed out. */
static inline struct text
rows_rest(const struct rows *rows)
{
    return (struct text){ rows->buffer + rows->from, rows->to - rows->from };
}

/* Without the blanks and tabs around it. */
struct text rows_trimmed(struct text t);

/* A row that no map was asked about: nothing is known of its cells. */
void rows_refuse_row(struct rows *rows, struct line *out, enum fault fault, const struct why *why);
/* The file as a whole: nothing else of it is read. */
void rows_refuse_file(struct rows *rows, struct line *out, const struct why *why);

/* The cells of a row to a line.  False: a rule skips it. */
bool rows_map_row(struct rows *rows, struct line *out);

/* The next row, by format.  True: look further, or *out has a line (its state is not LINE_WAIT). */
bool rows_next_csv(struct rows *rows, struct line *out);
bool rows_next_json(struct rows *rows, struct line *out);

#endif
