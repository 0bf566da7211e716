/* Look-ups in a real Redis that holds what the aggregator would have written. */
#include "lookup/lookup.h"
#include "own_redis.h"

enum { OPERANDS = 8 };

/* The answer to a question, and how it ended. */
struct result {
    enum fault fault;
    enum verdict verdict;
    struct why why;
    char *text; /* freed by result_free() */
};

static struct result
ask_words(struct store *store, bool as_json, const char *const *operands)
{
    struct result r = { .verdict = VERDICT_DONE };
    struct lookup lookup = { .way = store_way(store), .prefix = "tt:", .as_json = as_json };
    size_t size = 0;
    int count = 0;

    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    while (operands[count] != NULL)
        count++;
    lookup.out = open_memstream(&r.text, &size);
    r.fault = lookup_run(&lookup, operands, count, &r.verdict, &r.why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    return r;
}
#define ASK(store, as_json, ...)                                                                   \
    ask_words((store), (as_json), (const char *const[]){ __VA_ARGS__, NULL })

static struct store *store;

static void
set_up(void)
{
    own_redis_set_up();
    store = own_redis_open(own_redis.url, 0);
    DO(store, "HSET", "tt:{CN-LN}:asof", "day", "2024-01-31", "updated", "1706659200000", "version",
       "7", "complete", "1");
    DO(store, "HSET", "tt:{CN-LN}:RU:2023", "export.CNY", "1440000000000", "export.JPY", "12345",
       "export.BHD", "1234", "export.qty.TNE", "1200500", "export.events", "12", "import.CNY", "5",
       "import.events", "3", "import.inexact", "2", "import.contradicted", "1", "agreements", "2",
       "agreements.FRAMEWORK", "2", "agreements.CNY", "999");
    DO(store, "HSET", "tt:{CN-LN}:RU:31d", "total.contradicted", "1");
    DO(store, "HSET", "tt:{CN-LN}:RU:all", "export.CNY", "9223372036854775807");
    DO(store, "HSET", "tt:{CN-LN}:KP:2023", "export.CNY", "9007199254740993");
    DO(store, "HSET", "tt:{CN-LN}:CI:2023", "export.CNY", "9007199254740992", "export.events", "4",
       "export.inexact", "1");
    DO(store, "HSET", "tt:{CN-LN}:ALL:2023", "export.CNY", "99");
    DO(store, "HSET", "tt:{CN-LN}:RU:months", "2023-09|export.CNY", "100", "2023-09|export.events",
       "4", "2023-09|export.inexact", "1", "2022-12|export.CNY", "500", "2023-10|import.CNY", "4");
    DO(store, "HSET", "tt:{CN-HL}:asof", "day", "2024-01-31", "version", "3", "complete", "0");
    DO(store, "HSET", "tt:{CN-HL}:RU:2023", "export.CNY", "100");
}

static void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

static const struct {
    const char *operands[OPERANDS];
    enum verdict verdict;
    const char *json;
} JSON[] = {
    { { "totals", "CN-LN", "RU", "31d" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"day\":\"2024-01-31\",\"complete\":true,"
      "\"windows\":{\"31d\":{\"total.contradicted\":1}}}\n" },
    { { "totals", "CN-LN", "RU" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"day\":\"2024-01-31\",\"complete\":true,"
      "\"windows\":{\"31d\":{\"total.contradicted\":1},"
      "\"2023\":{\"export.BHD\":1234,\"export.CNY\":1440000000000,\"export.JPY\":12345,"
      "\"export.qty.TNE\":1200500,\"export.events\":12,\"import.CNY\":5,\"import.events\":3,"
      "\"import.inexact\":2,\"import.contradicted\":1,\"agreements.CNY\":999,\"agreements\":2,"
      "\"agreements.FRAMEWORK\":2},"
      "\"all\":{\"export.CNY\":9223372036854775807}}}\n" },
    { { "totals", "辽宁", "south korea", "2023" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"KR\",\"day\":\"2024-01-31\",\"complete\":true,"
      "\"windows\":{}}\n" },
    { { "totals", "heilongjiang", "ru" },
      VERDICT_PARTIAL,
      "{\"province\":\"CN-HL\",\"partner\":\"RU\",\"day\":\"2024-01-31\",\"complete\":false,"
      "\"windows\":{\"2023\":{\"export.CNY\":100}}}\n" },
    { { "totals", "ALL", "all", "all" },
      VERDICT_PARTIAL,
      "{\"province\":\"ALL\",\"partner\":\"ALL\",\"day\":null,\"complete\":false,"
      "\"windows\":{}}\n" },
    { { "top", "ln", "2023", "export.CNY" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"window\":\"2023\",\"measure\":\"export.CNY\","
      "\"day\":\"2024-01-31\",\"complete\":true,"
      "\"top\":[{\"partner\":\"KP\",\"total\":9007199254740993},"
      "{\"partner\":\"CI\",\"total\":9007199254740992},"
      "{\"partner\":\"RU\",\"total\":1440000000000}]}\n" },
    { { "top", "ln", "2023", "agreements" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"window\":\"2023\",\"measure\":\"agreements\","
      "\"day\":\"2024-01-31\",\"complete\":true,\"top\":[{\"partner\":\"RU\",\"total\":2}]}\n" },
    { { "top", "CN", "366d", "import.USD" },
      VERDICT_PARTIAL,
      "{\"province\":\"CN\",\"window\":\"366d\",\"measure\":\"import.USD\",\"day\":null,"
      "\"complete\":false,\"top\":[]}\n" },
    { { "series", "LN", "RU", "export.CNY" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"measure\":\"export.CNY\","
      "\"day\":\"2024-01-31\",\"complete\":true,"
      "\"months\":{\"2022-12\":500,\"2023-09\":100}}\n" },
    { { "series", "LN", "RU", "export.CNY", "2023-01", "2023-09" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"measure\":\"export.CNY\","
      "\"day\":\"2024-01-31\",\"complete\":true,\"months\":{\"2023-09\":100}}\n" },
    { { "series", "LN", "RU", "export.inexact", "2023-09", "2023-09" },
      VERDICT_DONE,
      "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"measure\":\"export.inexact\","
      "\"day\":\"2024-01-31\",\"complete\":true,\"months\":{\"2023-09\":1}}\n" },
};

START_TEST(as_json_an_answer_is_one_line_of_exact_integers)
{
    struct result r = ask_words(store, true, JSON[_i].operands);

    ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
    ck_assert_int_eq(r.verdict, JSON[_i].verdict);
    ck_assert_str_eq(r.text, JSON[_i].json);
    free(r.text);
}
END_TEST

static const struct {
    const char *operands[OPERANDS];
    enum verdict verdict;
    const char *text;
} TABLES[] = {
    { { "totals", "LN", "RU", "2023" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x Russia (RU)\n"
      "as of 2024-01-31\n"
      "window  measure                           total  unit        note\n"
      "2023    export.BHD                        1.234  BHD\n"
      "        export.CNY            14,400,000,000.00  CNY\n"
      "        export.JPY                       12,345  JPY\n"
      "        export.qty.TNE                1,200.500  TNE\n"
      "        export.events                        12  records\n"
      "        import.CNY                         0.05  CNY         2 of 3 records inexact; 1 "
      "contradicted, not in it\n"
      "        import.events                         3  records     2 of 3 records inexact; 1 "
      "contradicted, not counted\n"
      "        import.inexact                        2  records\n"
      "        import.contradicted                   1  records     in no amount\n"
      "        agreements.CNY                     9.99  CNY\n"
      "        agreements                            2  agreements\n"
      "        agreements.FRAMEWORK                  2  agreements\n" },
    { { "totals", "CN-HL", "RU", "2023" },
      VERDICT_PARTIAL,
      "Heilongjiang 黑龙江 (CN-HL) x Russia (RU)\n"
      "PARTIAL: not every partition has its share in; as of 2024-01-31\n"
      "window  measure     total  unit  note\n"
      "2023    export.CNY   1.00  CNY   partial\n" },
    { { "totals", "LN", "US", "7d" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x United States (US)\n"
      "as of 2024-01-31\n"
      "no data in 7d\n" },
    { { "totals", "JL", "US" },
      VERDICT_PARTIAL,
      "Jilin 吉林 (CN-JL) x United States (US)\n"
      "PARTIAL: nothing was loaded yet, there is no asof\n"
      "no data\n" },
    { { "top", "LN", "2023", "export.CNY" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN): export.CNY in 2023\n"
      "as of 2024-01-31\n"
      "#  partner  name                           total  unit  note\n"
      "1  KP       North Korea    90,071,992,547,409.93  CNY\n"
      "2  CI       Côte d'Ivoire  90,071,992,547,409.92  CNY   1 of 4 records inexact\n"
      "3  RU       Russia             14,400,000,000.00  CNY\n" },
    { { "series", "LN", "RU", "export.CNY" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x Russia (RU): export.CNY by month\n"
      "as of 2024-01-31\n"
      "month    total  unit  note\n"
      "2022-12   5.00  CNY\n"
      "2023-09   1.00  CNY   1 of 4 records inexact\n" },
};

START_TEST(for_people_an_answer_says_its_doubts_in_words)
{
    struct result r = ask_words(store, false, TABLES[_i].operands);

    ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
    ck_assert_int_eq(r.verdict, TABLES[_i].verdict);
    ck_assert_str_eq(r.text, TABLES[_i].text);
    free(r.text);
}
END_TEST

static const struct {
    const char *operands[OPERANDS];
    const char *says;
} WRONG[] = {
    { { NULL }, "no command" },
    { { "total", "LN", "RU" }, "no such command" },
    { { "totals", "LN" }, "usage: tally-lookup totals" },
    { { "totals", "LN", "RU", "31d", "x" }, "usage: tally-lookup totals" },
    { { "totals", "XX", "RU" }, "no such province" },
    { { "totals", "CN-CN", "RU" }, "no such province" },
    { { "totals", "", "RU" }, "no such province" },
    { { "totals", "LN", "CN" }, "no such partner" },
    { { "totals", "LN", "RUS" }, "no such partner" },
    { { "totals", "LN", "RU", "30d" }, "no such window" },
    { { "totals", "LN", "RU", "ALL" }, "no such window" },
    { { "totals", "LN", "RU", "" }, "no such window" },
    { { "top", "LN", "2023", "export.XYZ" }, "no such measure" },
    { { "top", "LN", "2023", "export" }, "no such measure" },
    { { "top", "LN", "2023", "export.events" }, "not ranked" },
    { { "top", "LN", "2023", "export.qty.TNE" }, "not ranked" },
    { { "top", "LN", "2023", "agreements.FRAMEWORK" }, "not ranked" },
    { { "series", "LN", "RU", "export.CNY", "2023-01" }, "both FROM and TO" },
    { { "series", "LN", "RU", "export.CNY", "2023-13", "2023-12" }, "YYYY-MM" },
    { { "series", "LN", "RU", "export.CNY", "2023", "2023-12" }, "YYYY-MM" },
    { { "series", "LN", "RU", "export.CNY", "2023-02", "2023-01" }, "later than" },
    { { "verify", "LN" }, "usage: tally-lookup verify" },
    { { "why", "LN", "RU", "31d" }, "not yet" },
};

START_TEST(a_wrong_question_is_a_usage_error_without_a_result)
{
    struct result r = ask_words(store, _i % 2 == 0, WRONG[_i].operands);

    ck_assert_int_eq(r.fault, FAULT_OPTION);
    ck_assert_msg(strstr(r.why.text, WRONG[_i].says) != NULL, "%s", r.why.text);
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

START_TEST(every_scope_and_partner_is_known_by_its_names)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const char *const names[] = { scope_code(s), scope_english(s), scope_chinese(s) };
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            struct result r = ASK(store, true, "series", names[i], "RU", "export.CNY");
            char begin[64];
            (void)snprintf(begin, sizeof begin, "{\"province\":\"%s\",", scope_code(s));
            ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
            ck_assert_msg(strncmp(r.text, begin, strlen(begin)) == 0, "%s: %s", names[i], r.text);
            free(r.text);
        }
    }
    for (int p = 0; p <= PARTNER_ALL; p++) {
        const char *const names[] = { partner_code(p), partner_english(p) };
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            struct result r = ASK(store, true, "series", "LN", names[i], "export.CNY");
            char begin[64];
            (void)snprintf(begin, sizeof begin, "\"partner\":\"%s\",", partner_code(p));
            ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
            ck_assert_msg(strstr(r.text, begin) != NULL, "%s: %s", names[i], r.text);
            free(r.text);
        }
    }
}
END_TEST

START_TEST(what_this_version_does_not_know_is_shown_and_can_not_steer_a_terminal)
{
    DO(store, "HSET", "tt:{CN-LN}:MN:2023", "export.CNY", "1", "export.novel", "7", "a\033[2Jb",
       "8");
    struct result r = ASK(store, false, "totals", "LN", "MN", "2023");
    ck_assert_ptr_nonnull(strstr(r.text, "export.novel      7  ?"));
    ck_assert_ptr_null(strchr(r.text, '\033'));
    ck_assert_ptr_nonnull(strstr(r.text, "8  ?"));
    free(r.text);
    r = ASK(store, true, "totals", "LN", "MN", "2023");
    ck_assert_ptr_nonnull(strstr(r.text, "\"export.novel\":7"));
    ck_assert_ptr_null(strchr(r.text, '\033'));
    free(r.text);
}
END_TEST

START_TEST(a_total_that_is_no_integer_or_a_key_of_another_type_is_a_fault_without_a_result)
{
    static const char *const values[] = { "12x", "", "1.5", "9223372036854775808", "-", "nan" };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        DO(store, "HSET", "tt:{CN-LN}:MN:2023", "export.CNY", values[i]);
        struct result r = ASK(store, true, "totals", "LN", "MN");
        ck_assert_int_eq(r.fault, FAULT_STORE_REFUSED);
        ck_assert_str_eq(r.text, "");
        free(r.text);
    }
    DO(store, "SET", "tt:{CN-LN}:LA:2023", "x");
    struct result r = ASK(store, false, "totals", "LN", "LA");
    ck_assert_int_eq(r.fault, FAULT_STORE_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.why.text, "WRONGTYPE"));
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

START_TEST(a_redis_that_is_away_is_a_fault_without_a_result)
{
    own_redis_stop();
    struct result r = ASK(store, false, "totals", "LN", "RU");
    ck_assert_int_eq(r.fault, FAULT_STORE_AWAY);
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("lookup");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, as_json_an_answer_is_one_line_of_exact_integers, 0,
                        sizeof JSON / sizeof JSON[0]);
    tcase_add_loop_test(cases, for_people_an_answer_says_its_doubts_in_words, 0,
                        sizeof TABLES / sizeof TABLES[0]);
    tcase_add_loop_test(cases, a_wrong_question_is_a_usage_error_without_a_result, 0,
                        sizeof WRONG / sizeof WRONG[0]);
    tcase_add_test(cases, every_scope_and_partner_is_known_by_its_names);
    tcase_add_test(cases, what_this_version_does_not_know_is_shown_and_can_not_steer_a_terminal);
    tcase_add_test(cases,
                   a_total_that_is_no_integer_or_a_key_of_another_type_is_a_fault_without_a_result);
    tcase_add_test(cases, a_redis_that_is_away_is_a_fault_without_a_result);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
