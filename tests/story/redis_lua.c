/* Lua in the invented Redis: the conversions, errors and limits of Redis 7.0
 * (its script_lua.c), over the commands of redis_commands.def. */
#include "tests/story/redis_inside.h"

#include <lauxlib.h>
#include <lualib.h>

enum { CALL_ARGS_MOST = 8192 };

/* ---- from Redis to Lua --------------------------------------------------------- */

/* Leave { name = text } on the stack. */
static void
push_named(lua_State *lua, const char *name, struct text t)
{
    lua_createtable(lua, 0, 1);
    lua_pushlstring(lua, t.at, t.length);
    lua_setfield(lua, -2, name);
}

static void
push_answer(lua_State *lua, const struct answer *a)
{
    luaL_checkstack(lua, 4, "too deep");
    switch (a->kind) {
    case ANSWER_AWAY: /* of clients only */
    case ANSWER_NIL:
        lua_pushboolean(lua, 0);
        break;
    case ANSWER_ERROR:
        push_named(lua, "err", a->text);
        break;
    case ANSWER_TEXT:
        lua_pushlstring(lua, a->text.at, a->text.length);
        break;
    case ANSWER_INTEGER:
        lua_pushnumber(lua, (lua_Number)a->integer);
        break;
    case ANSWER_LIST:
        lua_createtable(lua, (int)a->count, 0);
        for (size_t i = 0; i < a->count; i++) {
            push_answer(lua, &a->items[i]);
            lua_rawseti(lua, -2, (int)i + 1);
        }
        break;
    }
}

static int
raise_or_return(lua_State *lua, bool raise)
{
    return raise ? lua_error(lua) : 1;
}

static int
argument_error(lua_State *lua, bool raise, const char *text)
{
    push_named(lua, "err", text_of(text));
    return raise_or_return(lua, raise);
}

static bool
ends_with(struct text t, const char *end)
{
    size_t length = strlen(end);

    return t.length >= length && memcmp(t.at + t.length - length, end, length) == 0;
}

/* Is it this call that fails?  One that a key of another type, or a value that
 * is no number, makes fail in a real Redis. */
static bool
is_cut(struct redis *r, struct text name, struct text key)
{
    static const char *const names[] = { "HINCRBY", "HSET", "ZADD", "SADD", "UNLINK" };
    bool counts = false;

    if (text_equal(name, TEXT_LITERAL("XADD")))
        return r->cut == CUT_AT_XADD;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        counts = counts || text_equal(name, text_of(names[i]));
    if (ends_with(key, ":tags") || ends_with(key, ":asof"))
        counts = false; /* of these the script knows what they are */
    return r->cut > 0 && counts && --r->cut == 0;
}

static int
call_command(lua_State *lua, bool raise)
{
    struct redis *r = lua_touserdata(lua, lua_upvalueindex(1));
    int count = lua_gettop(lua);
    struct call c = { .r = r, .count = (size_t)count, .in_script = true };
    struct text *args;

    arena_reset(&r->scratch);
    if (count == 0)
        return argument_error(lua, raise,
                              "ERR Please specify at least one argument for this redis lib call");
    if (count > CALL_ARGS_MOST)
        return argument_error(lua, raise, "ERR too many arguments");
    c.args = args = arena_take(&r->scratch, (size_t)count * sizeof *args);
    for (int i = 0; i < count; i++) {
        char number[64];
        int type = lua_type(lua, i + 1);

        if (type == LUA_TSTRING) {
            args[i].at = lua_tolstring(lua, i + 1, &args[i].length);
        } else if (type == LUA_TNUMBER) {
            int length = snprintf(number, sizeof number, "%.17g", lua_tonumber(lua, i + 1));

            args[i] = arena_text(&r->scratch, (struct text){ number, (size_t)length });
        } else {
            return argument_error(
                lua, raise, "ERR Lua redis lib command arguments must be strings or integers");
        }
    }
    if (r->cut != 0 && is_cut(r, args[0], args[count > 1]))
        return argument_error(lua, true, "ERR cut off");
    command_run(&c);
    if (c.answer.kind == ANSWER_ERROR) {
        push_answer(lua, &c.answer);
        return raise_or_return(lua, raise);
    }
    if (c.status)
        push_named(lua, "ok", c.answer.text);
    else
        push_answer(lua, &c.answer);
    return 1;
}

static int
lua_redis_call(lua_State *lua)
{
    return call_command(lua, true);
}

static int
lua_redis_pcall(lua_State *lua)
{
    return call_command(lua, false);
}

/* "-CODE text" and "CODE text" are what they say, one word is an ERR. */
static int
lua_error_reply(lua_State *lua)
{
    const char *text;

    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
        return argument_error(lua, false, "ERR wrong number or type of arguments");
    text = lua_tostring(lua, 1);
    if (*text == '-')
        text++;
    lua_createtable(lua, 0, 1);
    if (strpbrk(text, " \r\n") == NULL)
        lua_pushfstring(lua, "ERR %s", text);
    else
        lua_pushstring(lua, text);
    lua_setfield(lua, -2, "err");
    return 1;
}

static int
lua_status_reply(lua_State *lua)
{
    size_t length;
    const char *text;

    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
        return argument_error(lua, false, "ERR wrong number or type of arguments");
    text = lua_tolstring(lua, 1, &length);
    push_named(lua, "ok", (struct text){ text, length });
    return 1;
}

/* pcall as scripts know it: what redis.call() threw comes back as its text. */
static int
lua_protected_call(lua_State *lua)
{
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    if (lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0) != 0) {
        lua_remove(lua, 1);
        if (lua_istable(lua, -1)) {
            lua_getfield(lua, -1, "err");
            if (lua_isstring(lua, -1))
                lua_replace(lua, -2);
        }
        lua_pushboolean(lua, 0);
        lua_insert(lua, 1);
    }
    return lua_gettop(lua);
}

static int
lua_quiet(lua_State *lua)
{
    (void)lua;
    return 0;
}

static int
lua_no_global(lua_State *lua)
{
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                      lua_tostring(lua, 2));
}

static int
lua_readonly(lua_State *lua)
{
    return luaL_error(lua, "Attempt to modify a readonly table");
}

/* ---- the state ------------------------------------------------------------------- */

static void
open_library(lua_State *lua, const char *name, lua_CFunction open)
{
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

lua_State *
script_state_new(struct redis *r)
{
    static const struct {
        const char *name;
        lua_CFunction function;
    } functions[] = {
        { "call", lua_redis_call },
        { "pcall", lua_redis_pcall },
        { "error_reply", lua_error_reply },
        { "status_reply", lua_status_reply },
        { "log", lua_quiet },
        { "replicate_commands", lua_quiet },
    };
    static const char *const unwanted[] = { "loadfile", "dofile", "print" };
    lua_State *lua = lua_newstate(lua_memory_resize, r->lua_memory);

    if (lua == NULL)
        abort();
    open_library(lua, "", luaopen_base);
    open_library(lua, LUA_TABLIBNAME, luaopen_table);
    open_library(lua, LUA_STRLIBNAME, luaopen_string);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math);
    script_numbers(lua);
    lua_gc(lua, LUA_GCSETPAUSE, 400); /* garbage is most of what it has */
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) {
        lua_pushnil(lua);
        lua_setglobal(lua, unwanted[i]);
    }
    lua_pushcfunction(lua, lua_protected_call);
    lua_setglobal(lua, "pcall");
    lua_newtable(lua);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        lua_pushlightuserdata(lua, r);
        lua_pushcclosure(lua, functions[i].function, 1);
        lua_setfield(lua, -2, functions[i].name);
    }
    for (int level = 0; level < 4; level++) {
        static const char *const names[] = { "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE",
                                             "LOG_WARNING" };

        lua_pushinteger(lua, level);
        lua_setfield(lua, -2, names[level]);
    }
    lua_setglobal(lua, "redis");

    lua_newtable(lua);
    lua_pushcfunction(lua, lua_no_global);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, lua_readonly);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, LUA_GLOBALSINDEX);
    return lua;
}
