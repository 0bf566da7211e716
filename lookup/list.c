/* tally-lookup list provinces|partners|measures|currencies|units|windows
 *
 * The rows of codes.h, as a table for people or as one document; Redis is not asked. */
#include "lookup/codes.h"
#include "lookup/table.h"

#include <stdlib.h>

/* The columns behind code, English and Chinese; "" ends them. */
static const char *const more_columns[CODES_COUNT][3] = {
    [CODES_PROVINCES] = { "number", "" },
    [CODES_PARTNERS] = { "alpha-3", "number", "" },
    [CODES_MEASURES] = { "unit", "" },
    [CODES_CURRENCIES] = { "digits", "" },
    [CODES_UNITS] = { "" },
    [CODES_WINDOWS] = { "" },
};

static void
put_row(struct table *table, enum codes list, const struct code_row *row)
{
    char digits[12];

    table_put(table, text_of(row->code));
    table_put(table, text_of(row->english));
    table_put(table, text_of(row->chinese));
    if (list == CODES_PARTNERS)
        table_put(table, text_of(row->alpha3));
    if (list == CODES_PROVINCES || list == CODES_PARTNERS)
        table_put(table, text_of(row->number));
    if (list == CODES_MEASURES)
        table_put(table, text_of(row->unit));
    if (list == CODES_CURRENCIES) {
        (void)snprintf(digits, sizeof digits, "%d", row->digits);
        table_put(table, text_of(digits));
    }
}

static enum fault
show(const struct lookup *lookup, enum codes list, struct why *why)
{
    struct table_column columns[6] = { { "code", false }, { "English", false }, { "中文", false } };
    struct code_row row;
    size_t count = 3;

    for (size_t i = 0; more_columns[list][i][0] != '\0'; i++)
        columns[count++] = (struct table_column){ more_columns[list][i], false };
    struct table *table = table_new(columns, count);
    for (size_t i = 0; codes_row(list, i, lookup, &row); i++)
        put_row(table, list, &row);
    return table_end(table, lookup->out, why);
}

enum fault
lookup_list(const struct lookup *lookup, const char *const *operands, int count,
            enum verdict *verdict, struct why *why)
{
    enum codes list;
    struct bytes b = { 0 };

    (void)count;
    *verdict = VERDICT_DONE;
    if (!codes_read(text_of(operands[0]), &list))
        return why_set(why, FAULT_OPTION,
                       "%.64s: no such list; provinces, partners, measures, currencies, units or "
                       "windows",
                       operands[0]);
    if (!lookup->as_json)
        return show(lookup, list, why);
    codes_json(list, lookup, &b);
    bytes_char(&b, '\n');
    bool failed = b.failed;
    if (!failed)
        (void)fwrite(b.at, 1, b.length, lookup->out);
    free(b.at);
    return failed ? why_set(why, FAULT_NO_MEMORY, "no memory for the list") : FAULT_NONE;
}
