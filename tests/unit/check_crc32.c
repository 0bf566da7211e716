#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"

static const struct {
    const char *text;
    size_t length;
    uint32_t crc;
} vectors[] = {
    { "", 0, 0x00000000 },
    { "a", 1, 0xE8B7BE43 },
    { "abc", 3, 0x352441C2 },
    { "123456789", 9, 0xCBF43926 }, /* the check value of every catalogue */
    { "The quick brown fox jumps over the lazy dog", 43, 0x414FA339 },
    { "\0\0\0\0", 4, 0x2144DF1C },
    { "\xFF\xFF\xFF\xFF", 4, 0xFFFFFFFF },
};

START_TEST(known_bytes_have_their_known_crc)
{
    ck_assert_uint_eq(crc32_of(0, vectors[_i].text, vectors[_i].length), vectors[_i].crc);
}
END_TEST

/* By definition: bit for bit, no table. */
static uint32_t
bit_by_bit(const uint8_t *at, size_t size)
{
    uint32_t crc = ~0U;

    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

START_TEST(slices_make_the_crc_of_the_whole)
{
    uint8_t bytes[200];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 151 + 7);
    for (size_t from = 0; from < 9; from++) { /* also at odd addresses */
        for (size_t size = 0; from + size <= 64; size++) {
            uint32_t whole = bit_by_bit(bytes + from, size);
            for (size_t cut = 0; cut <= size; cut++) {
                uint32_t crc = crc32_of(0, bytes + from, cut);
                ck_assert_uint_eq(crc32_of(crc, bytes + from + cut, size - cut), whole);
            }
        }
    }
    ck_assert_uint_eq(crc32_of(0, bytes, sizeof bytes), bit_by_bit(bytes, sizeof bytes));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("crc32");
    TCase *tcase = tcase_create("crc32");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, known_bytes_have_their_known_crc, 0,
                        (int)(sizeof vectors / sizeof vectors[0]));
    tcase_add_test(tcase, slices_make_the_crc_of_the_whole);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
