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
    p = (struct partition){ .state = PARTITION_READING, .read_next = 10, .gap_at = -1 };
    p.version = (struct version){ 1, 1 };
    a.owned = (struct owned){ .at = list, .count = 1 };
    aggregator_join(&a);
    a.world.feed.set_aside = set_aside;
}

static void
tear_down(void)
{
    journal_writer_release(&p.writer);
    ledger_free(p.ledger);
}

/* A transaction's marker lies at 10; the end comes in the same batch as what
 * is dropped because of the gap. */
START_TEST(an_end_does_not_pass_what_was_dropped_before_it)
{
    struct message messages[] = { { .offset = 11, .timestamp_ms = -1 },
                                  { .offset = 12, .timestamp_ms = -1 } };
    struct feed_event event = { FEED_END, { TOPIC_TRADE_EVENTS, 0 }, 13 };
    struct batch batch = { 2, messages, 1, &event, 0, true };

    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(p.state != PARTITION_READING); /* it goes back */
    ck_assert_int_eq(p.read_next, 10);
}
END_TEST

START_TEST(a_gap_is_believed_once_it_was_read_again)
{
    struct message message = { .offset = 11, .timestamp_ms = -1 };
    struct batch batch = { 1, &message, 0, NULL, 0, true };

    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(p.state != PARTITION_READING);
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE); /* what was on its way */
    ck_assert_int_eq(p.read_next, 10);
    p.state = PARTITION_READING; /* begun again at 10 */
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert(p.state == PARTITION_READING);
    ck_assert_int_eq(p.read_next, 12);
}
END_TEST

/* The record at 10 is refused, and can't be set aside twice in a row. */
START_TEST(a_gap_that_was_filled_is_forgotten)
{
    struct message messages[] = { { .offset = 10, .timestamp_ms = -1 },
                                  { .offset = 11, .timestamp_ms = -1 },
                                  { .offset = 12, .timestamp_ms = -1 } };
    struct batch first = { 2, messages, 0, NULL, 0, true };
    struct batch after = { 1, messages + 2, 0, NULL, 0, true };
    struct why why;

    a.world.feed.set_aside = refused_at_10;
    for (int times = 0; times < 2; times++) {
        ck_assert_int_eq(intake(&a, &first, &why), FAULT_KAFKA_AWAY);
        ck_assert(p.state !=
                  PARTITION_READING); /* it goes back by itself: no other message may ever come */
        p.state = PARTITION_READING;
        ck_assert_int_eq(intake(&a, &after, &why), FAULT_NONE);
        ck_assert(p.state != PARTITION_READING); /* a gap */
        p.state = PARTITION_READING;
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
    struct batch batch = { 3, messages, 0, NULL, 0, true },
                 rest = { 1, messages + 2, 0, NULL, 0, true };

    a.finish.reaches[TOPIC_TRADE_EVENTS] = &reach;
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 12);
    ck_assert(p.state != PARTITION_READING);
    p.next = 12;
    ck_assert(is_at_limit(&a.finish, &p));
    reach.limit = 13;
    ck_assert(!is_at_limit(&a.finish, &p));
    p.state = PARTITION_READING;
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
    struct batch batch = { 0, NULL, 1, &event, 0, true };

    a.finish.reaches[TOPIC_TRADE_EVENTS] = &reach;
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
    struct batch batch = { 2, messages, 0, NULL, 0, true };

    a.finish.reaches[TOPIC_TRADE_EVENTS] = &reach;
    a.world.feed.set_aside = refused_at_10; /* would fail */
    ck_assert_int_eq(intake(&a, &batch, NULL), FAULT_NONE);
    ck_assert_int_eq(p.read_next, 12);
    ck_assert_int_eq(a.counts.fates[TOPIC_TRADE_EVENTS][FATE_SET_ASIDE], 1);
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
    struct batch first = { 1, messages, 0, NULL, 0, true },
                 after = { 1, messages + 1, 1, &event, 0, true };

    a.world.store.run = fence;
    ck_assert_int_eq(intake(&a, &first, NULL), FAULT_NONE);
    ck_assert(p.open);
    ck_assert_int_eq(commit_all(&a, NULL), FAULT_NONE);
    ck_assert(partition_wants_sync(&p));
    ck_assert(!p.open);
    ck_assert_int_eq(intake(&a, &after, NULL), FAULT_NONE);
    ck_assert(!p.open);
    ck_assert_int_eq(p.read_next, 11);
    calls_release(&a.wire.calls);
}
END_TEST

/* ---- where the log has lost its beginning ----------------------------------------- */

static int64_t log_low, log_high;

static enum fault
range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why)
{
    (void)self, (void)place, (void)why;
    *low = log_low;
    *high = log_high;
    return FAULT_NONE;
}

/* Counted below 10; the last record lay at 8, a marker behind it.  The log holds `low` to `high`.
 */
static enum fault
look(int64_t low, int64_t high, bool accept, struct why *why)
{
    int64_t low_found, high_found;

    p.next = p.read_next = 10;
    p.last_offset = 8;
    p.verify = true;
    log_low = low;
    log_high = high;
    a.world.feed.range = range;
    a.settings.accept_loss = accept;
    return log_holds_next(&a, &p, &low_found, &high_found, why);
}

START_TEST(a_log_that_begins_where_we_ended_has_lost_nothing)
{
    struct why why;

    ck_assert_int_eq(look(8, 10, false, &why), FAULT_NONE);
    ck_assert(p.verify);
    ck_assert_int_eq(look(9, 10, false, &why), FAULT_NONE);
    ck_assert(!p.verify);
    ck_assert_int_eq(look(10, 10, true, &why), FAULT_NONE);
    ck_assert(!p.verify);
    ck_assert_int_eq(look(10, 20, false, &why), FAULT_NONE);
    ck_assert(!p.open);
    ck_assert_int_eq(p.read_next, 10);
}
END_TEST

START_TEST(what_was_never_counted_is_passed_over_only_when_asked)
{
    struct why why;

    ck_assert_int_eq(look(13, 20, false, &why), FAULT_LOG_MISMATCH);
    ck_assert_ptr_nonnull(strstr(why.text, " 3 offsets, from 10 on,"));
    ck_assert(!p.open);
    ck_assert_int_eq(look(13, 20, true, &why), FAULT_NONE);
    ck_assert(p.open);
    ck_assert(!p.verify);
    ck_assert_int_eq(p.read_next, 13);
    ck_assert_int_eq(p.next, 10); /* until that is committed */
}
END_TEST

static int64_t tick_now;

static int64_t
the_tick(void *self)
{
    (void)self;
    return tick_now;
}

START_TEST(a_shorter_log_is_no_loss_to_accept)
{
    struct why why;

    a.world.clock.tick_ms = the_tick;
    p.short_since = 0;
    tick_now = 1000;
    ck_assert_int_eq(look(0, 9, true, &why),
                     FAULT_KAFKA_AWAY); /* a broker that was asleep says so */
    tick_now = 10999;
    ck_assert_int_eq(look(8, 9, false, &why), FAULT_KAFKA_AWAY);
    tick_now = 11000;
    ck_assert_int_eq(look(0, 9, true, &why), FAULT_LOG_MISMATCH);
    ck_assert_int_eq(look(8, 9, false, &why), FAULT_LOG_MISMATCH);
    ck_assert_int_eq(look(8, 10, false, &why), FAULT_NONE);
    ck_assert_int_eq(look(8, 9, false, &why), FAULT_KAFKA_AWAY);
}
END_TEST

static enum fault
take_gone(void *self, size_t most, int64_t wait_ms, struct batch *batch, struct why *why)
{
    static const struct feed_event gone = { FEED_START_GONE, { TOPIC_TRADE_EVENTS, 0 }, 11 };

    (void)self, (void)most, (void)wait_ms, (void)why;
    *batch = (struct batch){ 0, NULL, 1, &gone, 0, true };
    return FAULT_NONE;
}

static enum fault
settle_later(void *self, struct why *why)
{
    (void)self;
    return why_set(why, FAULT_KAFKA_AWAY, "the turn ends here");
}

static int64_t
no_time(void *self)
{
    (void)self;
    return 0;
}

static uint64_t
no_chance(void *self)
{
    (void)self;
    return 0;
}

/* A running one: the record at 10 is taken in, not yet committed, when 11 turns out to be gone. */
static enum fault
turn_with_a_start_that_is_gone(int64_t low, bool accept, struct why *why)
{
    struct message message = { .offset = 10, .timestamp_ms = -1 };
    struct batch batch = { 1, &message, 0, NULL, 0, true };

    p.next = 10;
    p.ledger = ledger_new(); /* a turn of a dev build looks whether memory makes sense */
    (void)snprintf(p.generation, sizeof p.generation, "1.1");
    ck_assert_int_eq(intake(&a, &batch, why), FAULT_NONE);
    ck_assert(p.open);
    log_low = low;
    log_high = 20;
    a.world.feed.range = range;
    a.world.feed.take = take_gone;
    a.world.feed.settle = settle_later; /* the dead letter of 10 */
    a.world.clock = (struct clock){ NULL, no_time, no_time };
    a.world.chance.draw = no_chance;
    a.settings.accept_loss = accept;
    return aggregator_turn(&a, why);
}

START_TEST(a_start_that_is_gone_begins_again_where_it_is_there)
{
    struct why why;

    ck_assert_int_eq(turn_with_a_start_that_is_gone(11, false, &why), FAULT_KAFKA_AWAY);
    ck_assert(p.state != PARTITION_READING);
    ck_assert_int_eq(p.read_next, 11);
}
END_TEST

START_TEST(a_running_one_stops_before_a_loss)
{
    struct why why;

    ck_assert_int_eq(turn_with_a_start_that_is_gone(15, false, &why), FAULT_LOG_MISMATCH);
    ck_assert_ptr_nonnull(strstr(why.text, " 4 offsets, from 11 on,"));
}
END_TEST

START_TEST(a_running_one_goes_on_behind_a_loss_that_is_accepted)
{
    struct why why;

    ck_assert_int_eq(turn_with_a_start_that_is_gone(15, true, &why), FAULT_KAFKA_AWAY);
    ck_assert(p.state != PARTITION_READING);
    ck_assert(p.open);
    ck_assert_int_eq(p.read_next, 15);
    ck_assert_int_eq(p.open_last_offset, 10); /* in the batch that was open */
}
END_TEST

static int64_t its_time;

static int64_t
that_time(void *self)
{
    (void)self;
    return its_time;
}

/* Errors come again and again: each would put the beginning off for ever. */
START_TEST(a_topic_that_is_gone_makes_a_partition_rest_once)
{
    a.world.clock = (struct clock){ NULL, that_time, that_time };
    its_time = 1000;
    doubt_topic(&a.world, NULL);
    doubt_topic(&a.world, &p);
    ck_assert(p.state == PARTITION_LOADED);
    ck_assert_int_eq(p.rests_until, 2000);
    for (its_time = 1500; its_time < 4000; its_time += 500) {
        doubt_topic(&a.world, &p);
        ck_assert_int_eq(p.rests_until, 2000);
    }
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
    tcase_add_test(tcase, a_log_that_begins_where_we_ended_has_lost_nothing);
    tcase_add_test(tcase, what_was_never_counted_is_passed_over_only_when_asked);
    tcase_add_test(tcase, a_shorter_log_is_no_loss_to_accept);
    tcase_add_test(tcase, a_start_that_is_gone_begins_again_where_it_is_there);
    tcase_add_test(tcase, a_running_one_stops_before_a_loss);
    tcase_add_test(tcase, a_running_one_goes_on_behind_a_loss_that_is_accepted);
    tcase_add_test(tcase, a_topic_that_is_gone_makes_a_partition_rest_once);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
