/* connection.h - one connection to Redis; connection.c is the only home of
 * hiredis.
 *
 * Commands are queued by connection_send(), written when connection_receive()
 * first has to wait, and answered in the order in which they were sent.  Any
 * failure closes the connection: what was not yet answered is then unknown.
 * The answers outlive the connection; they go with connection_release().
 */
#ifndef STORE_CONNECTION_H
#define STORE_CONNECTION_H

#include "store/address.h"
#include "store/store.h"

struct connection;

/* Not connected.  NULL: out of memory.  Freeing NULL is fine; it closes. */
struct connection *connection_new(void);
void connection_free(struct connection *connection);

/* False also after a failure: it closes the connection. */
bool connection_is_up(const struct connection *connection);

/* Connect; nothing is sent yet.  connect_ms bounds the connecting, and the
 * silence afterwards until connection_patience() says otherwise. */
MUST_USE enum fault connection_dial(struct connection *connection, const struct address *address,
                                    int connect_ms, struct why *why);
/* The longest silence while an answer is due. */
MUST_USE enum fault
connection_patience(struct connection *connection, int command_ms, struct why *why);
/* What was sent and not answered is unknown then; received answers stay. */
void connection_close(struct connection *connection);

/* Queue one command of head_count + count arguments, head first; the bytes
 * are copied. */
MUST_USE enum fault
connection_send(struct connection *connection, const struct text *head, size_t head_count,
                const struct text *args, size_t count, struct why *why);

/* Bytes of arguments queued since the last connection_receive(). */
size_t connection_queued(const struct connection *connection);

/* Write what is queued, without waiting for an answer. */
MUST_USE enum fault connection_write(struct connection *connection, struct why *why);

/* Write what is queued and read the next answer, which stays good until
 * connection_release(). */
MUST_USE enum fault
connection_receive(struct connection *connection, struct answer *out, struct why *why);

/* Free all answers that were received. */
void connection_release(struct connection *connection);

#endif
