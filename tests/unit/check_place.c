/* Places: the tables are the oracle's, and every code finds its own row. */
#include "record/place.h"

#include <check.h>

enum { ORACLE_BYTES = 128 * 1024 };

static char oracle[ORACLE_BYTES];

static void
read_oracle(void)
{
    const char *root = getenv("TALLY_ROOT");
    char path[4096];
    FILE *file;
    size_t length;

    snprintf(path, sizeof path, "%s/tests/oracle.py", root == NULL ? "." : root);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s can't be read", path);
    length = fread(oracle, 1, sizeof oracle - 1, file);
    ck_assert_uint_lt(length, sizeof oracle - 1);
    fclose(file);
    oracle[length] = '\0';
}

/* Hand each word between `before` and the next quotation mark to `see`. */
static int
each_word(const char *before, void (*see)(struct text word))
{
    const char *at = strstr(oracle, before);
    int count = 0;

    ck_assert_msg(at != NULL, "%s isn't in the oracle", before);
    at += strlen(before);
    for (;;) {
        size_t length;

        at += strspn(at, " \n");
        length = strcspn(at, " \n\"");
        if (length == 0)
            return count;
        see((struct text){ at, length });
        at += length;
        count++;
    }
}

static void
is_a_province(struct text code)
{
    int row = province_find(code);

    ck_assert_int_ge(row, 0);
    ck_assert(text_equal(text_of(scope_code(row)), code));
}

static void
is_a_partner(struct text code)
{
    int row = partner_find(code);

    ck_assert_int_ge(row, 0);
    ck_assert(text_equal(text_of(partner_code(row)), code));
    ck_assert_uint_le(code.length, PARTNER_CODE_MOST);
}

static void
is_a_group(struct text code)
{
    is_a_partner(code);
    ck_assert(partner_is_group(partner_find(code)));
}

static void
is_a_currency(struct text code)
{
    int row = currency_find(code);

    ck_assert_int_ge(row, 0);
    ck_assert(text_equal(text_of(currency_code(row)), code));
}

START_TEST(the_tables_are_the_oracles)
{
    ck_assert_int_eq(each_word("PROVINCES = set(\"\"\"", is_a_province), PROVINCE_COUNT);
    ck_assert_int_eq(each_word("PARTNERS = set(\"\"\"", is_a_partner), PARTNER_COUNTRIES);
    ck_assert_int_eq(each_word("GROUPS = set(\"", is_a_group), PARTNER_COUNT - PARTNER_COUNTRIES);
    ck_assert_int_eq(each_word("CURRENCIES = set(\"\"\"", is_a_currency), CURRENCY_COUNT);
}
END_TEST

static void
has_no_decimals(struct text code)
{
    ck_assert_int_eq(currency_digits(currency_find(code)), 0);
}

static void
has_three_decimals(struct text code)
{
    ck_assert_int_eq(currency_digits(currency_find(code)), 3);
}

START_TEST(the_minor_units_are_the_oracles)
{
    int odd = each_word("{c: 0 for c in \"", has_no_decimals);
    int two = 0;

    odd += each_word("{c: 3 for c in \"", has_three_decimals);
    ck_assert_int_eq(currency_digits(CURRENCY_CLF), 4);
    ck_assert_int_eq(currency_digits(CURRENCY_UYW), 4);
    for (int i = 0; i < CURRENCY_COUNT; i++)
        two += currency_digits(i) == 2;
    ck_assert_int_eq(two, CURRENCY_COUNT - odd - 2);
}
END_TEST

START_TEST(there_are_36_scopes_and_cn_comes_after_the_provinces)
{
    ck_assert_int_eq(SCOPE_COUNT, 36);
    ck_assert_int_eq(PROVINCE_CN, 34);
    ck_assert_int_eq(PARTNER_COUNTRIES, 248);
    ck_assert_int_eq(PARTNER_COUNT, 248 + 14);
    for (int i = 1; i < PROVINCE_CN; i++)
        ck_assert_int_lt(strcmp(scope_code(i - 1), scope_code(i)), 0);
    for (int i = 1; i < PARTNER_COUNTRIES; i++)
        ck_assert_int_lt(strcmp(partner_code(i - 1), partner_code(i)), 0);
    for (int i = 1; i < CURRENCY_COUNT; i++)
        ck_assert_int_lt(strcmp(currency_code(i - 1), currency_code(i)), 0);
}
END_TEST

START_TEST(everything_has_a_name)
{
    ck_assert_str_eq(scope_english(PROVINCE_LN), "Liaoning");
    ck_assert_str_eq(scope_chinese(PROVINCE_LN), "辽宁");
    ck_assert_str_eq(scope_english(PROVINCE_CN), "China");
    ck_assert_str_eq(scope_chinese(PROVINCE_CN), "全国");
    ck_assert_str_eq(scope_code(SCOPE_ALL), "ALL");
    ck_assert_str_eq(scope_english(SCOPE_ALL), "All provinces");
    ck_assert_str_eq(scope_chinese(SCOPE_ALL), "各省合计");
    ck_assert_str_eq(partner_code(PARTNER_ALL), "ALL");
    ck_assert_str_eq(partner_english(PARTNER_RU), "Russia");
    ck_assert_str_eq(partner_english(PARTNER_WORLD), "World");
    ck_assert_str_eq(partner_code(PARTNER_LATAM), "LATAM");
    ck_assert_str_eq(partner_english(PARTNER_LATAM), "Latin America");
    ck_assert_str_eq(currency_english(CURRENCY_CNY), "Chinese yuan");
    for (int i = 0; i < SCOPE_COUNT; i++)
        ck_assert(text_is_utf8(text_of(scope_chinese(i))) && scope_chinese(i)[0] != '\0');
    for (int i = 0; i <= PARTNER_ALL; i++)
        ck_assert(text_is_utf8(text_of(partner_english(i))) && partner_english(i)[0] != '\0');
    for (int i = 0; i < CURRENCY_COUNT; i++)
        ck_assert(currency_english(i)[0] != '\0');
}
END_TEST

static const char *const no_places[] = {
    "",      "ALL",  "CN-CN",  "CN-",   "CN-L",  "CN-LNX", "cn-ln",        "CN-ln",  "CN_LN",
    "US-LN", "LN",   "CN-ZZ",  "CN-A[", "C",     "CNY-LN", "ZZ",           "ru",     "R",
    "RUS",   "A[",   "@A",     "XXX",   "cny",   "CN Y",   "\xE4\xB8\x80", "SU",     "UE",
    "E",     "EURO", "WORLDS", "WORL",  "world", "World",  " EU",          "ASEAN ", "AFRICAS",
    "G7",
};

START_TEST(nothing_else_is_a_place)
{
    struct text code = text_of(no_places[_i]);

    ck_assert_int_eq(province_find(code), -1);
    ck_assert_int_eq(partner_find(code), -1);
    if (strcmp(no_places[_i], "ALL") != 0) /* which is the lek */
        ck_assert_int_eq(currency_find(code), -1);
}
END_TEST

START_TEST(china_is_no_partner_of_its_own_but_hong_kong_is)
{
    ck_assert_int_eq(partner_find(TEXT_LITERAL("CN")), -1);
    ck_assert_int_eq(partner_find(TEXT_LITERAL("HK")), PARTNER_HK);
    ck_assert_int_eq(province_find(TEXT_LITERAL("CN-HK")), PROVINCE_HK);
    ck_assert_int_eq(currency_find(TEXT_LITERAL("ALL")), CURRENCY_ALL);
}
END_TEST

/* Countries come first, then groups, and neither the margin nor a country is a
 * group. */
START_TEST(a_group_is_no_country)
{
    int groups = 0;

    for (int i = 0; i < PARTNER_COUNT; i++) {
        size_t letters = strlen(partner_code(i));

        ck_assert_int_eq(partner_is_group(i), i >= PARTNER_COUNTRIES);
        ck_assert(2 <= letters && letters <= PARTNER_CODE_MOST);
        ck_assert(partner_is_group(i) || letters == 2);
        ck_assert_int_eq(partner_find(text_of(partner_code(i))), i);
        groups += partner_is_group(i);
    }
    ck_assert_int_eq(groups, 14);
    ck_assert(!partner_is_group(PARTNER_ALL));
    ck_assert(!partner_is_group(-1));
    ck_assert(partner_is_group(PARTNER_EU));
    ck_assert_int_eq(partner_find(TEXT_LITERAL("EU")), PARTNER_EU);
    ck_assert_int_eq(province_find(TEXT_LITERAL("EU")), -1);
}
END_TEST

/* Of all texts of two and three letters, exactly the rows are found. */
START_TEST(no_other_letters_are_found)
{
    int partners = 0, threes = 0, currencies = 0;
    char code[3];

    for (int i = 0; i < 26 * 26 * 26; i++) {
        code[0] = (char)('A' + i / 676);
        code[1] = (char)('A' + i / 26 % 26);
        code[2] = (char)('A' + i % 26);
        currencies += currency_find((struct text){ code, 3 }) >= 0;
        partners += i % 26 == 0 && partner_find((struct text){ code, 2 }) >= 0;
        threes += partner_find((struct text){ code, 3 }) >= 0;
    }
    ck_assert_int_eq(partners, PARTNER_COUNTRIES + 1); /* and EU */
    ck_assert_int_eq(threes, 3);                       /* BRI, SCO and GCC */
    ck_assert_int_eq(currencies, CURRENCY_COUNT);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("place");
    TCase *tcase = tcase_create("place");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_oracle, NULL);
    tcase_add_test(tcase, the_tables_are_the_oracles);
    tcase_add_test(tcase, the_minor_units_are_the_oracles);
    tcase_add_test(tcase, there_are_36_scopes_and_cn_comes_after_the_provinces);
    tcase_add_test(tcase, everything_has_a_name);
    tcase_add_loop_test(tcase, nothing_else_is_a_place, 0,
                        (int)(sizeof no_places / sizeof no_places[0]));
    tcase_add_test(tcase, china_is_no_partner_of_its_own_but_hong_kong_is);
    tcase_add_test(tcase, a_group_is_no_country);
    tcase_add_test(tcase, no_other_letters_are_found);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
