/* Does what the lines of a map say belong together, before any row is read?
 *
 * Constants are judged as a record's fields are, so that a wrong one is told once
 * and not once a row. */
#include "ingest/map_inside.h"

#include "record/field.h"
#include "record/hint.h"

#include <stdlib.h>

enum { ATTRIBUTES_PREFIX = sizeof "attributes." - 1 };

#define SHOWN(t) text_shown(t), (t).at
#define refuse(map, line, why, ...)                                                                \
    map_locate((map), (line), (why), why_set((why), FAULT_OPTION, __VA_ARGS__))

static const struct map_field *
find_target(const struct map *map, int target)
{
    for (int i = 0; i < map->field_count; i++)
        if (map->fields[i].target == target)
            return &map->fields[i];
    return NULL;
}

static enum field_form
form_of(const struct map_field *f)
{
    if (f->target == TARGET_PERIOD)
        return FORM_DAY;
    return f->target < FIELD_COUNT ? (enum field_form)field_rules[f->target].form : FORM_TEXT;
}

/* The last line of a map stands for what is not there at all. */
static enum fault
refuse_missing(const struct map *map, struct why *why, const char *what)
{
    (void)why_set(why, FAULT_OPTION, "%s: %s", map->name, what);
    return FAULT_OPTION;
}

/* ---- the file ----------------------------------------------------------------------- */

static enum fault
judge_file(const struct map *map, struct why *why)
{
    if (map->format == MAP_CSV && map->path_count > 0)
        return refuse_missing(map, why, "rows is for JSON; wanted: format = json, or no rows");
    if (map->never_count > 0 && (map->format == MAP_JSON || map->header == 0))
        return refuse_missing(map, why, "never needs a header: it is about columns of CSV");
    for (int i = 0; i < map->column_count && map->header == 0 && map->format == MAP_CSV; i++) {
        const struct map_column *c = &map->columns[i];
        int64_t number = text_number(c->names[0]);

        if (c->name_count > 1 || number < 1 || number > 1024)
            return refuse(map, c->line, why,
                          "without a header a column is a number from 1, not \"%.*s\"",
                          SHOWN(c->names[0]));
    }
    return FAULT_NONE;
}

/* ---- constants ---------------------------------------------------------------------- */

/* A hint, or what the table says is wanted. */
static enum fault
refuse_constant(const struct map *map, const struct map_field *f, struct text constant,
                struct why *why)
{
    enum field field = (enum field)f->target;
    char hint[HINT_BYTES], symbols[160];
    struct text_buffer list = { .at = symbols, .size = sizeof symbols - 1 };
    const char *wanted = field_rules[field].wanted;
    size_t count;
    const char *const *names = field_symbols(field, map->type, &count);

    for (size_t i = 0; i < count; i++)
        text_print(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    symbols[list.length] = '\0';
    if (hint_of(field, map->type, constant, hint))
        wanted = hint;
    else if (wanted == NULL)
        wanted = symbols;
    return refuse(map, f->line, why, "%.*s is \"%.*s\"; wanted: %s", SHOWN(f->name),
                  SHOWN(constant), wanted);
}

static enum fault
judge_constant(const struct map *map, const struct map_field *f, struct text constant,
               struct draft *d, struct why *why)
{
    enum field_form form = form_of(f);
    bool good = true;

    if (f->target >= FIELD_COUNT || f->target == FIELD_TYPE || form == FORM_LIST)
        return FAULT_NONE;
    if (form == FORM_INTEGER) {
        int64_t n;
        good = text_integer(constant, &n) && n >= 0 && n <= INT64_C(1) << 53;
    } else {
        draft_text(d, (enum field)f->target, constant);
        good = d->state[f->target] == FAULT_NONE;
    }
    return good ? FAULT_NONE : refuse_constant(map, f, constant, why);
}

/* ---- fields ------------------------------------------------------------------------- */

/* What only some fields may have. */
static enum fault
judge_options(const struct map *map, const struct map_field *f, struct why *why)
{
    enum field_form form = form_of(f);
    bool is_amount = form == FORM_DECIMAL, is_list = form == FORM_LIST;
    bool is_time = form == FORM_DAY || form == FORM_INSTANT;
    const char *wrong = NULL;

    if ((f->has_number || f->rounding != ROUND_NOT) && !is_amount)
        wrong = "factor, thousands, decimal and round are for value and quantity";
    else if ((f->pattern_count > 0 || f->span != SPAN_AS_WRITTEN) && !is_time)
        wrong = "date and span are for days, periods and times";
    else if (f->span != SPAN_AS_WRITTEN && f->pattern_count == 0)
        wrong = "span needs date: the pattern of what stands in the column";
    else if (f->split.length > 0 && !is_list)
        wrong = "split is for lists: provinces, partners, areas, parties, sectors";
    else if (f->codes.is_set && (is_amount || is_time))
        wrong = "codes are for names and codes, not for amounts and times";
    else if (f->named_after_text.length > 0 && f->column >= 0)
        wrong = "it has both column and name_of; wanted: one of them";
    else if (f->number.thousands.length > 0 && f->number.thousands.at[0] == f->number.point)
        wrong = "thousands and decimal are the same";
    if (wrong == NULL)
        return FAULT_NONE;
    return refuse(map, f->line, why, "%.*s: %s", SHOWN(f->name), wrong);
}

static enum fault
judge_field(const struct map *map, const struct map_field *f, struct draft *d, struct why *why)
{
    bool has_source = f->column >= 0 || f->named_after_text.length > 0;
    bool is_trade_alone = f->target == TARGET_PERIOD;
    bool is_of_type = f->target >= FIELD_COUNT ? !is_trade_alone || map->type == RECORD_TRADE
                                               : field_of_type((enum field)f->target, map->type);

    if (!is_of_type)
        return refuse(map, f->line, why, "no %s has the field %.*s",
                      map->type == RECORD_TRADE ? "trade event" : "agreement", SHOWN(f->name));
    if (f->target == FIELD_TYPE && (has_source || f->codes.is_set))
        return refuse(map, f->line, why, "type is a constant: type = trade, or type = agreement");
    if (f->constant.length > 0 && has_source)
        return refuse(map, f->line, why, "%.*s is both a constant and from a column",
                      SHOWN(f->name));
    if (f->constant.length == 0 && !has_source)
        return refuse(map, f->line, why,
                      "%.*s has options, and no column or constant; wanted: "
                      "%.*s.column = NAME, or %.*s = TEXT",
                      SHOWN(f->name), SHOWN(f->name), SHOWN(f->name));
    if (f->target == TARGET_PERIOD && f->constant.length > 0)
        return refuse(map, f->line, why,
                      "period comes from a column; constants are period_start "
                      "and period_end");
    if (f->target == TARGET_PERIOD && f->pattern_count == 0)
        return refuse(map, f->line, why,
                      "period needs date: how the column writes it, such as "
                      "period.date = yyyymm");
    if (f->target == TARGET_ATTRIBUTE && f->name.length - ATTRIBUTES_PREFIX > ATTRIBUTE_NAME_LENGTH)
        return refuse(map, f->line, why, "attributes have names of 1 to %d bytes",
                      ATTRIBUTE_NAME_LENGTH);
    if (text_equal(f->name, TEXT_LITERAL("attributes.rounded.value")) ||
        text_equal(f->name, TEXT_LITERAL("attributes.rounded.quantity")))
        return refuse(map, f->line, why,
                      "rounded.value and rounded.quantity are the map's own "
                      "attributes");
    if (f->target == TARGET_PERIOD && f->may_lack)
        return refuse(map, f->line, why, "period can't be without a column");
    if (f->constant.length > 0)
        return judge_constant(map, f, f->constant, d, why);
    if (f->without.length > 0) {
        enum fault fault = judge_constant(map, f, f->without, d, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return judge_options(map, f, why);
}

/* The field whose column's name is the text of another one. */
static enum fault
find_named(struct map *map, struct map_field *f, struct why *why)
{
    for (int i = 0; i < map->field_count; i++)
        if (text_equal(map->fields[i].name, f->named_after_text) && map->fields[i].column >= 0)
            f->named_after = i;
    if (f->named_after < 0)
        return refuse(map, f->line, why, "name_of is \"%.*s\"; wanted: a field that has a column",
                      SHOWN(f->named_after_text));
    return FAULT_NONE;
}

static enum fault
judge_fields(struct map *map, struct why *why)
{
    struct draft *d = malloc(sizeof *d);
    enum fault fault = FAULT_NONE;

    if (d == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a map");
    draft_reset(d, map->type);
    for (int i = 0; i < map->field_count && fault == FAULT_NONE; i++) {
        struct map_field *f = &map->fields[i];

        fault = judge_field(map, f, d, why);
        if (fault == FAULT_NONE && f->named_after_text.length > 0)
            fault = find_named(map, f, why);
    }
    free(d);
    return fault;
}

/* ---- the record --------------------------------------------------------------------- */

static enum fault
judge_type(struct map *map, struct why *why)
{
    const struct map_field *f = find_target(map, FIELD_TYPE);

    if (f == NULL || f->constant.length == 0)
        return refuse_missing(map, why,
                              "type is missing; wanted: type = trade, or type = agreement");
    map->type =
        text_equal(f->constant, TEXT_LITERAL("agreement")) ? RECORD_AGREEMENT : RECORD_TRADE;
    if (map->type == RECORD_TRADE && !text_equal(f->constant, TEXT_LITERAL("trade")))
        return refuse(map, f->line, why, "type is \"%.*s\"; wanted: trade or agreement",
                      SHOWN(f->constant));
    return FAULT_NONE;
}

/* What no row could be a record without. */
static enum fault
judge_whole(const struct map *map, struct why *why)
{
    const struct map_field *basis = find_target(map, FIELD_BASIS);
    const struct map_field *period = find_target(map, TARGET_PERIOD);
    bool has_period = period != NULL;
    bool has_days =
        find_target(map, FIELD_PERIOD_START) != NULL && find_target(map, FIELD_PERIOD_END) != NULL;
    bool is_statistic = basis != NULL && text_equal(basis->constant, TEXT_LITERAL("STATISTIC"));

    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!field_rules[i].is_needed || !field_of_type((enum field)i, map->type) ||
            find_target(map, i) != NULL)
            continue;
        return why_set(why, FAULT_OPTION,
                       "%s: %s is missing, and no record can be without; wanted: %s = TEXT, or "
                       "%s.column = NAME%s",
                       map->name, field_name((enum field)i), field_name((enum field)i),
                       field_name((enum field)i),
                       i == FIELD_FLOW ? "; if the file has none, it can be set behind the map's "
                                         "name: --map NAME,flow=EXPORT"
                                       : "");
    }
    if (period != NULL && (find_target(map, FIELD_PERIOD_START) != NULL ||
                           find_target(map, FIELD_PERIOD_END) != NULL))
        return refuse(map, period->line, why,
                      "period is both days, so period_start and period_end can't be there, too");
    if (is_statistic && !has_period && !has_days)
        return refuse_missing(map, why,
                              "a STATISTIC has a period; wanted: period.column and "
                              "period.date, or period_start and period_end");
    if (map->type == RECORD_TRADE && find_target(map, FIELD_VALUE) == NULL &&
        find_target(map, FIELD_QUANTITY) == NULL)
        return refuse_missing(map, why, "a record needs a value or a quantity");
    if ((find_target(map, FIELD_VALUE) != NULL) != (find_target(map, FIELD_CURRENCY) != NULL))
        return refuse_missing(map, why, "value and currency go together");
    if ((find_target(map, FIELD_QUANTITY) != NULL) != (find_target(map, FIELD_UNIT) != NULL))
        return refuse_missing(map, why, "quantity and unit go together");
    return FAULT_NONE;
}

enum fault
map_judge(struct map *map, struct why *why)
{
    enum fault fault = judge_file(map, why);
    if (fault == FAULT_NONE)
        fault = judge_type(map, why);
    if (fault == FAULT_NONE)
        fault = judge_fields(map, why);
    return fault == FAULT_NONE ? judge_whole(map, why) : fault;
}
