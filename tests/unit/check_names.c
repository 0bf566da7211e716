/* What people write for provinces and partners: one meaning, several, or none. */
#include "lookup/names.h"
#include "page.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* ---- one meaning ------------------------------------------------------------------------ */

static const struct {
    const char *written, *code;
} PROVINCES[] = {
    { "CN-LN", "CN-LN" },
    { "cn-ln", "CN-LN" },
    { "CN_LN", "CN-LN" },
    { "LN", "CN-LN" },
    { "ln", "CN-LN" },
    { "21", "CN-LN" },
    { "210000", "CN-LN" },
    { "CN-21", "CN-LN" },
    { "辽宁", "CN-LN" },
    { "辽宁省", "CN-LN" },
    { " 辽宁 省 ", "CN-LN" },
    { "Liaoning", "CN-LN" },
    { "LIAONING", "CN-LN" },
    { "Liao ning", "CN-LN" },
    { "Liáoníng", "CN-LN" }, /* with tones */
    { "ｌｎ", "CN-LN" },
    { "Liaoning Province", "CN-LN" },
    { "liaoning-province", "CN-LN" },
    { "Liao", "CN-LN" }, /* a beginning of one alone */
    { "Heilong", "CN-HL" },
    { "黑龙", "CN-HL" },
    { "Neimenggu", "CN-NM" },
    { "Nei Mongol", "CN-NM" },
    { "Inner Mongolia", "CN-NM" },
    { "Inner Mongolia Autonomous Region", "CN-NM" },
    { "内蒙古", "CN-NM" },
    { "内蒙古自治区", "CN-NM" },
    { "内蒙", "CN-NM" },
    { "Tibet", "CN-XZ" },
    { "Xizang", "CN-XZ" },
    { "Xizang (Tibet)", "CN-XZ" },
    { "Tibet Autonomous Region", "CN-XZ" },
    { "西藏", "CN-XZ" },
    { "西藏自治区", "CN-XZ" },
    { "54", "CN-XZ" },
    { "540000", "CN-XZ" },
    { "广西壮族自治区", "CN-GX" },
    { "Guangxi Zhuang Autonomous Region", "CN-GX" },
    { "宁夏回族自治区", "CN-NX" },
    { "新疆维吾尔自治区", "CN-XJ" },
    { "Xinjiang Uyghur Autonomous Region", "CN-XJ" },
    { "北京市", "CN-BJ" },
    { "Beijing Municipality", "CN-BJ" },
    { "Shanghai City", "CN-SH" },
    { "上海", "CN-SH" },
    { "Shaanxi", "CN-SN" },
    { "陕西省", "CN-SN" },
    { "Shanxi", "CN-SX" },
    { "山西", "CN-SX" },
    { "Hong Kong SAR", "CN-HK" },
    { "Hong Kong, China", "CN-HK" },
    { "香港特别行政区", "CN-HK" },
    { "Macau", "CN-MO" },
    { "台湾省", "CN-TW" },
    { "71", "CN-TW" },
    { "CN", "CN" },
    { "China", "CN" },
    { "中国", "CN" },
    { "全国", "CN" },
    { "PRC", "CN" },
    { "People's Republic of China", "CN" },
    { "ALL", "ALL" },
    { "all", "ALL" },
    { "All provinces", "ALL" },
    { "各省合计", "ALL" },
};

static const struct {
    const char *written, *code;
} PARTNERS[] = {
    { "RU", "RU" },
    { "ru", "RU" },
    { "RUS", "RU" },
    { "643", "RU" },
    { "Russia", "RU" },
    { "RUSSIA", "RU" },
    { "Russian Federation", "RU" },
    { "The Russian Federation", "RU" },
    { "俄罗斯", "RU" },
    { "俄罗斯联邦", "RU" },
    { "俄", "" },
    { "UK", "GB" },
    { "U.K.", "GB" },
    { "Great Britain", "GB" },
    { "Britain", "GB" },
    { "United Kingdom", "GB" },
    { "the United Kingdom", "GB" },
    { "United Kingdom of Great Britain and Northern Ireland", "GB" },
    { "英国", "GB" },
    { "GBR", "GB" },
    { "USA", "US" },
    { "U.S.A.", "US" },
    { "US", "US" },
    { "America", "US" },
    { "United States", "US" },
    { "the United States of America", "US" },
    { "美国", "US" },
    { "美利坚合众国", "US" },
    { "840", "US" },
    { "South Korea", "KR" },
    { "Republic of Korea", "KR" },
    { "the Republic of Korea", "KR" },
    { "Korea, Republic of", "KR" },
    { "Rep. of Korea", "" },
    { "KOR", "KR" },
    { "韩国", "KR" },
    { "大韩民国", "KR" },
    { "North Korea", "KP" },
    { "DPRK", "KP" },
    { "Democratic People's Republic of Korea", "KP" },
    { "Korea, Democratic People's Republic of", "KP" },
    { "朝鲜", "KP" },
    { "DR Congo", "CD" },
    { "Democratic Republic of the Congo", "CD" },
    { "Congo, Dem. Rep.", "CD" },
    { "刚果民主共和国", "CD" },
    { "刚果（金）", "CD" },
    { "刚果(金)", "CD" },
    { "Republic of the Congo", "CG" },
    { "Congo-Brazzaville", "CG" },
    { "CG", "CG" },
    { "178", "CG" },
    { "Guinea", "GN" }, /* also a word of others: an exact name is exact */
    { "Republic of Guinea", "GN" },
    { "几内亚", "GN" },
    { "Guinea-Bissau", "GW" },
    { "Papua New Guinea", "PG" },
    { "巴布亚新几内亚", "PG" },
    { "Niger", "NE" },
    { "Nigeria", "NG" },
    { "Dominica", "DM" },
    { "Dominican Republic", "DO" },
    { "Dominican", "DO" },
    { "Samoa", "WS" },
    { "Sudan", "SD" },
    { "Mali", "ML" },
    { "Georgia", "GE" },
    { "Côte d'Ivoire", "CI" },
    { "Cote d'Ivoire", "CI" },
    { "COTE D’IVOIRE", "CI" },
    { "Cote dIvoire", "CI" },
    { "Ivory Coast", "CI" },
    { "科特迪瓦", "CI" },
    { "Türkiye", "TR" },
    { "Turkiye", "TR" },
    { "Turkey", "TR" },
    { "Curacao", "CW" },
    { "Reunion", "RE" },
    { "São Tomé & Príncipe", "ST" },
    { "Aland Islands", "AX" },
    { "Viet Nam", "VN" },
    { "Vietnam", "VN" },
    { "Islamic Republic of Iran", "IR" },
    { "Iran (Islamic Republic of)", "IR" },
    { "伊朗伊斯兰共和国", "IR" },
    { "哈萨克斯坦共和国", "KZ" },
    { "Kazakh", "KZ" },
    { "Kingdom of Saudi Arabia", "SA" },
    { "沙特", "SA" },
    { "The Netherlands", "NL" },
    { "Kingdom of the Netherlands", "NL" },
    { "荷兰王国", "NL" },
    { "Czech Republic", "CZ" },
    { "Burma", "MM" },
    { "Lao PDR", "LA" },
    { "UAE", "AE" },
    { "阿联酋", "AE" },
    { "Hong Kong", "HK" }, /* a province, and a partner of the others */
    { "China, Hong Kong SAR", "HK" },
    { "香港", "HK" },
    { "Taiwan, Province of China", "TW" },
    { "WORLD", "WORLD" },
    { "World", "WORLD" },
    { "the whole world", "WORLD" },
    { "全世界", "WORLD" },
    { "世界", "WORLD" },
    { "001", "WORLD" },
    { "EU", "EU" },
    { "European Union", "EU" },
    { "欧盟", "EU" },
    { "ASEAN", "ASEAN" },
    { "asean", "ASEAN" },
    { "东盟", "ASEAN" },
    { "一带一路", "BRI" },
    { "Belt & Road", "BRI" },
    { "金砖国家", "BRICS" },
    { "中亚五国", "CASIA" },
    { "非洲", "AFRICA" },
    { "ALL", "ALL" },
    { "all partners", "ALL" },
};

static void
expect(const char *written, const char *code, enum fault fault, const char *found,
       const struct why *why)
{
    if (code[0] == '\0') {
        ck_assert_msg(fault == FAULT_OPTION, "%s: %s", written, found);
        return;
    }
    ck_assert_msg(fault == FAULT_NONE, "%s", why->text);
    ck_assert_msg(strcmp(found, code) == 0, "%s: %s", written, found);
}

START_TEST(a_province_is_known_by_what_people_write)
{
    struct candidates others = { .count = 9 };
    struct why why = { 0 };
    int scope = 0;
    enum fault fault = name_scope_or(PROVINCES[_i].written, &scope, &others, &why);

    expect(PROVINCES[_i].written, PROVINCES[_i].code, fault, scope_code(scope), &why);
    ck_assert_uint_eq(others.count, 0);
}
END_TEST

START_TEST(a_partner_is_known_by_what_people_write)
{
    struct why why = { 0 };
    int partner = 0;
    enum fault fault = name_partner(PARTNERS[_i].written, &partner, &why);

    expect(PARTNERS[_i].written, PARTNERS[_i].code, fault, partner_code(partner), &why);
}
END_TEST

/* ---- several, or none ------------------------------------------------------------------- */

enum { WANTED_MOST = 9 };
static const struct {
    bool is_province;
    const char *written;
    bool are_meanings;
    const char *codes[WANTED_MOST]; /* in this order */
    const char *says;
} UNSURE[] = {
    { false,
      "Korea",
      true,
      { "KP", "KR" },
      "Korea: several are meant by that: KP (North Korea 朝鲜), KR (South Korea 韩国)" },
    { false, "korea", true, { "KP", "KR" }, "several" },
    { false, "Congo", true, { "CD", "CG" }, "CD (DR Congo 刚果（金）), CG (Congo 刚果（布）)" },
    { false, "刚果", true, { "CD", "CG" }, "several" },
    { false, "Austr", true, { "AT", "AU" }, "several" },
    { false, "Slov", true, { "SI", "SK" }, "several" },
    { false, "Nig", true, { "NE", "NG" }, "several" },
    { false, "Virgin Islands", true, { "VG", "VI" }, "several" },
    { false, "Saint", true, { "BL", "KN", "LC", "MF", "PM", "SH", "VC" }, " and 2 more" },
    { false, "United", true, { "AE", "GB", "US" }, "several" },
    { false, "几内", true, { "GN", "GQ", "GW", "PG" }, "several" },
    { false, "Republic", true, { "CF", "DO" }, "several" },
    { true, "Guang", true, { "CN-GD", "CN-GX" }, "CN-GD (Guangdong 广东), CN-GX (Guangxi 广西)" },
    { true, "Hen", false, { "CN-HA" }, "did you mean" },
    { true, "Hu", false, { NULL }, "Hu: a partner (HU), and no such province" },
    { true, "西", true, { "CN-GX", "CN-JX", "CN-SN", "CN-SX", "CN-XZ" }, "several" },
    /* a word of one alone, or too short a beginning, is a guess */
    { false,
      "Emirates",
      false,
      { "AE" },
      "Emirates: no such partner; did you mean AE (United Arab Emirates 阿拉伯联合酋长国)?" },
    { false, "Zealand", false, { "NZ" }, "did you mean" },
    { true,
      "Mongolia",
      false,
      { "CN-NM" },
      "Mongolia: a partner (MN), and no such province; did you mean CN-NM (Inner Mongolia "
      "内蒙古)?" },
    { false, "Jap", false, { "JP" }, "did you mean" },
    /* spelled like */
    { false, "Russsia", false, { "RU" }, "did you mean RU (Russia 俄罗斯)?" },
    { false, "Rusia", false, { "RU" }, "did you mean" },
    { false, "Rusian Federation", false, { "RU" }, "did you mean" },
    { false, "Kazakstan", false, { "KZ" }, "did you mean" },
    { false, "Phillipines", false, { "PH" }, "did you mean" },
    { false, "Germnay", false, { "DE" }, "did you mean" }, /* two that changed places */
    { false, "Columbia", false, { "CO" }, "did you mean" },
    { false, "Irna", false, { "IR" }, "did you mean" },
    { false, "俄罗期", false, { "RU" }, "did you mean" },
    { false, "哈萨克思坦", false, { "KZ" }, "did you mean" },
    { true, "Lianing", false, { "CN-LN" }, "did you mean CN-LN (Liaoning 辽宁)?" },
    { true, "Laioning", false, { "CN-LN" }, "did you mean" },
    { true, "Helongjiang", false, { "CN-HL" }, "did you mean" },
    { true, "黑龙将", false, { "CN-HL" }, "did you mean" },
    { true, "Hainen", false, { "CN-HI" }, "did you mean" },
    { true, "Henbei", false, { "CN-HE" }, "did you mean" },
    { true, "Henen", false, { "CN-HA" }, "did you mean" },
    /* none */
    { false,
      "",
      false,
      { NULL },
      ": no such partner; a code (RU), a name (Russia, 俄罗斯) or ALL" },
    { false, "XK", false, { NULL }, "no such partner; a code" },
    { false, "SU", false, { NULL }, "no such partner" },
    { false, "Atlantis", false, { NULL }, "no such partner; a code" },
    { false, "999", false, { NULL }, "no such partner" },
    { false, "n/a", false, { NULL }, "no such partner" },
    { false, "---", false, { NULL }, "no such partner" },
    { false, "\xff\xfe", false, { NULL }, "no such partner" },
    { false, "China", false, { NULL }, "China: a province (CN), and no such partner" },
    { false, "Liaoning", false, { NULL }, "Liaoning: a province (CN-LN), and no such partner" },
    { true, "Russia", false, { NULL }, "Russia: a partner (RU), and no such province" },
    { true, "俄罗斯", false, { NULL }, "a partner (RU), and no such province" },
    { true, "Dalian", false, { NULL }, "no such province; a code (CN-LN, LN), a name" },
    /* a city of Jilin */
    { true, "吉林市", false, { "CN-JL" }, "did you mean" },
    { true, "210200", false, { NULL }, "no such province" }, /* Dalian */
    { true, "021", false, { NULL }, "no such province" },    /* Shanghai's dialling code */
    { true, "XX", false, { NULL }, "no such province" },
    { true, "CN-CN", false, { NULL }, "no such province" },
    { true, "CN-XX", false, { NULL }, "no such province" },
    { true,
      "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345",
      false,
      { NULL },
      "1234567890123456789012345678901234567890123456789012345678901234: no such province" },
};

START_TEST(what_may_be_several_or_none_is_refused_with_what_is_near)
{
    struct candidates others;
    struct why why = { 0 };
    int row = -7;
    enum fault fault = UNSURE[_i].is_province
                           ? name_scope_or(UNSURE[_i].written, &row, &others, &why)
                           : name_partner_or(UNSURE[_i].written, &row, &others, &why);

    ck_assert_msg(fault == FAULT_OPTION, "%s", UNSURE[_i].written);
    ck_assert_int_eq(row, -7);
    ck_assert_msg(strstr(why.text, UNSURE[_i].says) != NULL, "%s", why.text);
    ck_assert_uint_lt(strlen(why.text), sizeof why.text - 1); /* it was not cut */
    ck_assert_msg(others.are_meanings == UNSURE[_i].are_meanings, "%s", why.text);
    for (size_t i = 0; i < others.count; i++) {
        ck_assert_msg(UNSURE[_i].codes[i] != NULL, "%s: also %s", UNSURE[_i].written,
                      others.rows[i].code);
        ck_assert_str_eq(others.rows[i].code, UNSURE[_i].codes[i]);
        ck_assert(others.rows[i].english[0] != '\0' && others.rows[i].chinese[0] != '\0');
    }
    ck_assert_msg(UNSURE[_i].codes[others.count] == NULL, "%s: %s", UNSURE[_i].written, why.text);
    ck_assert_uint_eq(others.left_out, 0);
}
END_TEST

/* What docs/readers.md shows. */
START_TEST(the_examples_of_the_documents_are_what_is_said)
{
    char *page = page_read("docs/readers.md");
    struct why why = { 0 };
    int row;

    ck_assert_int_eq(name_partner("Korea", &row, &why), FAULT_OPTION);
    ck_assert_msg(strstr(page, why.text) != NULL, "%s", why.text);
    ck_assert_int_eq(name_scope("Lianing", &row, &why), FAULT_OPTION);
    ck_assert_msg(strstr(page, why.text) != NULL, "%s", why.text);
    free(page);
}
END_TEST

START_TEST(more_candidates_than_have_room_are_counted)
{
    struct candidates others;
    struct why why = { 0 };
    int row;

    ck_assert_int_eq(name_partner_or("Island", &row, &others, &why), FAULT_OPTION);
    ck_assert(others.are_meanings);
    ck_assert_uint_eq(others.count, CANDIDATES_MOST);
    ck_assert_uint_gt(others.left_out, 5);
    ck_assert_ptr_nonnull(strstr(why.text, " more"));
}
END_TEST

/* ---- the tables ------------------------------------------------------------------------- */

/* Two countries are called Congo. */
START_TEST(every_name_of_the_tables_and_of_the_hints_is_that_of_its_row)
{
    static const enum field fields[] = { FIELD_PROVINCE, FIELD_PARTNER };
    enum field field = fields[_i];
    struct called name;
    struct why why = { 0 };
    size_t count = 0;

    for (size_t i = 0; called_name(field, i, &name); i++, count++) {
        int row = -1;
        enum fault fault = field == FIELD_PROVINCE ? name_scope(name.name, &row, &why)
                                                   : name_partner(name.name, &row, &why);

        if (field == FIELD_PARTNER && strcmp(name.name, "Congo") == 0) {
            ck_assert_int_eq(fault, FAULT_OPTION);
            continue;
        }
        ck_assert_msg(fault == FAULT_NONE, "%s", why.text);
        ck_assert_msg(row == name.row, "%s is %d, and not %d", name.name, row, name.row);
    }
    ck_assert_uint_gt(count, 3U * (field == FIELD_PROVINCE ? PROVINCE_COUNT : PARTNER_COUNT));
}
END_TEST

/* What hint.def has is spelled as it is compared, once, and no name of a table. */
START_TEST(what_else_people_write_stands_once_and_is_plain)
{
    static const enum field fields[] = { FIELD_PROVINCE, FIELD_PARTNER };
    struct called name, other;
    struct plain plain;

    for (size_t i = 0; called_name(fields[_i], i, &name); i++) {
        if (name.is_own)
            continue;
        ck_assert(plainly(text_of(name.name), &plain));
        ck_assert_msg(text_equal(text_of_plain(&plain), text_of(name.name)), "%s", name.name);
        for (size_t k = 0; k < i && called_name(fields[_i], k, &other); k++)
            ck_assert_msg(!is_plainly(&plain, other.name), "%s stands twice", name.name);
    }
}
END_TEST

/* Whatever is written: an answer, within bounds. */
START_TEST(any_text_is_taken)
{
    static const char letters[] = "rusiaLNcn-0123456789 éÅ俄罗斯辽宁（）&";
    uint32_t state = (uint32_t)_i * 2654435761U + 1;
    struct candidates others;
    struct why why;
    char text[120];

    for (int round = 0; round < 100; round++) {
        size_t length = (state >> 8) % (sizeof text - 1);
        int row = 0;

        for (size_t i = 0; i < length; i++) {
            state = state * 1664525 + 1013904223;
            text[i] = round % 2 == 0 ? letters[(state >> 16) % (sizeof letters - 1)]
                                     : (char)(state >> 24 | 1);
        }
        text[length] = '\0';
        enum fault fault = round % 4 < 2 ? name_scope_or(text, &row, &others, &why)
                                         : name_partner_or(text, &row, &others, &why);
        ck_assert(fault == FAULT_NONE || fault == FAULT_OPTION);
        ck_assert_uint_le(others.count, CANDIDATES_MOST);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");

    tcase_add_loop_test(tcase, a_province_is_known_by_what_people_write, 0, COUNT(PROVINCES));
    tcase_add_loop_test(tcase, a_partner_is_known_by_what_people_write, 0, COUNT(PARTNERS));
    tcase_add_loop_test(tcase, what_may_be_several_or_none_is_refused_with_what_is_near, 0,
                        COUNT(UNSURE));
    tcase_add_test(tcase, the_examples_of_the_documents_are_what_is_said);
    tcase_add_test(tcase, more_candidates_than_have_room_are_counted);
    tcase_add_loop_test(tcase, every_name_of_the_tables_and_of_the_hints_is_that_of_its_row, 0, 2);
    tcase_add_loop_test(tcase, what_else_people_write_stands_once_and_is_plain, 0, 2);
    tcase_add_loop_test(tcase, any_text_is_taken, 0, 20);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
