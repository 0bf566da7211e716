#include <check.h>
#include <stdlib.h>

#include "core/reconcile.h"

#define MOST (AMOUNT_LIMIT - 1)

/* Months are 0-3, 3-6, 6-9 for short; + counted, x contradicted, o covered. */
static const struct {
    const char *name;
    struct figure figures[5];
    const char *standing;
    struct increment increments[6];
} cases[] = {
    { "nothing", { { 0 } }, "", { { 0 } } },
    { "one", { { .start = 0, .end = 3, .amount = 5 } }, "+", { { 2, 3, 5 } } },
    { "zero is told", { { .start = 0, .end = 3 } }, "+", { { 2, 3, 0 } } },
    { "neighbours become one chain",
      { { .start = 3, .end = 6, .amount = 7 }, { .start = 0, .end = 3, .amount = 5 } },
      "++",
      { { 2, 3, 5 }, { 5, 3, 7 } } },
    { "a month splits the year to date",
      { { .start = 0, .end = 6, .amount = 12 }, { .start = 3, .end = 6, .amount = 7 } },
      "++",
      { { 2, 3, 5 }, { 5, 3, 7 } } },
    { "what follows from others confirms or is contradicted",
      { { .start = 0, .end = 6, .amount = 12 },
        { .start = 0, .end = 3, .amount = 5 },
        { .start = 3, .end = 6, .amount = 7 } },
      "+++",
      { { 2, 3, 5 }, { 5, 3, 7 } } },
    { "the third that doesn't add up",
      { { .start = 0, .end = 6, .amount = 12 },
        { .start = 0, .end = 3, .amount = 5 },
        { .start = 3, .end = 6, .amount = 8 } },
      "++x",
      { { 2, 3, 5 }, { 5, 3, 7 } } },
    { "a part larger than its whole, of equal grade, is the shorter one",
      { { .start = 0, .end = 3, .amount = 9 }, { .start = 0, .end = 6, .amount = 5 } },
      "x+",
      { { 5, 6, 5 } } },
    { "grade beats length",
      { { .start = 0, .end = 3, .amount = 9, .grade = 1 }, { .start = 0, .end = 6, .amount = 5 } },
      "+x",
      { { 2, 3, 9 } } },
    { "an overlap without a common date is covered",
      { { .start = 0, .end = 6, .amount = 9 }, { .start = 4, .end = 8, .amount = 5 } },
      "+o",
      { { 5, 6, 9 } } },
    { "and is taken once another one gives it a date",
      { { .start = 0, .end = 6, .amount = 9 },
        { .start = 4, .end = 8, .amount = 5 },
        { .start = 4, .end = 6, .amount = 2 } },
      "+++",
      { { 3, 4, 7 }, { 5, 2, 2 }, { 7, 2, 3 } } },
    { "trade can't be negative",
      { { .start = 0, .end = 9, .amount = 9 },
        { .start = 0, .end = 6, .amount = 6 },
        { .start = 3, .end = 9, .amount = 2 } },
      "++x",
      { { 5, 6, 6 }, { 8, 3, 3 } } },
    { "two groups with a gap between them",
      { { .start = 0, .end = 3, .amount = 1 }, { .start = 6, .end = 9, .amount = 2 } },
      "++",
      { { 2, 3, 1 }, { 8, 3, 2 } } },
    { "the longest covers both of its neighbours",
      { { .start = 0, .end = 3, .amount = MOST },
        { .start = 2, .end = 7, .amount = MOST },
        { .start = 6, .end = 9, .amount = MOST } },
      "o+o",
      { { 6, 5, MOST } } },
};

START_TEST(figures_become_increments)
{
    struct figure figures[5];
    struct increment increments[10];
    const char *standing = cases[_i].standing;
    size_t count = strlen(standing), steps = 99;

    memcpy(figures, cases[_i].figures, sizeof figures);
    ck_assert_msg(reconcile(figures, count, increments, &steps), "%s", cases[_i].name);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg("+xo"[figures[i].standing] == standing[i], "%s: figure %zu is %d",
                      cases[_i].name, i, figures[i].standing);
    for (size_t i = 0; i < steps; i++) {
        const struct increment *got = &increments[i], *want = &cases[_i].increments[i];

        ck_assert_msg(got->day == want->day && got->span == want->span &&
                          got->amount == want->amount,
                      "%s: increment %zu is %d, %d, %jd", cases[_i].name, i, got->day, got->span,
                      (intmax_t)got->amount);
    }
    ck_assert_msg(steps == 5 || cases[_i].increments[steps].span == 0, "%s: %zu increments",
                  cases[_i].name, steps);
}
END_TEST

/* A year of largest days adds up to 3.7 * 10^19, beyond 64 bits. */
START_TEST(a_chain_may_be_longer_than_any_figure)
{
    struct figure figures[366];
    struct increment increments[2 * 366];
    size_t steps;

    for (int i = 0; i < 366; i++)
        figures[i] = (struct figure){ .start = i, .end = i + 1, .amount = MOST };
    ck_assert(reconcile(figures, 366, increments, &steps));
    ck_assert_uint_eq(steps, 366);
    for (int i = 0; i < 366; i++) {
        ck_assert_int_eq(figures[i].standing, FIGURE_COUNTED);
        ck_assert_int_eq(increments[i].day, i);
        ck_assert_int_eq(increments[i].amount, MOST);
    }
}
END_TEST

/* Every period that a leap year has, all of them true. */
START_TEST(every_period_of_a_year_confirms_the_others)
{
    struct figure *figures = calloc(FIGURES_MOST, sizeof *figures);
    struct increment *increments = calloc(2 * (size_t)FIGURES_MOST, sizeof *increments);
    size_t count = 0, steps;

    ck_assert_ptr_nonnull(figures);
    ck_assert_ptr_nonnull(increments);
    for (int a = 0; a < 366; a++)
        for (int b = a + 1; b <= 366; b++)
            figures[count++] = (struct figure){ .start = a, .end = b, .amount = (b - a) * 1000 };
    ck_assert_uint_eq(count, FIGURES_MOST);
    ck_assert(reconcile(figures, count, increments, &steps));
    ck_assert_uint_eq(steps, 366);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(figures[i].standing, FIGURE_COUNTED);
    for (size_t i = 0; i < steps; i++)
        ck_assert(increments[i].span == 1 && increments[i].amount == 1000);
    free(figures);
    free(increments);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reconcile");
    TCase *tcase = tcase_create("reconcile");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, figures_become_increments, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, a_chain_may_be_longer_than_any_figure);
    tcase_add_test(tcase, every_period_of_a_year_confirms_the_others);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
