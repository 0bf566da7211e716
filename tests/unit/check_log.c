/* Log lines: well-formed whatever they quote, and cut rather than lost. */
#include "base/log.h"

#include <check.h>
#include <jansson.h>

static char said[LOG_LINE_BYTES + 1];
static size_t said_length;

static int64_t
at_eight(void)
{
    return INT64_C(1706688000123); /* 2024-01-31T08:00:00.123Z */
}

static void
keep(void *self, const char *line, size_t length)
{
    (void)self;
    ck_assert_uint_le(length, LOG_LINE_BYTES);
    memcpy(said, line, length);
    said[length] = '\0';
    said_length = length;
}

static const struct log as_json = { .least = LOG_INFO, .now_ms = at_eight, .put = keep };
static const struct log on_terminal = {
    .least = LOG_INFO, .as_text = true, .now_ms = at_eight, .put = keep
};

START_TEST(an_event_is_one_line_of_json)
{
    log_say(&as_json, LOG_WARN, "redis away", LOG_I("wait_ms", 400), LOG_S("url", "a b"));
    ck_assert_str_eq(said, "{\"time\":\"2024-01-31T08:00:00.123Z\",\"level\":\"warn\","
                           "\"event\":\"redis away\",\"wait_ms\":400,\"url\":\"a b\"}\n");
}
END_TEST

START_TEST(a_terminal_gets_text)
{
    log_say(&on_terminal, LOG_WARN, "redis away", LOG_I("wait_ms", -400), LOG_S("url", "a b"),
            LOG_S("host", "h:1"), LOG_S("none", ""));
    ck_assert_str_eq(said, "08:00:00 warn  redis away  wait_ms=-400  url=\"a b\"  host=h:1  "
                           "none=\"\"\n");
    log_say(&on_terminal, LOG_ERROR, "stop", LOG_S("x", "a=b"));
    ck_assert_str_eq(said, "08:00:00 error stop  x=\"a=b\"\n");
}
END_TEST

START_TEST(what_is_below_the_level_is_not_said)
{
    said_length = 0;
    log_say(&as_json, LOG_DEBUG, "x", LOG_I("n", 1));
    log_say((const struct log *)NULL, LOG_ERROR, "x", LOG_I("n", 1));
    ck_assert_uint_eq(said_length, 0);
}
END_TEST

/* ---- quoting --------------------------------------------------------------------- */

#define BYTES(s) { (s), sizeof(s) - 1 }

static const struct quote_row {
    struct text raw;
    const char *quoted;
} quotes[] = {
    { BYTES(""), "\"\"" },
    { BYTES("plain"), "\"plain\"" },
    { BYTES("a\"b\\c"), "\"a\\\"b\\\\c\"" },
    { BYTES("a\nb\r\0c"), "\"a\\u000ab\\u000d\\u0000c\"" },
    { BYTES("\x1b[31m\x7f"), "\"\\u001b[31m\\u007f\"" },
    { BYTES("\xC2\x9B"
            "31m"),
      "\"\\u009b31m\"" }, /* C1: the 8-bit ESC [ */
    { BYTES("\xC2\xA0"), "\"\xC2\xA0\"" },
    { BYTES("\xC2\x85"), "\"\\u0085\"" }, /* next line */
    { BYTES("a\xE2\x80\xA8"
            "b\xE2\x80\xA9"),
      "\"a\\u2028b\\u2029\"" }, /* and to Unicode */
    { BYTES("\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C"),
      "\"\\u202e\\u2066\\u061c\"" }, /* the other way round */
    { BYTES("\xE2\x80\xA7\xE2\x81\xAA"), "\"\xE2\x80\xA7\xE2\x81\xAA\"" },
    { BYTES("\xE8\xBE\xBD\xE5\xAE\x81"), "\"\xE8\xBE\xBD\xE5\xAE\x81\"" },
    { BYTES("\xF0\x9F\x98\x80"), "\"\xF0\x9F\x98\x80\"" },
    { BYTES("a\xFFz"), "\"a\xEF\xBF\xBDz\"" },
    { BYTES("\xE8\xBE"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
    { BYTES("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
    { BYTES("\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
};

START_TEST(every_value_is_quoted_safely)
{
    char out[64];
    struct text_buffer b = { .at = out, .size = sizeof out };
    json_put_text(&b, quotes[_i].raw);
    ck_assert(!b.full);
    ck_assert_uint_eq(b.length, strlen(quotes[_i].quoted));
    ck_assert_mem_eq(out, quotes[_i].quoted, b.length);
}
END_TEST

START_TEST(a_text_that_does_not_fit_is_left_out_whole)
{
    char out[8];
    for (size_t size = 0; size < sizeof out; size++) {
        struct text_buffer b = { .at = out, .size = size };
        json_put_text(&b, TEXT_LITERAL("a\nb")); /* ten bytes quoted */
        ck_assert(b.full);
        ck_assert_uint_eq(b.length, 0);
    }
}
END_TEST

/* ---- long lines -------------------------------------------------------------------- */

START_TEST(a_long_value_is_cut_and_the_line_stays_json)
{
    static char hostile[3 * LOG_LINE_BYTES];
    for (size_t i = 0; i < sizeof hostile; i++) /* text, controls and garbage by turns */
        hostile[i] = (char)((i * (size_t)(_i + 1)) & 0xFF);
    struct text t = { hostile, sizeof hostile - (size_t)_i };
    log_say(&as_json, LOG_INFO, "x", LOG_I("before", 1), LOG_T("long", t), LOG_I("after", 2),
            LOG_T("again", t), LOG_I("last", 3));
    ck_assert_uint_gt(said_length, LOG_LINE_BYTES / 8);
    ck_assert_int_eq(said[said_length - 1], '\n');
    ck_assert_ptr_null(memchr(said, '\n', said_length - 1));
    json_error_t error;
    json_t *line = json_loadb(said, said_length, JSON_ALLOW_NUL, &error);
    ck_assert_msg(line != NULL, "row %d: %s", _i, error.text);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "before")), 1);
    ck_assert_ptr_nonnull(json_object_get(line, "long"));
    json_decref(line);
}
END_TEST

START_TEST(a_cut_falls_between_characters)
{
    static char chinese[LOG_LINE_BYTES * 2];
    for (size_t i = 0; i + 3 <= sizeof chinese; i += 3)
        memcpy(chinese + i, "\xE8\xBE\xBD", 3);
    struct text t = { chinese, sizeof chinese / 3 * 3 - 3 * (size_t)_i };
    log_say(&as_json, LOG_INFO, "x", LOG_T("long", t));
    ck_assert_ptr_null(strstr(said, "\xEF\xBF\xBD"));
}
END_TEST

START_TEST(a_fault_is_told_by_name_field_and_sentence)
{
    struct why why = { .field = "value", .text = "0.001 CNY is no whole fen" };
    log_fault(&as_json, LOG_ERROR, "set aside", BAD_VALUE, &why);
    ck_assert_ptr_nonnull(strstr(said, "\"event\":\"set aside\",\"fault\":\"BAD_VALUE\",\"field\":"
                                       "\"value\",\"why\":\"0.001 CNY is no whole fen\"}\n"));
    log_fault(&as_json, LOG_ERROR, "set aside", BAD_VALUE, NULL);
    ck_assert_ptr_nonnull(strstr(said, "\"fault\":\"BAD_VALUE\"}\n"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("log");
    TCase *cases = tcase_create("log");
    tcase_add_test(cases, an_event_is_one_line_of_json);
    tcase_add_test(cases, a_terminal_gets_text);
    tcase_add_test(cases, what_is_below_the_level_is_not_said);
    tcase_add_loop_test(cases, every_value_is_quoted_safely, 0, sizeof quotes / sizeof *quotes);
    tcase_add_test(cases, a_text_that_does_not_fit_is_left_out_whole);
    tcase_add_loop_test(cases, a_long_value_is_cut_and_the_line_stays_json, 0, 64);
    tcase_add_loop_test(cases, a_cut_falls_between_characters, 0, 8);
    tcase_add_test(cases, a_fault_is_told_by_name_field_and_sentence);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
