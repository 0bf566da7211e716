/* What stands beside an offset in the consumer group, and what a member of it was
 * assigned: somebody else may have written either. */
#include "kafka/feed_inside.h"

#include <check.h>

static const struct position at = { { TOPIC_TRADE_EVENTS, 3 }, 4713, 4713, 4711,
                                    0x00c0ffee00c0ffee,        17 };
static const char ours[] =
    "tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee from=17";

START_TEST(what_is_written_is_read)
{
    static const struct position rows[] = {
        { { TOPIC_TRADE_EVENTS, 0 }, 0, 0, -1, 0, -1 },
        { { TOPIC_AGREEMENTS, 0 }, INT64_MAX, INT64_MAX, INT64_MAX, UINT64_MAX, INT64_MAX },
    };
    struct position out = at;
    char note[NOTE_TEXT];
    int32_t partitions = 0;

    feed_note_write(&at, 12, note);
    ck_assert_str_eq(note, ours);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        feed_note_write(&rows[i], PARTITIONS_MOST, note);
        ck_assert(feed_note_read(text_of(note), &partitions, &out));
        ck_assert_int_eq(partitions, PARTITIONS_MOST);
        ck_assert_int_eq(out.sent, rows[i].sent);
        ck_assert_int_eq(out.last_offset, rows[i].last_offset);
        ck_assert(out.last_hash == rows[i].last_hash);
        ck_assert_int_eq(out.from, rows[i].from);
        ck_assert_int_eq(out.next, at.next); /* is not in the text */
    }
}
END_TEST

START_TEST(what_others_wrote_is_not_ours)
{
    static const char *const rows[] = {
        "",
        " ",
        "tally/2",
        "tally/1 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee from=17 ",
        "tally/2 partitions=12 sent=4713 last=4711 hash=00C0FFEE00C0FFEE from=17",
        "tally/2 partitions=12 sent=4713 last=4711 hash=c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent= 4713 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=0 sent=4713 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee",
        "tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee from=-2",
        "tally/2 partitions=12 sent=-1 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent=4713 last=-2 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent=99999999999999999999 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=4294967308 sent=4713 last=4711 hash=00c0ffee00c0ffee from=17",
        "tally/2 partitions=12 sent=4713 last=4711 hash=00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee "
        "from=17"
        "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee",
    };
    struct position out = at;
    int32_t partitions = 7;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(!feed_note_read(text_of(rows[i]), &partitions, &out), "%s", rows[i]);
    ck_assert(!feed_note_read((struct text){ NULL, 0 }, &partitions, &out));
    ck_assert(!feed_note_read((struct text){ "\0\0", 2 }, &partitions, &out));
    ck_assert_int_eq(partitions, 7);
    ck_assert(memcmp(&out, &at, sizeof out) == 0);
    ck_assert(feed_note_read((struct text){ ours, sizeof ours }, &partitions, &out)); /* with NUL */
}
END_TEST

/* ---- assignments -------------------------------------------------------------------- */

static int32_t taken[TOPIC_COUNT][8];

static void
take(void *self, enum topic topic, int32_t partition)
{
    (void)self;
    if (partition >= 0 && partition < 8)
        taken[topic][partition]++;
}

/* Version 3; "agreements" 0 and 5, "others" 1; user data. */
static const uint8_t assignment[] = {
    0, 3, 0, 0, 0, 2, 0, 10,  'a', 'g', 'r', 'e', 'e', 'm', 'e', 'n', 't', 's', 0, 0, 0, 2, 0, 0, 0,
    0, 0, 0, 0, 5, 0, 6, 'o', 't', 'h', 'e', 'r', 's', 0,   0,   0,   1,   0,   0, 0, 1, 0, 0, 0, 0,
};

START_TEST(an_assignment_is_read)
{
    memset(taken, 0, sizeof taken);
    ck_assert(feed_assignment_read(assignment, sizeof assignment, take, NULL));
    ck_assert_int_eq(taken[TOPIC_AGREEMENTS][0], 1);
    ck_assert_int_eq(taken[TOPIC_AGREEMENTS][5], 1);
    ck_assert_int_eq(taken[TOPIC_AGREEMENTS][1], 0);
    ck_assert_int_eq(taken[TOPIC_TRADE_EVENTS][1], 0);
}
END_TEST

/* Each in memory of its own size, so that a sanitizer sees what lies behind. */
START_TEST(an_assignment_that_is_cut_is_none)
{
    for (size_t size = 0; size < sizeof assignment - 4; size++) {
        uint8_t *cut = malloc(size + 1);

        memcpy(cut, assignment, size);
        cut = realloc(cut, size > 0 ? size : 1);
        ck_assert_msg(!feed_assignment_read(cut, size, take, NULL), "%zu bytes", size);
        free(cut);
    }
}
END_TEST

START_TEST(numbers_that_lie_do_no_harm)
{
    uint8_t bytes[sizeof assignment];

    for (size_t i = 0; i < sizeof bytes; i++)
        for (int value = 0; value < 256; value += 85) {
            memcpy(bytes, assignment, sizeof bytes);
            bytes[i] = (uint8_t)value;
            (void)feed_assignment_read(bytes, sizeof bytes, take, NULL);
        }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feed note");
    TCase *tcase = tcase_create("feed note");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, what_others_wrote_is_not_ours);
    tcase_add_test(tcase, an_assignment_is_read);
    tcase_add_test(tcase, an_assignment_that_is_cut_is_none);
    tcase_add_test(tcase, numbers_that_lie_do_no_harm);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
