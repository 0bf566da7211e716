/* Numbers and GUIDs of schemas: their text, both ways, and their order. */
#include "schemas/schema_id.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *written; /* NULL: refused */
} texts[] = {
    { "0", "0" },
    { "4294967295", "4294967295" },
    { "4294967296", NULL },
    { "-1", NULL },
    { "", NULL },
    { "7 ", NULL },
    { "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1", "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1" },
    { "FFFFFFFF-FFFF-ffff-FFFF-FFFFFFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff" },
    { "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000" },
    { "6da336d8-f1d3-0f98-4c47-0d03ee8a14a", NULL },
    { "6da336d8-f1d3-0f98-4c47-0d03ee8a14a1a", NULL },
    { "6da336d8f-1d3-0f98-4c47-0d03ee8a14a1", NULL },
    { "6da336d8-f1d3-0f98-4c47-0d03ee8a14g1", NULL },
    { "6da336d8-f1d3-0f98-4c47-0d03ee8a14-1", NULL },
    { "6da336d8_f1d3_0f98_4c47_0d03ee8a14a1", NULL },
};

START_TEST(a_text_is_read_and_written)
{
    struct schema_id id = { .number = 77 };
    char written[SCHEMA_ID_TEXT];

    if (texts[_i].written == NULL) {
        ck_assert(!schema_id_read(text_of(texts[_i].text), &id));
        ck_assert_uint_eq(id.number, 77); /* untouched */
        return;
    }
    ck_assert(schema_id_read(text_of(texts[_i].text), &id));
    ck_assert_uint_eq(schema_id_write(id, written), strlen(texts[_i].written));
    ck_assert_str_eq(written, texts[_i].written);
}
END_TEST

START_TEST(numbers_come_before_guids)
{
    static const char *const in_order[] = { "0",
                                            "1",
                                            "4294967295",
                                            "00000000-0000-0000-0000-000000000001",
                                            "00000000-0000-0001-0000-000000000000",
                                            "80000000-0000-0000-0000-000000000000",
                                            "80000000-0000-0000-8000-000000000000" };
    enum { COUNT = sizeof in_order / sizeof in_order[0] };
    struct schema_id ids[COUNT];

    for (int i = 0; i < COUNT; i++)
        ck_assert(schema_id_read(text_of(in_order[i]), &ids[i]));
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < COUNT; k++) {
            int order = schema_id_order(ids[i], ids[k]);

            ck_assert_int_eq((order > 0) - (order < 0), (i > k) - (i < k));
        }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("schema_id");
    TCase *tcase = tcase_create("schema_id");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, a_text_is_read_and_written, 0,
                        (int)(sizeof texts / sizeof texts[0]));
    tcase_add_test(tcase, numbers_come_before_guids);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
