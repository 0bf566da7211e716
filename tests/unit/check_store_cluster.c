/* A store against a real Redis Cluster of three masters (scripts/redis-cluster)
 * that each test has for itself. */
#include "own_redis.h"

#include "store/slots.h"

enum { MASTERS = 3 };

static struct {
    char directory[64], url[256];
    struct store *all, *one[MASTERS]; /* of the cluster; of each server alone */
    int port[MASTERS];
    char id[MASTERS][64];
} own;

/* scripts/NAME VERB DIRECTORY/NUMBER; its first line goes to out. */
static void
script(char *out, size_t size, const char *verb, const char *directory, const char *rest)
{
    char line[512];

    (void)snprintf(line, sizeof line, "%s/scripts/%s %s%s", getenv("TALLY_ROOT"), verb, directory,
                   rest);
    FILE *said = popen(line, "r");
    ck_assert_ptr_nonnull(said);
    if (fgets(out, (int)size, said) == NULL)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    ck_assert_msg(pclose(said) == 0, "%s", line);
}

/* Also after a test that failed, whose tear_down() did not run; no part of a
 * test, so nothing is asserted. */
static int
clear(void)
{
    char line[512];

    (void)snprintf(line, sizeof line, "%s/scripts/redis-cluster stop %s && rm -rf %s/*",
                   getenv("TALLY_ROOT"), own.directory, own.directory);
    return system(line);
}

static void
set_up(void)
{
    struct answer a;
    char at[64];

    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(clear(), 0);
    script(own.url, sizeof own.url, "redis-cluster start", own.directory, "");
    ck_assert_int_eq(sscanf(own.url, "redis+cluster://127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d",
                            &own.port[0], &own.port[1], &own.port[2]),
                     MASTERS);
    own.all = own_redis_open(own.url, 0);
    for (int i = 0; i < MASTERS; i++) {
        (void)snprintf(at, sizeof at, "redis://127.0.0.1:%d", own.port[i]);
        own.one[i] = own_redis_open(at, 0);
        ck_assert_int_eq(RUN(own.one[i], &a, NULL, "CLUSTER", "MYID"), FAULT_NONE);
        (void)snprintf(own.id[i], sizeof own.id[i], "%.*s", (int)a.text.length, a.text.at);
    }
}

static void
tear_down(void)
{
    store_free(own.all);
    for (int i = 0; i < MASTERS; i++)
        store_free(own.one[i]);
}

/* Words of a command about the key that is the second of them. */
static enum fault
run_keyed(struct store *store, struct answer *answer, struct why *why, const char *const *words)
{
    struct text args[OWN_ARGS_MOST];
    struct command command = { .args = args, .key = text_of(words[1]) };
    const struct store_way way = store_way(store);

    for (; words[command.count] != NULL; command.count++)
        args[command.count] = text_of(words[command.count]);
    return way.run(way.self, &command, 1, answer, why);
}
#define KEYED(answer, why, ...)                                                                    \
    run_keyed(own.all, (answer), (why), (const char *const[]){ __VA_ARGS__, NULL })

/* redis-cli --cluster create deals the slots out in three equal ranges. */
static int
home_of(const char *key)
{
    return slot_of(text_of(key)) * MASTERS / SLOT_COUNT;
}

/* Begin to move the slot of a key to another server; end it. */
static int
begin_move(const char *key)
{
    int from = home_of(key), to = (from + 1) % MASTERS;
    char slot[16];

    (void)snprintf(slot, sizeof slot, "%d", slot_of(text_of(key)));
    DO(own.one[to], "CLUSTER", "SETSLOT", slot, "IMPORTING", own.id[from]);
    DO(own.one[from], "CLUSTER", "SETSLOT", slot, "MIGRATING", own.id[to]);
    return to;
}

static void
move_key(const char *key)
{
    char port[16];

    (void)snprintf(port, sizeof port, "%d", own.port[(home_of(key) + 1) % MASTERS]);
    DO(own.one[home_of(key)], "MIGRATE", "127.0.0.1", port, key, "0", "5000");
}

static void
end_move(const char *key)
{
    int from = home_of(key), to = (from + 1) % MASTERS;
    char slot[16];

    (void)snprintf(slot, sizeof slot, "%d", slot_of(text_of(key)));
    DO(own.one[to], "CLUSTER", "SETSLOT", slot, "NODE", own.id[to]);
    DO(own.one[from], "CLUSTER", "SETSLOT", slot, "NODE", own.id[to]);
}

START_TEST(a_run_goes_to_all_masters_and_its_answers_are_in_place)
{
    enum { COUNT = 3000 };
    static char keys[COUNT][16], value[2000];
    static struct text args[COUNT][3];
    static struct command commands[COUNT];
    static struct answer answers[COUNT];
    const struct script echo = { .name = "echo",
                                 .source = TEXT_LITERAL("return {KEYS[1], #ARGV[1]}") };
    const struct store_way way = store_way(own.all);
    int used[MASTERS] = { 0 };

    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%d", i);
        used[home_of(keys[i])]++;
        args[i][0] = TEXT_LITERAL("1");
        args[i][1] = text_of(keys[i]);
        args[i][2] = (struct text){ value, (size_t)(i % (int)sizeof value) };
        commands[i] =
            (struct command){ .script = &echo, .args = args[i], .count = 3, .key = args[i][1] };
    }
    ck_assert(used[0] > 0 && used[1] > 0 && used[2] > 0);
    for (int turn = 0; turn < 2; turn++) { /* EVAL, then EVALSHA */
        ck_assert_int_eq(way.run(way.self, commands, COUNT, answers, NULL), FAULT_NONE);
        for (int i = 0; i < COUNT; i++) {
            ck_assert_int_eq(answers[i].kind, ANSWER_LIST);
            ck_assert(text_equal(answers[i].items[0].text, text_of(keys[i])));
            ck_assert_int_eq(answers[i].items[1].integer, i % (int)sizeof value);
        }
    }
}
END_TEST

START_TEST(a_command_without_a_key_goes_to_the_master_of_its_number)
{
    const struct text args[] = { TEXT_LITERAL("CLUSTER"), TEXT_LITERAL("MYID") };
    struct command commands[MASTERS + 1];
    struct answer a[MASTERS + 1];
    const struct store_way way = store_way(own.all);

    for (size_t i = 0; i <= MASTERS; i++)
        commands[i] = (struct command){ .args = args, .count = 2, .master = i };
    ck_assert_int_eq(way.run(way.self, commands, MASTERS + 1, a, NULL), FAULT_NONE);
    for (int i = 0; i < MASTERS; i++) {
        ck_assert_int_eq(a[i].kind, ANSWER_TEXT);
        ck_assert(!text_equal(a[i].text, a[(i + 1) % MASTERS].text));
    }
    ck_assert_int_eq(a[MASTERS].kind, ANSWER_NIL);
}
END_TEST

START_TEST(a_slot_that_has_moved_is_found)
{
    struct answer a;

    ck_assert_int_eq(KEYED(&a, NULL, "SET", "k", "v"), FAULT_NONE);
    (void)begin_move("k");
    move_key("k");
    end_move("k");
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(KEYED(&a, NULL, "GET", "k"), FAULT_NONE);
        ck_assert(text_equal(a.text, TEXT_LITERAL("v")));
    }
}
END_TEST

START_TEST(a_key_is_found_while_its_slot_moves)
{
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}moved", "1"), FAULT_NONE);
    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}left", "2"), FAULT_NONE);
    (void)begin_move("k");
    move_key("{k}moved");
    ck_assert_int_eq(KEYED(&a, NULL, "GET", "{k}moved"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("1")));
    ck_assert_int_eq(KEYED(&a, NULL, "GET", "{k}left"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("2")));
    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}new", "3"), FAULT_NONE);
    ck_assert_int_eq(KEYED(&a, NULL, "GET", "{k}new"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("3")));
    ck_assert_int_eq(KEYED(&a, &why, "MGET", "{k}moved", "{k}left"), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "TRYAGAIN"));
}
END_TEST

/* What it does not find where its slot is to be may come yet. */
START_TEST(a_script_that_finds_keys_waits_until_its_slot_has_moved)
{
    const struct text args[] = { TEXT_LITERAL("1"), TEXT_LITERAL("{k}list") };
    const struct script finds = { .name = "finds",
                                  .source = TEXT_LITERAL("return redis.call('GET', '{k}x')"),
                                  .finds_keys = true },
                        given = { .name = "given",
                                  .source = TEXT_LITERAL("return 1"),
                                  .number = 1 };
    struct command command = { .script = &finds, .args = args, .count = 2, .key = args[1] };
    const struct store_way way = store_way(own.all);
    struct answer a;

    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}x", "1"), FAULT_NONE);
    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}list", "1"), FAULT_NONE);
    (void)begin_move("k");
    move_key("{k}list");
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, NULL), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    command.script = &given;
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, NULL), FAULT_NONE);
    ck_assert_int_eq(a.integer, 1);
    move_key("{k}x");
    end_move("k");
    command.script = &finds;
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, NULL), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("1")));
}
END_TEST

START_TEST(a_script_that_finds_a_key_gone_is_away)
{
    const struct text args[] = { TEXT_LITERAL("1"), TEXT_LITERAL("{k}list") };
    const struct script finds = { .name = "finds",
                                  .source = TEXT_LITERAL("return redis.call('GET', '{k}x')"),
                                  .finds_keys = true };
    const struct command command = { .script = &finds, .args = args, .count = 2, .key = args[1] };
    const struct store_way way = store_way(own.all);
    struct answer a;

    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}x", "1"), FAULT_NONE);
    ck_assert_int_eq(KEYED(&a, NULL, "SET", "{k}list", "1"), FAULT_NONE);
    (void)begin_move("k");
    move_key("{k}x");
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, NULL), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
}
END_TEST

START_TEST(a_transaction_goes_to_its_new_home_as_a_whole)
{
    const struct text multi = TEXT_LITERAL("MULTI"), exec = TEXT_LITERAL("EXEC"),
                      get[] = { TEXT_LITERAL("GET"), TEXT_LITERAL("k") };
    const struct command commands[] = { { .args = &multi, .count = 1, .key = get[1] },
                                        { .args = get, .count = 2, .key = get[1] },
                                        { .args = get, .count = 2, .key = get[1] },
                                        { .args = &exec, .count = 1, .key = get[1] } };
    const struct store_way way = store_way(own.all);
    struct answer a[4];

    ck_assert_int_eq(KEYED(&a[0], NULL, "SET", "k", "v"), FAULT_NONE);
    (void)begin_move("k");
    move_key("k");
    end_move("k");
    ck_assert_int_eq(way.run(way.self, commands, 4, a, NULL), FAULT_NONE);
    ck_assert_int_eq(a[3].kind, ANSWER_LIST);
    ck_assert_uint_eq(a[3].count, 2);
    ck_assert(text_equal(a[3].items[1].text, TEXT_LITERAL("v")));
}
END_TEST

START_TEST(a_master_away_takes_only_its_own_commands_with_it)
{
    enum { COUNT = 100 };
    char keys[COUNT][16], number[64], out[128];
    struct text args[COUNT][3];
    struct command commands[COUNT];
    struct answer a[COUNT];
    const struct store_way way = store_way(own.all);
    struct why why = { 0 };
    int away = home_of("k");

    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%d", i);
        args[i][0] = TEXT_LITERAL("SET");
        args[i][1] = text_of(keys[i]);
        args[i][2] = TEXT_LITERAL("v");
        commands[i] = (struct command){ .args = args[i], .count = 3, .key = args[i][1] };
    }
    for (int i = 0; i < MASTERS; i++)
        DO(own.one[i], "CONFIG", "SET", "cluster-require-full-coverage", "no");
    ck_assert_int_eq(way.run(way.self, commands, COUNT, a, NULL), FAULT_NONE);
    (void)snprintf(number, sizeof number, "/%d", away + 1);
    script(out, sizeof out, "redis kill", own.directory, number);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert_int_eq(way.run(way.self, commands, COUNT, a, &why), FAULT_STORE_AWAY);
        (void)snprintf(number, sizeof number, ":%d", own.port[away]);
        ck_assert_msg(strstr(why.text, number) != NULL, "%s", why.text);
        for (int i = 0; i < COUNT; i++)
            ck_assert_int_eq(a[i].kind, home_of(keys[i]) == away ? ANSWER_AWAY : ANSWER_TEXT);
    }
    (void)snprintf(number, sizeof number, "/%d --cluster-enabled yes", away + 1);
    script(out, sizeof out, "redis start", own.directory, number);
    enum fault fault = FAULT_STORE_AWAY; /* it has to find the others first */
    for (int i = 0; i < 2000 && fault != FAULT_NONE; i++) {
        (void)usleep(5000);
        fault = way.run(way.self, commands, COUNT, a, &why);
    }
    ck_assert_msg(fault == FAULT_NONE, "%s", why.text);
}
END_TEST

START_TEST(one_master_that_may_evict_is_enough_to_refuse)
{
    struct why why = { 0 };

    ck_assert_int_eq(store_check_policy(own.all, &why), FAULT_NONE);
    DO(own.one[2], "CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
    ck_assert_int_eq(store_check_policy(own.all, &why), FAULT_STORE_EVICTS);
}
END_TEST

START_TEST(any_living_host_of_the_url_is_enough)
{
    struct answer a;
    char url[160];

    (void)snprintf(url, sizeof url, "redis+cluster://127.0.0.1:1,localhost:%d", own.port[1]);
    struct store *store = own_redis_open(url, 0);
    for (int i = 0; i < 20; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        const struct text args[] = { TEXT_LITERAL("GET"), text_of(key) };
        const struct store_way way = store_way(store);
        ck_assert_int_eq(way.run(way.self,
                                 &(struct command){ .args = args, .count = 2, .key = args[1] }, 1,
                                 &a, NULL),
                         FAULT_NONE);
        ck_assert_int_eq(a.kind, ANSWER_NIL);
    }
    store_free(store);
}
END_TEST

START_TEST(what_is_no_cluster_says_so)
{
    char url[160], at[160];
    struct answer a;

    script(at, sizeof at, "redis start", own.directory, "/alone");
    int port = 0;
    ck_assert_int_eq(sscanf(at, "redis://127.0.0.1:%d", &port), 1);
    (void)snprintf(url, sizeof url, "redis+cluster://127.0.0.1:%d", port);
    struct store *store = own_redis_open(url, 0);
    ck_assert_int_eq(RUN(store, &a, NULL, "GET", "k"), FAULT_NONE);
    ck_assert_int_eq(a.kind, ANSWER_ERROR);
    ck_assert_ptr_nonnull(memmem(a.text.at, a.text.length, "cluster support disabled", 24));
    store_free(store);
    script(at, sizeof at, "redis kill", own.directory, "/alone");
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("store cluster");
    TCase *cases = tcase_create("cluster");

    (void)snprintf(own.directory, sizeof own.directory, "/tmp/tally_check.XXXXXX");
    if (mkdtemp(own.directory) == NULL)
        return 1;
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_run_goes_to_all_masters_and_its_answers_are_in_place);
    tcase_add_test(cases, a_command_without_a_key_goes_to_the_master_of_its_number);
    tcase_add_test(cases, a_slot_that_has_moved_is_found);
    tcase_add_test(cases, a_key_is_found_while_its_slot_moves);
    tcase_add_test(cases, a_script_that_finds_keys_waits_until_its_slot_has_moved);
    tcase_add_test(cases, a_script_that_finds_a_key_gone_is_away);
    tcase_add_test(cases, a_transaction_goes_to_its_new_home_as_a_whole);
    tcase_add_test(cases, a_master_away_takes_only_its_own_commands_with_it);
    tcase_add_test(cases, one_master_that_may_evict_is_enough_to_refuse);
    tcase_add_test(cases, any_living_host_of_the_url_is_enough);
    tcase_add_test(cases, what_is_no_cluster_says_so);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (clear() != 0 || rmdir(own.directory) != 0)
        return 1;
    return failed == 0 ? 0 : 1;
}
