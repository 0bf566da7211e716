/* Lua in the invented Redis: the conversions, errors and limits of Redis 7.0
 * (its script_lua.c), over the commands of redis_commands.def. */
#include "tests/story/redis_inside.h"

#include <lauxlib.h>
#include <lualib.h>

enum { CALL_ARGS_MOST = 8192, DEPTH_MOST = 16 };

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

/* Calls that a key of another type, or a value that is no number, makes fail. */
static bool
may_be_cut(struct text name)
{
    return text_equal(name, TEXT_LITERAL("HINCRBY")) || text_equal(name, TEXT_LITERAL("ZADD")) ||
           text_equal(name, TEXT_LITERAL("SADD"));
}

static int
call_command(lua_State *lua, bool raise)
{
    struct redis *r = lua_touserdata(lua, lua_upvalueindex(1));
    struct text args[CALL_ARGS_MOST];
    int count = lua_gettop(lua);
    struct call c = { .r = r, .args = args, .count = (size_t)count, .in_script = true };

    arena_reset(&r->scratch);
    if (count == 0)
        return argument_error(lua, raise,
                              "ERR Please specify at least one argument for this redis lib call");
    if (count > CALL_ARGS_MOST)
        return argument_error(lua, raise, "ERR too many arguments");
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
    if (r->cut > 0 && may_be_cut(args[0]) && --r->cut == 0)
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
    lua_State *lua = luaL_newstate();

    if (lua == NULL)
        abort();
    open_library(lua, "", luaopen_base);
    open_library(lua, LUA_TABLIBNAME, luaopen_table);
    open_library(lua, LUA_STRLIBNAME, luaopen_string);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math);
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
