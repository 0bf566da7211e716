/* One server: dialled, greeted, and asked; scripts are loaded before their
 * first use on a connection.
 *
 *  not connected --node_connect--> up --any failure--> not connected
 *                       |                                   |
 *                       +-- refused: closed, the reason     +-- rests for twice the time
 *                           is told                             that the failed attempt took
 */
#include "store/node.h"

#include "base/clock.h"
#include "store/errors.h"

#include <assert.h>

enum { GREETINGS_MOST = 4 };

struct node *
node_new(const struct address *address, struct introduction *introduction)
{
    struct node *node = calloc(1, sizeof *node);
    struct connection *connection = connection_new();

    if (node == NULL || connection == NULL) {
        connection_free(connection);
        free(node);
        return NULL;
    }
    node->introduction = introduction;
    node->address = *address;
    node->connection = connection;
    return node;
}

void
node_free(struct node *node)
{
    if (node == NULL)
        return;
    connection_free(node->connection);
    free(node);
}

void
node_move(struct node *node, const struct address *address)
{
    connection_close(node->connection);
    node->address = *address;
    /* The rest was for the address before. */
    node->rest_until = 0;
}

/* ---- what an error says ------------------------------------------------------ */

bool
error_is(const struct answer *answer, const char *name)
{
    size_t length = strlen(name);

    return answer->kind == ANSWER_ERROR && answer->text.length >= length &&
           memcmp(answer->text.at, name, length) == 0 &&
           (answer->text.length == length || answer->text.at[length] == ' ');
}

bool
error_is_not_now(const struct answer *answer)
{
    return answer->kind == ANSWER_ERROR && error_reaction(answer->text) == REACTION_AWAY;
}

/* ---- connecting ----------------------------------------------------------------- */

/* ROLE's answer begins with the role.  A master that was deposed, or a replica
 * that is not yet promoted, is not where we write. */
static enum fault
judge_role(const struct node *node, const struct answer *role, struct why *why)
{
    char at[ADDRESS_TEXT];

    /* An error to ROLE is a refusal, which greet() has noted. */
    if (role->kind != ANSWER_LIST || role->count == 0 ||
        text_equal(role->items[0].text, TEXT_LITERAL("master")))
        return FAULT_NONE;
    return why_set(why, FAULT_STORE_AWAY,
                   "Redis at %s is no master (%.*s), though the sentinels name it: a failover is "
                   "under way",
                   address_write(&node->address, at), text_shown(role->items[0].text),
                   role->items[0].text.at);
}

/* Send AUTH, SELECT, CLIENT SETNAME and ROLE, and read their answers.  *refused
 * is the first refusal; a client name that Redis won't take is none. */
static enum fault
greet(struct node *node, struct answer *refused, struct why *why)
{
    const struct introduction *us = node->introduction;
    struct text auth[3] = { TEXT_LITERAL("AUTH") };
    size_t auth_count = 1, sent = 0;
    char db[12];
    enum fault fault = FAULT_NONE;

    /* AUTH with a password alone is for the default user. */
    if (us->url.user[0] != '\0')
        auth[auth_count++] = text_of(us->url.user);
    auth[auth_count++] = text_of(us->url.password);
    (void)snprintf(db, sizeof db, "%d", us->url.db);
    struct text select[2] = { TEXT_LITERAL("SELECT"), text_of(db) };
    struct text name[3] = { TEXT_LITERAL("CLIENT"), TEXT_LITERAL("SETNAME"),
                            text_of(us->client_name) };
    struct text role = TEXT_LITERAL("ROLE");
    const struct {
        bool wanted;
        const struct text *args;
        size_t count;
        bool may_fail;
    } greetings[GREETINGS_MOST] = {
        { us->url.password[0] != '\0', auth, auth_count, false },
        { us->url.db != 0, select, 2, false },
        { us->client_name[0] != '\0', name, 3, true },
        { us->must_be_master, &role, 1, false },
    };

    /* All are sent before the first answer is read: one round trip for all. */
    for (; sent < GREETINGS_MOST && fault == FAULT_NONE; sent++)
        if (greetings[sent].wanted)
            fault = connection_send(node->connection, NULL, 0, greetings[sent].args,
                                    greetings[sent].count, why);
    for (size_t i = 0; i < sent && fault == FAULT_NONE; i++) {
        struct answer answer;
        if (!greetings[i].wanted)
            continue;
        fault = connection_receive(node->connection, &answer, why);
        if (fault == FAULT_NONE && answer.kind == ANSWER_ERROR && !greetings[i].may_fail &&
            refused->kind != ANSWER_ERROR)
            *refused = answer;
        if (fault == FAULT_NONE && greetings[i].args == &role)
            fault = judge_role(node, &answer, why);
    }
    return fault;
}

/* A node is not up before it has answered the greetings: a server that accepts
 * connections and is frozen shows here, after connect_ms and not after
 * command_ms. */
static enum fault
dial(struct node *node, struct answer *refused, struct why *why)
{
    const struct introduction *us = node->introduction;
    char at[ADDRESS_TEXT];
    enum fault fault = connection_dial(node->connection, &node->address, us->connect_ms, why);

    if (fault == FAULT_NONE)
        fault = greet(node, refused, why);
    if (fault == FAULT_NONE && error_is_not_now(refused))
        fault =
            why_set(why, FAULT_STORE_AWAY, "Redis at %s says not now: %.*s",
                    address_write(&node->address, at), text_shown(refused->text), refused->text.at);
    if (fault == FAULT_NONE)
        fault = connection_patience(node->connection, us->command_ms, why);
    return fault;
}

enum fault
node_connect(struct node *node, struct why *why)
{
    struct answer refused = { .kind = ANSWER_NIL };
    struct why reason = { 0 };
    int64_t began;

    if (connection_is_up(node->connection))
        return FAULT_NONE;
    node->refusal[0] = '\0';
    began = clock_tick_ms();
    if (began < node->rest_until)
        return why_set(why, FAULT_STORE_AWAY, "%s", node->why.text);
    enum fault fault = dial(node, &refused, &reason);
    if (fault == FAULT_NONE && refused.kind == ANSWER_ERROR)
        (void)snprintf(node->refusal, sizeof node->refusal, "%.*s", text_shown(refused.text),
                       refused.text.at);
    if (fault != FAULT_NONE || refused.kind == ANSWER_ERROR)
        connection_close(node->connection);
    if (fault != FAULT_NONE) {
        int64_t now = clock_tick_ms();
        /* One that refused a connection at once is dialled again at once. */
        node->rest_until = now + 2 * (now - began);
        node->why = reason;
        return why_set(why, fault, "%s", reason.text);
    }
    if (refused.kind != ANSWER_ERROR) {
        node->introduction->connections++;
        /* A new connection may lead to a server that was restarted, and has
         * forgotten all scripts. */
        memset(node->loaded, 0, sizeof node->loaded);
    }
    return FAULT_NONE;
}

/* ---- commands ----------------------------------------------------------------------- */

/* SCRIPT LOAD goes before the first use of a script on a connection: Redis may
 * have been restarted since.  The first time, until the answer tells the
 * SHA-1, the commands themselves go as EVAL. */
static enum fault
send_script(struct node *node, const struct script *script, size_t *before, struct why *why)
{
    struct text args[3] = { TEXT_LITERAL("SCRIPT"), TEXT_LITERAL("LOAD"), script->source };

    assert(0 <= script->number && script->number < SCRIPTS_MOST);
    if (node->loaded[script->number])
        return FAULT_NONE;
    enum fault fault = connection_send(node->connection, NULL, 0, args, 3, why);
    if (fault != FAULT_NONE)
        return fault;
    /* Noted before the answer: commands of one connection are carried out in
     * order. */
    node->loaded[script->number] = true;
    ++*before;
    return FAULT_NONE;
}

enum fault
node_send(struct node *node, const struct command *command, enum manner manner, size_t *before,
          struct why *why)
{
    const struct script *script = command->script;
    struct text head[2] = { TEXT_LITERAL("EVAL"), { NULL, 0 } };
    const struct text asking = TEXT_LITERAL("ASKING");
    enum fault fault = FAULT_NONE;

    *before = 0;
    if (script != NULL)
        fault = send_script(node, script, before, why);
    if (fault == FAULT_NONE && manner == MANNER_ASKING) {
        fault = connection_send(node->connection, NULL, 0, &asking, 1, why);
        ++*before;
    }
    if (fault != FAULT_NONE)
        return fault;
    if (script == NULL)
        return connection_send(node->connection, NULL, 0, command->args, command->count, why);
    const char *sha = node->introduction->sha[script->number];
    if (manner == MANNER_TEXT || sha[0] == '\0') {
        head[1] = script->source;
    } else {
        head[0] = TEXT_LITERAL("EVALSHA");
        head[1] = (struct text){ sha, SHA_TEXT };
    }
    return connection_send(node->connection, head, 2, command->args, command->count, why);
}

/* A refusal of SCRIPT LOAD (no memory, no permission) is no fault: EVAL works
 * without.  What ASKING answers is of no interest. */
enum fault
node_learn(struct node *node, const struct command *command, struct why *why)
{
    struct answer answer;
    enum fault fault = connection_receive(node->connection, &answer, why);

    if (fault == FAULT_NONE && command->script != NULL && answer.kind == ANSWER_TEXT &&
        /* A status is a text, too: "OK" of ASKING is shorter. */
        answer.text.length == SHA_TEXT)
        memcpy(node->introduction->sha[command->script->number], answer.text.at, SHA_TEXT);
    return fault;
}
