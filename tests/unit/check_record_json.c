/* Decimals as text, to the last digit; also those that no record may have, since dead letters do.
 */
#include "ingest/record_json.h"

#include <check.h>

#define WIDE_LEAST ((wide_t)1 << 126)

static const struct {
    const char *text;
    int64_t high, low; /* high * 10^18 + low */
    int scale;
} rows[] = {
    { "0", 0, 0, 0 },
    { "0", 0, 0, 9 },
    { "1234.5", 0, 12345000, 4 },
    { "0.0001", 0, 1, 4 },
    { "1000", 0, 10000000, 4 },
    { "0.000000001", 0, 1, 9 },
    { "-0.5", 0, -5000, 4 },
    { "-12.000000001", 0, -12000000001, 9 },
    { "99999999999999999", 0, 99999999999999999, 0 },
    { "123456789000000000000000000", 123456789, 0, 0 },
    { "123456789000000000000000", 123456789, 0, 3 },
    { "-123456789000000000000000.001", -123456789, -1, 3 },
};

START_TEST(a_decimal_is_written_exactly)
{
    char out[64];
    struct text_buffer b = { .at = out, .size = sizeof out };
    wide_t unscaled = (wide_t)rows[_i].high * INT64_C(1000000000000000000) + rows[_i].low;

    decimal_put(&b, (struct decimal){ unscaled, rows[_i].scale });
    ck_assert_msg(text_equal(text_done(&b), text_of(rows[_i].text)), "%.*s", (int)b.length, out);
}
END_TEST

START_TEST(the_least_that_sixteen_bytes_can_say)
{
    static const char digits[] = "-170141183460469231731687303715884105728";
    char out[64];

    for (int scale = 0; scale <= 9; scale++) {
        struct text_buffer b = { .at = out, .size = sizeof out };
        size_t before = sizeof digits - 1 - (size_t)scale;

        decimal_put(&b, (struct decimal){ -WIDE_LEAST - WIDE_LEAST, scale });
        ck_assert_uint_eq(b.length, sizeof digits - 1 + (scale > 0 ? 1 : 0));
        ck_assert_mem_eq(out, digits, before);
        ck_assert_mem_eq(out + before + (scale > 0 ? 1 : 0), digits + before, (size_t)scale);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("record_json");
    TCase *tcase = tcase_create("record_json");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, a_decimal_is_written_exactly, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, the_least_that_sixteen_bytes_can_say);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
