#include "core/record.h"
#include "core/record_refuse.h"

/* A field in the order of judging, and whether it may not be missing. */
struct step {
    uint8_t field;
    bool required;
};
#define STEPS(steps) (steps), sizeof(steps) / sizeof((steps)[0])

static const struct step common_head[] = {
    { FIELD_ID, false },    { FIELD_PUBLISHED_AT, false }, { FIELD_VERSION, false },
    { FIELD_GRADE, false }, { FIELD_BOUND, false },
};
static const struct step trade_head[] = {
    { FIELD_STATUS, false },        { FIELD_BASIS, true },      { FIELD_PROVINCE, true },
    { FIELD_PROVINCE_AREA, false }, { FIELD_PARTNER, true },    { FIELD_PARTNER_AREA, false },
    { FIELD_FLOW, true },           { FIELD_COMMODITY, false }, { FIELD_SCOPE, false },
};
static const struct step agreement_head[] = {
    { FIELD_STATUS, false },  { FIELD_KIND, true },   { FIELD_PROVINCES, true },
    { FIELD_PARTNERS, true }, { FIELD_AREAS, false }, { FIELD_PARTIES, false },
    { FIELD_SECTORS, false },
};
static const struct step signed_on[] = { { FIELD_SIGNED_ON, true } };
static const struct step common_tail[] = {
    { FIELD_TITLE, false },
    { FIELD_GROWTH, false },
    { FIELD_SOURCE, false },
};

static const struct text absent = { NULL, 0 };

static bool
is_given(const struct draft *d, enum field field)
{
    return d->state[field] != FIELD_ABSENT;
}

static bool
is_bad(const struct draft *d, enum field field)
{
    return d->state[field] != FAULT_NONE && d->state[field] != FIELD_ABSENT;
}

/* The first step that fails is the refusal. */
static enum fault
settle_steps(const struct draft *d, const struct step *steps, size_t count, struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        enum field field = (enum field)steps[i].field;
        uint8_t state = d->state[field];

        if (state == FAULT_NONE || (state == FIELD_ABSENT && !steps[i].required))
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

    if (is_given(d, amount) && !is_given(d, measured_in))
        return why_field(why, field_refusal(measured_in), field_name(measured_in),
                         "%s is missing beside %s; wanted: both or neither",
                         field_name(measured_in), name);
    if (!is_given(d, amount) && is_given(d, measured_in))
        return why_field(why, field_refusal(amount), name,
                         "%s is missing beside %s; wanted: both or neither", name,
                         field_name(measured_in));
    if (!is_given(d, amount))
        return FAULT_NONE;
    if (d->state[amount] != FAULT_NONE)
        return refuse_field(d, amount, field_refusal(amount), why);
    if (decimal_to_amount(value, digits, out))
        return FAULT_NONE;
    return refuse_amount(amount, digits, value, why);
}

static enum fault
settle_money(const struct draft *d, struct record *out, struct why *why)
{
    bool given = is_given(d, FIELD_CURRENCY);

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
    out->unit = is_given(d, FIELD_UNIT) ? d->unit : absent;
    out->milli = 0;
    return settle_amount(d, FIELD_QUANTITY, FIELD_UNIT, QUANTITY_DIGITS, d->quantity, &out->milli,
                         why);
}

/* ---- times ---------------------------------------------------------------- */

static enum fault
settle_transaction_time(const struct draft *d, struct record *out, struct why *why)
{
    int64_t day;

    if (d->state[FIELD_OCCURRED_AT] != FAULT_NONE)
        return refuse_field(d, FIELD_OCCURRED_AT, BAD_TIME, why);
    for (enum field field = FIELD_PERIOD_START; field <= FIELD_PERIOD_END; field++)
        if (is_given(d, field))
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

static enum fault
settle_period(const struct draft *d, struct record *out, struct why *why)
{
    if (is_given(d, FIELD_OCCURRED_AT))
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
    out->day = d->period_end;
    return FAULT_NONE;
}

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

static enum fault
settle_trade(const struct draft *d, struct record *out, struct why *why)
{
    bool narrow;
    enum fault fault = settle_steps(d, STEPS(trade_head), why);

    if (fault != FAULT_NONE)
        return fault;
    out->status = is_given(d, FIELD_STATUS) ? d->status : TRADE_ACTIVE;
    out->basis = d->basis;
    out->province = d->province;
    out->partner = d->partner;
    out->flow = d->flow;
    out->kind = -1;
    out->province_area = is_given(d, FIELD_PROVINCE_AREA) ? d->province_area : absent;
    out->partner_area = is_given(d, FIELD_PARTNER_AREA) ? d->partner_area : absent;
    out->commodity = is_given(d, FIELD_COMMODITY) ? d->commodity : absent;
    narrow = d->basis == BASIS_STATISTIC &&
             (is_given(d, FIELD_COMMODITY) || is_given(d, FIELD_PROVINCE_AREA) ||
              is_given(d, FIELD_PARTNER_AREA));
    out->scope = is_given(d, FIELD_SCOPE) ? d->scope : narrow ? SCOPE_PART : SCOPE_WHOLE;
    out->province_count = 0;
    out->partner_count = 0;
    out->areas.count = 0;
    out->parties.count = 0;
    out->sectors.count = 0;
    if ((fault = settle_money(d, out, why)) != FAULT_NONE ||
        (fault = settle_quantity(d, out, why)) != FAULT_NONE)
        return fault;
    if (!is_given(d, FIELD_VALUE) && !is_given(d, FIELD_QUANTITY))
        return why_field(why, BAD_VALUE, "value",
                         "value and quantity are missing; wanted: one of them, or both");
    return settle_times(d, out, why);
}

static void
copy_list(const struct draft *d, enum field field, const struct item_list *from,
          struct item_list *to)
{
    to->count = is_given(d, field) ? from->count : 0;
    memcpy(to->items, from->items, to->count * sizeof to->items[0]);
}

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

static enum fault
settle_agreement(const struct draft *d, struct record *out, struct why *why)
{
    int cells;
    enum fault fault = settle_steps(d, STEPS(agreement_head), why);

    if (fault != FAULT_NONE)
        return fault;
    out->status = is_given(d, FIELD_STATUS) ? d->status : AGREEMENT_SIGNED;
    out->kind = d->kind;
    out->basis = out->scope = out->flow = -1;
    out->province = out->partner = -1;
    out->province_area = out->partner_area = out->commodity = out->unit = absent;
    out->milli = 0;
    out->at_ms = 0;
    out->from = 0;
    settle_places(d, out);
    if ((fault = settle_money(d, out, why)) != FAULT_NONE ||
        (fault = settle_steps(d, STEPS(signed_on), why)) != FAULT_NONE)
        return fault;
    if (!day_is_valid(d->signed_on))
        return why_field(why, BAD_TIME, "signed_on", "signed_on is before 1970-01-01");
    out->day = d->signed_on;
    cells = out->province_count * out->partner_count * (1 + out->areas.count + out->sectors.count);
    if (cells > CELLS_MOST)
        return why_field(why, TOO_LARGE, "provinces",
                         "provinces x partners x (1 + areas + sectors) is %d; wanted: at most %d",
                         cells, CELLS_MOST);
    return FAULT_NONE;
}

/* ---- the whole ------------------------------------------------------------ */

static enum fault
settle_head(const struct draft *d, struct record *out, struct why *why)
{
    enum fault fault = settle_steps(d, STEPS(common_head), why);

    if (fault != FAULT_NONE)
        return fault;
    out->type = d->type;
    out->draft = d;
    out->id_derived_wanted = !is_given(d, FIELD_ID);
    out->id = is_given(d, FIELD_ID) ? d->id : absent;
    out->grade = is_given(d, FIELD_GRADE) ? d->grade : GRADE_PRESS;
    out->bound = is_given(d, FIELD_BOUND) ? d->bound : BOUND_EXACT;
    out->version = 0;
    if (is_given(d, FIELD_VERSION))
        out->version = d->version;
    else if (is_given(d, FIELD_PUBLISHED_AT) && d->published_at_ms > 0)
        out->version = d->published_at_ms;
    return FAULT_NONE;
}

static enum fault
settle_tail(const struct draft *d, struct why *why)
{
    static const struct step attributes = { FIELD_ATTRIBUTES, false };
    enum fault fault = settle_steps(d, STEPS(common_tail), why);

    if (fault != FAULT_NONE)
        return fault;
    if (d->source_name_state != FAULT_NONE && d->source_name_state != FIELD_ABSENT)
        return refuse_source_text("source.name", d->source_name, SOURCE_NAME_LENGTH,
                                  (enum fault)d->source_name_state, why);
    if (d->source_url_state != FAULT_NONE && d->source_url_state != FIELD_ABSENT)
        return refuse_source_text("source.url", d->source_url, SOURCE_URL_LENGTH,
                                  (enum fault)d->source_url_state, why);
    fault = settle_steps(d, &attributes, 1, why);
    if (fault == FAULT_NONE && d->attributes_fault != FAULT_NONE)
        return refuse_attribute(d, why);
    return fault;
}

enum fault
record_settle(const struct draft *d, struct record *out, struct why *why)
{
    enum fault fault;

    if (d->whole_fault != FAULT_NONE)
        return refuse_whole(d, why);
    fault = settle_head(d, out, why);
    if (fault == FAULT_NONE)
        fault = d->type == RECORD_TRADE ? settle_trade(d, out, why) : settle_agreement(d, out, why);
    return fault == FAULT_NONE ? settle_tail(d, why) : fault;
}
