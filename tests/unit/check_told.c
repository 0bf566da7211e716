/* What the tables for people say beside a total: of which days it tells, whose a doubt is, and
 * where a series without months has its figures.  Before a real Redis. */
#include "lookup/lookup.h"
#include "own_redis.h"

/* The test's clock: 2024-01-31 14:03:05 in China. */
#define NOW INT64_C(1706680985000)

static struct store *store;

static int64_t
now_ms(void)
{
    return NOW;
}

/* A month that somebody published, whole. */
static void
put_month(const char *pair, int month, int days)
{
    char key[64], total[32], told[32], number[12];

    (void)snprintf(key, sizeof key, "tt:{CN-LN}:%s:months", pair);
    (void)snprintf(total, sizeof total, "2023-%02d|export.CNY", month);
    (void)snprintf(told, sizeof told, "2023-%02d|export.days.CNY", month);
    (void)snprintf(number, sizeof number, "%d", days);
    DO(store, "HSET", key, total, "100", told, number);
}

static void
set_up(void)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    own_redis_set_up();
    store = own_redis_open(own_redis.url, 0);
    DO(store, "HSET", "tt:{CN-LN}:asof", "day", "2024-01-31", "version", "7", "complete", "1",
       "through", "1706680983000");
    /* January to September by month, the quantity at once */
    DO(store, "HSET", "tt:{CN-LN}:RU:2023", "export.CNY", "900", "export.days.CNY", "273",
       "export.qty.TNE", "5000", "export.days.qty.TNE", "273", "export.events", "9",
       "export.contradicted", "1");
    for (int month = 1; month <= 9; month++)
        put_month("RU", month, lengths[month - 1]);
    /* one figure of nine months */
    DO(store, "HSET", "tt:{CN-LN}:KZ:2023", "export.CNY", "900", "export.days.CNY", "273");
    DO(store, "HSET", "tt:{CN-LN}:KZ:2022", "export.CNY", "900", "export.days.CNY", "365");
    /* the same, and September alone */
    DO(store, "HSET", "tt:{CN-LN}:MN:2023", "export.CNY", "900", "export.days.CNY", "273",
       "export.events", "2", "export.undecided", "1");
    put_month("MN", 9, 30);
    /* two months that do not follow each other; half a month; one month */
    DO(store, "HSET", "tt:{CN-LN}:JP:2023", "export.CNY", "200", "export.days.CNY", "59");
    put_month("JP", 2, 28);
    put_month("JP", 5, 31);
    DO(store, "HSET", "tt:{CN-LN}:KR:2023", "export.CNY", "200", "export.days.CNY", "15");
    put_month("KR", 2, 15);
    DO(store, "HSET", "tt:{CN-LN}:DE:2023", "export.CNY", "100", "export.days.CNY", "28");
    put_month("DE", 2, 28);
    /* more than there are, and without an end */
    DO(store, "HSET", "tt:{CN-LN}:FR:366d", "export.CNY", "1", "export.days.CNY", "547");
    DO(store, "HSET", "tt:{CN-LN}:FR:all", "export.CNY", "1", "export.days.CNY", "547");
    DO(store, "HSET", "tt:{CN-LN}:FR:1d", "export.CNY", "1", "export.days.CNY", "1");
    for (int year = 2001; year <= 2007; year++) {
        char key[64];
        (void)snprintf(key, sizeof key, "tt:{CN-LN}:TM:%d", year);
        DO(store, "HSET", key, "import.USD", "1");
    }
}

static void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

enum { OPERANDS = 7, SAYS_MOST = 4 };
static const struct {
    const char *operands[OPERANDS];
    const char *says[SAYS_MOST]; /* each stands in the answer, */
    const char * not ;           /* this does not; NULL: anything may */
} ANSWERS[] = {
    { { "totals", "LN", "RU", "2023" },
      { "  9.00  CNY      January to September: 273 of 365 days; see "
        "export.events\n",
        " 5.000  TNE      273 of 365 days; see export.events\n",
        " 9  records  1 contradicted, not in it\n" },
      NULL },
    { { "totals", "LN", "KZ" },
      { "2022    export.CNY   9.00  CNY\n", "2023    export.CNY   9.00  CNY   273 of 365 days\n" },
      "September" },
    /* one amount alone: a doubt is about it */
    { { "totals", "LN", "MN", "2023" },
      { " 9.00  CNY      273 of 365 days; 1 undecided: sources of equal "
        "authority differ\n" },
      "September" },
    { { "totals", "LN", "JP", "2023" }, { "  CNY   59 of 365 days\n" }, "February" },
    { { "totals", "LN", "KR", "2023" }, { "  CNY   15 of 365 days\n" }, "February" },
    { { "totals", "LN", "DE", "2023" }, { "  CNY   February: 28 of 365 days\n" }, NULL },
    { { "totals", "LN", "FR" },
      { "1d      export.CNY   0.01  CNY\n",
        "366d    export.CNY   0.01  CNY   547 days, more than the 366 of the window\n",
        "all     export.CNY   0.01  CNY   547 days\n" },
      NULL },
    { { "top", "LN", "2023", "export.CNY" },
      { "KZ       Kazakhstan    9.00  CNY   273 of 365 days\n",
        "Germany       1.00  CNY   28 of 365 days\n" },
      NULL },
    { { "series", "LN", "KR", "export.CNY" }, { "2023-02   1.00  CNY   15 of 28 days\n" }, NULL },
    { { "series", "LN", "RU", "export.CNY" }, { "2023-09   1.00  CNY\n" }, "days" },
    { { "series", "LN", "KZ", "export.CNY" },
      { "no month: figures of whole years, or of several months, lie in none; totals has "
        "export.CNY in 2022 and 2023\n" },
      NULL },
    { { "series", "LN", "KZ", "export.CNY", "2023-01", "2023-12" },
      { "totals has export.CNY in 2023\n" },
      "2022" },
    { { "series", "LN", "TM", "import.USD" },
      { "totals has import.USD in 2001, 2002, 2003, 2004 and 3 more\n" },
      NULL },
    { { "series", "LN", "TM", "import.CNY" },
      { "no data: a month has only what lies within it alone\n" },
      "totals has" },
};

START_TEST(beside_a_total_stands_of_what_it_tells)
{
    struct lookup lookup = {
        .way = store_way(store), .prefix = "tt:", .max_age_ms = 60000, .now_ms = now_ms
    };
    enum verdict verdict = VERDICT_FAILED;
    struct why why = { 0 };
    char *text = NULL;
    size_t size = 0;
    int count = 0;

    while (ANSWERS[_i].operands[count] != NULL)
        count++;
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    lookup.out = open_memstream(&text, &size);
    enum fault fault = lookup_run(&lookup, ANSWERS[_i].operands, count, &verdict, &why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    ck_assert_msg(fault == FAULT_NONE, "%s", why.text);
    ck_assert_int_eq(verdict, VERDICT_DONE);
    for (size_t i = 0; i < SAYS_MOST && ANSWERS[_i].says[i] != NULL; i++)
        ck_assert_msg(strstr(text, ANSWERS[_i].says[i]) != NULL, "%s", text);
    ck_assert_msg(ANSWERS[_i].not == NULL || strstr(text, ANSWERS[_i].not ) == NULL, "%s", text);
    free(text);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("told");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, beside_a_total_stands_of_what_it_tells, 0,
                        (int)(sizeof ANSWERS / sizeof ANSWERS[0]));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
