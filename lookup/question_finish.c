/* What is done with the rows of a question once all are there: how much of a whole a margin is,
 * ranks, and the page that was asked for. */
#include "lookup/question.h"

#include "base/grow.h"

static enum fault
add_shares(const struct coverage *c, struct sheet_row *row, struct sheet *sheet, struct why *why)
{
    struct coverage_ratio ratio;
    int window = row->time == ROW_YEAR ? WINDOW_YEAR + row->at : row->at;

    row->share_at = (uint32_t)sheet->share_count;
    for (int i = 0; i < c->side_count; i++) {
        if (!row->is_known || row->value > INT64_MAX || row->value < INT64_MIN ||
            !coverage_of(c, i, window, row->measure, (int64_t)row->value, &ratio))
            continue;
        struct coverage_ratio *larger =
            grow(sheet->shares, &sheet->share_room, sheet->share_count + 1, sizeof *larger);
        if (larger == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for the shares");
        sheet->shares = larger;
        larger[sheet->share_count++] = ratio;
        row->share_count++;
    }
    return FAULT_NONE;
}

static bool
is_before(const struct coverage *c, const struct sheet_row *row)
{
    return c->scope != row->scope ? c->scope < row->scope : c->partner < row->partner;
}

static enum fault
cover_rows(const struct question *q, struct sheet *sheet, struct why *why)
{
    enum fault fault = FAULT_NONE;
    size_t k = 0; /* rows and covers are both in the order of the pairs */

    for (size_t i = 0; i < sheet->count && fault == FAULT_NONE; i++) {
        struct sheet_row *row = &sheet->rows[i];
        while (k < q->cover_count && is_before(&q->covers[k], row))
            k++;
        if (k < q->cover_count && q->covers[k].scope == row->scope &&
            q->covers[k].partner == row->partner)
            fault = add_shares(&q->covers[k], row, sheet, why);
    }
    return fault;
}

/* The greatest total first; equal ones by code, so that the order is always the same. */
static int
compare_ranks(const void *left, const void *right)
{
    const struct sheet_row *a = left, *b = right;

    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->partner - b->partner; /* rows of the table are sorted by code */
}

/* The margin stands in front, without a rank. */
static void
rank(const struct question *q, struct sheet *sheet)
{
    size_t margins = 0, count = 0;

    for (size_t i = 0; i < sheet->count; i++) /* one without a total is in no ranking */
        if (sheet->rows[i].value != 0)
            sheet->rows[count++] = sheet->rows[i];
    sheet->count = count;
    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->rows[i].partner == PARTNER_ALL) {
            struct sheet_row margin = sheet->rows[i];
            sheet->rows[i] = sheet->rows[margins];
            sheet->rows[margins++] = margin;
        }
    if (sheet->count > margins)
        qsort(sheet->rows + margins, sheet->count - margins, sizeof *sheet->rows, compare_ranks);
    for (size_t i = margins; i < sheet->count; i++)
        sheet->rows[i].rank = (int32_t)(i - margins + 1);
    if (q->limit > 0 && sheet->count > margins + q->limit)
        sheet->count = margins + q->limit;
}

/* Rows of the detail of this page alone. */
static void
cut_page(const struct question *q, struct sheet *sheet)
{
    size_t first = (size_t)q->first < sheet->count ? (size_t)q->first : sheet->count;

    if (q->kind != QUESTION_DETAIL || q->limit == 0 || sheet->count == 0)
        return;
    memmove(sheet->rows, sheet->rows + first, (sheet->count - first) * sizeof *sheet->rows);
    sheet->count -= first;
    if (sheet->count <= q->limit)
        return;
    sheet->count = q->limit;
    sheet->next = q->first + (int64_t)q->limit;
}

enum fault
question_finish(const struct question *q, struct sheet *sheet, struct why *why)
{
    enum fault fault = cover_rows(q, sheet, why);

    if (fault != FAULT_NONE)
        return fault;
    /* Amounts that come to 0 in `all` leave nothing there, and yet were told. */
    sheet->has_data = sheet->has_data || sheet->count > 0;
    if (q->kind == QUESTION_RANGE)
        range_add_up(q, sheet);
    if (q->kind == QUESTION_TOP)
        rank(q, sheet);
    cut_page(q, sheet);
    if (question_has_page(q) &&
        q->first + (int64_t)q->limit < (int64_t)q->scope_count * q->partner_count)
        sheet->next = q->first + (int64_t)q->limit;
    return FAULT_NONE;
}
