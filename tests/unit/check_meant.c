/* What a figure may mean, and by how much it may be out: each rule at its
 * border. */
#include <check.h>
#include <stdlib.h>

#include "ledger/meant.h"

#define MOST (AMOUNT_LIMIT - 1)
#define POW15 INT64_C(1000000000000000)

static const struct {
    int64_t amount;
    enum bound bound;
    int64_t step;
} steps[] = {
    /* The place of the last digit that is not zero, of at least two digits. */
    { 0, BOUND_EXACT, 1 },
    { 1, BOUND_EXACT, 1 },
    { 9, BOUND_EXACT, 1 },
    { 10, BOUND_EXACT, 1 },
    { 90, BOUND_EXACT, 1 },
    { 99, BOUND_EXACT, 1 },
    { 100, BOUND_EXACT, 10 },
    { 101, BOUND_EXACT, 1 },
    { 110, BOUND_EXACT, 10 },
    { 190, BOUND_EXACT, 10 },
    { 1000, BOUND_EXACT, 100 },
    { 1001, BOUND_EXACT, 1 },
    { 1010, BOUND_EXACT, 10 },
    { 43000, BOUND_EXACT, 1000 },
    { 40000, BOUND_EXACT, 1000 },
    { 71550, BOUND_EXACT, 10 },
    { 71559, BOUND_EXACT, 1 },
    { 90 * POW15, BOUND_EXACT, POW15 },
    { 10 * POW15, BOUND_EXACT, POW15 },
    { MOST, BOUND_EXACT, 1 },
    /* At least and at most are rounded as exact ones are. */
    { 43000, BOUND_AT_LEAST, 1000 },
    { 43210, BOUND_AT_MOST, 10 },
    /* Of an ABOUT two digits are believed, whatever follows. */
    { 0, BOUND_ABOUT, 1 },
    { 9, BOUND_ABOUT, 1 },
    { 99, BOUND_ABOUT, 1 },
    { 100, BOUND_ABOUT, 10 },
    { 190271, BOUND_ABOUT, 10000 },
    { 43000, BOUND_ABOUT, 1000 },
    { MOST, BOUND_ABOUT, POW15 },
};

START_TEST(a_step_is_the_place_of_the_last_digit_that_is_not_zero)
{
    ck_assert_int_eq(rounding_step(steps[_i].amount, steps[_i].bound), steps[_i].step);
}
END_TEST

struct row {
    int64_t amount;
    enum bound bound;
    int64_t low, high;
};

static const struct row meanings[] = {
    /* An exact one was rounded to its step, or cut. */
    { 0, BOUND_EXACT, 0, 0 },
    { 7, BOUND_EXACT, 7, 7 },
    { 190, BOUND_EXACT, 185, 199 },
    { 191, BOUND_EXACT, 191, 191 },
    { 43000, BOUND_EXACT, 42500, 43999 },
    { 90 * POW15, BOUND_EXACT, 90 * POW15 - POW15 / 2, 91 * POW15 - 1 },
    { MOST, BOUND_EXACT, MOST, MOST },
    /* "About 190271" means no less than 190271 does. */
    { 190, BOUND_ABOUT, 185, 199 },
    { 190271, BOUND_ABOUT, 190271, 190271 },
    /* "Over 190" is at least that; "up to 190" no more. */
    { 190, BOUND_AT_LEAST, 190, 199 },
    { 191, BOUND_AT_LEAST, 191, 191 },
    { 190, BOUND_AT_MOST, 181, 190 },
    { 0, BOUND_AT_MOST, 0, 0 },
    { 10 * POW15, BOUND_AT_MOST, 9 * POW15 + 1, 10 * POW15 },
};

START_TEST(a_figure_may_mean_what_rounds_or_is_cut_to_it)
{
    struct range range = meant(meanings[_i].amount, meanings[_i].bound);

    ck_assert_int_eq(range.low, meanings[_i].low);
    ck_assert_int_eq(range.high, meanings[_i].high);
}
END_TEST

static const struct row limit_rows[] = {
    /* One part in 128 of it, cut, either way. */
    { 0, BOUND_EXACT, 0, 0 },
    { 1, BOUND_EXACT, 1, 1 },
    { 127, BOUND_EXACT, 127, 127 },
    { 128, BOUND_EXACT, 127, 129 },
    { 255, BOUND_EXACT, 254, 256 },
    { 256, BOUND_EXACT, 254, 258 },
    /* And the step less one, that it was rounded to. */
    { 120, BOUND_EXACT, 111, 129 },
    { 130, BOUND_EXACT, 120, 140 },
    { 1280, BOUND_EXACT, 1261, 1299 },
    { 12801, BOUND_EXACT, 12701, 12901 },
    { 13000, BOUND_EXACT, 13000 - 999 - 101, 13000 + 999 + 101 },
    { MOST, BOUND_EXACT, MOST - MOST / 128, MOST + MOST / 128 },
    /* The step of an ABOUT is wider. */
    { 1234, BOUND_ABOUT, 1234 - 99 - 9, 1234 + 99 + 9 },
    { MOST, BOUND_ABOUT, MOST - POW15 + 1 - MOST / 128, MOST + POW15 - 1 + MOST / 128 },
    /* An AT_LEAST has no limit above, an AT_MOST none below. */
    { 0, BOUND_AT_LEAST, 0, NO_LIMIT },
    { 1280, BOUND_AT_LEAST, 1261, NO_LIMIT },
    { 0, BOUND_AT_MOST, 0, 0 },
    { 1280, BOUND_AT_MOST, 0, 1299 },
    { MOST, BOUND_AT_MOST, 0, MOST + MOST / 128 },
};

START_TEST(a_figure_may_be_out_by_its_step_and_one_part_in_128)
{
    struct range range = limits(limit_rows[_i].amount, limit_rows[_i].bound);

    ck_assert_int_eq(range.low, limit_rows[_i].low);
    ck_assert_int_eq(range.high, limit_rows[_i].high);
}
END_TEST

/* Nothing that is traded is less than nothing, and two limits fit into 64 bits. */
START_TEST(no_limit_is_below_zero_or_beyond_twice_the_largest_amount)
{
    for (int64_t amount = 0; amount < AMOUNT_LIMIT; amount = amount * 3 + 1)
        for (int bound = 0; bound < BOUND_COUNT; bound++) {
            struct range range = limits(amount, (enum bound)bound);

            ck_assert_int_ge(range.low, 0);
            ck_assert_int_le(range.low, amount);
            ck_assert_int_ge(range.high, amount);
            ck_assert(range.high == NO_LIMIT || range.high < 2 * AMOUNT_LIMIT);
            ck_assert_int_eq(range.high == NO_LIMIT, bound == BOUND_AT_LEAST);
        }
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
    Suite *suite = suite_create("meant");
    TCase *tcase = tcase_create("meant");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_step_is_the_place_of_the_last_digit_that_is_not_zero, 0,
                        COUNT(steps));
    tcase_add_loop_test(tcase, a_figure_may_mean_what_rounds_or_is_cut_to_it, 0, COUNT(meanings));
    tcase_add_loop_test(tcase, a_figure_may_be_out_by_its_step_and_one_part_in_128, 0,
                        COUNT(limit_rows));
    tcase_add_test(tcase, no_limit_is_below_zero_or_beyond_twice_the_largest_amount);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
