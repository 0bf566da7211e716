/* Rows of CSV or JSON, each by its map to a line.
 *
 *  bytes -> decoder -> | buffer | -> a row -> cells -> a line of JSON
 *
 * The buffer holds four of the largest rows, so that there is always room for more
 * while a row is not whole. */
#include "ingest/rows_inside.h"

#include <stdlib.h>

enum fault
rows_new(const struct map *map, struct rows **out, struct why *why)
{
    struct rows *rows = calloc(1, sizeof *rows);
    enum fault fault = FAULT_NONE;

    if (rows == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for rows");
    rows->map = map;
    if (map->format == MAP_CSV)
        rows->csv = csv_rows_new();
    else
        rows->json_rows = json_rows_new(map);
    if (map->format == MAP_JSON)
        rows->json = json_new();
    if (rows->csv == NULL && (rows->json_rows == NULL || rows->json == NULL))
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for rows");
    if (fault == FAULT_NONE)
        fault = decoder_new(map->may_be_utf8, map->may_be_gb18030, &rows->decoder, why);
    if (fault != FAULT_NONE) {
        rows_free(rows);
        return fault;
    }
    *out = rows;
    return FAULT_NONE;
}

void
rows_free(struct rows *rows)
{
    if (rows == NULL)
        return;
    decoder_free(rows->decoder);
    csv_rows_free(rows->csv);
    json_rows_free(rows->json_rows);
    json_free(rows->json);
    free(rows);
}

/* What was handed out is given up. */
static void
move_to_front(struct rows *rows)
{
    if (rows->from == 0)
        return;
    memmove(rows->buffer, rows->buffer + rows->from, rows->to - rows->from);
    rows->to -= rows->from;
    rows->from = 0;
}

size_t
rows_feed(struct rows *rows, struct text bytes)
{
    size_t used, made;

    if (rows->is_over) /* nobody reads it any more */
        return bytes.length;
    move_to_front(rows);
    decode(rows->decoder, bytes, rows->at_end, &used, rows->buffer + rows->to,
           BUFFER_BYTES - rows->to, &made);
    rows->to += made;
    rows->has_bytes = rows->has_bytes || made > 0;
    return used;
}

void
rows_end(struct rows *rows, struct text rest)
{
    rows->at_end = true;
    /* There is room: what is in the buffer is no more than a row. */
    (void)rows_feed(rows, rest);
}

bool
rows_skipped(const struct rows *rows, int rule, int64_t *count, struct text *said, int *map_line)
{
    if (rule >= rows->map->rule_count)
        return false;
    *count = rows->skipped[rule];
    *said = rows->map->rules[rule].said;
    *map_line = rows->map->rules[rule].line;
    return true;
}

/* ---- the next one ------------------------------------------------------------------- */

/* Nothing is left. */
static void
end(struct rows *rows, struct line *out)
{
    struct why why;

    out->state = rows->at_end || rows->is_over ? LINE_END : LINE_WAIT;
    if (out->state == LINE_WAIT || rows->is_over)
        return;
    rows->is_over = true;
    if (rows->json_rows == NULL || json_rows_was_found(rows->json_rows) || !rows->has_bytes)
        return;
    (void)why_set(&why, BAD_JSON,
                  "the file has no array where the map says that the rows are (rows = ...)");
    out->number = 1;
    rows_refuse_file(rows, out, &why);
}

void
rows_next(struct rows *rows, struct line *out)
{
    for (;;) {
        bool goes_on;

        *out = (struct line){ .state = LINE_WAIT, .number = rows->lines };
        if (rows->is_over || (rows->json_rows != NULL && !rows->has_bytes)) {
            end(rows, out);
            return;
        }
        goes_on = rows->csv != NULL ? rows_next_csv(rows, out) : rows_next_json(rows, out);
        if (out->state != LINE_WAIT)
            return;
        if (goes_on)
            continue;
        end(rows, out);
        return;
    }
}
