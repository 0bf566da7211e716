#include "store/store.h"

#include "store/connection.h"

#include <assert.h>

enum {
    CONNECT_MS = 2000,
    COMMAND_MS = 10000,
    QUEUE_BYTES_MOST = 1024 * 1024, /* then the answers are read before more is sent */
    SHA_TEXT = 40,
    NAME_BYTES = 64,
    REFUSAL_BYTES = 256,
    GREETINGS_MOST = 3,
};

struct store {
    struct store_url url;
    int connect_ms, command_ms;
    char client_name[NAME_BYTES];
    struct connection *connection;
    uint64_t connections;
    char sha[SCRIPTS_MOST][SHA_TEXT]; /* all NUL: not known yet */
    bool loaded[SCRIPTS_MOST];        /* on this connection */
    char refusal[REFUSAL_BYTES];      /* what Redis said to our greeting */
};

enum fault
store_open(const struct store_options *options, struct store **out, struct why *why)
{
    struct store_url url;
    enum fault fault = store_url_read(text_of(options->url), &url, why);

    if (fault != FAULT_NONE)
        return fault;
    struct store *store = calloc(1, sizeof *store);
    struct connection *connection = connection_new();
    if (store == NULL || connection == NULL) {
        connection_free(connection);
        free(store);
        return why_set(why, FAULT_NO_MEMORY, "no memory for a store");
    }
    store->url = url;
    store->connection = connection;
    store->connect_ms = options->connect_ms > 0 ? options->connect_ms : CONNECT_MS;
    store->command_ms = options->command_ms > 0 ? options->command_ms : COMMAND_MS;
    if (options->client_name != NULL)
        (void)snprintf(store->client_name, sizeof store->client_name, "%s", options->client_name);
    *out = store;
    return FAULT_NONE;
}

void
store_free(struct store *store)
{
    if (store == NULL)
        return;
    connection_free(store->connection);
    free(store);
}

uint64_t
store_connections(const struct store *store)
{
    return store->connections;
}

/* ---- what an error means -------------------------------------------------- */

/* The first word of an error names it; BUSY is not BUSYGROUP. */
static bool
error_is(const struct answer *answer, const char *word)
{
    size_t length = strlen(word);

    return answer->kind == ANSWER_ERROR && answer->text.length >= length &&
           memcmp(answer->text.at, word, length) == 0 &&
           (answer->text.length == length || answer->text.at[length] == ' ');
}

static bool
means_not_now(const struct answer *answer)
{
    static const char *const WORDS[] = { "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN",
                                         "TRYAGAIN" };

    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (error_is(answer, WORDS[i]))
            return true;
    return false;
}

static int
shown(struct text t)
{
    return t.length > 200 ? 200 : (int)t.length;
}

/* ---- connecting ----------------------------------------------------------- */

/* Send AUTH, SELECT and CLIENT SETNAME, and read their answers.  *refused is
 * the first refusal; a client name that Redis won't take is none. */
static enum fault
greet(struct store *store, struct answer *refused, struct why *why)
{
    const struct store_url *url = &store->url;
    struct text auth[3] = { TEXT_LITERAL("AUTH") };
    size_t auth_count = 1, sent = 0;
    char db[12];
    enum fault fault = FAULT_NONE;

    if (url->user[0] != '\0')
        auth[auth_count++] = text_of(url->user);
    auth[auth_count++] = text_of(url->password);
    (void)snprintf(db, sizeof db, "%d", url->db);
    struct text select[2] = { TEXT_LITERAL("SELECT"), text_of(db) };
    struct text name[3] = { TEXT_LITERAL("CLIENT"), TEXT_LITERAL("SETNAME"),
                            text_of(store->client_name) };
    const struct {
        bool wanted;
        const struct text *args;
        size_t count;
        bool may_fail;
    } greetings[GREETINGS_MOST] = {
        { url->password[0] != '\0', auth, auth_count, false },
        { url->db != 0, select, 2, false },
        { store->client_name[0] != '\0', name, 3, true },
    };

    for (; sent < GREETINGS_MOST && fault == FAULT_NONE; sent++)
        if (greetings[sent].wanted)
            fault = connection_send(store->connection, NULL, 0, greetings[sent].args,
                                    greetings[sent].count, why);
    for (size_t i = 0; i < sent && fault == FAULT_NONE; i++) {
        struct answer answer;
        if (!greetings[i].wanted)
            continue;
        fault = connection_receive(store->connection, &answer, why);
        if (fault == FAULT_NONE && answer.kind == ANSWER_ERROR && !greetings[i].may_fail &&
            refused->kind != ANSWER_ERROR)
            *refused = answer;
    }
    return fault;
}

/* Be connected.  FAULT_NONE with store->refusal set: Redis answered, but
 * won't have us; the connection is closed again. */
static enum fault
connect_store(struct store *store, struct why *why)
{
    struct answer refused = { .kind = ANSWER_NIL };

    store->refusal[0] = '\0';
    if (connection_is_up(store->connection))
        return FAULT_NONE;
    enum fault fault =
        connection_dial(store->connection, &store->url, store->connect_ms, store->command_ms, why);
    if (fault == FAULT_NONE)
        fault = greet(store, &refused, why);
    if (fault == FAULT_NONE && means_not_now(&refused))
        fault = why_set(why, FAULT_STORE_AWAY, "Redis says not now: %.*s", shown(refused.text),
                        refused.text.at);
    if (fault == FAULT_NONE && refused.kind == ANSWER_ERROR)
        (void)snprintf(store->refusal, sizeof store->refusal, "%.*s", shown(refused.text),
                       refused.text.at);
    if (fault != FAULT_NONE || refused.kind == ANSWER_ERROR) {
        connection_close(store->connection);
        return fault;
    }
    store->connections++;
    memset(store->loaded, 0, sizeof store->loaded);
    return FAULT_NONE;
}

/* ---- scripts -------------------------------------------------------------- */

static bool
sha_is_known(const struct store *store, const struct script *script)
{
    return store->sha[script->number][0] != '\0';
}

/* SCRIPT LOAD for each script of the run that this connection has not seen:
 * Redis may have been restarted since.  It goes in front of the pipeline of
 * which it is part; the first time, until the answer tells the SHA-1, the
 * commands themselves go as EVAL. */
static enum fault
send_scripts(struct store *store, const struct command *commands, size_t count, size_t *sent,
             const struct script *scripts[SCRIPTS_MOST], struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        const struct script *script = commands[i].script;
        if (script == NULL)
            continue;
        assert(0 <= script->number && script->number < SCRIPTS_MOST);
        if (store->loaded[script->number])
            continue;
        struct text args[3] = { TEXT_LITERAL("SCRIPT"), TEXT_LITERAL("LOAD"), script->source };
        enum fault fault = connection_send(store->connection, NULL, 0, args, 3, why);
        if (fault != FAULT_NONE)
            return fault;
        store->loaded[script->number] = true;
        scripts[(*sent)++] = script;
    }
    return FAULT_NONE;
}

/* A refusal (no memory, no permission) is no fault: EVAL works without. */
static enum fault
receive_scripts(struct store *store, const struct script *const *scripts, size_t count,
                struct why *why)
{
    for (size_t i = 0; i < count; i++) {
        struct answer answer;
        enum fault fault = connection_receive(store->connection, &answer, why);
        if (fault != FAULT_NONE)
            return fault;
        if (answer.kind == ANSWER_TEXT && answer.text.length == SHA_TEXT)
            memcpy(store->sha[scripts[i]->number], answer.text.at, SHA_TEXT);
    }
    return FAULT_NONE;
}

/* ---- running -------------------------------------------------------------- */

static enum fault
send_command(struct store *store, const struct command *command, bool as_text, struct why *why)
{
    const struct script *script = command->script;
    struct text head[2] = { TEXT_LITERAL("EVAL"), { NULL, 0 } };

    if (script == NULL)
        return connection_send(store->connection, NULL, 0, command->args, command->count, why);
    if (as_text || !sha_is_known(store, script)) {
        head[1] = script->source;
    } else {
        head[0] = TEXT_LITERAL("EVALSHA");
        head[1] = (struct text){ store->sha[script->number], SHA_TEXT };
    }
    return connection_send(store->connection, head, 2, command->args, command->count, why);
}

/* Which commands a pass is about. */
enum pass { PASS_ALL, PASS_FORGOTTEN };

static bool
is_in_pass(enum pass pass, const struct command *command, const struct answer *answer)
{
    return pass == PASS_ALL || (command->script != NULL && error_is(answer, "NOSCRIPT"));
}

/* Send and read in turn, QUEUE_BYTES_MOST at a time, so that neither side has
 * to hold a whole large pipeline.  *done counts the commands whose answer is
 * final in this pass; a command that was sent but not answered is ANSWER_AWAY
 * already. */
static enum fault
exchange(struct store *store, enum pass pass, const struct command *commands, size_t count,
         struct answer *answers, struct why *why)
{
    const struct script *scripts[SCRIPTS_MOST];
    size_t script_count = 0, sent = 0, read = 0;
    enum fault fault = FAULT_NONE;

    if (pass == PASS_ALL)
        fault = send_scripts(store, commands, count, &script_count, scripts, why);
    while (read < count && fault == FAULT_NONE) {
        for (; sent < count && fault == FAULT_NONE &&
               connection_queued(store->connection) < QUEUE_BYTES_MOST;
             sent++)
            if (is_in_pass(pass, &commands[sent], &answers[sent]))
                fault = send_command(store, &commands[sent], pass == PASS_FORGOTTEN, why);
        if (fault == FAULT_NONE)
            fault = receive_scripts(store, scripts, script_count, why);
        script_count = 0;
        for (; read < sent && fault == FAULT_NONE; read++)
            if (is_in_pass(pass, &commands[read], &answers[read]))
                fault = connection_receive(store->connection, &answers[read], why);
    }
    return fault;
}

static void
answer_all(struct answer *answers, size_t count, struct answer answer)
{
    for (size_t i = 0; i < count; i++)
        answers[i] = answer;
}

/* After the answers are in: errors that mean "not now" become ANSWER_AWAY. */
static enum fault
settle(struct answer *answers, size_t count, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t i = 0; i < count; i++) {
        if (!means_not_now(&answers[i]))
            continue;
        if (fault == FAULT_NONE)
            fault = why_set(why, FAULT_STORE_AWAY, "Redis says not now: %.*s",
                            shown(answers[i].text), answers[i].text.at);
        answers[i].kind = ANSWER_AWAY;
    }
    return fault;
}

static enum fault
run(void *self, const struct command *commands, size_t count, struct answer *answers,
    struct why *why)
{
    struct store *store = self;
    const struct answer away = { .kind = ANSWER_AWAY };
    bool forgotten = false;

    connection_release(store->connection);
    answer_all(answers, count, away);
    enum fault fault = connect_store(store, why);
    if (fault == FAULT_NONE && store->refusal[0] != '\0') {
        answer_all(answers, count,
                   (struct answer){ .kind = ANSWER_ERROR, .text = text_of(store->refusal) });
        return FAULT_NONE;
    }
    if (fault == FAULT_NONE)
        fault = exchange(store, PASS_ALL, commands, count, answers, why);
    for (size_t i = 0; i < count; i++)
        forgotten = forgotten || is_in_pass(PASS_FORGOTTEN, &commands[i], &answers[i]);
    if (forgotten && fault == FAULT_NONE)
        fault = exchange(store, PASS_FORGOTTEN, commands, count, answers, why);
    if (fault != FAULT_NONE) {
        connection_close(store->connection);
        for (size_t i = 0; i < count; i++)
            if (is_in_pass(PASS_FORGOTTEN, &commands[i], &answers[i]))
                answers[i] = away;
    }
    enum fault settled = settle(answers, count, fault == FAULT_NONE ? why : NULL);
    return fault != FAULT_NONE ? fault : settled;
}

struct store_way
store_way(struct store *store)
{
    return (struct store_way){ .self = store, .run = run };
}
