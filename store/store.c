/* A run: commands to all servers that they are for, side by side, and the
 * answers in the order of the commands, whatever fails on the way.
 *
 *  enlist_all   each command goes to the end of its node's lane
 *  exchange     all lanes at once: queue up to 1 MiB a node, write, read, go on
 *  enlist_again what did not run (NOSCRIPT, MOVED, ASK) goes to another lane
 *  exchange     ... at most six times in all
 *  settle       errors that will pass become ANSWER_AWAY
 *
 * A lane is a list of numbers of commands through steps[].next, so nothing is
 * copied.  A command that was sent and not answered is never sent again here:
 * it may have run (docs/protocol.md, rule 19). */
#include "store/store.h"

#include "base/grow.h"
#include "store/errors.h"
#include "store/route.h"

enum {
    CONNECT_MS = 2000,
    COMMAND_MS = 10000,
    QUEUE_BYTES_MOST = 1024 * 1024, /* of a node; then its answers are read before more is sent */
    ROUNDS_MOST = 6,                /* a command is sent again at most so often */
};

/* What a run notes about a command. */
struct step {
    size_t next;       /* of its lane */
    size_t before;     /* answers that come before its own */
    struct node *node; /* where it went; NULL: nowhere */
    enum manner manner;
};

struct store {
    struct introduction introduction;
    struct route route;
    struct step *steps;
    size_t step_room;
};

enum fault
store_open(const struct store_options *options, struct store **out, struct why *why)
{
    struct store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for a store");
    struct introduction *us = &store->introduction;
    enum fault fault = store_url_read(text_of(options->url), &us->url, why);
    us->connect_ms = options->connect_ms > 0 ? options->connect_ms : CONNECT_MS;
    us->command_ms = options->command_ms > 0 ? options->command_ms : COMMAND_MS;
    /* A sentinel may still name a master that was deposed a moment ago. */
    us->must_be_master = us->url.kind == URL_SENTINEL;
    if (options->client_name != NULL)
        (void)snprintf(us->client_name, sizeof us->client_name, "%s", options->client_name);
    if (fault == FAULT_NONE)
        fault = route_open(&store->route, us, why);
    if (fault != FAULT_NONE) {
        store_free(store);
        return fault;
    }
    *out = store;
    return FAULT_NONE;
}

void
store_free(struct store *store)
{
    if (store == NULL)
        return;
    route_close(&store->route);
    free(store->steps);
    free(store);
}

uint64_t
store_connections(const struct store *store)
{
    return store->introduction.connections;
}

/* ---- a run ------------------------------------------------------------------ */

struct run {
    const struct command *commands;
    size_t count;
    struct answer *answers;
    enum fault fault; /* the first that made an answer ANSWER_AWAY, or a worse one */
    struct why why;
};

/* Remember why something is away: the first reason is told. */
static void
note_fault(struct run *run, enum fault fault, const struct why *why)
{
    if (run->fault != FAULT_NONE && fault == FAULT_STORE_AWAY)
        return;
    run->fault = fault;
    run->why = *why;
}

/* To the end of the node's lane.  Commands of one node keep their order. */
static void
enlist(struct store *store, size_t i, struct node *node, enum manner manner)
{
    struct lane *lane = &node->lane;

    store->steps[i] = (struct step){ .next = LANE_END, .node = node, .manner = manner };
    if (lane->first == LANE_END)
        lane->first = i;
    else
        store->steps[lane->last].next = i;
    lane->last = i;
}

/* The node failed: what it has not answered is away. */
static void
lose_lane(struct store *store, struct run *run, struct node *node, enum fault fault,
          const struct why *why)
{
    /* What was not sent is away as well: the order of commands may matter to
     * the caller. */
    connection_close(node->connection);
    route_doubt(&store->route);
    note_fault(run, fault, why);
    for (size_t i = node->lane.to_read; i != LANE_END; i = store->steps[i].next)
        run->answers[i] = (struct answer){ .kind = ANSWER_AWAY };
    node->lane.to_send = node->lane.to_read = LANE_END;
}

/* Connects, and settles the whole lane when that is not possible: away, or the
 * refusal for each command. */
static void
begin_lane(struct store *store, struct run *run, struct node *node)
{
    struct lane *lane = &node->lane;
    struct why why = { 0 };

    lane->to_send = lane->to_read = lane->first;
    if (lane->first == LANE_END)
        return;
    enum fault fault = node_connect(node, &why);
    if (fault != FAULT_NONE) {
        lose_lane(store, run, node, fault, &why);
        return;
    }
    if (node->refusal[0] == '\0')
        return;
    for (size_t i = lane->first; i != LANE_END; i = store->steps[i].next)
        run->answers[i] = (struct answer){ .kind = ANSWER_ERROR, .text = text_of(node->refusal) };
    lane->to_send = lane->to_read = LANE_END;
}

/* Queue what may be queued; write it at once when others are to be served
 * meanwhile. */
static void
send_some(struct store *store, struct run *run, struct node *node, bool at_once)
{
    struct lane *lane = &node->lane;
    struct why why = { 0 };
    enum fault fault = FAULT_NONE;

    if (lane->to_send == LANE_END)
        return;
    while (lane->to_send != LANE_END && fault == FAULT_NONE &&
           connection_queued(node->connection) < QUEUE_BYTES_MOST) {
        struct step *step = &store->steps[lane->to_send];
        fault = node_send(node, &run->commands[lane->to_send], step->manner, &step->before, &why);
        lane->to_send = step->next;
    }
    /* With one node alone the first wait for an answer writes. */
    if (fault == FAULT_NONE && at_once)
        fault = connection_write(node->connection, &why);
    if (fault != FAULT_NONE)
        lose_lane(store, run, node, fault, &why);
}

/* Read the answers of all that was sent. */
static void
read_some(struct store *store, struct run *run, struct node *node)
{
    struct lane *lane = &node->lane;
    struct why why = { 0 };
    enum fault fault = FAULT_NONE;

    while (lane->to_read != lane->to_send) {
        size_t i = lane->to_read;
        for (; store->steps[i].before > 0 && fault == FAULT_NONE; store->steps[i].before--)
            fault = node_learn(node, &run->commands[i], &why);
        if (fault == FAULT_NONE)
            fault = connection_receive(node->connection, &run->answers[i], &why);
        if (fault != FAULT_NONE) {
            lose_lane(store, run, node, fault, &why);
            return;
        }
        lane->to_read = store->steps[i].next;
    }
}

/* Send and read in turn, a limited amount at a time, so that neither side has
 * to hold a whole large pipeline; all nodes work at once.  Empties the lanes. */
static void
exchange(struct store *store, struct run *run)
{
    const struct route *route = &store->route;
    size_t busy = 0;
    bool more = true;

    for (size_t n = 0; n < route->count; n++) {
        busy += route->nodes[n]->lane.first != LANE_END;
        begin_lane(store, run, route->nodes[n]);
    }
    while (more) {
        more = false;
        for (size_t n = 0; n < route->count; n++)
            send_some(store, run, route->nodes[n], busy > 1);
        for (size_t n = 0; n < route->count; n++) {
            read_some(store, run, route->nodes[n]);
            more = more || route->nodes[n]->lane.to_send != LANE_END;
        }
    }
    for (size_t n = 0; n < route->count; n++)
        route->nodes[n]->lane.first = route->nodes[n]->lane.last = LANE_END;
}

/* ---- what did not run, and is sent again -------------------------------------- */

/* Is it the command of this name, and no script? */
static bool
is_word(const struct command *command, const char *word)
{
    return command->script == NULL && command->count > 0 &&
           text_equal(command->args[0], text_of(word));
}

/* The number of the EXEC that belongs to the MULTI at i; i when it is none. */
static size_t
transaction_end(const struct run *run, size_t i)
{
    if (!is_word(&run->commands[i], "MULTI"))
        return i;
    for (size_t end = i + 1; end < run->count; end++)
        if (is_word(&run->commands[end], "EXEC"))
            return end;
    /* MULTI without EXEC is sent as it is, command by command. */
    return i;
}

/* A transaction is refused as a whole when one of its commands is not at home;
 * so it goes to the new home as a whole.  On its way between two (ASK) it has
 * to wait. */
static bool
send_transaction_again(struct store *store, struct run *run, size_t first, size_t end)
{
    struct node *to = NULL;
    enum manner manner;

    for (size_t i = first; i <= end && to == NULL; i++)
        if (error_is(&run->answers[i], "MOVED") && store->steps[i].node != NULL) {
            enum fault fault = route_again(&store->route, store->steps[i].node, &run->answers[i],
                                           &to, &manner, &run->why);
            if (fault != FAULT_NONE)
                note_fault(run, fault, &run->why);
        }
    if (to == NULL)
        return false;
    for (size_t i = first; i <= end; i++) {
        /* Its answers of before mean nothing: EXECABORT, and QUEUED of some. */
        run->answers[i] = (struct answer){ .kind = ANSWER_AWAY };
        enlist(store, i, to, MANNER_PLAIN);
    }
    return true;
}

/* A script that finds keys by itself must not run where its slot is only about
 * to arrive: what it does not find there may come yet. */
static bool
send_again(struct store *store, struct run *run, size_t i)
{
    const struct script *script = run->commands[i].script;
    struct node *to = NULL;
    enum manner manner = MANNER_PLAIN;
    struct why why = { 0 };

    if (run->answers[i].kind != ANSWER_ERROR || store->steps[i].node == NULL ||
        (script == NULL && error_is(&run->answers[i], "NOSCRIPT")))
        return false;
    enum fault fault =
        route_again(&store->route, store->steps[i].node, &run->answers[i], &to, &manner, &why);
    if (fault != FAULT_NONE)
        note_fault(run, fault, &why);
    if (to == NULL || (manner == MANNER_ASKING && script != NULL && script->finds_keys))
        return false;
    enlist(store, i, to, manner);
    return true;
}

/* True: something goes out once more. */
static bool
enlist_again(struct store *store, struct run *run)
{
    /* With one server there is nowhere else to send a transaction to. */
    bool any = false, one = store->introduction.url.kind == URL_ONE;

    for (size_t i = 0; i < run->count; i++) {
        size_t end = one ? i : transaction_end(run, i);
        bool again =
            end > i ? send_transaction_again(store, run, i, end) : send_again(store, run, i);
        any = any || again;
        i = end;
    }
    return any;
}

/* ---- the verb --------------------------------------------------------------------- */

/* After the answers are in: errors that mean "not now" become ANSWER_AWAY.  A
 * server that has become a replica is left: its address may lead to the master
 * by now. */
static void
settle(struct store *store, struct run *run)
{
    enum url_kind kind = store->introduction.url.kind;

    for (size_t i = 0; i < run->count; i++) {
        struct answer *answer = &run->answers[i];
        struct why why;

        if (answer->kind != ANSWER_ERROR)
            continue;
        if (kind == URL_ONE && error_is(answer, "READONLY") && store->steps[i].node != NULL)
            connection_close(store->steps[i].node->connection);
        bool astray =
            (kind == URL_CLUSTER && (error_is(answer, "MOVED") || error_is(answer, "ASK"))) ||
            (kind == URL_SENTINEL && error_is(answer, "READONLY")) ||
            (run->commands[i].script != NULL && error_is(answer, "NOSCRIPT"));
        if (!astray && !error_is_not_now(answer))
            continue;
        (void)error_say(answer->text, FAULT_STORE_AWAY, &why);
        note_fault(run, FAULT_STORE_AWAY, &why);
        route_doubt(&store->route);
        answer->kind = ANSWER_AWAY;
    }
}

/* Grown to the longest run so far, and never made smaller. */
static bool
make_room(struct store *store, size_t count)
{
    struct step *larger = grow(store->steps, &store->step_room, count, sizeof *larger);

    if (larger != NULL)
        store->steps = larger;
    return larger != NULL;
}

/* Where each command goes first.  Without a key: to the node of its number. */
static void
enlist_all(struct store *store, struct run *run)
{
    const struct route *route = &store->route;

    for (size_t i = 0; i < run->count; i++) {
        const struct command *command = &run->commands[i];
        struct node *node = command->key.length == 0 ? route_node(route, command->master)
                                                     : route_of(route, command->key);
        struct why why;

        run->answers[i] = (struct answer){ .kind = ANSWER_AWAY };
        store->steps[i].node = NULL;
        if (node != NULL) {
            enlist(store, i, node, MANNER_PLAIN);
        } else if (command->key.length == 0) {
            /* So who counts masters learns that there are no more. */
            run->answers[i].kind = ANSWER_NIL;
        } else {
            (void)why_set(&why, FAULT_STORE_AWAY,
                          "no master of the cluster serves the slot of %.*s: wait for a failover, "
                          "or bring its master back",
                          text_shown(command->key), command->key.at);
            note_fault(run, FAULT_STORE_AWAY, &why);
            route_doubt(&store->route);
        }
    }
}

/* For a run of which no command goes out. */
static void
answer_all(struct run *run, struct answer answer)
{
    for (size_t i = 0; i < run->count; i++)
        run->answers[i] = answer;
}

/* The one verb (store.h).  Answers of the run before go first: they were
 * borrowed until now. */
static enum fault
run_commands(void *self, const struct command *commands, size_t count, struct answer *answers,
             struct why *why)
{
    struct store *store = self;
    struct route *route = &store->route;
    struct run run = { .commands = commands, .count = count, .answers = answers };

    for (size_t n = 0; n < route->count; n++)
        connection_release(route->nodes[n]->connection);
    /* The answers are good whatever happens from here on. */
    answer_all(&run, (struct answer){ .kind = ANSWER_AWAY });
    if (!make_room(store, count))
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu commands to Redis", count);
    enum fault fault = route_begin(route, why);
    if (fault != FAULT_NONE)
        return fault;
    /* A whole cluster that refuses us says so once for every command. */
    if (route->refusal.kind == ANSWER_ERROR) {
        answer_all(&run, route->refusal);
        return FAULT_NONE;
    }
    enlist_all(store, &run);
    exchange(store, &run);
    /* A slot that keeps moving is not followed for ever: settle() makes it
     * ANSWER_AWAY. */
    for (int round = 1; round < ROUNDS_MOST && enlist_again(store, &run); round++)
        exchange(store, &run);
    settle(store, &run);
    return run.fault == FAULT_NONE ? FAULT_NONE : why_set(why, run.fault, "%s", run.why.text);
}

struct store_way
store_way(struct store *store)
{
    return (struct store_way){ .self = store, .run = run_commands };
}
