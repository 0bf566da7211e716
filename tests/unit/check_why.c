/* why against a real Redis that holds two small journals and what they add up
 * to: the sum of the records is the total, also in the middle of a push; what is
 * damaged is refused. */
#include "ledger/fold.h"
#include "two_journals.h"

/* ---- asking ------------------------------------------------------------------------- */

enum { OPERANDS = 5 };

/* The text is freed by the caller. */
static char *
ask(const char *const operands[OPERANDS], bool as_json, enum fault *fault, enum verdict *verdict,
    struct why *why)
{
    struct lookup lookup = { .way = store_way(store),
                             .prefix = "tt:",
                             .as_json = as_json,
                             .max_age_ms = 60000,
                             .now_ms = now_ms,
                             .limit = 20 };
    char *text = NULL;
    size_t size = 0;
    int count = 0;

    ck_assert_int_eq(windows_read(text_of(WINDOWS_DEFAULT), &lookup.windows, NULL), FAULT_NONE);
    while (count < OPERANDS && operands[count] != NULL)
        count++;
    lookup.out = open_memstream(&text, &size);
    *why = (struct why){ 0 };
    *fault = lookup_run(&lookup, operands, count, verdict, why);
    ck_assert_int_eq(fclose(lookup.out), 0);
    return text;
}

#define ASK(...)                                                                                   \
    (const char *const[OPERANDS])                                                                  \
    {                                                                                              \
        "why", __VA_ARGS__                                                                         \
    }

static const struct {
    const char *operands[OPERANDS];
    const char *says;
} answers[] = {
    { { "why", "CN-LN", "RU", "2023", "deals.export.CNY" },
      "\ndeals.export.CNY: 100.00 CNY from 1 record, as in the totals\n"
      "  adds      states  when        record               source  title  why\n"
      "100.00  100.00 CNY  2023-09-05  trade-events/0 at 0                 stated\n" },
    { { "why", "CN-LN", "RU", "2023-09", "deals.export.CNY" }, "(RU): 2023-09\n" },
    { { "why", "CN-LN", "RU", "deals.export.CNY" }, "(RU): all\n" },
    { { "why", "ALL", "ALL", "all" }, "deals.import.qty.TNE: 5.000 TNE from 1 record, as in" },
    { { "why", "ALL", "ALL", "all" }, "\nbeside them          total  unit     note\n" },
    { { "why", "CN-LN", "ALL", "2024-01" }, "2024-01-30  trade-events/0 at 0" },
    { { "why", "CN-LN", "KP", "1d" }, "\nno data\n" },
    { { "why", "CN-LN", "RU", "92d", "deals.export.CNY" }, "\nno data\n" },
    { { "why", "CN", "RU" }, "\nno data\n" },
    { { "why", "CN-LN", "RU" }, "Kafka was not asked for ids and titles: --brokers\n" },
};

START_TEST(records_come_to_the_total)
{
    enum verdict verdict = VERDICT_FAILED;
    enum fault fault;
    struct why why;
    char *text = ask(answers[_i].operands, false, &fault, &verdict, &why);

    ck_assert_msg(fault == FAULT_NONE && verdict == VERDICT_DONE, "%s%s", text, why.text);
    ck_assert_msg(strstr(text, answers[_i].says) != NULL, "%s", text);
    free(text);
}
END_TEST

START_TEST(amounts_are_text_in_json)
{
    enum verdict verdict = VERDICT_FAILED;
    enum fault fault;
    struct why why;
    char *text = ask(ASK("CN-LN", "RU", "2023", "deals.export.CNY"), true, &fault, &verdict, &why);

    ck_assert_int_eq(verdict, VERDICT_DONE);
    ck_assert_str_eq(
        text,
        "{\"province\":\"CN-LN\",\"partner\":\"RU\",\"window\":\"2023\",\"as_of\":\"2024-01-31\","
        "\"through\":\"2024-01-31T06:03:03Z\",\"through_age_ms\":2000,\"version\":\"1\","
        "\"complete\":true,\"trust\":\"whole\","
        "\"kafka\":\"not asked\",\"not_in_kafka\":0,\"moved\":false,\"measures\":{"
        "\"deals.export.CNY\":{\"unit\":\"CNY\",\"sum\":\"100.00\",\"total\":\"100.00\",\"equal\":"
        "true,"
        "\"doubts\":{\"deals.export.events\":\"1\"},\"records\":1,\"adds\":[{"
        "\"topic\":\"trade-events\",\"partition\":0,\"offset\":0,\"id\":null,\"source\":null,"
        "\"url\":null,\"title\":null,\"from\":\"2023-09-05\",\"to\":\"2023-09-05\",\"version\":0,"
        "\"grade\":\"PRESS\",\"bound\":\"EXACT\",\"states\":\"100.00\",\"adds\":\"100.00\","
        "\"adds_from\":\"2023-09-05\",\"adds_to\":\"2023-09-05\",\"as\":\"stated\","
        "\"undecided\":false,\"why\":\"stated\"}],\"left_out_records\":0,\"left_out\":[]}}}\n");
    free(text);
}
END_TEST

/* A tag in the middle of a push: the cells of the buckets below its border are
 * at the later version, the others at the former one. */
START_TEST(the_middle_of_a_push_is_exact)
{
    static const char *const measures[] = { "deals.import.qty.TNE", "deals.import.events" };
    static const char *const values[] = { "5000", "1" };
    enum verdict verdict = VERDICT_FAILED;
    enum fault fault;
    struct why why;

    for (int border = 1; border < BUCKETS; border += 3) {
        char tag[TAG_TEXT];
        char *text;

        (void)snprintf(tag, sizeof tag, V1 "@" DAY ">" V2 "@" DAY "|%d", border);
        write_tags(PROVINCE_LN, tag, A1 "@" DAY);
        DO(store, "DEL", "tt:{CN-LN}:KP:2024");
        for (int i = 0; i < 2; i++)
            if (cell_bucket(TEXT_LITERAL("{CN-LN}:KP:2024"), text_of(measures[i])) < border)
                DO(store, "HSET", "tt:{CN-LN}:KP:2024", measures[i], values[i]);
        text = ask(ASK("CN-LN", "KP", "2024"), true, &fault, &verdict, &why);
        ck_assert_msg(fault == FAULT_NONE && verdict == VERDICT_DONE, "%d: %s", border, text);
        ck_assert_ptr_null(strstr(text, "\"equal\":false"));
        free(text);
    }
}
END_TEST

#define LN "tt:{CN-LN}:"
static const struct {
    const char *command[10];
    enum fault fault;
    enum verdict verdict;
    const char *says; /* the answer, or why there is none */
} damage[] = {
    { { "HINCRBY", LN "RU:2023", "deals.export.CNY", "1" },
      FAULT_NONE,
      VERDICT_FAILED,
      "from 1 record; the totals have 100.01: NOT THE SAME\n" },
    { { "HSET", LN "RU:2023", "total.CNY", "5" },
      FAULT_NONE,
      VERDICT_FAILED,
      "total.CNY: 0.00 CNY from 0 records; the totals have 0.05: NOT THE SAME\n" },
    { { "HSET", LN "RU:2023", "deals.export.events", "2" },
      FAULT_NONE,
      VERDICT_FAILED,
      "NOT THE SAME: the records come to 1" },
    { { "HSET", LN "tags", "trade-events/0", V3 "@" DAY },
      FAULT_NONE,
      VERDICT_PARTIAL,
      "they moved on meanwhile" },
    { { "HSET", LN "tags", "trade-events/0", "!" V2 "@" DAY },
      FAULT_NONE,
      VERDICT_PARTIAL,
      "they moved on meanwhile" },
    { { "HDEL", LN "asof", "complete" }, FAULT_NONE, VERDICT_PARTIAL, "PARTIAL: not every" },
    { { "HSET", LN "asof", "through", "1706680800000" }, FAULT_NONE, VERDICT_PARTIAL, "OLD: " },
    { { "HSET", LN "RU:2023", "deals.export.CNY", "x" }, FAULT_STORE_REFUSED, 0, "whole number" },
    { { "SET", LN "tags", "x" }, FAULT_STORE_REFUSED, 0, "WRONGTYPE" },
    { { "HSET", LN "tags", "trade-events/1", V2 "@" DAY },
      FAULT_JOURNAL_BROKEN,
      0,
      "trade-events/1: there is no journal" },
    { { "HSET", LN "tags", "nonsense", V2 "@" DAY },
      FAULT_JOURNAL_BROKEN,
      0,
      "no partition has this name" },
    { { "SETRANGE", "tt:{trade-events/0}:journal:g:0", "40", "x" },
      FAULT_JOURNAL_BROKEN,
      0,
      "cut or damaged" },
    { { "SETRANGE", "tt:{agreements/0}:journal:g:0", "9", "\x7f" },
      FAULT_JOURNAL_BROKEN,
      0,
      "cut or damaged" },
    { { "DEL", "tt:{trade-events/0}:journal:g:1" }, FAULT_JOURNAL_BROKEN, 0, "has 0 of" },
    { { "HSET", "tt:{trade-events/0}:meta", "ver", V3 },
      FAULT_JOURNAL_BROKEN,
      0,
      "ends before the version" },
    { { "HSET", "tt:{trade-events/0}:meta", "chunk", "999999999999" },
      FAULT_JOURNAL_BROKEN,
      0,
      "names chunk 999999999999" },
    { { "HSET", "tt:{trade-events/0}:meta", "alg", "1" },
      FAULT_SETTINGS,
      0,
      "was made by version" },
};

START_TEST(what_is_damaged_is_told)
{
    enum verdict verdict = VERDICT_DONE;
    enum fault fault;
    struct why why;
    const char *const *c = damage[_i].command;
    char *text;

    DO(store, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]);
    text = ask(ASK("CN-LN", "RU", "2023"), false, &fault, &verdict, &why);
    ck_assert_msg(fault == damage[_i].fault, "%s %s%s", fault_name(fault), text, why.text);
    ck_assert_msg(fault != FAULT_NONE || verdict == damage[_i].verdict, "%d: %s", (int)verdict,
                  text);
    ck_assert_msg(strstr(fault == FAULT_NONE ? text : why.text, damage[_i].says) != NULL, "%s%s",
                  text, why.text);
    free(text);
}
END_TEST

static const struct {
    const char *operands[OPERANDS];
    const char *says;
} wrong[] = {
    { { "why", "CN-LN" }, "usage: tally-lookup why" },
    { { "why", "CN-XX", "RU" }, "no such province" },
    { { "why", "CN-LN", "CN" }, "no such partner" },
    { { "why", "CN-LN", "RU", "2023-13" }, "no such window" },
    { { "why", "CN-LN", "RU", "30d" }, "no such window" },
    { { "why", "CN-LN", "RU", "2023", "2023" }, "no such measure" },
    { { "why", "CN-LN", "RU", "export.CNY", "2023" }, "no such window" },
};

START_TEST(a_wrong_question_is_told)
{
    enum verdict verdict = VERDICT_DONE;
    enum fault fault;
    struct why why;
    char *text = ask(wrong[_i].operands, false, &fault, &verdict, &why);

    ck_assert_int_eq(fault, FAULT_OPTION);
    ck_assert_msg(strstr(why.text, wrong[_i].says) != NULL, "%s", why.text);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* Numbers that look random (PCG's multiplier). */
static int
some(int below)
{
    static uint64_t state = 3;

    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (int)((state >> 33) % (uint64_t)below);
}

/* row_is_at() and cells_add() are two forms of one rule. */
START_TEST(a_row_is_where_its_cells_are)
{
    static const int scopes[] = { PROVINCE_LN, PROVINCE_HL, PROVINCE_CN, SCOPE_ALL };
    static const int partners[] = { PARTNER_RU, PARTNER_KZ, PARTNER_WORLD, PARTNER_ALL };
    const int32_t today = 19753; /* 2024-01-31 */
    struct cells cells = { 0 };
    struct spot spot = { 0 };
    struct windows windows;

    ck_assert_int_eq(windows_read(text_of(WINDOWS_DEFAULT), &windows, NULL), FAULT_NONE);
    spot.windows = &windows;
    for (int round = 0; round < 20000; round++) {
        struct part part = { .province = (int16_t)scopes[some(4)],
                             .partner = (int16_t)partners[some(4)],
                             .spread = (uint8_t)some(3),
                             .whole = some(3) == 0,
                             .day = today - some(500) + 40,
                             .span = (int16_t)(some(4) == 0 ? some(366) + 1 : some(32) + 1) };
        struct row row;
        size_t count, seen = 0;

        part.spread =
            part.province == SCOPE_ALL || part.partner == PARTNER_ALL ? SPREAD_HERE : part.spread;
        row = row_make(&part, 0, 1);
        spot.scope = scopes[some(4)];
        sums_clear(&cells.sums);
        cells_add(&cells, spot.scope, &windows, today, row.where, row.what, 1, +1);
        count = cells_sort(&cells);
        for (size_t i = 0; i < count; i++) {
            spot.partner = cell_partner(&cells.sums.table[i]);
            spot.window = cell_window(&cells.sums.table[i]);
            spot.month = cell_month(&cells.sums.table[i]);
            ck_assert(row_is_at(row.where, &spot, today));
        }
        for (int p = 0; p < 4; p++) {
            spot.partner = partners[p];
            for (spot.window = 0; spot.window < windows.count; spot.window++)
                seen += row_is_at(row.where, &spot, today);
            spot.window = WINDOW_ALL;
            seen += row_is_at(row.where, &spot, today);
            for (spot.window = WINDOW_YEAR + 2022; spot.window <= WINDOW_YEAR + 2025; spot.window++)
                seen += row_is_at(row.where, &spot, today);
            spot.window = CELL_MONTHS;
            for (spot.month = 2022 * 12; spot.month < 2025 * 12; spot.month++)
                seen += row_is_at(row.where, &spot, today);
        }
        ck_assert_uint_eq(seen, count);
    }
    cells_release(&cells);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("why");
    TCase *tests = tcase_create("why");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, records_come_to_the_total, 0, COUNT(answers));
    tcase_add_test(tests, amounts_are_text_in_json);
    tcase_add_test(tests, the_middle_of_a_push_is_exact);
    tcase_add_loop_test(tests, what_is_damaged_is_told, 0, COUNT(damage));
    tcase_add_loop_test(tests, a_wrong_question_is_told, 0, COUNT(wrong));
    tcase_add_test(tests, a_row_is_where_its_cells_are);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
