#include <check.h>
#include <stdlib.h>

#include "ledger/keys.h"

static struct windows usual;

static void
set_up(void)
{
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &usual, NULL), FAULT_NONE);
}

static const struct {
    const char *text;
    enum fault fault;
    int count, last;
} lists[] = {
    { WINDOWS_DEFAULT, FAULT_NONE, 5, 366 },
    { "1d", FAULT_NONE, 1, 1 },
    { "9999d", FAULT_NONE, 1, 9999 },
    { "1d,2d,3d,4d,5d,6d,7d,8d,9d,10d,11d,12d,13d,14d,15d,16d", FAULT_NONE, 16, 16 },
    { "1d,2d,3d,4d,5d,6d,7d,8d,9d,10d,11d,12d,13d,14d,15d,16d,17d", FAULT_OPTION, 0, 0 },
    { "", FAULT_OPTION, 0, 0 },
    { ",", FAULT_OPTION, 0, 0 },
    { "1d,", FAULT_OPTION, 0, 0 },
    { "1", FAULT_OPTION, 0, 0 },
    { "d", FAULT_OPTION, 0, 0 },
    { "0d", FAULT_OPTION, 0, 0 },
    { "01d", FAULT_OPTION, 0, 0 },
    { "-1d", FAULT_OPTION, 0, 0 },
    { "10000d", FAULT_OPTION, 0, 0 },
    { "7d,7d", FAULT_OPTION, 0, 0 },
    { "7d,1d", FAULT_OPTION, 0, 0 },
    { "1d, 7d", FAULT_OPTION, 0, 0 },
    { "all", FAULT_OPTION, 0, 0 },
};

START_TEST(reads_a_list_of_windows_or_says_why_not)
{
    struct windows w = { .count = -1 };
    struct why why = { "", "" };
    char again[128];

    ck_assert_int_eq(windows_read(text_of(lists[_i].text), &w, &why), lists[_i].fault);
    if (lists[_i].fault != FAULT_NONE) {
        ck_assert_int_eq(w.count, -1);
        ck_assert_str_ne(why.text, "");
        return;
    }
    ck_assert_int_eq(w.count, lists[_i].count);
    ck_assert_int_eq(w.days[w.count - 1], lists[_i].last);
    ck_assert_uint_eq(windows_write(&w, again, sizeof again), strlen(lists[_i].text));
    ck_assert_str_eq(again, lists[_i].text);
}
END_TEST

static const struct {
    const char *text;
    int window; /* -1: none of this list */
} names[] = {
    { "1d", 0 },       { "7d", 1 },           { "31d", 2 },     { "92d", 3 },
    { "366d", 4 },     { "all", WINDOW_ALL }, { "1970", 2970 }, { "2023", 3023 },
    { "9999", 10999 }, { "2d", -1 },          { "1969", -1 },   { "0000", -1 },
    { "02023", -1 },   { "10000", -1 },       { "ALL", -1 },    { "", -1 },
    { "31", -1 },      { "31d ", -1 },        { "+31d", -1 },   { "20x3", -1 },
};

START_TEST(a_window_is_read_as_it_is_written)
{
    char again[WINDOW_TEXT];
    int window = -1;

    ck_assert_int_eq(window_read(text_of(names[_i].text), &usual, &window), names[_i].window >= 0);
    ck_assert_int_eq(window, names[_i].window);
    if (window < 0)
        return;
    ck_assert_uint_eq(window_write(window, &usual, again), strlen(names[_i].text));
    ck_assert_str_eq(again, names[_i].text);
}
END_TEST

static const struct {
    int days, day, span; /* at day 100 */
    bool held;
} holds[] = {
    { 1, 100, 1, true },  { 1, 99, 1, false },    { 1, 101, 1, false }, { 7, 94, 1, true },
    { 7, 93, 1, false },  { 7, 100, 7, true },    { 7, 100, 8, false }, { 31, 70, 31, true },
    { 31, 69, 1, false }, { 31, 100, 32, false },
};

START_TEST(a_window_holds_parts_of_its_days_that_are_no_longer_than_itself)
{
    ck_assert_int_eq(window_holds(holds[_i].days, 100, holds[_i].day, holds[_i].span),
                     holds[_i].held);
}
END_TEST

START_TEST(keys_are_spelled_as_readers_know_them)
{
    uint32_t yuan = measure_make(FLOW_EXPORT, MEASURE_MONEY, CURRENCY_CNY);
    uint32_t deals = measure_make(FAMILY_DEALS + FLOW_IMPORT, MEASURE_MONEY, CURRENCY_USD);
    char key[KEY_BYTES];
    size_t length;

    length = key_pair("tt:", PROVINCE_LN, PARTNER_RU, 2, false, &usual, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:RU:31d");
    ck_assert_uint_eq(length, strlen(key));
    key_pair("tt:", PROVINCE_LN, PARTNER_RU, 2, true, &usual, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:RU:31d:detail");
    key_pair("tt:", PROVINCE_LN, PARTNER_AFRICA, 2, true, &usual, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:AFRICA:31d:detail");
    key_months("tt:", SCOPE_ALL, PARTNER_EU, key);
    ck_assert_str_eq(key, "tt:{ALL}:EU:months");
    key_top("tt:", PROVINCE_LN, 2, deals, &usual, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:top:31d:deals.import.USD");
    key_pair("", SCOPE_ALL, PARTNER_ALL, WINDOW_ALL, false, &usual, key);
    ck_assert_str_eq(key, "{ALL}:ALL:all");
    key_pair("x", PROVINCE_CN, PARTNER_ALL, WINDOW_YEAR + 2023, true, &usual, key);
    ck_assert_str_eq(key, "x{CN}:ALL:2023:detail");
    length = key_months("tt:", PROVINCE_LN, PARTNER_RU, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:RU:months");
    ck_assert_uint_eq(length, strlen(key));
    length = key_top("tt:", PROVINCE_LN, 2, yuan, &usual, key);
    ck_assert_str_eq(key, "tt:{CN-LN}:top:31d:export.CNY");
    ck_assert_uint_eq(length, strlen(key));
    length = key_scope("tt:", PROVINCE_HL, "asof", key);
    ck_assert_str_eq(key, "tt:{CN-HL}:asof");
    ck_assert_uint_eq(length, strlen(key));
    length = key_meta("tt:", "trade-events", 3, key);
    ck_assert_str_eq(key, "tt:{trade-events/3}:meta");
    ck_assert_uint_eq(length, strlen(key));
    length = key_chunk("tt:", "agreements", 11, "a1b2", 40, key);
    ck_assert_str_eq(key, "tt:{agreements/11}:journal:a1b2:40");
    ck_assert_uint_eq(length, strlen(key));
}
END_TEST

START_TEST(the_longest_names_fit)
{
    char prefix[PREFIX_BYTES], topic[TOPIC_BYTES], key[KEY_BYTES];
    uint32_t quantity = measure_make(FAMILY_AGREEMENTS, MEASURE_KIND, KIND_LETTER_OF_INTENT);
    struct windows longest = { .count = 1, .days = { 9999 } };

    memset(prefix, 'p', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    memset(topic, 't', sizeof topic - 1);
    topic[sizeof topic - 1] = '\0';
    ck_assert_uint_eq(key_top(prefix, PROVINCE_LN, 0, quantity, &longest, key), strlen(key));
    for (int partner = 0; partner <= PARTNER_ALL; partner++) {
        size_t length =
            key_pair(prefix, PROVINCE_LN, partner, WINDOW_YEAR + 9999, true, &longest, key);

        ck_assert_uint_eq(length, strlen(key));
        ck_assert_str_eq(key + length - strlen(":9999:detail"), ":9999:detail");
    }
    ck_assert_uint_eq(key_chunk(prefix, topic, INT32_MAX, "0123456789abcdef", INT32_MAX, key),
                      strlen(key));
    ck_assert_str_eq(key + strlen(key) - 11, ":2147483647");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tcase = tcase_create("keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_loop_test(tcase, reads_a_list_of_windows_or_says_why_not, 0,
                        (int)(sizeof lists / sizeof lists[0]));
    tcase_add_loop_test(tcase, a_window_is_read_as_it_is_written, 0,
                        (int)(sizeof names / sizeof names[0]));
    tcase_add_loop_test(tcase, a_window_holds_parts_of_its_days_that_are_no_longer_than_itself, 0,
                        (int)(sizeof holds / sizeof holds[0]));
    tcase_add_test(tcase, keys_are_spelled_as_readers_know_them);
    tcase_add_test(tcase, the_longest_names_fit);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
