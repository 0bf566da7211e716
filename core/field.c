#include "core/record.h"

enum { T = 1 << RECORD_TRADE, A = 1 << RECORD_AGREEMENT };

struct field_row {
    struct text name;
    uint8_t types;
    uint8_t refusal;
};

static const struct field_row rows[FIELD_COUNT] = {
#define FIELD(id, name, types, refusal) { { name, sizeof(name) - 1 }, types, refusal },
#include "core/field.def"
#undef FIELD
};

const char *
field_name(enum field field)
{
    return rows[field].name.at;
}

bool
field_of_type(enum field field, enum record_type type)
{
    return (rows[field].types & 1 << type) != 0;
}

int
field_find(struct text name)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (text_equal(rows[i].name, name))
            return i;
    return -1;
}

enum fault
field_refusal(enum field field)
{
    return (enum fault)rows[field].refusal;
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

int
symbol_find(enum field field, enum record_type type, struct text symbol)
{
    size_t count;
    const char *const *symbols = field_symbols(field, type, &count);

    for (size_t i = 0; i < count; i++)
        if (text_equal(text_of(symbols[i]), symbol))
            return (int)i;
    return -1;
}
