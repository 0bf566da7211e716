/* The text of a map, line by line.
 *
 * Settings that came with the map's name are read first and stay: the same ones of
 * the text are passed over.  What belongs together is judged when all is read
 * (map_judge.c). */
#include "ingest/map_reading.h"

#include "record/field.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- names -------------------------------------------------------------------------- */

#define ATTRIBUTES "attributes."

/* The target of a field's name; -1: no record has it. */
static int
find_target(struct text name)
{
    size_t prefix = sizeof ATTRIBUTES - 1;

    if (name.length > prefix && memcmp(name.at, ATTRIBUTES, prefix) == 0)
        return TARGET_ATTRIBUTE;
    if (text_equal(name, TEXT_LITERAL("period")))
        return TARGET_PERIOD;
    if (text_equal(name, TEXT_LITERAL("source.name")))
        return TARGET_SOURCE_NAME;
    if (text_equal(name, TEXT_LITERAL("source.url")))
        return TARGET_SOURCE_URL;
    int field = field_find(name);
    return field == FIELD_SOURCE || field == FIELD_ATTRIBUTES ? -1 : field;
}

/* "value.column" is an option of "value"; "attributes.column" is an attribute. */
static int
cut_option(struct text *name)
{
    size_t dot = name->length;

    while (dot > 0 && name->at[dot - 1] != '.')
        dot--;
    struct text field = { name->at, dot > 1 ? dot - 1 : 0 };
    int option = option_find((struct text){ name->at + dot, name->length - dot });
    if (dot <= 1 || option < 0 || find_target(field) < 0)
        return -1;
    *name = field;
    return option;
}

static enum fault
refuse_name(struct map_reading *r, struct text name)
{
    size_t dot = 0;
    struct text field;

    while (dot < name.length && name.at[dot] != '.')
        dot++;
    field = (struct text){ name.at, dot };
    if (dot < name.length && find_target(field) >= 0)
        return refuse(r,
                      "\"%.*s\" has no \"%.*s\"; wanted: column, path, name_of, without, empty, "
                      "codes, factor, thousands, decimal, round, date, span or split",
                      SHOWN(field), (int)(name.length - dot - 1), name.at + dot + 1);
    if (text_equal(field, TEXT_LITERAL("source")) || text_equal(field, TEXT_LITERAL("attributes")))
        return refuse(r,
                      "\"%.*s\" is no field; wanted: source.name, source.url, or attributes.NAME",
                      SHOWN(name));
    return refuse(r,
                  "\"%.*s\" is neither a field of a record nor a setting of a map (format, "
                  "encoding, delimiter, quote, header, rows, keep, skip, never)",
                  SHOWN(name));
}

static struct map_field *
find_field(struct map *m, struct text name)
{
    for (int i = 0; i < m->field_count; i++)
        if (text_equal(m->fields[i].name, name))
            return &m->fields[i];
    return NULL;
}

static enum fault
take_field(struct map_reading *r, struct text name, int option, struct text value)
{
    struct map *m = r->map;
    struct map_field *f = find_field(m, name);

    if (f == NULL && m->field_count == MAP_FIELDS_MOST)
        return refuse(r, "more than %d fields", MAP_FIELDS_MOST);
    if (f == NULL) {
        f = &m->fields[m->field_count++];
        *f = (struct map_field){ .target = find_target(name),
                                 .name = name,
                                 .line = r->line,
                                 .column = -1,
                                 .named_after = -1,
                                 .number.point = '.' };
    }
    if (option >= 0)
        return option_read(r, f, option, value);
    f->constant = map_text_unquote(value);
    if (f->constant.length == 0)
        return refuse(r, "%.*s is empty; wanted: a text, or the line left out", SHOWN(name));
    return FAULT_NONE;
}

/* ---- lines -------------------------------------------------------------------------- */

/* Was it set with the map's name: itself, or its field as a constant? */
static bool
is_set_already(const struct map_reading *r, struct text name, struct text field)
{
    for (int i = 0; i < r->name_count; i++)
        if (r->names[i].line == 0 &&
            (text_equal(r->names[i].name, name) || text_equal(r->names[i].name, field)))
            return true;
    return false;
}

/* A name that has stood before is refused. */
static enum fault
note_name(struct map_reading *r, struct text name)
{
    for (int i = 0; i < r->name_count; i++)
        if (text_equal(r->names[i].name, name))
            return refuse(r, "%.*s stands twice, first on line %d", SHOWN(name), r->names[i].line);
    if (r->name_count == NAMES_MOST)
        return refuse(r, "more than %d settings", NAMES_MOST);
    r->names[r->name_count++] = (struct set_name){ name, r->line };
    return FAULT_NONE;
}

static enum fault
take_line(struct map_reading *r, struct text line)
{
    struct text name, value = line, field;
    enum fault fault = FAULT_NONE;
    int setting, option;

    line = map_text_trim(line);
    if (line.length == 0 || line.at[0] == '#')
        return FAULT_NONE;
    value = line;
    if (!map_text_cut(&value, "=", &name) || name.length == 0)
        return refuse(r, "no name = value");
    value = map_text_trim(value);
    setting = setting_find(name);
    field = name;
    option = setting >= 0 ? -1 : cut_option(&field);
    if (setting < 0 && find_target(field) < 0)
        return refuse_name(r, name);
    if (r->line > 0 && is_set_already(r, name, field))
        return FAULT_NONE;
    if (setting < 0 || !setting_repeats(setting))
        fault = note_name(r, name);
    if (fault != FAULT_NONE)
        return fault;
    return setting >= 0 ? setting_read(r, setting, value) : take_field(r, field, option, value);
}

static enum fault
take_text(struct map_reading *r, struct text text)
{
    while (text.length > 0) {
        const char *end = memchr(text.at, '\n', text.length);
        struct text line = { text.at, end == NULL ? text.length : (size_t)(end - text.at) };
        size_t taken = line.length + (end != NULL);
        enum fault fault;

        if (++r->line > LINES_MOST)
            return refuse(r, "more than %d lines", LINES_MOST);
        fault = take_line(r, line);
        if (fault != FAULT_NONE)
            return fault;
        text = (struct text){ text.at + taken, text.length - taken };
    }
    return FAULT_NONE;
}

/* "flow=EXPORT,grade=FINAL" */
static enum fault
take_more(struct map_reading *r, struct text more)
{
    enum fault fault = FAULT_NONE;
    bool goes_on = more.length > 0;

    r->line = 0;
    while (goes_on && fault == FAULT_NONE) {
        struct text line;

        goes_on = map_text_cut(&more, ",", &line);
        fault = take_line(r, line);
    }
    return fault;
}

/* ---- the whole ---------------------------------------------------------------------- */

static enum fault
refuse_text(const struct map *map, struct text text, struct why *why)
{
    if (text.length > MAP_BYTES)
        return why_set(why, FAULT_OPTION, "%s: the map is over %d bytes", map->name, MAP_BYTES);
    if (!text_is_utf8(text) || memchr(text.at, '\0', text.length) != NULL)
        return why_set(why, FAULT_OPTION, "%s: the map is no text in UTF-8", map->name);
    return FAULT_NONE;
}

static enum fault
read_all(struct map *map, struct text text, struct text more, struct why *why)
{
    struct map_reading *r = calloc(1, sizeof *r);
    enum fault fault;

    if (r == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a map");
    r->map = map;
    r->why = why;
    fault = take_more(r, more);
    r->line = 0;
    if (fault == FAULT_NONE)
        fault = take_text(r, text);
    free(r);
    return fault == FAULT_NONE ? map_judge(map, why) : fault;
}

/* Its beginning is skipped: it is a byte order mark. */
static struct text
without_mark(struct text t)
{
    bool has_mark = t.length >= 3 && memcmp(t.at, "\xEF\xBB\xBF", 3) == 0;

    return has_mark ? (struct text){ t.at + 3, t.length - 3 } : t;
}

enum fault
map_read(const char *name, struct text text, const char *more, struct map **out, struct why *why)
{
    struct map *map = calloc(1, sizeof *map);
    struct text with = text_of(more == NULL ? "" : more);
    enum fault fault;

    if (map == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a map");
    (void)snprintf(map->name, sizeof map->name, "%s", name);
    map->may_be_utf8 = true;
    map->delimiters[0] = ',';
    map->quote = '"';
    map->header = 1;
    text = without_mark(text);
    fault = text.length == 0 ? FAULT_NONE : refuse_text(map, text, why);
    if (fault == FAULT_NONE && with.length > 0)
        fault = refuse_text(map, with, why);
    if (fault == FAULT_NONE) {
        map->memory = malloc(text.length + with.length + 1);
        if (map->memory == NULL)
            fault = why_set(why, FAULT_NO_MEMORY, "no memory for a map");
    }
    if (fault == FAULT_NONE) {
        if (text.length > 0)
            memcpy(map->memory, text.at, text.length);
        memcpy(map->memory + text.length, with.at, with.length);
        fault = read_all(map, (struct text){ map->memory, text.length },
                         (struct text){ map->memory + text.length, with.length }, why);
    }
    if (fault != FAULT_NONE) {
        map_free(map);
        return fault;
    }
    *out = map;
    return FAULT_NONE;
}
