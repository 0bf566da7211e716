/* redis_inside.h - what the files of the invented Redis share. */
#ifndef STORY_REDIS_INSIDE_H
#define STORY_REDIS_INSIDE_H

#include "tests/story/redis.h"
#include "tests/story/redis_keys.h"

#include <lua.h>

/* Memory that is taken piece by piece and given back all at once. */
struct arena {
    struct arena_block *blocks; /* the newest first */
};
void *arena_take(struct arena *a, size_t size);
void arena_reset(struct arena *a); /* keeps one block */
void arena_release(struct arena *a);
struct text arena_text(struct arena *a, struct text t);
/* An answer with everything that it points to. */
struct answer arena_answer(struct arena *a, const struct answer *from);

enum { MISTAKES_MOST = 8, COMPILED_MOST = 256 };

struct compiled {
    struct text source; /* borrowed: known by its place in memory */
    int reference;      /* of the function, in Lua's registry */
};

/* A write as it was carried out. */
struct effect {
    struct text *args;
    size_t count;
};
/* A slot with half a script that is to come back. */
struct tear {
    struct slot *slot;   /* NULL: none */
    struct slot *before; /* a copy of it as it was before the script */
    struct effect *effects;
    size_t count, room;
    struct arena memory;
};

struct redis {
    struct keyspace keys;
    struct tear tear;
    int64_t now_ms;
    int starts; /* rises when it is started again, and loses what is torn */
    lua_State *lua;
    struct lua_memory *lua_memory;
    struct compiled compiled[COMPILED_MOST];
    int compiled_count;
    struct {
        const char *script, *cut, *paste;
    } mistakes[MISTAKES_MOST];
    int mistake_count;
    uint64_t scripts_run;
    int cut; /* calls until one fails; 0: none does; or CUT_AT_XADD */

    /* of the command that runs now */
    struct arena scratch;    /* its answer */
    const struct slot *slot; /* of its first key; NULL before */
    bool wrong_slot;
    struct arena asked; /* what redis_do() answered last */
};

/* One command at work.  Its texts are good until the next one. */
struct call {
    struct redis *r;
    const struct text *args; /* args[0] is its name */
    size_t count;
    struct answer answer;
    bool in_script;
    bool status; /* the answer's text is a status: Lua sees { ok = text } */
};

/* A write of the slot that is torn is remembered. */
void tear_note(struct call *c);
/* From now on what the slot does is remembered; or of that only the first. */
void tear_begin(struct redis *r, struct text key);
void tear_cut(struct redis *r, size_t writes);

/* Run one command that is no script. */
void command_run(struct call *c);

/* Run a script: numkeys, keys..., arguments...  The answer is in `into`. */
struct answer script_run(struct redis *r, const struct command *c, struct arena *into);

lua_State *script_state_new(struct redis *r);

/* Whole numbers are read and written without the C library. */
void script_numbers(lua_State *lua);

/* Lua's memory; free it after its state is closed. */
struct lua_memory *lua_memory_new(void);
void lua_memory_free(struct lua_memory *m);
void *lua_memory_resize(void *self, void *at, size_t old_size, size_t size);
/* Compile everything anew. */
void script_forget(struct redis *r);

/* A whole number as Redis reads one: no plus, no leading zeros, no -0. */
bool number_read(struct text t, int64_t *out);

#endif
