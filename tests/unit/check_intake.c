#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What a partition believes about its place in the log.  The messages here are
 * never decoded: each one is dropped, or is no record. */

static struct aggregator a;
static struct partition p;
static struct partition *list[] = { &p };
static enum fault
set_aside(void *self, const struct message *m, enum fault code, const struct why *reason,
          struct why *why)
{
    (void)self, (void)m, (void)code, (void)reason, (void)why;
    return FAULT_NONE;
}

static enum fault
refused_at_10(void *self, const struct message *m, enum fault code, const struct why *reason,
              struct why *why)
{
    (void)self, (void)code, (void)reason;
    return m->offset == 10 ? why_set(why, FAULT_KAFKA_AWAY, "queue full") : FAULT_NONE;
}

static void
set_up(void)
{
    a = (struct aggregator){ .settings = settings_default() };
    p = (struct partition){ .ready = true, .synced = true, .read_next = 10, .gap_at = -1 };
    p.version = (struct version){ 1, 1 };
    a.partitions = list;
    a.partition_count = 1;
    a.world.feed.set_aside = set_aside;
}

static void
tear_down(void)
{
    journal_writer_release(&p.writer);
}

/* A transaction's marker lies at 10; the end comes in the same batch as what
 * is dropped because of the gap. */
START_TEST(an_end_does_not_pass_what_was_dropped_before_it)
{
    struct message messages[] = { { .offset = 11, .timestamp_ms = -1 },
                                  { .offset = 12, .timestamp_ms = -1 } };
    struct feed_event event = { FEED_END, { TOPIC_TRADE_EVENTS, 0 }, 13 };
    struct batch batch = { 2, messages, 1, &event, 0 };

    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(!p.ready); /* it goes back */
    ck_assert_int_eq(p.read_next, 10);
}
END_TEST

START_TEST(a_gap_is_believed_once_it_was_read_again)
{
    struct message message = { .offset = 11, .timestamp_ms = -1 };
    struct batch batch = { 1, &message, 0, NULL, 0 };

    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(!p.ready);
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE); /* what was on its way */
    ck_assert_int_eq(p.read_next, 10);
    p.ready = true; /* begun again at 10 */
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(p.ready);
    ck_assert_int_eq(p.read_next, 12);
}
END_TEST

/* The record at 10 is refused, and can't be set aside twice in a row. */
START_TEST(a_gap_that_was_filled_is_forgotten)
{
    struct message messages[] = { { .offset = 10, .timestamp_ms = -1 },
                                  { .offset = 11, .timestamp_ms = -1 },
                                  { .offset = 12, .timestamp_ms = -1 } };
    struct batch first = { 2, messages, 0, NULL, 0 }, after = { 1, messages + 2, 0, NULL, 0 };
    struct why why;

    a.world.feed.set_aside = refused_at_10;
    for (int times = 0; times < 2; times++) {
        ck_assert_int_eq(intake(&a, &first, &why), FAULT_KAFKA_AWAY);
        ck_assert(!p.ready); /* it goes back by itself: no other message may ever come */
        p.ready = true;
        ck_assert_int_eq(intake(&a, &after, &why), FAULT_NONE);
        ck_assert(!p.ready); /* a gap */
        p.ready = true;
    }
    ck_assert_int_eq(p.read_next, 10);
}
END_TEST

/* A rebuild reads no further than the service has come. */
START_TEST(what_lies_at_the_limit_waits_until_it_rises)
{
    struct reach reach = { .limit = 12 };
    struct message messages[] = { { .offset = 10, .timestamp_ms = -1 },
                                  { .offset = 11, .timestamp_ms = -1 },
                                  { .offset = 12, .timestamp_ms = -1 } };
    struct batch batch = { 3, messages, 0, NULL, 0 }, rest = { 1, messages + 2, 0, NULL, 0 };

    a.reaches[TOPIC_TRADE_EVENTS] = &reach;
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 12);
    ck_assert(!p.ready);
    p.next = 12;
    ck_assert(is_at_limit(&a, &p));
    reach.limit = 13;
    ck_assert(!is_at_limit(&a, &p));
    p.ready = true;
    ck_assert_int_eq(intake(&a, &rest, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 13);
}
END_TEST

/* Markers of transactions lie between the last record and the limit, and
 * behind it. */
START_TEST(an_end_counts_up_to_the_limit_alone)
{
    struct reach reach = { .limit = 12 };
    struct feed_event event = { FEED_END, { TOPIC_TRADE_EVENTS, 0 }, 20 };
    struct batch batch = { 0, NULL, 1, &event, 0 };

    a.reaches[TOPIC_TRADE_EVENTS] = &reach;
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 12);
}
END_TEST

/* Rule 17: what was set aside when it was first counted is not set aside again. */
START_TEST(below_a_services_next_nothing_is_sent_again)
{
    struct reach reach = { .limit = INT64_MAX, .set_aside_below = 11 };
    struct message messages[] = { { .offset = 10, .timestamp_ms = -1 },
                                  { .offset = 11, .timestamp_ms = -1 } };
    struct batch batch = { 2, messages, 0, NULL, 0 };

    a.reaches[TOPIC_TRADE_EVENTS] = &reach;
    a.world.feed.set_aside = refused_at_10; /* would fail */
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 12);
    ck_assert_int_eq(a.counts.set_aside, 1);
}
END_TEST

static enum fault
fence(void *self, const struct command *commands, size_t count, struct answer *answers,
      struct why *why)
{
    static struct answer words[] = { { .kind = ANSWER_TEXT, .text = { "FENCED", 6 } } };

    (void)self, (void)commands, (void)why;
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct answer){ .kind = ANSWER_LIST, .items = words, .count = 1 };
    return FAULT_NONE;
}

/* The ledger knows what was not committed; to what comes next it would be a
 * repeat.  If SYNC is late, and the journal is put back to the version that we
 * know, a COMMIT of it would be taken: one record would be lost. */
START_TEST(what_is_fenced_takes_nothing_in_before_it_is_synced)
{
    struct message messages[] = { { .offset = 10, .timestamp_ms = -1 },
                                  { .offset = 11, .timestamp_ms = -1 } };
    struct feed_event event = { FEED_END, { TOPIC_TRADE_EVENTS, 0 }, 13 };
    struct batch first = { 1, messages, 0, NULL, 0 }, after = { 1, messages + 1, 1, &event, 0 };

    a.world.store.run = fence;
    ck_assert_int_eq(intake(&a, &first, NULL), FAULT_NONE);
    ck_assert(p.open);
    ck_assert_int_eq(commit_all(&a, NULL), FAULT_NONE);
    ck_assert(p.wants_sync);
    ck_assert(!p.open);
    ck_assert_int_eq(intake(&a, &after, NULL), FAULT_NONE);
    ck_assert(!p.open);
    ck_assert_int_eq(p.read_next, 11);
    calls_release(&a.calls);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("intake");
    TCase *tcase = tcase_create("intake");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_end_does_not_pass_what_was_dropped_before_it);
    tcase_add_test(tcase, a_gap_is_believed_once_it_was_read_again);
    tcase_add_test(tcase, a_gap_that_was_filled_is_forgotten);
    tcase_add_test(tcase, what_lies_at_the_limit_waits_until_it_rises);
    tcase_add_test(tcase, an_end_counts_up_to_the_limit_alone);
    tcase_add_test(tcase, below_a_services_next_nothing_is_sent_again);
    tcase_add_test(tcase, what_is_fenced_takes_nothing_in_before_it_is_synced);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
