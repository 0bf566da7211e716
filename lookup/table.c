/* A table of texts in columns: how wide each text is on a terminal, and the
 * printing.
 *
 * A terminal gives CJK characters two columns, combining marks none, and every
 * other character one.  Whether the locale agrees is not asked: names of
 * provinces are there in any locale. */
#include "lookup/table.h"

#include "base/grow.h"

struct range {
    uint32_t first, last;
};

/* What we can meet: Unicode 15, East_Asian_Width W and F, blocks as a whole. */
static const struct range WIDE[] = {
    { 0x1100, 0x115F },                         /* Hangul Jamo, initial */
    { 0x2E80, 0x303E },                         /* radicals, CJK punctuation */
    { 0x3041, 0x33FF },                         /* kana, Bopomofo, compatibility */
    { 0x3400, 0x4DBF },                         /* extension A */
    { 0x4E00, 0x9FFF },                         /* unified ideographs */
    { 0xA000, 0xA4CF },                         /* Yi */
    { 0xA960, 0xA97F },                         /* Hangul Jamo extended A */
    { 0xAC00, 0xD7A3 },                         /* Hangul syllables */
    { 0xF900, 0xFAFF },                         /* compatibility ideographs */
    { 0xFE30, 0xFE6F },                         /* vertical and small forms */
    { 0xFF00, 0xFF60 },                         /* full-width forms */
    { 0xFFE0, 0xFFE6 },   { 0x1F300, 0x1FAFF }, /* pictographs */
    { 0x20000, 0x3FFFD },                       /* extensions B and on */
};
static const struct range EMPTY[] = {
    { 0x0300, 0x036F }, /* combining marks */
    { 0x200B, 0x200F }, /* zero-width blanks and marks */
    { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF },
};

/* A handful of ranges: looked through one by one. */
static bool
is_among(const struct range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (ranges[i].first <= c && c <= ranges[i].last)
            return true;
    return false;
}

/* One character off the front of t; a byte that is no UTF-8 is itself. */
static uint32_t
take_character(struct text *t)
{
    const unsigned char *at = (const unsigned char *)t->at;
    size_t bytes = text_character(*t);
    uint32_t c = bytes > 1 ? at[0] & (0xFFu >> (bytes + 1)) : at[0];

    for (size_t i = 1; i < bytes; i++)
        c = c << 6 | (at[i] & 0x3F);
    bytes = bytes == 0 ? 1 : bytes;
    *t = (struct text){ t->at + bytes, t->length - bytes };
    return c;
}

size_t
text_columns(struct text t)
{
    size_t columns = 0;

    while (t.length > 0) {
        uint32_t c = take_character(&t);
        if (is_among(EMPTY, sizeof EMPTY / sizeof EMPTY[0], c))
            continue;
        columns += is_among(WIDE, sizeof WIDE / sizeof WIDE[0], c) ? 2 : 1;
    }
    return columns;
}

/* ---- the table ---------------------------------------------------------------- */

/* Offsets, since bytes[] moves while it grows.  The titles are the first row. */
struct cell {
    size_t at, length; /* in bytes[] */
    size_t columns;
};

struct table {
    bool is_number[TABLE_COLUMNS_MOST];
    size_t column_count;
    char *bytes;
    size_t used, room;
    struct cell *cells;
    size_t cell_count, cell_room;
    bool failed;
};

struct table *
table_new(const struct table_column *columns, size_t count)
{
    struct table *table = calloc(1, sizeof *table);

    if (table == NULL)
        return NULL;
    table->column_count = count < TABLE_COLUMNS_MOST ? count : TABLE_COLUMNS_MOST;
    for (size_t c = 0; c < table->column_count; c++) {
        table->is_number[c] = columns[c].is_number;
        table_put(table, text_of(columns[c].title));
    }
    return table;
}

void
table_free(struct table *table)
{
    if (table == NULL)
        return;
    free(table->bytes);
    free(table->cells);
    free(table);
}

/* Room for one more cell of so many bytes; false: no memory. */
static bool
make_room(struct table *t, size_t length)
{
    char *bytes = grow(t->bytes, &t->room, t->used + length, 1);
    struct cell *cells = grow(t->cells, &t->cell_room, t->cell_count + 1, sizeof *cells);

    t->bytes = bytes == NULL ? t->bytes : bytes;
    t->cells = cells == NULL ? t->cells : cells;
    return bytes != NULL && cells != NULL;
}

void
table_put(struct table *t, struct text cell)
{
    if (t == NULL)
        return;
    /* Once a cell is missing the rows would no longer be straight: all that
     * follows is dropped, too. */
    if (t->failed || !make_room(t, cell.length)) {
        t->failed = true;
        return;
    }
    if (cell.length > 0)
        memcpy(t->bytes + t->used, cell.at, cell.length);
    t->cells[t->cell_count++] = (struct cell){ t->used, cell.length, text_columns(cell) };
    t->used += cell.length;
}

/* One cell: blanks owed from before it, so that none ends a line. */
static void
print_cell(const struct table *t, const struct cell *cell, size_t width, bool is_number,
           size_t *owed, FILE *out)
{
    /* Numbers are padded in front, all others behind. */
    size_t padding = width - cell->columns;

    if (is_number)
        *owed += padding;
    if (cell->length > 0) {
        fprintf(out, "%*s", (int)*owed, "");
        (void)fwrite(t->bytes + cell->at, 1, cell->length, out);
        *owed = 0;
    }
    if (!is_number)
        *owed += padding;
}

bool
table_print(const struct table *t, FILE *out)
{
    size_t width[TABLE_COLUMNS_MOST] = { 0 }, count, owed;

    if (t == NULL || t->failed)
        return false;
    /* A row that is not full is left out. */
    count = t->cell_count - t->cell_count % t->column_count;
    for (size_t i = 0; i < count; i++) {
        size_t *widest = &width[i % t->column_count];
        *widest = t->cells[i].columns > *widest ? t->cells[i].columns : *widest;
    }
    for (size_t i = 0; i < count; i += t->column_count) {
        owed = 0;
        for (size_t c = 0; c < t->column_count; c++) {
            print_cell(t, &t->cells[i + c], width[c], t->is_number[c], &owed, out);
            owed += 2; /* blanks between columns */
        }
        (void)putc('\n', out);
    }
    return true;
}

enum fault
table_end(struct table *t, FILE *out, struct why *why)
{
    bool printed = table_print(t, out);

    table_free(t);
    return printed ? FAULT_NONE : why_set(why, FAULT_NO_MEMORY, "no memory for a table");
}
