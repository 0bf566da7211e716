/* Arrays that grow: nothing of them is lost, and they grow in few steps. */
#include "base/grow.h"

#include <check.h>
#include <stdint.h>

START_TEST(what_is_in_the_array_stays_while_it_grows)
{
    int *numbers = NULL;
    size_t room = 0;
    int moves = 0;

    for (size_t i = 0; i < 100000; i++) {
        size_t before = room;
        int *larger = grow(numbers, &room, i + 1, sizeof *numbers);

        ck_assert_ptr_nonnull(larger);
        ck_assert_uint_gt(room, i);
        numbers = larger;
        numbers[i] = (int)i;
        moves += room != before;
    }
    for (size_t i = 0; i < 100000; i++)
        ck_assert_int_eq(numbers[i], (int)i);
    ck_assert_int_lt(moves, 20); /* log2(100,000), about */
    free(numbers);
}
END_TEST

START_TEST(an_array_that_is_large_enough_is_left_alone)
{
    size_t room = 0;
    char *bytes = grow(NULL, &room, 1000, 1);
    size_t before = room;

    ck_assert_ptr_nonnull(bytes);
    ck_assert_ptr_eq(grow(bytes, &room, 0, 1), bytes);
    ck_assert_ptr_eq(grow(bytes, &room, before, 1), bytes);
    ck_assert_uint_eq(room, before);
    free(bytes);
}
END_TEST

START_TEST(an_empty_array_is_there_although_nothing_is_needed)
{
    size_t room = 0;
    void *array = grow(NULL, &room, 0, sizeof(int64_t));

    ck_assert_ptr_nonnull(array);
    ck_assert_uint_gt(room, 0);
    free(array);
}
END_TEST

START_TEST(many_at_once_are_one_step)
{
    size_t room = 0;
    char *bytes = grow(NULL, &room, 123456, 1);

    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_ge(room, 123456);
    free(bytes);
}
END_TEST

/* Numbers of items whose bytes no size_t can count. */
static const size_t too_many[] = { SIZE_MAX, SIZE_MAX / 8 + 1 };

START_TEST(without_memory_the_array_is_as_it_was)
{
    size_t room = 0;
    int64_t *numbers = grow(NULL, &room, 4, sizeof *numbers);
    size_t before = room;

    ck_assert_ptr_nonnull(numbers);
    numbers[3] = 42;
    ck_assert_ptr_null(grow(numbers, &room, too_many[_i], sizeof *numbers));
    ck_assert_uint_eq(room, before);
    ck_assert_int_eq(numbers[3], 42);
    free(numbers);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("grow");
    TCase *tcase = tcase_create("grow");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_is_in_the_array_stays_while_it_grows);
    tcase_add_test(tcase, an_array_that_is_large_enough_is_left_alone);
    tcase_add_test(tcase, an_empty_array_is_there_although_nothing_is_needed);
    tcase_add_test(tcase, many_at_once_are_one_step);
    tcase_add_loop_test(tcase, without_memory_the_array_is_as_it_was, 0,
                        (int)(sizeof too_many / sizeof too_many[0]));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
