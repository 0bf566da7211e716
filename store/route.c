/* Which server has a key: the only one, the master that sentinels name, or the
 * one that a cluster's map says.
 *
 * What is known is only a guess: between two runs a master may have died, or a
 * slot have moved.  A wrong guess costs a redirection or an error, after which
 * the route is stale and is found anew before the next run.  Nodes keep their
 * places in nodes[] while a run goes on, since the slots name them by number. */
#include "store/route.h"

#include "base/clock.h"
#include "base/grow.h"
#include "store/slots.h"

enum { ASK_AGAIN_MS = 100 };

/* ---- nodes -------------------------------------------------------------------- */

/* A node at the end of the list, with an empty lane.  Its number is its place,
 * and stays so during a run. */
static enum fault
add_node(struct route *r, const struct address *address, struct node **out, struct why *why)
{
    struct node **larger = grow(r->nodes, &r->room, r->count + 1, sizeof(struct node *));

    if (larger != NULL)
        r->nodes = larger;
    if (r->count == NODES_MOST)
        return why_set(why, FAULT_STORE_AWAY, "a cluster of more than %d masters", NODES_MOST);
    struct node *node = larger == NULL ? NULL : node_new(address, r->introduction);
    if (node == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the nodes of Redis");
    node->lane = (struct lane){ LANE_END, LANE_END, LANE_END, LANE_END };
    r->nodes[r->count++] = node;
    *out = node;
    return FAULT_NONE;
}

/* The node at an address, new if need be. */
static enum fault
node_at(struct route *r, const struct address *address, size_t *number, struct why *why)
{
    struct node *added;

    for (size_t i = 0; i < r->count; i++) {
        if (address_equal(&r->nodes[i]->address, address)) {
            *number = i;
            return FAULT_NONE;
        }
    }
    enum fault fault = add_node(r, address, &added, why);
    if (fault == FAULT_NONE)
        *number = r->count - 1;
    return fault;
}

struct node *
route_node(const struct route *r, size_t number)
{
    return number < r->count ? r->nodes[number] : NULL;
}

struct node *
route_of(const struct route *r, struct text key)
{
    size_t number = r->slots == NULL ? 0 : r->slots[slot_of(key)];

    return number == NOWHERE ? NULL : r->nodes[number];
}

enum fault
route_open(struct route *r, struct introduction *introduction, struct why *why)
{
    const struct store_url *url = &introduction->url;
    struct node *node;

    *r = (struct route){ .introduction = introduction };
    if (url->kind == URL_CLUSTER) {
        r->slots = malloc(SLOT_COUNT * sizeof *r->slots);
        return r->slots != NULL ? FAULT_NONE
                                : why_set(why, FAULT_NO_MEMORY, "no memory for a map of slots");
    }
    /* Of one server the URL says where it is.  With sentinels the node stands
     * at the address of one of them until they have named the master. */
    r->is_ready = url->kind == URL_ONE;
    return add_node(r, &url->hosts[0], &node, why);
}

void
route_close(struct route *r)
{
    for (size_t i = 0; i < r->count; i++)
        node_free(r->nodes[i]);
    free(r->nodes);
    free(r->slots);
}

/* ---- the map of a cluster --------------------------------------------------------- */

/* Forget the nodes that serve nothing any more. */
static void
drop_idle(struct route *r)
{
    bool serves[NODES_MOST] = { false };
    uint16_t moved[NODES_MOST];
    size_t kept = 0;

    for (int s = 0; s < SLOT_COUNT; s++)
        if (r->slots[s] != NOWHERE)
            serves[r->slots[s]] = true;
    for (size_t i = 0; i < r->count; i++) {
        if (serves[i]) {
            moved[i] = (uint16_t)kept;
            r->nodes[kept++] = r->nodes[i];
        } else {
            node_free(r->nodes[i]);
        }
    }
    /* Those behind one that went have moved up: the slots must name their new
     * numbers. */
    for (int s = 0; s < SLOT_COUNT; s++)
        if (r->slots[s] != NOWHERE)
            r->slots[s] = moved[r->slots[s]];
    r->count = kept;
}

/* The whole map anew, from an answer of CLUSTER SLOTS.  Rows that can't be read
 * are passed over: their slots have no master. */
static enum fault
take_map(struct route *r, const struct answer *map, const struct address *asked, struct why *why)
{
    struct slot_range range;
    char at[ADDRESS_TEXT];
    size_t number, taken = 0;

    /* A slot that no master serves is NOWHERE; its keys are away then, and no
     * others. */
    for (int s = 0; s < SLOT_COUNT; s++)
        r->slots[s] = NOWHERE;
    for (size_t i = 0; i < map->count; i++) {
        if (!slot_range_read(&map->items[i], asked, &range))
            continue;
        enum fault fault = node_at(r, &range.master, &number, why);
        if (fault != FAULT_NONE)
            return fault;
        for (int s = range.first; s <= range.last; s++)
            r->slots[s] = (uint16_t)number;
        taken++;
    }
    if (taken == 0)
        return why_set(why, FAULT_STORE_AWAY,
                       "Redis at %s knows no master with slots: is the cluster made (redis-cli "
                       "--cluster create)?",
                       address_write(asked, at));
    return FAULT_NONE;
}

/* Ask one node for the map.  It is not worth a long wait, so connect_ms bounds
 * it: others know, too. */
static enum fault
ask_node(struct route *r, struct node *node, struct why *why)
{
    const struct text args[] = { TEXT_LITERAL("CLUSTER"), TEXT_LITERAL("SLOTS") };
    const struct introduction *us = r->introduction;
    struct answer map = { .kind = ANSWER_NIL };
    enum fault fault = node_connect(node, why);

    if (fault == FAULT_NONE && node->refusal[0] != '\0')
        map = (struct answer){ .kind = ANSWER_ERROR, .text = text_of(node->refusal) };
    else if (fault == FAULT_NONE) {
        fault = connection_patience(node->connection, us->connect_ms, why);
        if (fault == FAULT_NONE)
            fault = connection_send(node->connection, NULL, 0, args, 2, why);
        if (fault == FAULT_NONE)
            fault = connection_receive(node->connection, &map, why);
        if (fault == FAULT_NONE)
            fault = connection_patience(node->connection, us->command_ms, why);
    }
    if (fault != FAULT_NONE)
        return fault;
    if (map.kind == ANSWER_LIST)
        return take_map(r, &map, &node->address, why);
    if (error_is_not_now(&map))
        return why_set(why, FAULT_STORE_AWAY, "Redis says not now: %.*s", text_shown(map.text),
                       map.text.at);
    /* Copied: the answer goes with the node that gave it. */
    (void)snprintf(r->refusal_text, sizeof r->refusal_text, "%.*s", text_shown(map.text),
                   map.text.at == NULL ? "CLUSTER SLOTS is not answered by a list" : map.text.at);
    r->refusal = (struct answer){ .kind = ANSWER_ERROR, .text = text_of(r->refusal_text) };
    return FAULT_NONE;
}

/* A host of the URL, by a node for this question alone: which nodes stay, the
 * map says. */
static enum fault
ask_host(struct route *r, const struct address *host, struct why *why)
{
    struct node *node = node_new(host, r->introduction);
    enum fault fault;

    if (node == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the nodes of Redis");
    fault = ask_node(r, node, why);
    node_free(node);
    return fault;
}

/* First those that we know, then those of the URL. */
static enum fault
find_masters(struct route *r, struct why *why)
{
    const struct store_url *url = &r->introduction->url;
    size_t known = r->count, asked = 0;
    enum fault fault = FAULT_STORE_AWAY;

    /* Another one each time, so that a node with an old map is not always the
     * first. */
    r->turn++;
    for (; asked < known && fault == FAULT_STORE_AWAY; asked++)
        fault = ask_node(r, r->nodes[(r->turn + asked) % known], why);
    for (asked = 0; asked < url->host_count && fault == FAULT_STORE_AWAY; asked++)
        fault = ask_host(r, &url->hosts[(r->turn + asked) % url->host_count], why);
    if (fault == FAULT_NONE && r->refusal.kind != ANSWER_ERROR)
        drop_idle(r);
    return fault;
}

/* ---- before a run ------------------------------------------------------------------ */

/* There is one node, which is moved to where the master is now. */
static enum fault
find_master(struct route *r, struct why *why)
{
    struct address master;
    enum fault fault = sentinel_ask(r, &master, why);

    if (fault == FAULT_NONE && r->refusal.kind != ANSWER_ERROR &&
        !address_equal(&r->nodes[0]->address, &master))
        node_move(r->nodes[0], &master);
    return fault;
}

enum fault
route_begin(struct route *r, struct why *why)
{
    enum url_kind kind = r->introduction->url.kind;
    int64_t now;
    enum fault fault;

    r->refusal.kind = ANSWER_NIL;
    if (kind == URL_ONE || (r->is_ready && !r->is_stale))
        return FAULT_NONE;
    now = clock_tick_ms();
    /* Asked a moment ago: what was wrong then is probably still wrong, and a
     * loop of runs would ask without end. */
    if (r->is_ready && now < r->asked_at + ASK_AGAIN_MS)
        return FAULT_NONE;
    fault = kind == URL_CLUSTER ? find_masters(r, why) : find_master(r, why);
    r->asked_at = clock_tick_ms();
    r->is_ready = fault == FAULT_NONE && r->refusal.kind != ANSWER_ERROR;
    /* Also after a failure: is_ready is false then, and that is enough to ask
     * again. */
    r->is_stale = false;
    return fault;
}

/* ---- when an answer says: not here --------------------------------------------------- */

void
route_doubt(struct route *r)
{
    r->is_stale = true;
}

enum fault
route_again(struct route *r, struct node *from, const struct answer *error, struct node **to,
            enum manner *manner, struct why *why)
{
    struct redirection there;
    struct address master;
    size_t number;
    enum fault fault;

    *to = NULL;
    *manner = MANNER_PLAIN;
    /* The script went by its SHA-1, and the server has forgotten it since. */
    if (error_is(error, "NOSCRIPT")) {
        *to = from;
        *manner = MANNER_TEXT;
        return FAULT_NONE;
    }
    /* The master that we knew is a replica now; a sentinel may know the new one. */
    if (r->introduction->url.kind == URL_SENTINEL && error_is(error, "READONLY")) {
        connection_close(from->connection);
        fault = sentinel_ask(r, &master, why);
        if (fault != FAULT_NONE || r->refusal.kind == ANSWER_ERROR)
            return fault;
        node_move(from, &master);
        *to = from;
        return FAULT_NONE;
    }
    if (r->slots == NULL || !redirection_read(error->text, &from->address, &there))
        return FAULT_NONE;
    fault = node_at(r, &there.to, &number, why);
    if (fault != FAULT_NONE)
        return fault;
    *to = r->nodes[number];
    /* ASK is for this one command: the slot is still the other node's. */
    if (there.is_ask) {
        *manner = MANNER_ASKING;
    } else {
        r->slots[there.slot] = (uint16_t)number;
        r->is_stale = true;
    }
    return FAULT_NONE;
}
