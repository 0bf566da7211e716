/* Questions that have no command of their own, or whose answers a table shows only in part: ranges,
 * pages, detail, agreements, several scopes.  A real Redis holds what the aggregator would have
 * written. */
#include "base/day.h"
#include "json_of.h"
#include "lookup/question.h"
#include "own_redis.h"

#define THROUGH "1706680983000"

static int64_t
now_ms(void)
{
    return INT64_C(1706680985000); /* two seconds later */
}

static struct store *store;
static struct lookup lookup;

static void
set_up(void)
{
    own_redis_set_up();
    store = own_redis_open(own_redis.url, 0);
    lookup = (struct lookup){
        .way = store_way(store), .prefix = "tt:", .max_age_ms = 60000, .now_ms = now_ms
    };
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    DO(store, "HSET", "tt:{CN-LN}:asof", "day", "2024-01-31", "version", "7", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-HL}:asof", "day", "2024-01-31", "version", "3", "complete", "0",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN}:asof", "day", "2024-01-31", "version", "9", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-LN}:RU:all", "export.CNY", "9");
    DO(store, "HSET", "tt:{CN-LN}:RU:2023", "export.CNY", "700", "export.days.CNY", "365",
       "export.events", "3", "export.inexact", "2", "export.novel", "70", "agreements", "2",
       "agreements.undecided", "1");
    DO(store, "HSET", "tt:{CN-LN}:KZ:2023", "export.CNY", "50");
    DO(store, "HSET", "tt:{CN-HL}:RU:2023", "export.CNY", "30");
    DO(store, "HSET", "tt:{CN}:RU:2023", "export.CNY", "1000");
    DO(store, "HSET", "tt:{CN-LN}:RU:months", "2022-11|export.CNY", "100",
       "2022-11|export.days.CNY", "30", "2022-12|export.CNY", "20", "2022-12|export.days.CNY", "31",
       "2022-12|export.events", "1", "2023-01|export.CNY", "3", "2024-01|export.derived.CNY", "4",
       "2024-01|export.inexact", "5", "2024-01|export.novel", "7", "2024-01|import.derived.USD",
       "-8", "2024-02|export.CNY", "1000000", "2022-10|export.USD", "5", "2022-10|export.events",
       "1", "2022-10|export.inexact", "1");
    DO(store, "HSET", "tt:{CN-LN}:RU:2023:detail", "hs:87|export.CNY", "1", "hs:8703|export.CNY",
       "2", "hs:8703|export.events", "3", "hs:8703|export.covered", "1", "area:370300|export.CNY",
       "4", "area:370300+hs:87|export.CNY", "5", "sector:timber|agreements", "6",
       "sector:a|agreements", "7", "sector:a|agreements.CNY", "800", "part|total.CNY", "9",
       "without a bar", "10");
}

static void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

/* ---- an answer in few words ---------------------------------------------------------------- */

enum { SAID_BYTES = 4096 };

static void
say_time(const struct sheet_row *row, struct text_buffer *b)
{
    char text[MONTH_BYTES], day[DAY_TEXT];

    if (row->time != ROW_RANGE) {
        text_put(b, row_time(row, &lookup, text));
        return;
    }
    day_write(row->at, day);
    text_print(b, "%s..", day);
    day_write(row->until, day);
    text_print(b, "%s", day);
}

/* "CN-LN RU 2023 export.CNY 7.00 365/365 inexact=2", each row a line. */
static void
say_row(const struct sheet_row *row, struct text_buffer *b)
{
    char name[MEASURE_TEXT], digits[WIDE_TEXT];
    struct bytes value = { 0 };

    text_print(b, "%s %s ", scope_code(row->scope), partner_code(row->partner));
    say_time(row, b);
    if (row->dimension.at != NULL)
        text_print(b, " %.*s", (int)row->dimension.length, row->dimension.at);
    if (row->is_known) {
        text_print(b, " %.*s ", (int)measure_write(row->measure, name), name);
        row_put_value(&value, row->measure, row->value);
        text_put(b, (struct text){ value.at, value.length });
        free(value.at);
    } else {
        (void)wide_write(row->value, digits);
        text_print(b, " %.*s %s", (int)row->name.length, row->name.at, digits);
    }
    text_print(b, " %d/%d", (int)row->doubts.of[NOTE_DAYS], (int)row->window_days);
    for (int i = 0; i < ROW_NOTES; i++)
        if (row->doubts.of[row_notes[i].note] != 0)
            text_print(b, " %s=%d", row_notes[i].name, (int)row->doubts.of[row_notes[i].note]);
    text_put_char(b, '\n');
}

/* Ask, and say what came; the sheet is the caller's to release. */
static void
ask(struct question *q, struct sheet *sheet, char said[SAID_BYTES])
{
    struct text_buffer b = { .at = said, .size = SAID_BYTES - 1 };
    struct why why;

    *sheet = (struct sheet){ .lookup = &lookup };
    ck_assert_msg(question_answer(q, &lookup, sheet, &why) == FAULT_NONE, "%s", why.text);
    for (size_t i = 0; i < sheet->count; i++)
        if (!sheet->rows[i].is_aside)
            say_row(&sheet->rows[i], &b);
    said[b.length] = '\0';
    question_end(q);
}

static void
expect(struct question *q, const char *rows)
{
    struct sheet sheet;
    char said[SAID_BYTES];

    ask(q, &sheet, said);
    ck_assert_str_eq(said, rows);
    sheet_release(&sheet);
}

static struct question
of_pair(enum question_kind kind)
{
    return (struct question){
        .kind = kind,
        .scopes = { PROVINCE_LN },
        .scope_count = 1,
        .partners = { PARTNER_RU },
        .partner_count = 1,
        .windows = { WINDOW_YEAR + 2023 },
        .window_count = 1,
    };
}

static uint32_t
measure_of(const char *name)
{
    uint32_t measure;

    ck_assert(measure_read(text_of(name), &measure));
    return measure;
}

/* ---- ranges -------------------------------------------------------------------------------- */

static const struct {
    const char *from, *to, *measure, *rows;
} RANGES[] = {
    { "2022-11-01", "2022-12-31", NULL,
      "CN-LN RU 2022-11-01..2022-12-31 export.CNY 1.20 61/61\n"
      "CN-LN RU 2022-11-01..2022-12-31 export.events 1 0/61\n" },
    /* Of December alone the days are known that it tells of. */
    { "2022-12-01", "2023-01-31", "export.CNY",
      "CN-LN RU 2022-12-01..2023-01-31 export.CNY 0.23 31/62\n" },
    /* A whole year is taken as such: its January is in it.  Of the months beside it what only they
     * know: a derived amount, and records that are inexact. */
    { "2022-12-01", "2024-01-31", NULL,
      "CN-LN RU 2022-12-01..2024-01-31 export.CNY 7.20 396/427 derived=4 inexact=7\n"
      "CN-LN RU 2022-12-01..2024-01-31 export.events 4 0/427 inexact=7\n"
      "CN-LN RU 2022-12-01..2024-01-31 import.USD 0.00 0/427 derived=-8\n"
      "CN-LN RU 2022-12-01..2024-01-31 agreements 2 0/427 undecided=1\n"
      "CN-LN RU 2022-12-01..2024-01-31 export.novel 77 0/427\n" },
    { "2022-12-01", "2024-01-31", "export.CNY",
      "CN-LN RU 2022-12-01..2024-01-31 export.CNY 7.20 396/427 derived=4 inexact=7\n" },
    { "2022-12-01", "2024-01-31", "export.inexact",
      "CN-LN RU 2022-12-01..2024-01-31 export.inexact 7 0/427 inexact=7\n" },
    { "2023-01-01", "2023-12-31", "export.CNY",
      "CN-LN RU 2023-01-01..2023-12-31 export.CNY 7.00 365/365 inexact=2\n" },
    { "2021-01-01", "2021-12-31", NULL, "" },
    { "1970-01-01", "2099-12-31", "import.USD", "" },
};

START_TEST(a_range_is_the_sum_of_its_years_and_months)
{
    struct question q = of_pair(QUESTION_RANGE);
    const char *wrong;

    ck_assert_int_eq(range_read(text_of(RANGES[_i].from), text_of(RANGES[_i].to), &q, &wrong, NULL),
                     FAULT_NONE);
    q.has_measure = RANGES[_i].measure != NULL;
    if (q.has_measure)
        q.measure = measure_of(RANGES[_i].measure);
    expect(&q, RANGES[_i].rows);
}
END_TEST

static const struct {
    const char *from, *to, *wrong, *says;
} REFUSED[] = {
    { "2023-04-02", "2023-09-30", "from", "the first day of a month" },
    { "2023-04-01", "2023-09-29", "to", "the last day of a month" },
    { "2023-02-01", "2023-02-29", "to", "to is a day" },
    { "2024-02-01", "2024-02-28", "to", "the last day of a month" },
    { "2023-04", "2023-09", "from", "from is a day" },
    { "", "2023-09-30", "from", "from is a day" },
    { "2023-10-01", "2023-09-30", "to", "later than" },
    { "1970-01-01", "2100-12-31", "to", "years apart" },
    { "9999-12-01", "9999-12-31", "to", "to is a day" },
};

START_TEST(a_range_that_cuts_a_month_is_refused)
{
    struct question q = of_pair(QUESTION_RANGE);
    const char *wrong = NULL;
    struct why why;

    ck_assert_int_eq(
        range_read(text_of(REFUSED[_i].from), text_of(REFUSED[_i].to), &q, &wrong, &why),
        FAULT_OPTION);
    ck_assert_msg(strstr(why.text, REFUSED[_i].says) != NULL, "%s", why.text);
    ck_assert_str_eq(wrong, REFUSED[_i].wrong);
}
END_TEST

static char *
table_of(const char *from, const char *to)
{
    enum verdict verdict = VERDICT_FAILED;
    struct why why;
    char *text = NULL;
    size_t size = 0;

    lookup.from = from;
    lookup.to = to;
    lookup.out = open_memstream(&text, &size);
    ck_assert_int_eq(
        lookup_run(&lookup, (const char *const[]){ "totals", "LN", "RU" }, 3, &verdict, &why),
        FAULT_NONE);
    ck_assert_int_eq(fclose(lookup.out), 0);
    ck_assert_int_eq(verdict, VERDICT_DONE);
    return text;
}

/* The table has what is a note of the sum no second time. */
START_TEST(a_range_as_a_table_is_told_once)
{
    char *text = table_of("2022-12-01", "2024-01-31");

    ck_assert_ptr_nonnull(strstr(text, "\n2022-12-01..2024-01-31  export.CNY"));
    ck_assert_ptr_null(strstr(text, "export.derived.CNY"));
    ck_assert_ptr_nonnull(strstr(text, "import.derived.USD"));
    ck_assert_ptr_null(strstr(text, "import.USD"));
    free(text);
}
END_TEST

/* Dollars of October and yuan of November: one of two records is inexact, of which of them nobody
 * knows. */
START_TEST(the_months_of_a_range_share_their_records)
{
    char *text = table_of("2022-10-01", "2022-12-31");

    ck_assert_ptr_nonnull(strstr(text, "1.20  CNY      61 of 92 days; see export.events\n"));
    ck_assert_ptr_nonnull(strstr(text, "0.05  USD      see export.events\n"));
    ck_assert_ptr_nonnull(strstr(text, "2  records  1 of 2 records inexact\n"));
    free(text);
}
END_TEST

/* ---- detail and agreements ----------------------------------------------------------------- */

static const struct {
    enum question_by by;
    const char *rows;
} DETAILS[] = {
    { BY_CHAPTER, "CN-LN RU 2023 hs:87 export.CNY 0.01 0/365\n" },
    { BY_COMMODITY, "CN-LN RU 2023 hs:87 export.CNY 0.01 0/365\n"
                    "CN-LN RU 2023 hs:8703 export.CNY 0.02 0/365 covered=1\n"
                    "CN-LN RU 2023 hs:8703 export.events 3 0/365 covered=1\n" },
    { BY_AREA, "CN-LN RU 2023 area:370300 export.CNY 0.04 0/365\n" },
    { BY_SECTOR, "CN-LN RU 2023 sector:a agreements.CNY 8.00 0/365\n"
                 "CN-LN RU 2023 sector:a agreements 7 0/365\n"
                 "CN-LN RU 2023 sector:timber agreements 6 0/365\n" },
    { BY_PART, "CN-LN RU 2023 part total.CNY 0.09 0/365\n" },
};

START_TEST(detail_is_asked_for_by_what_lies_below)
{
    struct question q = of_pair(QUESTION_DETAIL);

    q.by = DETAILS[_i].by;
    expect(&q, DETAILS[_i].rows);
}
END_TEST

START_TEST(detail_comes_in_pages_of_rows)
{
    struct question q = of_pair(QUESTION_DETAIL);
    struct sheet sheet;
    char all[SAID_BYTES], page[SAID_BYTES], pages[SAID_BYTES];
    struct text_buffer b = { .at = pages, .size = sizeof pages - 1 };
    int count = 0;

    ask(&q, &sheet, all);
    ck_assert_int_eq(sheet.next, 0);
    sheet_release(&sheet);
    q.limit = 2;
    do {
        ask(&q, &sheet, page);
        text_put(&b, text_of(page));
        q.first = sheet.next;
        sheet_release(&sheet);
        ck_assert_int_lt(++count, 10);
    } while (q.first > 0);
    pages[b.length] = '\0';
    ck_assert_str_eq(pages, all);
    ck_assert_int_eq(count, 5); /* 9 rows */
    q.first = 1000;
    expect(&q, "");
}
END_TEST

START_TEST(agreements_are_by_kind_and_by_sector)
{
    struct question q = of_pair(QUESTION_AGREEMENTS);

    expect(&q, "CN-LN RU 2023 agreements 2 0/365 undecided=1\n"
               "CN-LN RU 2023 sector:a agreements.CNY 8.00 0/365\n"
               "CN-LN RU 2023 sector:a agreements 7 0/365\n"
               "CN-LN RU 2023 sector:timber agreements 6 0/365\n");
}
END_TEST

/* ---- notes without their number -------------------------------------------------------------- */

static const struct {
    const char *field, *measure, *rows;
} LONELY[] = {
    { "export.contradicted", NULL, "CN-LN AM 2023 export.events 0 0/365 contradicted=1\n" },
    { "export.contradicted", "export.CNY", "" },
    { "export.contradicted", "export.events",
      "CN-LN AM 2023 export.events 0 0/365 contradicted=1\n" },
    { "export.derived.CNY", NULL, "CN-LN AM 2023 export.CNY 0.00 0/365 derived=1\n" },
    { "export.derived.CNY", "export.CNY", "CN-LN AM 2023 export.CNY 0.00 0/365 derived=1\n" },
    { "export.derived.CNY", "export.derived.CNY", "CN-LN AM 2023 export.derived.CNY 0.01 0/365\n" },
    { "export.adjusted.qty.TNE", NULL, "CN-LN AM 2023 export.qty.TNE 0.000 0/365 adjusted=1\n" },
    { "import.days.USD", NULL, "CN-LN AM 2023 import.USD 0.00 1/365\n" },
    { "deals.export.undecided", NULL, "CN-LN AM 2023 deals.export.events 0 0/365 undecided=1\n" },
    { "agreements.undecided", NULL, "CN-LN AM 2023 agreements 0 0/365 undecided=1\n" },
};

START_TEST(a_note_without_its_number_has_a_row_with_0)
{
    struct question q = of_pair(QUESTION_TOTALS);

    DO(store, "HSET", "tt:{CN-LN}:AM:2023", LONELY[_i].field, "1");
    q.partners[0] = partner_find(TEXT_LITERAL("AM"));
    q.has_measure = LONELY[_i].measure != NULL;
    if (q.has_measure)
        q.measure = measure_of(LONELY[_i].measure);
    expect(&q, LONELY[_i].rows);
}
END_TEST

/* ---- several pairs --------------------------------------------------------------------------- */

static struct question
of_several(void)
{
    struct question q = of_pair(QUESTION_TOTALS);

    q.scopes[0] = PROVINCE_HL < PROVINCE_LN ? PROVINCE_HL : PROVINCE_LN;
    q.scopes[1] = PROVINCE_HL < PROVINCE_LN ? PROVINCE_LN : PROVINCE_HL;
    q.scope_count = 2;
    q.partners[0] = partner_find(TEXT_LITERAL("KZ"));
    q.partners[1] = PARTNER_RU;
    q.partner_count = 2;
    q.has_measure = true;
    q.measure = measure_of("export.CNY");
    return q;
}

START_TEST(pages_are_of_pairs_in_the_order_of_their_codes)
{
    static const char *const PAGES[] = {
        /* KZ has none in Heilongjiang: a page may have less rows than pairs */
        "CN-HL RU 2023 export.CNY 0.30 0/365\n",
        "CN-LN KZ 2023 export.CNY 0.50 0/365\n",
        "CN-LN RU 2023 export.CNY 7.00 365/365 inexact=2\n",
    };
    struct question q = of_several();
    struct sheet sheet;
    char said[SAID_BYTES];

    q.limit = 1;
    for (int64_t pair = 0; pair < 4; pair++) {
        q.first = pair;
        ask(&q, &sheet, said);
        ck_assert_str_eq(said, pair == 0 ? "" : PAGES[pair - 1]);
        ck_assert_int_eq(sheet.next, pair == 3 ? 0 : pair + 1);
        sheet_release(&sheet);
    }
    q.first = 2;
    q.limit = 2;
    ask(&q, &sheet, said);
    ck_assert_int_eq(sheet.next, 0);
    sheet_release(&sheet);
}
END_TEST

START_TEST(of_several_scopes_each_says_how_far_it_is_to_be_trusted)
{
    struct question q = of_several();
    struct sheet sheet;
    struct bytes b = { 0 };
    char said[SAID_BYTES], want[SAID_BYTES], version[VERSION_BYTES], again[VERSION_BYTES];

    ask(&q, &sheet, said);
    ck_assert(!sheet.is_pair);
    sheet_version(&sheet, version);
    question_json(&q, &sheet, "", &b);
    bytes_char(&b, '\0');
    /* Those in front are of the least of them: Heilongjiang is partial. */
    (void)snprintf(said, sizeof said,
                   "{'as_of':'2024-01-31','through':'2024-01-31T06:03:03Z','through_age_ms':2000,"
                   "'version':'%s','complete':false,'trust':'partial','scopes':["
                   "{'province':'CN-HL','as_of':'2024-01-31','through':'2024-01-31T06:03:03Z',"
                   "'through_age_ms':2000,'version':'3','complete':false,'trust':'partial'},"
                   "{'province':'CN-LN','as_of':'2024-01-31','through':'2024-01-31T06:03:03Z',"
                   "'through_age_ms':2000,'version':'7','complete':true,'trust':'whole'}],"
                   "'rows':[{'province':'CN-HL',",
                   version);
    (void)json_of(said, want, sizeof want);
    ck_assert_msg(strncmp(b.at, want, strlen(want)) == 0, "%s\n%s", b.at, want);
    free(b.at);
    sheet_release(&sheet);
    DO(store, "HSET", "tt:{CN-HL}:asof", "version", "4");
    ask(&q, &sheet, said);
    sheet_version(&sheet, again);
    ck_assert_str_ne(version, again);
    sheet_release(&sheet);
}
END_TEST

START_TEST(a_ranking_with_a_limit_has_its_margin_beside_it)
{
    struct question q = of_pair(QUESTION_TOP);

    DO(store, "HSET", "tt:{CN-LN}:ALL:2023", "export.CNY", "750");
    DO(store, "HSET", "tt:{CN-LN}:WORLD:2023", "export.CNY", "1500");
    q.has_measure = true;
    q.measure = measure_of("export.CNY");
    q.limit = 1;
    ck_assert_int_eq(question_rank(&q, NULL), FAULT_NONE);
    struct sheet sheet;
    char said[SAID_BYTES];
    ask(&q, &sheet, said);
    ck_assert_str_eq(said, "CN-LN ALL 2023 export.CNY 7.50 0/365\n"
                           "CN-LN RU 2023 export.CNY 7.00 365/365 inexact=2\n");
    ck_assert_int_eq(sheet.rows[0].rank, 0);
    ck_assert_int_eq(sheet.rows[1].rank, 1);
    ck_assert_uint_eq(sheet.rows[0].share_count, 1);
    ck_assert_int_eq(sheet.shares[sheet.rows[0].share_at].permille, 500);
    ck_assert_uint_eq(sheet.rows[1].share_count, 0);
    sheet_release(&sheet);
}
END_TEST

/* Each margin has the share of its own whole, also where others stand beside it. */
START_TEST(shares_of_several_margins_are_told_apart)
{
    struct question q = of_pair(QUESTION_TOTALS);
    struct sheet sheet;
    char said[SAID_BYTES];

    DO(store, "HSET", "tt:{ALL}:asof", "day", "2024-01-31", "version", "1", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-HK}:asof", "day", "2024-01-31", "version", "1", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-MO}:asof", "day", "2024-01-31", "version", "1", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-TW}:asof", "day", "2024-01-31", "version", "1", "complete", "1",
       "through", THROUGH);
    DO(store, "HSET", "tt:{ALL}:RU:2023", "export.CNY", "760");
    DO(store, "HSET", "tt:{CN-HK}:RU:2023", "export.CNY", "60");
    DO(store, "HSET", "tt:{ALL}:KZ:2023", "export.CNY", "50");
    DO(store, "HSET", "tt:{CN}:KZ:2023", "export.CNY", "40");
    q.scopes[0] = SCOPE_ALL;
    q.partners[0] = partner_find(TEXT_LITERAL("KZ"));
    q.partners[1] = PARTNER_RU;
    q.partner_count = 2;
    ask(&q, &sheet, said);
    ck_assert_str_eq(said,
                     "ALL KZ 2023 export.CNY 0.50 0/365\nALL RU 2023 export.CNY 7.60 0/365\n");
    ck_assert_uint_eq(sheet.share_count, 2);
    ck_assert_int_eq(sheet.shares[sheet.rows[0].share_at].permille, 1250);
    ck_assert_int_eq(sheet.shares[sheet.rows[1].share_at].permille, 700); /* without Hong Kong */
    sheet_release(&sheet);
    /* Hong Kong's can't be read: nobody knows how much of ALL is a part of CN. */
    DO(store, "HSET", "tt:{CN-HK}:asof", "complete", "0");
    ask(&q, &sheet, said);
    ck_assert_uint_eq(sheet.share_count, 0);
    sheet_release(&sheet);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("question");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, a_range_is_the_sum_of_its_years_and_months, 0,
                        sizeof RANGES / sizeof RANGES[0]);
    tcase_add_loop_test(cases, a_range_that_cuts_a_month_is_refused, 0,
                        sizeof REFUSED / sizeof REFUSED[0]);
    tcase_add_test(cases, a_range_as_a_table_is_told_once);
    tcase_add_test(cases, the_months_of_a_range_share_their_records);
    tcase_add_loop_test(cases, detail_is_asked_for_by_what_lies_below, 0,
                        sizeof DETAILS / sizeof DETAILS[0]);
    tcase_add_test(cases, detail_comes_in_pages_of_rows);
    tcase_add_test(cases, agreements_are_by_kind_and_by_sector);
    tcase_add_loop_test(cases, a_note_without_its_number_has_a_row_with_0, 0,
                        sizeof LONELY / sizeof LONELY[0]);
    tcase_add_test(cases, pages_are_of_pairs_in_the_order_of_their_codes);
    tcase_add_test(cases, of_several_scopes_each_says_how_far_it_is_to_be_trusted);
    tcase_add_test(cases, a_ranking_with_a_limit_has_its_margin_beside_it);
    tcase_add_test(cases, shares_of_several_margins_are_told_apart);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
