#include <check.h>
#include <stdlib.h>

#include "ledger/scope_keys.h"

/* Keys as SCAN finds them. */

static const struct {
    const char *key;
    int scope; /* -1: of none, or one of its own */
    const char *rest;
} keys[] = {
    { "tt:{CN-LN}:RU:31d", PROVINCE_LN, "RU:31d" },
    { "tt:{ALL}:top:31d:export.CNY", SCOPE_ALL, "top:31d:export.CNY" },
    { "tt:{CN-LN}:a", PROVINCE_LN, "a" },
    { "tt:{CN-LN}:", -1, NULL },
    { "tt:{CN-LN}", -1, NULL },
    { "tt:{CN-LN", -1, NULL },
    { "tt:{", -1, NULL },
    { "tt:", -1, NULL },
    { "tt:{CN-LN}RU:31d", -1, NULL },
    { "tt:{CN-LNX}:RU:31d", -1, NULL },
    { "tt:{cn-ln}:RU:31d", -1, NULL },
    { "tt:rebuild:0000000000000001:{CN-LN}:RU:31d", -1, NULL },
    { "tt:{trade-events/3}:meta", -1, NULL },
    { "tt:{CN-LN}:tags", -1, NULL },
    { "tt:{CN-LN}:index", -1, NULL },
    { "tt:{CN-LN}:asof", -1, NULL },
    { "tt:{CN-LN}:changes", -1, NULL },
    { "tt:{CN-LN}:told", -1, NULL },
    { "tt:{CN-LN}:asof:31d", PROVINCE_LN, "asof:31d" },
};

START_TEST(a_total_is_told_from_what_a_scope_has_of_its_own)
{
    struct text rest = { NULL, 0 };

    ck_assert_msg(scope_of_key("tt:", text_of(keys[_i].key), &rest) == keys[_i].scope, "%s",
                  keys[_i].key);
    if (keys[_i].scope >= 0)
        ck_assert_msg(text_equal(rest, text_of(keys[_i].rest)), "%s", keys[_i].key);
}
END_TEST

/* All that key_scope() spells for a scope itself is one of its own. */
START_TEST(own_keys_are_spelled_as_they_are_read)
{
    for (int i = 0; i < SCOPE_OWN_KEYS; i++) {
        char key[KEY_BYTES];
        size_t length = key_scope("", PROVINCE_LN, scope_own_keys[i], key);
        struct text rest;

        ck_assert_int_eq(scope_of_key("", (struct text){ key, length }, &rest), -1);
    }
}
END_TEST

static const struct {
    const char *begin, *pattern;
} patterns[] = {
    { "", "*" },
    { "tt:", "tt:*" },
    { "tt:{", "tt:{*" },
    { "a*b?c[d]e\\f", "a\\*b\\?c\\[d\\]e\\\\f*" },
};

START_TEST(what_a_pattern_begins_with_stands_for_itself)
{
    char pattern[KEY_PATTERN_BYTES];

    key_pattern(patterns[_i].begin, pattern);
    ck_assert_str_eq(pattern, patterns[_i].pattern);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scope_keys");
    TCase *tcase = tcase_create("scope_keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_total_is_told_from_what_a_scope_has_of_its_own, 0,
                        sizeof keys / sizeof *keys);
    tcase_add_test(tcase, own_keys_are_spelled_as_they_are_read);
    tcase_add_loop_test(tcase, what_a_pattern_begins_with_stands_for_itself, 0,
                        sizeof patterns / sizeof *patterns);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
