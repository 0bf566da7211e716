/* Which form is tried next for what Kafka refused: each step is one that the
 * refusal is about, and there is an end. */
#include "kafka/feed_form.h"

#include "kafka/feed_inside.h"

#include <check.h>

static struct form form;
static struct matter matter;

static void
set_up(void)
{
    form = (struct form){ .value = 99900, .key = 10 };
    matter = (struct matter){ .has_key = true };
}

static bool
next(enum refused refused)
{
    return feed_form_next(&form, &matter, refused);
}

START_TEST(only_what_is_refused_for_its_own_sake_is_changed)
{
    static const struct {
        int code;
        enum refused refused;
    } rows[] = {
        { RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, REFUSED_SIZE },
        { RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, REFUSED_SIZE },
        { RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, REFUSED_TIME },
        { RD_KAFKA_RESP_ERR_INVALID_RECORD, REFUSED_RECORD },
        { RD_KAFKA_RESP_ERR_POLICY_VIOLATION, REFUSED_RECORD },
        { RD_KAFKA_RESP_ERR_NO_ERROR, REFUSED_OTHER },
        { RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, REFUSED_OTHER },
        { RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, REFUSED_OTHER },
        { RD_KAFKA_RESP_ERR__TRANSPORT, REFUSED_OTHER },
        { RD_KAFKA_RESP_ERR__PURGE_QUEUE, REFUSED_OTHER },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_int_eq(feed_refused_for(rows[i].code), rows[i].refused);
    ck_assert(!next(REFUSED_OTHER));
    ck_assert(!form.alone);
}
END_TEST

START_TEST(first_it_goes_alone_as_it_is)
{
    for (int refused = REFUSED_SIZE; refused <= REFUSED_RECORD; refused++) {
        set_up();
        ck_assert(next((enum refused)refused));
        ck_assert(form.alone && form.our_time == 0 && !form.without_headers && !form.made_key);
        ck_assert_uint_eq(form.value, 99900);
    }
}
END_TEST

START_TEST(a_refused_time_becomes_ours_and_nothing_else_helps)
{
    form.alone = true;
    ck_assert(next(REFUSED_TIME));
    ck_assert(form.our_time > 0 && form.value == 99900);
    for (int i = 2; i <= 4; i++)
        ck_assert(next(REFUSED_TIME));
    ck_assert(!next(REFUSED_TIME));
    ck_assert_uint_eq(form.value, 99900);
}
END_TEST

START_TEST(a_value_too_large_loses_first_what_our_headers_add_then_half)
{
    form.alone = true;
    ck_assert(next(REFUSED_SIZE));
    ck_assert_uint_eq(form.value, 99900 - 2048);
    ck_assert(next(REFUSED_SIZE));
    ck_assert_uint_eq(form.value, (99900 - 2048) / 2);
    ck_assert_uint_eq(form.key, 10);
}
END_TEST

START_TEST(the_largest_of_value_key_and_headers_goes_first)
{
    form = (struct form){ .alone = true, .value = 3000, .key = 5000 };
    matter.headers = 6000;
    ck_assert(next(REFUSED_SIZE));
    ck_assert(form.without_headers && form.value == 3000 && form.key == 5000);
    ck_assert(next(REFUSED_SIZE));
    ck_assert(form.value == 3000 && form.key == 2500);
    ck_assert(next(REFUSED_SIZE));
    ck_assert(form.value == 1500 && form.key == 2500);
}
END_TEST

START_TEST(what_is_forwarded_is_never_cut)
{
    matter = (struct matter){ .whole = true, .has_key = true, .headers = 1 };
    form.alone = true;
    ck_assert(next(REFUSED_SIZE));
    ck_assert(form.without_headers);
    ck_assert(!next(REFUSED_SIZE));
    ck_assert(next(REFUSED_RECORD));
    ck_assert(form.our_time > 0);
    ck_assert(!next(REFUSED_RECORD));
    ck_assert(form.value == 99900 && form.key == 10);
}
END_TEST

START_TEST(a_null_key_is_the_first_guess_where_kafka_says_no_more)
{
    matter.has_key = false;
    form.key = 0;
    form.alone = true;
    ck_assert(next(REFUSED_RECORD));
    ck_assert(form.made_key && form.our_time == 0);
    ck_assert(next(REFUSED_RECORD));
    ck_assert(form.our_time > 0 && form.value == 99900);
}
END_TEST

/* Whatever is refused in whatever order. */
START_TEST(there_is_an_end)
{
    for (unsigned seed = 0; seed < 2000; seed++) {
        unsigned roll = seed * 2654435761U + 12345;
        int steps = 0;

        const struct form first = { .value = roll % 800000, .key = (roll >> 8) % 65537 };
        form = first;
        matter = (struct matter){ .whole = seed % 5 == 0,
                                  .has_key = seed % 2 == 0,
                                  .headers = seed % 3 == 0 ? roll % 65536 : 0 };
        do {
            roll = roll * 1664525U + 1013904223U;
            steps++;
        } while (next((enum refused)(REFUSED_SIZE + (roll >> 16) % 3)) || next(REFUSED_SIZE) ||
                 next(REFUSED_RECORD));
        ck_assert_int_lt(steps, 40);
        ck_assert(!matter.whole || (form.value == first.value && form.key == first.key));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feed form");
    TCase *tcase = tcase_create("feed form");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, only_what_is_refused_for_its_own_sake_is_changed);
    tcase_add_test(tcase, first_it_goes_alone_as_it_is);
    tcase_add_test(tcase, a_refused_time_becomes_ours_and_nothing_else_helps);
    tcase_add_test(tcase, a_value_too_large_loses_first_what_our_headers_add_then_half);
    tcase_add_test(tcase, the_largest_of_value_key_and_headers_goes_first);
    tcase_add_test(tcase, what_is_forwarded_is_never_cut);
    tcase_add_test(tcase, a_null_key_is_the_first_guess_where_kafka_says_no_more);
    tcase_add_test(tcase, there_is_an_end);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
