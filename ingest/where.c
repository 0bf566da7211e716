/* Conditions, by the table of fields. */
#include "ingest/where.h"

#include "record/field.h"
#include "record/hint.h"

/* ---- reading ------------------------------------------------------------------------ */

/* Has any type of record such a value in this field? */
static bool
is_possible(enum field field, struct text value)
{
    const struct field_rule *rule = &field_rules[field];
    struct draft draft;

    if (rule->form == FORM_TYPE)
        return text_equal(value, TEXT_LITERAL("trade")) ||
               text_equal(value, TEXT_LITERAL("agreement"));
    if (rule->form == FORM_SOURCE)
        return value.length > 0;
    if (rule->form == FORM_LIST)
        return rule->is_good(value);
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        if (!field_of_type(field, (enum record_type)type))
            continue;
        draft_reset(&draft, (enum record_type)type);
        draft_text(&draft, field, value);
        if (draft.state[field] == FAULT_NONE)
            return true;
    }
    return false;
}

static enum fault
refuse_value(enum field field, struct text value, struct why *why)
{
    enum record_type type = field_of_type(field, RECORD_TRADE) ? RECORD_TRADE : RECORD_AGREEMENT;
    const char *wanted = field_rules[field].wanted;
    char hint[HINT_BYTES];

    if (hint_of(field, type, value, hint))
        return why_set(why, FAULT_OPTION, "--where %s=%.*s: no record has that; wanted: %s",
                       field_name(field), text_shown(value), value.at, hint);
    return why_set(why, FAULT_OPTION, "--where %s=%.*s: no record has that%s%s", field_name(field),
                   text_shown(value), value.at,
                   wanted == NULL ? "" : "; wanted: ", wanted == NULL ? "" : wanted);
}

static bool
can_be_asked_for(enum field_form form)
{
    return form == FORM_TYPE || form == FORM_TEXT || form == FORM_SYMBOL || form == FORM_ROW ||
           form == FORM_LIST || form == FORM_SOURCE;
}

static enum fault
read_condition(struct text part, struct where *out, struct why *why)
{
    const char *equal = memchr(part.at, '=', part.length);
    struct text name = { part.at, equal == NULL ? part.length : (size_t)(equal - part.at) };
    struct text value = { equal + 1, part.length - name.length - 1 };
    int field = field_find(name);

    if (equal == NULL)
        return why_set(why, FAULT_OPTION, "--where %.*s: want FIELD=VALUE, with commas between",
                       text_shown(part), part.at);
    if (field < 0 || !can_be_asked_for((enum field_form)field_rules[field].form))
        return why_set(why, FAULT_OPTION,
                       "--where %.*s: no field to ask for; there are province, partner, flow, "
                       "basis, kind, commodity, currency, grade, status, source, id, ...",
                       text_shown(name), name.at);
    if (!is_possible((enum field)field, value))
        return refuse_value((enum field)field, value, why);
    if (out->count == WHERE_MOST)
        return why_set(why, FAULT_OPTION, "--where: more than %d conditions", WHERE_MOST);
    out->at[out->count++] = (struct condition){ (enum field)field, value };
    return FAULT_NONE;
}

enum fault
where_read(const char *text, struct where *out, struct why *why)
{
    enum fault fault = FAULT_NONE;

    out->count = 0;
    while (text != NULL && fault == FAULT_NONE) {
        size_t length = strcspn(text, ",");

        fault = read_condition((struct text){ text, length }, out, why);
        text = text[length] == ',' ? text + length + 1 : NULL;
    }
    return fault;
}

/* ---- asking ------------------------------------------------------------------------- */

/* Of a settled record: also what is meant by what was left out.  -1: nothing. */
static int
symbol_of(const struct record *r, enum field field)
{
    switch ((int)field) {
    case FIELD_GRADE:
        return r->grade;
    case FIELD_BOUND:
        return r->bound;
    case FIELD_STATUS:
        return r->status;
    case FIELD_BASIS:
        return r->basis;
    case FIELD_SCOPE:
        return r->scope;
    case FIELD_FLOW:
        return r->flow;
    case FIELD_KIND:
        return r->kind;
    default:
        return -1;
    }
}

static bool
list_has(const struct item_list *list, struct text value)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], value))
            return true;
    return false;
}

/* An agreement has lists of what a trade event has one of. */
static enum field
field_in_type(enum field field, enum record_type type)
{
    if (type == RECORD_AGREEMENT && field == FIELD_PROVINCE)
        return FIELD_PROVINCES;
    if (type == RECORD_AGREEMENT && field == FIELD_PARTNER)
        return FIELD_PARTNERS;
    if (type == RECORD_TRADE && field == FIELD_PROVINCES)
        return FIELD_PROVINCE;
    return type == RECORD_TRADE && field == FIELD_PARTNERS ? FIELD_PARTNER : field;
}

static bool
agrees(const struct record *r, enum field field, struct text value)
{
    const struct draft *d = r->draft;
    const struct field_rule *rule;
    int symbol;

    field = field_in_type(field, r->type);
    rule = &field_rules[field];
    if (rule->form == FORM_TYPE)
        return text_equal(value, TEXT_LITERAL("trade")) == (r->type == RECORD_TRADE);
    if (!field_of_type(field, r->type))
        return false;
    if (rule->form == FORM_SYMBOL) {
        symbol = symbol_of(r, field);
        return symbol >= 0 && text_equal(text_of(symbol_name(field, r->type, symbol)), value);
    }
    if (field == FIELD_ID)
        return text_equal(r->id, value);
    if (d->state[field] != FAULT_NONE)
        return false;
    if (rule->form == FORM_SOURCE)
        return d->source_name_state == FAULT_NONE && text_equal(d->source_name, value);
    if (rule->form == FORM_LIST)
        return list_has(field_of(d, field), value);
    if (rule->form == FORM_ROW)
        return text_equal(text_of(rule->code_of(*(const int16_t *)field_of(d, field))), value);
    return text_equal(*(const struct text *)field_of(d, field), value);
}

bool
where_holds(const struct where *where, const struct record *record)
{
    for (size_t i = 0; i < where->count; i++) {
        enum field field = where->at[i].field;
        bool holds = false;

        for (size_t k = 0; k < where->count && !holds; k++)
            holds = where->at[k].field == field && agrees(record, field, where->at[k].value);
        if (!holds)
            return false;
    }
    return true;
}
