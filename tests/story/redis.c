#include "tests/story/redis.h"

#include "tests/story/redis_inside.h"

enum { BLOCK_BYTES = 64 * 1024 };

/* ---- arenas ------------------------------------------------------------------ */

struct arena_block {
    struct arena_block *older;
    size_t size, used;
    _Alignas(16) char at[];
};

void *
arena_take(struct arena *a, size_t size)
{
    struct arena_block *b = a->blocks;
    void *p;

    size = (size + 15) & ~(size_t)15;
    if (b == NULL || b->size - b->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

        b = must_allocate(sizeof *b + room);
        *b = (struct arena_block){ .older = a->blocks, .size = room };
        a->blocks = b;
    }
    p = b->at + b->used;
    b->used += size;
    return p;
}

void
arena_reset(struct arena *a)
{
    struct arena_block *b = a->blocks;

    if (b == NULL)
        return;
    while (b->older != NULL) {
        struct arena_block *older = b->older;

        free(b);
        b = older;
    }
    b->used = 0;
    a->blocks = b;
}

void
arena_release(struct arena *a)
{
    arena_reset(a);
    free(a->blocks);
    a->blocks = NULL;
}

struct text
arena_text(struct arena *a, struct text t)
{
    char *at = arena_take(a, t.length + 1);

    if (t.length > 0)
        memcpy(at, t.at, t.length);
    at[t.length] = '\0';
    return (struct text){ at, t.length };
}

struct answer
arena_answer(struct arena *a, const struct answer *from)
{
    struct answer to = *from;
    struct answer *items;

    if (from->text.at != NULL)
        to.text = arena_text(a, from->text);
    if (from->kind == ANSWER_LIST) {
        items = arena_take(a, (from->count + 1) * sizeof *items);
        for (size_t i = 0; i < from->count; i++)
            items[i] = arena_answer(a, &from->items[i]);
        to.items = items;
    }
    return to;
}

/* ---- the server -------------------------------------------------------------- */

struct redis *
redis_new(void)
{
    struct redis *r = must_allocate(sizeof *r);

    memset(r, 0, sizeof *r);
    r->lua_memory = lua_memory_new();
    r->lua = script_state_new(r);
    return r;
}

void
redis_free(struct redis *r)
{
    if (r == NULL)
        return;
    redis_tear_forget(r);
    arena_release(&r->tear.memory);
    keyspace_clear(&r->keys);
    lua_close(r->lua);
    lua_memory_free(r->lua_memory);
    arena_release(&r->scratch);
    arena_release(&r->asked);
    free(r);
}

void
redis_clear(struct redis *r)
{
    redis_tear_forget(r);
    keyspace_clear(&r->keys);
    r->now_ms = 0;
    r->starts = 0;
}

void
redis_set_clock(struct redis *r, int64_t now_ms)
{
    r->now_ms = now_ms;
}

int64_t
redis_clock(const struct redis *r)
{
    return r->now_ms;
}

void
redis_mistake(struct redis *r, const char *script, const char *cut, const char *paste)
{
    if (r->mistake_count == MISTAKES_MOST)
        abort();
    r->mistakes[r->mistake_count].script = script;
    r->mistakes[r->mistake_count].cut = cut;
    r->mistakes[r->mistake_count++].paste = paste;
    script_forget(r);
}

uint64_t
redis_scripts_run(const struct redis *r)
{
    return r->scripts_run;
}

static struct answer
execute(struct redis *r, const struct command *c, struct arena *into)
{
    struct call call = { .r = r, .args = c->args, .count = c->count };

    r->slot = NULL;
    if (c->script != NULL)
        return script_run(r, c, into);
    if (c->key.at == NULL && c->master > 0) /* there is one master */
        return (struct answer){ .kind = ANSWER_NIL };
    if (c->count == 0)
        return (struct answer){ .kind = ANSWER_ERROR, .text = TEXT_LITERAL("ERR no command") };
    arena_reset(&r->scratch);
    command_run(&call);
    return arena_answer(into, &call.answer);
}

struct answer
redis_do(struct redis *r, const struct command *c)
{
    arena_reset(&r->asked);
    return execute(r, c, &r->asked);
}

struct answer
redis_ask(struct redis *r, const char *words)
{
    struct text args[64];
    struct command c = { .args = args };

    for (const char *at = words; *at != '\0' && c.count < 64;) {
        size_t length = strcspn(at, " ");

        args[c.count++] = (struct text){ at, length };
        at += length;
        at += *at == ' ';
    }
    return redis_do(r, &c);
}

/* ---- clients ----------------------------------------------------------------- */

struct redis_client {
    struct redis *r;
    struct redis_watch watch;
    struct arena answers;
    const char *refusal;
    int cut;
    size_t tear;
    bool behind;
};

struct redis_client *
redis_connect(struct redis *r, const struct redis_watch *watch)
{
    struct redis_client *client = must_allocate(sizeof *client);

    *client = (struct redis_client){ .r = r,
                                     .refusal = "OOM command not allowed when used "
                                                "memory > 'maxmemory'." };
    if (watch != NULL)
        client->watch = *watch;
    return client;
}

void
redis_disconnect(struct redis_client *client)
{
    if (client == NULL)
        return;
    arena_release(&client->answers);
    free(client);
}

void
redis_set_refusal(struct redis_client *client, const char *text)
{
    client->refusal = text;
}

void
redis_set_cut(struct redis_client *client, int call)
{
    client->cut = call;
}

void
redis_set_tear(struct redis_client *client, size_t writes)
{
    client->tear = writes;
}

void
redis_set_behind(struct redis_client *client, bool behind)
{
    client->behind = behind;
}

/* A connection while a pipeline runs. */
struct wire {
    bool lost; /* answers don't come back any more */
    bool cut;  /* nor do commands arrive */
};

static struct answer
run_one(struct redis_client *client, const struct command *c, struct wire *wire, enum fault *fault)
{
    const struct redis_watch *w = &client->watch;
    struct answer away = { .kind = ANSWER_AWAY }, a;
    enum redis_fate fate = FATE_RUN;

    if (wire->cut)
        return away;
    if (w->before != NULL)
        fate = w->before(w->self, client, c, fault);
    if (*fault != FAULT_NONE || fate == FATE_NOT_NOW)
        return away;
    if (fate == FATE_DROP) {
        wire->lost = wire->cut = true;
        return away;
    }
    if (fate == FATE_REFUSE)
        return wire->lost
                   ? away
                   : (struct answer){ .kind = ANSWER_ERROR, .text = text_of(client->refusal) };
    if (fate == FATE_TEAR)
        tear_begin(client->r, c->key);
    client->r->keys.behind = client->behind;
    client->r->cut = fate == FATE_CUT ? client->cut : 0;
    a = execute(client->r, c, &client->answers);
    client->r->cut = 0;
    client->r->keys.behind = false;
    if (fate == FATE_TEAR) {
        tear_cut(client->r, client->tear);
        wire->lost = wire->cut = true;
        return away;
    }
    if (fate == FATE_LOSE_REPLY)
        wire->lost = true;
    if (w->after != NULL)
        w->after(w->self, client, c, &a, fault);
    return wire->lost ? away : a;
}

static enum fault
client_run(void *self, const struct command *commands, size_t count, struct answer *answers,
           struct why *why)
{
    struct redis_client *client = self;
    struct wire wire = { false, false };
    enum fault fault = FAULT_NONE;
    bool away = false;

    arena_reset(&client->answers);
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct answer){ .kind = ANSWER_AWAY };
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++) {
        answers[i] = run_one(client, &commands[i], &wire, &fault);
        away = away || answers[i].kind == ANSWER_AWAY;
    }
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the story ends this run");
    if (away)
        return why_set(why, FAULT_STORE_AWAY, "the invented Redis is away");
    return FAULT_NONE;
}

struct store_way
redis_way(struct redis_client *client)
{
    return (struct store_way){ client, client_run };
}

/* ---- late copies ------------------------------------------------------------- */

struct redis_late {
    struct command command;
    struct script script; /* its own: the sender may be gone */
    struct arena memory;
};

struct redis_late *
redis_keep(const struct command *c)
{
    struct redis_late *late = must_allocate(sizeof *late);
    struct text *args;

    late->memory.blocks = NULL;
    args = arena_take(&late->memory, (c->count + 1) * sizeof *args);
    for (size_t i = 0; i < c->count; i++)
        args[i] = arena_text(&late->memory, c->args[i]);
    late->command = *c;
    if (c->script != NULL) {
        late->script = *c->script;
        late->command.script = &late->script;
    }
    late->command.args = args;
    late->command.key = arena_text(&late->memory, c->key);
    return late;
}

const struct command *
redis_kept(const struct redis_late *late)
{
    return &late->command;
}

void
redis_late_free(struct redis_late *late)
{
    if (late == NULL)
        return;
    arena_release(&late->memory);
    free(late);
}
