/* The invented Redis against a real one: the same random commands and scripts
 * on both must give the same answers and leave the same keys.  Then what only
 * the invented one can: lost replies, late copies, lost tails. */
#include "tests/story/real_redis.h"
#include "tests/story/redis.h"

#include <check.h>
#include <inttypes.h>

enum { ARGS_MOST = 64, TEXT_BYTES = 64 * 1024, SKIPPED = 77 };

static struct redis *invented;
static struct store *real;
static uint64_t state; /* of the random numbers */

static uint64_t
draw(uint64_t below)
{
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % below;
}

/* ---- answers as text ------------------------------------------------------------ */

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show(const struct answer *a, int unordered, struct text_buffer *out);

/* Items in groups of `unordered`, sorted: what comes in no particular order. */
static void
show_sorted(const struct answer *a, int unordered, struct text_buffer *out)
{
    static char texts[256][4096];
    char *lines[256];
    size_t count = 0;

    for (size_t i = 0; i < a->count && count < 256; i += (size_t)unordered) {
        struct text_buffer b = { texts[count], sizeof texts[count] - 1, 0, false };

        for (size_t j = i; j < a->count && j < i + (size_t)unordered; j++)
            show(&a->items[j], 0, &b);
        texts[count][b.length] = '\0';
        lines[count] = texts[count];
        count++;
    }
    qsort(lines, count, sizeof lines[0], compare_lines);
    for (size_t i = 0; i < count; i++)
        text_put(out, text_of(lines[i]));
}

/* unordered: 0 - lists have an order; 1 - they have none; 2 - pairs. */
static void
show(const struct answer *a, int unordered, struct text_buffer *out)
{
    struct text t = a->text;

    switch (a->kind) {
    case ANSWER_AWAY:
        text_put(out, TEXT_LITERAL("away "));
        break;
    case ANSWER_NIL:
        text_put(out, TEXT_LITERAL("nil "));
        break;
    case ANSWER_INTEGER:
        text_put_integer(out, a->integer);
        text_put_char(out, ' ');
        break;
    case ANSWER_ERROR: { /* a real one goes on with the script's hash and line */
        const char *more = memmem(t.at, t.length, " script: ", 9);

        if (more != NULL)
            t.length = (size_t)(more - t.at);
        text_put(out, TEXT_LITERAL("error:"));
        text_put(out, t);
        text_put_char(out, ' ');
        break;
    }
    case ANSWER_TEXT:
        text_put_char(out, '"');
        text_put(out, t);
        text_put(out, TEXT_LITERAL("\" "));
        break;
    case ANSWER_LIST:
        text_put(out, TEXT_LITERAL("["));
        if (unordered > 0)
            show_sorted(a, unordered, out);
        for (size_t i = 0; unordered == 0 && i < a->count; i++)
            show(&a->items[i], 0, out);
        text_put(out, TEXT_LITERAL("] "));
        break;
    }
}

static const char *
shown(const struct answer *a, int unordered, char *out)
{
    struct text_buffer b = { out, TEXT_BYTES - 1, 0, false };

    show(a, unordered, &b);
    out[b.length] = '\0';
    return out;
}

/* ---- one command on both ---------------------------------------------------------- */

static struct answer
ask_real(const struct command *c)
{
    struct text args[ARGS_MOST + 2] = { TEXT_LITERAL("EVAL") };
    struct command plain = *c;
    const struct store_way way = store_way(real);
    struct answer a;
    struct why why;

    if (c->script != NULL) {
        args[1] = c->script->source;
        memcpy(args + 2, c->args, c->count * sizeof args[0]);
        plain = (struct command){ .args = args, .count = c->count + 2, .key = c->key };
    }
    ck_assert_msg(way.run(way.self, &plain, 1, &a, &why) == FAULT_NONE, "%s", why.text);
    return a;
}

static const char *
spelled(const struct command *c, char *out)
{
    struct text_buffer b = { out, TEXT_BYTES - 1, 0, false };

    if (c->script != NULL) {
        text_put(&b, TEXT_LITERAL("script: "));
        text_put(&b, c->script->source);
    }
    for (size_t i = 0; i < c->count; i++) {
        text_put_char(&b, ' ');
        text_put(&b, c->args[i]);
    }
    out[b.length] = '\0';
    return out;
}

static void
both(const struct command *c, int unordered)
{
    static char one[TEXT_BYTES], two[TEXT_BYTES], what[TEXT_BYTES];
    struct answer a = redis_do(invented, c), b = ask_real(c);

    ck_assert_msg(strcmp(shown(&a, unordered, one), shown(&b, unordered, two)) == 0,
                  "%s\ninvented: %s\nreal:     %s", spelled(c, what), one, two);
}

/* Words separated by single blanks; "''" is the empty word. */
static size_t
split_words(const char *words, struct text *args)
{
    size_t count = 0;

    while (*words != '\0') {
        size_t length = strcspn(words, " ");

        ck_assert_uint_lt(count, ARGS_MOST);
        args[count++] =
            length == 2 && words[0] == '\'' ? TEXT_LITERAL("") : (struct text){ words, length };
        words += length;
        words += *words == ' ';
    }
    return count;
}

static void
both_words(const char *words, int unordered)
{
    struct text args[ARGS_MOST];
    struct command c = { .args = args, .count = split_words(words, args) };

    both(&c, unordered);
}

/* Every key says the same on both. */
static void
same_state(void)
{
    static const struct {
        const char *type, *command;
        int unordered;
    } rows[] = {
        { "string", "GET %s", 0 },        { "hash", "HGETALL %s", 2 },
        { "set", "SMEMBERS %s", 1 },      { "zset", "ZRANGE %s 0 -1 WITHSCORES", 0 },
        { "stream", "XRANGE %s - +", 0 },
    };
    char names[64][80], words[256];
    struct answer keys;
    size_t count;

    both_words("KEYS *", 1);
    keys = redis_ask(invented, "KEYS *");
    count = keys.count;
    ck_assert_uint_le(count, 64);
    for (size_t i = 0; i < count; i++)
        (void)snprintf(names[i], sizeof names[i], "%.*s", (int)keys.items[i].text.length,
                       keys.items[i].text.at);
    for (size_t i = 0; i < count; i++) {
        struct answer type;

        (void)snprintf(words, sizeof words, "TYPE %s", names[i]);
        both_words(words, 0);
        type = redis_ask(invented, words);
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            if (!text_equal(type.text, text_of(rows[k].type)))
                continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            (void)snprintf(words, sizeof words, rows[k].command, names[i]);
#pragma GCC diagnostic pop
            both_words(words, rows[k].unordered);
        }
    }
}

static void
start_anew(void)
{
    redis_clear(invented);
    (void)ask_real(&(struct command){ .args = &TEXT_LITERAL("FLUSHALL"), .count = 1 });
}

/* ---- random commands --------------------------------------------------------------- */

/* K key, F field, V value, N number, S score, I index, X stream id, Q pattern */
static const struct {
    const char *words;
    int unordered;
} commands[] = {
    { "GET K", 0 },
    { "SET K V", 0 },
    { "APPEND K V", 0 },
    { "STRLEN K", 0 },
    { "GETRANGE K I I", 0 },
    { "EXISTS K K K", 0 },
    { "DEL K", 0 },
    { "UNLINK K K", 0 },
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
    static const char *const keys[] = { "{s}a", "{s}b", "{s}c", "{s}d", "{s}e", "{s}f" };
    static const char *const fields[] = { "f",          "g",         "h",  "k",   "a|b",
                                          "export.CNY", "2023-01|x", "f9", "f10", "''" };
    static const char *const values[] = { "v", "12", "''", "a=b", "7", "text", "\xE4\xB8\xAD" };
    static const char *const numbers[] = { "0",
                                           "1",
                                           "-1",
                                           "5",
                                           "-5",
                                           "1000000000000000000",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "-9223372036854775807",
                                           "9007199254740993",
                                           "007",
                                           "+1",
                                           "-0",
                                           "abc",
                                           "''",
                                           "1e3",
                                           "1.5",
                                           "99999999999999999999",
                                           "9223372036854775808" };
    static const char *const scores[] = {
        "0",   "1", "-1", "2.5", "1e3",  "inf",   "-inf",
        "nan", "x", "''", "17",  "0x10", "1e400", "123456789012345678"
    };
    static const char *const indexes[] = { "0", "1", "2", "5", "-1", "-2", "-9", "x" };
    static const char *const ids[] = { "1-1", "1-2", "2-0", "5",  "0-0", "7-*",
                                       "9-1", "9-9", "x",   "12", "1-x", "20-3" };
    static const char *const patterns[] = { "*", "{s}a", "{s}?", "{s}[ab]", "x*" };
    static const struct {
        char letter;
        const char *const *words;
        size_t count;
    } pools[] = {
#define POOL(letter, words) { letter, words, sizeof(words) / sizeof(words)[0] }
        POOL('K', keys),   POOL('F', fields),  POOL('V', values), POOL('N', numbers),
        POOL('S', scores), POOL('I', indexes), POOL('X', ids),    POOL('Q', patterns),
#undef POOL
    };
    struct text_buffer b = { out, size - 1, 0, false };

    for (const char *at = template; *at != '\0'; at++) {
        bool alone = (at == template || at[-1] == ' ') && (at[1] == ' ' || at[1] == '\0');
        size_t i = 0;

        while (alone && i < 8 && pools[i].letter != *at)
            i++;
        if (alone && i < 8)
            text_put(&b, text_of(pools[i].words[draw(pools[i].count)]));
        else
            text_put_char(&b, *at);
    }
    out[b.length] = '\0';
}

START_TEST(random_commands_answer_as_a_real_redis_does)
{
    char words[1024];

    state = 1000 + (uint64_t)_i;
    start_anew();
    for (int step = 0; step < 1500; step++) {
        size_t row = draw(COMMANDS);

        fill_words(commands[row].words, words, sizeof words);
        both_words(words, commands[row].unordered);
        if (step % 100 == 99)
            same_state();
    }
}
END_TEST

START_TEST(large_collections_answer_as_a_real_redis_does)
{
    char words[256];

    state = 77;
    start_anew();
    for (int step = 0; step < 6000; step++) {
        static const char *const rows[] = {
            "HINCRBY {s}h f%d %d", "HDEL {s}h f%d", "SADD {s}s m%d", "SREM {s}s m%d",
            "ZADD {s}z %d m%d",    "ZREM {s}z m%d", "HGET {s}h f%d", "ZSCORE {s}z m%d",
        };
        int a = (int)draw(150), b = (int)draw(150);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(words, sizeof words, rows[draw(8)], a, b);
#pragma GCC diagnostic pop
        both_words(words, 0);
        if (step % 500 == 0)
            same_state();
    }
    same_state();
}
END_TEST

START_TEST(a_stream_is_cut_roughly_but_never_below_its_length)
{
    char words[128];
    struct answer a;

    start_anew();
    for (int i = 1; i <= 1250; i++) {
        (void)snprintf(words, sizeof words, "XADD {s}x MAXLEN ~ 500 %d-0 f v", i);
        both_words(words, 0);
    }
    a = redis_ask(invented, "XLEN {s}x");
    ck_assert_int_ge(a.integer, 500);
    ck_assert_int_le(a.integer, 600);
    both_words("XLEN {s}x", 0);
    redis_set_clock(invented, 5000000);
    a = redis_ask(invented, "XADD {s}x * f v");
    ck_assert(text_equal(a.text, TEXT_LITERAL("5000000-0")));
    a = redis_ask(invented, "XADD {s}x * f v");
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
    struct script s = { "snippet", text_of(snippets[_i]), 0 };

    start_anew();
    both(&(struct command){ .script = &s, .args = args, .count = 5 }, 0);
    same_state();
    both(&(struct command){ .script = &s, .args = args, .count = 5 }, 0);
    same_state();
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

    state = 2000 + (uint64_t)_i;
    start_anew();
    for (int step = 0; step < 1500; step++) {
        size_t row = draw(COMMANDS);
        struct script s = { "call", text_of(sources[draw(5)]), 0 };
        struct command c = { .script = &s, .args = args };

        if (commands[row].unordered != 0)
            continue;
        fill_words(commands[row].words, words + 2, sizeof words - 2);
        c.count = split_words(words, args);
        both(&c, 0);
        if (step % 100 == 99)
            same_state();
    }
}
END_TEST

/* ---- our own scripts ------------------------------------------------------------------ */

static struct text
read_file(const char *name)
{
    const char *root = getenv("TALLY_ROOT");
    static char path[512];
    char *text = malloc(TEXT_BYTES);
    FILE *f;
    size_t length;

    ck_assert_ptr_nonnull(root);
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    length = fread(text, 1, TEXT_BYTES, f);
    (void)fclose(f);
    return (struct text){ text, length };
}

/* V version, T tag, P partition, R record, D day, M now, K hash, Z ranking's
 * position, A amount, F field: each from a pool so small that they meet. */
static const char *
random_word(char letter)
{
    static char text[64];

    switch (letter) {
    case 'V':
        (void)snprintf(text, sizeof text, "%016x.%d", (int)draw(2), (int)draw(3));
        return draw(4) == 0 ? "''" : text;
    case 'T':
        (void)snprintf(text, sizeof text, "%016x.%d@2024-01-3%d", (int)draw(2), (int)draw(3),
                       (int)draw(2));
        return draw(4) == 0 ? "''" : text;
    case 'P':
        (void)snprintf(text, sizeof text, "trade-events/%d", (int)draw(3));
        return text;
    case 'L':
        (void)snprintf(text, sizeof text, "%d", 4 * (int)draw(4));
        return text;
    case 'D':
        return draw(2) == 0 ? "2024-01-30" : "2024-01-31";
    case 'M':
        (void)snprintf(text, sizeof text, "%d", 1000000 + (int)draw(100));
        return text;
    case 'F':
        return draw(2) == 0 ? "export.CNY" : "export.events";
    case 'A': {
        static const char *const amounts[] = { "1",
                                               "-1",
                                               "5",
                                               "-5",
                                               "999999999999999999",
                                               "-999999999999999999",
                                               "9007199254740993",
                                               "0",
                                               "-0",
                                               "x",
                                               "1000000000000000000" };
        return amounts[draw(10) == 0 ? draw(11) : draw(7)];
    }
    default:
        ck_abort_msg("no such letter");
    }
    return "";
}

/* Words of a script's arguments; %X asks for a random word. */
static size_t
random_args(const char *template, char *out, struct text *args)
{
    struct text_buffer b = { out, TEXT_BYTES - 1, 0, false };

    for (const char *at = template; *at != '\0'; at++) {
        if (*at == '%')
            text_put(&b, text_of(random_word(*++at)));
        else
            text_put_char(&b, *at);
    }
    out[b.length] = '\0';
    return split_words(out, args);
}

static const struct {
    const char *file, *args;
} own_scripts[] = {
    { "docs/protocol/commit.lua", "2 {p}meta {p}c0 %V %V 5 g 0 %L 1234" },
    { "docs/protocol/flip.lua", "3 {p}meta {p}c1 {p}c0 %V %V 5 h 1 %L" },
    { "docs/protocol/push.lua", "3 {p}tags {p}h {p}i %P %T %T 2 %F %A 3 %F %A" },
    { "docs/protocol/push.lua", "2 {p}tags {p}h %P %T %T" },
    { "docs/protocol/reset.lua", "3 {p}tags {p}h {p}i %P %T" },
    { "aggregator/scripts/commit.lua", "2 {p}meta {p}c0 %V %V 5 g 0 %L 1234" },
    { "aggregator/scripts/commit.lua", "2 {p}meta {p}c0 %V %V 5 g 0 %L 1234 seed 7 alg 1" },
    { "aggregator/scripts/flip.lua", "3 {p}meta {p}c1 {p}c0 %V %V 5 h 1 %L" },
    { "aggregator/scripts/push.lua",
      "7 {p}tags {p}index {p}asof {p}changes {p}h {p}i {p}top %M %D 3 RU 1 %P %T %T "
      "5 RU 1 %F %A 7 6 ALL 1 %F %A 0" },
    { "aggregator/scripts/push.lua",
      "6 {p}tags {p}index {p}asof {p}changes {p}h {p}top %M %D 3 RU 1 %P %T %T "
      "5 RU 2 export.CNY %A 6 export.events %A 0" },
    { "aggregator/scripts/push.lua",
      "6 {p}tags {p}index {p}asof {p}changes {p}h {p}top %M %D 3 RU 2 trade-events/0 %T %T "
      "trade-events/1 %T %T 5 KZ 1 %F %A 6" },
    { "aggregator/scripts/push.lua", "4 {p}tags {p}index {p}asof {p}changes %M %D 2 '' 2 "
                                     "trade-events/0 '' %T trade-events/1 '' %T" },
    { "aggregator/scripts/push.lua", "4 {p}tags {p}index {p}asof {p}changes %M %D 3 '' 1 "
                                     "%P %T %T" },
    { "aggregator/scripts/reset.lua", "4 {p}tags {p}index {p}asof {p}changes %P %T %M" },
};
enum { OWN_SCRIPTS = sizeof own_scripts / sizeof own_scripts[0] };

/* `changes` gets its ids from the clock, so it is compared by length. */
static void
same_state_of_own(void)
{
    both_words("XLEN {p}changes", 0);
    both_words("HGETALL {p}meta", 2);
    both_words("HGETALL {p}tags", 2);
    both_words("HGETALL {p}asof", 2);
    both_words("HGETALL {p}h", 2);
    both_words("HGETALL {p}i", 2);
    both_words("SMEMBERS {p}index", 1);
    both_words("ZRANGE {p}top 0 -1 WITHSCORES", 0);
    both_words("GET {p}c0", 0);
    both_words("GET {p}c1", 0);
    both_words("KEYS *", 1);
}

START_TEST(our_own_scripts_do_the_same_on_both)
{
    static struct text sources[OWN_SCRIPTS];
    static char words[TEXT_BYTES];
    struct text args[ARGS_MOST];

    state = 3000 + (uint64_t)_i;
    start_anew();
    for (size_t i = 0; i < OWN_SCRIPTS; i++)
        sources[i] = read_file(own_scripts[i].file);
    for (int step = 0; step < 3000; step++) {
        size_t row = draw(OWN_SCRIPTS);
        struct script s = { "own", sources[row], 0 };
        struct command c = { .script = &s, .args = args };

        c.count = random_args(own_scripts[row].args, words, args);
        both(&c, 0);
        if (draw(40) == 0)
            both_words("SET {p}c1 12345678", 0);
        if (step % 50 == 49)
            same_state_of_own();
    }
    for (size_t i = 0; i < OWN_SCRIPTS; i++)
        free((void *)(uintptr_t)sources[i].at);
}
END_TEST

/* ---- what a real one can't do ------------------------------------------------------------ */

struct plan {
    enum redis_fate fates[8];
    size_t asked, ran;
    enum fault fault_at_third;
};

static enum redis_fate
plan_before(void *self, struct redis_client *client, const struct command *c, enum fault *fault)
{
    struct plan *plan = self;

    (void)client;
    (void)c;
    if (plan->asked == 2)
        *fault = plan->fault_at_third;
    return plan->fates[plan->asked++];
}

static void
plan_after(void *self, struct redis_client *client, const struct command *c, const struct answer *a,
           enum fault *fault)
{
    struct plan *plan = self;

    (void)client;
    (void)c;
    (void)a;
    (void)fault;
    plan->ran++;
}

static const struct {
    enum redis_fate fates[3];
    enum fault stop, fault;
    enum answer_kind kinds[3];
    int ran; /* bits */
} fate_rows[] = {
    { { FATE_RUN, FATE_RUN, FATE_RUN },
      FAULT_NONE,
      FAULT_NONE,
      { ANSWER_INTEGER, ANSWER_INTEGER, ANSWER_INTEGER },
      7 },
    { { FATE_RUN, FATE_LOSE_REPLY, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_AWAY },
      7 },
    { { FATE_LOSE_REPLY, FATE_DROP, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_AWAY, ANSWER_AWAY, ANSWER_AWAY },
      1 },
    { { FATE_RUN, FATE_DROP, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_AWAY },
      1 },
    { { FATE_RUN, FATE_NOT_NOW, FATE_RUN },
      FAULT_NONE,
      FAULT_STORE_AWAY,
      { ANSWER_INTEGER, ANSWER_AWAY, ANSWER_INTEGER },
      5 },
    { { FATE_REFUSE, FATE_RUN, FATE_RUN },
      FAULT_NONE,
      FAULT_NONE,
      { ANSWER_ERROR, ANSWER_INTEGER, ANSWER_INTEGER },
      6 },
    { { FATE_RUN, FATE_RUN, FATE_RUN },
      FAULT_CRASHED,
      FAULT_CRASHED,
      { ANSWER_INTEGER, ANSWER_INTEGER, ANSWER_AWAY },
      3 },
};

START_TEST(a_watch_decides_what_becomes_of_each_command)
{
    struct redis *r = redis_new();
    struct plan plan = { { fate_rows[_i].fates[0], fate_rows[_i].fates[1], fate_rows[_i].fates[2] },
                         0,
                         0,
                         fate_rows[_i].stop };
    struct redis_client *client =
        redis_connect(r, &(struct redis_watch){ &plan, plan_before, plan_after });
    const struct store_way way = redis_way(client);
    const struct text args[3][4] = {
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), TEXT_LITERAL("1") },
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{b}h"), TEXT_LITERAL("f"), TEXT_LITERAL("2") },
        { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"), TEXT_LITERAL("4") },
    };
    const struct command c[] = { { .args = args[0], .count = 4 },
                                 { .args = args[1], .count = 4 },
                                 { .args = args[2], .count = 4 } };
    struct answer answers[3];
    struct text a, b;
    int ran = 0;

    ck_assert_int_eq(way.run(way.self, c, 3, answers, NULL), fate_rows[_i].fault);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(answers[i].kind, fate_rows[_i].kinds[i]);
    a = redis_field(r, TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"));
    b = redis_field(r, TEXT_LITERAL("{b}h"), TEXT_LITERAL("f"));
    ran += a.at == NULL ? 0 : a.at[0] - '0';
    ran += b.at == NULL ? 0 : b.at[0] - '0';
    ck_assert_int_eq(ran, fate_rows[_i].ran);
    ck_assert_int_eq((int)plan.ran, __builtin_popcount((unsigned)ran));
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

static int64_t
number_in(struct redis *r, const char *key)
{
    struct text t = redis_field(r, text_of(key), TEXT_LITERAL("f"));

    return t.at == NULL ? -1 : t.at[0] - '0';
}

START_TEST(a_slot_loses_its_tail_and_the_others_do_not)
{
    struct redis *r = redis_new();
    struct redis_copy *one, *all;

    (void)redis_ask(r, "HSET {a}h f 1");
    (void)redis_ask(r, "HSET {b}h f 1");
    one = redis_copy(r, TEXT_LITERAL("a"));
    all = redis_copy(r, (struct text){ NULL, 0 });
    (void)redis_ask(r, "HSET {a}h f 2");
    (void)redis_ask(r, "HSET {b}h f 2");
    (void)redis_ask(r, "HSET {c}h f 2");
    redis_restore(r, one);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    ck_assert_int_eq(number_in(r, "{b}h"), 2);
    (void)redis_ask(r, "HINCRBY {a}h f 4"); /* must not reach into the copy */
    redis_restore(r, one);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    redis_restore(r, all);
    ck_assert_int_eq(number_in(r, "{b}h"), 1);
    ck_assert_int_eq(number_in(r, "{c}h"), -1);
    redis_wipe(r, TEXT_LITERAL("a"));
    ck_assert_int_eq(number_in(r, "{a}h"), -1);
    ck_assert_int_eq(number_in(r, "{b}h"), 1);
    redis_wipe(r, (struct text){ NULL, 0 });
    ck_assert_uint_eq(redis_ask(r, "KEYS *").count, 0);
    redis_copy_free(one);
    redis_copy_free(all);
    redis_free(r);
}
END_TEST

START_TEST(a_split_slot_has_two_masters_until_it_heals)
{
    struct redis *r = redis_new();
    struct redis_client *client = redis_connect(r, NULL);
    const struct store_way way = redis_way(client);
    const struct text args[] = { TEXT_LITERAL("HINCRBY"), TEXT_LITERAL("{a}h"), TEXT_LITERAL("f"),
                                 TEXT_LITERAL("1") };
    const struct command c = { .args = args, .count = 4 };
    struct redis_copy *copy;
    struct answer a;

    (void)redis_ask(r, "HSET {a}h f 1");
    copy = redis_copy(r, TEXT_LITERAL("a"));
    (void)redis_ask(r, "HSET {a}h f 5");
    redis_split(r, copy);
    ck_assert_int_eq(number_in(r, "{a}h"), 1);
    redis_set_behind(client, true);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 6);
    redis_set_behind(client, false);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 2);
    redis_set_behind(client, true);
    redis_heal(r);
    (void)way.run(way.self, &c, 1, &a, NULL);
    ck_assert_int_eq(a.integer, 3);
    redis_copy_free(copy);
    redis_disconnect(client);
    redis_free(r);
}
END_TEST

START_TEST(a_late_copy_outlives_what_it_was_made_from)
{
    struct redis *r = redis_new();
    char key[] = "{a}h";
    const struct script s = { "late", TEXT_LITERAL("return redis.call('HINCRBY', KEYS[1], 'f', 1)"),
                              0 };
    const struct text args[] = { TEXT_LITERAL("1"), { key, 4 } };
    struct redis_late *late =
        redis_keep(&(struct command){ .script = &s, .args = args, .count = 2, .key = args[1] });

    memset(key, 'x', sizeof key);
    ck_assert_int_eq(redis_do(r, redis_kept(late)).integer, 1);
    ck_assert_int_eq(redis_do(r, redis_kept(late)).integer, 2);
    ck_assert_int_eq(number_in(r, "{a}h"), 2);
    redis_late_free(late);
    redis_free(r);
}
END_TEST

START_TEST(a_mistake_replaces_one_place_of_one_script)
{
    struct redis *r = redis_new();
    const struct text args[] = { TEXT_LITERAL("0") };
    const struct script right = { "right", TEXT_LITERAL("return 1"), 0 };
    const struct script wrong = { "wrong", TEXT_LITERAL("return 1 + 1"), 1 };

    ck_assert_int_eq(redis_do(r, &(struct command){ &wrong, args, 1, args[0] }).integer, 2);
    redis_mistake(r, "wrong", "+ 1", "+ 5");
    ck_assert_int_eq(redis_do(r, &(struct command){ &wrong, args, 1, args[0] }).integer, 6);
    ck_assert_int_eq(redis_do(r, &(struct command){ &right, args, 1, args[0] }).integer, 1);
    redis_free(r);
}
END_TEST

START_TEST(a_script_that_touches_two_slots_is_refused)
{
    struct redis *r = redis_new();
    const struct text args[] = { TEXT_LITERAL("0") };
    const struct script two = { "two",
                                TEXT_LITERAL("redis.call('SET', '{a}x', 1) "
                                             "redis.call('SET', '{b}x', 1)"),
                                0 };
    struct answer a = redis_do(r, &(struct command){ &two, args, 1, args[0] });

    ck_assert_int_eq(a.kind, ANSWER_ERROR);
    ck_assert_ptr_nonnull(strstr(a.text.at, "CROSSSLOT"));
    redis_free(r);
}
END_TEST

/* ---- */

static void
set_up(void)
{
    invented = redis_new();
    real = real_redis_start();
}

static void
tear_down(void)
{
    real_redis_stop(real);
    redis_free(invented);
}

int
main(void)
{
    Suite *suite = suite_create("story_redis");
    TCase *alike = tcase_create("alike"), *faults = tcase_create("faults");
    SRunner *runner = srunner_create(suite);
    bool there = real_redis_exists();
    const char *ci = getenv("CI");
    int failed;

    tcase_add_unchecked_fixture(alike, set_up, tear_down);
    tcase_add_loop_test(alike, random_commands_answer_as_a_real_redis_does, 0, 10);
    tcase_add_test(alike, large_collections_answer_as_a_real_redis_does);
    tcase_add_test(alike, a_stream_is_cut_roughly_but_never_below_its_length);
    tcase_add_loop_test(alike, scripts_convert_as_a_real_redis_does, 0,
                        (int)(sizeof snippets / sizeof snippets[0]));
    tcase_add_loop_test(alike, random_calls_from_scripts_answer_as_a_real_redis_does, 0, 6);
    tcase_add_loop_test(alike, our_own_scripts_do_the_same_on_both, 0, 10);

    tcase_add_loop_test(faults, a_watch_decides_what_becomes_of_each_command, 0,
                        (int)(sizeof fate_rows / sizeof fate_rows[0]));
    tcase_add_test(faults, a_slot_loses_its_tail_and_the_others_do_not);
    tcase_add_test(faults, a_split_slot_has_two_masters_until_it_heals);
    tcase_add_test(faults, a_late_copy_outlives_what_it_was_made_from);
    tcase_add_test(faults, a_mistake_replaces_one_place_of_one_script);
    tcase_add_test(faults, a_script_that_touches_two_slots_is_refused);

    if (there)
        suite_add_tcase(suite, alike);
    suite_add_tcase(suite, faults);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (failed != 0)
        return EXIT_FAILURE;
    if (there)
        return EXIT_SUCCESS;
    fprintf(stderr, "SKIPPED: no redis-server to compare the invented Redis with\n");
    return ci != NULL && strcmp(ci, "true") == 0 ? EXIT_FAILURE : SKIPPED;
}
