/* Half a script, or a whole one, that comes back at the restart after the next one (redis.h). */
#include "tests/story/redis_command.h"

/* A write that changed nothing is not in the file. */
static bool
is_effect(const struct call *c)
{
    static const char *const always[] = { "set",     "append", "setrange", "hset",  "hsetnx",
                                          "hincrby", "zadd",   "xadd",     "rename" };
    static const char *const when_some[] = { "del", "unlink", "hdel", "sadd", "srem", "zrem" };

    if (c->answer.kind == ANSWER_ERROR)
        return false;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        if (word_is(c->args[0], always[i]))
            return true;
    for (size_t i = 0; i < sizeof when_some / sizeof when_some[0]; i++)
        if (word_is(c->args[0], when_some[i]))
            return c->answer.integer > 0;
    return false;
}

void
tear_note(struct call *c)
{
    struct tear *t = &c->r->tear;
    struct effect *e;

    if (c->r->slot != t->slot || !is_effect(c))
        return;
    if (t->count == t->room) {
        t->room = t->room == 0 ? 64 : 2 * t->room;
        t->effects = must_resize(t->effects, t->room * sizeof *t->effects);
    }
    e = &t->effects[t->count++];
    e->count = c->count;
    e->args = arena_take(&t->memory, c->count * sizeof *e->args);
    for (size_t i = 0; i < c->count; i++)
        e->args[i] = arena_text(&t->memory, c->args[i]);
}

void
tear_begin(struct redis *r, struct text key)
{
    struct tear *t = &r->tear;

    redis_tear_forget(r);
    t->slot = keyspace_slot_of(&r->keys, key);
    t->before = slot_new(bytes_text(t->slot->tag));
    slot_copy(t->before, t->slot);
}

void
tear_cut(struct redis *r, size_t writes)
{
    struct tear *t = &r->tear;

    r->starts++;
    slot_copy(t->slot, t->before);
    if (t->count <= 1) { /* one write is no transaction: it is lost as a whole */
        redis_tear_forget(r);
        return;
    }
    t->count = 1 + writes % t->count; /* all: nothing but its EXEC was cut off */
}

bool
redis_is_torn(const struct redis *r)
{
    return r->tear.slot != NULL;
}

struct text
redis_tear_end(struct redis *r)
{
    struct tear *t = &r->tear;
    struct slot *slot = t->slot;

    t->slot = NULL; /* what runs now is not remembered */
    slot_copy(slot, t->before);
    for (size_t i = 0; i < t->count; i++) {
        struct call c = { .r = r, .args = t->effects[i].args, .count = t->effects[i].count };

        r->slot = NULL;
        arena_reset(&r->scratch);
        command_run(&c);
    }
    redis_tear_forget(r);
    return bytes_text(slot->tag);
}

void
redis_tear_forget(struct redis *r)
{
    struct tear *t = &r->tear;

    slot_free(t->before);
    free(t->effects);
    t->slot = t->before = NULL;
    t->effects = NULL;
    t->count = t->room = 0;
    arena_reset(&t->memory);
}
