/* Rows of CSV: where the map's columns are is found in the header, then each row's
 * cells are taken from there.
 *
 * A row with more or fewer cells than the header has lost or gained a delimiter, and
 * nobody knows where: it is refused as a whole. */
#include "ingest/rows_inside.h"

enum { LISTED_BYTES = 240 /* of a header's names in a sentence */ };

/* ---- the header ---------------------------------------------------------------- */

/* -1: the file has none of that name; -2: it has two. */
static int
find_cell(const struct csv_row *header, struct text name)
{
    int found = -1;

    for (int i = 0; i < header->count; i++) {
        if (!text_equal(rows_trimmed(header->cells[i]), name))
            continue;
        if (found >= 0)
            return -2;
        found = i;
    }
    return found;
}

/* What the header has, as much as fits into a sentence. */
static void
list_header(const struct csv_row *header, char out[LISTED_BYTES])
{
    struct text_buffer b = { .at = out, .size = LISTED_BYTES - sizeof ", ..." };

    for (int i = 0; i < header->count && !b.full; i++) {
        size_t before = b.length;

        if (i > 0)
            text_put(&b, TEXT_LITERAL(", "));
        text_put(&b, rows_trimmed(header->cells[i]));
        if (b.full)
            b.length = before;
    }
    if (b.full) {
        b.size = LISTED_BYTES;
        b.full = false;
        text_put(&b, TEXT_LITERAL(", ..."));
    }
    out[b.length] = '\0';
}

static bool
refuse_header(struct rows *rows, struct line *out, const struct map_column *column, bool twice)
{
    char has[LISTED_BYTES];
    struct why why;
    struct text name = column->names[0];

    list_header(&rows->csv_row, has);
    if (!text_is_utf8(text_of(has)) && !rows->map->may_be_gb18030)
        (void)why_set(&why, BAD_JSON,
                      "the header is not UTF-8; wanted: encoding = gb18030 in the "
                      "map, if the file is from China and its text is GBK");
    else if (twice)
        (void)why_set(&why, BAD_JSON,
                      "the header has \"%.*s\" twice, which the map names on line %d",
                      text_shown(name), name.at, column->line);
    else
        (void)why_set(
            &why, BAD_JSON,
            "the header has no column \"%.*s\", which the map names on line %d; it has: %s",
            text_shown(name), name.at, column->line, has);
    rows_refuse_file(rows, out, &why);
    return false;
}

/* Can the map do without a column?  Rules can't. */
static bool
may_lack(const struct map *map, int column)
{
    for (int i = 0; i < map->rule_count; i++)
        if (map->rules[i].column == column)
            return false;
    for (int i = 0; i < map->field_count; i++)
        if (map->fields[i].column == column && !map->fields[i].may_lack)
            return false;
    return true;
}

static bool
find_column(struct rows *rows, struct line *out, int column)
{
    const struct map_column *c = &rows->map->columns[column];

    for (int i = 0; i < c->name_count; i++) {
        int at = find_cell(&rows->csv_row, c->names[i]);

        if (at == -2)
            return refuse_header(rows, out, c, true);
        if (at < 0)
            continue;
        rows->position[column] = at;
        rows->names[column] = c->names[i];
        return true;
    }
    rows->position[column] = -1;
    rows->names[column] = (struct text){ NULL, 0 };
    return may_lack(rows->map, column) || refuse_header(rows, out, c, false);
}

static bool
refuse_never(struct rows *rows, struct line *out, const struct map_column *column)
{
    struct why why;
    struct text name = column->names[0];

    (void)why_set(
        &why, BAD_JSON,
        "the file has the column \"%.*s\", so its rows are parts of what one record would "
        "say, and the map takes none such (never, line %d); wanted: the same without it",
        text_shown(name), name.at, column->line);
    rows_refuse_file(rows, out, &why);
    return false;
}

/* Where the map's columns are in the file. */
static bool
read_header(struct rows *rows, struct line *out)
{
    const struct map *map = rows->map;

    rows->has_header = true;
    rows->header_count = rows->csv_row.count;
    while (rows->header_count > 0 &&
           rows_trimmed(rows->csv_row.cells[rows->header_count - 1]).length == 0)
        rows->header_count--;
    for (int i = 0; i < map->never_count; i++)
        if (find_cell(&rows->csv_row, map->never[i].names[0]) != -1)
            return refuse_never(rows, out, &map->never[i]);
    for (int i = 0; i < map->column_count; i++)
        if (!find_column(rows, out, i))
            return false;
    return true;
}

/* Columns are numbers; how many the file has the first row tells. */
static void
do_without_header(struct rows *rows)
{
    rows->has_header = true;
    for (int i = 0; i < rows->map->column_count; i++) {
        rows->names[i] = rows->map->columns[i].names[0];
        rows->position[i] = (int)text_number(rows->names[i]) - 1;
        if (rows->header_count <= rows->position[i])
            rows->header_count = rows->position[i] + 1;
    }
}

/* Of the delimiters that it may be, the first one that the line has. */
static void
choose_delimiter(struct rows *rows)
{
    struct text bytes = rows_rest(rows);
    const char *end = memchr(bytes.at, '\n', bytes.length);
    size_t length = end == NULL ? bytes.length : (size_t)(end - bytes.at);
    const char *d = rows->map->delimiters;

    while (d[1] != '\0' && memchr(bytes.at, *d, length) == NULL)
        d++;
    csv_rows_use(rows->csv, *d, rows->map->quote);
}

/* ---- rows ---------------------------------------------------------------------- */

/* The row's cells by the map's columns.  False: there are too few or too many. */
static bool
take_cells(struct rows *rows, struct line *out)
{
    const struct csv_row *row = &rows->csv_row;
    int count = row->count;
    struct why why;

    /* Without a header nobody knows how many there should be at most. */
    while (count > rows->header_count && rows_trimmed(row->cells[count - 1]).length == 0)
        count--;
    if (count < rows->header_count || (count > rows->header_count && rows->map->header > 0)) {
        (void)why_set(
            &why, BAD_JSON, "the row has %d cells, and %s %d%s", count,
            rows->map->header > 0 ? "the header" : "the map names column", rows->header_count,
            count > rows->header_count ? "; is there a delimiter in a cell without quotation marks?"
                                       : "");
        rows_refuse_row(rows, out, BAD_JSON, &why);
        return false;
    }
    for (int i = 0; i < rows->map->column_count; i++) {
        int at = rows->position[i];

        rows->cells[i] = (struct cell){ .kind = CELL_TEXT };
        if (at >= 0)
            rows->cells[i].text = row->cells[at];
    }
    return true;
}

static bool
is_all_empty(const struct csv_row *row)
{
    for (int i = 0; i < row->count; i++)
        if (rows_trimmed(row->cells[i]).length > 0)
            return false;
    return true;
}

/* True: *out is to be handed out. */
static bool
take_csv_row(struct rows *rows, struct line *out)
{
    if (rows->map->header == 0 && !rows->has_header)
        do_without_header(rows);
    if (!rows->has_header)
        return !read_header(rows, out);
    if (is_all_empty(&rows->csv_row))
        return false;
    return !take_cells(rows, out) || rows_map_row(rows, out);
}

/* A line that is too large is passed over to its end.  False: that is not here. */
static bool
skip_line(struct rows *rows)
{
    struct text bytes = rows_rest(rows);
    const char *end = memchr(bytes.at, '\n', bytes.length);

    rows->from = end == NULL ? rows->to : rows->from + (size_t)(end - bytes.at) + 1;
    rows->skips_line = end == NULL;
    return end != NULL;
}

bool
rows_next_csv(struct rows *rows, struct line *out)
{
    struct why why;
    enum csv_found found;

    if (rows->skips_line && !skip_line(rows))
        return false;
    if (!rows->has_header)
        choose_delimiter(rows);
    found = csv_rows_cut(rows->csv, rows_rest(rows), rows->at_end, &rows->csv_row, &why);
    if (found == CSV_MORE)
        return false;
    out->number = rows->lines + 1;
    rows->lines += rows->csv_row.lines;
    rows->from += rows->csv_row.used;
    rows->skips_line = rows->csv_row.is_open;
    /* What stands before the header is not looked at. */
    if (rows->map->header > 0 && !rows->has_header && out->number < rows->map->header)
        return true;
    if (found == CSV_TOO_LARGE)
        out->state = LINE_TOO_LARGE;
    else if (found == CSV_BROKEN && rows->map->header > 0 && !rows->has_header)
        rows_refuse_file(rows, out, &why);
    else if (found == CSV_BROKEN)
        rows_refuse_row(rows, out, BAD_JSON, &why);
    else if (found == CSV_ROW)
        (void)take_csv_row(rows, out);
    return true;
}
