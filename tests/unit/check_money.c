/* Amounts: exact, or refused. */
#include "record/money.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define NO_AMOUNT (-1)

/* Every amount that was ever printed at us; digits 0, 2, 3, 4. */
static const struct {
    const char *text;
    int64_t amount[4]; /* NO_AMOUNT: refused */
} amounts[] = {
    { "0", { 0, 0, 0, 0 } },
    { "1", { 1, 100, 1000, 10000 } },
    { "0012.00", { 12, 1200, 12000, 120000 } },
    { "42.64", { NO_AMOUNT, 4264, 42640, 426400 } },
    { "12.555", { NO_AMOUNT, NO_AMOUNT, 12555, 125550 } },
    { "12.5555", { NO_AMOUNT, NO_AMOUNT, NO_AMOUNT, 125555 } },
    { "12.55555", { NO_AMOUNT, NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "12.500000000", { NO_AMOUNT, 1250, 12500, 125000 } },
    { "99999999999999999", { INT64_C(99999999999999999), NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "100000000000000000", { NO_AMOUNT, NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "999999999999999.99", { NO_AMOUNT, INT64_C(99999999999999999), NO_AMOUNT, NO_AMOUNT } },
    { "1000000000000000.00", { INT64_C(1000000000000000), NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "99999999999999.999", { NO_AMOUNT, NO_AMOUNT, INT64_C(99999999999999999), NO_AMOUNT } },
    { "9999999999999.9999", { NO_AMOUNT, NO_AMOUNT, NO_AMOUNT, INT64_C(99999999999999999) } },
    { "99999999999999999.000000000",
      { INT64_C(99999999999999999), NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "999999999999999999.999999999", { NO_AMOUNT, NO_AMOUNT, NO_AMOUNT, NO_AMOUNT } },
    { "000000000000000001", { 1, 100, 1000, 10000 } },
};

START_TEST(an_amount_is_a_whole_number_of_the_smallest_unit)
{
    static const int digits[] = { 0, 2, 3, 4 };
    struct decimal d;

    ck_assert(decimal_read(text_of(amounts[_i].text), &d));
    for (int i = 0; i < 4; i++) {
        int64_t amount = -7;
        bool good = decimal_to_amount(d, digits[i], &amount);

        ck_assert_int_eq(good, amounts[_i].amount[i] != NO_AMOUNT);
        ck_assert_int_eq(amount, good ? amounts[_i].amount[i] : -7);
    }
}
END_TEST

static const char *const not_decimals[] = {
    "",
    ".",
    "1.",
    ".5",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1,000",
    "1.2.3",
    "1e5",
    "0x10",
    "1.2a",
    "\xD9\xA3",
    "1234567890123456789",
    "0000000000000000001",
    "1.1234567890",
    "NaN",
    "1.-2",
};

START_TEST(nothing_else_is_a_decimal)
{
    struct decimal d = { 7, 7 };

    ck_assert(!decimal_read(text_of(not_decimals[_i]), &d));
    ck_assert(d.unscaled == 7 && d.scale == 7);
}
END_TEST

START_TEST(a_nul_within_is_no_decimal)
{
    struct decimal d;

    ck_assert(!decimal_read((struct text){ "1\0", 2 }, &d));
    ck_assert(!decimal_read((struct text){ "1.5\0", 4 }, &d));
}
END_TEST

/* What only Avro can say: signs and scales of its own. */
static const struct {
    wide_t unscaled;
    int scale, digits;
    int64_t amount;
} scales[] = {
    { -1, 0, 2, NO_AMOUNT },
    { -100, 4, 2, NO_AMOUNT },
    { 100, 4, 2, 1 },
    { 150, 4, 2, NO_AMOUNT },
    { 5, -1, 2, NO_AMOUNT },
    { 0, 39, 2, NO_AMOUNT },
    { 0, 38, 2, 0 },
    { (wide_t)INT64_C(1000000000000000000) * 1000000000, 27, 2, 100 },
    { (wide_t)INT64_C(1000000000000000000) * 1000000000 + 1, 27, 2, NO_AMOUNT },
    { (wide_t)INT64_C(1000000000000000000) * 10, 20, 0, NO_AMOUNT },
    { (wide_t)INT64_C(1000000000000000000) * 100, 20, 0, 1 },
};

START_TEST(a_decimal_of_any_scale_is_exact_or_refused)
{
    struct decimal d = { scales[_i].unscaled, scales[_i].scale };
    int64_t amount = NO_AMOUNT;

    ck_assert_int_eq(decimal_to_amount(d, scales[_i].digits, &amount),
                     scales[_i].amount != NO_AMOUNT);
    ck_assert_int_eq(amount, scales[_i].amount);
}
END_TEST

#define WIDE_MAX ((wide_t)(~(unsigned_wide_t)0 >> 1))
__extension__ typedef unsigned __int128 unsigned_wide_t;

static const struct {
    int64_t n;
    size_t length;
    uint8_t bytes[9];
} bytes[] = {
    { 0, 1, { 0x00 } },
    { 1, 1, { 0x01 } },
    { -1, 1, { 0xFF } },
    { 127, 1, { 0x7F } },
    { 128, 2, { 0x00, 0x80 } },
    { -128, 1, { 0x80 } },
    { -129, 2, { 0xFF, 0x7F } },
    { 255, 2, { 0x00, 0xFF } },
    { 256, 2, { 0x01, 0x00 } },
    { 1000000, 3, { 0x0F, 0x42, 0x40 } },
    { INT64_MAX, 8, { 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF } },
    { INT64_MIN, 8, { 0x80, 0, 0, 0, 0, 0, 0, 0 } },
};

START_TEST(decimals_are_the_shortest_twos_complement)
{
    uint8_t out[DECIMAL_BYTES];
    struct decimal d;

    ck_assert_uint_eq(decimal_to_bytes(bytes[_i].n, out), bytes[_i].length);
    ck_assert_mem_eq(out, bytes[_i].bytes, bytes[_i].length);
    ck_assert(decimal_from_bytes(bytes[_i].bytes, bytes[_i].length, 4, &d));
    ck_assert(d.unscaled == bytes[_i].n);
    ck_assert_int_eq(d.scale, 4);
}
END_TEST

START_TEST(wide_decimals_survive_the_round_trip)
{
    const wide_t values[] = { WIDE_MAX, -WIDE_MAX - 1, WIDE_MAX / 3, -(WIDE_MAX / 5),
                              (wide_t)INT64_MAX + 1 };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint8_t out[DECIMAL_BYTES];
        size_t length = decimal_to_bytes(values[i], out);
        struct decimal d;

        ck_assert(decimal_from_bytes(out, length, 0, &d));
        ck_assert(d.unscaled == values[i]);
    }
}
END_TEST

START_TEST(spare_sign_bytes_are_read_and_too_many_are_not)
{
    const uint8_t spare[DECIMAL_BYTES + 1] = { [DECIMAL_BYTES - 1] = 5 };
    struct decimal d = { 7, 7 };

    ck_assert(decimal_from_bytes(spare, DECIMAL_BYTES, 0, &d));
    ck_assert(d.unscaled == 5);
    ck_assert(decimal_from_bytes(NULL, 0, 2, &d));
    ck_assert(d.unscaled == 0);
    ck_assert(!decimal_from_bytes(spare, DECIMAL_BYTES + 1, 0, &d));
    ck_assert(d.unscaled == 0 && d.scale == 2);
}
END_TEST

START_TEST(wide_numbers_are_written_in_full)
{
    char out[WIDE_TEXT];

    ck_assert_uint_eq(wide_write(0, out), 1);
    ck_assert_str_eq(out, "0");
    ck_assert_uint_eq(wide_write(-15, out), 3);
    ck_assert_str_eq(out, "-15");
    wide_write((wide_t)UINT64_MAX, out);
    ck_assert_str_eq(out, "18446744073709551615");
    wide_write((wide_t)UINT64_MAX + 1, out);
    ck_assert_str_eq(out, "18446744073709551616");
    wide_write((wide_t)INT64_C(1000000000000000000) * INT64_C(1000000000000000000), out);
    ck_assert_str_eq(out, "1000000000000000000000000000000000000");
    ck_assert_uint_eq(wide_write(-WIDE_MAX - 1, out), 40);
    ck_assert_str_eq(out, "-170141183460469231731687303715884105728");
}
END_TEST

static const struct {
    int64_t n;
    int digits;
    const char *text;
} shown[] = {
    { 123456789, 2, "1,234,567.89" },
    { 0, 0, "0" },
    { 0, 2, "0.00" },
    { 5, 2, "0.05" },
    { -5, 2, "-0.05" },
    { -123456, 0, "-123,456" },
    { 999, 0, "999" },
    { 1000, 0, "1,000" },
    { 1000, 3, "1.000" },
    { 12345, 4, "1.2345" },
    { 99999, 2, "999.99" },
    { 100000, 2, "1,000.00" },
};

START_TEST(amounts_are_shown_for_people)
{
    char out[64];
    size_t length = strlen(shown[_i].text);

    ck_assert_uint_eq(amount_show(shown[_i].n, shown[_i].digits, out, sizeof out), length);
    ck_assert_str_eq(out, shown[_i].text);
    ck_assert_uint_eq(amount_show(shown[_i].n, shown[_i].digits, out, length + 1), length);
    /* A number that is cut would be another number. */
    ck_assert_uint_eq(amount_show(shown[_i].n, shown[_i].digits, out, length), 0);
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(the_widest_number_can_be_shown)
{
    char out[80];

    amount_show(-WIDE_MAX - 1, 2, out, sizeof out);
    ck_assert_str_eq(out, "-1,701,411,834,604,692,317,316,873,037,158,841,057.28");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("money");
    TCase *tcase = tcase_create("money");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, an_amount_is_a_whole_number_of_the_smallest_unit, 0, ROWS(amounts));
    tcase_add_loop_test(tcase, nothing_else_is_a_decimal, 0, ROWS(not_decimals));
    tcase_add_test(tcase, a_nul_within_is_no_decimal);
    tcase_add_loop_test(tcase, a_decimal_of_any_scale_is_exact_or_refused, 0, ROWS(scales));
    tcase_add_loop_test(tcase, decimals_are_the_shortest_twos_complement, 0, ROWS(bytes));
    tcase_add_test(tcase, wide_decimals_survive_the_round_trip);
    tcase_add_test(tcase, spare_sign_bytes_are_read_and_too_many_are_not);
    tcase_add_test(tcase, wide_numbers_are_written_in_full);
    tcase_add_loop_test(tcase, amounts_are_shown_for_people, 0, ROWS(shown));
    tcase_add_test(tcase, the_widest_number_can_be_shown);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
