#include "lookup/table.h"

/* ---- widths ----------------------------------------------------------------- */

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
    size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    uint32_t c = at[0];

    if (bytes > 1) {
        if (bytes > t->length || !text_is_utf8((struct text){ t->at, bytes })) {
            bytes = 1;
        } else {
            c = at[0] & (0xFFu >> (bytes + 1));
            for (size_t i = 1; i < bytes; i++)
                c = c << 6 | (at[i] & 0x3F);
        }
    }
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

struct cell {
    size_t at, length; /* in bytes[] */
    size_t columns;
};

struct table {
    struct table_column column[TABLE_COLUMNS_MOST];
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
    memcpy(table->column, columns, table->column_count * sizeof *columns);
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

static bool
make_room(struct table *t, size_t length)
{
    if (t->room - t->used < length || t->bytes == NULL) {
        size_t room = 2 * t->room + length + 256;
        char *bytes = realloc(t->bytes, room);
        if (bytes == NULL)
            return false;
        t->bytes = bytes;
        t->room = room;
    }
    if (t->cell_count == t->cell_room) {
        size_t room = 2 * t->cell_room + 64;
        struct cell *cells = realloc(t->cells, room * sizeof *cells);
        if (cells == NULL)
            return false;
        t->cells = cells;
        t->cell_room = room;
    }
    return true;
}

void
table_put(struct table *t, struct text cell)
{
    if (t->failed || !make_room(t, cell.length)) {
        t->failed = true;
        return;
    }
    if (cell.length > 0)
        memcpy(t->bytes + t->used, cell.at, cell.length);
    t->cells[t->cell_count++] = (struct cell){ t->used, cell.length, text_columns(cell) };
    t->used += cell.length;
}

static void
print_blanks(size_t count, FILE *out)
{
    for (; count > 0; count--)
        (void)putc(' ', out);
}

/* One cell: blanks owed from before it, so that none ends a line. */
static void
print_cell(struct text cell, size_t columns, size_t width, bool is_number, size_t *owed, FILE *out)
{
    size_t padding = width - columns;

    if (is_number)
        *owed += padding;
    if (cell.length > 0) {
        print_blanks(*owed, out);
        (void)fwrite(cell.at, 1, cell.length, out);
        *owed = 0;
    }
    if (!is_number)
        *owed += padding;
}

bool
table_print(const struct table *t, FILE *out)
{
    size_t width[TABLE_COLUMNS_MOST], rows = t->cell_count / t->column_count, owed = 0;

    if (t->failed)
        return false;
    for (size_t c = 0; c < t->column_count; c++) {
        width[c] = text_columns(text_of(t->column[c].title));
        for (size_t r = 0; r < rows; r++) {
            size_t columns = t->cells[r * t->column_count + c].columns;
            width[c] = columns > width[c] ? columns : width[c];
        }
    }
    for (size_t c = 0; c < t->column_count; c++) {
        struct text title = text_of(t->column[c].title);
        print_cell(title, text_columns(title), width[c], t->column[c].is_number, &owed, out);
        owed += 2;
    }
    (void)putc('\n', out);
    for (size_t r = 0; r < rows; r++) {
        owed = 0;
        for (size_t c = 0; c < t->column_count; c++) {
            const struct cell *cell = &t->cells[r * t->column_count + c];
            struct text text = { t->bytes + cell->at, cell->length };
            print_cell(text, cell->columns, width[c], t->column[c].is_number, &owed, out);
            owed += 2;
        }
        (void)putc('\n', out);
    }
    return true;
}
