/* The headers of a dead letter: they say where it lay and why it is there, and
 * nothing that came with the message can say it in their place. */
#include "kafka/feed_inside.h"

#include <check.h>

static rd_kafka_headers_t *headers;

static void
set_up(void)
{
    headers = rd_kafka_headers_new(8);
}

static void
tear_down(void)
{
    rd_kafka_headers_destroy(headers);
}

static void
bring(const char *name, const char *value)
{
    ck_assert_int_eq(rd_kafka_header_add(headers, name, -1, value, -1), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* How often a header is there. */
static int
times(const char *name)
{
    const void *value;
    size_t length;
    int count = 0;

    while (rd_kafka_header_get(headers, (size_t)count, name, &value, &length) ==
           RD_KAFKA_RESP_ERR_NO_ERROR)
        count++;
    return count;
}

static void
expect(const char *name, const char *expected)
{
    const void *value;
    size_t length;

    ck_assert_msg(times(name) == 1, "%s: %d times", name, times(name));
    ck_assert_int_eq(rd_kafka_header_get_last(headers, name, &value, &length),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert_mem_eq(value, expected, length);
}

static void
set_aside(const char *field, const char *quoted)
{
    const struct message message = { .place = { TOPIC_AGREEMENTS, 3 },
                                     .offset = 42,
                                     .key = TEXT_LITERAL("k"),
                                     .value = TEXT_LITERAL("v") };
    rd_kafka_headers_t *ours;
    struct why reason;

    (void)why_field(&reason, BAD_TEXT, field, "title is %s", quoted);
    ours = feed_error_headers(headers, &message, BAD_TEXT, &reason);
    rd_kafka_headers_destroy(headers);
    headers = ours;
}

START_TEST(they_say_where_it_lay_and_why)
{
    bring("trace", "abc");
    set_aside("title", "bad");
    expect("trace", "abc");
    expect("__connect.errors.topic", "agreements");
    expect("__connect.errors.partition", "3");
    expect("__connect.errors.offset", "42");
    expect("__connect.errors.exception.class.name", "BAD_TEXT");
    expect("__connect.errors.exception.message", "title is bad");
    expect("__connect.errors.field", "title");
}
END_TEST

START_TEST(a_title_can_not_forge_them)
{
    set_aside("title\r\nfield", "a\r\n__connect.errors.topic: b\x1b[2J\xFF\u2028c\u202E");
    expect("__connect.errors.exception.message", "title is a??__connect.errors.topic: b?[2J??c?");
    expect("__connect.errors.field", "title??field");
}
END_TEST

START_TEST(a_producer_can_not_forge_them)
{
    char longest[300] = "__connect.errors.", longer[129] = "__connect.errors.";

    memset(longest + strlen(longest), 'x', sizeof longest - 1 - strlen(longest));
    memset(longer + strlen(longer), 'y', sizeof longer - 1 - strlen(longer));
    bring("__connect.errors.topic", "trade-events");
    bring("__connect.errors.offset", "1");
    bring("__connect.errors.offset", "2");
    bring("__connect.errors.field", "value");
    bring("__connect.errors.value.length", "9");
    bring(longest, "z");
    bring(longer, "z");
    bring("trace", "abc");
    set_aside("", "bad");
    expect("__connect.errors.topic", "agreements");
    expect("__connect.errors.offset", "42");
    expect("trace", "abc");
    ck_assert_int_eq(times("__connect.errors.field"), 0);
    ck_assert_int_eq(times("__connect.errors.value.length"), 0);
    ck_assert_int_eq(times(longest), 0);
    ck_assert_int_eq(times(longer), 0);
}
END_TEST

/* Each costs some bytes, though nothing is in it: a message full of them is at
 * the broker's limit, and would be over it with ours. */
START_TEST(many_empty_ones_are_too_large)
{
    for (int i = 0; i < 20000; i++)
        bring("", "");
    set_aside("", "bad");
    ck_assert_int_eq(times(""), 0);
    expect("tally.headers.dropped", "too large");
    expect("__connect.errors.topic", "agreements");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feed headers");
    TCase *tcase = tcase_create("feed headers");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, they_say_where_it_lay_and_why);
    tcase_add_test(tcase, a_title_can_not_forge_them);
    tcase_add_test(tcase, a_producer_can_not_forge_them);
    tcase_add_test(tcase, many_empty_ones_are_too_large);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
