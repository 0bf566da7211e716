/* Rows of JSON: each is an object, in which the map's paths lead to texts, numbers
 * and lists. */
#include "ingest/rows_inside.h"

static struct text
part_of(struct text path, size_t from)
{
    return (struct text){ path.at + from, path.length - from };
}

static const struct json_node *
find_member(const struct json_node *nodes, const struct json_node *object, struct text name)
{
    const struct json_node *end = nodes + object->after;

    for (const struct json_node *n = object + 1; n < end; n = nodes + n->after)
        if (text_equal(n->name, name))
            return n;
    return NULL;
}

/* "a.b" is the member of that name, or b in a. */
static const struct json_node *
find_path(const struct json_node *nodes, const struct json_node *object, struct text path)
{
    for (int depth = 0; object != NULL && object->kind == JSON_OBJECT && depth < MAP_PATH_MOST;
         depth++) {
        const struct json_node *whole = find_member(nodes, object, path);
        const char *dot = memchr(path.at, '.', path.length);

        if (whole != NULL || dot == NULL)
            return whole;
        object = find_member(nodes, object, (struct text){ path.at, (size_t)(dot - path.at) });
        path = part_of(path, (size_t)(dot - path.at) + 1);
    }
    return NULL;
}

static struct text
text_of_node(const struct json_node *n)
{
    if (n->kind == JSON_BOOLEAN)
        return n->integer != 0 ? TEXT_LITERAL("true") : TEXT_LITERAL("false");
    return n->kind == JSON_TEXT || n->kind == JSON_INTEGER || n->kind == JSON_REAL
               ? n->text
               : (struct text){ NULL, 0 };
}

/* An array's items, if there is a list left for them. */
static void
take_items(struct rows *rows, const struct json_node *nodes, const struct json_node *array,
           struct cell *out)
{
    const struct json_node *end = nodes + array->after;
    struct text *items = rows->lists[rows->list_count];

    if (rows->list_count == LISTS_MOST)
        return;
    rows->list_count++;
    out->items = items;
    for (const struct json_node *n = array + 1; n < end; n = nodes + n->after) {
        if (out->item_count < CELL_ITEMS_MOST)
            items[out->item_count++] = text_of_node(n);
    }
}

static void
take_node(struct rows *rows, const struct json_node *nodes, const struct json_node *n,
          struct cell *out)
{
    *out = (struct cell){ .kind = CELL_TEXT, .text = text_of_node(n) };
    if (n->kind == JSON_INTEGER || n->kind == JSON_REAL)
        out->kind = CELL_NUMBER;
    else if (n->kind == JSON_OBJECT)
        out->kind = CELL_OBJECT;
    else if (n->kind == JSON_ARRAY)
        out->kind = CELL_LIST;
    if (n->kind == JSON_ARRAY)
        take_items(rows, nodes, n, out);
}

static bool
take_json_row(struct rows *rows, struct text row, struct line *out)
{
    struct why why;
    enum fault fault = json_read(rows->json, row, &why);
    const struct json_node *nodes = json_nodes(rows->json);

    if (fault != FAULT_NONE) {
        rows_refuse_row(rows, out, fault, &why);
        return true;
    }
    rows->list_count = 0;
    for (int i = 0; i < rows->map->column_count; i++) {
        const struct map_column *c = &rows->map->columns[i];
        const struct json_node *n = NULL;

        rows->names[i] = (struct text){ NULL, 0 };
        rows->cells[i] = (struct cell){ .kind = CELL_TEXT };
        for (int k = 0; k < c->name_count && n == NULL; k++) {
            n = find_path(nodes, nodes, c->names[k]);
            if (n != NULL)
                rows->names[i] = c->names[k];
        }
        if (n != NULL)
            take_node(rows, nodes, n, &rows->cells[i]);
    }
    return rows_map_row(rows, out);
}

/* Nobody knows where the next row begins. */
static void
refuse_rest(struct rows *rows, struct line *out, const struct why *reason)
{
    struct why why;

    (void)why_set(&why, BAD_JSON, "%.300s; what stands behind it was not read", reason->text);
    rows_refuse_file(rows, out, &why);
}

bool
rows_next_json(struct rows *rows, struct line *out)
{
    struct why why;
    struct text row;
    size_t used;
    enum json_found found =
        json_rows_cut(rows->json_rows, rows_rest(rows), rows->at_end, &row, &used, &why);

    rows->from += used;
    out->number = rows->lines + 1;
    rows->lines += found != JSON_MORE;
    if (found == JSON_MORE)
        return used > 0 && rows->to > rows->from;
    if (found == JSON_ROW)
        (void)take_json_row(rows, row, out);
    else if (found == JSON_ROW_TOO_LARGE)
        out->state = LINE_TOO_LARGE;
    else if (found == JSON_NO_ROW)
        rows_refuse_row(
            rows, out, BAD_JSON,
            (why_write(&why, "", "the row is no object; wanted: an object for each row"), &why));
    else if (rows->map->path_count > 0 || json_rows_is_over(rows->json_rows))
        refuse_rest(rows, out, &why);
    else
        rows_refuse_row(rows, out, BAD_JSON, &why);
    return true;
}
