/* What somebody surely meant; and where nobody can be sure, no hint. */
#include "record/hint.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    enum field field;
    const char *found, *hint; /* NULL: none */
} rows[] = {
    { FIELD_PROVINCE, "Liaoning", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "liaoning province", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "辽宁", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "辽宁省", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "广西壮族自治区", "CN-GX (Guangxi)" },
    { FIELD_PROVINCE, "北京市", "CN-BJ (Beijing)" },
    { FIELD_PROVINCE, "CN-21", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "21", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "210000", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "LN", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "cn-ln", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "CN_LN", "CN-LN (Liaoning)" },
    { FIELD_PROVINCE, "Inner Mongolia Autonomous Region", "CN-NM (Inner Mongolia)" },
    { FIELD_PROVINCE, "Tibet", "CN-XZ (Xizang (Tibet))" },
    { FIELD_PROVINCE, "China", "CN (China)" },
    { FIELD_PROVINCE, "210200", NULL }, /* a city */
    { FIELD_PROVINCE, "99", NULL },
    { FIELD_PROVINCE, "021", NULL }, /* Shanghai's dialling code */
    { FIELD_PROVINCE, "2.1", NULL },
    { FIELD_PROVINCE, "吉林市", NULL }, /* a city of Jilin */
    { FIELD_PROVINCE, "Jilin City", NULL },
    { FIELD_PROVINCE, "上海市", "CN-SH (Shanghai)" },
    { FIELD_PROVINCE, "Dalian", NULL },
    { FIELD_PROVINCE, "", NULL },
    { FIELD_PROVINCES, "吉林省", "CN-JL (Jilin)" },
    { FIELD_PARTNER, "Russia", "RU (Russia)" },
    { FIELD_PARTNER, "Russian Federation", "RU (Russia)" },
    { FIELD_PARTNER, "RUS", "RU (Russia)" },
    { FIELD_PARTNER, "643", "RU (Russia)" },
    { FIELD_PARTNER, "俄罗斯", "RU (Russia)" },
    { FIELD_PARTNER, "ru", "RU (Russia)" },
    { FIELD_PARTNER, "004", "AF (Afghanistan)" },
    { FIELD_PARTNER, "4", NULL }, /* of which list? */
    { FIELD_PARTNER, "UK", "GB (United Kingdom)" },
    { FIELD_PARTNER, "U.S.A.", "US (United States)" },
    { FIELD_PARTNER, "Viet Nam", "VN (Viet Nam)" },
    { FIELD_PARTNER, "South Korea", "KR (South Korea)" },
    { FIELD_PARTNER, "EL", "GR (Greece)" },
    { FIELD_PARTNER, "XK", NULL },
    { FIELD_PARTNER, "SU", NULL },
    { FIELD_PARTNER, "Korea", NULL },
    { FIELD_PARTNER, "Congo", NULL },
    { FIELD_PARTNER, "N/A", NULL },
    { FIELD_PARTNER, "n.a.", NULL },
    { FIELD_PARTNER, "South Korea", "KR (South Korea)" },
    { FIELD_PARTNER, "CN", NULL },
    { FIELD_PARTNER, "China", NULL },
    { FIELD_PARTNER, "Bosnia & Herzegovina", "BA (Bosnia and Herzegovina)" },
    { FIELD_PARTNER, "European Union", "EU (European Union)" },
    { FIELD_PARTNER, "东盟", "ASEAN (Association of Southeast Asian Nations)" },
    { FIELD_PARTNERS, "KAZ", "KZ (Kazakhstan)" },
    { FIELD_CURRENCY, "RMB", "CNY" },
    { FIELD_CURRENCY, "yuan", "CNY" },
    { FIELD_CURRENCY, "usd", "USD" },
    { FIELD_CURRENCY, "US$", "USD" },
    { FIELD_CURRENCY, "$", NULL },
    { FIELD_CURRENCY, "dollar", NULL },
    { FIELD_CURRENCY, "美元", "USD" },
    { FIELD_FLOW, "export", "EXPORT" },
    { FIELD_FLOW, "Imports", "IMPORT" },
    { FIELD_FLOW, "进出口", "TOTAL" },
    { FIELD_FLOW, "re-export", NULL },
    { FIELD_GRADE, "final", "FINAL" },
    { FIELD_BOUND, "at least", "AT_LEAST" },
    { FIELD_BASIS, "stat", NULL },
    { FIELD_PERIOD_END, "2023/9/30", "2023-09-30" },
    { FIELD_PERIOD_END, "2023.09.30", "2023-09-30" },
    { FIELD_PERIOD_END, "2023-9-30", "2023-09-30" },
    { FIELD_PERIOD_END, "20230930", "2023-09-30" },
    { FIELD_PERIOD_END, "2023年9月30日", "2023-09-30" },
    { FIELD_PERIOD_END, "２０２３/９/３０", "2023-09-30" },
    { FIELD_PERIOD_END, "30/9/2023", NULL },
    { FIELD_PERIOD_END, "2023/9", NULL },
    { FIELD_PERIOD_END, "2023/2/30", NULL },
    { FIELD_OCCURRED_AT, "2024-01-31 08:00:00Z", "2024-01-31T08:00:00Z" },
    { FIELD_OCCURRED_AT, "2024-01-31 08:00:00", NULL }, /* in which zone? */
    { FIELD_OCCURRED_AT, "2024-01-31", NULL },
    { FIELD_VALUE, "42.64 billion", "42640000000" },
    { FIELD_VALUE, "42.64bn", "42640000000" },
    { FIELD_VALUE, "426.4亿", "42640000000" },
    { FIELD_VALUE, "426.4亿元", "42640000000" },
    { FIELD_VALUE, "1.2万亿", "1200000000000" },
    { FIELD_VALUE, "1.2e9", "1200000000" },
    { FIELD_VALUE, "1.234E+2", "123.4" },
    { FIELD_VALUE, "42,640,000,000", "42640000000" },
    { FIELD_VALUE, "1,234.56", "1234.56" },
    { FIELD_VALUE, "1,234", NULL },
    { FIELD_VALUE, "1.234,56", NULL },
    { FIELD_VALUE, "12,34,567", NULL },
    { FIELD_VALUE, "４２６４００００", "42640000" },
    { FIELD_VALUE, "0.5 million", "500000" },
    { FIELD_VALUE, "1.23456 thousand", "1234.56" },
    { FIELD_VALUE, "about 5 billion", NULL },
    { FIELD_VALUE, "1e30", NULL },
    { FIELD_VALUE, "billion", NULL },
    { FIELD_VALUE, "-5", NULL },
    { FIELD_VALUE, "1.2.3", NULL },
    { FIELD_QUANTITY, "3.5万", "35000" },
    { FIELD_COMMODITY, "8703.23", "870323" },
    { FIELD_COMMODITY, "HS 8703", "8703" },
    { FIELD_COMMODITY, "87.0", NULL },
    { FIELD_COMMODITY, "TOTAL", NULL },
    { FIELD_TITLE, "anything", NULL },
    { FIELD_ID, "a b", NULL },
};

START_TEST(a_text_was_meant_as)
{
    char hint[HINT_BYTES] = "";
    bool sure = hint_of(rows[_i].field, RECORD_TRADE, text_of(rows[_i].found), hint);

    ck_assert_msg(sure == (rows[_i].hint != NULL), "%s: %s", rows[_i].found, hint);
    if (sure)
        ck_assert_str_eq(hint, rows[_i].hint);
}
END_TEST

static const struct {
    const char *name;
    int field;
} names[] = {
    { "curency", FIELD_CURRENCY },
    { "currencyy", FIELD_CURRENCY },
    { "currancy", FIELD_CURRENCY },
    { "periodStart", FIELD_PERIOD_START },
    { "period-end", FIELD_PERIOD_END },
    { "Province", FIELD_PROVINCE },
    { "commodities", -1 },
    { "amount", -1 },
    { "trade", -1 },
    { "kind", -1 }, /* of an agreement */
    { "", -1 },
};

START_TEST(a_name_was_meant_as)
{
    ck_assert_int_eq(hint_of_name(text_of(names[_i].name), RECORD_TRADE), names[_i].field);
}
END_TEST

/* Whatever the text: within bounds, ended, and never for a text that is good. */
START_TEST(any_text_is_taken)
{
    char text[130], hint[HINT_BYTES];
    uint32_t state = (uint32_t)_i * 2654435761U + 1;

    for (int round = 0; round < 2000; round++) {
        size_t length = (state >> 8) % sizeof text;
        static const char letters[] = "0123456789.,eE+- /CNRU亿万年月日billionＡ１";

        for (size_t i = 0; i < length; i++) {
            state = state * 1664525 + 1013904223;
            text[i] = round % 2 == 0 ? letters[(state >> 16) % (sizeof letters - 1)]
                                     : (char)(state >> 24);
        }
        state = state * 1664525 + 1013904223;
        memset(hint, 'x', sizeof hint);
        if (hint_of((enum field)(state % FIELD_COUNT), (enum record_type)(state >> 31),
                    (struct text){ text, length }, hint))
            ck_assert(memchr(hint, '\0', sizeof hint) != NULL);
        (void)hint_of_name((struct text){ text, length }, RECORD_TRADE);
    }
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

int
main(void)
{
    Suite *suite = suite_create("hint");
    TCase *tcase = tcase_create("hint");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, a_text_was_meant_as, 0, COUNT(rows));
    tcase_add_loop_test(tcase, a_name_was_meant_as, 0, COUNT(names));
    tcase_add_loop_test(tcase, any_text_is_taken, 0, 20);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
