/* route.h - which node a command goes to; private to store/.
 *
 *      redis://, unix://    one node
 *      redis+sentinel://    one node, the master; where it is, a sentinel says
 *      redis+cluster://     a node a master; slots[] says who serves which slot
 *
 * What is known about a cluster may be old at any time: its nodes correct it
 * (MOVED), and it is asked for again before the next run.
 */
#ifndef STORE_ROUTE_H
#define STORE_ROUTE_H

#include "store/node.h"

enum { NODES_MOST = 1000, NOWHERE = UINT16_MAX };

struct route {
    struct introduction *introduction;
    struct node **nodes;
    size_t count, room;
    bool is_ready;         /* the nodes are known: once they were found */
    bool is_stale;         /* and may have changed since */
    int64_t asked_at;      /* tick */
    size_t turn;           /* who is asked first: another node, or sentinel, each time */
    uint16_t *slots;       /* of a cluster: node of each slot, or NOWHERE */
    struct answer refusal; /* what Redis said instead of where it is */
    char refusal_text[REFUSAL_BYTES];
};

/* Nothing is connected yet.  `introduction` is borrowed until route_close().
 * FAULT_NO_MEMORY; route_close() is to be called in either case, and frees what
 * *route holds. */
MUST_USE enum fault
route_open(struct route *route, struct introduction *introduction, struct why *why);
void route_close(struct route *route);

/* Before a run, when no answer is borrowed any more: find the nodes, if they
 * are not known or may have changed.  FAULT_NONE with route->refusal set: they
 * were refused. */
MUST_USE enum fault route_begin(struct route *route, struct why *why);

/* A node by its number; NULL: there are no so many. */
struct node *route_node(const struct route *route, size_t number);
/* Of a key; NULL: nobody serves its slot. */
struct node *route_of(const struct route *route, struct text key);

/* A node failed, or says that it is not (yet, any more) who we want. */
void route_doubt(struct route *route);
/* Where a command that did not run is to be sent again, and how; NULL: nowhere
 * now.  `from` answered it with this error. */
MUST_USE enum fault route_again(struct route *route, struct node *from, const struct answer *error,
                                struct node **to, enum manner *manner, struct why *why);

/* sentinel.c: ask the sentinels in turn, from the one of route->turn on, where
 * the master is. */
MUST_USE enum fault sentinel_ask(struct route *route, struct address *master, struct why *why);

#endif
