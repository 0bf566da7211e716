/* A store against a real redis-server on a unix socket.  Without redis-server
 * the tests are skipped and say so; with CI=true that is a failure. */
#include "own_redis.h"
#include "store/errors.h"

START_TEST(each_answer_says_what_redis_said)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct text set[] = { TEXT_LITERAL("SET"), TEXT_LITERAL("k"), { "a\0b", 3 } };
    const struct text get[] = { TEXT_LITERAL("GET"), TEXT_LITERAL("k") };
    const struct text get_none[] = { TEXT_LITERAL("GET"), TEXT_LITERAL("none") };
    const struct text incr[] = { TEXT_LITERAL("INCRBY"), TEXT_LITERAL("n"),
                                 TEXT_LITERAL("9223372036854775807") };
    const struct text wrong[] = { TEXT_LITERAL("INCR"), TEXT_LITERAL("k") };
    const struct text nested[] = { TEXT_LITERAL("EVAL"),
                                   TEXT_LITERAL("return {1,{'x',{},{2,3}},'y'}"),
                                   TEXT_LITERAL("0") };
    const struct text empty[] = { TEXT_LITERAL("HGETALL"), TEXT_LITERAL("none") };
    const struct command commands[] = {
        { .args = set, .count = 3 },      { .args = get, .count = 2 },
        { .args = get_none, .count = 2 }, { .args = incr, .count = 3 },
        { .args = wrong, .count = 2 },    { .args = nested, .count = 3 },
        { .args = empty, .count = 2 },
    };
    struct answer a[7];
    struct why why = { 0 };

    ck_assert_int_eq(way.run(way.self, commands, 7, a, &why), FAULT_NONE);
    ck_assert(a[0].kind == ANSWER_TEXT && text_equal(a[0].text, TEXT_LITERAL("OK")));
    ck_assert(a[1].kind == ANSWER_TEXT && text_equal(a[1].text, (struct text){ "a\0b", 3 }));
    ck_assert_int_eq(a[2].kind, ANSWER_NIL);
    ck_assert_int_eq(a[3].kind, ANSWER_INTEGER);
    ck_assert_int_eq(a[3].integer, INT64_MAX);
    ck_assert_int_eq(a[4].kind, ANSWER_ERROR);
    ck_assert_int_eq(memcmp(a[4].text.at, "ERR ", 4), 0);
    ck_assert_int_eq(a[5].kind, ANSWER_LIST);
    ck_assert_uint_eq(a[5].count, 3);
    ck_assert_int_eq(a[5].items[0].integer, 1);
    const struct answer *inner = a[5].items[1].items;
    ck_assert_uint_eq(a[5].items[1].count, 3);
    ck_assert(text_equal(inner[0].text, TEXT_LITERAL("x")));
    ck_assert_int_eq(inner[1].kind, ANSWER_LIST);
    ck_assert_uint_eq(inner[1].count, 0);
    ck_assert_int_eq(inner[2].items[1].integer, 3);
    ck_assert(text_equal(a[5].items[2].text, TEXT_LITERAL("y")));
    ck_assert_int_eq(a[6].kind, ANSWER_LIST);
    ck_assert_uint_eq(a[6].count, 0);
    ck_assert_uint_eq(store_connections(store), 1);
    store_free(store);
}
END_TEST

START_TEST(a_run_of_nothing_is_no_fault)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);

    ck_assert_int_eq(way.run(way.self, NULL, 0, NULL, NULL), FAULT_NONE);
    store_free(store);
}
END_TEST

START_TEST(the_database_and_the_client_name_are_set_on_connecting)
{
    char third[160];
    struct answer a;

    (void)snprintf(third, sizeof third, "%s?db=3", own_redis.url);
    struct store *store = own_redis_open(third, 0);
    ck_assert_int_eq(RUN(store, &a, NULL, "SET", "here", "1"), FAULT_NONE);
    ck_assert_int_eq(RUN(store, &a, NULL, "CLIENT", "GETNAME"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("check")));
    store_free(store);

    store = own_redis_open(own_redis.url, 0);
    ck_assert_int_eq(RUN(store, &a, NULL, "EXISTS", "here"), FAULT_NONE);
    ck_assert_int_eq(a.integer, 0);
    store_free(store);
}
END_TEST

/* 36 scripts with an argument of 1 MB each, answered by as much. */
START_TEST(a_pipeline_larger_than_all_buffers_goes_through)
{
    enum { COUNT = 36, BYTES = 1000000 };
    static char large[BYTES];
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct script echo = { .name = "echo",
                                 .source = TEXT_LITERAL("return {KEYS[1], ARGV[1]}"),
                                 .number = 0 };
    char names[COUNT][16];
    struct text args[COUNT][3];
    struct command commands[COUNT];
    struct answer answers[COUNT];
    struct why why = { 0 };

    memset(large, 'x', sizeof large);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "k%d", i);
        args[i][0] = TEXT_LITERAL("1");
        args[i][1] = text_of(names[i]);
        args[i][2] = (struct text){ large, sizeof large - (size_t)i };
        commands[i] = (struct command){ .script = &echo, .args = args[i], .count = 3 };
    }
    for (int turn = 0; turn < 2; turn++) { /* EVAL, then EVALSHA */
        ck_assert_msg(way.run(way.self, commands, COUNT, answers, &why) == FAULT_NONE, "%s",
                      why.text);
        for (int i = 0; i < COUNT; i++) {
            ck_assert_int_eq(answers[i].kind, ANSWER_LIST);
            ck_assert(text_equal(answers[i].items[0].text, text_of(names[i])));
            ck_assert(text_equal(answers[i].items[1].text, args[i][2]));
        }
    }
    store_free(store);
}
END_TEST

START_TEST(many_small_commands_are_answered_in_order)
{
    enum { COUNT = 200000 };
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct text incr[] = { TEXT_LITERAL("INCR"), TEXT_LITERAL("n") };
    struct command *commands = calloc(COUNT, sizeof *commands);
    struct answer *answers = calloc(COUNT, sizeof *answers);

    for (int i = 0; i < COUNT; i++)
        commands[i] = (struct command){ .args = incr, .count = 2 };
    ck_assert_int_eq(way.run(way.self, commands, COUNT, answers, NULL), FAULT_NONE);
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(answers[i].integer, i + 1);
    free(answers);
    free(commands);
    store_free(store);
}
END_TEST

START_TEST(a_forgotten_script_is_sent_again_as_text_in_the_same_run)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct script add = { .name = "add",
                                .source = TEXT_LITERAL("return redis.call('INCR', KEYS[1])"),
                                .number = 3 };
    const struct script two = { .name = "two", .source = TEXT_LITERAL("return 2"), .number = 4 };
    const struct text one_key[] = { TEXT_LITERAL("1"), TEXT_LITERAL("n") };
    const struct text no_key[] = { TEXT_LITERAL("0") };
    const struct text flush[] = { TEXT_LITERAL("SCRIPT"), TEXT_LITERAL("FLUSH") };
    const struct command commands[] = {
        { .script = &add, .args = one_key, .count = 2 },
        { .args = flush, .count = 2 },
        { .script = &two, .args = no_key, .count = 1 },
        { .script = &add, .args = one_key, .count = 2 },
    };
    struct answer a[4];

    for (int64_t turn = 0; turn < 3; turn++) {
        ck_assert_int_eq(way.run(way.self, commands, 4, a, NULL), FAULT_NONE);
        ck_assert_int_eq(a[0].kind, ANSWER_INTEGER);
        ck_assert_int_eq(a[2].integer, 2);
        ck_assert_int_eq(a[3].kind, ANSWER_INTEGER);
        ck_assert_int_eq(a[0].integer + a[3].integer, 4 * turn + 3); /* each ran once */
    }
    store_free(store);
}
END_TEST

START_TEST(an_error_of_a_script_is_its_answer)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct script bad = { .name = "bad",
                                .source = TEXT_LITERAL("this is not Lua"),
                                .number = 0 };
    const struct text no_key[] = { TEXT_LITERAL("0") };
    struct answer a;

    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(way.run(way.self,
                                 &(struct command){ .script = &bad, .args = no_key, .count = 1 }, 1,
                                 &a, NULL),
                         FAULT_NONE);
        ck_assert_int_eq(a.kind, ANSWER_ERROR);
    }
    ck_assert_uint_eq(store_connections(store), 1);
    store_free(store);
}
END_TEST

START_TEST(after_a_loss_the_next_run_connects_again_and_knows_its_scripts)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct script two = { .name = "two", .source = TEXT_LITERAL("return 2"), .number = 0 };
    const struct text no_key[] = { TEXT_LITERAL("0") };
    const struct command command = { .script = &two, .args = no_key, .count = 1 };
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    own_redis_stop();
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_str_ne(why.text, "");
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_STORE_AWAY);
    ck_assert_uint_eq(store_connections(store), 1);
    own_redis_start(NULL);
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    ck_assert_int_eq(a.integer, 2);
    ck_assert_uint_eq(store_connections(store), 2);
    store_free(store);
}
END_TEST

START_TEST(what_was_answered_before_a_loss_stays_answered)
{
    struct store *store = own_redis_open(own_redis.url, 0);
    const struct store_way way = store_way(store);
    const struct text set[] = { TEXT_LITERAL("SET"), TEXT_LITERAL("k"), TEXT_LITERAL("v") };
    const struct text quit[] = { TEXT_LITERAL("QUIT") };
    const struct command commands[] = { { .args = set, .count = 3 },
                                        { .args = quit, .count = 1 },
                                        { .args = set, .count = 3 } };
    struct answer a[3];

    ck_assert_int_eq(way.run(way.self, commands, 3, a, NULL), FAULT_STORE_AWAY);
    ck_assert_int_eq(a[0].kind, ANSWER_TEXT);
    ck_assert_int_eq(a[1].kind, ANSWER_TEXT);
    ck_assert_int_eq(a[2].kind, ANSWER_AWAY);
    ck_assert_int_eq(way.run(way.self, commands, 1, a, NULL), FAULT_NONE);
    store_free(store);
}
END_TEST

START_TEST(silence_longer_than_the_limit_is_a_loss)
{
    struct store *store = own_redis_open(own_redis.url, 100);
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(RUN(store, &a, &why, "BLPOP", "nothing", "0"), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "100 ms"));
    /* the late answer of the old connection can't be taken for this one's */
    ck_assert_int_eq(RUN(store, &a, &why, "ECHO", "new"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("new")));
    store_free(store);
}
END_TEST

START_TEST(a_busy_redis_is_away_not_an_error)
{
    struct store *store = own_redis_open(own_redis.url, 0),
                 *other = own_redis_open(own_redis.url, 300);
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(RUN(store, &a, &why, "CONFIG", "SET", "busy-reply-threshold", "50"),
                     FAULT_NONE);
    ck_assert_int_eq(RUN(other, &a, &why, "EVAL", "while true do end", "0"), FAULT_STORE_AWAY);
    ck_assert_int_eq(RUN(store, &a, &why, "GET", "k"), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "BUSY"));
    ck_assert_int_eq(RUN(store, &a, &why, "SCRIPT", "KILL"), FAULT_NONE);
    enum fault fault = FAULT_STORE_AWAY; /* the script ends a little after it was killed */
    for (int i = 0; i < 100000 && fault != FAULT_NONE; i++)
        fault = RUN(store, &a, &why, "GET", "k");
    ck_assert_int_eq(fault, FAULT_NONE);
    ck_assert_uint_eq(store_connections(store), 1); /* it was busy, not lost */
    /* BUSYGROUP begins alike and is an error */
    ck_assert_int_eq(RUN(store, &a, &why, "XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"),
                     FAULT_NONE);
    ck_assert_int_eq(RUN(store, &a, &why, "XGROUP", "CREATE", "s", "g", "$"), FAULT_NONE);
    ck_assert_int_eq(a.kind, ANSWER_ERROR);
    store_free(other);
    store_free(store);
}
END_TEST

static bool
begins(struct text text, const char *word)
{
    return text.length >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

START_TEST(a_server_that_became_a_replica_is_connected_to_anew)
{
    struct store *store = own_redis_open(own_redis.url, 0),
                 *other = own_redis_open(own_redis.url, 0);
    struct answer a;
    struct why why = { 0 };

    DO(store, "SET", "k", "1");
    DO(other, "REPLICAOF", "127.0.0.1", "1");
    for (uint64_t turn = 1; turn <= 2; turn++) {
        ck_assert_int_eq(RUN(store, &a, &why, "SET", "k", "2"), FAULT_NONE);
        ck_assert_int_eq(a.kind, ANSWER_ERROR);
        ck_assert(begins(a.text, "READONLY"));
        ck_assert_uint_eq(store_connections(store), turn);
    }
    DO(other, "CONFIG", "SET", "replica-serve-stale-data", "no");
    ck_assert_int_eq(RUN(store, &a, &why, "GET", "k"), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "MASTERDOWN"));
    DO(other, "REPLICAOF", "NO", "ONE");
    DO(store, "SET", "k", "3");
    store_free(other);
    store_free(store);
}
END_TEST

START_TEST(a_redis_that_loads_is_away_until_it_has_loaded)
{
    char *const slow[] = { (char[]){ "--key-load-delay" },
                           (char[]){ "2000" }, /* microseconds a key */
                           (char[]){ "--loading-process-events-interval-bytes" },
                           (char[]){ "1024" }, NULL };
    struct store *store = own_redis_open(own_redis.url, 0);
    const char *fill = "for i = 1, 400 do redis.call('SET', i, string.rep('x', 100)) end";
    struct answer a;
    struct why why = { 0 };
    enum fault fault = FAULT_STORE_AWAY;
    bool was_loading = false;

    DO(store, "EVAL", fill, "0");
    DO(store, "SAVE");
    own_redis_stop();
    own_redis_start(slow);
    for (int i = 0; i < 10000 && fault != FAULT_NONE; i++) {
        fault = RUN(store, &a, &why, "GET", "400");
        was_loading = was_loading || (fault != FAULT_NONE && strstr(why.text, "LOADING") != NULL);
        (void)usleep(5000);
    }
    ck_assert(was_loading);
    ck_assert_int_eq(fault, FAULT_NONE);
    ck_assert_uint_eq(a.text.length, 100);
    store_free(store);
    char dump[96];
    (void)snprintf(dump, sizeof dump, "%s/dump.rdb", own_redis.directory);
    (void)unlink(dump);
}
END_TEST

START_TEST(what_redis_refuses_is_an_answer_that_has_its_reaction)
{
    static const struct {
        const char *const set[7], *const command[7];
        const char *word;
        enum reaction reaction;
    } rows[] = {
        { { "CONFIG", "SET", "maxmemory", "1" }, { "SET", "k", "v" }, "OOM", REACTION_WAIT },
        { { "CONFIG", "SET", "maxmemory", "0", "min-replicas-to-write", "1" },
          { "SET", "k", "v" },
          "NOREPLICAS",
          REACTION_WAIT },
        { { "CONFIG", "SET", "min-replicas-to-write", "0" },
          { "EVALSHA", "00", "0" },
          "NOSCRIPT",
          REACTION_AGAIN },
        { { "ACL", "SETUSER", "default", "-set" }, { "SET", "k", "v" }, "NOPERM", REACTION_STOP },
        { { "PING" }, { "NOSUCHCOMMAND" }, "ERR", REACTION_STOP },
    };
    struct store *store = own_redis_open(own_redis.url, 0);
    struct answer a;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(own_redis_run(store, &a, NULL, rows[i].set), FAULT_NONE);
        ck_assert_int_ne(a.kind, ANSWER_ERROR);
        ck_assert_int_eq(own_redis_run(store, &a, NULL, rows[i].command), FAULT_NONE);
        ck_assert_int_eq(a.kind, ANSWER_ERROR);
        ck_assert_msg(begins(a.text, rows[i].word), "%s: %.*s", rows[i].word, text_shown(a.text),
                      a.text.at);
        ck_assert_int_eq(error_reaction(a.text), rows[i].reaction);
    }
    store_free(store);
}
END_TEST

START_TEST(an_error_is_known_by_its_first_word_or_a_phrase)
{
    static const struct {
        const char *error;
        enum reaction reaction;
    } rows[] = {
        { "", REACTION_STOP },
        { "BUSY", REACTION_AWAY },
        { "BUSY Redis is busy running a script", REACTION_AWAY },
        { "BUSYGROUP Consumer Group name already exists", REACTION_STOP },
        { "ERR BUSY", REACTION_STOP },
        { "ERR max number of clients reached", REACTION_AWAY },
        { "ERR Error running script: script tried accessing a non local key in a cluster node",
          REACTION_AWAY },
        { "CLUSTERDOWN Hash slot not served", REACTION_AWAY },
        { "MASTERDOWN Link with MASTER is down", REACTION_AWAY },
        { "TRYAGAIN Multiple keys request during rehashing of slot", REACTION_AWAY },
        { "MISCONF Redis is configured to save RDB snapshots", REACTION_WAIT },
        { "ASK 42 127.0.0.1:7001", REACTION_AGAIN },
        { "CROSSSLOT Keys in request don't hash to the same slot", REACTION_STOP },
        { "NOAUTH Authentication required.", REACTION_STOP },
        { "ERR Protocol error: unauthenticated multibulk length", REACTION_STOP },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(error_reaction(text_of(rows[i].error)) == rows[i].reaction, "%s",
                      rows[i].error);
    ck_assert_ptr_nonnull(
        strstr(error_remedy(TEXT_LITERAL("ERR Protocol error: unauthenticated bulk length")),
               "password into the URL"));
    ck_assert_str_eq(error_remedy(TEXT_LITERAL("ERR unknown command")), "");
}
END_TEST

START_TEST(a_wrong_password_is_an_error_of_every_command)
{
    static const struct {
        const char *login;
        enum answer_kind kind;
        const char *says;
    } rows[] = {
        { "", ANSWER_ERROR, "NOAUTH" },
        { ":wrong@", ANSWER_ERROR, "WRONGPASS" },
        { "nobody:s%40cret@", ANSWER_ERROR, "WRONGPASS" },
        { ":s%40cret@", ANSWER_TEXT, "PONG" },
        { "default:s%40cret@", ANSWER_TEXT, "PONG" },
    };
    char *const more[] = { (char[]){ "--requirepass" }, (char[]){ "s@cret" }, NULL };

    own_redis_stop();
    own_redis_start(more);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[160];
        (void)snprintf(at, sizeof at, "unix://%s%s?db=1", rows[i].login, own_redis.socket_path);
        struct store *store = own_redis_open(at, 0);
        const struct store_way way = store_way(store);
        const struct text ping[] = { TEXT_LITERAL("PING") };
        const struct command commands[] = { { .args = ping, .count = 1 },
                                            { .args = ping, .count = 1 } };
        struct answer a[2];
        for (int turn = 0; turn < 2; turn++) {
            ck_assert_int_eq(way.run(way.self, commands, 2, a, NULL), FAULT_NONE);
            for (int k = 0; k < 2; k++) {
                ck_assert_int_eq(a[k].kind, rows[i].kind);
                ck_assert_int_eq(memcmp(a[k].text.at, rows[i].says, strlen(rows[i].says)), 0);
            }
        }
        store_free(store);
    }
}
END_TEST

START_TEST(a_redis_that_may_evict_is_refused)
{
    static const struct {
        const char *bytes, *policy;
        bool config_is_allowed;
        enum fault fault;
    } rows[] = {
        { "0", "allkeys-lru", true, FAULT_NONE },
        { "100mb", "noeviction", true, FAULT_NONE },
        { "100mb", "allkeys-lru", true, FAULT_STORE_EVICTS },
        { "100mb", "volatile-ttl", true, FAULT_STORE_EVICTS },
        { "100mb", "noeviction", false, FAULT_NONE },
        { "100mb", "allkeys-random", false, FAULT_STORE_EVICTS },
        { "0", "allkeys-random", false, FAULT_NONE },
    };
    struct answer a;
    struct why why = { 0 };
    char as_reader[160];

    struct store *admin = own_redis_open(own_redis.url, 0);
    ck_assert_int_eq(
        RUN(admin, &a, &why, "ACL", "SETUSER", "reader", "on", ">pw", "+@all", "-config"),
        FAULT_NONE);
    (void)snprintf(as_reader, sizeof as_reader, "unix://reader:pw@%s", own_redis.socket_path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(RUN(admin, &a, &why, "CONFIG", "SET", "maxmemory", rows[i].bytes,
                             "maxmemory-policy", rows[i].policy),
                         FAULT_NONE);
        struct store *store =
            own_redis_open(rows[i].config_is_allowed ? own_redis.url : as_reader, 0);
        ck_assert_msg(store_check_policy(store, &why) == rows[i].fault, "row %zu: %s", i, why.text);
        store_free(store);
    }
    ck_assert_int_eq(RUN(admin, &a, &why, "CONFIG", "SET", "hash-max-ziplist-entries", "33"),
                     FAULT_NONE);
    ck_assert_int_eq(store_list_fields(admin), 33);
    ck_assert_int_eq(RUN(admin, &a, &why, "ACL", "SETUSER", "reader", "-info"), FAULT_NONE);
    struct store *store = own_redis_open(as_reader, 0);
    ck_assert_int_eq(store_check_policy(store, &why), FAULT_STORE_REFUSED);
    ck_assert_int_eq(store_list_fields(store), -1);
    store_free(store);
    own_redis_stop();
    ck_assert_int_eq(store_check_policy(admin, &why), FAULT_STORE_AWAY);
    store_free(admin);
}
END_TEST

START_TEST(a_host_that_nobody_answers_for_is_away)
{
    struct store *store = own_redis_open("redis://127.0.0.1:1/0", 0);
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(RUN(store, &a, &why, "PING"), FAULT_STORE_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "onnect"));
    store_free(store);
}
END_TEST

int
main(void)
{
    int missing = own_redis_missing();
    if (missing != 0)
        return missing;
    Suite *suite = suite_create("store");
    TCase *cases = tcase_create("redis");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, own_redis_set_up, own_redis_tear_down);
    tcase_add_test(cases, each_answer_says_what_redis_said);
    tcase_add_test(cases, a_run_of_nothing_is_no_fault);
    tcase_add_test(cases, the_database_and_the_client_name_are_set_on_connecting);
    tcase_add_test(cases, a_pipeline_larger_than_all_buffers_goes_through);
    tcase_add_test(cases, many_small_commands_are_answered_in_order);
    tcase_add_test(cases, a_forgotten_script_is_sent_again_as_text_in_the_same_run);
    tcase_add_test(cases, an_error_of_a_script_is_its_answer);
    tcase_add_test(cases, after_a_loss_the_next_run_connects_again_and_knows_its_scripts);
    tcase_add_test(cases, what_was_answered_before_a_loss_stays_answered);
    tcase_add_test(cases, silence_longer_than_the_limit_is_a_loss);
    tcase_add_test(cases, a_busy_redis_is_away_not_an_error);
    tcase_add_test(cases, a_server_that_became_a_replica_is_connected_to_anew);
    tcase_add_test(cases, a_redis_that_loads_is_away_until_it_has_loaded);
    tcase_add_test(cases, what_redis_refuses_is_an_answer_that_has_its_reaction);
    tcase_add_test(cases, an_error_is_known_by_its_first_word_or_a_phrase);
    tcase_add_test(cases, a_wrong_password_is_an_error_of_every_command);
    tcase_add_test(cases, a_redis_that_may_evict_is_refused);
    tcase_add_test(cases, a_host_that_nobody_answers_for_is_away);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
