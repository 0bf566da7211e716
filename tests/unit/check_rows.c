/* Rows as JSON and CSV, and what stands above them: from sheets made by hand, without Redis. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/day.h"
#include "json_of.h"
#include "lookup/row.h"

#define NOW INT64_C(1706680985000)

static const struct lookup lookup = { .windows = { .days = { 1, 31 }, .count = 2 },
                                      .max_age_ms = 60000 };
enum { IN_2023 = WINDOW_YEAR + 2023 };

static uint32_t
measure_of(const char *name)
{
    uint32_t measure;

    ck_assert(measure_read(text_of(name), &measure));
    return measure;
}

static struct standing
standing_of(int scope, int64_t version, int64_t through_ms, bool is_complete)
{
    return (struct standing){ .scope = scope,
                              .asof = { .exists = true,
                                        .is_complete = is_complete,
                                        .day = "2024-01-31",
                                        .through_ms = through_ms,
                                        .version = version,
                                        .age_ms = NOW - through_ms } };
}

static struct sheet
sheet_of_one(void)
{
    struct sheet sheet = { .lookup = &lookup, .standing_count = 1 };

    sheet.standings[0] = standing_of(PROVINCE_LN, 7, NOW - 2000, true);
    return sheet;
}

static struct sheet_row *
add(struct sheet *sheet, const char *measure, wide_t value)
{
    struct sheet_row *row = sheet_add(sheet);

    ck_assert_ptr_nonnull(row);
    row->scope = PROVINCE_LN;
    row->partner = PARTNER_RU;
    row->at = IN_2023;
    row->window_days = 365;
    row->value = value;
    row->is_known = measure_read(text_of(measure), &row->measure);
    if (!row->is_known)
        row->name = keep_text(&sheet->kept, text_of(measure));
    return row;
}

static char *
text_of_bytes(struct bytes *b)
{
    bytes_char(b, '\0');
    ck_assert(!b->failed);
    return b->at;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

#define FRONT                                                                                      \
    "{'as_of':'2024-01-31','through':'2024-01-31T06:03:03Z','through_age_ms':2000,"                \
    "'version':'7','complete':true,'trust':'whole','rows':["
#define LN_RU "{'province':'CN-LN','partner':'RU',"

static void
expect_json(struct sheet *sheet, const char *rows)
{
    struct bytes b = { 0 };
    char told[4096], want[4096];

    sheet_json(sheet, "", "", &b);
    (void)snprintf(told, sizeof told, "%s%s]}", FRONT, rows);
    ck_assert_str_eq(text_of_bytes(&b), json_of(told, want, sizeof want));
    free(b.at);
    sheet_release(sheet);
}

START_TEST(a_row_has_what_time_it_tells_of)
{
    struct sheet sheet = sheet_of_one();
    struct sheet_row *row = add(&sheet, "export.CNY", 1);

    row->time = ROW_MONTH;
    row->at = 2023 * 12 + 8;
    row->window_days = row_days_of(ROW_MONTH, row->at, &lookup);
    row = add(&sheet, "export.CNY", 2);
    row->time = ROW_YEAR;
    row->at = 2024;
    row->window_days = row_days_of(ROW_YEAR, row->at, &lookup);
    row = add(&sheet, "export.CNY", 3);
    row->time = ROW_RANGE;
    ck_assert(day_read(TEXT_LITERAL("2023-04-01"), &row->at));
    ck_assert(day_read(TEXT_LITERAL("2023-09-30"), &row->until));
    row->window_days = row->until - row->at + 1;
    row->doubts.of[NOTE_DAYS] = 182;
    row = add(&sheet, "export.CNY", 4);
    row->at = 1;
    row->window_days = row_days_of(ROW_WINDOW, row->at, &lookup);
    row = add(&sheet, "export.CNY", 5);
    row->at = WINDOW_ALL;
    row->window_days = row_days_of(ROW_WINDOW, row->at, &lookup);
    expect_json(&sheet, LN_RU
                "'month':'2023-09','measure':'export.CNY','value':'0.01','unit':'CNY',"
                "'is_total':false,'days':null,'window_days':30,'notes':{}}," LN_RU
                "'year':'2024','measure':'export.CNY','value':'0.02','unit':'CNY',"
                "'is_total':false,'days':null,'window_days':366,'notes':{}}," LN_RU
                "'from':'2023-04-01','to':'2023-09-30','measure':'export.CNY','value':'0.03',"
                "'unit':'CNY','is_total':false,'days':182,'window_days':183,'notes':{}}," LN_RU
                "'window':'31d','measure':'export.CNY','value':'0.04','unit':'CNY',"
                "'is_total':false,'days':null,'window_days':31,'notes':{}}," LN_RU
                "'window':'all','measure':'export.CNY','value':'0.05','unit':'CNY',"
                "'is_total':false,'days':null,'window_days':null,'notes':{}}");
}
END_TEST

/* A sum of years may be beyond 64 bits, and no digit of it is lost. */
static const struct {
    const char *measure, *value;
    wide_t amount;
} VALUES[] = {
    { "export.CNY", "0.00", 0 },
    { "export.CNY", "-0.05", -5 },
    { "export.JPY", "-5", -5 },
    { "export.BHD", "1.234", 1234 },
    { "export.qty.TNE", "0.001", 1 },
    { "export.events", "12", 12 },
    { "agreements", "3", 3 },
    { "export.CNY", "92233720368547758.07", INT64_MAX },
    { "export.CNY", "-92233720368547758.08", INT64_MIN },
    { "export.CNY", "1199038364791120854.91", (wide_t)INT64_MAX * 13 },
};

START_TEST(an_amount_is_a_plain_decimal_in_its_unit)
{
    struct bytes b = { 0 };

    row_put_value(&b, measure_of(VALUES[_i].measure), VALUES[_i].amount);
    ck_assert_str_eq(text_of_bytes(&b), VALUES[_i].value);
    free(b.at);
}
END_TEST

START_TEST(what_comes_out_of_redis_is_escaped)
{
    struct sheet sheet = sheet_of_one();
    struct sheet_row *row = add(&sheet, "export.\"\x1b", 7);

    row->dimension = keep_text(&sheet.kept, TEXT_LITERAL("a\\\n\xff"));
    /* What tells about others is among their notes. */
    add(&sheet, "export.inexact", 1)->is_aside = true;
    struct bytes b = { 0 };
    sheet_json(&sheet, "\"title\":1,", ",\"tail\":2", &b);
    const char *text = text_of_bytes(&b);
    ck_assert_ptr_nonnull(strstr(text, "{\"title\":1,\"as_of\""));
    ck_assert_ptr_nonnull(strstr(
        text, "\"dimension\":\"a\\\\\\u000a\xEF\xBF\xBD\",\"measure\":\"export.\\\"\\u001b\","
              "\"value\":\"7\",\"unit\":null,"));
    ck_assert_ptr_nonnull(strstr(text, "],\"tail\":2}"));
    ck_assert_ptr_null(strstr(text, "inexact"));
    free(b.at);
    sheet_release(&sheet);
}
END_TEST

START_TEST(json_names_parts_and_whole)
{
    struct sheet sheet = sheet_of_one();
    /* Of CN x RU: its own share of nothing, and ALL x RU is a part of it. */
    struct coverage_ratio shares[] = {
        { .side = { PROVINCE_CN, PARTNER_RU, true },
          .parts = 43125,
          .whole = 100000,
          .days = 365,
          .least_days = 31,
          .most_days = 365,
          .part_count = 12,
          .permille = 431 },
        { .side = { SCOPE_ALL, PARTNER_RU, false }, .parts = 5, .whole = 43125, .permille = 1200 },
    };

    sheet.shares = shares;
    sheet.share_count = 2;
    struct sheet_row *row = add(&sheet, "export.CNY", 43125);
    row->scope = SCOPE_ALL;
    row->share_count = 1;
    row = add(&sheet, "export.CNY", 43125);
    row->scope = PROVINCE_CN;
    row->share_at = 1;
    row->share_count = 1;
    struct bytes b = { 0 };
    char want[1024];
    sheet_json(&sheet, "", "", &b);
    const char *text = text_of_bytes(&b);
    ck_assert_msg(
        strstr(text,
               json_of("'is_total':true,'days':null,'window_days':365,'notes':{},'coverage':["
                       "{'parts':{'province':'ALL','partner':'RU','value':'431.25','count':12,"
                       "'days':[31,365]},'whole':{'province':'CN','partner':'RU',"
                       "'value':'1000.00','days':365},'percent':'43.1'}]}",
                       want, sizeof want)) != NULL,
        "%s", text);
    ck_assert_msg(strstr(text, json_of("'coverage':[{'parts':{'province':'ALL','partner':'RU',"
                                       "'value':'0.05'},'whole':{'province':'CN','partner':'RU',"
                                       "'value':'431.25'},'percent':'120.0'}]}]}",
                                       want, sizeof want)) != NULL,
                  "%s", text);
    free(b.at);
    sheet.shares = NULL; /* they are not its own */
    sheet_release(&sheet);
}
END_TEST

/* ---- CSV ----------------------------------------------------------------------------------- */

#define TITLES                                                                                     \
    "province,province_name,partner,partner_name,rank,time,dimension,measure,value,unit,"          \
    "is_total,days,window_days,derived,adjusted,inexact,undecided,contradicted,covered,"           \
    "mismatched,coverage_percent\r\n"
#define FRONT_CSV "CN-LN,Liaoning,RU,Russia,,2023,"

static const struct {
    const char *dimension, *measure;
    const char *plain, *guarded; /* the cells from dimension to unit */
} CELLS[] = {
    { NULL, "export.CNY", ",export.CNY,-0.05,CNY", ",export.CNY,-0.05,CNY" },
    { "hs:87", "export.qty.TNE", "hs:87,export.qty.TNE,-0.005,TNE",
      "hs:87,export.qty.TNE,-0.005,TNE" },
    { "a,b", "export.novel", "\"a,b\",export.novel,-5,", "\"a,b\",export.novel,-5," },
    { "a\"b", "export.novel", "\"a\"\"b\",export.novel,-5,", "\"a\"\"b\",export.novel,-5," },
    { "a\r\nb", "export.novel", "\"a\r\nb\",export.novel,-5,", "\"a\r\nb\",export.novel,-5," },
    { "=1+1", "+novel", "=1+1,+novel,-5,", "'=1+1,'+novel,-5," },
    { "-a", "@novel", "-a,@novel,-5,", "'-a,'@novel,-5," },
    { "\ta", "=\"", "\ta,\"=\"\"\",-5,", "'\ta,\"'=\"\"\",-5," },
    { "\ra", "=,", "\"\ra\",\"=,\",-5,", "\"'\ra\",\"'=,\",-5," },
};

START_TEST(a_cell_of_csv_is_quoted_and_for_a_spreadsheet_no_formula)
{
    for (int guarded = 0; guarded < 2; guarded++) {
        struct sheet sheet = sheet_of_one();
        struct sheet_row *row = add(&sheet, CELLS[_i].measure, -5);
        struct bytes b = { 0 };
        char want[1024];

        if (CELLS[_i].dimension != NULL)
            row->dimension = keep_text(&sheet.kept, text_of(CELLS[_i].dimension));
        sheet_csv(&sheet, guarded == 1, &b);
        /* Nobody knows what stands beside a measure that is not known. */
        (void)snprintf(want, sizeof want, "%s%s%s,false,,365,,,%s,\r\n",
                       guarded == 1 ? "\xEF\xBB\xBF" : "", TITLES FRONT_CSV,
                       guarded == 1 ? CELLS[_i].guarded : CELLS[_i].plain,
                       row->is_known ? "0,0,0,0,0" : ",,,,");
        ck_assert_str_eq(text_of_bytes(&b), want);
        free(b.at);
        sheet_release(&sheet);
    }
}
END_TEST

START_TEST(a_row_of_csv_has_each_note_in_a_column)
{
    struct sheet sheet = sheet_of_one();
    struct coverage_ratio share = { .side = { PROVINCE_CN, PARTNER_RU, true }, .permille = 431 };
    struct sheet_row *row = add(&sheet, "export.CNY", 123456);
    struct bytes b = { 0 };

    sheet.shares = &share;
    sheet.share_count = 1;
    row->share_count = 1;
    row->rank = 2;
    row->partner = PARTNER_ALL;
    row->doubts = (struct doubts){ .of = { [NOTE_DAYS] = 92,
                                           [NOTE_DERIVED] = 1,
                                           [NOTE_ADJUSTED] = -2,
                                           [NOTE_EVENTS] = 99,
                                           [NOTE_INEXACT] = 3,
                                           [NOTE_UNDECIDED] = 4,
                                           [NOTE_CONTRADICTED] = 5,
                                           [NOTE_COVERED] = 6,
                                           [NOTE_MISMATCHED] = 7 } };
    add(&sheet, "export.inexact", 1)->is_aside = true;
    row = add(&sheet, "export.JPY", 1);
    row->time = ROW_RANGE;
    ck_assert(day_read(TEXT_LITERAL("2023-04-01"), &row->at));
    ck_assert(day_read(TEXT_LITERAL("2023-09-30"), &row->until));
    row->window_days = 0;
    sheet_csv(&sheet, false, &b);
    ck_assert_str_eq(text_of_bytes(&b),
                     TITLES "CN-LN,Liaoning,ALL,All partners,2,2023,,export.CNY,1234.56,CNY,true,"
                            "92,365,0.01,-0.02,3,4,5,6,7,43.1\r\n"
                            "CN-LN,Liaoning,RU,Russia,,2023-04-01/2023-09-30,,export.JPY,1,JPY,"
                            "false,,,,,0,0,0,0,0,\r\n");
    free(b.at);
    sheet.shares = NULL; /* it is not its own */
    sheet_release(&sheet);
}
END_TEST

/* ---- what stands above the rows -------------------------------------------------------------- */

START_TEST(the_version_of_several_scopes_is_another_one_for_each_state)
{
    struct sheet sheet = sheet_of_one();
    char one[VERSION_BYTES], two[VERSION_BYTES], again[VERSION_BYTES];

    sheet_version(&sheet, one);
    ck_assert_str_eq(one, "7");
    sheet.standings[0].asof.version = -1;
    sheet_version(&sheet, one);
    ck_assert_str_eq(one, "");
    sheet.standings[0].asof.version = 7;
    sheet.standings[1] = standing_of(PROVINCE_CN, 9, NOW - 2000, true);
    sheet.standing_count = 2;
    sheet_version(&sheet, two);
    ck_assert_uint_eq(strlen(two), 16);
    sheet_version(&sheet, again);
    ck_assert_str_eq(two, again);
    /* Time goes by, and nothing changes. */
    sheet.standings[1] = standing_of(PROVINCE_CN, 9, NOW - 1000, true);
    sheet_version(&sheet, again);
    ck_assert_str_eq(two, again);
    /* One has moved on; both, each to where the other one was; one is too old now. */
    sheet.standings[1].asof.version = 10;
    sheet_version(&sheet, again);
    ck_assert_str_ne(two, again);
    sheet.standings[0].asof.version = 9;
    sheet.standings[1].asof.version = 7;
    sheet_version(&sheet, again);
    ck_assert_str_ne(two, again);
    sheet.standings[0] = standing_of(PROVINCE_LN, 7, NOW - 2000, true);
    sheet.standings[1] = standing_of(PROVINCE_CN, 9, NOW - 61000, true);
    sheet_version(&sheet, again);
    ck_assert_str_ne(two, again);
}
END_TEST

/* Each is less than the one before it. */
START_TEST(the_least_of_the_scopes_stands_for_all)
{
    const struct standing worse[] = {
        standing_of(PROVINCE_LN, 1, NOW - 1000, true),
        standing_of(PROVINCE_LN, 2, NOW - 2000, true),
        standing_of(PROVINCE_LN, 3, NOW - 61000, true),
        standing_of(PROVINCE_LN, 4, NOW + 60000, true),
        standing_of(PROVINCE_LN, 5, -1, true),
        standing_of(PROVINCE_LN, 6, NOW, false),
        { .scope = PROVINCE_LN, .asof = { .through_ms = -1, .version = 7 } },
    };
    enum { COUNT = sizeof worse / sizeof worse[0] };

    for (int best = 0; best < COUNT; best++)
        for (int worst = best; worst < COUNT; worst++)
            for (int is_behind = 0; is_behind < 2; is_behind++) {
                struct sheet sheet = sheet_of_one();
                sheet.standings[is_behind] = worse[worst];
                sheet.standings[1 - is_behind] = worse[best];
                sheet.standing_count = 2;
                struct asof asof = sheet_asof(&sheet);
                ck_assert_int_eq(asof.version, worse[worst].asof.version);
            }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("rows");
    TCase *cases = tcase_create("pure");

    tcase_add_test(cases, a_row_has_what_time_it_tells_of);
    tcase_add_loop_test(cases, an_amount_is_a_plain_decimal_in_its_unit, 0,
                        sizeof VALUES / sizeof VALUES[0]);
    tcase_add_test(cases, what_comes_out_of_redis_is_escaped);
    tcase_add_test(cases, json_names_parts_and_whole);
    tcase_add_loop_test(cases, a_cell_of_csv_is_quoted_and_for_a_spreadsheet_no_formula, 0,
                        sizeof CELLS / sizeof CELLS[0]);
    tcase_add_test(cases, a_row_of_csv_has_each_note_in_a_column);
    tcase_add_test(cases, the_version_of_several_scopes_is_another_one_for_each_state);
    tcase_add_test(cases, the_least_of_the_scopes_stands_for_all);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
