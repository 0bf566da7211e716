/* Settings of a map about the file: its format, where its rows are, and which of them. */
#include "ingest/map_reading.h"

static enum fault
read_format(struct map_reading *r, struct text value)
{
    bool is_csv = text_equal(value, TEXT_LITERAL("csv"));

    if (!is_csv && !text_equal(value, TEXT_LITERAL("json")))
        return refuse(r, "format is \"%.*s\"; wanted: csv or json", SHOWN(value));
    r->map->format = is_csv ? MAP_CSV : MAP_JSON;
    return FAULT_NONE;
}

static enum fault
read_encoding(struct map_reading *r, struct text value)
{
    struct map *m = r->map;
    struct text item;
    bool more;

    m->may_be_utf8 = m->may_be_gb18030 = false;
    do {
        more = map_text_cut(&value, ",", &item);
        bool is_utf8 = text_equal(item, TEXT_LITERAL("utf-8"));
        if (!is_utf8 && !text_equal(item, TEXT_LITERAL("gb18030")))
            return refuse(r,
                          "encoding is \"%.*s\"; wanted: utf-8, gb18030 (which has all of GBK), "
                          "or both with a comma",
                          SHOWN(item));
        m->may_be_utf8 = m->may_be_utf8 || is_utf8;
        m->may_be_gb18030 = m->may_be_gb18030 || !is_utf8;
    } while (more);
    return FAULT_NONE;
}

static enum fault
read_delimiter(struct map_reading *r, struct text value)
{
    static const struct {
        const char *word;
        char c;
    } words[] = { { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "bar", '|' } };
    size_t count = 0;
    struct text item;
    bool more;

    do {
        size_t w = 0;

        more = map_text_cut(&value, ",", &item);
        while (w < 4 && !text_equal(item, text_of(words[w].word)))
            w++;
        if (w == 4 || count == sizeof r->map->delimiters - 1)
            return refuse(r,
                          "delimiter is \"%.*s\"; wanted: comma, semicolon, tab or bar; or some "
                          "of these, of which the header has one",
                          SHOWN(item));
        r->map->delimiters[count++] = words[w].c;
    } while (more);
    r->map->delimiters[count] = '\0';
    return FAULT_NONE;
}

static enum fault
read_quote(struct map_reading *r, struct text value)
{
    static const struct {
        const char *word;
        char c;
    } words[] = { { "double", '"' }, { "single", '\'' }, { "none", '\0' } };

    for (size_t w = 0; w < 3; w++) {
        if (!text_equal(value, text_of(words[w].word)))
            continue;
        r->map->quote = words[w].c;
        return FAULT_NONE;
    }
    return refuse(r, "quote is \"%.*s\"; wanted: double, single or none", SHOWN(value));
}

static enum fault
read_header(struct map_reading *r, struct text value)
{
    int64_t line = text_equal(value, TEXT_LITERAL("none")) ? 0 : text_number(value);

    if (line < 0 || line > MAP_HEADER_MOST)
        return refuse(r,
                      "header is \"%.*s\"; wanted: the line on which the names of the columns "
                      "stand, 1 to %d, or none",
                      SHOWN(value), MAP_HEADER_MOST);
    r->map->header = (int)line;
    return FAULT_NONE;
}

/* "data[]", "result.rows[]", "[]". */
static enum fault
read_rows(struct map_reading *r, struct text value)
{
    struct map *m = r->map;
    bool more, is_array = false;

    m->path_count = 0;
    do {
        struct text name;

        more = map_text_cut(&value, ".", &name);
        is_array = name.length >= 2 && memcmp(name.at + name.length - 2, "[]", 2) == 0;
        if (is_array)
            name.length -= 2;
        if ((name.length == 0 && (m->path_count > 0 || !is_array)) ||
            m->path_count == MAP_PATH_MOST)
            return refuse(r,
                          "rows is no path to an array, of %d names at most; wanted: such as "
                          "data[], or result.rows[], or []",
                          MAP_PATH_MOST);
        m->path[m->path_count] = name;
        m->path_is_array[m->path_count++] = is_array;
    } while (more);
    if (!is_array)
        return refuse(r, "rows ends without []; wanted: the array of rows, such as data[]");
    return FAULT_NONE;
}

/* "156 in reporterCode" */
static enum fault
add_rule(struct map_reading *r, bool keeps, struct text value)
{
    struct map *m = r->map;
    struct map_rule *rule = &m->rules[m->rule_count];
    struct text said = value, texts;
    enum fault fault;

    if (!map_text_cut(&value, " in ", &texts))
        return refuse(r, "%s wants texts and a column: 156, 842 in reporterCode",
                      keeps ? "keep" : "skip");
    if (m->rule_count == MAP_RULES_MOST)
        return refuse(r, "more than %d rules", MAP_RULES_MOST);
    *rule = (struct map_rule){ .keeps = keeps, .said = said, .line = r->line };
    fault = map_text_list(r, texts, &rule->texts);
    if (fault == FAULT_NONE)
        fault = map_text_column(r, value, &rule->column);
    if (fault == FAULT_NONE)
        m->rule_count++;
    return fault;
}

static enum fault
read_keep(struct map_reading *r, struct text value)
{
    return add_rule(r, true, value);
}

static enum fault
read_skip(struct map_reading *r, struct text value)
{
    return add_rule(r, false, value);
}

/* Columns by which rows are cut finer than a record can say. */
static enum fault
read_never(struct map_reading *r, struct text value)
{
    struct map *m = r->map;
    struct text name;
    bool more;

    do {
        more = map_text_cut(&value, ",", &name);
        if (m->never_count == MAP_RULES_MOST)
            return refuse(r, "more than %d columns that a file must not have", MAP_RULES_MOST);
        m->never[m->never_count++] = (struct map_column){ .name_count = 1,
                                                          .names = { map_text_unquote(name) },
                                                          .line = r->line };
    } while (more);
    return FAULT_NONE;
}

static const struct {
    const char *name;
    bool repeats;
    enum fault (*read)(struct map_reading *r, struct text value);
} settings[] = {
    { "format", false, read_format },
    { "encoding", false, read_encoding },
    { "delimiter", false, read_delimiter },
    { "quote", false, read_quote },
    { "header", false, read_header },
    { "rows", false, read_rows },
    { "keep", true, read_keep },
    { "skip", true, read_skip },
    { "never", true, read_never },
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

int
setting_find(struct text name)
{
    for (int i = 0; i < SETTINGS; i++)
        if (text_equal(name, text_of(settings[i].name)))
            return i;
    return -1;
}

bool
setting_repeats(int setting)
{
    return settings[setting].repeats;
}

enum fault
setting_read(struct map_reading *r, int setting, struct text value)
{
    return settings[setting].read(r, value);
}
