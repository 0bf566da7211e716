/* A deal or an agreement that two sources of equal authority tell differently.
 *
 * The ledger keeps the one that stands, and of those of its grade and version the
 * one furthest from it (ledger/entry.h, TO). */
#include "lookup/doubt.h"

static int
list_differs(const struct item_list *a, const struct item_list *b)
{
    bool differs = a->count != b->count;

    for (int i = 0; i < a->count && !differs; i++)
        differs = !text_equal(a->items[i], b->items[i]);
    return differs;
}

static bool
rows_differ(const int16_t *a, uint16_t a_count, const int16_t *b, uint16_t b_count)
{
    return a_count != b_count || memcmp(a, b, a_count * sizeof *a) != 0;
}

/* What people ask for first comes first. */
static enum field
field_of_trade(const struct record *a, const struct record *b)
{
    const struct {
        bool differs;
        enum field field;
    } checks[] = {
        { a->status != b->status, FIELD_STATUS },
        { a->currency != b->currency, FIELD_CURRENCY },
        { a->currency >= 0 && a->minor != b->minor, FIELD_VALUE },
        { !text_equal(a->unit, b->unit), FIELD_UNIT },
        { a->unit.at != NULL && a->milli != b->milli, FIELD_QUANTITY },
        { a->flow != b->flow, FIELD_FLOW },
        { a->province != b->province, FIELD_PROVINCE },
        { a->partner != b->partner, FIELD_PARTNER },
        { a->day != b->day, FIELD_OCCURRED_AT },
        { !text_equal(a->province_area, b->province_area), FIELD_PROVINCE_AREA },
        { !text_equal(a->partner_area, b->partner_area), FIELD_PARTNER_AREA },
        { !text_equal(a->commodity, b->commodity), FIELD_COMMODITY },
        { a->scope != b->scope, FIELD_SCOPE },
        { true, FIELD_BOUND },
    };
    int i = 0;

    while (!checks[i].differs)
        i++;
    return checks[i].field;
}

static enum field
field_of_agreement(const struct record *a, const struct record *b)
{
    if (a->status != b->status)
        return FIELD_STATUS;
    if (a->currency != b->currency)
        return FIELD_CURRENCY;
    if (a->currency >= 0 && a->minor != b->minor)
        return FIELD_VALUE;
    if (a->kind != b->kind)
        return FIELD_KIND;
    if (a->day != b->day)
        return FIELD_SIGNED_ON;
    if (rows_differ(a->provinces, a->province_count, b->provinces, b->province_count))
        return FIELD_PROVINCES;
    if (rows_differ(a->partners, a->partner_count, b->partners, b->partner_count))
        return FIELD_PARTNERS;
    if (list_differs(&a->areas, &b->areas))
        return FIELD_AREAS;
    return list_differs(&a->sectors, &b->sectors) ? FIELD_SECTORS : FIELD_BOUND;
}

/* Of an agreement of several provinces or partners the first ones are named. */
static struct spoken
speak_record(const struct record *r, bool is_quantity)
{
    bool is_trade = r->type == RECORD_TRADE;
    struct spoken s = { .family = is_trade ? FAMILY_DEALS : FAMILY_AGREEMENTS,
                        .flow = is_trade ? r->flow : 0,
                        .bound = r->bound,
                        .start = r->day,
                        .end = r->day + 1 };

    if (is_trade)
        s.of = subject_of(r);
    else
        s.of = (struct subject){ .province = r->provinces[0],
                                 .partner = r->partners[0],
                                 .year = (int16_t)day_to_date(r->day).year };
    s.has_amount = is_quantity ? r->unit.at != NULL : r->currency >= 0;
    if (is_quantity && s.has_amount) {
        s.what = measure_make(0, MEASURE_QUANTITY, measure_pack_unit(r->unit));
        s.amount = r->milli;
    } else if (s.has_amount) {
        s.what = measure_make(0, MEASURE_MONEY, (uint32_t)r->currency);
        s.amount = r->minor;
    }
    return s;
}

static bool
counts(const struct record *r)
{
    if (r->type == RECORD_TRADE)
        return r->status == TRADE_ACTIVE;
    return r->status == AGREEMENT_SIGNED || r->status == AGREEMENT_IN_FORCE ||
           r->status == AGREEMENT_COMPLETED;
}

/* Items borrow from the entry: both are unpacked at once. */
bool
doubt_fact(const uint8_t *entry, size_t size, struct doubt_list *out)
{
    struct record stands = { .type = RECORD_TYPE_COUNT }, other = { .type = RECORD_TYPE_COUNT };
    size_t bytes;

    for (size_t i = 0; i < size; i += bytes) {
        uint16_t mask = 0;
        bytes = item_bytes(entry + i, size - i);
        if (bytes == 0)
            return false;
        bool is_standing = (item_mask(entry + i) & entry_role(SLOT_VALUE, ROLE_STANDS)) != 0;
        if (!item_unpack(entry + i, bytes, is_standing ? &stands : &other, &mask))
            return false;
    }
    if (stands.type == RECORD_TYPE_COUNT)
        return false;
    /* Nobody says something else, or what stands counts nowhere. */
    if (other.type != stands.type || !counts(&stands))
        return true;
    enum field differs = stands.type == RECORD_TRADE ? field_of_trade(&stands, &other)
                                                     : field_of_agreement(&stands, &other);
    bool is_quantity = differs == FIELD_QUANTITY || differs == FIELD_UNIT ||
                       (stands.type == RECORD_TRADE && stands.currency < 0);
    struct doubt d = { .kind = DOUBT_UNDECIDED,
                       .differs = differs,
                       .figure = speak_record(&stands, is_quantity),
                       .against = speak_record(&other, is_quantity) };
    if (d.figure.has_amount && d.against.has_amount && d.figure.what == d.against.what) {
        wide_t by = (wide_t)d.figure.amount - d.against.amount;
        d.by = by < 0 ? -by : by;
        d.weight = doubt_weight(by, d.figure.amount);
    }
    doubt_list_put(out, &d);
    return true;
}
