/* The table of fields as the code has it, and names of fields and symbols.
 *
 * field.def is read here into field_rules.  A column of it, such as IS_TEXT(id,
 * pattern_is_id), is a macro below that becomes a few members of the row: the
 * form, where in struct draft the value lies, and how it is judged.  So a new
 * field is a line of field.def and a member of the draft, and no reader
 * changes. */
#include "record/field.h"

#include "record/draft.h"
#include "record/pattern.h"
#include "record/unit.h"

#include <stddef.h>

/* ---- what a value must be, where it is not a pattern ------------------------------- */

static bool
is_province(struct text t)
{
    return province_find(t) >= 0;
}

static bool
is_partner(struct text t)
{
    return partner_find(t) >= 0;
}

static bool
is_item(struct text t)
{
    return draft_is_plain(t, ITEM_LENGTH);
}

static bool
is_free(struct text t)
{
    return draft_is_plain(t, TEXT_LENGTH);
}

/* ---- the table --------------------------------------------------------------------- */

/* Short, since field.def uses them on each line. */
enum { T = 1 << RECORD_TRADE, A = 1 << RECORD_AGREEMENT };
enum { OPTIONAL = false, NEEDED = true };

#define AT(name) .member = offsetof(struct draft, name)
#define IS(name) .form = FORM_##name
#define IS_TEXT(name, check) IS(TEXT), AT(name), .is_good = (check)
#define IS_SYMBOL(name) IS(SYMBOL), AT(name)
#define IS_ROW(name, find, code) IS(ROW), AT(name), .row_of = (find), .code_of = (code)
#define IS_DECIMAL(name) IS(DECIMAL), AT(name)
#define IS_INTEGER(name) IS(INTEGER), AT(name)
#define IS_INSTANT(name) IS(INSTANT), AT(name)
#define IS_DAY(name) IS(DAY), AT(name)
#define IS_LIST(name, check, few, many)                                                            \
    IS(LIST), AT(name), .is_good = (check), .least = (few), .most = (many)

const char *const record_type_names[RECORD_TYPE_COUNT] = { "trade", "agreement" };

const struct field_rule field_rules[FIELD_COUNT] = {
#define FIELD(id, text, ofs, need, bad, value, wants, means)                                       \
    { .name = { text, sizeof(text) - 1 },                                                          \
      .types = (ofs),                                                                              \
      .is_needed = (need),                                                                         \
      .refusal = (bad),                                                                            \
      value,                                                                                       \
      .wanted = (wants),                                                                           \
      .meaning = (means) },
#include "record/field.def"
#undef FIELD
};

const char *
field_name(enum field field)
{
    return field_rules[field].name.at;
}

bool
field_of_type(enum field field, enum record_type type)
{
    return (field_rules[field].types & 1 << type) != 0;
}

enum { NAME_MOST = 13, SAME_LENGTH_MOST = 8 };

/* The fields by the length of their names, as every member of every line is
 * looked up.  Unused places say FIELD_TYPE, which its own length tells apart. */
static const uint8_t of_length[NAME_MOST + 1][SAME_LENGTH_MOST] = {
    [2] = { FIELD_ID },
    [4] = { FIELD_FLOW, FIELD_UNIT, FIELD_KIND, FIELD_TYPE },
    [5] = { FIELD_VALUE, FIELD_BASIS, FIELD_TITLE, FIELD_GRADE, FIELD_BOUND, FIELD_SCOPE,
            FIELD_AREAS },
    [6] = { FIELD_SOURCE, FIELD_STATUS, FIELD_GROWTH },
    [7] = { FIELD_PARTNER, FIELD_VERSION, FIELD_PARTIES, FIELD_SECTORS },
    [8] = { FIELD_PROVINCE, FIELD_CURRENCY, FIELD_QUANTITY, FIELD_PARTNERS },
    [9] = { FIELD_COMMODITY, FIELD_PROVINCES, FIELD_SIGNED_ON },
    [10] = { FIELD_PERIOD_END, FIELD_ATTRIBUTES },
    [11] = { FIELD_OCCURRED_AT },
    [12] = { FIELD_PUBLISHED_AT, FIELD_PERIOD_START, FIELD_PARTNER_AREA, FIELD_RETRIEVED_AT },
    [13] = { FIELD_PROVINCE_AREA },
};

int
field_find(struct text name)
{
    if (name.length == 0 || name.length > NAME_MOST)
        return -1;
    for (int i = 0; i < SAME_LENGTH_MOST; i++) {
        uint8_t field = of_length[name.length][i];
        /* The first letter decides mostly, without a call of memcmp(). */
        if (field_rules[field].name.at[0] == name.at[0] &&
            text_equal(field_rules[field].name, name))
            return field;
    }
    return -1;
}

enum fault
field_refusal(enum field field)
{
    return (enum fault)field_rules[field].refusal;
}

#define SYMBOL(group, name) #name,
static const char *const grades[] = { GRADES(SYMBOL) };
static const char *const bounds[] = { BOUNDS(SYMBOL) };
static const char *const trade_statuses[] = { TRADE_STATUSES(SYMBOL) };
static const char *const agreement_statuses[] = { AGREEMENT_STATUSES(SYMBOL) };
static const char *const bases[] = { BASES(SYMBOL) };
static const char *const portions[] = { PORTIONS(SYMBOL) };
static const char *const flows[] = { FLOWS(SYMBOL) };
static const char *const kinds[] = { KINDS(SYMBOL) };
#undef SYMBOL

struct symbol_list {
    const char *const *names;
    size_t count;
};

/* status depends on the type of the record and is told apart below. */
static const struct symbol_list lists[FIELD_COUNT] = {
    [FIELD_GRADE] = { grades, GRADE_COUNT },
    [FIELD_BOUND] = { bounds, BOUND_COUNT },
    [FIELD_STATUS] = { trade_statuses, TRADE_STATUS_COUNT },
    [FIELD_BASIS] = { bases, BASIS_COUNT },
    [FIELD_SCOPE] = { portions, SCOPE_PORTION_COUNT },
    [FIELD_FLOW] = { flows, FLOW_COUNT },
    [FIELD_KIND] = { kinds, KIND_COUNT },
};

const char *const *
field_symbols(enum field field, enum record_type type, size_t *count)
{
    if (field == FIELD_STATUS && type == RECORD_AGREEMENT) {
        *count = AGREEMENT_STATUS_COUNT;
        return agreement_statuses;
    }
    *count = lists[field].count;
    return lists[field].names;
}

const char *
symbol_name(enum field field, enum record_type type, int code)
{
    size_t count;

    return field_symbols(field, type, &count)[code];
}

int
symbol_find(enum field field, enum record_type type, struct text symbol)
{
    size_t count;
    const char *const *symbols = field_symbols(field, type, &count);

    /* No list has more than a dozen symbols. */
    for (size_t i = 0; i < count; i++)
        if (text_equal(text_of(symbols[i]), symbol))
            return (int)i;
    return -1;
}
