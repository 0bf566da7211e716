/* What a series-year adds: amounts, counts and days, where, on which day and over
 * how many days. */
#include "ledger/reconcile.h"
#include "tests/unit/says.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

/* ---- statistics -------------------------------------------------------------------- */

enum { LINES = 16 };

/* Of LN with RU.  All parts spread but `days`, which are of the pair alone. */
static const struct {
    const char *name;
    struct says told[TOLD];
    const char *parts[LINES]; /* spread */
    const char *days[TOLD];
} series[] = {
    { "a figure with a value and a quantity is one event",
      { SAYS(0, 9, 50, 8) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "zero is told",
      { SAYS(0, 9, 0, NO) },
      { "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "an inexact one",
      { BOUNDED(ABOUT, 0, 0, 9, 50, 8) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.events 1 on 739 of 10", "export.inexact 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },

    { "derived, and its negative where the whole is held",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 20, NO) },
      { "export.CNY 20 on 734 of 5", "export.CNY 30 on 739 of 5",
        "export.derived.CNY 30 on 739 of 5", "export.derived.CNY -30 on 739 of 10!",
        "export.events 1 on 734 of 5", "export.events 1 on 739 of 10" },
      { "export.days.CNY 5 on 734 of 5", "export.days.CNY 5 on 739 of 5" } },
    { "derived of a quantity",
      { SAYS(0, 9, NO, 50), SAYS(5, 9, NO, 20) },
      { "export.qty.TNE 20 on 739 of 5", "export.qty.TNE 30 on 734 of 5",
        "export.derived.qty.TNE 30 on 734 of 5", "export.derived.qty.TNE -30 on 739 of 10!",
        "export.events 1 on 739 of 5", "export.events 1 on 739 of 10" },
      { "export.days.qty.TNE 5 on 739 of 5", "export.days.qty.TNE 5 on 734 of 5" } },
    { "unsplit is on the whole period",
      { SAYS(0, 9, 50, NO), SAYS(3, 6, 20, NO) },
      { "export.CNY 20 on 736 of 4", "export.CNY 30 on 739 of 10", "export.events 1 on 736 of 4",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 4 on 736 of 4", "export.days.CNY 6 on 739 of 10" } },
    { "adjusted, which is held whole and may be negative",
      { SAYS(0, 9, 1285, NO), SAYS(0, 4, 641, NO), SAYS(5, 9, 649, NO) },
      { "export.CNY 641 on 734 of 5", "export.CNY 649 on 739 of 5", "export.CNY -5 on 739 of 10!",
        "export.adjusted.CNY -5 on 739 of 10!", "export.events 1 on 734 of 5",
        "export.events 1 on 739 of 5", "export.events 1 on 739 of 10" },
      { "export.days.CNY 5 on 734 of 5", "export.days.CNY 5 on 739 of 5" } },
    { "adjusted, of a quantity",
      { SAYS(0, 9, NO, 1285), SAYS(0, 4, NO, 641), SAYS(5, 9, NO, 639) },
      { "export.qty.TNE 641 on 734 of 5", "export.qty.TNE 639 on 739 of 5",
        "export.qty.TNE 5 on 739 of 10!", "export.adjusted.qty.TNE 5 on 739 of 10!",
        "export.events 1 on 734 of 5", "export.events 1 on 739 of 5",
        "export.events 1 on 739 of 10" },
      { "export.days.qty.TNE 5 on 734 of 5", "export.days.qty.TNE 5 on 739 of 5" } },
    { "the days of an adjusted one are held whole, too",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 50, NO) },
      { "export.CNY 50 on 734 of 5", "export.events 1 on 734 of 5",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 5 on 734 of 5", "export.days.CNY 5 on 739 of 10!" } },
    { "one that only limits is an event and adds no amount",
      { BOUNDED(AT_LEAST, 0, 0, 9, 12, NO), SAYS(0, 4, 20, NO) },
      { "export.CNY 20 on 734 of 5", "export.events 1 on 734 of 5", "export.events 1 on 739 of 10",
        "export.inexact 1 on 739 of 10" },
      { "export.days.CNY 5 on 734 of 5" } },

    { "contradicted in no amount and no event",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 60, NO) },
      { "export.CNY 50 on 739 of 10", "export.contradicted 1 on 734 of 5",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "contradicted in both is contradicted once",
      { SAYS(0, 9, 50, 8), SAYS(0, 4, 60, 9) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.contradicted 1 on 734 of 5", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "a record that stands for its value and is contradicted for its quantity",
      { SAYS(0, 9, 50, 8), BOUNDED(AT_LEAST, 0, 0, 4, 20, 9) },
      { "export.CNY 20 on 734 of 5", "export.CNY 30 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.events 1 on 734 of 5", "export.inexact 1 on 734 of 5",
        "export.contradicted 1 on 734 of 5", "export.events 1 on 739 of 10" },
      { "export.days.CNY 5 on 734 of 5", "export.days.CNY 5 on 739 of 10",
        "export.days.qty.TNE 10 on 739 of 10" } },
    { "a record that stands for its quantity and is contradicted for its value",
      { SAYS(0, 9, 50, 9), SAYS(0, 4, 60, 5) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 5 on 734 of 5",
        "export.qty.TNE 4 on 739 of 5", "export.derived.qty.TNE 4 on 739 of 5",
        "export.derived.qty.TNE -4 on 739 of 10!", "export.events 1 on 734 of 5",
        "export.contradicted 1 on 734 of 5", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 5 on 734 of 5",
        "export.days.qty.TNE 5 on 739 of 5" } },
    { "the stronger grade contradicts the longer period",
      { SAYS(0, 9, 50, NO), GRADED(FINAL, 0, 4, 60, NO) },
      { "export.CNY 60 on 734 of 5", "export.contradicted 1 on 739 of 10",
        "export.events 1 on 734 of 5" },
      { "export.days.CNY 5 on 734 of 5" } },
    { "inexact for its value, and exact for its quantity",
      { SAYS(0, 9, NO, 190271), BOUNDED(ABOUT, 1, 0, 9, 50, 190000) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 190271 on 739 of 10",
        "export.events 1 on 739 of 10", "export.inexact 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "an inexact one that is contradicted is not inexact, too",
      { SAYS(0, 9, 50, NO), BOUNDED(ABOUT, 0, 0, 4, 60, NO) },
      { "export.CNY 50 on 739 of 10", "export.contradicted 1 on 734 of 5",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "covered in both is covered once",
      { SAYS(0, 9, 50, 8), SAYS(5, 12, 60, 9) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.covered 1 on 742 of 8", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "covered for its value, and told for its quantity",
      { SAYS(0, 9, 50, NO), SAYS(5, 12, 60, 9) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 9 on 742 of 8",
        "export.covered 1 on 742 of 8", "export.events 1 on 742 of 8",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 8 on 742 of 8" } },

    { "undecided: two of equal authority",
      { SAYS(0, 9, 100001, NO), SAYS(0, 9, 90001, NO) },
      { "export.CNY 100001 on 739 of 10", "export.events 1 on 739 of 10",
        "export.undecided 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "undecided in the one slot",
      { SAYS(0, 9, 50, 9), SAYS(0, 9, 50, 6) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 9 on 739 of 10",
        "export.events 1 on 739 of 10", "export.undecided 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "undecided in the other slot",
      { SAYS(0, 9, 50, 9), SAYS(0, 9, 45, 9) },
      { "export.CNY 50 on 739 of 10", "export.qty.TNE 9 on 739 of 10",
        "export.events 1 on 739 of 10", "export.undecided 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },
    { "merely vaguer, of equal authority",
      { SAYS(0, 9, 190271, NO), SAYS(0, 9, 190000, NO) },
      { "export.CNY 190271 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "merely vaguer, and it stands, since it is greater",
      { SAYS(0, 9, 189500, NO), SAYS(0, 9, 190000, NO) },
      { "export.CNY 189500 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "undecided, and contradicted by others: that alone is told",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 60, NO), SAYS(0, 4, 70, NO) },
      { "export.CNY 50 on 739 of 10", "export.contradicted 1 on 734 of 5",
        "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },

    { "the finer one is shown under a later vaguer one",
      { SAYS(0, 9, 190271, NO), LATER(1, 0, 9, 190000, NO) },
      { "export.CNY 190271 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "as an exact one, too",
      { SAYS(0, 9, 190271, NO), BOUNDED(AT_LEAST, 1, 0, 9, 190000, NO) },
      { "export.CNY 190271 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "not where the later one says something else",
      { SAYS(0, 9, 181001, NO), LATER(1, 0, 9, 190000, NO) },
      { "export.CNY 190000 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "nor where it says more than that",
      { SAYS(0, 9, 200001, NO), LATER(1, 0, 9, 190000, NO) },
      { "export.CNY 190000 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "not where it was retracted",
      { SAYS(0, 9, 190271, NO), RETRACTS(1, 0, 9, 190271), LATER(2, 0, 9, 190000, NO) },
      { "export.CNY 190000 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "nor where it is as old as the retraction",
      { LATER(1, 0, 9, 190271, NO), RETRACTS(1, 0, 9, 5), LATER(2, 0, 9, 190000, NO) },
      { "export.CNY 190000 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "but where it is newer than the retraction",
      { RETRACTS(1, 0, 9, 190271), LATER(2, 0, 9, 190271, NO), LATER(3, 0, 9, 190000, NO) },
      { "export.CNY 190271 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "a retracted figure is not there",
      { SAYS(0, 9, 50, NO), SAYS(0, 4, 20, NO), RETRACTS(1, 0, 4, 20) },
      { "export.CNY 50 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10" } },
    { "the value was retracted, and the quantity was not",
      { SAYS(0, 9, 50, 8), RETRACTS(1, 0, 9, 50) },
      { "export.qty.TNE 8 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.qty.TNE 10 on 739 of 10" } },
    { "a later one with the value alone stands beside the other's quantity",
      { SAYS(0, 9, 50, 8), LATER(1, 0, 9, 60, NO) },
      { "export.CNY 60 on 739 of 10", "export.qty.TNE 8 on 739 of 10",
        "export.events 1 on 739 of 10", "export.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10" } },

    { "exports and imports and what they come to",
      { SAYS(0, 9, 5, NO), IMPORTS(0, 9, 6, NO), TOTALS(0, 9, 11, NO) },
      { "export.CNY 5 on 739 of 10", "import.CNY 6 on 739 of 10", "total.CNY 11 on 739 of 10",
        "export.events 1 on 739 of 10", "import.events 1 on 739 of 10",
        "total.events 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "import.days.CNY 10 on 739 of 10",
        "total.days.CNY 10 on 739 of 10" } },
    { "mismatched: what they don't come to; it counts all the same",
      { SAYS(0, 9, 5, NO), IMPORTS(0, 9, 6, NO), TOTALS(0, 9, 12, NO) },
      { "export.CNY 5 on 739 of 10", "import.CNY 6 on 739 of 10", "total.CNY 12 on 739 of 10",
        "export.events 1 on 739 of 10", "import.events 1 on 739 of 10",
        "total.events 1 on 739 of 10", "total.mismatched 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "import.days.CNY 10 on 739 of 10",
        "total.days.CNY 10 on 739 of 10" } },
    { "mismatched in both is mismatched once",
      { SAYS(0, 9, 5, 5), TOTALS(0, 9, 4, 4) },
      { "export.CNY 5 on 739 of 10", "export.qty.TNE 5 on 739 of 10", "total.CNY 4 on 739 of 10",
        "total.qty.TNE 4 on 739 of 10", "export.events 1 on 739 of 10",
        "total.events 1 on 739 of 10", "total.mismatched 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10",
        "total.days.CNY 10 on 739 of 10", "total.days.qty.TNE 10 on 739 of 10" } },
    { "mismatched for its value alone",
      { SAYS(0, 9, 5, 4), TOTALS(0, 9, 4, 4) },
      { "export.CNY 5 on 739 of 10", "export.qty.TNE 4 on 739 of 10", "total.CNY 4 on 739 of 10",
        "total.qty.TNE 4 on 739 of 10", "export.events 1 on 739 of 10",
        "total.events 1 on 739 of 10", "total.mismatched 1 on 739 of 10" },
      { "export.days.CNY 10 on 739 of 10", "export.days.qty.TNE 10 on 739 of 10",
        "total.days.CNY 10 on 739 of 10", "total.days.qty.TNE 10 on 739 of 10" } },
    { "money is not held against tons",
      { SAYS(0, 9, NO, 50), TOTALS(0, 9, 4, NO) },
      { "export.qty.TNE 50 on 739 of 10", "total.CNY 4 on 739 of 10",
        "export.events 1 on 739 of 10", "total.events 1 on 739 of 10" },
      { "export.days.qty.TNE 10 on 739 of 10", "total.days.CNY 10 on 739 of 10" } },
    { "flows are reconciled by themselves",
      { SAYS(0, 9, 50, NO), IMPORTS(0, 4, 60, NO) },
      { "export.CNY 50 on 739 of 10", "import.CNY 60 on 734 of 5", "export.events 1 on 739 of 10",
        "import.events 1 on 734 of 5" },
      { "export.days.CNY 10 on 739 of 10", "import.days.CNY 5 on 734 of 5" } },
};

static int
put_lines(char lines[][PART_TEXT], int count, const char *pair, const char *const *from, int most)
{
    for (int i = 0; i < most && from[i] != NULL; i++)
        (void)snprintf(lines[count++], PART_TEXT, "%s %s", pair, from[i]);
    return count;
}

START_TEST(a_series_adds_steps_and_counts_each_record_once)
{
    char lines[LINES + TOLD][PART_TEXT];
    const char *want[LINES + TOLD];
    int count = put_lines(lines, 0, "CN-LN RU+", series[_i].parts, LINES);

    count = put_lines(lines, count, "CN-LN RU=", series[_i].days, TOLD);
    for (int i = 0; i < count; i++)
        want[i] = lines[i];
    expect(series[_i].name, entry, add_all(series[_i].told), want, (size_t)count);
}
END_TEST

/* ---- whose part it is -------------------------------------------------------------- */

/* A part knows the record that it comes from: an amount the one whose figure is
 * shown, a count the one that stands. */
static void
expect_its_record(void *self, const struct part *part)
{
    const size_t *size = self;
    enum measure_form form = measure_form(part->measure);
    struct record r;
    uint16_t mask;

    ck_assert_uint_lt(part->item, *size);
    ck_assert(item_unpack(entry + part->item, *size - part->item, &r, &mask));
    ck_assert_int_eq(r.flow, measure_family(part->measure));
    if (form >= MEASURE_EVENTS) {
        ck_assert_int_eq(part->how, STEP_STATED);
        ck_assert_int_ne(
            mask & (entry_role(SLOT_VALUE, ROLE_STANDS) | entry_role(SLOT_QUANTITY, ROLE_STANDS)),
            0);
        ck_assert_int_eq(r.day, part->day);
        ck_assert_int_eq(r.day + 1 - r.from, part->span);
        return;
    }
    ck_assert_int_eq(part->whole, part->how == STEP_ADJUSTED || part->amount < 0);
    /* All but derived ones are on the whole period of their record. */
    if (part->how != STEP_DERIVED) {
        ck_assert_int_eq(r.day, part->day);
        ck_assert_int_eq(r.day + 1 - r.from, part->span);
    }
    if (part->how == STEP_STATED && (form == MEASURE_MONEY || form == MEASURE_QUANTITY))
        ck_assert_int_eq(part->amount, form == MEASURE_MONEY ? r.minor : r.milli);
    if (form == MEASURE_DERIVED_MONEY || form == MEASURE_DERIVED_QUANTITY)
        ck_assert_int_eq(part->how, STEP_DERIVED);
    if (form == MEASURE_ADJUSTED_MONEY || form == MEASURE_ADJUSTED_QUANTITY)
        ck_assert_int_eq(part->how, STEP_ADJUSTED);
}

START_TEST(a_part_knows_the_record_that_it_comes_from)
{
    size_t size = add_all(series[_i].told);

    ck_assert(entry_parts(entry, size, expect_its_record, &size));
}
END_TEST

START_TEST(currencies_and_units_are_reconciled_by_themselves)
{
    struct record r = trade(BASIS_STATISTIC);
    size_t size = add(entry, 0, &r);

    r.currency = CURRENCY_USD;
    r.minor = 7;
    size = add(entry, size, &r);
    r.from--;
    r.minor = 9;
    size = add(entry, size, &r);
    EXPECT(entry, size, "CN-LN RU+ export.CNY 5 on 730 of 1",
           "CN-LN RU= export.days.CNY 1 on 730 of 1", "CN-LN RU+ export.USD 7 on 730 of 1",
           "CN-LN RU= export.days.USD 1 on 730 of 1", "CN-LN RU+ export.USD 2 on 729 of 1",
           "CN-LN RU= export.days.USD 1 on 729 of 1", "CN-LN RU+ export.derived.USD 2 on 729 of 1",
           "CN-LN RU+ export.derived.USD -2 on 730 of 2!", "CN-LN RU+ export.events 1 on 730 of 1",
           "CN-LN RU+ export.events 1 on 730 of 1", "CN-LN RU+ export.events 1 on 730 of 2");
}
END_TEST

/* Statistics of a group are in pairs alone: its members have figures, too. */
START_TEST(statistics_of_a_group_are_in_no_margin_over_partners)
{
    struct record r = trade(BASIS_STATISTIC);
    size_t size;

    r.partner = PARTNER_WORLD;
    r.minor = 7;
    size = add(entry, 0, &r);
    r.from--;
    r.minor = 9;
    size = add(entry, size, &r);
    EXPECT(entry, size, "CN-LN WORLD~ export.CNY 7 on 730 of 1",
           "CN-LN WORLD= export.days.CNY 1 on 730 of 1", "CN-LN WORLD~ export.CNY 2 on 729 of 1",
           "CN-LN WORLD= export.days.CNY 1 on 729 of 1",
           "CN-LN WORLD~ export.derived.CNY 2 on 729 of 1",
           "CN-LN WORLD~ export.derived.CNY -2 on 730 of 2!",
           "CN-LN WORLD~ export.events 1 on 730 of 1", "CN-LN WORLD~ export.events 1 on 730 of 2");
}
END_TEST

/* ---- the detail of statistics ---------------------------------------------------------- */

static const struct {
    const char *province_area, *partner_area, *commodity;
    const char *name;
} details[] = {
    { NULL, NULL, NULL, "part" },
    { NULL, NULL, "87", "hs:87" },
    { NULL, NULL, "8703", "hs:8703" },
    { NULL, NULL, "8703230001", "hs:8703230001" },
    { "370300", NULL, NULL, "area:370300" },
    { NULL, "RU-BU", NULL, "area:RU-BU" },
    { "370300", "RU-BU", NULL, "area:370300+area:RU-BU" },
    { "ZZ", "RU-BU", NULL, "area:RU-BU+area:ZZ" }, /* sorted */
    { "RU-BU", "RU-BU", NULL, "area:RU-BU" },
    { "370300", NULL, "8703", "area:370300+hs:8703" },
    { NULL, "RU-BU", "87", "area:RU-BU+hs:87" },
    { "370300-ABCDE", "RU-PRI-12345", "8703230001",
      "area:370300-ABCDE+area:RU-PRI-12345+hs:8703230001" },
};

/* Under one name, what it exactly tells of; and not a word about days. */
START_TEST(a_part_is_in_the_detail_under_exactly_what_it_tells_of)
{
    static const char *const parts[] = {
        "export.CNY 7 on 730 of 1",         "export.CNY 2 on 729 of 1",
        "export.derived.CNY 2 on 729 of 1", "export.derived.CNY -2 on 730 of 2!",
        "export.events 1 on 730 of 1",      "export.events 1 on 730 of 2",
    };
    char lines[COUNT(parts)][PART_TEXT];
    const char *want[COUNT(parts)];
    struct record r = trade(BASIS_STATISTIC);
    size_t size;

    r.scope = SCOPE_PART;
    r.province_area = text_of(details[_i].province_area);
    r.partner_area = text_of(details[_i].partner_area);
    r.commodity = text_of(details[_i].commodity);
    r.minor = 7;
    size = add(entry, 0, &r);
    r.from--;
    r.minor = 9;
    size = add(entry, size, &r);
    for (int i = 0; i < COUNT(parts); i++) {
        (void)snprintf(lines[i], PART_TEXT, "CN-LN RU+ %s %s", parts[i], details[_i].name);
        want[i] = lines[i];
    }
    expect(details[_i].name, entry, size, want, COUNT(parts));
}
END_TEST

/* ---- many, and damaged ones ------------------------------------------------------------- */

/* More than a few use the heap: every second day, and all of them. */
START_TEST(a_series_of_many_figures_adds_up)
{
    enum { DAYS = 80, LAST = 730 + DAYS - 1, HALF = DAYS / 2 };
    static char lines[5 * HALF + 5][PART_TEXT];
    static struct told told;
    const char *want[5 * HALF + 5];
    struct record r = trade(BASIS_STATISTIC);
    size_t size = 0;
    int count = 0;

    r.unit = TEXT_LITERAL("TNE");
    for (int i = 0; i < DAYS; i += 2) {
        r.from = r.day = 730 + i;
        r.minor = 1001;
        r.milli = 2001;
        size += item_pack(&r, entry + size);
        (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.CNY 1001 on %d of 1", r.day);
        (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.qty.TNE 2001 on %d of 1",
                       r.day);
        (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU= export.days.CNY 1 on %d of 1", r.day);
        (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU= export.days.qty.TNE 1 on %d of 1",
                       r.day);
        (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.events 1 on %d of 1", r.day);
    }
    r.from = 730;
    r.day = LAST;
    r.minor = 100001;
    r.milli = 200001;
    size = add(entry, size, &r);
    (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.CNY %d on %d of %d",
                   100001 - HALF * 1001, LAST, DAYS);
    (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.qty.TNE %d on %d of %d",
                   200001 - HALF * 2001, LAST, DAYS);
    (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU= export.days.CNY %d on %d of %d", HALF,
                   LAST, DAYS);
    (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU= export.days.qty.TNE %d on %d of %d", HALF,
                   LAST, DAYS);
    (void)snprintf(lines[count++], PART_TEXT, "CN-LN RU+ export.events 1 on %d of %d", LAST, DAYS);
    ck_assert(entry_parts(entry, size, tell, &told));
    ck_assert_uint_eq(told.count, (size_t)count);
    for (int i = 0; i < count; i++)
        want[i] = lines[i];
    for (size_t i = 0; i < told.count; i++)
        ck_assert_msg(times(want, (size_t)count, told.lines[i]) == 1, "%s", told.lines[i]);
}
END_TEST

START_TEST(bytes_that_are_no_entry_have_no_parts)
{
    struct record statistic = trade(BASIS_STATISTIC), fact = trade(BASIS_TRANSACTION);
    static struct told told;
    size_t size = item_pack(&statistic, entry);

    ck_assert(!entry_parts(entry, size - 1, tell, &told));
    item_set_mask(entry, entry_role(SLOT_VALUE, ROLE_TO)); /* nobody stands */
    ck_assert(!entry_parts(entry, size, tell, &told));
    size = item_pack(&statistic, entry);
    size += item_pack(&fact, entry + size);
    ck_assert(!entry_parts(entry, size, tell, &told));
    size = item_pack(&fact, entry);
    size += item_pack(&fact, entry + size); /* two that stand */
    ck_assert(!entry_parts(entry, size, tell, &told));
    item_set_mask(entry, ENTRY_FACT | entry_role(SLOT_VALUE, ROLE_TO));
    ck_assert(!entry_parts(entry, item_bytes(entry, size), tell, &told));
    ck_assert_uint_eq(told.count, 0);
}
END_TEST

/* Whatever a byte of a series is overwritten with, its parts are sound. */
static void
check_part(void *self, const struct part *part)
{
    int *count = self;

    ck_assert_int_ne(part->amount, 0);
    ck_assert_int_lt(part->amount, AMOUNT_LIMIT);
    ck_assert_int_gt(part->amount, -AMOUNT_LIMIT);
    ck_assert(1 <= part->span && part->span <= 366);
    ck_assert(0 <= part->day && part->day <= DAY_LAST);
    ++*count;
}

START_TEST(a_damaged_series_has_sound_parts_or_none)
{
    size_t size = 0;
    int with = 0, without = 0;

    for (int from = 730; from < 750; from += 5) {
        struct record r = trade(BASIS_STATISTIC);

        r.from = from;
        r.day = from + 7;
        r.flow = (int8_t)(from / 5 % 3);
        r.grade = (int8_t)(from / 10 % 4);
        r.minor = from * 3;
        r.unit = from % 2 == 0 ? TEXT_LITERAL("TNE") : (struct text){ NULL, 0 };
        size = add(entry, size, &r);
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t good = entry[i];

        for (int byte = 0; byte < 256; byte++) {
            int count = 0;

            entry[i] = (uint8_t)byte;
            if (entry_parts(entry, size, check_part, &count))
                with++;
            else
                without++;
            ck_assert(byte != good || count > 0);
        }
        entry[i] = good;
    }
    ck_assert_int_gt(with, 0);
    ck_assert_int_gt(without, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("series");
    TCase *tcase = tcase_create("series");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_series_adds_steps_and_counts_each_record_once, 0, COUNT(series));
    tcase_add_loop_test(tcase, a_part_knows_the_record_that_it_comes_from, 0, COUNT(series));
    tcase_add_test(tcase, currencies_and_units_are_reconciled_by_themselves);
    tcase_add_test(tcase, statistics_of_a_group_are_in_no_margin_over_partners);
    tcase_add_loop_test(tcase, a_part_is_in_the_detail_under_exactly_what_it_tells_of, 0,
                        COUNT(details));
    tcase_add_test(tcase, a_series_of_many_figures_adds_up);
    tcase_add_test(tcase, bytes_that_are_no_entry_have_no_parts);
    tcase_add_test(tcase, a_damaged_series_has_sound_parts_or_none);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
