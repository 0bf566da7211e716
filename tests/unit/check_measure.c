/* Measures as numbers and as texts: of all that could be made, exactly those
 * that are counted have a text that is read. */
#include <check.h>
#include <stdlib.h>

#include "ledger/parts.h"
#include "record/unit.h"

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

static const struct {
    const char *text;
    int family;
    enum measure_form form;
    uint32_t what;
    bool is_ranked;
} measures[] = {
    { "export.CNY", FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY, true },
    { "import.ALL", FLOW_IMPORT, MEASURE_MONEY, CURRENCY_ALL, true },
    { "total.qty.TNE", FLOW_TOTAL, MEASURE_QUANTITY, 0x544E45, false },
    { "export.qty.2N", FLOW_EXPORT, MEASURE_QUANTITY, 0x324E00, false },
    { "export.derived.CNY", FLOW_EXPORT, MEASURE_DERIVED_MONEY, CURRENCY_CNY, false },
    { "import.derived.qty.TNE", FLOW_IMPORT, MEASURE_DERIVED_QUANTITY, 0x544E45, false },
    { "total.adjusted.USD", FLOW_TOTAL, MEASURE_ADJUSTED_MONEY, CURRENCY_USD, false },
    { "export.adjusted.qty.KGM", FLOW_EXPORT, MEASURE_ADJUSTED_QUANTITY, 0x4B474D, false },
    { "export.days.CNY", FLOW_EXPORT, MEASURE_DAYS_MONEY, CURRENCY_CNY, false },
    { "import.days.qty.2N", FLOW_IMPORT, MEASURE_DAYS_QUANTITY, 0x324E00, false },
    { "export.events", FLOW_EXPORT, MEASURE_EVENTS, 0, false },
    { "import.inexact", FLOW_IMPORT, MEASURE_INEXACT, 0, false },
    { "total.undecided", FLOW_TOTAL, MEASURE_UNDECIDED, 0, false },
    { "total.contradicted", FLOW_TOTAL, MEASURE_CONTRADICTED, 0, false },
    { "export.covered", FLOW_EXPORT, MEASURE_COVERED, 0, false },
    { "total.mismatched", FLOW_TOTAL, MEASURE_MISMATCHED, 0, false },
    { "deals.export.CNY", FAMILY_DEALS + FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY, true },
    { "deals.total.RUB", FAMILY_DEALS + FLOW_TOTAL, MEASURE_MONEY, CURRENCY_RUB, true },
    { "deals.import.qty.TNE", FAMILY_DEALS + FLOW_IMPORT, MEASURE_QUANTITY, 0x544E45, false },
    { "deals.import.events", FAMILY_DEALS + FLOW_IMPORT, MEASURE_EVENTS, 0, false },
    { "deals.export.inexact", FAMILY_DEALS + FLOW_EXPORT, MEASURE_INEXACT, 0, false },
    { "deals.export.undecided", FAMILY_DEALS + FLOW_EXPORT, MEASURE_UNDECIDED, 0, false },
    { "agreements", FAMILY_AGREEMENTS, MEASURE_COUNT, 0, true },
    { "agreements.MOU", FAMILY_AGREEMENTS, MEASURE_KIND, KIND_MOU, false },
    { "agreements.LETTER_OF_INTENT", FAMILY_AGREEMENTS, MEASURE_KIND, KIND_LETTER_OF_INTENT,
      false },
    { "agreements.undecided", FAMILY_AGREEMENTS, MEASURE_UNDECIDED, 0, false },
    { "agreements.USD", FAMILY_AGREEMENTS, MEASURE_MONEY, CURRENCY_USD, true },
};

START_TEST(a_measure_is_read_as_it_is_written)
{
    uint32_t made = measure_make(measures[_i].family, measures[_i].form, measures[_i].what);
    uint32_t read = 0;
    char text[MEASURE_TEXT];

    ck_assert_uint_eq(measure_write(made, text), strlen(measures[_i].text));
    ck_assert_str_eq(text, measures[_i].text);
    ck_assert(measure_read(text_of(measures[_i].text), &read));
    ck_assert_uint_eq(read, made);
    ck_assert_int_eq(measure_family(made), measures[_i].family);
    ck_assert_int_eq(measure_form(made), measures[_i].form);
    ck_assert_int_eq(measure_is_ranked(made), measures[_i].is_ranked);
}
END_TEST

static const char *const no_measures[] = {
    "",
    "export",
    "export.",
    "export.XXX",
    "export.cny",
    "exports.CNY",
    "export.qty.",
    "export.qty.T",
    "export.qty.TONN",
    "export.qty.tne",
    "export.qty.KGS", /* a rate */
    "export.qty.ZZ",  /* names nothing */
    "export.MOU",
    "export.derived",
    "export.derived.",
    "export.derived.qty.",
    "export.derived.events",
    "export.qty.derived.TNE",
    "export.adjusted.derived.CNY",
    "export.days",
    "export.days.events",
    "export.stated.CNY",
    "export.mismatched", /* of totals alone */
    "import.mismatched",
    "deals",
    "deals.",
    "deals.CNY",
    "deals.export",
    "deals.export.",
    "deals.exports.CNY",
    "deals.agreements",
    "deals.export.derived.CNY", /* deals are as they were told */
    "deals.export.adjusted.CNY",
    "deals.export.days.CNY",
    "deals.export.contradicted",
    "deals.export.covered",
    "deals.total.mismatched",
    "export.deals.CNY",
    "agreements.",
    "agreements.events",
    "agreements.inexact",
    "agreements.contradicted",
    "agreements.qty.TNE",
    "agreements.derived.CNY",
    "agreements.mou",
    "export.CNY ",
    ".CNY",
};

START_TEST(what_is_no_measure_is_not_read_as_one)
{
    uint32_t read = 7;

    ck_assert(!measure_read(text_of(no_measures[_i]), &read));
    ck_assert_uint_eq(read, 7);
}
END_TEST

/* ---- all of them ------------------------------------------------------------------- */

/* Is a form counted in a family? */
static bool
is_counted(int family, enum measure_form form)
{
    bool is_amount = form == MEASURE_MONEY || form == MEASURE_QUANTITY;
    bool is_told = form == MEASURE_EVENTS || form == MEASURE_INEXACT || form == MEASURE_UNDECIDED;

    if (family == FAMILY_AGREEMENTS)
        return form == MEASURE_MONEY || form == MEASURE_UNDECIDED || form == MEASURE_COUNT ||
               form == MEASURE_KIND;
    if (family >= FAMILY_DEALS)
        return is_amount || is_told;
    return form < MEASURE_COUNT && (form != MEASURE_MISMATCHED || family == FLOW_TOTAL);
}

/* Read back, if it is counted; else its text is none.  Returns whether it is. */
static int
round_trip(int family, enum measure_form form, uint32_t what)
{
    uint32_t made = measure_make(family, form, what), read = 7;
    char text[MEASURE_TEXT];
    size_t length = measure_write(made, text);

    ck_assert_uint_eq(length, strlen(text));
    ck_assert_uint_lt(length, MEASURE_TEXT - 1); /* it was not cut */
    ck_assert_msg(measure_read(text_of(text), &read) == is_counted(family, form), "%s", text);
    if (!is_counted(family, form))
        return 0;
    ck_assert_msg(read == made, "%s", text);
    ck_assert_int_eq(measure_is_ranked(read), form == MEASURE_MONEY || form == MEASURE_COUNT);
    return 1;
}

/* Hand every code of unit.def to round_trip(). */
static int
round_trip_units(int family, enum measure_form form)
{
    static const char *const codes[] = {
#define UNIT(code, english) code,
#include "record/unit.def"
#undef UNIT
    };
    int count = 0;

    for (int i = 0; i < COUNT(codes); i++)
        count += round_trip(family, form, measure_pack_unit(text_of(codes[i])));
    return count;
}

START_TEST(every_measure_is_read_as_it_is_written)
{
    int count = 0;

    for (int form = MEASURE_MONEY; form <= MEASURE_KIND; form++) {
        bool is_amount = form < MEASURE_EVENTS;

        if (is_amount && form % 2 == MEASURE_QUANTITY) {
            count += round_trip_units(_i, (enum measure_form)form);
            continue;
        }
        for (uint32_t what = 0; what < (is_amount              ? (uint32_t)CURRENCY_COUNT
                                        : form == MEASURE_KIND ? (uint32_t)KIND_COUNT
                                                               : 1);
             what++)
            count += round_trip(_i, (enum measure_form)form, what);
    }
    ck_assert_int_gt(count, CURRENCY_COUNT);
}
END_TEST

/* ---- what stands beside another one --------------------------------------------------- */

static const struct {
    const char *measure;
    enum measure_form form;
    const char *beside;
} pairs[] = {
    { "export.CNY", MEASURE_DERIVED_MONEY, "export.derived.CNY" },
    { "export.CNY", MEASURE_ADJUSTED_MONEY, "export.adjusted.CNY" },
    { "export.CNY", MEASURE_DAYS_MONEY, "export.days.CNY" },
    { "export.CNY", MEASURE_MONEY, "export.CNY" },
    { "export.CNY", MEASURE_EVENTS, "export.events" },
    { "import.qty.TNE", MEASURE_DERIVED_MONEY, "import.derived.qty.TNE" },
    { "import.qty.TNE", MEASURE_ADJUSTED_MONEY, "import.adjusted.qty.TNE" },
    { "import.qty.2N", MEASURE_DAYS_MONEY, "import.days.qty.2N" },
    { "import.qty.TNE", MEASURE_MONEY, "import.qty.TNE" },
    { "import.qty.TNE", MEASURE_CONTRADICTED, "import.contradicted" },
    { "total.derived.USD", MEASURE_MONEY, "total.USD" },
    { "total.derived.qty.TNE", MEASURE_MONEY, "total.qty.TNE" },
    { "total.days.qty.TNE", MEASURE_ADJUSTED_MONEY, "total.adjusted.qty.TNE" },
    { "total.CNY", MEASURE_MISMATCHED, "total.mismatched" },
    { "total.events", MEASURE_COVERED, "total.covered" },
    { "deals.export.CNY", MEASURE_EVENTS, "deals.export.events" },
    { "deals.import.qty.TNE", MEASURE_UNDECIDED, "deals.import.undecided" },
    { "agreements.USD", MEASURE_UNDECIDED, "agreements.undecided" },
    { "agreements.USD", MEASURE_COUNT, "agreements" },
    { "agreements", MEASURE_UNDECIDED, "agreements.undecided" },
};

START_TEST(a_measure_has_others_beside_it)
{
    uint32_t measure;
    char text[MEASURE_TEXT];

    ck_assert(measure_read(text_of(pairs[_i].measure), &measure));
    measure_write(measure_beside(measure, pairs[_i].form), text);
    ck_assert_str_eq(text, pairs[_i].beside);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("measure");
    TCase *tcase = tcase_create("measure");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_measure_is_read_as_it_is_written, 0, COUNT(measures));
    tcase_add_loop_test(tcase, what_is_no_measure_is_not_read_as_one, 0, COUNT(no_measures));
    tcase_add_loop_test(tcase, every_measure_is_read_as_it_is_written, 0, FAMILY_COUNT);
    tcase_add_loop_test(tcase, a_measure_has_others_beside_it, 0, COUNT(pairs));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
