/* Look-ups in a real Redis that holds what the aggregator would have written. */
#include "json_of.h"
#include "lookup/lookup.h"
#include "own_redis.h"

enum { OPERANDS = 8 };

/* The test's clock: 2024-01-31 14:03:05 in China, two seconds after THROUGH. */
#define NOW INT64_C(1706680985000)
#define THROUGH "1706680983000"
#define UP_TO "everything up to 14:03:03 UTC+8 (2 s ago)"
#define UNDECIDED "1 undecided: sources of equal authority differ"
#define JSON_AGE "'through':'2024-01-31T06:03:03Z','through_age_ms':2000"
#define JSON_NO_AGE "'through':null,'through_age_ms':null"
#define JSON_WHOLE ",'version':null,'complete':true,'trust':'whole',"
#define JSON_UNTOLD ",'version':null,'complete':true,'trust':'untold',"

static int64_t
now_ms(void)
{
    return NOW;
}

/* The answer to a question, and how it ended. */
struct result {
    enum fault fault;
    enum verdict verdict;
    struct why why;
    char *text; /* freed by result_free() */
};

static struct result
ask_within(struct store *store, int64_t max_age_s, bool as_json, const char *const *operands)
{
    struct result r = { .verdict = VERDICT_DONE };
    struct lookup lookup = { .way = store_way(store),
                             .prefix = "tt:",
                             .as_json = as_json,
                             .max_age_ms = max_age_s * 1000,
                             .now_ms = now_ms };
    size_t size = 0;
    int count = 0;

    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    while (operands[count] != NULL)
        count++;
    lookup.out = open_memstream(&r.text, &size);
    r.fault = lookup_run(&lookup, operands, count, &r.verdict, &r.why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    return r;
}

static struct result
ask_words(struct store *store, bool as_json, const char *const *operands)
{
    return ask_within(store, 60, as_json, operands);
}
#define ASK(store, as_json, ...)                                                                   \
    ask_words((store), (as_json), (const char *const[]){ __VA_ARGS__, NULL })

static struct store *store;

static void
set_up(void)
{
    own_redis_set_up();
    store = own_redis_open(own_redis.url, 0);
    DO(store, "HSET", "tt:{CN-LN}:asof", "day", "2024-01-31", "updated", "1706659200000", "version",
       "7", "complete", "1", "through", THROUGH);
    DO(store, "HSET", "tt:{CN-LN}:RU:2023", "export.CNY", "1440000000000", "export.JPY", "12345",
       "export.BHD", "1234", "export.qty.TNE", "1200500", "export.events", "12", "import.CNY", "5",
       "import.events", "3", "import.inexact", "2", "import.contradicted", "1", "agreements", "2",
       "agreements.FRAMEWORK", "2", "agreements.CNY", "999");
    DO(store, "HSET", "tt:{CN-LN}:RU:31d", "total.contradicted", "1");
    DO(store, "HSET", "tt:{CN-LN}:RU:all", "export.CNY", "9223372036854775807");
    DO(store, "HSET", "tt:{CN-LN}:KP:2023", "export.CNY", "9007199254740993");
    DO(store, "HSET", "tt:{CN-LN}:CI:2023", "export.CNY", "9007199254740992", "export.events", "4",
       "export.inexact", "1");
    DO(store, "HSET", "tt:{CN-LN}:ALL:2023", "export.CNY", "99");
    DO(store, "HSET", "tt:{CN-LN}:RU:months", "2023-09|export.CNY", "100", "2023-09|export.events",
       "4", "2023-09|export.inexact", "1", "2022-12|export.CNY", "500", "2023-10|import.CNY", "4");
    DO(store, "HSET", "tt:{CN-LN}:KZ:92d", "export.CNY", "1000000", "export.derived.CNY", "20000",
       "export.adjusted.CNY", "-500", "export.days.CNY", "92", "export.events", "4",
       "export.covered", "1", "export.undecided", "1", "export.qty.TNE", "5000",
       "export.days.qty.TNE", "1", "import.derived.CNY", "-100", "total.CNY", "7", "total.events",
       "1", "total.mismatched", "1", "deals.export.CNY", "300", "deals.export.events", "2",
       "deals.export.undecided", "1");
    DO(store, "HSET", "tt:{CN-LN}:WORLD:92d", "export.CNY", "7000000");
    DO(store, "HSET", "tt:{CN-HL}:asof", "day", "2024-01-31", "version", "3", "complete", "0",
       "through", THROUGH);
    DO(store, "HSET", "tt:{CN-HL}:RU:2023", "export.CNY", "100");
}

static void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

/* Expected JSON is written with ' for ", which no answer here has a ' of its own. */
#define LN "{'province':'CN-LN',"
#define WHOLE "'as_of':'2024-01-31'," JSON_AGE ",'version':'7','complete':true,'trust':'whole',"
#define NOTHING "'as_of':null," JSON_NO_AGE ",'version':null,'complete':false,'trust':'nothing',"
#define HAS "'has_data':true,'rows':["
#define LACKS "'has_data':false,'rows':["
/* Of Liaoning; partner and time are members. */
#define ROW(partner, time, measure, value, unit, is_total, days, of, notes)                        \
    "{'province':'CN-LN','partner':'" partner "'," time ",'measure':'" measure "','value':'" value \
    "','unit':'" unit "','is_total':" is_total ",'days':" days ",'window_days':" of                \
    ",'notes':{" notes "}}"
#define IN_2023(measure, value, unit, notes)                                                       \
    ROW("RU", "'window':'2023'", measure, value, unit, "false", "null", "365", notes)
#define KZ_92D(measure, value, unit, days, notes)                                                  \
    ROW("KZ", "'window':'92d'", measure, value, unit, "false", days, "92", notes)
#define MONTH(month, measure, value, unit, of, notes)                                              \
    ROW("RU", "'month':'" month "'", measure, value, unit, "false", "null", of, notes)
#define RU_31D                                                                                     \
    ROW("RU", "'window':'31d'", "total.events", "0", "records", "false", "null", "31",             \
        "'contradicted':1")

enum { ROWS_SHOWN = 14 };
static const struct {
    const char *operands[OPERANDS];
    enum verdict verdict;
    const char *head, *rows[ROWS_SHOWN];
} JSON[] = {
    /* A contradicted figure alone: a row with 0, so that the note has a place. */
    { { "totals", "CN-LN", "RU", "31d" },
      VERDICT_DONE,
      LN "'partner':'RU'," WHOLE HAS,
      { RU_31D } },
    { { "totals", "CN-LN", "RU" },
      VERDICT_DONE,
      LN "'partner':'RU'," WHOLE HAS,
      { RU_31D, IN_2023("export.BHD", "1.234", "BHD", ""),
        IN_2023("export.CNY", "14400000000.00", "CNY", ""),
        IN_2023("export.JPY", "12345", "JPY", ""), IN_2023("export.qty.TNE", "1200.500", "TNE", ""),
        IN_2023("export.events", "12", "records", ""),
        IN_2023("import.CNY", "0.05", "CNY", "'inexact':2,'contradicted':1"),
        IN_2023("import.events", "3", "records", "'inexact':2,'contradicted':1"),
        IN_2023("agreements.CNY", "9.99", "CNY", ""), IN_2023("agreements", "2", "agreements", ""),
        IN_2023("agreements.FRAMEWORK", "2", "agreements", ""),
        ROW("RU", "'window':'all'", "export.CNY", "92233720368547758.07", "CNY", "false", "null",
            "null", "") } },
    { { "totals", "辽宁", "south korea", "2023" },
      VERDICT_DONE,
      LN "'partner':'KR'," WHOLE LACKS,
      { NULL } },
    { { "totals", "heilongjiang", "ru" },
      VERDICT_PARTIAL,
      "{'province':'CN-HL','partner':'RU','as_of':'2024-01-31'," JSON_AGE
      ",'version':'3','complete':false,'trust':'partial'," HAS,
      { "{'province':'CN-HL','partner':'RU','window':'2023','measure':'export.CNY','value':'1.00',"
        "'unit':'CNY','is_total':false,'days':null,'window_days':365,'notes':{}}" } },
    { { "totals", "ALL", "all", "all" },
      VERDICT_PARTIAL,
      "{'province':'ALL','partner':'ALL'," NOTHING LACKS,
      { NULL } },
    /* All of them together stand in front, and have no rank. */
    { { "top", "ln", "2023", "export.CNY" },
      VERDICT_DONE,
      LN WHOLE "'rows':[",
      { ROW("ALL", "'window':'2023'", "export.CNY", "0.99", "CNY", "true", "null", "365", ""),
        ROW("KP", "'rank':1,'window':'2023'", "export.CNY", "90071992547409.93", "CNY", "false",
            "null", "365", ""),
        ROW("CI", "'rank':2,'window':'2023'", "export.CNY", "90071992547409.92", "CNY", "false",
            "null", "365", "'inexact':1"),
        ROW("RU", "'rank':3,'window':'2023'", "export.CNY", "14400000000.00", "CNY", "false",
            "null", "365", "") } },
    /* A group of partners has totals, and is in no ranking. */
    { { "totals", "ln", "world", "92d" },
      VERDICT_DONE,
      LN "'partner':'WORLD'," WHOLE HAS,
      { ROW("WORLD", "'window':'92d'", "export.CNY", "70000.00", "CNY", "true", "null", "92",
            "") } },
    { { "top", "ln", "92d", "export.CNY" },
      VERDICT_DONE,
      LN WHOLE "'rows':[",
      { ROW("KZ", "'rank':1,'window':'92d'", "export.CNY", "10000.00", "CNY", "false", "92", "92",
            "'derived':'200.00','adjusted':'-5.00','undecided':1,'covered':1") } },
    { { "top", "ln", "92d", "deals.export.CNY" },
      VERDICT_DONE,
      LN WHOLE "'rows':[",
      { ROW("KZ", "'rank':1,'window':'92d'", "deals.export.CNY", "3.00", "CNY", "false", "null",
            "92", "'undecided':1") } },
    /* What stands beside an amount is its notes; derived imports, and none that stand, have a row
     * with 0. */
    { { "totals", "ln", "kz", "92d" },
      VERDICT_DONE,
      LN "'partner':'KZ'," WHOLE HAS,
      { KZ_92D("export.CNY", "10000.00", "CNY", "92",
               "'derived':'200.00','adjusted':'-5.00','undecided':1,'covered':1"),
        KZ_92D("export.qty.TNE", "5.000", "TNE", "1", "'undecided':1,'covered':1"),
        KZ_92D("export.events", "4", "records", "null", "'undecided':1,'covered':1"),
        KZ_92D("import.CNY", "0.00", "CNY", "null", "'derived':'-1.00'"),
        KZ_92D("total.CNY", "0.07", "CNY", "null", "'mismatched':1"),
        KZ_92D("total.events", "1", "records", "null", "'mismatched':1"),
        KZ_92D("deals.export.CNY", "3.00", "CNY", "null", "'undecided':1"),
        KZ_92D("deals.export.events", "2", "records", "null", "'undecided':1") } },
    { { "top", "ln", "2023", "agreements" },
      VERDICT_DONE,
      LN WHOLE "'rows':[",
      { ROW("RU", "'rank':1,'window':'2023'", "agreements", "2", "agreements", "false", "null",
            "365", "") } },
    { { "top", "CN", "366d", "import.USD" },
      VERDICT_PARTIAL,
      "{'province':'CN'," NOTHING "'rows':[",
      { NULL } },
    { { "series", "LN", "RU", "export.CNY" },
      VERDICT_DONE,
      LN "'partner':'RU'," WHOLE HAS,
      { MONTH("2022-12", "export.CNY", "5.00", "CNY", "31", ""),
        MONTH("2023-09", "export.CNY", "1.00", "CNY", "30", "'inexact':1") } },
    { { "series", "LN", "RU", "export.CNY", "2023-01", "2023-09" },
      VERDICT_DONE,
      LN "'partner':'RU'," WHOLE HAS,
      { MONTH("2023-09", "export.CNY", "1.00", "CNY", "30", "'inexact':1") } },
    { { "series", "LN", "RU", "export.inexact", "2023-09", "2023-09" },
      VERDICT_DONE,
      LN "'partner':'RU'," WHOLE HAS,
      { MONTH("2023-09", "export.inexact", "1", "records", "30", "'inexact':1") } },
};

START_TEST(as_json_an_answer_is_one_line_of_exact_decimals)
{
    struct result r = ask_words(store, true, JSON[_i].operands);
    char told[8192], want[8192];
    struct text_buffer b = { .at = told, .size = sizeof told - 1 };

    text_put(&b, text_of(JSON[_i].head));
    for (size_t i = 0; JSON[_i].rows[i] != NULL; i++)
        text_print(&b, "%s%s", i == 0 ? "" : ",", JSON[_i].rows[i]);
    text_put(&b, TEXT_LITERAL("]}\n"));
    told[b.length] = '\0';
    ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
    ck_assert_int_eq(r.verdict, JSON[_i].verdict);
    ck_assert_str_eq(r.text, json_of(told, want, sizeof want));
    free(r.text);
}
END_TEST

static const struct {
    const char *operands[OPERANDS];
    enum verdict verdict;
    const char *text;
} TABLES[] = {
    { { "totals", "LN", "RU", "2023" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x Russia (RU)\n"
      "as of 2024-01-31; " UP_TO "\n"
      "window  measure                           total  unit        note\n"
      "2023    export.BHD                        1.234  BHD\n"
      "        export.CNY            14,400,000,000.00  CNY\n"
      "        export.JPY                       12,345  JPY\n"
      "        export.qty.TNE                1,200.500  TNE\n"
      "        export.events                        12  records\n"
      "        import.CNY                         0.05  CNY         2 of 3 records inexact; 1 "
      "contradicted, not in it\n"
      "        import.events                         3  records     2 of 3 records inexact; 1 "
      "contradicted, not in it\n"
      "        import.inexact                        2  records\n"
      "        import.contradicted                   1  records     in no amount\n"
      "        agreements.CNY                     9.99  CNY\n"
      "        agreements                            2  agreements\n"
      "        agreements.FRAMEWORK                  2  agreements\n" },
    { { "totals", "LN", "KZ", "92d" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x Kazakhstan (KZ)\n"
      "as of 2024-01-31; " UP_TO "\n"
      "window  measure                     total  unit     note\n"
      "92d     export.CNY              10,000.00  CNY      200.00 of it derived: nobody published "
      "it; -5.00 of it what wholes say beyond their parts; see export.events\n"
      "        export.qty.TNE              5.000  TNE      1 of 92 days; see export.events\n"
      "        export.events                   4  records  1 covered by others, not in "
      "it; " UNDECIDED "\n"
      "        export.undecided                1  records\n"
      "        export.covered                  1  records  in no amount\n"
      "        import.derived.CNY          -1.00  CNY\n"
      "        total.CNY                    0.07  CNY      1 not what exports and imports come to\n"
      "        total.events                    1  records  1 not what exports and imports come to\n"
      "        total.mismatched                1  records\n"
      "        deals.export.CNY             3.00  CNY      " UNDECIDED "\n"
      "        deals.export.events             2  records  " UNDECIDED "\n"
      "        deals.export.undecided          1  records\n" },
    { { "top", "LN", "92d", "export.CNY" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN): export.CNY in 92d\n"
      "as of 2024-01-31; " UP_TO "\n"
      "#  partner  name            total  unit  note\n"
      "1  KZ       Kazakhstan  10,000.00  CNY   200.00 of it derived: nobody published "
      "it; -5.00 of it what wholes say beyond their parts; 1 covered by others, not in "
      "it; " UNDECIDED "\n" },
    { { "totals", "CN-HL", "RU", "2023" },
      VERDICT_PARTIAL,
      "Heilongjiang 黑龙江 (CN-HL) x Russia (RU)\n"
      "PARTIAL: not every partition has its share in; as of 2024-01-31\n"
      "window  measure     total  unit  note\n"
      "2023    export.CNY   1.00  CNY   partial\n" },
    { { "totals", "LN", "US", "7d" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x United States (US)\n"
      "as of 2024-01-31; " UP_TO "\n"
      "no data in 7d\n" },
    { { "totals", "JL", "US" },
      VERDICT_PARTIAL,
      "Jilin 吉林 (CN-JL) x United States (US)\n"
      "PARTIAL: nothing was loaded yet, there is no asof\n"
      "no data\n" },
    { { "top", "LN", "2023", "export.CNY" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN): export.CNY in 2023\n"
      "as of 2024-01-31; " UP_TO "\n"
      "#  partner  name                           total  unit  note\n"
      "1  KP       North Korea    90,071,992,547,409.93  CNY\n"
      "2  CI       Côte d'Ivoire  90,071,992,547,409.92  CNY   1 of 4 records inexact\n"
      "3  RU       Russia             14,400,000,000.00  CNY\n" },
    { { "series", "LN", "RU", "export.CNY" },
      VERDICT_DONE,
      "Liaoning 辽宁 (CN-LN) x Russia (RU): export.CNY by month\n"
      "as of 2024-01-31; " UP_TO "\n"
      "month    total  unit  note\n"
      "2022-12   5.00  CNY\n"
      "2023-09   1.00  CNY   1 of 4 records inexact\n" },
};

START_TEST(for_people_an_answer_says_its_doubts_in_words)
{
    struct result r = ask_words(store, false, TABLES[_i].operands);

    ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
    ck_assert_int_eq(r.verdict, TABLES[_i].verdict);
    ck_assert_str_eq(r.text, TABLES[_i].text);
    free(r.text);
}
END_TEST

/* ---- how old it is ------------------------------------------------------------------ */

static const struct {
    const char *asof[12];
    int64_t max_age_s;
    enum verdict verdict;
    const char *line, *mark, *json, *why;
} AGES[] = {
    { { "complete", "1", "day", "2024-01-31", "through", THROUGH, NULL },
      60,
      VERDICT_DONE,
      "as of 2024-01-31; " UP_TO,
      "",
      "'as_of':'2024-01-31'," JSON_AGE JSON_WHOLE,
      "" },
    /* at the limit, and one millisecond past it */
    { { "complete", "1", "day", "2024-01-31", "through", "1706680925000", NULL },
      60,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 14:02:05 UTC+8 (60 s ago)",
      "",
      "'through':'2024-01-31T06:02:05Z','through_age_ms':60000" JSON_WHOLE,
      "" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706680924999", NULL },
      60,
      VERDICT_PARTIAL,
      "OLD: as of 2024-01-31; everything up to 14:02:04 UTC+8 (60 s ago)",
      "old",
      "'through':'2024-01-31T06:02:04.999Z','through_age_ms':60001,'version':null,'complete':true,"
      "'trust':'old',",
      "it has everything up to 14:02:04 UTC+8 (60 s ago), and --max-age is 60 s: the aggregator "
      "is not running, or what it counts is late" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706680085000", NULL },
      60,
      VERDICT_PARTIAL,
      "OLD: as of 2024-01-31; everything up to 13:48:05 UTC+8 (15 min ago)",
      "old",
      "'through_age_ms':900000,'version':null,'complete':true,'trust':'old',",
      "(15 min ago), and --max-age is 60 s" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706680085000", NULL },
      900,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 13:48:05 UTC+8 (15 min ago)",
      "",
      "'through_age_ms':900000" JSON_WHOLE,
      "" },
    /* any age will do */
    { { "complete", "1", "day", "2024-01-31", "through", "0", NULL },
      0,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 1970-01-01 08:00:00 UTC+8 (19753 days ago)",
      "",
      "'through':'1970-01-01T00:00:00Z','through_age_ms':1706680985000" JSON_WHOLE,
      "" },
    /* yesterday, and windows that end at another day than today */
    { { "complete", "1", "day", "2024-01-30", "through", "1706630399000", NULL },
      60,
      VERDICT_PARTIAL,
      "OLD: as of 2024-01-30; everything up to 2024-01-30 23:59:59 UTC+8 (14 h ago)",
      "old",
      "'as_of':'2024-01-30','through':'2024-01-30T15:59:59Z','through_age_ms':50586000,"
      "'version':null,'complete':true,'trust':'old',",
      "2024-01-30 23:59:59 UTC+8 (14 h ago)" },
    { { "complete", "1", "day", "2023-12-31", "through", THROUGH, NULL },
      60,
      VERDICT_DONE,
      "as of 2023-12-31; everything up to 2024-01-31 14:03:03 UTC+8 (2 s ago)",
      "",
      "'as_of':'2023-12-31'," JSON_AGE JSON_WHOLE,
      "" },
    /* our clock is a little behind, and far behind */
    { { "complete", "1", "day", "2024-01-31", "through", "1706680990000", NULL },
      60,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 14:03:10 UTC+8 (just now)",
      "",
      "'through_age_ms':-5000" JSON_WHOLE,
      "" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706680985000", NULL },
      60,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 14:03:05 UTC+8 (just now)",
      "",
      "'through_age_ms':0" JSON_WHOLE,
      "" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706688185000", NULL },
      60,
      VERDICT_PARTIAL,
      "OF UNKNOWN AGE: as of 2024-01-31; everything up to 16:03:05 UTC+8 (2 h ahead of this "
      "machine's clock)",
      "of unknown age",
      "'through_age_ms':-7200000,'version':null,'complete':true,'trust':'ahead',",
      "set this machine's clock" },
    { { "complete", "1", "day", "2024-01-31", "through", "1706688185000", NULL },
      0,
      VERDICT_DONE,
      "as of 2024-01-31; everything up to 16:03:05 UTC+8 (2 h ahead of this machine's clock)",
      "",
      "'through_age_ms':-7200000" JSON_WHOLE,
      "" },
    /* nobody says up to when, or nothing that is an instant */
    { { "complete", "1", "day", "2024-01-31", NULL },
      0,
      VERDICT_PARTIAL,
      "PARTIAL: nobody has said up to when it is counted; as of 2024-01-31",
      "partial",
      "'as_of':'2024-01-31'," JSON_NO_AGE JSON_UNTOLD,
      "nobody has said up to when it is counted: look whether tally-aggregate runs" },
    { { "complete", "1", "day", "2024-01-31", "through", "soon", NULL },
      60,
      VERDICT_PARTIAL,
      "PARTIAL: nobody has said up to when it is counted; as of 2024-01-31",
      "partial",
      JSON_NO_AGE JSON_UNTOLD,
      "nobody has said" },
    { { "complete", "1", "through", "-1", NULL },
      60,
      VERDICT_PARTIAL,
      "PARTIAL: nobody has said up to when it is counted; as of an unknown day",
      "partial",
      "'as_of':null," JSON_NO_AGE JSON_UNTOLD,
      "nobody has said" },
    { { "complete", "1", "through", "9223372036854775807", NULL },
      60,
      VERDICT_PARTIAL,
      "PARTIAL: nobody has said up to when it is counted; as of an unknown day",
      "partial",
      JSON_NO_AGE JSON_UNTOLD,
      "nobody has said" },
    /* not complete: whatever through is */
    { { "complete", "0", "day", "2024-01-31", "through", THROUGH, NULL },
      0,
      VERDICT_PARTIAL,
      "PARTIAL: not every partition has its share in; as of 2024-01-31",
      "partial",
      "'as_of':'2024-01-31'," JSON_AGE ",'version':null,'complete':false,'trust':'partial',",
      "not every partition has its share in: look whether tally-aggregate runs" },
    { { "complete", "-1", "day", "2024-01-31", "through", "1706680085000", NULL },
      60,
      VERDICT_PARTIAL,
      "PARTIAL: not every partition has its share in; as of 2024-01-31",
      "partial",
      "'through':'2024-01-31T05:48:05Z','through_age_ms':900000,'version':null,'complete':false,"
      "'trust':'partial',",
      "not every partition has its share in" },
    { { NULL },
      0,
      VERDICT_PARTIAL,
      "PARTIAL: nothing was loaded yet, there is no asof",
      "partial",
      NOTHING,
      "nothing is counted here yet: start tally-aggregate" },
};

static const char *const AGED[][OPERANDS] = {
    { "totals", "LN", "KP", "2023" },
    { "top", "LN", "2023", "export.CNY" },
    { "series", "LN", "RU", "export.CNY", "2022-12", "2022-12" },
};
static const char *const AGED_ROW[] = { "2023    export.CNY  90,071,992,547,409.93  CNY",
                                        "3  RU       Russia             14,400,000,000.00  CNY",
                                        "2022-12   5.00  CNY" };

/* The note of the row that begins like that is the mark. */
static void
expect_mark(const char *text, const char *begin, const char *mark)
{
    const char *row = strstr(text, begin);

    ck_assert_msg(row != NULL, "%s", text);
    row += strlen(begin);
    row += strspn(row, " ");
    ck_assert_msg(strncmp(row, mark, strlen(mark)) == 0 && row[strlen(mark)] == '\n', "%s", text);
}

START_TEST(how_old_a_total_is_stands_beside_it_and_ends_with_3_when_too_old)
{
    struct result r;
    char json[256];

    DO(store, "DEL", "tt:{CN-LN}:asof");
    for (size_t i = 0; AGES[_i].asof[i] != NULL; i += 2)
        DO(store, "HSET", "tt:{CN-LN}:asof", AGES[_i].asof[i], AGES[_i].asof[i + 1]);
    for (size_t i = 0; i < sizeof AGED / sizeof AGED[0]; i++) {
        r = ask_within(store, AGES[_i].max_age_s, false, AGED[i]);
        ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
        ck_assert_int_eq(r.verdict, AGES[_i].verdict);
        const char *line = strchr(r.text, '\n') + 1;
        size_t length = strlen(AGES[_i].line);
        ck_assert_msg(strncmp(line, AGES[_i].line, length) == 0 && line[length] == '\n', "%s",
                      r.text);
        expect_mark(r.text, AGED_ROW[i], AGES[_i].mark);
        ck_assert_msg(strstr(r.why.text, AGES[_i].why) != NULL, "%s", r.why.text);
        ck_assert_int_eq(r.why.text[0] == '\0', AGES[_i].verdict == VERDICT_DONE);
        ck_assert_uint_lt(strlen(r.why.text), sizeof r.why.text - 1); /* it was not cut */
        free(r.text);
        r = ask_within(store, AGES[_i].max_age_s, true, AGED[i]);
        ck_assert_int_eq(r.verdict, AGES[_i].verdict);
        ck_assert_msg(strstr(r.text, json_of(AGES[_i].json, json, sizeof json)) != NULL, "%s",
                      r.text);
        free(r.text);
    }
}
END_TEST

static const struct {
    const char *operands[OPERANDS];
    const char *says;
} WRONG[] = {
    { { NULL }, "no command" },
    { { "total", "LN", "RU" }, "no such command" },
    { { "totals", "LN" }, "usage: tally-lookup totals" },
    { { "totals", "LN", "RU", "31d", "x" }, "usage: tally-lookup totals" },
    { { "totals", "XX", "RU" }, "no such province" },
    { { "totals", "CN-CN", "RU" }, "no such province" },
    { { "totals", "", "RU" }, "no such province" },
    { { "totals", "LN", "CN" }, "a province (CN), and no such partner" },
    { { "totals", "LN", "Korea" }, "several are meant by that: KP (North Korea" },
    { { "totals", "LN", "RU", "30d" }, "no such window" },
    { { "totals", "LN", "RU", "ALL" }, "no such window" },
    { { "totals", "LN", "RU", "" }, "no such window" },
    { { "top", "LN", "2023", "export.XYZ" }, "no such measure" },
    { { "top", "LN", "2023", "export" }, "no such measure" },
    { { "top", "LN", "2023", "export.events" }, "not ranked" },
    { { "top", "LN", "2023", "export.qty.TNE" }, "not ranked" },
    { { "top", "LN", "2023", "export.derived.CNY" }, "not ranked" },
    { { "top", "LN", "2023", "export.days.CNY" }, "not ranked" },
    { { "top", "LN", "2023", "deals.export.events" }, "not ranked" },
    { { "top", "LN", "2023", "deals.export.derived.CNY" }, "no such measure" },
    { { "top", "LN", "2023", "agreements.FRAMEWORK" }, "not ranked" },
    { { "series", "LN", "RU", "export.CNY", "2023-01" }, "both FROM and TO" },
    { { "series", "LN", "RU", "export.CNY", "2023-13", "2023-12" }, "YYYY-MM" },
    { { "series", "LN", "RU", "export.CNY", "2023", "2023-12" }, "YYYY-MM" },
    { { "series", "LN", "RU", "export.CNY", "2023-02", "2023-01" }, "later than" },
    { { "verify", "LN" }, "usage: tally-lookup verify" },
    { { "why", "LN" }, "usage: tally-lookup why" },
};

START_TEST(a_wrong_question_is_a_usage_error_without_a_result)
{
    struct result r = ask_words(store, _i % 2 == 0, WRONG[_i].operands);

    ck_assert_int_eq(r.fault, FAULT_OPTION);
    ck_assert_msg(strstr(r.why.text, WRONG[_i].says) != NULL, "%s", r.why.text);
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

static const struct {
    bool as_json;
    const char *operands[OPERANDS];
    const char *says; /* a fault; NULL: what is printed */
    const char *csv;
} CSV[] = {
    { false,
      { "totals", "LN", "KP", "2023" },
      NULL,
      "CN-LN,Liaoning,KP,North "
      "Korea,,2023,,export.CNY,90071992547409.93,CNY,false,,365,,,0,0,0,0,0,"
      "\r\n" },
    { false,
      { "top", "LN", "92d", "export.CNY" },
      NULL,
      "CN-LN,Liaoning,KZ,Kazakhstan,1,92d,,export.CNY,10000.00,CNY,false,92,92,200.00,-5.00,0,1,0,"
      "1,0,\r\n" },
    { false,
      { "series", "LN", "RU", "export.CNY", "2022-12", "2022-12" },
      NULL,
      "CN-LN,Liaoning,RU,Russia,,2022-12,,export.CNY,5.00,CNY,false,,31,,,0,0,0,0,0,\r\n" },
    { false, { "totals", "LN", "US" }, NULL, "" },
    { true, { "totals", "LN", "KP" }, "either --json or --csv", NULL },
    { false, { "doubts" }, "--csv is of totals, top and series", NULL },
    { false, { "why", "LN", "RU" }, "--csv is of totals, top and series", NULL },
    { false, { "list", "provinces" }, "--csv is of totals, top and series", NULL },
};

START_TEST(as_csv_an_answer_is_its_rows)
{
    struct lookup lookup = { .way = store_way(store),
                             .prefix = "tt:",
                             .as_json = CSV[_i].as_json,
                             .as_csv = true,
                             .now_ms = now_ms };
    enum verdict verdict = VERDICT_FAILED;
    struct why why;
    char *text = NULL;
    size_t size = 0;
    int count = 0;

    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    while (CSV[_i].operands[count] != NULL)
        count++;
    lookup.out = open_memstream(&text, &size);
    enum fault fault = lookup_run(&lookup, CSV[_i].operands, count, &verdict, &why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    if (CSV[_i].says != NULL) {
        ck_assert_int_eq(fault, FAULT_OPTION);
        ck_assert_msg(strstr(why.text, CSV[_i].says) != NULL, "%s", why.text);
        ck_assert_str_eq(text, "");
    } else {
        ck_assert_int_eq(fault, FAULT_NONE);
        ck_assert_int_eq(strncmp(text, "province,province_name,partner,", 31), 0);
        ck_assert_str_eq(strchr(text, '\n') + 1, CSV[_i].csv);
    }
    free(text);
}
END_TEST

START_TEST(every_scope_and_partner_is_known_by_its_names)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        const char *const names[] = { scope_code(s), scope_english(s), scope_chinese(s) };
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            struct result r = ASK(store, true, "series", names[i], "RU", "export.CNY");
            char begin[64];
            (void)snprintf(begin, sizeof begin, "{\"province\":\"%s\",", scope_code(s));
            ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
            ck_assert_msg(strncmp(r.text, begin, strlen(begin)) == 0, "%s: %s", names[i], r.text);
            free(r.text);
        }
    }
    for (int p = 0; p <= PARTNER_ALL; p++) {
        const char *const names[] = { partner_code(p), partner_english(p), partner_chinese(p) };
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strcmp(names[i], "Congo") == 0) /* it may also be the other one */
                continue;
            struct result r = ASK(store, true, "series", "LN", names[i], "export.CNY");
            char begin[64];
            (void)snprintf(begin, sizeof begin, "\"partner\":\"%s\",", partner_code(p));
            ck_assert_msg(r.fault == FAULT_NONE, "%s", r.why.text);
            ck_assert_msg(strstr(r.text, begin) != NULL, "%s: %s", names[i], r.text);
            free(r.text);
        }
    }
}
END_TEST

START_TEST(what_this_version_does_not_know_is_shown_and_can_not_steer_a_terminal)
{
    DO(store, "HSET", "tt:{CN-LN}:MN:2023", "export.CNY", "1", "export.novel", "7", "a\033[2Jb",
       "8");
    struct result r = ASK(store, false, "totals", "LN", "MN", "2023");
    ck_assert_ptr_nonnull(strstr(r.text, "export.novel      7  ?"));
    ck_assert_ptr_null(strchr(r.text, '\033'));
    ck_assert_ptr_nonnull(strstr(r.text, "8  ?"));
    free(r.text);
    r = ASK(store, true, "totals", "LN", "MN", "2023");
    ck_assert_ptr_nonnull(
        strstr(r.text, "\"measure\":\"export.novel\",\"value\":\"7\",\"unit\":null,"));
    ck_assert_ptr_nonnull(
        strstr(r.text, "\"measure\":\"a\\u001b[2Jb\",\"value\":\"8\",\"unit\":null,"));
    ck_assert_ptr_null(strchr(r.text, '\033'));
    free(r.text);
}
END_TEST

START_TEST(a_total_that_is_no_integer_or_a_key_of_another_type_is_a_fault_without_a_result)
{
    static const char *const values[] = { "12x", "", "1.5", "9223372036854775808", "-", "nan" };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        DO(store, "HSET", "tt:{CN-LN}:MN:2023", "export.CNY", values[i]);
        struct result r = ASK(store, true, "totals", "LN", "MN");
        ck_assert_int_eq(r.fault, FAULT_STORE_REFUSED);
        ck_assert_str_eq(r.text, "");
        free(r.text);
    }
    DO(store, "SET", "tt:{CN-LN}:LA:2023", "x");
    struct result r = ASK(store, false, "totals", "LN", "LA");
    ck_assert_int_eq(r.fault, FAULT_STORE_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.why.text, "WRONGTYPE"));
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

START_TEST(a_redis_that_is_away_is_a_fault_without_a_result)
{
    own_redis_stop();
    struct result r = ASK(store, false, "totals", "LN", "RU");
    ck_assert_int_eq(r.fault, FAULT_STORE_AWAY);
    ck_assert_str_eq(r.text, "");
    free(r.text);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("lookup");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, as_json_an_answer_is_one_line_of_exact_decimals, 0,
                        sizeof JSON / sizeof JSON[0]);
    tcase_add_loop_test(cases, for_people_an_answer_says_its_doubts_in_words, 0,
                        sizeof TABLES / sizeof TABLES[0]);
    tcase_add_loop_test(cases, how_old_a_total_is_stands_beside_it_and_ends_with_3_when_too_old, 0,
                        sizeof AGES / sizeof AGES[0]);
    tcase_add_loop_test(cases, a_wrong_question_is_a_usage_error_without_a_result, 0,
                        sizeof WRONG / sizeof WRONG[0]);
    tcase_add_loop_test(cases, as_csv_an_answer_is_its_rows, 0, sizeof CSV / sizeof CSV[0]);
    tcase_add_test(cases, every_scope_and_partner_is_known_by_its_names);
    tcase_add_test(cases, what_this_version_does_not_know_is_shown_and_can_not_steer_a_terminal);
    tcase_add_test(cases,
                   a_total_that_is_no_integer_or_a_key_of_another_type_is_a_fault_without_a_result);
    tcase_add_test(cases, a_redis_that_is_away_is_a_fault_without_a_result);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
