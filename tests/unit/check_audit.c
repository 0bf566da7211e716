#include <check.h>
#include <stdlib.h>

#include "aggregator/state.h"

/* What Redis tells: a tag, and what it makes of a share; and all that an audit asks for. */

static const struct version older = { 7, 2 }, newer = { 7, 16 };
enum { DAY = 19753 };

static struct partition p;
static struct share *share;

static void
set_up(void)
{
    p = (struct partition){ .state = PARTITION_LOADED };
    share = &p.shares[SCOPE_ALL];
    *share = (struct share){ .tag = tag_plain((struct moment){ older, DAY }),
                             .position = 3,
                             .sent_position = 9 };
}

static struct tag
half_from(struct version from)
{
    return (struct tag){ .form = TAG_HALF,
                         .from = { from, version_is_none(from) ? 0 : DAY },
                         .to = { newer, DAY },
                         .bucket = 159 };
}

static void
told(const struct tag *tag)
{
    char text[TAG_TEXT];

    resolve_tag(&p, SCOPE_ALL, (struct text){ text, tag_write(tag, text) });
}

START_TEST(a_push_whose_answer_was_lost_is_ours)
{
    struct tag to = tag_plain((struct moment){ newer, DAY });

    share->sent = to;
    told(&to);
    ck_assert(!partition_wants_sync(&p));
    ck_assert(tag_equal(&share->tag, &to));
    ck_assert_uint_eq(share->position, 9);
}
END_TEST

START_TEST(a_step_whose_answer_was_lost_is_ours)
{
    struct tag half = half_from(older);

    share->sent = half;
    told(&half);
    ck_assert(!partition_wants_sync(&p));
    ck_assert(tag_equal(&share->tag, &half));
    ck_assert_uint_eq(share->position, 3);
    ck_assert_uint_eq(share->to_position, 9);
}
END_TEST

/* A step was sent; the scope was wiped, and rows that only A needed were
 * dropped; then another master shows the step.  What lies between A and B is
 * no longer known (story seed 176686 pushed nothing for it). */
START_TEST(a_step_that_comes_back_after_the_scope_was_empty_is_not_ours)
{
    struct tag half = half_from(older), empty = { .form = TAG_EMPTY };

    share->sent = half;
    told(&half);
    told(&empty);
    ck_assert(!partition_wants_sync(&p));
    told(&half);
    ck_assert(partition_wants_sync(&p));
}
END_TEST

/* From the empty content no position is needed. */
START_TEST(a_first_step_that_comes_back_is_ours)
{
    struct tag half = half_from((struct version){ 0, 0 }), empty = { .form = TAG_EMPTY };

    share->tag = empty;
    share->sent = half;
    told(&half);
    told(&empty);
    told(&half);
    ck_assert(!partition_wants_sync(&p));
    ck_assert(tag_equal(&share->tag, &half));
    ck_assert_uint_eq(share->to_position, 9);
}
END_TEST

START_TEST(a_tag_that_nobody_sent_wants_the_journal)
{
    struct tag half = half_from(older);

    told(&half);
    ck_assert(partition_wants_sync(&p));
}
END_TEST

/* ---- the audit as a whole ------------------------------------------------------------- */

/* Two partitions whose tags are as we believe, and a Redis of which one thing is otherwise. */
static struct aggregator a;
static struct partition ours, other, *partitions[] = { &ours, &other };
static struct answer of_meta, of_hold, of_tags, of_asof, of_push,
    of_reset; /* of `other`, of Liaoning */
static int scripts_run[SCRIPT_COUNT];

static int64_t
clock_ms(void *self)
{
    (void)self;
    return 5000;
}

static bool
is_about(const struct command *command, const char *what)
{
    return text_equal(command->args[1], text_of(what));
}

static bool
ends_with(struct text t, const char *end)
{
    size_t length = strlen(end);

    return t.length >= length && memcmp(t.at + t.length - length, end, length) == 0;
}

#define WORD(literal)                                                                              \
    {                                                                                              \
        .kind = ANSWER_TEXT, .text = { literal, sizeof(literal) - 1 }                              \
    }
#define ITEMS(...)                                                                                 \
    { .kind = ANSWER_LIST,                                                                         \
      .items = (const struct answer[]){ __VA_ARGS__ },                                             \
      .count = sizeof((const struct answer[]){ __VA_ARGS__ }) / sizeof(struct answer) }
#define NIL { .kind = ANSWER_NIL }
#define AWAY { .kind = ANSWER_AWAY }
#define REFUSED                                                                                    \
    {                                                                                              \
        .kind = ANSWER_ERROR, .text = { "ERR no", 6 }                                              \
    }
#define OUR_VERSION WORD("0000000000000007.2")
#define OUR_TAG WORD("0000000000000007.2@2024-01-31")

static const struct answer good_meta = ITEMS(OUR_VERSION, NIL);
static const struct answer meta_ahead = ITEMS(WORD("0000000000000007.3"), NIL);
static const struct answer good_tags = ITEMS(OUR_TAG, OUR_TAG);
static const struct answer good_asof = ITEMS(WORD("1"), WORD("1"), WORD("3"), WORD("3"));
static const struct answer good_script = ITEMS(WORD("OK"));

static struct answer
answer_to(const struct command *command)
{
    for (int s = 0; s < SCRIPT_COUNT; s++)
        if (command->script == &a.wire.scripts[s]) {
            scripts_run[s]++;
            return s == SCRIPT_HOLD ? of_hold : s == SCRIPT_PUSH ? of_push : of_reset;
        }
    if (ends_with(command->args[1], ":meta"))
        return is_about(command, "tt:{agreements/4}:meta") ? of_meta : good_meta;
    if (ends_with(command->args[1], ":tags"))
        return is_about(command, "tt:{CN-LN}:tags") ? of_tags : good_tags;
    return is_about(command, "tt:{CN-LN}:asof") ? of_asof : good_asof;
}

static enum fault
answer_all(void *self, const struct command *commands, size_t count, struct answer *answers,
           struct why *why)
{
    bool away = false;

    (void)self;
    for (size_t i = 0; i < count; i++) {
        answers[i] = answer_to(&commands[i]);
        away = away || answers[i].kind == ANSWER_AWAY;
    }
    return away ? why_set(why, FAULT_STORE_AWAY, "gone") : FAULT_NONE;
}

static void
begin_partition(struct partition *it, struct place place, const char *name)
{
    *it = (struct partition){ .state = PARTITION_READING, .place = place, .version = older };
    (void)snprintf(it->name, sizeof it->name, "%s", name);
    for (int s = 0; s < SCOPE_COUNT; s++)
        it->shares[s].tag = tag_plain((struct moment){ older, DAY });
}

static void
set_up_audit(void)
{
    a = (struct aggregator){ .settings = settings_default(),
                             .wire.day = DAY,
                             .owned = { .at = partitions, .count = 2 } };
    aggregator_join(&a);
    a.world.clock = (struct clock){ .wall_ms = clock_ms, .tick_ms = clock_ms };
    a.world.store = (struct store_way){ .run = answer_all };
    scripts_load(a.wire.scripts);
    begin_partition(&ours, (struct place){ TOPIC_TRADE_EVENTS, 3 }, "trade-events/3");
    begin_partition(&other, (struct place){ TOPIC_AGREEMENTS, 4 }, "agreements/4");
    of_meta = good_meta;
    of_tags = good_tags;
    of_asof = good_asof;
    of_hold = of_push = of_reset = good_script;
    memset(scripts_run, 0, sizeof scripts_run);
}

static void
tear_down_audit(void)
{
    free(a.pushing.pushes.list);
    free(a.pushing.pushes.moves);
    calls_release(&a.wire.calls);
}

enum what { NOTHING, THE_META, THE_HOLD, THE_TAGS, THE_ASOF, THE_PUSH, THE_RESET };
static struct answer *const answers_of[] = { NULL,     &of_meta, &of_hold, &of_tags,
                                             &of_asof, &of_push, &of_reset };

/* clang-format off */
static const struct audit_row {
    const char *name;
    struct { enum what what; struct answer answer; } otherwise[2];
    enum fault fault, passed;      /* what the audit ends with; what it passed over */
    bool stale, away, held;        /* of the other partition */
    bool scope_away;               /* Liaoning */
    int pushes, resets, done;      /* resets that were done */
    bool soon;                     /* the next audit */
} audits[] = {
    { .name = "as it should be" },
    { .name = "its meta does not answer", .otherwise = { { THE_META, AWAY } },
      .passed = FAULT_STORE_AWAY, .away = true },
    { .name = "its meta is refused", .otherwise = { { THE_META, REFUSED } },
      .fault = FAULT_STORE_REFUSED },
    { .name = "there is no meta", .otherwise = { { THE_META, ITEMS(NIL, NIL) } }, .stale = true },
    { .name = "another version",
      .otherwise = { { THE_META, ITEMS(WORD("0000000000000007.3"), NIL) } }, .stale = true },
    { .name = "no version", .otherwise = { { THE_META, ITEMS(WORD("x"), NIL) } }, .stale = true },
    { .name = "a rebuild holds it",
      .otherwise = { { THE_META, ITEMS(OUR_VERSION, WORD("9 x")) },
                     { THE_HOLD, ITEMS(WORD("HELD")) } },
      .passed = FAULT_HELD, .away = true, .held = true },
    { .name = "a rebuild held it",
      .otherwise = { { THE_META, ITEMS(OUR_VERSION, WORD("9 x")) } } },
    { .name = "who knows whether a rebuild holds it",
      .otherwise = { { THE_META, ITEMS(OUR_VERSION, WORD("9 x")) }, { THE_HOLD, AWAY } },
      .passed = FAULT_STORE_AWAY, .away = true, .held = true },
    { .name = "nobody may ask for the hold",
      .otherwise = { { THE_META, ITEMS(OUR_VERSION, WORD("9 x")) }, { THE_HOLD, REFUSED } },
      .fault = FAULT_STORE_REFUSED, .held = true },
    { .name = "tags do not answer", .otherwise = { { THE_TAGS, AWAY } },
      .passed = FAULT_STORE_AWAY, .scope_away = true },
    { .name = "tags are refused", .otherwise = { { THE_TAGS, REFUSED } },
      .fault = FAULT_STORE_REFUSED },
    { .name = "a tag that nobody sent",
      .otherwise = { { THE_TAGS, ITEMS(OUR_TAG, WORD("!")) } }, .stale = true },
    { .name = "asof does not answer", .otherwise = { { THE_ASOF, AWAY } },
      .passed = FAULT_STORE_AWAY, .scope_away = true },
    { .name = "asof is refused", .otherwise = { { THE_ASOF, REFUSED } },
      .fault = FAULT_STORE_REFUSED },
    { .name = "the scope is not complete",
      .otherwise = { { THE_ASOF, ITEMS(WORD("0"), WORD("0"), WORD("3"), WORD("3")) } },
      .pushes = 1 },
    { .name = "it is not complete, and the look does not come back",
      .otherwise = { { THE_ASOF, ITEMS(WORD("0"), WORD("0"), WORD("3"), WORD("3")) },
                     { THE_PUSH, AWAY } },
      .fault = FAULT_STORE_AWAY, .scope_away = true, .pushes = 1 },
    { .name = "half a script lies over it",
      .otherwise = { { THE_ASOF, ITEMS(WORD("1"), WORD("1"), WORD("4"), WORD("3")) } },
      .resets = 1, .done = 1 },
    { .name = "half a script lies over it, and somebody else was faster",
      .otherwise = { { THE_ASOF, ITEMS(WORD("1"), WORD("1"), WORD("4"), WORD("3")) },
                     { THE_RESET, ITEMS(WORD("MISMATCH")) } },
      .resets = 1, .soon = true },
    { .name = "half a script lies over it, and stays for now",
      .otherwise = { { THE_ASOF, ITEMS(WORD("1"), WORD("1"), WORD("4"), WORD("3")) },
                     { THE_RESET, AWAY } },
      .passed = FAULT_STORE_AWAY, .scope_away = true, .resets = 1 },
    { .name = "half a script took its completeness",
      .otherwise = { { THE_ASOF, ITEMS(WORD("0"), WORD("1"), WORD("3"), WORD("3")) } },
      .resets = 1, .done = 1 },
};
/* clang-format on */

START_TEST(an_audit_finds_what_redis_has_otherwise_and_passes_over_what_is_away)
{
    const struct audit_row *row = &audits[_i];
    struct why why = { "", "" };

    for (size_t i = 0; i < 2; i++)
        if (row->otherwise[i].what != NOTHING)
            *answers_of[row->otherwise[i].what] = row->otherwise[i].answer;
    ck_assert_msg(audit(&a, &why) == row->fault, "%s", row->name);
    ck_assert_msg(a.wire.missed.fault == row->passed, "%s", row->name);
    ck_assert_msg(partition_wants_sync(&other) == row->stale, "%s", row->name);
    ck_assert_msg(other.away == row->away && other.held == row->held, "%s", row->name);
    ck_assert_msg(other.shares[PROVINCE_LN].away == row->scope_away, "%s", row->name);
    ck_assert_msg(a.wire.any_away == (row->away || row->scope_away), "%s", row->name);
    ck_assert_msg(scripts_run[SCRIPT_PUSH] == row->pushes, "%s", row->name);
    ck_assert_msg(scripts_run[SCRIPT_RESET] == row->resets, "%s", row->name);
    ck_assert_msg(a.counts.resets == row->done, "%s", row->name);
    ck_assert_msg((other.shares[PROVINCE_LN].tag.form == TAG_EMPTY) == (row->done > 0), "%s",
                  row->name);
    ck_assert_msg(a.wire.audit_soon == row->soon, "%s", row->name);
    ck_assert(!partition_wants_sync(&ours) && !ours.away && !ours.held);
    ck_assert(!other.shares[PROVINCE_JL].away);
    ck_assert_int_eq(a.counts.audits, 1);
}
END_TEST

START_TEST(a_batch_that_is_open_may_be_committed_or_not)
{
    of_meta = meta_ahead;
    other.open = true;
    ck_assert_int_eq(audit(&a, NULL), FAULT_NONE);
    ck_assert(!partition_wants_sync(&other));
}
END_TEST

START_TEST(without_a_partition_there_is_no_audit)
{
    a.owned.count = 0;
    ck_assert_int_eq(audit(&a, NULL), FAULT_NONE);
    ck_assert_int_eq(a.counts.audits, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit");
    TCase *tcase = tcase_create("tags"), *whole = tcase_create("audit");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_push_whose_answer_was_lost_is_ours);
    tcase_add_test(tcase, a_step_whose_answer_was_lost_is_ours);
    tcase_add_test(tcase, a_step_that_comes_back_after_the_scope_was_empty_is_not_ours);
    tcase_add_test(tcase, a_first_step_that_comes_back_is_ours);
    tcase_add_test(tcase, a_tag_that_nobody_sent_wants_the_journal);
    suite_add_tcase(suite, whole);
    tcase_add_checked_fixture(whole, set_up_audit, tear_down_audit);
    tcase_add_loop_test(whole, an_audit_finds_what_redis_has_otherwise_and_passes_over_what_is_away,
                        0, sizeof audits / sizeof *audits);
    tcase_add_test(whole, a_batch_that_is_open_may_be_committed_or_not);
    tcase_add_test(whole, without_a_partition_there_is_no_audit);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
