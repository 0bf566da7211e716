/* The invented Redis against a real one: the same random commands and scripts
 * on both must give the same answers and leave the same keys. */
#include "tests/story/compare.h"
#include "tests/story/real_redis.h"

#include <check.h>

/* ---- random commands --------------------------------------------------------------- */

/* K key, F field, V value, N number, S score, I index, X stream id, Q pattern */
static const struct {
    const char *words;
    int unordered;
} commands[] = {
    { "GET K", 0 },
    { "SET K V", 0 },
    { "APPEND K V", 0 },
    { "SETRANGE K I V", 0 },
    { "STRLEN K", 0 },
    { "GETRANGE K I I", 0 },
    { "EXISTS K K K", 0 },
    { "DEL K", 0 },
    { "UNLINK K K", 0 },
    { "RENAME K K", 0 },
    { "RENAME K K", 0 },
    { "RENAME K", 0 },
    { "TYPE K", 0 },
    { "KEYS Q", 1 },
    { "HGET K F", 0 },
    { "HMGET K F F F", 0 },
    { "HGETALL K", 2 },
    { "HKEYS K", 1 },
    { "HVALS K", 1 },
    { "HSET K F V", 0 },
    { "HSET K F N", 0 },
    { "HSET K F N F V F N", 0 },
    { "HSET K F V F", 0 },
    { "HSETNX K F V", 0 },
    { "HDEL K F", 0 },
    { "HDEL K F F F", 0 },
    { "HLEN K", 0 },
    { "HEXISTS K F", 0 },
    { "HSTRLEN K F", 0 },
    { "HINCRBY K F N", 0 },
    { "HINCRBY K F N", 0 },
    { "HINCRBY K F N", 0 },
    { "SADD K F", 0 },
    { "SADD K F F F", 0 },
    { "SREM K F F", 0 },
    { "SMEMBERS K", 1 },
    { "SISMEMBER K F", 0 },
    { "SCARD K", 0 },
    { "ZADD K S F", 0 },
    { "ZADD K S F S F", 0 },
    { "ZADD K CH S F S F", 0 },
    { "ZADD K S F S", 0 },
    { "ZREM K F F", 0 },
    { "ZSCORE K F", 0 },
    { "ZCARD K", 0 },
    { "ZRANGE K I I", 0 },
    { "ZRANGE K I I WITHSCORES", 0 },
    { "ZRANGE K I I REV WITHSCORES", 0 },
    { "ZREVRANGE K I I WITHSCORES", 0 },
    { "XADD K X F V", 0 },
    { "XADD K X F V F V", 0 },
    { "XADD K X F", 0 },
    { "XADD K MAXLEN I X F V", 0 },
    { "XADD K MAXLEN = 3 X F V", 0 },
    { "XADD K MAXLEN ~ 10 X F V", 0 },
    { "XADD K NOMKSTREAM X F V", 0 },
    { "XLEN K", 0 },
    { "XTRIM K MAXLEN 4", 0 },
    { "XTRIM K MAXLEN I", 0 },
    { "XRANGE K - +", 0 },
    { "XRANGE K X X COUNT I", 0 },
    { "XREVRANGE K + - COUNT 2", 0 },
    { "HGET K", 0 },
    { "GET K K", 0 },
    { "nonsense K", 0 },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* Replace each placeholder by a random word. */
static void
fill_words(const char *template, char *out, size_t size)
{
    static const struct {
        char letter;
        const char *words;
    } pools[] = {
        { 'K', "{s}a {s}b {s}c {s}d {s}e {s}f" },
        { 'F', "f g h k a|b export.CNY 2023-01|x f9 f10 ''" },
        { 'V', "v 12 '' a=b 7 text \xE4\xB8\xAD" },
        { 'N', "0 1 -1 5 -5 1000000000000000000 9223372036854775807 -9223372036854775808 "
               "-9223372036854775807 9007199254740993 007 +1 -0 abc '' 1e3 1.5 "
               "99999999999999999999 9223372036854775808" },
        { 'S', "0 1 -1 2.5 1e3 inf -inf nan x '' 17 0x10 1e400 123456789012345678" },
        { 'I', "0 1 2 5 -1 -2 -9 x" },
        { 'X', "1-1 1-2 2-0 5 0-0 7-* 9-1 9-9 x 12 1-x 20-3" },
        { 'Q', "* {s}a {s}? {s}[ab] x*" },
    };
    enum { POOLS = sizeof pools / sizeof pools[0] };
    struct text_buffer b = { out, size - 1, 0, false };

    for (const char *at = template; *at != '\0'; at++) {
        bool alone = (at == template || at[-1] == ' ') && (at[1] == ' ' || at[1] == '\0');
        size_t i = 0;

        while (alone && i < POOLS && pools[i].letter != *at)
            i++;
        if (alone && i < POOLS) {
            struct text word = compare_pick(pools[i].words);

            text_put(&b, word.length == 0 ? TEXT_LITERAL("''") : word);
        } else {
            text_put_char(&b, *at);
        }
    }
    out[b.length] = '\0';
}

START_TEST(random_commands_answer_as_a_real_redis_does)
{
    char words[1024];

    compare_seed(1000 + (uint64_t)_i);
    compare_anew();
    for (int step = 0; step < 1500; step++) {
        size_t row = compare_draw(COMMANDS);

        fill_words(commands[row].words, words, sizeof words);
        compare_words(words, commands[row].unordered);
        if (step % 100 == 99)
            compare_state();
    }
}
END_TEST

START_TEST(large_collections_answer_as_a_real_redis_does)
{
    char words[256];

    compare_seed(77);
    compare_anew();
    for (int step = 0; step < 6000; step++) {
        static const char *const rows[] = {
            "HINCRBY {s}h f%d %d", "HDEL {s}h f%d", "SADD {s}s m%d", "SREM {s}s m%d",
            "ZADD {s}z %d m%d",    "ZREM {s}z m%d", "HGET {s}h f%d", "ZSCORE {s}z m%d",
        };
        int a = (int)compare_draw(150), b = (int)compare_draw(150);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(words, sizeof words, rows[compare_draw(8)], a, b);
#pragma GCC diagnostic pop
        compare_words(words, 0);
        if (step % 500 == 0)
            compare_state();
    }
    compare_state();
}
END_TEST

START_TEST(a_stream_is_cut_roughly_but_never_below_its_length)
{
    char words[128];
    struct answer a;

    compare_anew();
    for (int i = 1; i <= 1250; i++) {
        (void)snprintf(words, sizeof words, "XADD {s}x MAXLEN ~ 500 %d-0 f v", i);
        compare_words(words, 0);
    }
    a = redis_ask(compare_invented(), "XLEN {s}x");
    ck_assert_int_ge(a.integer, 500);
    ck_assert_int_le(a.integer, 600);
    compare_words("XLEN {s}x", 0);
    redis_set_clock(compare_invented(), 5000000);
    a = redis_ask(compare_invented(), "XADD {s}x * f v");
    ck_assert(text_equal(a.text, TEXT_LITERAL("5000000-0")));
    a = redis_ask(compare_invented(), "XADD {s}x * f v");
    ck_assert(text_equal(a.text, TEXT_LITERAL("5000000-1")));
}
END_TEST

/* ---- scripts ------------------------------------------------------------------------ */

static const char *const snippets[] = {
    "return 3.99",
    "return -3.99",
    "return 1e300",
    "return 2^53",
    "return 0/0",
    "return true",
    "return false",
    "return nil",
    "return",
    "return 'a\\0b'",
    "return {1,2,nil,4}",
    "return {1,'x',{},{2,{3,false,true}},'y'}",
    "return {ok='fine'}",
    "return {err='MY fault'}",
    "return {1,{err='MY fault'},{ok='fine'}}",
    "return {a=1}",
    "return redis.error_reply('plain')",
    "return redis.error_reply('MY words')",
    "return redis.error_reply('-MY words')",
    "return redis.status_reply('GOOD')",
    "error('boom')",
    "error({err='ABC def'})",
    "local t = nil; return t.x",
    "return nonsense",
    "nonsense = 1",
    "return (1",
    "return redis.call()",
    "return redis.pcall()",
    "return redis.call('GET', true)",
    "return redis.call('GET', {})",
    "return redis.call('NONSENSE', KEYS[1])",
    "return redis.call('GET')",
    "return redis.call('HSET', KEYS[1], 'a')",
    "return redis.call('HSET', KEYS[1], 'a', 1, 'b')",
    "redis.call('SET', KEYS[1], 'x'); return redis.call('HGET', KEYS[1], 'f')",
    "redis.call('SET', KEYS[1], 'x'); local r = redis.pcall('HGET', KEYS[1], 'f'); return r.err",
    "redis.call('SET', KEYS[1], 'x'); local ok, e = pcall(redis.call, 'HGET', KEYS[1], 'f'); "
    "return {tostring(ok), e.err}",
    "local r = redis.call('SET', KEYS[1], 'x'); return {type(r), r.ok, r}",
    "local r = redis.call('GET', KEYS[1]); return type(r)",
    "return redis.call('SET', KEYS[1], 'x')",
    "redis.call('SET', KEYS[1], 1); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 1.5); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 0.1); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 1e15); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 2^53); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 2^53 + 2); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 123456789012345678); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 1e17); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 1e20); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], -0); return redis.call('GET', KEYS[1])",
    "redis.call('SET', KEYS[1], 1/0); return redis.call('GET', KEYS[1])",
    "return tostring(9007199254740993)",
    "return string.format('%.0f', 9007199254740992)",
    "return redis.call('HINCRBY', KEYS[1], 'f', '9007199254740993')",
    "redis.call('HINCRBY', KEYS[1], 'f', '9223372036854775807'); "
    "return redis.pcall('HINCRBY', KEYS[1], 'f', 1)",
    "redis.call('HSET', KEYS[1], 'f', 1); redis.call('HINCRBY', KEYS[1], 'g', 'x')",
    "return redis.call('HGET', KEYS[1], 'f')",
    "local v = redis.call('HINCRBY', KEYS[1], 'f', '9007199254740993'); "
    "redis.call('ZADD', KEYS[2], v, 'm'); return redis.call('ZSCORE', KEYS[2], 'm')",
    "return redis.call('ZADD', KEYS[1], '12345678901234567', 'm')",
    "local t = {} for i = 1, 6000 do t[i] = 'f' .. i end "
    "return #redis.call('HMGET', KEYS[1], unpack(t))",
    "local t = {} for i = 1, 9000 do t[i] = 'f' .. i end return #redis.call('DEL', unpack(t))",
    "return {#KEYS, #ARGV, KEYS[1], ARGV[1], ARGV[9] == nil}",
    "return {type(loadfile), type(dofile), type(print), type(string.match), type(math.max)}",
    "return pairs == nil",
    "local a = {} for w in string.gmatch('a b c', '%a') do a[#a + 1] = w end return a",
    "return ('x'):rep(3)",
    "return {redis.call('HMGET', KEYS[1], 'a', 'b')}",
    "return #redis.call('HGETALL', KEYS[1])",
    "return redis.call('EXISTS', KEYS[1], KEYS[2])",
    "return redis.call('TYPE', KEYS[1])",
    "return redis.call('TYPE', KEYS[1]).ok",
    "return redis.log(redis.LOG_NOTICE, 'x')",
};

START_TEST(scripts_convert_as_a_real_redis_does)
{
    const struct text args[] = { TEXT_LITERAL("2"), TEXT_LITERAL("{s}a"), TEXT_LITERAL("{s}b"),
                                 TEXT_LITERAL("x"), TEXT_LITERAL("-7") };
    struct script s = { .name = "snippet", .source = text_of(snippets[_i]) };

    compare_anew();
    compare_command(&(struct command){ .script = &s, .args = args, .count = 5 }, 0);
    compare_state();
    compare_command(&(struct command){ .script = &s, .args = args, .count = 5 }, 0);
    compare_state();
}
END_TEST

START_TEST(random_calls_from_scripts_answer_as_a_real_redis_does)
{
    static const char *const sources[] = {
        "return redis.call(unpack(ARGV))",
        "return redis.pcall(unpack(ARGV))",
        "local ok, r = pcall(redis.call, unpack(ARGV)) if ok then return {type(r)} end return r",
        "local r = redis.pcall(unpack(ARGV)) "
        "if type(r) == 'table' and r.err then return 'E ' .. r.err end "
        "if type(r) == 'table' and r.ok then return 'S ' .. r.ok end "
        "if type(r) == 'table' then return {type(r[1]), #r} end "
        "return type(r) .. tostring(r)",
        "redis.call('HINCRBY', '{s}n', 'n', 1) redis.call(unpack(ARGV)) "
        "return redis.call('HINCRBY', '{s}n', 'n', 1)",
    };
    char words[1024] = "0 ";
    struct text args[ARGS_MOST];

    compare_seed(2000 + (uint64_t)_i);
    compare_anew();
    for (int step = 0; step < 1500; step++) {
        size_t row = compare_draw(COMMANDS);
        struct script s = { .name = "call", .source = text_of(sources[compare_draw(5)]) };
        struct command c = { .script = &s, .args = args };

        if (commands[row].unordered != 0)
            continue;
        fill_words(commands[row].words, words + 2, sizeof words - 2);
        c.count = compare_split(words, args);
        compare_command(&c, 0);
        if (step % 100 == 99)
            compare_state();
    }
}
END_TEST

START_TEST(numbers_are_read_and_written_as_a_real_redis_does)
{
    static const char source[] =
        "local out = {} "
        "local function note(f, ...) "
        "  local ok, r = pcall(f, ...) out[#out + 1] = tostring(ok) .. (ok and tostring(r) or '') "
        "end "
        "for i = 1, #ARGV do "
        "  local n = tonumber(ARGV[i]) "
        "  note(tonumber, ARGV[i]) note(tonumber, n) note(tonumber, ARGV[i], 8) note(tonumber) "
        "  for _, form in ipairs({'%d', '%.0f', '%5d', '%i', '%x', '%s', '%d%d', '%.1f'}) do "
        "    note(string.format, form, n) note(string.format, form, ARGV[i]) "
        "    note(string.format, form, n, n) note(string.format, form, n and n + 0.5) "
        "    note(string.format, form, n and -n) note(string.format, form) "
        "  end "
        "end "
        "return out";
    static const char *const words =
        "0 0 1 12 -12 007 -007 0 -0 -00 - +1 12a 0x10 1e3 1.5 -1.5 .5 999999999999999 "
        "-999999999999999 1000000000000000 -1000000000000000 1234567890123456 9007199254740993 "
        "123456789012345678 9223372036854775807 1e14 1e15 -1e15 1e300 a --1 nan inf";
    struct script s = { .name = "numbers", .source = TEXT_LITERAL(source) };
    struct text args[ARGS_MOST];
    char more[512];
    struct command c = { .script = &s, .args = args };

    compare_anew();
    c.count = compare_split(words, args);
    compare_command(&c, 0);
    args[1] = TEXT_LITERAL(" 12");
    args[2] = TEXT_LITERAL("12 ");
    args[3] = TEXT_LITERAL("");
    args[4] = (struct text){ "1\0", 2 };
    c.count = 5;
    compare_command(&c, 0);
    compare_seed(3000);
    for (int step = 0; step < 300; step++) {
        size_t at = 1;

        more[0] = '0';
        for (int word = 0; word < 8; word++) {
            at += (size_t)snprintf(more + at, sizeof more - at, " %s",
                                   compare_draw(2) == 0 ? "-" : "");
            for (uint64_t digits = 1 + compare_draw(18); digits > 0; digits--)
                more[at++] = (char)('0' + compare_draw(10));
        }
        more[at] = '\0';
        c.count = compare_split(more, args);
        compare_command(&c, 0);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("story_redis");
    TCase *tcase = tcase_create("alike");
    SRunner *runner = srunner_create(suite);
    int failed;

    if (!real_redis_exists())
        return real_redis_missing();
    tcase_add_unchecked_fixture(tcase, compare_set_up, compare_tear_down);
    tcase_add_loop_test(tcase, random_commands_answer_as_a_real_redis_does, 0, 10);
    tcase_add_test(tcase, large_collections_answer_as_a_real_redis_does);
    tcase_add_test(tcase, a_stream_is_cut_roughly_but_never_below_its_length);
    tcase_add_loop_test(tcase, scripts_convert_as_a_real_redis_does, 0,
                        (int)(sizeof snippets / sizeof snippets[0]));
    tcase_add_test(tcase, numbers_are_read_and_written_as_a_real_redis_does);
    tcase_add_loop_test(tcase, random_calls_from_scripts_answer_as_a_real_redis_does, 0, 6);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
