#include "tests/story/compare.h"

#include "tests/story/chance.h"
#include "tests/story/real_redis.h"

#include <check.h>

static struct redis *invented;
static struct store *real;
static struct dice dice;

void
compare_set_up(void)
{
    invented = redis_new();
    real = real_redis_start();
}

void
compare_tear_down(void)
{
    real_redis_stop(real);
    redis_free(invented);
}

struct redis *
compare_invented(void)
{
    return invented;
}

void
compare_seed(uint64_t seed)
{
    dice.state = seed;
}

uint64_t
compare_draw(uint64_t below)
{
    return dice_bits(&dice) % below;
}

struct text
compare_pick(const char *words)
{
    struct text args[ARGS_MOST];
    size_t count = compare_split(words, args);

    return args[compare_draw(count)];
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

void
compare_command(const struct command *c, int unordered)
{
    static char one[TEXT_BYTES], two[TEXT_BYTES], what[TEXT_BYTES];
    struct answer a = redis_do(invented, c), b = ask_real(c);

    ck_assert_msg(strcmp(shown(&a, unordered, one), shown(&b, unordered, two)) == 0,
                  "%s\ninvented: %s\nreal:     %s", spelled(c, what), one, two);
}

/* Words separated by single blanks; "''" is the empty word. */
size_t
compare_split(const char *words, struct text *args)
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

void
compare_words(const char *words, int unordered)
{
    struct text args[ARGS_MOST];
    struct command c = { .args = args, .count = compare_split(words, args) };

    compare_command(&c, unordered);
}

/* Every key says the same on both. */
void
compare_state(void)
{
    static const struct {
        const char *type, *command;
        int unordered;
    } rows[] = {
        { "string", "GET KEY", 0 },        { "hash", "HGETALL KEY", 2 },
        { "set", "SMEMBERS KEY", 1 },      { "zset", "ZRANGE KEY 0 -1 WITHSCORES", 0 },
        { "stream", "XRANGE KEY - +", 0 },
    };
    static char names[64][80]; /* for a copy: each question voids the last answer */
    struct text keys[64];
    struct answer answer;
    size_t count;

    compare_words("KEYS *", 1);
    answer = redis_ask(invented, "KEYS *");
    count = answer.count;
    ck_assert_uint_le(count, 64);
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct text){ names[i], answer.items[i].text.length };
        ck_assert_uint_lt(keys[i].length, sizeof names[i]);
        memcpy(names[i], answer.items[i].text.at, keys[i].length);
    }
    for (size_t i = 0; i < count; i++) {
        const struct text ask[] = { TEXT_LITERAL("TYPE"), keys[i] };
        struct command c = { .args = ask, .count = 2 };

        compare_command(&c, 0);
        answer = redis_do(invented, &c);
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            struct text args[ARGS_MOST];

            if (!text_equal(answer.text, text_of(rows[k].type)))
                continue;
            c = (struct command){ .args = args, .count = compare_split(rows[k].command, args) };
            args[1] = keys[i];
            compare_command(&c, rows[k].unordered);
            break;
        }
    }
}

void
compare_anew(void)
{
    redis_clear(invented);
    redis_set_clock(invented, INT64_C(1700000000000)); /* who looks takes both clocks for "now" */
    (void)ask_real(&(struct command){ .args = &TEXT_LITERAL("FLUSHALL"), .count = 1 });
}

/* Add a script's file to the text. */
static void
add_file(struct text_buffer *b, const char *name)
{
    const char *root = getenv("TALLY_ROOT");
    static char path[512];
    FILE *f;

    ck_assert_ptr_nonnull(root);
    (void)snprintf(path, sizeof path, "%s/aggregator/scripts/%s.lua", root, name);
    f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    b->length += fread(b->at + b->length, 1, b->size - b->length, f);
    (void)fclose(f);
}

struct text
compare_script(const char *name)
{
    static const char *const of_scopes[] = { "push", "tell", "reset", "swap" };
    struct text_buffer b = { malloc(TEXT_BYTES), TEXT_BYTES, 0, false };

    ck_assert_ptr_nonnull(b.at);
    for (size_t i = 0; i < sizeof of_scopes / sizeof of_scopes[0]; i++)
        if (strcmp(name, of_scopes[i]) == 0)
            add_file(&b, "asof");
    add_file(&b, name);
    return (struct text){ b.at, b.length };
}
