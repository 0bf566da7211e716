/* Options of a field: where it comes from, and how its text is changed. */
#include "ingest/map_reading.h"

static enum fault
read_field_column(struct map_reading *r, struct map_field *f, struct text value)
{
    return map_text_column(r, value, &f->column);
}

static enum fault
read_name_of(struct map_reading *r, struct map_field *f, struct text value)
{
    if (value.length == 0)
        return refuse(r, "name_of wants a field of the map, such as value");
    f->named_after_text = value;
    return FAULT_NONE;
}

static enum fault
read_without(struct map_reading *r, struct map_field *f, struct text value)
{
    (void)r;
    f->may_lack = true;
    f->without = map_text_unquote(value);
    return FAULT_NONE;
}

static enum fault
read_empty(struct map_reading *r, struct map_field *f, struct text value)
{
    return map_text_list(r, value, &f->empty);
}

/* One item of codes: a table, a pair, or what becomes of all others. */
static enum fault
read_code(struct map_reading *r, struct map_field *f, struct text item)
{
    struct map_codes *c = &f->codes;
    struct text to = item, from;
    char names[160];
    struct text_buffer list = { .at = names, .size = sizeof names };

    if (map_text_cut(&to, "=", &from)) {
        to = map_text_trim(to);
        if (!text_equal(from, TEXT_LITERAL("*")))
            return map_text_add(r, &c->pairs, from, to);
        c->has_other = true;
        c->other_stays = text_equal(to, TEXT_LITERAL("*"));
        c->other = map_text_unquote(to);
        return FAULT_NONE;
    }
    codes_list(f->target, &list);
    if (!codes_have(item, f->target))
        return refuse(
            r, "\"%.*s\" is no table of codes for %.*s; wanted: %.*s%sor pairs such as X=EXPORT",
            SHOWN(item), SHOWN(f->name), SHOWN(text_done(&list)), list.length > 0 ? ", " : "");
    if (c->table_count == MAP_TABLES_MOST)
        return refuse(r, "more than %d tables of codes", MAP_TABLES_MOST);
    c->tables[c->table_count++] = item;
    return FAULT_NONE;
}

static enum fault
read_codes(struct map_reading *r, struct map_field *f, struct text value)
{
    enum fault fault = FAULT_NONE;
    struct text item;
    bool more;

    f->codes.is_set = true;
    do {
        more = map_text_cut(&value, ",", &item);
        fault = read_code(r, f, item);
    } while (more && fault == FAULT_NONE);
    return fault;
}

static enum fault
read_factor(struct map_reading *r, struct map_field *f, struct text value)
{
    f->number.zeros = factor_zeros(value);
    f->has_number = true;
    if (f->number.zeros < 0)
        return refuse(r,
                      "factor is \"%.*s\"; wanted: 万, 亿, thousand, million, billion, trillion, "
                      "or 1 with zeros",
                      SHOWN(value));
    return FAULT_NONE;
}

static enum fault
read_thousands(struct map_reading *r, struct map_field *f, struct text value)
{
    value = map_text_unquote(value);
    f->number.thousands = value;
    f->has_number = true;
    if (value.length == 0 || value.length > 4 || text_number((struct text){ value.at, 1 }) >= 0)
        return refuse(r, "thousands wants what stands between groups of three digits: , or . or "
                         "\" \" or '");
    return FAULT_NONE;
}

static enum fault
read_decimal(struct map_reading *r, struct map_field *f, struct text value)
{
    bool is_comma = text_equal(value, TEXT_LITERAL("comma"));

    f->number.point = is_comma ? ',' : '.';
    f->has_number = true;
    if (!is_comma && !text_equal(value, TEXT_LITERAL("point")))
        return refuse(r, "decimal is \"%.*s\"; wanted: point or comma", SHOWN(value));
    return FAULT_NONE;
}

static enum fault
read_round(struct map_reading *r, struct map_field *f, struct text value)
{
    static const char *const words[] = { "", "half-even", "half-up", "cut" };

    for (int i = ROUND_HALF_EVEN; i <= ROUND_CUT; i++) {
        if (!text_equal(value, text_of(words[i])))
            continue;
        f->rounding = (enum rounding)i;
        return FAULT_NONE;
    }
    return refuse(r, "round is \"%.*s\"; wanted: half-even, half-up or cut", SHOWN(value));
}

static enum fault
read_date(struct map_reading *r, struct map_field *f, struct text value)
{
    struct text pattern;
    bool more;

    do {
        more = map_text_cut(&value, ",", &pattern);
        pattern = map_text_unquote(pattern);
        if (!pattern_is_good(pattern))
            return refuse(r,
                          "\"%.*s\" is no pattern of a date; wanted: such as yyyymm, yyyy-mm-dd, "
                          "yyyy/m/d, d.m.yyyy, yyyy年m月, yyyyQq, yyyy",
                          SHOWN(pattern));
        if (f->pattern_count == MAP_PATTERNS_MOST)
            return refuse(r, "more than %d patterns", MAP_PATTERNS_MOST);
        f->patterns[f->pattern_count++] = pattern;
    } while (more);
    return FAULT_NONE;
}

static enum fault
read_span(struct map_reading *r, struct map_field *f, struct text value)
{
    static const char *const words[] = { "as-written", "month", "quarter", "year", "year-to-date" };

    for (int i = SPAN_AS_WRITTEN; i <= SPAN_YEAR_TO_DATE; i++) {
        if (!text_equal(value, text_of(words[i])))
            continue;
        f->span = (enum span)i;
        return FAULT_NONE;
    }
    return refuse(r, "span is \"%.*s\"; wanted: month, quarter, year or year-to-date",
                  SHOWN(value));
}

static enum fault
read_split(struct map_reading *r, struct map_field *f, struct text value)
{
    f->split = map_text_unquote(value);
    if (f->split.length == 0)
        return refuse(r, "split wants what stands between the items, such as ;");
    return FAULT_NONE;
}

static const struct {
    const char *name;
    enum fault (*read)(struct map_reading *r, struct map_field *f, struct text value);
} options[] = {
    { "column", read_field_column }, { "path", read_field_column },   { "name_of", read_name_of },
    { "without", read_without },     { "empty", read_empty },         { "codes", read_codes },
    { "factor", read_factor },       { "thousands", read_thousands }, { "decimal", read_decimal },
    { "round", read_round },         { "date", read_date },           { "span", read_span },
    { "split", read_split },
};
enum { OPTIONS = sizeof options / sizeof options[0] };

int
option_find(struct text name)
{
    for (int i = 0; i < OPTIONS; i++)
        if (text_equal(name, text_of(options[i].name)))
            return i;
    return -1;
}

enum fault
option_read(struct map_reading *r, struct map_field *f, int option, struct text value)
{
    return options[option].read(r, f, value);
}
