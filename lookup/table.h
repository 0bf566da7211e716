/* table.h - columns of text on a terminal that are straight also with Chinese.
 *
 * A table takes its cells row by row and is printed when all are known, each
 * column as wide as its widest cell.  Cells are copied.
 */
#ifndef LOOKUP_TABLE_H
#define LOOKUP_TABLE_H

#include "base/fault.h"
#include "base/text.h"

#include <stdio.h>

/* How many columns of a terminal a text takes: CJK and full-width characters
 * two, combining marks none.  Bytes that are not UTF-8 count one each. */
size_t text_columns(struct text t);

struct table_column {
    const char *title;
    bool is_number; /* set against the right edge */
};
enum { TABLE_COLUMNS_MOST = 8 };

struct table;

/* NULL when there is no memory, which all that follow take, too.  At most
 * TABLE_COLUMNS_MOST columns. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *table);

/* The next cell; after the last column a new row begins. */
void table_put(struct table *table, struct text cell);

/* Print titles and rows; false when a cell, or the table, found no memory: nothing
 * is printed.  A row that is not full is left out. */
bool table_print(const struct table *table, FILE *out);

/* Print it and free it.  FAULT_NO_MEMORY as above. */
MUST_USE enum fault table_end(struct table *table, FILE *out, struct why *why);

#endif
