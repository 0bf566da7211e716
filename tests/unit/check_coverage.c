/* How much of a whole the known parts are: the sides of a question, the share, and how
 * it is said. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lookup/coverage.h"

static const struct {
    int scope, partner, count;
    struct coverage_side sides[COVERAGE_SIDES];
} SIDES[] = {
    { PROVINCE_LN, PARTNER_RU, 0, { { 0 } } },
    { SCOPE_ALL, PARTNER_RU, 1, { { PROVINCE_CN, PARTNER_RU, true } } },
    { PROVINCE_CN, PARTNER_RU, 1, { { SCOPE_ALL, PARTNER_RU, false } } },
    { PROVINCE_LN, PARTNER_ALL, 1, { { PROVINCE_LN, PARTNER_WORLD, true } } },
    { PROVINCE_LN, PARTNER_WORLD, 1, { { PROVINCE_LN, PARTNER_ALL, false } } },
    { PROVINCE_LN, PARTNER_ASEAN, 0, { { 0 } } },
    /* No margin is a whole. */
    { SCOPE_ALL, PARTNER_ALL, 0, { { 0 } } },
    { PROVINCE_CN, PARTNER_ALL, 1, { { PROVINCE_CN, PARTNER_WORLD, true } } },
    { SCOPE_ALL, PARTNER_WORLD, 1, { { PROVINCE_CN, PARTNER_WORLD, true } } },
    { PROVINCE_CN,
      PARTNER_WORLD,
      2,
      { { SCOPE_ALL, PARTNER_WORLD, false }, { PROVINCE_CN, PARTNER_ALL, false } } },
};

START_TEST(what_a_question_has_beside_it)
{
    struct coverage c;

    coverage_begin(&c, SIDES[_i].scope, SIDES[_i].partner);
    ck_assert_int_eq(c.side_count, SIDES[_i].count);
    for (int i = 0; i < c.side_count; i++) {
        ck_assert_int_eq(c.sides[i].scope, SIDES[_i].sides[i].scope);
        ck_assert_int_eq(c.sides[i].partner, SIDES[_i].sides[i].partner);
        ck_assert_int_eq(c.sides[i].is_whole, SIDES[_i].sides[i].is_whole);
    }
    coverage_release(&c);
}
END_TEST

/* Of CN x RU in 2023: 1,000.00 yuan of exports of 273 days, 7 tonnes of imports. */
enum { IN_2023 = WINDOW_YEAR + 2023 };
static const struct {
    const char *measure, *says; /* NULL: nobody knows */
    int64_t total;
    int scope, window;
} SHARES[] = {
    { "export.CNY", "43.1 % of CN x RU (1,000.00; of 273 days)", 43125, SCOPE_ALL, IN_2023 },
    { "export.CNY", "0.0 % of CN x RU (1,000.00; of 273 days)", 1, SCOPE_ALL, IN_2023 },
    { "export.CNY", "120.0 % of CN x RU (1,000.00; of 273 days)", 120000, SCOPE_ALL, IN_2023 },
    { "import.qty.TNE", "50.0 % of CN x RU (7.000; 2 parts of 31 days)", 3500, SCOPE_ALL, IN_2023 },
    { "export.CNY", NULL, 43125, SCOPE_ALL, WINDOW_ALL }, /* of any number of years */
    { "export.USD", NULL, 43125, SCOPE_ALL, IN_2023 },
    { "import.CNY", NULL, 43125, SCOPE_ALL, IN_2023 },
    { "export.CNY", NULL, 0, SCOPE_ALL, IN_2023 },
    { "export.CNY", NULL, -5, SCOPE_ALL, IN_2023 },
    { "deals.export.CNY", NULL, 5, SCOPE_ALL, IN_2023 },
    { "export.events", NULL, 5, SCOPE_ALL, IN_2023 },
    { "export.days.CNY", NULL, 5, SCOPE_ALL, IN_2023 },
    /* The whole is asked for: the side has the parts, and nobody knows their days. */
    { "export.CNY", "ALL x RU has 50.0 % of it (1,000.00)", 200000, PROVINCE_CN, IN_2023 },
};

static uint32_t
measure_of(const char *name)
{
    uint32_t measure;

    ck_assert(measure_read(text_of(name), &measure));
    return measure;
}

START_TEST(a_share_is_of_one_measure_and_one_window)
{
    struct coverage_total list[] = {
        { 0, IN_2023, measure_of("export.CNY"), 100000 },
        { 0, IN_2023, measure_of("export.days.CNY"), 273 },
        { 0, WINDOW_ALL, measure_of("export.CNY"), 100000 },
        { 0, IN_2023, measure_of("import.qty.TNE"), 7000 },
    };
    char words[COVERAGE_BYTES];
    struct coverage_ratio ratio;
    struct coverage c;

    coverage_begin(&c, SHARES[_i].scope, PARTNER_RU);
    c.list = list;
    c.count = sizeof list / sizeof list[0];
    c.days = &(struct coverage_days){ 0, measure_of("import.days.qty.TNE"), 31, 31, 2 };
    c.days_count = 1;
    uint32_t measure = measure_of(SHARES[_i].measure);
    bool is_known = coverage_of(&c, 0, SHARES[_i].window, measure, SHARES[_i].total, &ratio);
    ck_assert_int_eq(is_known, SHARES[_i].says != NULL);
    if (!is_known)
        return;
    struct text t = coverage_say(&ratio, measure, words);
    ck_assert_msg(text_equal(t, text_of(SHARES[_i].says)), "%.*s", (int)t.length, t.at);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("coverage");
    TCase *tcase = tcase_create("pure");

    tcase_add_loop_test(tcase, what_a_question_has_beside_it, 0, sizeof SIDES / sizeof SIDES[0]);
    tcase_add_loop_test(tcase, a_share_is_of_one_measure_and_one_window, 0,
                        sizeof SHARES / sizeof SHARES[0]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
