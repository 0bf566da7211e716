#include "tests/story/real_redis.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 }; /* as CMakeLists.txt says */

static char directory[64], socket_path[96];
static pid_t server;

bool
real_redis_exists(void)
{
    return system("command -v redis-server >/dev/null") == 0;
}

int
real_redis_missing(void)
{
    const char *ci = getenv("CI");

    fprintf(stderr, "SKIPPED: no redis-server to compare the invented Redis with\n");
    return ci != NULL && strcmp(ci, "true") == 0 ? EXIT_FAILURE : SKIPPED;
}

static void
be_server(void)
{
    int nowhere = open("/dev/null", O_WRONLY);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket_path,
                 "--save", "", "--dir", directory, (char *)NULL);
    _exit(127);
}

/* Its socket is there a moment before it listens. */
static bool
answers(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool connected;

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        (void)close(fd);
    return connected;
}

struct store *
real_redis_start(void)
{
    char url[128];
    struct store *store = NULL;
    struct why why;

    (void)snprintf(directory, sizeof directory, "/tmp/check_story.XXXXXX");
    if (mkdtemp(directory) == NULL)
        abort();
    (void)snprintf(socket_path, sizeof socket_path, "%s/redis.sock", directory);
    (void)snprintf(url, sizeof url, "unix://%s", socket_path);
    server = fork();
    if (server == 0)
        be_server();
    for (int i = 0; i < 6000 && !answers(); i++)
        (void)usleep(5000);
    if (store_open(&(struct store_options){ .url = url }, &store, &why) != FAULT_NONE) {
        fprintf(stderr, "%s\n", why.text);
        abort();
    }
    return store;
}

void
real_redis_stop(struct store *store)
{
    store_free(store);
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
    (void)unlink(socket_path);
    (void)rmdir(directory);
}
