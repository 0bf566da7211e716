/* Scripts from their source to their answer. */
#include "tests/story/redis_inside.h"

#include <lauxlib.h>

enum { DEPTH_MOST = 16 };

/* ---- from Lua to a client --------------------------------------------------------- */

static int64_t
cut_to_integer(lua_Number n)
{
    /* What the conversion gives on x86 beyond the range. */
    if (!(n >= -9223372036854775808.0 && n < 9223372036854775808.0))
        return INT64_MIN;
    return (int64_t)n;
}

/* The text in field `name` of the table on top; it stays alive in the table. */
static bool
field_text(lua_State *lua, const char *name, struct text *out)
{
    bool is_text;

    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    is_text = lua_type(lua, -1) == LUA_TSTRING;
    if (is_text)
        out->at = lua_tolstring(lua, -1, &out->length);
    lua_pop(lua, 1);
    return is_text;
}

/* The value on top of the stack as an answer; it is popped. */
static struct answer
pop_answer(lua_State *lua, struct arena *into, int depth)
{
    struct answer a = { .kind = ANSWER_NIL };
    struct answer *items;

    switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
        a.kind = ANSWER_TEXT;
        a.text.at = lua_tolstring(lua, -1, &a.text.length);
        a.text = arena_text(into, a.text);
        break;
    case LUA_TNUMBER:
        a.kind = ANSWER_INTEGER;
        a.integer = cut_to_integer(lua_tonumber(lua, -1));
        break;
    case LUA_TBOOLEAN:
        a.kind = lua_toboolean(lua, -1) ? ANSWER_INTEGER : ANSWER_NIL;
        a.integer = lua_toboolean(lua, -1);
        break;
    case LUA_TTABLE:
        if (depth == DEPTH_MOST || !lua_checkstack(lua, 4)) {
            a.kind = ANSWER_ERROR;
            a.text = TEXT_LITERAL("ERR reached lua stack limit");
            break;
        }
        if (field_text(lua, "err", &a.text) || field_text(lua, "ok", &a.text)) {
            struct text unused;

            a.kind = field_text(lua, "err", &unused) ? ANSWER_ERROR : ANSWER_TEXT;
            a.text = arena_text(into, a.text);
            break;
        }
        a.kind = ANSWER_LIST;
        for (bool more = true; more; a.count += more) {
            lua_rawgeti(lua, -1, (int)a.count + 1);
            more = !lua_isnil(lua, -1);
            lua_pop(lua, 1);
        }
        items = arena_take(into, (a.count + 1) * sizeof *items);
        for (size_t i = 0; i < a.count; i++) {
            lua_rawgeti(lua, -1, (int)i + 1);
            items[i] = pop_answer(lua, into, depth + 1);
        }
        a.items = items;
        break;
    default:
        break;
    }
    lua_pop(lua, 1);
    return a;
}

/* ---- running ------------------------------------------------------------------------ */

/* The source with the mistakes that were asked for; to be freed. */
static char *
source_with_mistakes(struct redis *r, const struct script *s)
{
    size_t length = s->source.length;
    char *text = must_allocate(length + 1);

    memcpy(text, s->source.at, length);
    text[length] = '\0';
    for (int i = 0; i < r->mistake_count; i++) {
        const char *cut = r->mistakes[i].cut, *paste = r->mistakes[i].paste;
        char *found, *mended;
        size_t head;

        if (strcmp(r->mistakes[i].script, s->name) != 0)
            continue;
        found = strstr(text, cut);
        if (found == NULL || strstr(found + 1, cut) != NULL) {
            fprintf(stderr, "script %s does not have once: %s\n", s->name, cut);
            abort();
        }
        head = (size_t)(found - text);
        mended = must_allocate(strlen(text) + strlen(paste) + 1);
        memcpy(mended, text, head);
        memcpy(mended + head, paste, strlen(paste));
        memcpy(mended + head + strlen(paste), found + strlen(cut), strlen(found + strlen(cut)) + 1);
        free(text);
        text = mended;
    }
    return text;
}

/* Leave the script's function on the stack, or its compile error (false). */
static bool
push_function(struct redis *r, const struct script *s)
{
    struct compiled *c;
    char *source;
    int failed;

    for (int i = 0; i < r->compiled_count; i++) {
        c = &r->compiled[i];
        if (c->source.at == s->source.at && c->source.length == s->source.length) {
            lua_rawgeti(r->lua, LUA_REGISTRYINDEX, c->reference);
            return true;
        }
    }
    source = source_with_mistakes(r, s);
    failed = luaL_loadbuffer(r->lua, source, strlen(source), "@user_script");
    free(source);
    if (failed != 0)
        return false;
    if (r->compiled_count == COMPILED_MOST)
        script_forget(r);
    c = &r->compiled[r->compiled_count++];
    c->source = s->source;
    lua_pushvalue(r->lua, -1);
    c->reference = luaL_ref(r->lua, LUA_REGISTRYINDEX);
    return true;
}

void
script_forget(struct redis *r)
{
    for (int i = 0; i < r->compiled_count; i++)
        luaL_unref(r->lua, LUA_REGISTRYINDEX, r->compiled[i].reference);
    r->compiled_count = 0;
}

static void
set_global_list(lua_State *lua, const char *name, const struct text *items, size_t count)
{
    lua_pushstring(lua, name);
    lua_createtable(lua, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushlstring(lua, items[i].at, items[i].length);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_rawset(lua, LUA_GLOBALSINDEX);
}

static struct answer
error_answer(struct arena *into, const char *begin, const char *text)
{
    size_t length = strlen(begin) + strlen(text);
    char *both = arena_take(into, length + 1);

    (void)snprintf(both, length + 1, "%s%s", begin, text);
    return (struct answer){ .kind = ANSWER_ERROR, .text = { both, length } };
}

struct answer
script_run(struct redis *r, const struct command *c, struct arena *into)
{
    lua_State *lua = r->lua;
    struct answer a;
    int64_t keys;

    r->scripts_run++;
    if (c->count == 0 || !number_read(c->args[0], &keys))
        return error_answer(into, "ERR ", "value is not an integer or out of range");
    if (keys < 0 || (size_t)keys > c->count - 1)
        return error_answer(into, "ERR ",
                            keys < 0 ? "Number of keys can't be negative"
                                     : "Number of keys can't be greater than number of args");
    lua_settop(lua, 0);
    if (!push_function(r, c->script)) {
        a = error_answer(into,
                         "ERR Error compiling script (new function): ", lua_tostring(lua, -1));
        lua_settop(lua, 0);
        return a;
    }
    set_global_list(lua, "KEYS", c->args + 1, (size_t)keys);
    set_global_list(lua, "ARGV", c->args + 1 + keys, c->count - 1 - (size_t)keys);
    if (lua_pcall(lua, 0, 1, 0) == 0)
        a = pop_answer(lua, into, 0);
    else if (lua_type(lua, -1) == LUA_TTABLE)
        a = pop_answer(lua, into, 0); /* { err = ... }, thrown by redis.call */
    else
        a = error_answer(into, "ERR ",
                         lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "unknown error");
    lua_settop(lua, 0);
    return a;
}
