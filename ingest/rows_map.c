/* What rows of both formats share: what becomes of a row by its map, or instead of it. */
#include "ingest/rows_inside.h"

struct text
rows_trimmed(struct text t)
{
    while (t.length > 0 && (t.at[0] == ' ' || t.at[0] == '\t'))
        t = (struct text){ t.at + 1, t.length - 1 };
    while (t.length > 0 && (t.at[t.length - 1] == ' ' || t.at[t.length - 1] == '\t'))
        t.length--;
    return t;
}

void
rows_refuse_row(struct rows *rows, struct line *out, enum fault fault, const struct why *why)
{
    rows->mapped = (struct mapped){
        .map = rows->map, .cells = rows->field_cells, .names = rows->field_names, .count = 1
    };
    for (int i = 0; i < rows->map->field_count; i++)
        rows->field_cells[i] = rows->field_names[i] = (struct text){ NULL, 0 };
    rows->mapped.faults[0].fault = fault;
    rows->mapped.faults[0].why = *why;
    out->state = LINE_REFUSED;
    out->mapped = &rows->mapped;
}

void
rows_refuse_file(struct rows *rows, struct line *out, const struct why *why)
{
    rows_refuse_row(rows, out, BAD_JSON, why);
    rows->is_over = true;
    rows->from = rows->to = 0;
}

bool
rows_map_row(struct rows *rows, struct line *out)
{
    struct row row = { rows->cells, rows->names };
    struct text_buffer scratch = { .at = rows->scratch, .size = sizeof rows->scratch };
    struct text_buffer line = { .at = rows->line, .size = sizeof rows->line };
    int rule = map_skips(rows->map, &row);

    if (rule >= 0) {
        rows->skipped[rule]++;
        return false;
    }
    out->state = LINE_TOO_LARGE;
    out->text = (struct text){ NULL, 0 };
    out->mapped = &rows->mapped;
    if (!map_apply(rows->map, &row, &scratch, &line, &rows->mapped, rows->field_cells,
                   rows->field_names))
        return true;
    out->state = rows->mapped.count > 0 ? LINE_REFUSED : LINE_READY;
    out->text = text_done(&line);
    return true;
}
