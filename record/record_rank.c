/* Which of two records about the same thing stands (oracle: rank()).
 *
 * Grade first, then version, then content, field by field.  Content is in it so
 * that the order is total: two records that differ in anything that counts
 * never rank equal, so no order of arrival can change which one stands.
 *
 * Each comparison is < 0, 0, > 0; what is absent stands below what isn't. */
#include "base/order.h"
#include "record/record.h"

/* By bytes; an absent text below all others. */
static int
compare_texts(struct text a, struct text b)
{
    if (a.at == NULL || b.at == NULL)
        return (a.at != NULL) - (b.at != NULL);
    return text_compare(a, b);
}

/* Symbols and rows are compared by their texts and not by their numbers: the
 * oracle compares texts, and row numbers change when a table grows. */
static struct text
symbol_of(const struct record *r, enum field field, int code)
{
    size_t count;
    const char *const *symbols = field_symbols(field, r->type, &count);

    return text_of(code < 0 ? NULL : symbols[code]);
}

static struct text
row_of(int row, const char *(*code)(int))
{
    return text_of(row < 0 ? NULL : code(row));
}

static int
compare_symbols(const struct record *a, const struct record *b, enum field field, int code_a,
                int code_b)
{
    /* The common case needs no look at the texts. */
    if (code_a == code_b && a->type == b->type)
        return 0;
    return compare_texts(symbol_of(a, field, code_a), symbol_of(b, field, code_b));
}

static int
compare_rows(int a, int b, const char *(*code)(int))
{
    return a == b ? 0 : compare_texts(row_of(a, code), row_of(b, code));
}

/* Whatever its type calls it. */
static bool
is_retracted(const struct record *r)
{
    if (r->type == RECORD_TRADE)
        return r->status == TRADE_RETRACTED;
    return r->status == AGREEMENT_RETRACTED;
}

/* Lists are compared as their items joined by commas.  No item is empty and a
 * comma sorts below every character of one, so item by item is the same. */
static int
compare_row_lists(const int16_t *a, size_t count_a, const int16_t *b, size_t count_b,
                  const char *(*code)(int))
{
    int order = 0;

    for (size_t i = 0; order == 0 && i < count_a && i < count_b; i++)
        order = compare_rows(a[i], b[i], code);
    return order != 0 ? order : order_of((int64_t)count_a, (int64_t)count_b);
}

static int
compare_lists(const struct item_list *a, const struct item_list *b)
{
    int order = 0;

    for (size_t i = 0; order == 0 && i < a->count && i < b->count; i++)
        order = text_compare(a->items[i], b->items[i]);
    return order != 0 ? order : order_of(a->count, b->count);
}

/* An amount is there with what it is counted in: that was compared before. */
static int
compare_content(const struct record *a, const struct record *b)
{
    int order;

    /* A retracted one stands above what it retracts when all before is equal. */
    if ((order = is_retracted(a) - is_retracted(b)) != 0 ||
        (order = compare_symbols(a, b, FIELD_STATUS, a->status, b->status)) != 0 ||
        (order = compare_rows(a->province, b->province, scope_code)) != 0 ||
        (order = compare_texts(a->province_area, b->province_area)) != 0 ||
        (order = compare_rows(a->partner, b->partner, partner_code)) != 0 ||
        (order = compare_texts(a->partner_area, b->partner_area)) != 0 ||
        (order = compare_symbols(a, b, FIELD_FLOW, a->flow, b->flow)) != 0 ||
        (order = compare_symbols(a, b, FIELD_SCOPE, a->scope, b->scope)) != 0 ||
        (order = compare_texts(a->commodity, b->commodity)) != 0 ||
        (order = compare_rows(a->currency, b->currency, currency_code)) != 0 ||
        (order = order_of(a->minor, b->minor)) != 0 ||
        (order = compare_texts(a->unit, b->unit)) != 0 ||
        (order = order_of(a->milli, b->milli)) != 0 ||
        (order = compare_symbols(a, b, FIELD_KIND, a->kind, b->kind)) != 0 ||
        (order = order_of(a->day, b->day)) != 0 || (order = order_of(a->bound, b->bound)) != 0)
        return order;
    if ((order = compare_row_lists(a->provinces, a->province_count, b->provinces, b->province_count,
                                   scope_code)) != 0 ||
        (order = compare_row_lists(a->partners, a->partner_count, b->partners, b->partner_count,
                                   partner_code)) != 0 ||
        (order = compare_lists(&a->areas, &b->areas)) != 0)
        return order;
    return compare_lists(&a->sectors, &b->sectors);
}

int
record_rank_compare(const struct record *a, const struct record *b)
{
    int order = order_of(a->grade, b->grade);

    if (order == 0)
        order = order_of(a->version, b->version);
    return order != 0 ? order : compare_content(a, b);
}
