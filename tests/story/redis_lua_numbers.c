/* tonumber() and string.format() of whole numbers of up to 15 digits without
 * the C library, which takes its time with them; everything else is Lua's own
 * affair.  check_story_redis.c compares with a real Redis. */
#include "tests/story/redis_inside.h"

enum { DIGITS_EXACT = 15 };

/* "-17" but not "-0", "+1", " 1" or "1.0". */
static bool
plain_number(struct text t, lua_Number *out)
{
    bool negative = t.length > 0 && t.at[0] == '-';
    size_t first = negative ? 1 : 0;
    int64_t n = 0;

    if (t.length == first || t.length > first + DIGITS_EXACT)
        return false;
    for (size_t i = first; i < t.length; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        n = n * 10 + (t.at[i] - '0');
    }
    if (negative && n == 0)
        return false;
    *out = (lua_Number)(negative ? -n : n);
    return true;
}

static int
call_own(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

static int
to_number(lua_State *lua)
{
    struct text t;
    lua_Number n;

    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING)
        return call_own(lua);
    t.at = lua_tolstring(lua, 1, &t.length);
    if (!plain_number(t, &n))
        return call_own(lua);
    lua_pushnumber(lua, n);
    return 1;
}

static int
format(lua_State *lua)
{
    char digits[DIGITS_EXACT + 2];
    size_t at = sizeof digits;
    struct text form;
    lua_Number number;
    int64_t n, rest;

    if (lua_gettop(lua) != 2 || lua_type(lua, 1) != LUA_TSTRING || lua_type(lua, 2) != LUA_TNUMBER)
        return call_own(lua);
    form.at = lua_tolstring(lua, 1, &form.length);
    number = lua_tonumber(lua, 2);
    if ((!text_equal(form, TEXT_LITERAL("%d")) && !text_equal(form, TEXT_LITERAL("%.0f"))) ||
        !(-1e15 < number && number < 1e15))
        return call_own(lua);
    n = (int64_t)number;
    if (n == 0 || (lua_Number)n < number || (lua_Number)n > number)
        return call_own(lua);
    for (rest = n < 0 ? -n : n; rest > 0; rest /= 10)
        digits[--at] = (char)('0' + rest % 10);
    if (n < 0)
        digits[--at] = '-';
    lua_pushlstring(lua, digits + at, sizeof digits - at);
    return 1;
}

void
script_numbers(lua_State *lua)
{
    lua_getglobal(lua, "tonumber");
    lua_pushcclosure(lua, to_number, 1);
    lua_setglobal(lua, "tonumber");
    lua_getglobal(lua, "string");
    lua_getfield(lua, -1, "format");
    lua_pushcclosure(lua, format, 1);
    lua_setfield(lua, -2, "format");
    lua_pop(lua, 1);
}
