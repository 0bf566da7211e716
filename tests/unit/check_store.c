/* A store against a real redis-server on a unix socket.  Without redis-server
 * the tests are skipped and say so; with CI=true that is a failure. */
#include "store/store.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MOST = 8, SKIPPED = 77 };

static char directory[64], socket_path[96], url[128];
static pid_t server;

static void
be_server(char *const more[])
{
    char *argv[24] = { (char[]){ "redis-server" },
                       (char[]){ "--port" },
                       (char[]){ "0" },
                       (char[]){ "--unixsocket" },
                       socket_path,
                       (char[]){ "--save" },
                       (char[]){ "" },
                       (char[]){ "--dir" },
                       directory,
                       (char[]){ "--loglevel" },
                       (char[]){ "warning" } };
    size_t count = 11;

    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        argv[count++] = more[i];
    argv[count] = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test is killed */
    (void)dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    (void)execvp("redis-server", argv);
    _exit(127);
}

static bool
listens(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    bool yes = connect(s, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(s);
    return yes;
}

static void
server_start(char *const more[])
{
    server = fork();
    if (server == 0)
        be_server(more);
    for (int i = 0; i < 1000 && !listens(); i++)
        (void)usleep(5000);
    ck_assert_msg(listens(), "redis-server did not start");
}

static void
server_stop(void)
{
    if (server > 0) {
        (void)kill(server, SIGKILL);
        (void)waitpid(server, NULL, 0);
    }
    server = 0;
    (void)unlink(socket_path);
}

static void
set_up(void)
{
    (void)snprintf(directory, sizeof directory, "/tmp/check_store.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(socket_path, sizeof socket_path, "%s/redis.sock", directory);
    (void)snprintf(url, sizeof url, "unix://%s", socket_path);
    (void)signal(SIGPIPE, SIG_IGN);
    server_start(NULL);
}

static void
tear_down(void)
{
    server_stop();
    (void)rmdir(directory);
}

static struct store *
open_store(const char *at, int command_ms)
{
    struct store *store = NULL;
    struct why why = { 0 };

    ck_assert_int_eq(
        store_open(
            &(struct store_options){ .url = at, .command_ms = command_ms, .client_name = "check" },
            &store, &why),
        FAULT_NONE);
    return store;
}

/* Run one command of words. */
static enum fault
run_words(struct store *store, struct answer *answer, struct why *why, const char *const *words)
{
    struct text args[ARGS_MOST];
    struct command command = { .args = args };
    const struct store_way way = store_way(store);

    for (; words[command.count] != NULL; command.count++)
        args[command.count] = text_of(words[command.count]);
    return way.run(way.self, &command, 1, answer, why);
}
#define RUN(store, answer, why, ...)                                                               \
    run_words((store), (answer), (why), (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(each_answer_says_what_redis_said)
{
    struct store *store = open_store(url, 0);
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
    struct store *store = open_store(url, 0);
    const struct store_way way = store_way(store);

    ck_assert_int_eq(way.run(way.self, NULL, 0, NULL, NULL), FAULT_NONE);
    store_free(store);
}
END_TEST

START_TEST(the_database_and_the_client_name_are_set_on_connecting)
{
    char third[160];
    struct answer a;

    (void)snprintf(third, sizeof third, "%s?db=3", url);
    struct store *store = open_store(third, 0);
    ck_assert_int_eq(RUN(store, &a, NULL, "SET", "here", "1"), FAULT_NONE);
    ck_assert_int_eq(RUN(store, &a, NULL, "CLIENT", "GETNAME"), FAULT_NONE);
    ck_assert(text_equal(a.text, TEXT_LITERAL("check")));
    store_free(store);

    store = open_store(url, 0);
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
    struct store *store = open_store(url, 0);
    const struct store_way way = store_way(store);
    const struct script echo = { "echo", TEXT_LITERAL("return {KEYS[1], ARGV[1]}"), 0 };
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
    struct store *store = open_store(url, 0);
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
    struct store *store = open_store(url, 0);
    const struct store_way way = store_way(store);
    const struct script add = { "add", TEXT_LITERAL("return redis.call('INCR', KEYS[1])"), 3 };
    const struct script two = { "two", TEXT_LITERAL("return 2"), 4 };
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
    struct store *store = open_store(url, 0);
    const struct store_way way = store_way(store);
    const struct script bad = { "bad", TEXT_LITERAL("this is not Lua"), 0 };
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
    struct store *store = open_store(url, 0);
    const struct store_way way = store_way(store);
    const struct script two = { "two", TEXT_LITERAL("return 2"), 0 };
    const struct text no_key[] = { TEXT_LITERAL("0") };
    const struct command command = { .script = &two, .args = no_key, .count = 1 };
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    server_stop();
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_str_ne(why.text, "");
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_STORE_AWAY);
    ck_assert_uint_eq(store_connections(store), 1);
    server_start(NULL);
    ck_assert_int_eq(way.run(way.self, &command, 1, &a, &why), FAULT_NONE);
    ck_assert_int_eq(a.integer, 2);
    ck_assert_uint_eq(store_connections(store), 2);
    store_free(store);
}
END_TEST

START_TEST(what_was_answered_before_a_loss_stays_answered)
{
    struct store *store = open_store(url, 0);
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
    struct store *store = open_store(url, 100);
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
    struct store *store = open_store(url, 0), *other = open_store(url, 300);
    struct answer a;
    struct why why = { 0 };

    ck_assert_int_eq(RUN(store, &a, &why, "CONFIG", "SET", "busy-reply-threshold", "50"),
                     FAULT_NONE);
    ck_assert_int_eq(RUN(other, &a, &why, "EVAL", "while true do end", "0"), FAULT_STORE_AWAY);
    ck_assert_int_eq(RUN(store, &a, &why, "GET", "k"), FAULT_STORE_AWAY);
    ck_assert_int_eq(a.kind, ANSWER_AWAY);
    ck_assert_ptr_nonnull(strstr(why.text, "BUSY"));
    ck_assert_int_eq(RUN(store, &a, &why, "SCRIPT", "KILL"), FAULT_NONE);
    ck_assert_int_eq(RUN(store, &a, &why, "GET", "k"), FAULT_NONE);
    /* BUSYGROUP begins alike and is an error */
    ck_assert_int_eq(RUN(store, &a, &why, "XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"),
                     FAULT_NONE);
    ck_assert_int_eq(RUN(store, &a, &why, "XGROUP", "CREATE", "s", "g", "$"), FAULT_NONE);
    ck_assert_int_eq(a.kind, ANSWER_ERROR);
    store_free(other);
    store_free(store);
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

    server_stop();
    server_start(more);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char at[160];
        (void)snprintf(at, sizeof at, "unix://%s%s?db=1", rows[i].login, socket_path);
        struct store *store = open_store(at, 0);
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

    struct store *admin = open_store(url, 0);
    ck_assert_int_eq(
        RUN(admin, &a, &why, "ACL", "SETUSER", "reader", "on", ">pw", "+@all", "-config"),
        FAULT_NONE);
    (void)snprintf(as_reader, sizeof as_reader, "unix://reader:pw@%s", socket_path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_int_eq(RUN(admin, &a, &why, "CONFIG", "SET", "maxmemory", rows[i].bytes,
                             "maxmemory-policy", rows[i].policy),
                         FAULT_NONE);
        struct store *store = open_store(rows[i].config_is_allowed ? url : as_reader, 0);
        ck_assert_msg(store_check_policy(store, &why) == rows[i].fault, "row %zu: %s", i, why.text);
        store_free(store);
    }
    ck_assert_int_eq(RUN(admin, &a, &why, "ACL", "SETUSER", "reader", "-info"), FAULT_NONE);
    struct store *store = open_store(as_reader, 0);
    ck_assert_int_eq(store_check_policy(store, &why), FAULT_STORE_REFUSED);
    store_free(store);
    server_stop();
    ck_assert_int_eq(store_check_policy(admin, &why), FAULT_STORE_AWAY);
    store_free(admin);
}
END_TEST

START_TEST(a_host_that_nobody_answers_for_is_away)
{
    struct store *store = open_store("redis://127.0.0.1:1/0", 0);
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
    Suite *suite = suite_create("store");
    TCase *cases = tcase_create("redis");

    if (system("command -v redis-server >/dev/null") != 0) {
        const char *ci = getenv("CI");
        fprintf(stderr,
                "SKIPPED: redis-server is not installed, nothing of the store was tested\n");
        suite_add_tcase(suite, cases);
        srunner_free(srunner_create(suite));
        return ci != NULL && strcmp(ci, "true") == 0 ? 1 : SKIPPED;
    }
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
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
