/* One connection to one Redis; the only file that knows hiredis.
 *
 * A hiredis context that has failed can't be used again.  So every failure
 * closes it, in lose(), and the next run dials anew; what was sent and not
 * answered is unknown then, which only the caller can judge.
 *
 *  send -> hiredis' buffer -> write -> Redis -> receive -> held, until release
 */
#include "store/connection.h"

#include "base/grow.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <limits.h>
#include <sys/time.h>

/* An answer that a caller may still look at: hiredis' tree owns the bytes,
 * items are the struct answers of its lists. */
struct held {
    struct held *before;
    redisReply *reply;
    struct answer items[];
};

struct connection {
    redisContext *context; /* NULL: not connected */
    struct address address;
    int patience_ms; /* as hiredis has it */
    size_t queued;
    struct held *held; /* the last one */
    const char **argv; /* scratch of connection_send() */
    size_t *argv_lengths;
    size_t argv_room, length_room;
};

struct connection *
connection_new(void)
{
    return calloc(1, sizeof(struct connection));
}

void
connection_free(struct connection *c)
{
    if (c == NULL)
        return;
    connection_close(c);
    connection_release(c);
    free(c->argv_lengths);
    free(c->argv);
    free(c);
}

bool
connection_is_up(const struct connection *c)
{
    return c->context != NULL;
}

void
connection_close(struct connection *c)
{
    if (c->context != NULL)
        redisFree(c->context);
    c->context = NULL;
    c->queued = 0;
}

static struct timeval
timeval_of(int ms)
{
    return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
}

/* hiredis spells a time-out in two ways: EAGAIN up to 0.14, an error of its
 * own since 1.0. */
static bool
timed_out(const redisContext *context, int saved_errno)
{
#ifdef REDIS_ERR_TIMEOUT
    if (context->err == REDIS_ERR_TIMEOUT)
        return true;
#endif
    return context->err == REDIS_ERR_IO && saved_errno == EAGAIN;
}

/* Say why the connection failed, close it, hand the fault back. */
static enum fault
lose(struct connection *c, const char *doing, struct why *why)
{
    int saved_errno = errno;
    enum fault fault = FAULT_STORE_AWAY;
    char at[ADDRESS_TEXT];

    (void)address_write(&c->address, at);
    if (c->context == NULL || c->context->err == REDIS_ERR_OOM)
        fault = why_set(why, FAULT_NO_MEMORY, "%s %s: out of memory", doing, at);
    else if (timed_out(c->context, saved_errno))
        (void)why_set(why, fault, "%s %s: no answer within %d ms", doing, at, c->patience_ms);
    else
        (void)why_set(why, fault, "%s %s: %s", doing, at, c->context->errstr);
    connection_close(c);
    return fault;
}

static const char CONNECTING[] = "connecting to Redis at";

enum fault
connection_dial(struct connection *c, const struct address *address, int connect_ms,
                struct why *why)
{
    connection_close(c);
    c->address = *address;
    c->patience_ms = connect_ms;
    if (address->port == 0)
        c->context = redisConnectUnixWithTimeout(address->host, timeval_of(connect_ms));
    else
        c->context = redisConnectWithTimeout(address->host, address->port, timeval_of(connect_ms));
    if (c->context == NULL || c->context->err != 0)
        return lose(c, CONNECTING, why);
    /* A peer that vanished is noticed also while we are silent.  A socket that
     * can't do it (unix) sets an error that means nothing here. */
    if (address->port != 0 && redisEnableKeepAlive(c->context) != REDIS_OK)
        return lose(c, CONNECTING, why);
    return connection_patience(c, connect_ms, why);
}

enum fault
connection_patience(struct connection *c, int command_ms, struct why *why)
{
    if (c->context == NULL)
        return why_set(why, FAULT_STORE_AWAY, "not connected to Redis");
    c->patience_ms = command_ms;
    if (redisSetTimeout(c->context, timeval_of(command_ms)) != REDIS_OK)
        return lose(c, CONNECTING, why);
    return FAULT_NONE;
}

/* The arrays of pointers that hiredis wants; false: no memory. */
static bool
make_room(struct connection *c, size_t count)
{
    const char **argv = grow(c->argv, &c->argv_room, count, sizeof *argv);
    size_t *lengths = grow(c->argv_lengths, &c->length_room, count, sizeof *lengths);

    c->argv = argv == NULL ? c->argv : argv;
    c->argv_lengths = lengths == NULL ? c->argv_lengths : lengths;
    return argv != NULL && lengths != NULL;
}

enum fault
connection_send(struct connection *c, const struct text *head, size_t head_count,
                const struct text *args, size_t count, struct why *why)
{
    size_t total = head_count + count;

    if (c->context == NULL)
        return why_set(why, FAULT_STORE_AWAY, "not connected to Redis");
    if (total > INT_MAX || !make_room(c, total))
        return why_set(why, FAULT_NO_MEMORY, "no memory for a command of %zu arguments", total);
    for (size_t i = 0; i < total; i++) {
        struct text t = i < head_count ? head[i] : args[i - head_count];
        c->argv[i] = t.at == NULL ? "" : t.at;
        c->argv_lengths[i] = t.length;
        c->queued += t.length;
    }
    /* Copied into hiredis' buffer; nothing is written yet. */
    if (redisAppendCommandArgv(c->context, (int)total, c->argv, c->argv_lengths) != REDIS_OK)
        return lose(c, "queueing a command for Redis at", why);
    return FAULT_NONE;
}

size_t
connection_queued(const struct connection *c)
{
    return c->queued;
}

enum fault
connection_write(struct connection *c, struct why *why)
{
    int done = 0;

    if (c->context == NULL)
        return why_set(why, FAULT_STORE_AWAY, "not connected to Redis");
    errno = 0;
    while (!done)
        if (redisBufferWrite(c->context, &done) != REDIS_OK)
            return lose(c, "writing to Redis at", why);
    return FAULT_NONE;
}

/* How many struct answers the lists below a reply need.  hiredis bounds the
 * nesting (REDIS_READER_MAX_ARRAY_ELEMENTS aside, at most 9 levels). */
static size_t
items_below(const redisReply *reply)
{
    size_t n = 0;

    if (reply->type != REDIS_REPLY_ARRAY)
        return 0;
    for (size_t i = 0; i < reply->elements; i++)
        n += 1 + items_below(reply->element[i]);
    return n;
}

/* Translate a reply; the items of its lists are taken from *spare. */
static struct answer
translate(const redisReply *reply, struct answer **spare)
{
    bool is_error = reply->type == REDIS_REPLY_ERROR;
    struct answer *items = *spare;

    if (is_error || reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS)
        return (struct answer){ .kind = is_error ? ANSWER_ERROR : ANSWER_TEXT,
                                .text = { reply->str, reply->len } };
    if (reply->type == REDIS_REPLY_INTEGER)
        return (struct answer){ .kind = ANSWER_INTEGER, .integer = reply->integer };
    if (reply->type == REDIS_REPLY_NIL)
        return (struct answer){ .kind = ANSWER_NIL };
    if (reply->type != REDIS_REPLY_ARRAY) /* RESP3, which we never ask for */
        return (struct answer){ .kind = ANSWER_ERROR,
                                .text = TEXT_LITERAL("an answer of a type that RESP2 has not") };
    *spare += reply->elements;
    for (size_t i = 0; i < reply->elements; i++)
        items[i] = translate(reply->element[i], spare);
    return (struct answer){ .kind = ANSWER_LIST, .items = items, .count = reply->elements };
}

enum fault
connection_receive(struct connection *c, struct answer *out, struct why *why)
{
    void *got = NULL;
    struct answer *items;
    struct held *held;

    if (c->context == NULL)
        return why_set(why, FAULT_STORE_AWAY, "not connected to Redis");
    /* redisGetReply() writes all that is queued before it reads. */
    c->queued = 0;
    errno = 0;
    if (redisGetReply(c->context, &got) != REDIS_OK || got == NULL)
        return lose(c, "waiting for Redis at", why);
    redisReply *reply = got;
    /* Counted first, so that one allocation holds the items of all its lists. */
    held = calloc(1, sizeof *held + items_below(reply) * sizeof held->items[0]);
    if (held == NULL) {
        freeReplyObject(reply);
        /* The answer is lost, and what follows could be taken for it. */
        connection_close(c);
        return why_set(why, FAULT_NO_MEMORY, "no memory for an answer of Redis");
    }
    held->before = c->held;
    held->reply = reply;
    c->held = held;
    items = held->items;
    *out = translate(reply, &items);
    return FAULT_NONE;
}

void
connection_release(struct connection *c)
{
    while (c->held != NULL) {
        struct held *held = c->held;
        c->held = held->before;
        freeReplyObject(held->reply);
        free(held);
    }
}
