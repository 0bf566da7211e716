#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What the consumer group is told, and when. */

enum { SECOND = 1000, NOTED_MOST = 8 };

static int64_t now;
static struct partition p, q, *partitions[] = { &p, &q };
static struct aggregator a;
static struct position noted[NOTED_MOST];
static size_t noted_count;

static int64_t
now_ms(void *self)
{
    (void)self;
    return now;
}

static void
note(void *self, const struct position *positions, size_t count)
{
    (void)self;
    for (size_t i = 0; i < count && noted_count < NOTED_MOST; i++)
        noted[noted_count++] = positions[i];
}

static enum fault hear(void *self, struct place place, struct position *out, struct why *why);

static void
set_up(void)
{
    now = 100 * SECOND;
    noted_count = 0;
    p = (struct partition){ .state = PARTITION_READING,
                            .place = { TOPIC_TRADE_EVENTS, 3 },
                            .next = 10,
                            .last_offset = 8,
                            .last_hash = 77,
                            .from = 2 };
    q = (struct partition){ .state = PARTITION_STALE, .place = { TOPIC_AGREEMENTS, 4 } };
    a = (struct aggregator){ .owned = { .at = partitions, .count = 2 } };
    a.world.clock.tick_ms = now_ms;
    a.world.feed.note = note;
    a.world.feed.noted = hear;
}

/* How many are told so many seconds later. */
static size_t
told_after(int seconds)
{
    now += seconds * SECOND;
    noted_count = 0;
    note_by_the_clock(&a.noting, &a.world, &a.owned);
    return noted_count;
}

START_TEST(the_group_is_told_how_far_each_is_committed)
{
    ck_assert_uint_eq(told_after(0), 1); /* what is not as Redis has it is not told of */
    ck_assert_int_eq(noted[0].place.partition, 3);
    ck_assert_int_eq(noted[0].next, 10);
    ck_assert_int_eq(noted[0].sent, 10);
    ck_assert_int_eq(noted[0].last_offset, 8);
    ck_assert_uint_eq(noted[0].last_hash, 77);
    ck_assert_int_eq(noted[0].from, 2);
}
END_TEST

/* A Redis that has lost everything is filled again: the group keeps what was sent. */
START_TEST(while_it_is_filled_again_the_group_keeps_what_was_sent)
{
    p.known = (struct position){ p.place, 50, 50, 49, 99, 1 };
    p.sent_below = 50;
    ck_assert_uint_eq(told_after(0), 1);
    ck_assert_int_eq(noted[0].next, 10);
    ck_assert_int_eq(noted[0].sent, 50);
    ck_assert_int_eq(noted[0].last_offset, 49);
    p.next = 50;
    ck_assert_uint_eq(told_after(2), 1);
    ck_assert_int_eq(noted[0].sent, 50);
    ck_assert_int_eq(noted[0].last_offset, 8);
}
END_TEST

START_TEST(it_is_told_every_two_seconds_and_soon_after_something_was_sent)
{
    ck_assert_uint_eq(told_after(0), 1);
    ck_assert_uint_eq(told_after(1), 0);
    ck_assert_uint_eq(told_after(1), 1);
    a.noting.soon = true;
    now += 99;
    ck_assert_uint_eq(told_after(0), 0);
    now++;
    ck_assert_uint_eq(told_after(0), 1);
    ck_assert(!a.noting.soon);
}
END_TEST

/* For 15 s, since it may get lost; then once a minute, since others may write over it. */
START_TEST(what_has_not_changed_is_told_more_and_more_rarely)
{
    ck_assert_uint_eq(told_after(0), 1);
    ck_assert_uint_eq(told_after(15), 1);
    ck_assert_uint_eq(told_after(2), 0);
    ck_assert_uint_eq(told_after(57), 0);
    ck_assert_uint_eq(told_after(2), 1);
    ck_assert_uint_eq(told_after(2), 0);
    p.next = 11;
    ck_assert_uint_eq(told_after(2), 1);
    ck_assert_uint_eq(told_after(2), 1);
    ck_assert_uint_eq(told_after(15), 0);
}
END_TEST

/* ---- what was sent before ---------------------------------------------------------------- */

static struct position group_says;

static enum fault
hear(void *self, struct place place, struct position *out, struct why *why)
{
    (void)self, (void)why;
    ck_assert_int_eq(place.partition, p.place.partition);
    *out = group_says;
    return FAULT_NONE;
}

/* A journal that ends at 10 and a log that holds `low` to `high`; in the group is `sent`. */
static const struct {
    const char *name;
    int64_t from, last_offset; /* as the journal has it */
    int64_t group_next, sent, sent_last, group_from;
    int64_t low, high;
    bool probes;
    size_t unknown;
    int64_t from_after;
} asks[] = {
    { "nothing is known, nothing was counted", -1, -1, -1, 0, -1, -1, 0, 20, false, 1, -1 },
    { "nothing is known, and the log has nothing more", -1, -1, -1, 0, -1, -1, 0, 10, false, 0,
      -1 },
    { "the journal has counted", -1, 8, -1, 0, -1, -1, 0, 20, false, 0, -1 },
    { "the group says as much", -1, 8, 10, 10, 8, 3, 0, 20, false, 0, 3 },
    { "where it began is known already", 2, 8, 10, 10, 8, 3, 0, 20, false, 0, 2 },
    { "what others committed says nothing", -1, 8, -1, 0, -1, 3, 0, 20, false, 0, -1 },
    { "more was sent once", -1, 8, 10, 16, 15, 3, 0, 20, true, 0, 3 },
    { "... its last record is the first of the log", -1, 8, 10, 16, 15, 3, 15, 20, true, 0, 3 },
    { "... and is gone", -1, 8, 10, 16, 15, 3, 16, 20, false, 0, 3 },
    { "... the log ends there", -1, 8, 10, 16, 15, 3, 0, 16, true, 0, 3 },
    { "... the log ends before it", -1, 8, 10, 16, 15, 3, 0, 15, false, 0, 3 },
    { "... no record of it", -1, 8, 10, 16, -1, 3, 0, 20, false, 0, 3 },
};

START_TEST(what_was_sent_once_is_looked_for_in_the_log)
{
    p.from = asks[_i].from;
    p.last_offset = asks[_i].last_offset;
    group_says = (struct position){ .place = p.place,
                                    .next = asks[_i].group_next,
                                    .sent = asks[_i].sent,
                                    .last_offset = asks[_i].sent_last,
                                    .from = asks[_i].group_from };
    ck_assert_int_eq(known_ask(&a, &p, asks[_i].low, asks[_i].high, NULL), FAULT_NONE);
    ck_assert_msg(p.probes == asks[_i].probes, "%s", asks[_i].name);
    ck_assert_msg(a.noting.unknown_before == asks[_i].unknown, "%s", asks[_i].name);
    ck_assert_msg(p.from == asks[_i].from_after, "%s: from %jd", asks[_i].name, (intmax_t)p.from);
}
END_TEST

/* Redis has no journal, the group had counted up to 16, from `from` on. */
static const struct {
    const char *name;
    int64_t sent, from, low;
    bool accept;
    enum fault fault;
    size_t emptied;
    int64_t from_after;
} begins[] = {
    { "never counted", 0, -1, 7, false, FAULT_NONE, 0, 7 },
    { "the log has all of it", 16, 3, 3, false, FAULT_NONE, 1, 3 },
    { "the log began later", 16, 3, 4, false, FAULT_LOG_MISMATCH, 1, 4 },
    { "that is accepted", 16, 3, 4, true, FAULT_NONE, 1, 4 },
    { "who knows where it began", 16, -1, 16, false, FAULT_NONE, 1, -1 },
    { "not even that was counted", 16, -1, 17, false, FAULT_LOG_MISMATCH, 1, 17 },
};

START_TEST(an_empty_redis_begins_where_counting_began)
{
    struct why why = { "", "" };

    a.settings.accept_loss = begins[_i].accept;
    a.settings.until_ms = INT64_MAX;
    group_says = (struct position){ .place = p.place,
                                    .next = begins[_i].sent,
                                    .sent = begins[_i].sent,
                                    .last_offset = begins[_i].sent - 1,
                                    .from = begins[_i].from };
    ck_assert_msg(known_begins(&a, &p, begins[_i].low, &why) == begins[_i].fault, "%s",
                  begins[_i].name);
    ck_assert_msg(a.noting.emptied == begins[_i].emptied, "%s", begins[_i].name);
    ck_assert_msg(p.from == begins[_i].from_after, "%s: from %jd", begins[_i].name,
                  (intmax_t)p.from);
}
END_TEST

START_TEST(a_probe_tells_whether_it_is_the_same_log)
{
    p.known = (struct position){ p.place, 16, 16, 15, 99, 3 };
    p.probes = true;
    probe_end(&p, NULL, true);
    ck_assert(!p.probes);
    ck_assert_int_eq(p.sent_below, 16);
    ck_assert(p.state != PARTITION_READING); /* it begins again, where it should */
    p.state = PARTITION_READING;
    p.sent_below = 0;
    p.probes = true;
    probe_end(&p, NULL, false);
    ck_assert(!p.probes);
    ck_assert_int_eq(p.sent_below, 0);
    ck_assert_int_eq(p.known.sent, 0);
    ck_assert(p.state != PARTITION_READING);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("noted");
    TCase *tcase = tcase_create("noted");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_group_is_told_how_far_each_is_committed);
    tcase_add_test(tcase, while_it_is_filled_again_the_group_keeps_what_was_sent);
    tcase_add_test(tcase, it_is_told_every_two_seconds_and_soon_after_something_was_sent);
    tcase_add_test(tcase, what_has_not_changed_is_told_more_and_more_rarely);
    tcase_add_loop_test(tcase, what_was_sent_once_is_looked_for_in_the_log, 0,
                        sizeof asks / sizeof *asks);
    tcase_add_loop_test(tcase, an_empty_redis_begins_where_counting_began, 0,
                        sizeof begins / sizeof *begins);
    tcase_add_test(tcase, a_probe_tells_whether_it_is_the_same_log);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
