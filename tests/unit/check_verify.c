/* verify against a real Redis that holds two small journals and, written out by
 * hand, what they add up to. */
#include "two_journals.h"

/* Fields of one scope: 2 * (3 * 2 + 6 * 2 + 2 + 2) + 3. */
#define FIELDS_IN_BOTH "94 fields"

/* ---- asking ------------------------------------------------------------------------- */

/* Verify by way of `way`; the text is freed by the caller. */
static char *
verify_within(struct store_way way, int64_t max_age_s, bool as_json, enum verdict *verdict,
              struct why *why)
{
    const char *const operands[] = { "verify" };
    struct lookup lookup = { .way = way,
                             .prefix = "tt:",
                             .as_json = as_json,
                             .max_age_ms = max_age_s * 1000,
                             .now_ms = now_ms };
    char *text = NULL;
    size_t size = 0;

    lookup.out = open_memstream(&text, &size);
    ck_assert_msg(lookup_run(&lookup, operands, 1, verdict, why) == FAULT_NONE, "%s", why->text);
    ck_assert_int_eq(fclose(lookup.out), 0);
    return text;
}

static char *
verify_by(struct store_way way, bool as_json, enum verdict *verdict)
{
    struct why why = { 0 };
    char *text = verify_within(way, 60, as_json, verdict, &why);

    ck_assert_int_eq(why.text[0] == '\0', *verdict != VERDICT_PARTIAL);
    return text;
}

static char *
verify(enum verdict *verdict)
{
    return verify_by(store_way(store), false, verdict);
}

static void
expect_agreement(void)
{
    enum verdict verdict = VERDICT_FAILED;
    char *text = verify(&verdict);

    ck_assert_msg(verdict == VERDICT_DONE, "%s", text);
    ck_assert_msg(strstr(text, ": no difference\n") != NULL, "%s", text);
    free(text);
}

START_TEST(totals_that_are_what_the_journals_say_have_no_difference)
{
    enum verdict verdict = VERDICT_FAILED;
    char *text = verify(&verdict);

    ck_assert_msg(verdict == VERDICT_DONE, "%s", text);
    ck_assert_str_eq(text, "36 scopes, 2 partitions, " FIELDS_IN_BOTH ": no difference\n");
    free(text);
    text = verify_by(store_way(store), true, &verdict);
    ck_assert_str_eq(
        text, "{\"differences\":[],\"scopes\":36,\"incomplete\":0,\"moving\":0,\"partitions\":2,"
              "\"fields\":94,\"problems\":0,"
              "\"untold\":0,\"old\":0,\"oldest\":{\"province\":\"CN-AH\",\"through\":" THROUGH
              ",\"through_age_ms\":2000}}\n");
    free(text);
}
END_TEST

#define LN "tt:{CN-LN}:"
static const struct {
    const char *command[10];
    const char *says;
    int problems;
} DAMAGE[] = {
    { { "HINCRBY", LN "RU:2023", "deals.export.CNY", "1" },
      LN "RU:2023 deals.export.CNY: expected 10000, found 10001\n",
      1 },
    { { "HDEL", LN "RU:2023", "deals.export.CNY" },
      LN "RU:2023 deals.export.CNY: expected 10000, found nothing\n",
      1 },
    { { "HSET", LN "RU:2023", "deals.export.CNY", "010000" }, "expected 10000, found 010000\n", 1 },
    { { "HSET", LN "RU:2023", "deals.export.USD", "5" },
      LN "RU:2023 deals.export.USD: expected nothing, found 5\n",
      1 },
    { { "HSET", LN "RU:2023", "deals.import.CNY", "0" }, "expected nothing, found 0\n", 1 },
    { { "DEL", LN "KP:92d" }, LN "KP:92d deals.import.events: expected 1, found nothing\n", 2 },
    { { "HINCRBY", LN "KP:months", "2024-01|deals.import.events", "-2" },
      LN "KP:months 2024-01|deals.import.events: expected 1, found -1\n",
      1 },
    { { "ZADD", LN "top:2023:deals.export.CNY", "1", "RU" },
      LN "top:2023:deals.export.CNY RU: expected 10000, found 1\n",
      1 },
    { { "ZREM", LN "top:2023:deals.export.CNY", "RU" },
      LN "top:2023:deals.export.CNY RU: expected 10000, found nothing\n",
      1 },
    { { "ZADD", LN "top:all:deals.export.CNY", "5", "KP" },
      LN "top:all:deals.export.CNY KP: expected nothing, found 5\n",
      1 },
    { { "SREM", LN "index", LN "RU:2023" }, LN "RU:2023: the index does not name this key\n", 1 },
    { { "HSET", "tt:{CN-JL}:RU:31d:detail", "hs:87|deals.export.CNY", "5" },
      "tt:{CN-JL}:RU:31d:detail hs:87|deals.export.CNY: expected nothing, found 5\n",
      2 },
    { { "SET", LN "KP:92d", "x" }, LN "KP:92d (type): expected nothing, found WRONGTYPE", 3 },
    { { "HSET", LN "tags", "trade-events/0", V3 "@" DAY },
      LN "tags: the journal of trade-events/0 does not know the version of its tag " V3 "@" DAY
         "\n",
      1 },
    { { "HSET", LN "tags", "trade-events/0", "!" V2 "@" DAY }, "does not know", 1 },
    { { "HSET", LN "tags", "trade-events/1", V2 "@" DAY },
      "the journal of trade-events/1 can't be used: there is no journal\n",
      1 },
    { { "HSET", LN "tags", "nonsense", V2 "@" DAY }, "no partition has this name", 1 },
    { { "HDEL", LN "tags", "agreements/0" },
      LN "asof: complete is 1, and yet a partition has no tag\n",
      1 },
    { { "HSET", LN "tags", "agreements/0", A1 "@2024-01-30" },
      LN "asof: complete is 1, and yet a tag is not plain and of that day\n",
      1 },
    { { "HSET", LN "asof", "overflow:trade-events/0", "1" }, "did not fit\n", 1 },
    { { "HINCRBY", LN "asof", "complete", "-2" },
      LN "asof: a script that Redis had lost came back",
      1 },
    { { "HSET", LN "asof", "complete", "0", "whole", "1" }, LN "asof: a script that Redis had", 1 },
    { { "HSET", LN "asof", "runs", "5", "ran", "4" }, LN "asof: a script that Redis had lost", 1 },
    { { "HINCRBY", "tt:{ALL}:KP:7d", "deals.import.events", "1" },
      "tt:{ALL}:KP:7d deals.import.events",
      1 },
    { { "SETRANGE", "tt:{trade-events/0}:journal:g:0", "40", "x" }, "cut or damaged", SCOPE_COUNT },
    { { "SETRANGE", "tt:{agreements/0}:journal:g:0", "9", "\x7f" }, "cut or damaged", SCOPE_COUNT },
    { { "DEL", "tt:{trade-events/0}:journal:g:0" }, "can't be used", SCOPE_COUNT },
    { { "DEL", "tt:{trade-events/0}:meta" }, "there is no journal", SCOPE_COUNT },
    { { "HSET", "tt:{trade-events/0}:meta", "ver", V3 }, "can't be used", SCOPE_COUNT },
    { { "HSET", LN "RU:2023", "export.CNY", "5" },
      LN "RU:2023 export.CNY: expected nothing, found 5\n",
      1 },
    { { "HSET", LN "WORLD:2023", "export.CNY", "5" },
      LN "WORLD:2023 export.CNY: expected nothing, found 5\n",
      2 },
    { { "HSET", LN "RU:2023", "export.days.CNY", "365" },
      LN "RU:2023 export.days.CNY: expected nothing, found 365\n",
      1 },
};

START_TEST(each_difference_is_told)
{
    enum verdict verdict = VERDICT_DONE;
    struct answer answer;
    char count[32];

    if (strcmp(DAMAGE[_i].command[0], "SET") == 0)
        DO(store, "DEL", DAMAGE[_i].command[1]);
    ck_assert_int_eq(own_redis_run(store, &answer, NULL, DAMAGE[_i].command), FAULT_NONE);
    ck_assert_int_ne(answer.kind, ANSWER_ERROR);
    char *text = verify(&verdict);
    (void)snprintf(count, sizeof count, ": %d difference%s\n", DAMAGE[_i].problems,
                   DAMAGE[_i].problems == 1 ? "" : "s");
    ck_assert_int_eq(verdict, VERDICT_FAILED);
    ck_assert_msg(strstr(text, DAMAGE[_i].says) != NULL, "%s", text);
    ck_assert_msg(strstr(text, count) != NULL, "%s", text);
    free(text);
}
END_TEST

START_TEST(as_json_a_difference_is_an_object)
{
    enum verdict verdict = VERDICT_DONE;

    DO(store, "HINCRBY", LN "RU:2023", "deals.export.CNY", "1");
    DO(store, "SREM", LN "index", LN "RU:2023");
    char *text = verify_by(store_way(store), true, &verdict);
    ck_assert_str_eq(
        text, "{\"differences\":["
              "{\"key\":\"tt:{CN-LN}:RU:2023\",\"field\":\"deals.export.CNY\","
              "\"expected\":\"10000\",\"found\":\"10001\"},"
              "{\"key\":\"tt:{CN-LN}:RU:2023\","
              "\"problem\":\"the index does not name this key\"}],"
              "\"scopes\":36,\"incomplete\":0,\"moving\":0,\"partitions\":2,\"fields\":94,"
              "\"problems\":2,"
              "\"untold\":0,\"old\":0,\"oldest\":{\"province\":\"CN-AH\",\"through\":" THROUGH
              ",\"through_age_ms\":2000}}\n");
    free(text);
}
END_TEST

/* ---- how old the totals are ---------------------------------------------------------- */

static const struct {
    const char *command[10]; /* of Liaoning */
    int64_t max_age_s;
    enum verdict verdict;
    const char *text, *json, *why;
} AGES[] = {
    { { "HSET", LN "asof", "through", "1706680984000" },
      60,
      VERDICT_DONE,
      ": no difference\n",
      "\"untold\":0,\"old\":0,\"oldest\":{\"province\":\"CN-AH\",\"through\":" THROUGH,
      "" },
    { { "HSET", LN "asof", "through", "1706680925000" },
      60,
      VERDICT_DONE,
      ": no difference\n",
      "\"old\":0,\"oldest\":{\"province\":\"CN-LN\",\"through\":1706680925000,"
      "\"through_age_ms\":60000}}\n",
      "" },
    { { "HSET", LN "asof", "through", "1706680924999" },
      60,
      VERDICT_PARTIAL,
      ": no difference\nOLD: 1 of 36 scopes, by --max-age 60 s; CN-LN has everything up to "
      "14:02:04 UTC+8 (60 s ago)\n",
      "\"old\":1,\"oldest\":{\"province\":\"CN-LN\",\"through\":1706680924999,"
      "\"through_age_ms\":60001}}\n",
      "the aggregator is not running, or what it counts is late" },
    { { "HSET", LN "asof", "through", "1706680924999" },
      0,
      VERDICT_DONE,
      ": no difference\n",
      "\"old\":0,\"oldest\":{\"province\":\"CN-LN\",",
      "" },
    { { "HSET", LN "asof", "through", "1706680982000" },
      1,
      VERDICT_PARTIAL,
      "OLD: 36 of 36 scopes, by --max-age 1 s; CN-LN has everything up to 14:03:02 UTC+8 (3 s "
      "ago)\n",
      "\"old\":36,\"oldest\":{\"province\":\"CN-LN\",",
      "(3 s ago), and --max-age is 1 s" },
    /* far in the future is told before what is older, and well */
    { { "HSET", LN "asof", "through", "1706688185000" },
      60,
      VERDICT_PARTIAL,
      "OLD: 1 of 36 scopes, by --max-age 60 s; CN-LN has everything up to 16:03:05 UTC+8 (2 h "
      "ahead of this machine's clock)\n",
      "\"old\":1,\"oldest\":{\"province\":\"CN-LN\",",
      "set this machine's clock" },
    { { "HDEL", LN "asof", "through" },
      0,
      VERDICT_PARTIAL,
      ": no difference\nPARTIAL: 1 of 36 scopes do not say up to when they are counted\n",
      "\"untold\":1,\"old\":0,\"oldest\":{\"province\":\"CN-AH\",",
      "1 of 36 scopes do not say up to when they are counted: look whether" },
    { { "HSET", LN "asof", "complete", "0", "through", "1706680924999" },
      60,
      VERDICT_PARTIAL,
      ": no difference\nPARTIAL: 1 of 36 scopes are not complete\nOLD: 1 of 36 scopes",
      "\"incomplete\":1,",
      "1 of 36 scopes are not complete: look whether" },
    /* a difference is more than old age */
    { { "HSET", LN "asof", "through", "1706680924999", "overflow:trade-events/0", "1" },
      60,
      VERDICT_FAILED,
      ": 1 difference\nOLD: 1 of 36 scopes",
      "\"problems\":1,\"untold\":0,\"old\":1,",
      "" },
};

START_TEST(what_is_too_old_is_told_by_its_oldest_scope)
{
    enum verdict verdict = VERDICT_FAILED;
    struct answer answer;
    struct why why = { 0 };

    ck_assert_int_eq(own_redis_run(store, &answer, NULL, AGES[_i].command), FAULT_NONE);
    ck_assert_int_ne(answer.kind, ANSWER_ERROR);
    char *text = verify_within(store_way(store), AGES[_i].max_age_s, false, &verdict, &why);
    ck_assert_msg(verdict == AGES[_i].verdict, "%s", text);
    ck_assert_msg(strstr(text, AGES[_i].text) != NULL, "%s", text);
    ck_assert_msg((strstr(text, "OLD") != NULL) == (strstr(AGES[_i].text, "OLD") != NULL), "%s",
                  text);
    ck_assert_msg(strstr(why.text, AGES[_i].why) != NULL, "%s", why.text);
    ck_assert_int_eq(why.text[0] == '\0', verdict != VERDICT_PARTIAL);
    free(text);
    text = verify_within(store_way(store), AGES[_i].max_age_s, true, &verdict, &why);
    ck_assert_int_eq(verdict, AGES[_i].verdict);
    ck_assert_msg(strstr(text, AGES[_i].json) != NULL, "%s", text);
    free(text);
}
END_TEST

/* ---- tags that lag, move, or are half ------------------------------------------------ */

/* Drop everything of the import that `gone` says, from the keys of Liaoning. */
static void
drop_import(bool (*gone)(struct text key, struct text field, const void *self), const void *self)
{
    static const char *const rests[] = { "7d", "31d", "92d", "366d", "2024", "all", "months" };
    static const char *const fields[2][2] = {
        { "deals.import.qty.TNE", "deals.import.events" },
        { "2024-01|deals.import.qty.TNE", "2024-01|deals.import.events" },
    };

    for (int i = 0; i < 7; i++)
        for (int p = 0; p < 2; p++)
            for (int f = 0; f < 2; f++) {
                char key[64] = "tt:";
                (void)snprintf(key + 3, sizeof key - 3, "{CN-LN}:%s:%s", p == 0 ? "KP" : "ALL",
                               rests[i]);
                if (gone(text_of(key + 3), text_of(fields[i == 6][f]), self))
                    DO(store, "HDEL", key, fields[i == 6][f]);
            }
}

static bool
always(struct text key, struct text field, const void *self)
{
    (void)key, (void)field, (void)self;
    return true;
}

static bool
from_bucket(struct text key, struct text field, const void *self)
{
    const int *bucket = self;

    return cell_bucket(key, field) >= *bucket;
}

static bool
in_7d(struct text key, struct text field, const void *self)
{
    (void)field, (void)self;
    return memmem(key.at, key.length, ":7d", 3) != NULL;
}

START_TEST(a_scope_is_judged_at_the_version_that_its_tag_names)
{
    drop_import(always, NULL);
    write_tags(province_find(TEXT_LITERAL("CN-LN")), V1 "@" DAY, A1 "@" DAY);
    expect_agreement();
}
END_TEST

START_TEST(a_scope_is_judged_at_the_day_that_its_tag_names)
{
    drop_import(in_7d, NULL);
    write_tags(province_find(TEXT_LITERAL("CN-LN")), V2 "@2024-02-10", A1 "@2024-02-10");
    DO(store, "HSET", LN "asof", "day", "2024-02-10");
    expect_agreement();
}
END_TEST

START_TEST(of_a_half_moved_scope_each_cell_is_judged_on_its_side)
{
    static const int buckets[] = { 1, 77, 128, 255 };
    enum verdict verdict = VERDICT_DONE;
    char tag[TAG_TEXT];
    int gone_before = 0;

    for (size_t i = sizeof buckets / sizeof buckets[0]; i-- > 0;) {
        drop_import(from_bucket, &buckets[i]);
        (void)snprintf(tag, sizeof tag, V1 "@" DAY ">" V2 "@" DAY "|%d", buckets[i]);
        write_tags(province_find(TEXT_LITERAL("CN-LN")), tag, A1 "@" DAY);
        DO(store, "HSET", LN "asof", "complete", "0");
        char *text = verify(&verdict);
        ck_assert_msg(verdict == VERDICT_PARTIAL, "|%d: %s", buckets[i], text);
        ck_assert_msg(strstr(text, "PARTIAL: 1 of 36 scopes") != NULL, "%s", text);
        free(text);
        gone_before = buckets[i];
    }
    /* the same cells at another bucket are wrong */
    (void)snprintf(tag, sizeof tag, V1 "@" DAY ">" V2 "@" DAY "|%d", gone_before + 250);
    write_tags(province_find(TEXT_LITERAL("CN-LN")), tag, A1 "@" DAY);
    char *text = verify(&verdict);
    ck_assert_int_eq(verdict, VERDICT_FAILED);
    free(text);
}
END_TEST

START_TEST(a_scope_without_tags_is_empty_and_not_complete)
{
    enum verdict verdict = VERDICT_DONE;
    struct answer a;

    ck_assert_int_eq(RUN(store, &a, NULL, "EVAL",
                         "for _, k in ipairs(redis.call('SMEMBERS', KEYS[1])) do "
                         "redis.call('DEL', k) end return redis.call('DEL', KEYS[1], KEYS[2])",
                         "2", LN "index", LN "tags"),
                     FAULT_NONE);
    DO(store, "HSET", LN "asof", "complete", "0");
    char *text = verify(&verdict);
    ck_assert_msg(verdict == VERDICT_PARTIAL, "%s", text);
    free(text);
    DO(store, "HSET", LN "asof", "complete", "1");
    text = verify(&verdict);
    ck_assert_int_eq(verdict, VERDICT_FAILED);
    free(text);
}
END_TEST

START_TEST(a_compacted_journal_knows_the_tags_that_it_has_aliases_for)
{
    struct journal_head partial = { .flags = JOURNAL_FIRST | JOURNAL_PARTIAL, .version = { 1, 3 } };
    struct journal_head base = { .version = { 1, 4 }, .predecessor = { 1, 3 } };
    enum verdict verdict = VERDICT_DONE;

    for (int s = 0; s < SCOPE_COUNT; s++)
        base.aliases[base.alias_count++] = (struct journal_alias){ s, { 1, 2 } };
    (void)append("tt:{trade-events/0}:journal:h:0", &partial, 1, 1);
    write_meta("trade-events/0", "0000000000000001.4", "h", "0",
               append("tt:{trade-events/0}:journal:h:0", &base, 2, 2));
    expect_agreement();
    write_tags(0, "0000000000000001.4@" DAY, A1 "@" DAY);
    expect_agreement();
    write_tags(1, V3 "@" DAY, A1 "@" DAY); /* a partial record's version names nothing */
    char *text = verify(&verdict);
    ck_assert_int_eq(verdict, VERDICT_FAILED);
    free(text);
}
END_TEST

/* ---- beside a working service ------------------------------------------------------------ */

/* Before each run of the verifier the service moves Liaoning once more: to V1
 * and back to V2, each time the tag together with what it adds. */
static enum fault
run_beside_service(void *self, const struct command *commands, size_t count, struct answer *answers,
                   struct why *why)
{
    static bool at_first_version = false;
    struct store *other = self;
    const struct store_way way = store_way(store);

    DO(other, "MULTI");
    DO(other, "HINCRBY", LN "asof", "version", "1");
    DO(other, "HSET", LN "tags", "trade-events/0", at_first_version ? V2 "@" DAY : V1 "@" DAY);
    struct store *mine = store;
    store = other;
    if (!at_first_version)
        drop_import(always, NULL);
    else
        write_totals("CN-LN");
    store = mine;
    DO(other, "EXEC");
    at_first_version = !at_first_version;
    return way.run(way.self, commands, count, answers, why);
}

START_TEST(a_scope_that_never_rests_is_still_judged)
{
    enum verdict verdict = VERDICT_FAILED;
    struct store *other = own_redis_open(own_redis.url, 0);
    char *text = verify_by((struct store_way){ other, run_beside_service }, false, &verdict);

    ck_assert_msg(verdict == VERDICT_DONE, "%s", text);
    ck_assert_msg(strstr(text, ": no difference\n") != NULL, "%s", text);
    free(text);
    store_free(other);
}
END_TEST

/* Before each run another version: the one before is gone from the journal
 * whenever it is read, as if Redis went back and forth. */
static enum fault
run_beside_oblivion(void *self, const struct command *commands, size_t count,
                    struct answer *answers, struct why *why)
{
    static unsigned turn;
    struct store *other = self;
    const struct store_way way = store_way(store);
    char tag[TAG_TEXT];

    (void)snprintf(tag, sizeof tag, "00000000000000ff.%u@" DAY, ++turn);
    DO(other, "MULTI");
    DO(other, "HINCRBY", LN "asof", "version", "1");
    DO(other, "HSET", LN "tags", "trade-events/0", tag);
    DO(other, "EXEC");
    return way.run(way.self, commands, count, answers, why);
}

START_TEST(a_tag_that_has_moved_is_no_difference)
{
    enum verdict verdict = VERDICT_FAILED;
    struct store *other = own_redis_open(own_redis.url, 0);
    const struct store_way way = { other, run_beside_oblivion };
    char *text = verify_by(way, false, &verdict);

    ck_assert_msg(verdict == VERDICT_PARTIAL, "%s", text);
    ck_assert_msg(strstr(text, ": no difference\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "\nPARTIAL: 1 of 36 scopes moved") != NULL, "%s", text);
    free(text);
    text = verify_by(way, true, &verdict);
    ck_assert_int_eq(verdict, VERDICT_PARTIAL);
    ck_assert_msg(strstr(text, "\"moving\":1,") != NULL, "%s", text);
    free(text);
    store_free(other);
}
END_TEST

START_TEST(an_empty_redis_is_partial)
{
    enum verdict verdict = VERDICT_DONE;

    DO(store, "FLUSHALL");
    char *text = verify(&verdict);
    ck_assert_int_eq(verdict, VERDICT_PARTIAL);
    ck_assert_str_eq(text, "36 scopes, 0 partitions, 0 fields: no difference\n"
                           "PARTIAL: 36 of 36 scopes are not complete\n");
    free(text);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("verify");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, totals_that_are_what_the_journals_say_have_no_difference);
    tcase_add_loop_test(cases, each_difference_is_told, 0, sizeof DAMAGE / sizeof DAMAGE[0]);
    tcase_add_test(cases, as_json_a_difference_is_an_object);
    tcase_add_loop_test(cases, what_is_too_old_is_told_by_its_oldest_scope, 0,
                        sizeof AGES / sizeof AGES[0]);
    tcase_add_test(cases, a_scope_is_judged_at_the_version_that_its_tag_names);
    tcase_add_test(cases, a_scope_is_judged_at_the_day_that_its_tag_names);
    tcase_add_test(cases, of_a_half_moved_scope_each_cell_is_judged_on_its_side);
    tcase_add_test(cases, a_scope_without_tags_is_empty_and_not_complete);
    tcase_add_test(cases, a_compacted_journal_knows_the_tags_that_it_has_aliases_for);
    tcase_add_test(cases, a_scope_that_never_rests_is_still_judged);
    tcase_add_test(cases, a_tag_that_has_moved_is_no_difference);
    tcase_add_test(cases, an_empty_redis_is_partial);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
