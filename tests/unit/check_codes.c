/* The lists of codes: as the tables have them, and nothing left out. */
#include "lookup/codes.h"
#include "record/place.h"
#include "record/unit.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

static struct lookup lookup = { .prefix = "tt:" };

/* `list` as the program runs it; there is no Redis that could be asked. */
static char *
list(bool as_json, const char *name, enum fault *fault, struct why *why)
{
    const char *const operands[] = { "list", name };
    enum verdict verdict = VERDICT_FAILED;
    char *text = NULL;
    size_t size = 0;

    lookup.as_json = as_json;
    lookup.out = open_memstream(&text, &size);
    *fault = lookup_run(&lookup, operands, 2, &verdict, why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    ck_assert_int_eq(verdict, *fault == FAULT_NONE ? VERDICT_DONE : verdict);
    return text;
}

static json_t *
rows_of(const char *name)
{
    enum fault fault;
    struct why why = { 0 };
    char *text = list(true, name, &fault, &why);
    json_t *document = json_loads(text, 0, NULL);

    ck_assert_msg(document != NULL, "%s", text);
    ck_assert_str_eq(json_string_value(json_object_get(document, "list")), name);
    json_t *rows = json_incref(json_object_get(document, "rows"));
    json_decref(document);
    free(text);
    return rows;
}

static const char *
member(const json_t *rows, size_t i, const char *name)
{
    const char *text = json_string_value(json_object_get(json_array_get(rows, i), name));

    return text == NULL ? "" : text;
}

static bool
is_total(const json_t *rows, size_t i)
{
    const json_t *value = json_object_get(json_array_get(rows, i), "is_total");

    ck_assert(json_is_boolean(value));
    return json_is_true(value);
}

START_TEST(provinces_are_those_of_the_table_and_the_margins)
{
    static const int numbers[] = {
#define PROVINCE(id, code, english, chinese, number) number,
#include "record/province.def"
#undef PROVINCE
    };
    json_t *rows = rows_of("provinces");

    ck_assert_uint_eq(json_array_size(rows), SCOPE_COUNT);
    for (int i = 0; i < SCOPE_COUNT; i++) {
        ck_assert_str_eq(member(rows, (size_t)i, "code"), scope_code(i));
        ck_assert_str_eq(member(rows, (size_t)i, "english"), scope_english(i));
        ck_assert_str_eq(member(rows, (size_t)i, "chinese"), scope_chinese(i));
        ck_assert_int_eq(is_total(rows, (size_t)i), i == PROVINCE_CN || i == SCOPE_ALL);
        if (i < PROVINCE_CN)
            ck_assert_int_eq(text_number(text_of(member(rows, (size_t)i, "number"))),
                             numbers[i] * 10000);
        else
            ck_assert_str_eq(member(rows, (size_t)i, "number"), "");
    }
    json_decref(rows);
}
END_TEST

START_TEST(partners_are_countries_groups_and_the_margin)
{
    json_t *rows = rows_of("partners");

    ck_assert_uint_eq(json_array_size(rows), PARTNER_ALL + 1);
    for (int i = 0; i <= PARTNER_ALL; i++) {
        ck_assert_str_eq(member(rows, (size_t)i, "code"), partner_code(i));
        ck_assert_str_eq(member(rows, (size_t)i, "english"), partner_english(i));
        ck_assert_str_eq(member(rows, (size_t)i, "chinese"), partner_chinese(i));
        ck_assert_str_ne(partner_chinese(i), "");
        ck_assert_int_eq(is_total(rows, (size_t)i), partner_is_group(i) || i == PARTNER_ALL);
    }
    ck_assert_str_eq(member(rows, PARTNER_RU, "alpha3"), "RUS");
    ck_assert_str_eq(member(rows, PARTNER_AF, "number"), "004");
    ck_assert_str_eq(member(rows, PARTNER_WORLD, "chinese"), "全世界");
    ck_assert_str_eq(member(rows, PARTNER_EU, "chinese"), "欧盟");
    ck_assert_str_eq(member(rows, PARTNER_ASEAN, "chinese"), "东盟");
    ck_assert_str_eq(member(rows, PARTNER_WORLD, "alpha3"), "");
    json_decref(rows);
}
END_TEST

START_TEST(currencies_and_units_are_those_of_the_tables)
{
    json_t *rows = rows_of("currencies");

    ck_assert_uint_eq(json_array_size(rows), CURRENCY_COUNT);
    for (int i = 0; i < CURRENCY_COUNT; i++) {
        ck_assert_str_eq(member(rows, (size_t)i, "code"), currency_code(i));
        ck_assert_str_eq(member(rows, (size_t)i, "english"), currency_english(i));
        ck_assert_str_eq(member(rows, (size_t)i, "chinese"), currency_chinese(i));
        ck_assert_int_eq(
            json_integer_value(json_object_get(json_array_get(rows, (size_t)i), "digits")),
            currency_digits(i));
    }
    ck_assert_str_eq(currency_chinese(CURRENCY_CNY), "人民币");
    json_decref(rows);
    rows = rows_of("units");
    for (size_t i = 0; i < json_array_size(rows); i++)
        ck_assert(unit_is_known(text_of(member(rows, i, "code"))));
    ck_assert_ptr_nonnull(unit_code(json_array_size(rows) - 1));
    ck_assert_ptr_null(unit_code(json_array_size(rows)));
    json_decref(rows);
}
END_TEST

START_TEST(a_unit_with_a_chinese_name_is_one_of_the_table)
{
    static const char *const codes[] = {
#define UNIT_CHINESE(code, name) code,
#include "record/unit_chinese.def"
#undef UNIT_CHINESE
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        ck_assert_msg(unit_is_known(text_of(codes[i])), "%s", codes[i]);
        ck_assert(i == 0 || strcmp(codes[i - 1], codes[i]) < 0);
    }
    ck_assert_str_eq(unit_chinese(TEXT_LITERAL("TNE")), "吨");
    ck_assert_ptr_null(unit_chinese(TEXT_LITERAL("4K")));
}
END_TEST

/* The row of a measure: its name with the currency or unit as a place to fill in. */
static size_t
row_of(const json_t *rows, uint32_t measure)
{
    char name[MEASURE_TEXT], filled[2 * MEASURE_TEXT];
    size_t found = SIZE_MAX;

    (void)measure_write(measure, name);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *code = member(rows, i, "code"), *brace = strchr(code, '{');

        if (brace == NULL)
            (void)snprintf(filled, sizeof filled, "%s", code);
        else
            (void)snprintf(filled, sizeof filled, "%.*s%s", (int)(brace - code), code,
                           strcmp(brace, "{unit}") == 0 ? "TNE" : "JPY");
        if (strcmp(filled, name) != 0)
            continue;
        ck_assert_msg(found == SIZE_MAX, "%s has two rows", name);
        found = i;
    }
    ck_assert_msg(found != SIZE_MAX, "%s has no row", name);
    return found;
}

START_TEST(every_measure_that_can_be_asked_for_has_one_row_with_its_meaning)
{
    json_t *rows = rows_of("measures");
    size_t count = 0;

    for (int family = 0; family < FAMILY_COUNT; family++)
        for (int form = 0; form <= MEASURE_KIND; form++)
            for (uint32_t kind = 0; kind < (form == MEASURE_KIND ? KIND_COUNT : 1U); kind++) {
                bool is_amount = form < MEASURE_EVENTS;
                uint32_t what = is_amount && form % 2 == MEASURE_QUANTITY
                                    ? measure_pack_unit(TEXT_LITERAL("TNE"))
                                : is_amount ? (uint32_t)CURRENCY_JPY
                                            : kind;
                uint32_t measure = measure_make(family, (enum measure_form)form, what), back;
                char name[MEASURE_TEXT], english[CODES_WORDS], chinese[CODES_WORDS];
                struct text text = { name, measure_write(measure, name) };

                if (!measure_read(text, &back) || back != measure)
                    continue;
                size_t row = row_of(rows, measure);
                count++;
                measure_words(measure, english, chinese);
                ck_assert_str_eq(member(rows, row, "english"), english);
                ck_assert_str_eq(member(rows, row, "chinese"), chinese);
                ck_assert_ptr_null(strstr(english, "(null)"));
                ck_assert_str_ne(member(rows, row, "unit"), "");
            }
    ck_assert_uint_eq(json_array_size(rows), count);
    ck_assert_uint_eq(count, 3 * 13 + 1 + 3 * 5 + 3 + KIND_COUNT);
    json_decref(rows);
}
END_TEST

START_TEST(windows_are_those_of_the_look_up)
{
    static const char *const codes[] = { "1d", "7d", "31d", "92d", "366d", "{year}", "all" };
    json_t *rows = rows_of("windows");

    ck_assert_uint_eq(json_array_size(rows), 7);
    for (size_t i = 0; i < 7; i++) {
        ck_assert_str_eq(member(rows, i, "code"), codes[i]);
        ck_assert_str_ne(member(rows, i, "english"), "");
        ck_assert_str_ne(member(rows, i, "chinese"), "");
    }
    json_decref(rows);
}
END_TEST

START_TEST(for_people_a_list_is_a_table_with_as_many_rows)
{
    static const char *const first[CODES_COUNT] = {
        "code   English         中文      number\nCN-AH  Anhui           安徽      340000\n",
        "code    English                                       中文                      alpha-3  "
        "number\n",
        "code                         English  ",
        "code  English                            中文                                digits\n"
        "AED   UAE dirham                         阿联酋迪拉姆                        2\n",
        "code  English ",
        "code    English                                                           中文\n"
        "1d      the day that the totals are of                                    统计日当天\n",
    };

    for (int i = 0; i < CODES_COUNT; i++) {
        enum fault fault;
        struct why why = { 0 };
        struct code_row row;
        size_t lines = 0, count = 0;
        char *text = list(false, codes_names[i], &fault, &why);

        ck_assert_int_eq(fault, FAULT_NONE);
        ck_assert_msg(strncmp(text, first[i], strlen(first[i])) == 0, "%s", text);
        for (const char *at = text; *at != '\0'; at++)
            lines += *at == '\n';
        while (codes_row((enum codes)i, count, &lookup, &row))
            count++;
        ck_assert_uint_eq(lines, count + 1);
        free(text);
    }
}
END_TEST

START_TEST(another_list_is_refused)
{
    enum fault fault;
    struct why why = { 0 };
    char *text = list(_i == 0, "province", &fault, &why);

    ck_assert_int_eq(fault, FAULT_OPTION);
    ck_assert_ptr_nonnull(strstr(why.text, "province: no such list; provinces, partners"));
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tcase = tcase_create("codes");

    if (windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL) != FAULT_NONE)
        return EXIT_FAILURE;
    tcase_add_test(tcase, provinces_are_those_of_the_table_and_the_margins);
    tcase_add_test(tcase, partners_are_countries_groups_and_the_margin);
    tcase_add_test(tcase, currencies_and_units_are_those_of_the_tables);
    tcase_add_test(tcase, a_unit_with_a_chinese_name_is_one_of_the_table);
    tcase_add_test(tcase, every_measure_that_can_be_asked_for_has_one_row_with_its_meaning);
    tcase_add_test(tcase, windows_are_those_of_the_look_up);
    tcase_add_test(tcase, for_people_a_list_is_a_table_with_as_many_rows);
    tcase_add_loop_test(tcase, another_list_is_refused, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
