#include "lookup/table.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    const char *text;
    size_t columns;
} WIDTHS[] = {
    { "", 0 },
    { "Russia", 6 },
    { "Côte d'Ivoire", 13 },
    { "辽宁", 4 },
    { "Liaoning 辽宁 (CN-LN)", 21 },
    { "各省合计", 8 },
    { "，", 2 },            /* full-width comma */
    { "ｱ", 1 },             /* half-width kana */
    { "e\xcc\x81", 1 },     /* e and a combining acute */
    { "\xef\xbb\xbfx", 1 }, /* a byte order mark takes no room */
    { "한국", 4 },
    { "\xf0\xa0\x80\x80", 2 }, /* extension B */
    { "\xf0\x9f\x9a\xa2", 2 }, /* a ship */
    { "Россия", 6 },
    { "\xff\xfe", 2 },     /* no UTF-8 at all */
    { "\xe8\xbe", 2 },     /* cut short */
    { "\xed\xa0\x80", 3 }, /* a surrogate */
};

START_TEST(a_text_takes_as_many_columns_as_a_terminal_gives_it)
{
    struct text t = { WIDTHS[_i].text, strlen(WIDTHS[_i].text) };

    ck_assert_uint_eq(text_columns(t), WIDTHS[_i].columns);
}
END_TEST

/* The table of these cells as text, freed by the caller. */
static char *
printed(const struct table_column *columns, size_t count, const char *const *cells)
{
    struct table *table = table_new(columns, count);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (; *cells != NULL; cells++)
        table_put(table, text_of(*cells));
    ck_assert(table_print(table, out));
    ck_assert_int_eq(fclose(out), 0);
    table_free(table);
    return text;
}

START_TEST(columns_are_straight_also_with_chinese_names)
{
    static const struct table_column columns[] = { { "name", false },
                                                   { "total", true },
                                                   { "note", false } };
    char *text = printed(columns, 3,
                         (const char *const[]){ "Liaoning 辽宁", "1,000.00", "partial", "Jilin",
                                                "2.00", "", "黑龙江", "30", "不完整", NULL });

    ck_assert_str_eq(text, "name              total  note\n"
                           "Liaoning 辽宁  1,000.00  partial\n"
                           "Jilin              2.00\n"
                           "黑龙江               30  不完整\n");
    free(text);
}
END_TEST

START_TEST(no_line_ends_in_blanks)
{
    static const struct table_column columns[] = { { "a", false }, { "b", true }, { "c", false } };
    char *text =
        printed(columns, 3,
                (const char *const[]){ "long text", "", "", "", "12345", "", "", "", "", NULL });

    ck_assert_str_eq(text, "a              b  c\n"
                           "long text\n"
                           "           12345\n"
                           "\n");
    free(text);
}
END_TEST

START_TEST(a_table_without_rows_has_its_titles_and_a_short_row_is_left_out)
{
    static const struct table_column columns[] = { { "a", false }, { "b", true } };
    char *text = printed(columns, 2, (const char *const[]){ NULL });

    ck_assert_str_eq(text, "a  b\n");
    free(text);
    text = printed(columns, 2, (const char *const[]){ "x", "1", "alone", NULL });
    ck_assert_str_eq(text, "a  b\nx  1\n");
    free(text);
}
END_TEST

START_TEST(a_table_grows_with_its_rows)
{
    static const struct table_column columns[] = { { "n", true } };
    struct table *table = table_new(columns, 1);
    char *text = NULL, number[16];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (int i = 0; i < 10000; i++) {
        (void)snprintf(number, sizeof number, "%d", i);
        table_put(table, text_of(number));
    }
    ck_assert(table_print(table, out));
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_uint_eq(size, 10001 * 5);
    ck_assert_str_eq(text + size - 10, "9998\n9999\n");
    table_free(table);
    table_free(NULL);
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("table");
    TCase *cases = tcase_create("table");

    tcase_add_loop_test(cases, a_text_takes_as_many_columns_as_a_terminal_gives_it, 0,
                        sizeof WIDTHS / sizeof WIDTHS[0]);
    tcase_add_test(cases, columns_are_straight_also_with_chinese_names);
    tcase_add_test(cases, no_line_ends_in_blanks);
    tcase_add_test(cases, a_table_without_rows_has_its_titles_and_a_short_row_is_left_out);
    tcase_add_test(cases, a_table_grows_with_its_rows);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
