/* Following a pair before a real Redis: what changes is told once, and nothing that changed is
 * missed.
 *
 * The program asks between its waits whether it is to stop.  The test answers, and does the next
 * thing to Redis meanwhile: so each wait finds what was done before it, and nobody sleeps. */
#include "base/log.h"
#include "lookup/lookup.h"
#include "own_redis.h"
#include "page.h"

/* The test's clock: 2024-01-31 14:03:05 in China. */
#define NOW INT64_C(1706680985000)
#define ASOF "tt:{CN-LN}:asof"
#define CHANGES "tt:{CN-LN}:changes"
#define PAIR "tt:{CN-LN}:RU:2023"

static struct store *store;
static int64_t now;
static char told[4096]; /* on stderr */

static int64_t
now_ms(void)
{
    return now;
}

static void
put_line(void *self, const char *line, size_t length)
{
    (void)self;
    ck_assert_uint_lt(strlen(told) + length, sizeof told);
    memcpy(told + strlen(told), line, length); /* what follows is zero */
}
static const struct log log_told = { .least = LOG_INFO, .now_ms = now_ms, .put = put_line };

static void
fill(void)
{
    DO(store, "HSET", ASOF, "day", "2024-01-31", "version", "7", "complete", "1", "through",
       "1706680983000");
    DO(store, "HSET", PAIR, "export.CNY", "100", "export.events", "1", "export.days.CNY", "273");
    DO(store, "HSET", "tt:{CN-LN}:RU:all", "export.CNY", "100", "export.events", "1");
}

static void
set_up(void)
{
    own_redis_set_up();
    now = NOW;
    memset(told, 0, sizeof told);
    store = own_redis_open(own_redis.url, 0);
    fill();
    DO(store, "XADD", CHANGES, "1706680980000-0", "version", "7", "partners", "ALL RU");
}

static void
tear_down(void)
{
    store_free(store);
    own_redis_tear_down();
}

/* ---- steps ------------------------------------------------------------------------------ */

typedef void step(void);
enum { STEPS_MOST = 8 };
static step *const *steps;
static int step_at;

/* Asked for the first time before anything is read. */
static bool
next_step(void)
{
    int at = step_at++;

    if (at == 0)
        return false;
    if (steps[at - 1] == NULL)
        return true;
    steps[at - 1]();
    return false;
}

static void
rest_not(int ms)
{
    (void)ms;
}

static void
nothing(void)
{
}

static void
export_rises(void)
{
    DO(store, "HSET", PAIR, "export.CNY", "350", "export.days.CNY", "365", "import.CNY", "5");
    DO(store, "XADD", CHANGES, "1706680981000-0", "version", "8", "partners", "ALL RU US");
}

static void
import_goes(void)
{
    DO(store, "HDEL", PAIR, "import.CNY");
    DO(store, "XADD", CHANGES, "1706680982000-0", "version", "9", "partners", "RU");
}

static void
another_pair_changes(void)
{
    DO(store, "HSET", "tt:{CN-LN}:RUS:2023", "export.CNY", "1");
    DO(store, "XADD", CHANGES, "1706680981500-0", "version", "9", "partners", "ALL UM RUS");
}

static void
all_may_have_changed(void)
{
    DO(store, "HSET", PAIR, "export.events", "2", "export.novel", "7");
    DO(store, "XADD", CHANGES, "1706680983000-0", "version", "9", "partners", "*");
}

static void
no_longer_complete(void)
{
    DO(store, "HSET", ASOF, "complete", "0");
}

static void
complete_again(void)
{
    DO(store, "HSET", ASOF, "complete", "1");
}

static void
an_hour_passes(void)
{
    now += 3600000;
}

/* More came than the stream keeps; nothing that is left names the pair. */
static void
trimmed(void)
{
    DO(store, "HSET", PAIR, "export.CNY", "77");
    DO(store, "XTRIM", CHANGES, "MAXLEN", "0");
    DO(store, "XADD", CHANGES, "1706680984000-0", "version", "9", "partners", "US");
}

static void
emptied(void)
{
    DO(store, "FLUSHALL");
}

/* Redis lost the newest entry, and the next one has got its id. */
static void
fell_back(void)
{
    DO(store, "HSET", PAIR, "export.CNY", "60");
    DO(store, "DEL", CHANGES);
    DO(store, "XADD", CHANGES, "1706680980000-0", "version", "8", "partners", "ALL US");
}

static void
filled_again(void)
{
    fill();
    DO(store, "HSET", PAIR, "export.CNY", "90");
    DO(store, "XADD", CHANGES, "1706680984500-0", "version", "1", "partners", "ALL RU");
}

static void
stopped(void)
{
    own_redis_stop();
}

/* It comes back with what it had, and with what came meanwhile. */
static void
started(void)
{
    own_redis_start(NULL);
    fill();
    DO(store, "XADD", CHANGES, "1706680980000-0", "version", "7", "partners", "ALL RU");
    export_rises();
}

/* ---- what is said ----------------------------------------------------------------------- */

#define BEGINNING                                                                                  \
    "Liaoning 辽宁 (CN-LN) x Russia (RU)\n"                                                      \
    "as of 2024-01-31; everything up to 14:03:03 UTC+8 (2 s ago)\n"
#define JSON_BEGINNING "{\"event\":\"totals\",\"province\":\"CN-LN\",\"partner\":\"RU\",\"as_of\":"
#define RISEN                                                                                      \
    "2024-01-31 14:03:01 UTC+8  2023  export.CNY  1.00 -> 3.50 CNY  +2.50\n"                       \
    "2024-01-31 14:03:01 UTC+8  2023  export.days.CNY  273 -> 365 days  +92\n"                     \
    "2024-01-31 14:03:01 UTC+8  2023  import.CNY  0.00 -> 0.05 CNY  +0.05\n"
#define JSON_ROW(time, measure, before, now, difference, unit)                                     \
    "{\"event\":\"change\",\"time\":\"2024-01-31T06:03:" time                                      \
    "Z\",\"province\":\"CN-LN\",\"partner\":\"RU\",\"window\":\"2023\",\"measure\":\"" measure     \
    "\",\"before\":\"" before "\",\"now\":\"" now "\",\"difference\":\"" difference                \
    "\",\"unit\":" unit ",\"complete\":true,\"trust\":\"whole\"}\n"

static const struct {
    bool as_json, is_all_windows;
    step *steps[STEPS_MOST];
    const char *says; /* behind the totals */
    int lines;        /* on stderr */
} LIVES[] = {
    { false, false, { nothing }, "", 0 },
    { false,
      false,
      { export_rises, import_goes },
      RISEN "2024-01-31 14:03:02 UTC+8  2023  import.CNY  0.05 -> 0.00 CNY  -0.05\n",
      0 },
    { false, false, { export_rises, another_pair_changes, nothing }, RISEN, 0 },
    /* what this version does not know is for programs alone */
    { false,
      false,
      { all_may_have_changed },
      "2024-01-31 14:03:03 UTC+8  2023  export.events  1 -> 2 records  +1\n",
      0 },
    { true,
      false,
      { all_may_have_changed },
      JSON_ROW("03", "export.events", "1", "2", "1", "\"records\"")
          JSON_ROW("03", "export.novel", "0", "7", "7", "null"),
      0 },
    { true,
      false,
      { export_rises },
      JSON_ROW("01", "export.CNY", "1.00", "3.50", "2.50", "\"CNY\"")
          JSON_ROW("01", "export.days.CNY", "273", "365", "92", "\"days\"")
              JSON_ROW("01", "import.CNY", "0.00", "0.05", "0.05", "\"CNY\""),
      0 },
    { false, true, { export_rises }, RISEN, 0 },
    /* how far it is to be trusted */
    { false,
      false,
      { no_longer_complete, import_goes, all_may_have_changed, complete_again },
      "2024-01-31 14:03:05 UTC+8  PARTIAL: not every partition has its share in; as of 2024-01-31\n"
      "2024-01-31 14:03:03 UTC+8  2023  export.events  1 -> 2 records  +1  partial\n"
      "2024-01-31 14:03:05 UTC+8  as of 2024-01-31; everything up to 14:03:03 UTC+8 (2 s ago)\n",
      0 },
    { false,
      false,
      { an_hour_passes, export_rises },
      "2024-01-31 15:03:05 UTC+8  OLD: as of 2024-01-31; everything up to 14:03:03 UTC+8 (60 min "
      "ago)\n"
      "2024-01-31 14:03:01 UTC+8  2023  export.CNY  1.00 -> 3.50 CNY  +2.50  old\n"
      "2024-01-31 14:03:01 UTC+8  2023  export.days.CNY  273 -> 365 days  +92  old\n"
      "2024-01-31 14:03:01 UTC+8  2023  import.CNY  0.00 -> 0.05 CNY  +0.05  old\n",
      0 },
    { true,
      false,
      { no_longer_complete },
      "{\"event\":\"trust\",\"time\":\"2024-01-31T06:03:05Z\",\"province\":\"CN-LN\",\"partner\":"
      "\"RU\","
      "\"as_of\":\"2024-01-31\",\"through\":\"2024-01-31T06:03:03Z\",\"through_age_ms\":2000,"
      "\"version\":\"7\",\"complete\":false,\"trust\":\"partial\"}\n",
      0 },
    /* what the stream can't tell any more */
    { false,
      false,
      { trimmed, nothing },
      "2024-01-31 14:03:05 UTC+8  the stream of changes was trimmed: the totals were read anew\n"
      "2024-01-31 14:03:05 UTC+8  2023  export.CNY  1.00 -> 0.77 CNY  -0.23\n",
      0 },
    { true,
      false,
      { trimmed },
      "{\"event\":\"resync\",\"time\":\"2024-01-31T06:03:05Z\",\"province\":\"CN-LN\",\"partner\":"
      "\"RU\","
      "\"reason\":\"trimmed\"}\n" JSON_ROW("05", "export.CNY", "1.00", "0.77", "-0.23", "\"CNY\""),
      0 },
    { false,
      false,
      { emptied, nothing, filled_again },
      "2024-01-31 14:03:05 UTC+8  the stream of changes was lost: the totals were read anew\n"
      "2024-01-31 14:03:05 UTC+8  PARTIAL: nothing was loaded yet, there is no asof\n"
      "2024-01-31 14:03:04 UTC+8  as of 2024-01-31; everything up to 14:03:03 UTC+8 (2 s ago)\n"
      "2024-01-31 14:03:04 UTC+8  2023  export.CNY  1.00 -> 0.90 CNY  -0.10\n",
      0 },
    { false,
      false,
      { fell_back, nothing },
      "2024-01-31 14:03:05 UTC+8  the stream of changes was lost: the totals were read anew\n"
      "2024-01-31 14:03:05 UTC+8  2023  export.CNY  1.00 -> 0.60 CNY  -0.40\n",
      0 },
    /* Redis is away: said once, and what was missed is told */
    { false, false, { stopped, nothing, nothing, started, nothing }, RISEN, 2 },
};

/* Everything that was said; freed by the caller. */
static char *
follow(int life, enum fault *fault, struct why *why)
{
    const char *const operands[] = { "watch", "LN", "Russia", "2023" };
    struct lookup lookup = { .way = store_way(store),
                             .prefix = "tt:",
                             .as_json = LIVES[life].as_json,
                             .max_age_ms = 60000,
                             .now_ms = now_ms,
                             .rest = rest_not,
                             .is_stopped = next_step,
                             .log = &log_told };
    enum verdict verdict = VERDICT_FAILED;
    char *text = NULL;
    size_t size = 0;

    steps = LIVES[life].steps;
    step_at = 0;
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    lookup.out = open_memstream(&text, &size);
    *fault = lookup_run(&lookup, operands, LIVES[life].is_all_windows ? 3 : 4, &verdict, why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    if (*fault == FAULT_NONE)
        ck_assert_int_eq(verdict, VERDICT_DONE);
    return text;
}

START_TEST(the_totals_are_told_and_then_each_change)
{
    enum fault fault;
    struct why why = { 0 };
    char *text = follow(_i, &fault, &why);
    int lines = 0;

    ck_assert_msg(fault == FAULT_NONE, "%s", why.text);
    if (LIVES[_i].as_json) {
        ck_assert_msg(strncmp(text, JSON_BEGINNING, strlen(JSON_BEGINNING)) == 0, "%s", text);
        ck_assert_msg(strstr(text, "\"measure\":\"export.CNY\",\"value\":\"1.00\"") != NULL, "%s",
                      text);
        ck_assert_str_eq(strchr(text, '\n') + 1, LIVES[_i].says);
    } else {
        ck_assert_msg(strncmp(text, BEGINNING, strlen(BEGINNING)) == 0, "%s", text);
        const char *table = strstr(text, "export.events"); /* its last row in each window */
        ck_assert_ptr_nonnull(table);
        if (LIVES[_i].is_all_windows)
            table = strstr(strstr(text, "\nall "), "export.events");
        ck_assert_str_eq(strchr(table, '\n') + 1, LIVES[_i].says);
    }
    for (const char *at = told; *at != '\0'; at++)
        lines += *at == '\n';
    ck_assert_msg(lines == LIVES[_i].lines, "%s", told);
    free(text);
}
END_TEST

/* The example of docs/readers.md, to the letter. */
START_TEST(the_example_of_the_documents_is_what_is_said)
{
    enum fault fault;
    struct why why = { 0 };
    char *page = page_read("docs/readers.md"), *text = follow(1, &fault, &why), *end;

    ck_assert_int_eq(fault, FAULT_NONE);
    end = strstr(text, "2024-01-31 14:03:02"); /* the example ends before the second change */
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    ck_assert_msg(strstr(page, text) != NULL, "%s", text);
    free(page);
    free(text);
}
END_TEST

/* A Redis that is not there yet is waited for, and the totals come first all the same. */
START_TEST(a_redis_that_comes_later_is_waited_for)
{
    static step *const late[] = { nothing, started, nothing, NULL };
    struct lookup lookup = { .way = store_way(store),
                             .prefix = "tt:",
                             .now_ms = now_ms,
                             .is_stopped = next_step,
                             .rest = rest_not,
                             .log = &log_told };
    const char *const operands[] = { "watch", "LN", "RU", "2023" };
    enum verdict verdict;
    struct why why = { 0 };
    char *text = NULL;
    size_t size = 0;

    own_redis_stop();
    steps = late;
    step_at = 0;
    lookup.out = open_memstream(&text, &size);
    ck_assert_int_eq(lookup_run(&lookup, operands, 4, &verdict, &why), FAULT_NONE);
    ck_assert_int_eq(fclose(lookup.out), 0);
    ck_assert_int_eq(verdict, VERDICT_DONE);
    ck_assert_msg(strstr(text, "export.CNY      3.50  CNY") != NULL, "%s", text);
    ck_assert_ptr_null(strstr(text, "->"));
    ck_assert_ptr_nonnull(strstr(told, "Redis is away"));
    ck_assert_ptr_nonnull(strstr(told, "Redis is back"));
    free(text);
}
END_TEST

START_TEST(a_wrong_question_or_a_key_of_another_type_ends_it)
{
    enum fault fault;
    struct why why = { 0 };

    DO(store, "DEL", CHANGES);
    DO(store, "SET", CHANGES, "x");
    char *text = follow(0, &fault, &why);
    ck_assert_int_eq(fault, FAULT_STORE_REFUSED);
    ck_assert_ptr_nonnull(strstr(why.text, "WRONGTYPE"));
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("watch");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, the_totals_are_told_and_then_each_change, 0,
                        (int)(sizeof LIVES / sizeof LIVES[0]));
    tcase_add_test(cases, the_example_of_the_documents_is_what_is_said);
    tcase_add_test(cases, a_redis_that_comes_later_is_waited_for);
    tcase_add_test(cases, a_wrong_question_or_a_key_of_another_type_ends_it);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
