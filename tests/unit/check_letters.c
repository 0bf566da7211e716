/* Dead letters together: which are of one message, and which were sent again; places as they are
 * typed; times as they are typed. */
#include "ingest/letters.h"
#include "ingest/since.h"

#include <check.h>

static struct letters *letters;

static void
set_up(void)
{
    letters = letters_new();
}

static void
tear_down(void)
{
    letters_free(letters);
}

/* A letter at trade-events.dlq/`at`, of what lay at trade-events/1@`origin`. */
static struct letter
letter_of(int64_t at, int64_t origin, const char *value)
{
    return (struct letter){ .kind = LETTER_DEAD,
                            .at = { RECORD_TRADE, true, 2, at },
                            .origin = { RECORD_TRADE, false, 1, origin },
                            .key_length = -1,
                            .value_length = -1,
                            .value = text_of(value) };
}

static struct letter
note_of(int64_t about, int64_t tries)
{
    return (struct letter){ .kind = LETTER_NOTE,
                            .at = { RECORD_TRADE, true, 2, about + 1000 },
                            .retried = { RECORD_TRADE, true, 2, about },
                            .retried_tries = tries };
}

static void
add(struct letter letter)
{
    ck_assert_int_eq(letters_add(letters, &letter, NULL), FAULT_NONE);
}

static void
expect(struct letter letter, bool is_repeat, int64_t tries)
{
    struct letter_state state = letters_state(letters, &letter);

    ck_assert_int_eq(state.is_repeat, is_repeat);
    ck_assert_int_eq(state.tries, tries);
    ck_assert_int_eq(state.was_retried, tries > 0);
}

START_TEST(letters_of_one_message_are_one)
{
    add(letter_of(7, 40, "a"));
    add(letter_of(3, 40, "a"));
    add(letter_of(5, 41, "a"));
    add(letter_of(9, 40, "of a topic that was made anew"));
    letters_settle(letters);
    expect(letter_of(3, 40, "a"), false, 0);
    expect(letter_of(7, 40, "a"), true, 0);
    expect(letter_of(5, 41, "a"), false, 0);
    expect(letter_of(9, 40, "of a topic that was made anew"), false, 0);
}
END_TEST

START_TEST(what_was_retried_is_known_by_any_of_its_letters)
{
    add(note_of(7, 1));
    add(letter_of(3, 40, "a"));
    add(letter_of(7, 40, "a"));
    add(letter_of(8, 41, "a"));
    add(note_of(7, 3));
    add(note_of(7, 2));
    add(note_of(99, 1)); /* of a letter that is gone */
    letters_settle(letters);
    expect(letter_of(3, 40, "a"), false, 3);
    expect(letter_of(7, 40, "a"), true, 3);
    expect(letter_of(8, 41, "a"), false, 0);
}
END_TEST

START_TEST(what_failed_again_was_retried)
{
    struct letter again = letter_of(3, 40, "a");

    again.tries = 2;
    add(again);
    add(letter_of(4, 41, "a"));
    letters_settle(letters);
    expect(again, false, 2);
    expect(letter_of(4, 41, "a"), false, 0);
}
END_TEST

START_TEST(none_at_all)
{
    letters_settle(letters);
    expect(letter_of(1, 1, "a"), false, 0);
}
END_TEST

static const struct {
    const char *text;
    struct letter_place place;
} places[] = {
    { "trade-events/3@17", { RECORD_TRADE, false, 3, 17 } },
    { "agreements.dlq/0@0", { RECORD_AGREEMENT, true, 0, 0 } },
    { "trade-events.dlq/2147483647@999999999999999999",
      { RECORD_TRADE, true, INT32_MAX, INT64_C(999999999999999999) } },
};

START_TEST(places_are_read_and_written)
{
    struct letter_place place;
    char text[LETTER_PLACE_BYTES];

    ck_assert(letter_place_read(text_of(places[_i].text), &place));
    ck_assert_int_eq(letter_place_compare(place, places[_i].place), 0);
    letter_place_write(place, text);
    ck_assert_str_eq(text, places[_i].text);
}
END_TEST

static const char *const no_places[] = {
    "",
    "/",
    "@",
    "trade-events",
    "trade-events/3",
    "trade-events/@1",
    "trade-events/1@",
    "trade-events@1/2",
    "trade/1@2",
    "trade-events.dlq.dlq/1@2",
    "trade-events/-1@2",
    "trade-events/2147483648@1",
    "trade-events/1@9999999999999999999",
    "trade-events/1@2 ",
    "trade-events/ 1@2",
    "trade-events/1@2@3",
};

START_TEST(nothing_else_is_a_place)
{
    struct letter_place place;

    ck_assert(!letter_place_read(text_of(no_places[_i]), &place));
}
END_TEST

static const struct {
    const char *text;
    int64_t ms; /* -1: it is none */
} times[] = {
    { "2024-01-31", INT64_C(1706630400000) }, /* begins in China */
    { "2024-01-31T08:00:00Z", INT64_C(1706688000000) },
    { "2024-01-31T08:00:00.5+08:00", INT64_C(1706659200500) },
    { "1706688000000", INT64_C(1706688000000) },
    { "1706688000", -1 }, /* seconds */
    { "2024", -1 },
    { "", -1 },
    { "soon", -1 },
    { "1969-12-31", -1 },
    { "1970-01-01", -1 }, /* which began in China in 1969 */
    { "1969-12-31T23:59:59Z", -1 },
};

START_TEST(times_are_read)
{
    int64_t ms = -1;

    ck_assert_int_eq(since_read(text_of(times[_i].text), &ms), times[_i].ms >= 0);
    ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

static const struct {
    const char *text; /* NULL: not given */
    int from;         /* -1: refused */
    int64_t number;
} starts[] = {
    { NULL, FOLLOW_END, 0 },
    { "end", FOLLOW_END, 0 },
    { "beginning", FOLLOW_BEGINNING, 0 },
    { "0", FOLLOW_OFFSET, 0 },
    { "9223372036854775807", FOLLOW_OFFSET, INT64_MAX },
    { "-5", FOLLOW_LAST, 5 },
    { "-0", FOLLOW_LAST, 0 },
    { "@1706688000000", FOLLOW_TIME, INT64_C(1706688000000) },
    { "-9223372036854775808", -1, 0 },
    { "@", -1, 0 },
    { "", -1, 0 },
    { "Beginning", -1, 0 },
    { "1.5", -1, 0 },
};

START_TEST(starts_are_read)
{
    struct follow_settings settings = { .number = 77 };
    enum fault fault = since_read_start(starts[_i].text, &settings, NULL);

    ck_assert_int_eq(fault, starts[_i].from < 0 ? FAULT_OPTION : FAULT_NONE);
    if (fault != FAULT_NONE)
        return;
    ck_assert_int_eq((int)settings.from, starts[_i].from);
    ck_assert_int_eq(settings.number, starts[_i].number);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
    Suite *suite = suite_create("letters");
    TCase *tcase = tcase_create("letters");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, letters_of_one_message_are_one);
    tcase_add_test(tcase, what_was_retried_is_known_by_any_of_its_letters);
    tcase_add_test(tcase, what_failed_again_was_retried);
    tcase_add_test(tcase, none_at_all);
    tcase_add_loop_test(tcase, places_are_read_and_written, 0, ROWS(places));
    tcase_add_loop_test(tcase, nothing_else_is_a_place, 0, ROWS(no_places));
    tcase_add_loop_test(tcase, times_are_read, 0, ROWS(times));
    tcase_add_loop_test(tcase, starts_are_read, 0, ROWS(starts));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
