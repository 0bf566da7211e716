/* record_settle(): is the whole draft a valid record?
 *
 * The fields have been judged one by one.  Here is what needs more than one of
 * them: what is missing, what must be there together, what the type of record
 * wants.  The first field in the order of field.def that is not good names the
 * refusal; the order of the calls below is that order (tests/oracle.py,
 * read()), so no call may be moved. */
#include "record/draft.h"
#include "record/field.h"
#include "record/record_refuse.h"

static const struct text absent = { NULL, 0 };

/* Given, and refused by its own rules. */
static bool
is_bad(const struct draft *d, enum field field)
{
    return draft_has(d, field) && d->state[field] != FAULT_NONE;
}

/* The bits of a field's state that settle_fields() would refuse it for: all
 * where it is needed, all but FIELD_ABSENT where it may be left out, none where
 * its type has no such field.  `type` itself is known: the draft has it. */
_Static_assert(FAULT_COUNT <= FIELD_ABSENT, "a fault has the bit of FIELD_ABSENT");
enum {
    T = 1 << RECORD_TRADE,
    A = 1 << RECORD_AGREEMENT,
    OPTIONAL = 0xFF ^ FIELD_ABSENT,
    NEEDED = 0xFF
};
static const uint8_t wrong_bits[RECORD_TYPE_COUNT][FIELD_ROOM] = {
#define FIELD(id, name, types, need, ...) FIELD_##id != FIELD_TYPE && ((types) & T) ? (need) : 0,
    {
#include "record/field.def"
    },
#undef FIELD
#define FIELD(id, name, types, need, ...) FIELD_##id != FIELD_TYPE && ((types) & A) ? (need) : 0,
    {
#include "record/field.def"
    },
#undef FIELD
};

/* Is every field good, by itself?  Nearly always: so it is seen at a few looks. */
static bool
all_are_good(const struct draft *d)
{
    uint64_t wrong = 0, states, bits;

    for (size_t i = 0; i < FIELD_ROOM; i += sizeof states) {
        memcpy(&states, d->state + i, sizeof states);
        memcpy(&bits, wrong_bits[d->type] + i, sizeof bits);
        wrong |= states & bits;
    }
    return wrong == 0;
}

/* The first field from `first` to `last` that is bad, or missing where it is
 * needed, is the refusal: they stand in field.def in the order of judging.
 * Nobody looks when all_are_good(). */
static enum fault
settle_fields(const struct draft *d, enum field first, enum field last, struct why *why)
{
    for (enum field field = first; field <= last; field++) {
        uint8_t state = d->state[field];

        if (state == FAULT_NONE || (state == FIELD_ABSENT && !field_rules[field].is_needed) ||
            !field_of_type(field, d->type))
            continue;
        return refuse_field(d, field, field_refusal(field), why);
    }
    return FAULT_NONE;
}

/* An amount and what it is counted in: both or neither, and a whole number of
 * 10^-digits. */
static enum fault
settle_amount(const struct draft *d, enum field amount, enum field measured_in, int digits,
              struct decimal value, int64_t *out, struct why *why)
{
    const char *name = field_name(amount);

    if (draft_has(d, amount) && !draft_has(d, measured_in))
        return why_field(why, field_refusal(measured_in), field_name(measured_in),
                         "%s is missing beside %s; wanted: both or neither",
                         field_name(measured_in), name);
    if (!draft_has(d, amount) && draft_has(d, measured_in))
        return why_field(why, field_refusal(amount), name,
                         "%s is missing beside %s; wanted: both or neither", name,
                         field_name(measured_in));
    if (!draft_has(d, amount))
        return FAULT_NONE;
    if (d->state[amount] != FAULT_NONE)
        return refuse_field(d, amount, field_refusal(amount), why);
    if (decimal_to_amount(value, digits, out))
        return FAULT_NONE;
    return refuse_amount(amount, digits, value, why);
}

/* The currency first: it says how many digits behind the point the value may
 * have. */
static enum fault
settle_money(const struct draft *d, struct record *out, struct why *why)
{
    bool given = draft_has(d, FIELD_CURRENCY);

    if (is_bad(d, FIELD_CURRENCY))
        return refuse_field(d, FIELD_CURRENCY, BAD_CURRENCY, why);
    out->currency = given ? d->currency : -1;
    out->minor = 0;
    return settle_amount(d, FIELD_VALUE, FIELD_CURRENCY, given ? currency_digits(d->currency) : 0,
                         d->value, &out->minor, why);
}

static enum fault
settle_quantity(const struct draft *d, struct record *out, struct why *why)
{
    if (is_bad(d, FIELD_UNIT))
        return refuse_field(d, FIELD_UNIT, BAD_UNIT, why);
    out->unit = draft_has(d, FIELD_UNIT) ? d->unit : absent;
    out->milli = 0;
    return settle_amount(d, FIELD_QUANTITY, FIELD_UNIT, QUANTITY_DIGITS, d->quantity, &out->milli,
                         why);
}

/* ---- times ---------------------------------------------------------------- */

/* A TRANSACTION happened at one instant; its day is the one in China then. */
static enum fault
settle_transaction_time(const struct draft *d, struct record *out, struct why *why)
{
    int64_t day;

    if (d->state[FIELD_OCCURRED_AT] != FAULT_NONE)
        return refuse_field(d, FIELD_OCCURRED_AT, BAD_TIME, why);
    for (enum field field = FIELD_PERIOD_START; field <= FIELD_PERIOD_END; field++)
        if (draft_has(d, field))
            return why_field(why, BAD_TIME, field_name(field),
                             "%s is there; wanted: a TRANSACTION has occurred_at alone",
                             field_name(field));
    day = instant_china_day(d->occurred_at_ms);
    if (!day_is_valid(day))
        return why_field(why, BAD_TIME, "occurred_at",
                         "occurred_at is on no day in China from 1970-01-01 to 9999-12-31");
    out->at_ms = d->occurred_at_ms;
    out->from = 0;
    out->day = (int32_t)day;
    return FAULT_NONE;
}

/* A STATISTIC is about whole days, first and last inclusive, in one calendar
 * year: a series-year holds all figures that may contradict each other. */
static enum fault
settle_period(const struct draft *d, struct record *out, struct why *why)
{
    if (draft_has(d, FIELD_OCCURRED_AT))
        return why_field(why, BAD_PERIOD, "occurred_at",
                         "occurred_at is there; wanted: a STATISTIC has period_start and "
                         "period_end alone");
    for (enum field field = FIELD_PERIOD_START; field <= FIELD_PERIOD_END; field++)
        if (d->state[field] != FAULT_NONE)
            return refuse_field(d, field, BAD_PERIOD, why);
    if (!day_is_valid(d->period_start))
        return why_field(why, BAD_PERIOD, "period_start", "period_start is before 1970-01-01");
    if (d->period_start > d->period_end)
        return why_field(why, BAD_PERIOD, "period_end", "period_end is before period_start");
    if (day_to_date(d->period_start).year != day_to_date(d->period_end).year)
        return why_field(why, BAD_PERIOD, "period_end",
                         "period_end is in another year than period_start; wanted: a period "
                         "within one calendar year");
    out->at_ms = 0;
    out->from = d->period_start;
    /* A period's day is its last: the windows hold it from then on. */
    out->day = d->period_end;
    return FAULT_NONE;
}

/* Which times there must be depends on the basis; the other ones must not be
 * there. */
static enum fault
settle_times(const struct draft *d, struct record *out, struct why *why)
{
    static const uint8_t fields[] = { FIELD_OCCURRED_AT, FIELD_PERIOD_START, FIELD_PERIOD_END };

    /* What is no text at all comes before what the basis wants; what is
     * malformed comes after. */
    for (size_t i = 0; i < sizeof fields; i++)
        if (d->state[fields[i]] == BAD_FIELD || d->state[fields[i]] == BAD_TEXT)
            return refuse_field(d, (enum field)fields[i], BAD_TIME, why);
    if (d->basis == BASIS_TRANSACTION)
        return settle_transaction_time(d, out, why);
    return settle_period(d, out, why);
}

/* ---- the two types -------------------------------------------------------- */

/* A trade event, between the head and the tail that both types have. */
static enum fault
settle_trade(const struct draft *d, bool looks, struct record *out, struct why *why)
{
    bool narrow;
    enum fault fault = looks ? settle_fields(d, FIELD_BASIS, FIELD_SCOPE, why) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    out->status = draft_has(d, FIELD_STATUS) ? d->status : TRADE_ACTIVE;
    out->basis = d->basis;
    out->province = d->province;
    out->partner = d->partner;
    out->flow = d->flow;
    out->kind = -1;
    out->province_area = draft_has(d, FIELD_PROVINCE_AREA) ? d->province_area : absent;
    out->partner_area = draft_has(d, FIELD_PARTNER_AREA) ? d->partner_area : absent;
    out->commodity = draft_has(d, FIELD_COMMODITY) ? d->commodity : absent;
    /* A figure about a commodity or an area is part of another figure.  Taken
     * as a whole it would be counted twice. */
    narrow = d->basis == BASIS_STATISTIC &&
             (draft_has(d, FIELD_COMMODITY) || draft_has(d, FIELD_PROVINCE_AREA) ||
              draft_has(d, FIELD_PARTNER_AREA));
    out->scope = draft_has(d, FIELD_SCOPE) ? d->scope : narrow ? SCOPE_PART : SCOPE_WHOLE;
    if (narrow && out->scope != SCOPE_PART)
        return why_field(why, BAD_SCOPE, "scope",
                         "scope is \"WHOLE\" beside a commodity or an area; wanted: PART, or left "
                         "out: a statistic of one commodity or area is a part of the whole flow");
    /* The lists of an agreement are empty in a trade event; `out` may hold
     * another record. */
    out->province_count = 0;
    out->partner_count = 0;
    out->areas.count = 0;
    out->parties.count = 0;
    out->sectors.count = 0;
    if ((fault = settle_money(d, out, why)) != FAULT_NONE ||
        (fault = settle_quantity(d, out, why)) != FAULT_NONE)
        return fault;
    if (!draft_has(d, FIELD_VALUE) && !draft_has(d, FIELD_QUANTITY))
        return why_field(why, BAD_VALUE, "value",
                         "value and quantity are missing; wanted: one of them, or both");
    return settle_times(d, out, why);
}

/* A list that was not given is empty, whatever the draft still holds. */
static void
copy_list(const struct draft *d, enum field field, const struct item_list *from,
          struct item_list *to)
{
    to->count = draft_has(d, field) ? from->count : 0;
    memcpy(to->items, from->items, to->count * sizeof to->items[0]);
}

/* The items are sorted by code already, so the rows are, too.  They are found
 * once more, since a draft's list keeps texts alone. */
static void
settle_places(const struct draft *d, struct record *out)
{
    out->province_count = d->provinces.count;
    for (size_t i = 0; i < d->provinces.count; i++)
        out->provinces[i] = (int16_t)province_find(d->provinces.items[i]);
    out->partner_count = d->partners.count;
    for (size_t i = 0; i < d->partners.count; i++)
        out->partners[i] = (int16_t)partner_find(d->partners.items[i]);
    copy_list(d, FIELD_AREAS, &d->areas, &out->areas);
    copy_list(d, FIELD_PARTIES, &d->parties, &out->parties);
    copy_list(d, FIELD_SECTORS, &d->sectors, &out->sectors);
}

/* An agreement: its fields, its places, its money, its day, and how far it
 * spreads. */
static enum fault
settle_agreement(const struct draft *d, bool looks, struct record *out, struct why *why)
{
    int cells;
    enum fault fault = looks ? settle_fields(d, FIELD_KIND, FIELD_SECTORS, why) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    out->status = draft_has(d, FIELD_STATUS) ? d->status : AGREEMENT_SIGNED;
    out->kind = d->kind;
    /* What an agreement hasn't got is absent, so that ranks can compare any two
     * records. */
    out->basis = out->scope = out->flow = -1;
    out->province = out->partner = -1;
    out->province_area = out->partner_area = out->commodity = out->unit = absent;
    out->milli = 0;
    out->at_ms = 0;
    out->from = 0;
    settle_places(d, out);
    if ((fault = settle_money(d, out, why)) != FAULT_NONE ||
        (looks && (fault = settle_fields(d, FIELD_SIGNED_ON, FIELD_SIGNED_ON, why)) != FAULT_NONE))
        return fault;
    if (!day_is_valid(d->signed_on))
        return why_field(why, BAD_TIME, "signed_on", "signed_on is before 1970-01-01");
    out->day = d->signed_on;
    /* At most 35 x 64 x 129, so an int holds it. */
    cells = out->province_count * out->partner_count * (1 + out->areas.count + out->sectors.count);
    if (cells > CELLS_MOST)
        return why_field(why, TOO_LARGE, "provinces",
                         "provinces x partners x (1 + areas + sectors) is %d; wanted: at most %d",
                         cells, CELLS_MOST);
    return FAULT_NONE;
}

/* ---- the whole ------------------------------------------------------------ */

/* The fields that both types have, in front. */
static enum fault
settle_head(const struct draft *d, bool looks, struct record *out, struct why *why)
{
    enum fault fault = looks ? settle_fields(d, FIELD_ID, FIELD_STATUS, why) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    out->type = d->type;
    out->draft = d;
    out->offset = 0;
    out->id_derived_wanted = !draft_has(d, FIELD_ID);
    out->id = draft_has(d, FIELD_ID) ? d->id : absent;
    out->grade = draft_has(d, FIELD_GRADE) ? d->grade : GRADE_PRESS;
    out->bound = draft_has(d, FIELD_BOUND) ? d->bound : BOUND_EXACT;
    /* Without a version the time of publishing orders what one source says;
     * before 1970 it would be negative, so it is 0. */
    out->version = 0;
    if (draft_has(d, FIELD_VERSION))
        out->version = d->version;
    else if (draft_has(d, FIELD_PUBLISHED_AT) && d->published_at_ms > 0)
        out->version = d->published_at_ms;
    return FAULT_NONE;
}

/* The texts that are carried and never computed with. */
static enum fault
settle_tail(const struct draft *d, bool looks, struct why *why)
{
    enum fault fault = looks ? settle_fields(d, FIELD_TITLE, FIELD_SOURCE, why) : FAULT_NONE;

    if (fault != FAULT_NONE)
        return fault;
    if (d->source_name_state != FAULT_NONE && d->source_name_state != FIELD_ABSENT)
        return refuse_source_text("source.name", d->source_name, SOURCE_NAME_LENGTH,
                                  (enum fault)d->source_name_state, why);
    if (d->source_url_state != FAULT_NONE && d->source_url_state != FIELD_ABSENT)
        return refuse_source_text("source.url", d->source_url, SOURCE_URL_LENGTH,
                                  (enum fault)d->source_url_state, why);
    if (looks)
        fault = settle_fields(d, FIELD_ATTRIBUTES, (enum field)(FIELD_COUNT - 1), why);
    if (fault == FAULT_NONE && d->attributes_fault != FAULT_NONE)
        return refuse_attribute(d, why);
    return fault;
}

enum fault
record_settle(const struct draft *d, struct record *out, struct why *why)
{
    enum fault fault;
    bool looks;

    if (d->whole_fault != FAULT_NONE)
        return refuse_whole(d, why);
    looks = !all_are_good(d);
    fault = settle_head(d, looks, out, why);
    if (fault == FAULT_NONE)
        fault = d->type == RECORD_TRADE ? settle_trade(d, looks, out, why)
                                        : settle_agreement(d, looks, out, why);
    return fault == FAULT_NONE ? settle_tail(d, looks, why) : fault;
}
