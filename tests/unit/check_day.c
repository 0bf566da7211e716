/* Days and instants: every day of the calendar, and every form that is none. */
#include "base/day.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define DAY_FIRST (-719162)
#define REACH_MS (1439 * INT64_C(60000)) /* an offset of 23:59 */
#define MS_OF_DAY INT64_C(86400000)

START_TEST(every_day_of_the_calendar_goes_there_and_back)
{
    struct date walk = { 1, 1, 1 };
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    for (int32_t day = DAY_FIRST; day <= DAY_LAST; day++) {
        struct date date = day_to_date(day);
        bool leap = (walk.year % 4 == 0 && walk.year % 100 != 0) || walk.year % 400 == 0;

        /* An assertion for each of 3,652,059 days would take a minute. */
        if (date.year != walk.year || date.month != walk.month ||
            date.day_of_month != walk.day_of_month || day_from_date(date) != day)
            ck_abort_msg("day %d is taken for %d-%d-%d", day, date.year, date.month,
                         date.day_of_month);
        if (++walk.day_of_month > length[walk.month - 1] + (leap && walk.month == 2)) {
            walk.day_of_month = 1;
            walk.month = walk.month % 12 + 1;
            walk.year += walk.month == 1;
        }
    }
    ck_assert_int_eq(walk.year, 10000);
}
END_TEST

static const struct {
    const char *text;
    int32_t day;
} days[] = {
    { "1970-01-01", 0 },        { "1969-12-31", -1 },    { "0001-01-01", DAY_FIRST },
    { "9999-12-31", DAY_LAST }, { "2000-02-29", 11016 }, { "2024-02-29", 19782 },
    { "2023-09-30", 19630 },
};

START_TEST(days_are_read_and_written)
{
    int32_t day = 0;
    char out[DAY_TEXT];

    ck_assert(day_read(text_of(days[_i].text), &day));
    ck_assert_int_eq(day, days[_i].day);
    day_write(day, out);
    ck_assert_str_eq(out, days[_i].text);
    ck_assert_int_eq(day_is_valid(day), day >= 0);
}
END_TEST

static const char *const no_days[] = {
    "",           "2023-02-29",  "1900-02-29",  "2023-13-01", "2023-00-01", "2023-01-00",
    "2023-01-32", "2023-04-31",  "0000-01-01",  "2023-1-1",   "2023-01-1",  "2023/01/01",
    "20230101",   "2023-01-01 ", " 2023-01-01", "+023-01-01", "-001-01-01", "2023-01-01T",
    "2O23-01-01", "2023-01--1",  "12023-01-1",
};

START_TEST(nothing_else_is_a_day)
{
    int32_t day = 7;

    ck_assert(!day_read(text_of(no_days[_i]), &day));
    ck_assert_int_eq(day, 7);
}
END_TEST

static const struct {
    const char *text;
    int64_t ms;
} instants[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01t00:00:00z", 0 },
    { "1970-01-01 08:00:00+08:00", 0 },
    { "1969-12-31T23:59:59.999Z", -1 },
    { "1969-12-31T23:59:59.9999999Z", -1 },
    { "1970-01-01T00:00:00.1Z", 100 },
    { "1970-01-01T00:00:00.12Z", 120 },
    { "1970-01-01T00:00:00.123456789Z", 123 },
    { "1970-01-01T00:00:00-23:59", REACH_MS },
    { "1970-01-01T00:00:00-00:00", 0 },
    { "2023-10-24T00:00:00Z", INT64_C(1698105600000) },
    { "2023-10-24T07:59:59.5+08:00", INT64_C(1698105599500) },
    { "0001-01-01T00:00:00+23:59", DAY_FIRST *MS_OF_DAY - REACH_MS },
    { "9999-12-31T23:59:59.999-23:59", (DAY_LAST + 1) * MS_OF_DAY - 1 + REACH_MS },
};

START_TEST(instants_are_read)
{
    int64_t ms = 0;

    ck_assert(instant_read(text_of(instants[_i].text), &ms));
    ck_assert_int_eq(ms, instants[_i].ms);
    ck_assert(instant_is_writable(ms));
}
END_TEST

static const char *const no_instants[] = {
    "",
    "2023-10-24",
    "2023-10-24T00:00:00",
    "2023-10-24T00:00Z",
    "2023-10-24X00:00:00Z",
    "2023-10-24T24:00:00Z",
    "2023-10-24T00:60:00Z",
    "2023-10-24T23:59:60Z",
    "2023-10-24T00:00:00.Z",
    "2023-10-24T00:00:00.1234567890Z",
    "2023-10-24T00:00:00,1Z",
    "2023-10-24T00:00:00ZZ",
    "2023-10-24T00:00:00Z ",
    "2023-10-24T00:00:00.1",
    "2023-10-24T00:00:00+24:00",
    "2023-10-24T00:00:00+08:60",
    "2023-10-24T00:00:00+0800",
    "2023-10-24T00:00:00+08",
    "2023-10-24T00:00:00*08:00",
    "2023-10-24T00:00:00+8a:00",
    "2023-02-29T00:00:00Z",
    "0000-12-31T00:00:00Z",
    "2023-10-24T00-00:00Z",
    "2023-10-24T00:00-00Z",
    "2023-10-24T+1:00:00Z",
};

START_TEST(nothing_else_is_an_instant)
{
    int64_t ms = 7;

    ck_assert(!instant_read(text_of(no_instants[_i]), &ms));
    ck_assert_int_eq(ms, 7);
}
END_TEST

static const struct {
    int64_t ms, day;
} china[] = {
    { 0, 0 },
    { 16 * 3600 * 1000 - 1, 0 },
    { 16 * 3600 * 1000, 1 },
    { -8 * 3600 * 1000, 0 },
    { -8 * 3600 * 1000 - 1, -1 },
    { -MS_OF_DAY, -1 },
    { INT64_C(1698105600000), 19654 },
    { INT64_C(1698163199999), 19654 },
    { INT64_C(1698163200000), 19655 },
    { INT64_MAX, INT64_MAX / MS_OF_DAY },
    { INT64_MIN, INT64_MIN / MS_OF_DAY },
};

START_TEST(a_day_in_china_begins_at_16_hours_utc)
{
    ck_assert_int_eq(instant_china_day(china[_i].ms), china[_i].day);
}
END_TEST

static const struct {
    int64_t ms;
    const char *day, *clock;
} clocks[] = {
    { 0, "1970-01-01", "08:00:00" },
    { -8 * 3600 * 1000, "1970-01-01", "00:00:00" },
    { INT64_C(1706680985999), "2024-01-31", "14:03:05" },
    { INT64_C(1706716799999), "2024-01-31", "23:59:59" },
    { INT64_C(1706716800000), "2024-02-01", "00:00:00" },
    { (DAY_LAST + 1) * MS_OF_DAY - 8 * 3600 * 1000 - 1, "9999-12-31", "23:59:59" },
};

START_TEST(an_instant_is_written_as_it_is_called_in_china)
{
    char day[DAY_TEXT], clock[CLOCK_TEXT];

    instant_china_write(clocks[_i].ms, day, clock);
    ck_assert_str_eq(day, clocks[_i].day);
    ck_assert_str_eq(clock, clocks[_i].clock);
}
END_TEST

START_TEST(an_instant_that_no_text_can_say_is_not_writable)
{
    ck_assert(!instant_is_writable(DAY_FIRST * MS_OF_DAY - REACH_MS - 1));
    ck_assert(!instant_is_writable((DAY_LAST + 1) * MS_OF_DAY + REACH_MS));
    ck_assert(!instant_is_writable(INT64_MIN));
    ck_assert(!instant_is_writable(INT64_MAX));
}
END_TEST

START_TEST(an_instant_is_read_as_it_was_written)
{
    const int64_t first = DAY_FIRST * MS_OF_DAY - REACH_MS;
    const int64_t end = (DAY_LAST + 1) * MS_OF_DAY + REACH_MS;
    const int64_t steps[] = { 1, 999, INT64_C(863999999), INT64_C(9876543210987) };
    int64_t turns = 0;

    for (int i = 0; i < ROWS(steps); i++) {
        /* Both ends of the calendar by small steps, all of it by large ones. */
        int64_t most = i < 2 ? first + 300000 : end;

        for (int64_t ms = first; ms < most; ms += steps[i], turns++) {
            const int64_t both[] = { ms, first + end - 1 - ms };

            for (int k = 0; k < 2; k++) {
                char text[INSTANT_TEXT];
                int64_t again = 0;

                instant_write(both[k], text);
                if (!instant_read(text_of(text), &again) || again != both[k])
                    ck_abort_msg("%lld is written as %s", (long long)both[k], text);
            }
        }
    }
    ck_assert_int_gt(turns, 600000);
}
END_TEST

START_TEST(days_run_from_1970_to_9999)
{
    ck_assert(day_is_valid(0) && day_is_valid(DAY_LAST));
    ck_assert(!day_is_valid(-1) && !day_is_valid(DAY_LAST + 1));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("day");
    TCase *tcase = tcase_create("day");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_day_of_the_calendar_goes_there_and_back);
    tcase_add_loop_test(tcase, days_are_read_and_written, 0, ROWS(days));
    tcase_add_loop_test(tcase, nothing_else_is_a_day, 0, ROWS(no_days));
    tcase_add_loop_test(tcase, instants_are_read, 0, ROWS(instants));
    tcase_add_loop_test(tcase, nothing_else_is_an_instant, 0, ROWS(no_instants));
    tcase_add_loop_test(tcase, a_day_in_china_begins_at_16_hours_utc, 0, ROWS(china));
    tcase_add_loop_test(tcase, an_instant_is_written_as_it_is_called_in_china, 0,
                        sizeof clocks / sizeof clocks[0]);
    tcase_add_test(tcase, an_instant_that_no_text_can_say_is_not_writable);
    tcase_add_test(tcase, an_instant_is_read_as_it_was_written);
    tcase_add_test(tcase, days_run_from_1970_to_9999);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
