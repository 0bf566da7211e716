/* Faults: each has a name, a meaning and a remedy; sentences are never cut badly. */
#include "base/fault.h"

#include <check.h>

START_TEST(every_fault_is_described)
{
    enum fault fault = (enum fault)_i;

    ck_assert_uint_gt(strlen(fault_name(fault)), 0);
    ck_assert_uint_gt(strlen(fault_meaning(fault)), 0);
    if (fault_is_refusal(fault)) {
        ck_assert_int_eq(fault_remedy(fault), SET_ASIDE);
        ck_assert_int_ne(strncmp(fault_name(fault), "FAULT_", 6), 0);
    } else {
        ck_assert_int_eq(strncmp(fault_name(fault), "FAULT_", 6), 0);
    }
}
END_TEST

START_TEST(success_is_zero_and_goes_on)
{
    ck_assert_int_eq(FAULT_NONE, 0);
    ck_assert_int_eq(fault_remedy(FAULT_NONE), GO_ON);
    ck_assert_str_eq(fault_name(BAD_VALUE), "BAD_VALUE");
    ck_assert_int_eq(fault_remedy(FAULT_STORE_AWAY), TRY_AGAIN);
    ck_assert_int_eq(fault_remedy(FAULT_JOURNAL_BROKEN), STOP);
}
END_TEST

START_TEST(the_refusals_are_the_closed_list)
{
    int count = 0;

    for (int i = 0; i < FAULT_COUNT; i++)
        count += fault_is_refusal((enum fault)i);
    ck_assert_int_eq(count, 29);
}
END_TEST

START_TEST(a_sentence_goes_with_its_code)
{
    struct why why = { "old", "old" };

    ck_assert_int_eq(why_set(&why, FAULT_OPTION, "%s: no such option", "-q"), FAULT_OPTION);
    ck_assert_str_eq(why.text, "-q: no such option");
    ck_assert_str_eq(why.field, "");
    ck_assert_int_eq(why_field(&why, BAD_VALUE, "value", "%d", 5), BAD_VALUE);
    ck_assert_str_eq(why.text, "5");
    ck_assert_str_eq(why.field, "value");
}
END_TEST

START_TEST(nobody_need_read_the_sentence)
{
    ck_assert_int_eq(why_set(NULL, FAULT_FILE, "%d", 1), FAULT_FILE);
    ck_assert_int_eq(why_field(NULL, BAD_ID, "id", "%d", 1), BAD_ID);
}
END_TEST

/* A sentence of `lead` letters and then characters of 1 to 4 bytes. */
static const struct {
    const char *character;
    size_t lead, kept;
} cuts[] = {
    { "x", 0, 399 },
    { "\xC3\xA9", 0, 398 },
    { "\xC3\xA9", 1, 399 },
    { "\xE4\xB8\x80", 0, 399 },
    { "\xE4\xB8\x80", 1, 397 },
    { "\xE4\xB8\x80", 2, 398 },
    { "\xF0\x9F\x98\x80", 0, 396 },
    { "\xF0\x9F\x98\x80", 1, 397 },
    { "\xF0\x9F\x98\x80", 2, 398 },
    { "\xF0\x9F\x98\x80", 3, 399 },
};

START_TEST(a_long_sentence_is_cut_between_characters)
{
    char sentence[2048];
    size_t length = 0;
    struct why why;

    while (length < cuts[_i].lead)
        sentence[length++] = 'a';
    while (length < 1000)
        for (const char *c = cuts[_i].character; *c != '\0'; c++)
            sentence[length++] = *c;
    sentence[length] = '\0';
    why_set(&why, FAULT_FILE, "%s", sentence);
    ck_assert_uint_eq(strlen(why.text), cuts[_i].kept);
    ck_assert_mem_eq(why.text, sentence, cuts[_i].kept);
}
END_TEST

/* What a sentence or a field's name quotes, and what is left of it. */
static const struct {
    const char *quoted, *left;
} harms[] = {
    { "plain", "plain" },
    { "\xE8\xBE\xBD\xC2\xA0", "\xE8\xBE\xBD\xC2\xA0" },
    { "a\nb\r\tc", "a?b??c" },
    { "\x1b[31m\x7f", "?[31m?" },
    { "\xC2\x9B"
      "31m",
      "?31m" }, /* C1: the 8-bit ESC [ */
    { "a\xFFz", "a?z" },
    { "\xE8\xBE", "??" },
    { "\xED\xA0\x80", "???" },
};

START_TEST(what_is_quoted_does_no_harm)
{
    struct why why;

    why_field(&why, BAD_FIELD, harms[_i].quoted, "<%s>", harms[_i].quoted);
    ck_assert_str_eq(why.field, harms[_i].left);
    ck_assert_int_eq(why.text[0], '<');
    ck_assert_int_eq(why.text[strlen(why.text) - 1], '>');
    ck_assert_uint_eq(strlen(why.text), strlen(harms[_i].left) + 2);
    ck_assert_mem_eq(why.text + 1, harms[_i].left, strlen(harms[_i].left));
    why_set(&why, FAULT_FILE, "%s", harms[_i].quoted);
    ck_assert_str_eq(why.text, harms[_i].left);
}
END_TEST

START_TEST(a_long_field_name_is_cut_between_characters)
{
    struct why why;

    why_field(&why, BAD_FIELD, "22 bytes, then a long \xE8\xBE\xBD", "x");
    ck_assert_str_eq(why.field, "22 bytes, then a long ");
}
END_TEST

START_TEST(a_long_field_name_is_cut)
{
    struct why why;

    why_field(&why, BAD_FIELD, "a_name_that_is_much_longer_than_any", "x");
    ck_assert_str_eq(why.field, "a_name_that_is_much_lon");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("fault");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, every_fault_is_described, 0, FAULT_COUNT);
    tcase_add_test(tcase, success_is_zero_and_goes_on);
    tcase_add_test(tcase, the_refusals_are_the_closed_list);
    tcase_add_test(tcase, a_sentence_goes_with_its_code);
    tcase_add_test(tcase, nobody_need_read_the_sentence);
    tcase_add_loop_test(tcase, a_long_sentence_is_cut_between_characters, 0,
                        (int)(sizeof cuts / sizeof cuts[0]));
    tcase_add_loop_test(tcase, what_is_quoted_does_no_harm, 0,
                        (int)(sizeof harms / sizeof harms[0]));
    tcase_add_test(tcase, a_long_field_name_is_cut);
    tcase_add_test(tcase, a_long_field_name_is_cut_between_characters);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
