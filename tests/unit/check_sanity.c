#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/state.h"

/* What must hold between two turns: whatever of it is broken is noticed. */

static const struct version older = { 7, 2 }, newest = { 7, 16 }, coming = { 7, 17 };
enum { DAY = 19753, ROWS = 9 };

static struct aggregator a;
static struct partition p;
static struct partition *list[2];

static void
set_up(void)
{
    p = (struct partition){ .state = PARTITION_READING,
                            .ledger = ledger_new(),
                            .version = newest,
                            .generation = "0000000000000007.2",
                            .next = 10,
                            .read_next = 10,
                            .last_offset = -1,
                            .known = { .last_offset = -1 },
                            .row_count = ROWS,
                            .row_room = ROWS,
                            .committed_rows = ROWS };
    for (int s = 0; s < SCOPE_COUNT; s++)
        p.shares[s] =
            (struct share){ .tag = tag_plain((struct moment){ older, DAY }), .position = 3 };
    memset(&a, 0, sizeof a);
    a.versions.start = newest.start;
    a.settings.partitions[TOPIC_TRADE_EVENTS] = 1;
    list[0] = &p;
    a.owned = (struct owned){ .at = list, .count = 1 };
}

static void
tear_down(void)
{
    ledger_free(p.ledger);
}

static void
open_batch(void)
{
    p.open = true;
    p.open_version = coming;
    p.read_next = 12;
}

START_TEST(what_is_in_order_is_let_through)
{
    ck_assert_ptr_null(aggregator_sanity(&a));
    open_batch();
    p.row_count = ROWS;
    ck_assert_ptr_null(aggregator_sanity(&a));
    p = (struct partition){ .ledger = p.ledger, .state = PARTITION_LOADING };
    ck_assert_ptr_null(aggregator_sanity(&a));
}
END_TEST

static void
no_ledger(void)
{
    ledger_free(p.ledger);
    p.ledger = NULL;
}
static void
no_version(void)
{
    p.version = (struct version){ 0, 0 };
}
static void
no_generation(void)
{
    p.generation[0] = '\0';
}
static void
a_negative_end(void)
{
    p.next = p.read_next = -1;
}
static void
a_negative_chunk(void)
{
    p.chunk = -1;
}
static void
read_and_not_open(void)
{
    p.read_next = 11;
}
static void
rows_and_not_open(void)
{
    p.committed_rows = ROWS - 1;
}
static void
the_last_record_of_none(void)
{
    p.verify = true;
}
static void
a_probe_of_none(void)
{
    p.probes = true;
}
static void
open_while_loading(void)
{
    open_batch();
    p.state = PARTITION_LOADING;
}
static void
open_with_an_old_version(void)
{
    open_batch();
    p.open_version = newest;
}
static void
open_with_a_strange_version(void)
{
    open_batch();
    p.open_version.start = 8;
}
static void
open_and_behind(void)
{
    open_batch();
    p.read_next = 9;
}
static void
a_strange_tag(void)
{
    p.shares[SCOPE_COUNT - 1].tag.form = TAG_STRANGE;
}
static void
a_tag_ahead(void)
{
    p.shares[0].position = ROWS + 1;
}
static void
a_half_tag_ahead(void)
{
    p.shares[1].tag.form = TAG_HALF;
    p.shares[1].to_position = ROWS + 1;
}
static void
a_last_tag_behind(void)
{
    p.shares[1].tag = tag_plain((struct moment){ newest, DAY });
}
static void
a_partition_too_many(void)
{
    p.place.partition = 1;
}
static void
a_partition_below_none(void)
{
    p.place.partition = -1;
}
static void
the_same_twice(void)
{
    static struct partition other;

    other = p;
    list[1] = &other;
    a.owned.count = 2;
}
static void
away_and_forgotten(void)
{
    p.away = true;
}
static void
a_message_of_the_past(void)
{
    static const struct message message;

    p.last = &message;
}
static void
more_rows_than_room(void)
{
    p.row_room = ROWS - 1;
}
static void
something_that_waits(void)
{
    a.waiting.count = 1;
}

static void (*const breaks[])(void) = {
    no_ledger,
    no_version,
    no_generation,
    a_negative_end,
    a_negative_chunk,
    read_and_not_open,
    rows_and_not_open,
    the_last_record_of_none,
    a_probe_of_none,
    open_while_loading,
    open_with_an_old_version,
    open_with_a_strange_version,
    open_and_behind,
    a_strange_tag,
    a_tag_ahead,
    a_half_tag_ahead,
    a_last_tag_behind,
    a_partition_too_many,
    a_partition_below_none,
    the_same_twice,
    away_and_forgotten,
    a_message_of_the_past,
    more_rows_than_room,
    something_that_waits,
};

START_TEST(what_is_broken_is_noticed)
{
    breaks[_i]();
    ck_assert_ptr_nonnull(aggregator_sanity(&a));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sanity");
    TCase *tcase = tcase_create("sanity");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_in_order_is_let_through);
    tcase_add_loop_test(tcase, what_is_broken_is_noticed, 0, (int)(sizeof breaks / sizeof *breaks));
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
