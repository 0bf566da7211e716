/* json_rows.h - the rows of a JSON text of any size: objects in an array somewhere in it.
 *
 * The text is never held as a whole: what lies outside of the rows is passed over, and of a row
 * that is too large no more is kept than tells so.
 */
#ifndef INGEST_JSON_ROWS_H
#define INGEST_JSON_ROWS_H

#include "base/fault.h"
#include "base/text.h"

struct json_rows;
struct map;

/* By the map's `rows`, which is borrowed: without it each value of the text is a row, or, of an
 * array, each of its items.  NULL when out of memory.  Freeing NULL is fine. */
struct json_rows *json_rows_new(const struct map *map);
void json_rows_free(struct json_rows *rows);
/* Has it met something behind which nobody can tell where the next row begins? */
bool json_rows_is_over(const struct json_rows *rows);

enum json_found {
    JSON_ROW,
    JSON_NO_ROW,        /* values that stand where rows should, and are no objects */
    JSON_ROW_TOO_LARGE, /* of over RECORD_BYTES; it is passed over */
    JSON_BROKEN,        /* no JSON from here on, told in why */
    JSON_MORE,          /* more must come first; at the end: there is none */
};

/* Look further.  The bytes begin where those that were used end, as the last call said; is_end: no
 * more will come. */
enum json_found json_rows_cut(struct json_rows *rows, struct text bytes, bool is_end,
                              struct text *row, size_t *used, struct why *why);

/* Whether the array of the path was there. */
bool json_rows_was_found(const struct json_rows *rows);

#endif
