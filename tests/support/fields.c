/* The tables of docs/scrapers.md, printed from the table of fields: first of trade
 * events, then of agreements. */
#include "record/field.h"

static void
print_symbols(enum field field, enum record_type type)
{
    size_t count;
    const char *const *symbols = field_symbols(field, type, &count);

    for (size_t i = 0; i < count; i++)
        printf("%s`%s`", i == 0 ? "" : ", ", symbols[i]);
}

static void
print_field(enum field field, enum record_type type)
{
    const struct field_rule *rule = &field_rules[field];

    printf("| `%s` | %s | ", rule->name.at, rule->is_needed ? "required" : "");
    if (rule->form == FORM_SYMBOL)
        print_symbols(field, type);
    else if (rule->wanted != NULL)
        printf("%s", rule->wanted);
    if (rule->meaning[0] != '\0')
        printf("%s%s", rule->wanted != NULL || rule->form == FORM_SYMBOL ? "; " : "",
               rule->meaning);
    printf(" |\n");
}

static void
print_type(enum record_type type)
{
    printf("| field | | what to write |\n|---|---|---|\n");
    for (int needed = 1; needed >= 0; needed--)
        for (enum field field = FIELD_TYPE; field < FIELD_COUNT; field++)
            if (field_of_type(field, type) && field_rules[field].is_needed == (needed == 1))
                print_field(field, type);
}

int
main(void)
{
    print_type(RECORD_TRADE);
    printf("\n");
    print_type(RECORD_AGREEMENT);
    return 0;
}
