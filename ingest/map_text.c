/* Pieces of a line of a map: words, lists, names of columns. */
#include "ingest/map_reading.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct text
map_text_trim(struct text t)
{
    while (t.length > 0 && is_blank(t.at[0]))
        t = (struct text){ t.at + 1, t.length - 1 };
    while (t.length > 0 && is_blank(t.at[t.length - 1]))
        t.length--;
    return t;
}

/* Without the quotation marks around it. */
struct text
map_text_unquote(struct text t)
{
    if (t.length >= 2 && t.at[0] == '"' && t.at[t.length - 1] == '"')
        return (struct text){ t.at + 1, t.length - 2 };
    return t;
}

/* Cuts off what stands before `mark`, which is outside of quotation marks.  False: it is the
 * last. */
bool
map_text_cut(struct text *rest, const char *mark, struct text *out)
{
    size_t length = strlen(mark);
    bool in_quotes = false;

    for (size_t i = 0; i + length <= rest->length; i++) {
        in_quotes = in_quotes != (rest->at[i] == '"');
        if (in_quotes || memcmp(rest->at + i, mark, length) != 0)
            continue;
        *out = map_text_trim((struct text){ rest->at, i });
        *rest = (struct text){ rest->at + i + length, rest->length - i - length };
        return true;
    }
    *out = map_text_trim(*rest);
    *rest = (struct text){ rest->at + rest->length, 0 };
    return false;
}

enum fault
map_text_add(struct map_reading *r, struct map_list *list, struct text from, struct text to)
{
    struct map *m = r->map;

    if (m->item_count == MAP_LIST_MOST)
        return refuse(r, "more than %d items in the lists of a map", MAP_LIST_MOST);
    if (list->count == 0)
        list->from = m->item_count;
    m->items[m->item_count++] = (struct map_item){ map_text_unquote(from), map_text_unquote(to) };
    list->count++;
    return FAULT_NONE;
}

/* "156, 842" */
enum fault
map_text_list(struct map_reading *r, struct text value, struct map_list *out)
{
    enum fault fault = FAULT_NONE;
    struct text item;
    bool more;

    *out = (struct map_list){ 0, 0 };
    do {
        more = map_text_cut(&value, ",", &item);
        fault = map_text_add(r, out, item, (struct text){ NULL, 0 });
    } while (more && fault == FAULT_NONE);
    return fault;
}

static bool
is_same_column(const struct map_column *a, const struct map_column *b)
{
    bool same = a->name_count == b->name_count;

    for (int i = 0; i < a->name_count && same; i++)
        same = text_equal(a->names[i], b->names[i]);
    return same;
}

/* "Period | period": what a file has of these. */
enum fault
map_text_names(struct map_reading *r, struct text value, struct map_column *out)
{
    bool more;

    *out = (struct map_column){ .line = r->line };
    do {
        struct text name;

        more = map_text_cut(&value, " | ", &name);
        if (map_text_unquote(name).length == 0)
            return refuse(r, "the name of a column is missing");
        if (out->name_count == MAP_NAMES_MOST)
            return refuse(r, "more than %d names for one column", MAP_NAMES_MOST);
        out->names[out->name_count++] = map_text_unquote(name);
    } while (more);
    return FAULT_NONE;
}

enum fault
map_text_column(struct map_reading *r, struct text value, int *out)
{
    struct map *m = r->map;
    struct map_column column;
    enum fault fault = map_text_names(r, value, &column);

    if (fault != FAULT_NONE)
        return fault;
    for (*out = 0; *out < m->column_count; (*out)++)
        if (is_same_column(&m->columns[*out], &column))
            return FAULT_NONE;
    if (m->column_count == MAP_COLUMNS_MOST)
        return refuse(r, "more than %d columns", MAP_COLUMNS_MOST);
    m->columns[m->column_count++] = column;
    return FAULT_NONE;
}
