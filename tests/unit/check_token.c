/* A token's credit: how many records a second its holder may send, and how long a debt lasts. */
#include "http/token.h"

#include <check.h>
#include <stdlib.h>

enum { RATE = 10, START_MS = 1000000, HOUR_MS = 3600 * 1000 };

static struct token
with_a_full_second(void)
{
    return (struct token){ .rate = RATE, .credit_milli = RATE * 1000, .since_ms = START_MS };
}

START_TEST(without_a_rate_it_has_no_end)
{
    struct token t = { .rate = 0 };

    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(token_take(&t, 1000000, START_MS), 0);
}
END_TEST

START_TEST(a_second_holds_its_rate)
{
    struct token t = with_a_full_second();

    for (int i = 0; i < RATE; i++)
        ck_assert_int_eq(token_take(&t, 1, START_MS), 0);
    ck_assert_int_eq(token_take(&t, 1, START_MS), 1);
    ck_assert_int_eq(token_take(&t, 1, START_MS + 1000 / RATE), 0);
    ck_assert_int_eq(token_take(&t, 1, START_MS + 1000 / RATE), 1);
}
END_TEST

START_TEST(silence_saves_one_second_at_most)
{
    struct token t = with_a_full_second();

    for (int i = 0; i < RATE; i++)
        ck_assert_int_eq(token_take(&t, 1, START_MS + 2 * HOUR_MS), 0);
    ck_assert_int_eq(token_take(&t, 1, START_MS + 2 * HOUR_MS), 1);
}
END_TEST

/* Each second pays RATE records of the debt, a short time and a long one alike. */
START_TEST(a_debt_lasts_as_long_as_it_says)
{
    enum { RECORDS = 2 * HOUR_MS / 1000 * RATE + RATE };
    static const struct {
        int64_t passed_ms;
        int wait_s;
    } rows[] = {
        { 0, 7201 },
        { 1000, 7200 },
        { HOUR_MS, 3601 },
        { HOUR_MS + 1000, 3600 },
        { 2 * HOUR_MS - 1, 1 },
        { 2 * HOUR_MS + 1, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token t = with_a_full_second();

        ck_assert_int_eq(token_take(&t, RECORDS, START_MS), 0);
        ck_assert_int_eq(token_take(&t, 1, START_MS + rows[i].passed_ms), rows[i].wait_s);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("token");
    TCase *tcase = tcase_create("token");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, without_a_rate_it_has_no_end);
    tcase_add_test(tcase, a_second_holds_its_rate);
    tcase_add_test(tcase, silence_saves_one_second_at_most);
    tcase_add_test(tcase, a_debt_lasts_as_long_as_it_says);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
