/* own_redis.h - a redis-server of a test's own, on a unix socket in a
 * directory of its own; it ends with the test, however that ends. */
#ifndef TESTS_OWN_REDIS_H
#define TESTS_OWN_REDIS_H

#include "store/store.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWN_ARGS_MOST = 128, OWN_SKIPPED = 77 };

static struct {
    char directory[64], socket_path[96], url[128];
    pid_t pid;
} own_redis;

static inline void
own_redis_exec(char *const more[])
{
    char *argv[24] = { (char[]){ "redis-server" },
                       (char[]){ "--port" },
                       (char[]){ "0" },
                       (char[]){ "--unixsocket" },
                       own_redis.socket_path,
                       (char[]){ "--save" },
                       (char[]){ "" },
                       (char[]){ "--dir" },
                       own_redis.directory };
    size_t count = 9;

    for (size_t i = 0; more != NULL && more[i] != NULL && count < 23; i++)
        argv[count++] = more[i];
    argv[count] = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    (void)execvp("redis-server", argv);
    _exit(127);
}

static inline bool
own_redis_listens(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", own_redis.socket_path);
    bool yes = connect(s, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(s);
    return yes;
}

/* Start it with more arguments, up to NULL. */
static inline void
own_redis_start(char *const more[])
{
    own_redis.pid = fork();
    if (own_redis.pid == 0)
        own_redis_exec(more);
    for (int i = 0; i < 2000 && !own_redis_listens(); i++)
        (void)usleep(5000);
    ck_assert_msg(own_redis_listens(), "redis-server did not start");
}

static inline void
own_redis_stop(void)
{
    if (own_redis.pid > 0) {
        (void)kill(own_redis.pid, SIGKILL);
        (void)waitpid(own_redis.pid, NULL, 0);
    }
    own_redis.pid = 0;
    (void)unlink(own_redis.socket_path);
}

/* A checked fixture: one server for each test. */
static inline void
own_redis_set_up(void)
{
    (void)snprintf(own_redis.directory, sizeof own_redis.directory, "/tmp/tally_check.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(own_redis.directory));
    (void)snprintf(own_redis.socket_path, sizeof own_redis.socket_path, "%s/redis.sock",
                   own_redis.directory);
    (void)snprintf(own_redis.url, sizeof own_redis.url, "unix://%s", own_redis.socket_path);
    (void)signal(SIGPIPE, SIG_IGN);
    own_redis_start(NULL);
}

static inline void
own_redis_tear_down(void)
{
    own_redis_stop();
    (void)rmdir(own_redis.directory);
}

static inline struct store *
own_redis_open(const char *url, int command_ms)
{
    struct store *store = NULL;

    ck_assert_int_eq(
        store_open(
            &(struct store_options){ .url = url, .command_ms = command_ms, .client_name = "check" },
            &store, NULL),
        FAULT_NONE);
    return store;
}

/* Run one command of words. */
static inline enum fault
own_redis_run(struct store *store, struct answer *answer, struct why *why, const char *const *words)
{
    struct text args[OWN_ARGS_MOST];
    struct command command = { .args = args };
    const struct store_way way = store_way(store);

    for (; words[command.count] != NULL && command.count < OWN_ARGS_MOST; command.count++)
        args[command.count] = text_of(words[command.count]);
    return way.run(way.self, &command, 1, answer, why);
}
#define RUN(store, answer, why, ...)                                                               \
    own_redis_run((store), (answer), (why), (const char *const[]){ __VA_ARGS__, NULL })

/* The same, and it must succeed. */
#define DO(store, ...)                                                                             \
    do {                                                                                           \
        struct answer done_;                                                                       \
        ck_assert_int_eq(RUN((store), &done_, NULL, __VA_ARGS__), FAULT_NONE);                     \
        ck_assert_int_ne(done_.kind, ANSWER_ERROR);                                                \
    } while (0)

/* 0 when there is a redis-server.  Without one nothing is tested, which is
 * said, and is a failure where CI=true. */
static inline int
own_redis_missing(void)
{
    const char *ci = getenv("CI");

    if (system("command -v redis-server >/dev/null") == 0)
        return 0;
    fprintf(stderr, "SKIPPED: redis-server is not installed, nothing was tested\n");
    return ci != NULL && strcmp(ci, "true") == 0 ? 1 : OWN_SKIPPED;
}

#endif
