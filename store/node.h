/* node.h - one Redis server: a connection that says who we are, and that
 * knows which scripts the server has seen; private to store/.
 */
#ifndef STORE_NODE_H
#define STORE_NODE_H

#include "store/connection.h"
#include "store/url.h"

enum { SHA_TEXT = 40, CLIENT_NAME_BYTES = 64, REFUSAL_BYTES = 256 };

/* What all nodes of a store have in common. */
struct introduction {
    struct store_url url; /* user, password, db */
    int connect_ms, command_ms;
    char client_name[CLIENT_NAME_BYTES];
    bool must_be_master;
    uint64_t connections;             /* made so far */
    char sha[SCRIPTS_MOST][SHA_TEXT]; /* all NUL: not known yet */
};

/* The commands of a run that go to one node: a list of their numbers. */
struct lane {
    size_t first, last;
    size_t to_send, to_read; /* not yet queued; not yet answered */
};
#define LANE_END SIZE_MAX

struct node {
    struct introduction *introduction;
    struct address address;
    struct connection *connection;
    bool loaded[SCRIPTS_MOST];   /* on this connection */
    char refusal[REFUSAL_BYTES]; /* what Redis said to our greeting; "" */
    int64_t rest_until;          /* tick: not dialled before */
    struct why why;              /* why it is away */
    struct lane lane;
};

/* Not connected.  NULL: out of memory.  `introduction` is borrowed until
 * node_free(), which closes; NULL is fine. */
struct node *node_new(const struct address *address, struct introduction *introduction);
void node_free(struct node *node);
/* Let it be at another address from now on. */
void node_move(struct node *node, const struct address *address);

/* Be connected.  FAULT_NONE with node->refusal set: Redis answered, but won't
 * have us; the connection is closed again.  A server that kept us waiting in
 * vain is not dialled again for twice that time: FAULT_STORE_AWAY at once. */
MUST_USE enum fault node_connect(struct node *node, struct why *why);

/* How a command goes out. */
enum manner {
    MANNER_PLAIN,
    MANNER_TEXT,   /* its script as text: Redis has forgotten it */
    MANNER_ASKING, /* to the node that takes its slot over just now */
};

/* Queue a command.  *before: so many answers come before its own, to be given
 * to node_learn(). */
MUST_USE enum fault node_send(struct node *node, const struct command *command, enum manner manner,
                              size_t *before, struct why *why);
/* Read an answer that came before that of a command. */
MUST_USE enum fault node_learn(struct node *node, const struct command *command, struct why *why);

/* ---- what an error says ------------------------------------------------------ */

/* Is it the error of this name?  BUSY is not BUSYGROUP. */
bool error_is(const struct answer *answer, const char *name);
/* It will pass by itself. */
bool error_is_not_now(const struct answer *answer);

#endif
