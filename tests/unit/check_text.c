/* Texts: order of bytes, UTF-8, and buffers that are never overrun. */
#include "base/text.h"

#include <check.h>

static const struct {
    const char *a, *b;
    int order;
} orders[] = {
    { "", "", 0 },      { "a", "a", 0 },       { "", "a", -1 },
    { "a", "ab", -1 },  { "b", "ab", 1 },      { "a", "\xC3\xA9", -1 },
    { "\xFF", "z", 1 }, { "CN", "CN-AH", -1 }, { "A-", "AA", -1 },
};

START_TEST(texts_are_ordered_by_unsigned_bytes)
{
    int forth = text_compare(text_of(orders[_i].a), text_of(orders[_i].b));
    int back = text_compare(text_of(orders[_i].b), text_of(orders[_i].a));

    ck_assert_int_eq((forth > 0) - (forth < 0), orders[_i].order);
    ck_assert_int_eq((back > 0) - (back < 0), -orders[_i].order);
    ck_assert_int_eq(text_equal(text_of(orders[_i].a), text_of(orders[_i].b)),
                     orders[_i].order == 0);
}
END_TEST

START_TEST(an_absent_text_sorts_as_an_empty_one)
{
    ck_assert_int_eq(text_compare((struct text){ NULL, 0 }, TEXT_LITERAL("")), 0);
    ck_assert_int_lt(text_compare((struct text){ NULL, 0 }, TEXT_LITERAL("a")), 0);
}
END_TEST

static const struct {
    struct text text;
    bool good;
} encodings[] = {
    { { "", 0 }, true },
    { { "a\0b", 3 }, true },
    { { "\x7F", 1 }, true },
    { { "\x80", 1 }, false },     /* a continuation alone */
    { { "\xC2\x80", 2 }, true },  /* U+0080 */
    { { "\xC0\x80", 2 }, false }, /* overlong NUL */
    { { "\xC1\xBF", 2 }, false }, /* overlong U+007F */
    { { "\xC3", 1 }, false },     /* cut short */
    { { "\xC3(", 2 }, false },
    { { "\xDF\xBF", 2 }, true },      /* U+07FF */
    { { "\xE0\x9F\xBF", 3 }, false }, /* overlong */
    { { "\xE0\xA0\x80", 3 }, true },  /* U+0800 */
    { { "\xE4\xB8\x80", 3 }, true },
    { { "\xE4\xB8", 2 }, false },
    { { "\xE4\xB8(", 3 }, false },
    { { "\xED\x9F\xBF", 3 }, true },  /* U+D7FF */
    { { "\xED\xA0\x80", 3 }, false }, /* a surrogate */
    { { "\xEE\x80\x80", 3 }, true },
    { { "\xF0\x8F\xBF\xBF", 4 }, false }, /* overlong */
    { { "\xF0\x90\x80\x80", 4 }, true },  /* U+10000 */
    { { "\xF4\x8F\xBF\xBF", 4 }, true },  /* U+10FFFF */
    { { "\xF4\x90\x80\x80", 4 }, false }, /* above */
    { { "\xF0\x9F\x98", 3 }, false },
    { { "\xF5\x80\x80\x80", 4 }, false },
    { { "\xFF", 1 }, false },
};

START_TEST(only_well_formed_utf8_is_utf8)
{
    char padded[128];

    ck_assert_int_eq(text_is_utf8(encodings[_i].text), encodings[_i].good);
    /* At every distance from the blocks of 8 and 32 that are skipped at once. */
    for (size_t before = 0; before <= 80; before++) {
        struct text t = { padded, before + encodings[_i].text.length + 40 };

        memset(padded, 'x', sizeof padded);
        memcpy(padded + before, encodings[_i].text.at, encodings[_i].text.length);
        ck_assert_int_eq(text_is_utf8(t), encodings[_i].good);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_left_out_whole)
{
    char room[6] = "......";
    struct text_buffer b = { room, 5, 0, false };

    text_put(&b, TEXT_LITERAL("abc"));
    ck_assert(!b.full);
    text_put(&b, TEXT_LITERAL("def"));
    ck_assert(b.full);
    ck_assert_uint_eq(b.length, 3);
    text_put_char(&b, 'x');
    text_put_char(&b, 'y');
    text_put_char(&b, 'z');
    ck_assert(b.full);
    ck_assert(text_equal(text_done(&b), TEXT_LITERAL("abcxy")));
    ck_assert_int_eq(room[5], '.');
}
END_TEST

static const struct {
    int64_t n;
    const char *text;
} integers[] = {
    { 0, "0" },
    { 7, "7" },
    { -7, "-7" },
    { 1234567890, "1234567890" },
    { INT64_MAX, "9223372036854775807" },
    { INT64_MIN, "-9223372036854775808" },
};

START_TEST(integers_are_written_in_decimal)
{
    char room[20];
    struct text_buffer b = { room, sizeof room, 0, false };

    text_put_integer(&b, integers[_i].n);
    ck_assert(text_equal(text_done(&b), text_of(integers[_i].text)));
    b = (struct text_buffer){ room, strlen(integers[_i].text) - 1, 0, false };
    text_put_integer(&b, integers[_i].n);
    ck_assert(b.full);
    ck_assert_uint_eq(b.length, 0);
}
END_TEST

START_TEST(what_is_printed_comes_whole_or_not_at_all)
{
    char room[8];
    struct text_buffer b = { .at = room, .size = sizeof room };

    text_print(&b, "%s-%d", "ab", 12);
    ck_assert(text_equal(text_done(&b), TEXT_LITERAL("ab-12")));
    text_print(&b, "%s", "xyz"); /* its NUL would be the ninth byte */
    ck_assert(b.full);
    ck_assert(text_equal(text_done(&b), TEXT_LITERAL("ab-12")));
    text_print(&b, "%s", "xy");
    ck_assert(text_equal(text_done(&b), TEXT_LITERAL("ab-12xy")));
}
END_TEST

START_TEST(blanks_are_blanks_tabs_and_ends_of_lines)
{
    ck_assert(text_is_blank((struct text){ NULL, 0 }));
    ck_assert(text_is_blank(TEXT_LITERAL(" \t\r\n")));
    ck_assert(!text_is_blank(TEXT_LITERAL(" x ")));
    ck_assert(!text_is_blank(TEXT_LITERAL("\v")));
    ck_assert(!text_is_blank(TEXT_LITERAL("\xC2\xA0")));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

START_TEST(one_byte_makes_a_text_no_ascii)
{
    char bytes[20];

    for (size_t length = 0; length <= sizeof bytes; length++) {
        memset(bytes, 0x01 + (int)length, sizeof bytes);
        ck_assert(text_is_ascii((struct text){ bytes, length }));
        for (size_t at = 0; at < length; at++)
            for (int byte = 0; byte < 256; byte++) {
                memset(bytes, 'a', sizeof bytes);
                bytes[at] = (char)byte;
                ck_assert_int_eq(text_is_ascii((struct text){ bytes, length }),
                                 1 <= byte && byte <= 0x7F);
            }
    }
}
END_TEST

static const struct {
    const char *text;
    int64_t number;
} numbers[] = {
    { "0", 0 },   { "7", 7 },   { "999999999999999999", INT64_C(999999999999999999) },
    { "", -1 },   { "-1", -1 }, { "1000000000000000000", -1 },
    { "1 ", -1 }, { "x", -1 },  { "0012", 12 },
};

START_TEST(a_number_is_digits_and_nothing_else)
{
    ck_assert_int_eq(text_number(text_of(numbers[_i].text)), numbers[_i].number);
    ck_assert_int_eq(text_number((struct text){ NULL, 0 }), -1);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    int64_t number;
} signed_numbers[] = {
    { "0", true, 0 },
    { "-0", true, 0 },
    { "-1", true, -1 },
    { "90", true, 90 },
    { "9223372036854775807", true, INT64_MAX },
    { "-9223372036854775808", true, INT64_MIN },
    { "9223372036854775808", false, 0 },
    { "-9223372036854775809", false, 0 },
    { "92233720368547758070", false, 0 },
    { "", false, 0 },
    { "-", false, 0 },
    { "--1", false, 0 },
    { "1-", false, 0 },
    { "+1", false, 0 },
    { "1/", false, 0 },
    { "1:", false, 0 },
};

START_TEST(a_signed_number_is_read_up_to_its_bounds)
{
    int64_t number = 0;

    ck_assert_msg(text_integer(text_of(signed_numbers[_i].text), &number) ==
                      signed_numbers[_i].good,
                  "%s", signed_numbers[_i].text);
    ck_assert_int_eq(number, signed_numbers[_i].number);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, texts_are_ordered_by_unsigned_bytes, 0, ROWS(orders));
    tcase_add_loop_test(tcase, a_number_is_digits_and_nothing_else, 0,
                        sizeof numbers / sizeof numbers[0]);
    tcase_add_loop_test(tcase, a_signed_number_is_read_up_to_its_bounds, 0, ROWS(signed_numbers));
    tcase_add_test(tcase, an_absent_text_sorts_as_an_empty_one);
    tcase_add_test(tcase, one_byte_makes_a_text_no_ascii);
    tcase_add_loop_test(tcase, only_well_formed_utf8_is_utf8, 0, ROWS(encodings));
    tcase_add_test(tcase, what_does_not_fit_is_left_out_whole);
    tcase_add_loop_test(tcase, integers_are_written_in_decimal, 0, ROWS(integers));
    tcase_add_test(tcase, what_is_printed_comes_whole_or_not_at_all);
    tcase_add_test(tcase, blanks_are_blanks_tabs_and_ends_of_lines);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
