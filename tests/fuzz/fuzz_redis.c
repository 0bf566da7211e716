/* What a Redis, or something in its place, may answer: the bytes come through
 * a real socket, hiredis and our translation, and are looked at as the programs
 * look at them. */
#include "store/connection.h"
#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* BYTES_MOST fits into a socket's buffer: one thread writes all, then reads. */
enum { BYTES_MOST = 64 * 1024, ANSWERS_MOST = 64 };

static struct address place; /* a socket */
static int listener = -1;

static void
forget_socket(void)
{
    char folder[sizeof place.host];

    (void)unlink(place.host);
    (void)snprintf(folder, sizeof folder, "%s", place.host);
    *strrchr(folder, '/') = '\0';
    (void)rmdir(folder);
}

static void
listen_once(void)
{
    char folder[] = "/tmp/tally-fuzz-XXXXXX";
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    MUST(mkdtemp(folder) != NULL);
    (void)snprintf(place.host, sizeof place.host, "%s/socket", folder);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(listener >= 0);
    MUST(bind(listener, (const struct sockaddr *)&address, sizeof address) == 0);
    MUST(listen(listener, 1) == 0);
    (void)atexit(forget_socket);
}

/* Every byte of an answer is there. */
static size_t
weigh(const struct answer *answer)
{
    size_t weight = 0;

    MUST(ANSWER_ERROR <= answer->kind && answer->kind <= ANSWER_LIST);
    if (answer->kind == ANSWER_TEXT || answer->kind == ANSWER_ERROR) {
        MUST(answer->text.at != NULL);
        for (size_t i = 0; i < answer->text.length; i++)
            weight += (uint8_t)answer->text.at[i];
    }
    if (answer->kind == ANSWER_LIST)
        for (size_t i = 0; i < answer->count; i++)
            weight += weigh(&answer->items[i]);
    return weight;
}

/* hiredis makes an array as long as it is said to be, and walks all of it to
 * free it: untouched memory and seconds, no harm, but too slow to try often. */
static bool
claims_much(const uint8_t *at, size_t size)
{
    for (size_t i = 0, digits = 0; i < size; i++) {
        digits = at[i] == '*' ? 1 : digits > 0 && '0' <= at[i] && at[i] <= '9' ? digits + 1 : 0;
        if (digits > 6)
            return true;
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct connection *connection;
    static volatile size_t sum;
    const struct text ping = TEXT_LITERAL("PING");
    struct why why = { 0 };
    struct answer answers[ANSWERS_MOST];
    enum fault fault = FAULT_NONE;
    size_t count = 0;
    int peer;

    if (size > BYTES_MOST || claims_much(at, size))
        return 0;
    if (connection == NULL) {
        listen_once();
        connection = connection_new();
        MUST(connection != NULL);
    }
    MUST(connection_dial(connection, &place, 1000, &why) == FAULT_NONE);
    peer = accept(listener, NULL, NULL);
    MUST(peer >= 0);
    MUST(write(peer, at, size) == (ssize_t)size);
    MUST(shutdown(peer, SHUT_WR) == 0);
    while (fault == FAULT_NONE && count < ANSWERS_MOST) {
        fault = connection_send(connection, &ping, 1, NULL, 0, &why);
        if (fault == FAULT_NONE)
            fault = connection_receive(connection, &answers[count], &why);
        count += fault == FAULT_NONE;
    }
    MUST(fault == FAULT_NONE || (fault == FAULT_STORE_AWAY && why.text[0] != '\0'));
    MUST(connection_is_up(connection) == (fault == FAULT_NONE));
    for (size_t i = 0; i < count; i++) /* all stay good until they are released */
        sum += weigh(&answers[i]);
    connection_close(connection);
    connection_release(connection);
    close(peer);
    return 0;
}
