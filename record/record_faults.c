/* All faults of a record: judge it, mend what was refused, judge it again.
 *
 * The idea: the rules stand in record_settle() alone, so a second set of them can't disagree.  A
 * field is mended to whatever offends least: nobody ever counts the record. */
#include "record/record_faults.h"

#include "record/draft.h"
#include "record/field.h"

enum { ROUNDS_MOST = 2 * FIELD_COUNT }; /* each mends a field; a few are mended twice */

static bool
is_good(const struct draft *d, enum field field)
{
    return d->state[field] == FAULT_NONE;
}

/* A value that no rule of the field itself minds. */
static void
make_good(struct draft *d, enum field field)
{
    void *value = field_in(d, field);

    d->state[field] = FAULT_NONE;
    switch ((enum field_form)field_rules[field].form) {
    case FORM_TEXT:
        *(struct text *)value = TEXT_LITERAL("");
        break;
    case FORM_SYMBOL:
        *(int8_t *)value = 0;
        break;
    case FORM_ROW:
        *(int16_t *)value = 0;
        break;
    case FORM_DECIMAL:
        *(struct decimal *)value = (struct decimal){ 0, 0 };
        break;
    case FORM_INTEGER:
    case FORM_INSTANT:
        *(int64_t *)value = 0;
        break;
    case FORM_DAY:
        *(int32_t *)value = 0;
        break;
    case FORM_LIST:
        ((struct item_list *)value)->count = 0;
        break;
    case FORM_ATTRIBUTES:
        d->attributes_fault = FAULT_NONE;
        break;
    case FORM_TYPE:
    case FORM_SOURCE:
        break;
    }
}

/* Which times there must be is told by the basis: without one, by the times that there are. */
static void
mend_basis(struct draft *d)
{
    bool has_period = draft_has(d, FIELD_PERIOD_START) || draft_has(d, FIELD_PERIOD_END);

    make_good(d, FIELD_BASIS);
    if (has_period && !draft_has(d, FIELD_OCCURRED_AT)) {
        d->basis = BASIS_STATISTIC;
        return;
    }
    d->basis = BASIS_TRANSACTION;
    if (!draft_has(d, FIELD_OCCURRED_AT))
        make_good(d, FIELD_OCCURRED_AT);
    d->state[FIELD_PERIOD_START] = d->state[FIELD_PERIOD_END] = FIELD_ABSENT;
}

/* A first or last day becomes the other one, which fits; a time of the other basis goes. */
static void
mend_time(struct draft *d, enum field field)
{
    enum field other = field == FIELD_PERIOD_START ? FIELD_PERIOD_END : FIELD_PERIOD_START;
    bool has_basis = is_good(d, FIELD_BASIS), is_instant = field == FIELD_OCCURRED_AT;
    bool is_no_text = d->state[field] == BAD_FIELD || d->state[field] == BAD_TEXT;

    /* What is no text is told as that first, and then as what should not be there. */
    if (has_basis && is_instant != (d->basis == BASIS_TRANSACTION) && !is_no_text) {
        d->state[field] = FIELD_ABSENT;
        return;
    }
    make_good(d, field);
    if (is_instant || !is_good(d, other))
        return;
    if (!day_is_valid(*(const int32_t *)field_of(d, other)))
        make_good(d, other);
    *(int32_t *)field_in(d, field) = *(const int32_t *)field_of(d, other);
}

/* Without its currency nobody knows which digits a value may have. */
static void
mend_currency(struct draft *d)
{
    make_good(d, FIELD_CURRENCY);
    if (is_good(d, FIELD_VALUE))
        make_good(d, FIELD_VALUE);
}

/* An amount needs what it is counted in. */
static void
mend_amount(struct draft *d, enum field amount, enum field measured_in)
{
    make_good(d, amount);
    if (!draft_has(d, measured_in))
        make_good(d, measured_in);
}

static void
mend_field(struct draft *d, enum field field)
{
    if (field == FIELD_BASIS)
        mend_basis(d);
    else if (field == FIELD_OCCURRED_AT || field == FIELD_PERIOD_START || field == FIELD_PERIOD_END)
        mend_time(d, field);
    else if (field == FIELD_CURRENCY)
        mend_currency(d);
    else if (field == FIELD_VALUE)
        mend_amount(d, FIELD_VALUE, FIELD_CURRENCY);
    else if (field == FIELD_QUANTITY)
        mend_amount(d, FIELD_QUANTITY, FIELD_UNIT);
    else
        make_good(d, field);
    if (field == FIELD_SCOPE)
        d->scope = SCOPE_PART;
}

void
record_excuse(struct draft *d, enum field field)
{
    if (!draft_has(d, field))
        mend_field(d, field);
}

/* False: nothing more can be said of the record. */
static bool
mend(struct draft *d, const char *name)
{
    int field = field_find(text_of(name));

    if (strcmp(name, "source.name") == 0)
        d->source_name_state = FIELD_ABSENT;
    else if (strcmp(name, "source.url") == 0)
        d->source_url_state = FIELD_ABSENT;
    else if (field < 0 || d->whole_fault != FAULT_NONE)
        return false;
    else
        mend_field(d, (enum field)field);
    return true;
}

void
record_faults(struct draft *d, fault_hearer *hear, void *self)
{
    for (int i = 0; i < ROUNDS_MOST; i++) {
        struct record record;
        struct why why = { 0 };
        enum fault fault = record_settle(d, &record, &why);

        if (fault == FAULT_NONE)
            return;
        hear(self, fault, &why);
        if (!mend(d, why.field))
            return;
    }
}
