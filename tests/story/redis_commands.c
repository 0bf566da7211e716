#include "tests/story/redis_command.h"

#include <stdarg.h>
#include <strings.h>

/* ---- answers ---------------------------------------------------------------- */

void
reply_error(struct call *c, const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    c->answer = (struct answer){ .kind = ANSWER_ERROR };
    c->answer.text = arena_text(&c->r->scratch, text_of(text));
}

void
reply_status(struct call *c, const char *status)
{
    c->answer = answer_of_text(text_of(status));
    c->status = true;
}

void
reply_nil(struct call *c)
{
    c->answer = (struct answer){ .kind = ANSWER_NIL };
}

void
reply_integer(struct call *c, int64_t n)
{
    c->answer = (struct answer){ .kind = ANSWER_INTEGER, .integer = n };
}

struct answer
answer_of_text(struct text t)
{
    return (struct answer){ .kind = ANSWER_TEXT, .text = t };
}

void
reply_text(struct call *c, struct text t)
{
    c->answer = answer_of_text(t);
}

struct answer
answer_of_double(struct call *c, double d)
{
    char text[64];
    int length = snprintf(text, sizeof text, "%.17g", d);

    return answer_of_text(arena_text(&c->r->scratch, (struct text){ text, (size_t)length }));
}

void
reply_double(struct call *c, double d)
{
    c->answer = answer_of_double(c, d);
}

struct answer *
reply_list(struct call *c, size_t count)
{
    struct answer *items = arena_take(&c->r->scratch, (count + 1) * sizeof *items);

    memset(items, 0, (count + 1) * sizeof *items);
    c->answer = (struct answer){ .kind = ANSWER_LIST, .items = items, .count = count };
    return items;
}

void
reply_syntax(struct call *c)
{
    reply_error(c, "ERR syntax error");
}

/* ---- arguments -------------------------------------------------------------- */

bool
word_is(struct text t, const char *word)
{
    return t.length == strlen(word) && strncasecmp(t.at, word, t.length) == 0;
}

bool
number_read(struct text t, int64_t *out)
{
    bool negative = t.length > 0 && t.at[0] == '-';
    size_t i = negative ? 1 : 0;
    uint64_t n = 0, most = (uint64_t)INT64_MAX + (negative ? 1 : 0);

    if (t.length == 1 && t.at[0] == '0') {
        *out = 0;
        return true;
    }
    if (i == t.length || t.at[i] < '1' || t.at[i] > '9')
        return false;
    for (; i < t.length; i++) {
        uint64_t digit = (uint64_t)(unsigned char)t.at[i] - '0';

        if (digit > 9 || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

bool
number_wanted(struct call *c, struct text t, int64_t *out)
{
    if (number_read(t, out))
        return true;
    reply_error(c, "ERR value is not an integer or out of range");
    return false;
}

/* ---- keys ------------------------------------------------------------------- */

struct slot *
call_slot(struct call *c, struct text key)
{
    struct slot *s = keyspace_slot_of(&c->r->keys, key);

    if (c->r->slot == NULL)
        c->r->slot = s;
    if (c->r->slot == s)
        return s;
    c->r->wrong_slot = true;
    reply_error(c, "CROSSSLOT Keys in request don't hash to the same slot");
    return NULL;
}

static bool
is_of_kind(struct call *c, const struct value *v, enum value_kind kind)
{
    if (v == NULL || v->kind == kind)
        return true;
    reply_error(c, "WRONGTYPE Operation against a key holding the wrong kind of value");
    return false;
}

bool
call_read(struct call *c, struct text key, enum value_kind kind, const struct value **out)
{
    struct slot *s = call_slot(c, key);

    if (s == NULL)
        return false;
    *out = key_slot_read(s, key);
    return is_of_kind(c, *out, kind);
}

bool
call_write(struct call *c, struct text key, enum value_kind kind, bool make, struct value **out)
{
    struct slot *s = call_slot(c, key);

    if (s == NULL || !is_of_kind(c, key_slot_read(s, key), kind))
        return false;
    *out = slot_write(s, key);
    if (*out == NULL && make)
        *out = slot_make(s, key, kind);
    return true;
}

void
call_remove_empty(struct call *c, struct text key, const struct value *v)
{
    if (v->dict.count == 0)
        (void)slot_remove(call_slot(c, key), key);
}

/* ---- the table -------------------------------------------------------------- */

struct command_row {
    const char *name;
    int words;
    void (*run)(struct call *c);
};

static const struct command_row rows[] = {
#define COMMAND(name, words, run) { name, words, run },
#include "tests/story/redis_commands.def"
#undef COMMAND
};
enum { ROWS = sizeof rows / sizeof rows[0], NAME_CELLS = 1024, NAME_LONGEST = 12 };

static uint32_t
name_cell(const char *lower, size_t length)
{
    uint32_t h = (uint32_t)length;

    for (size_t i = 0; i < length; i++)
        h = h * 31 + (unsigned char)lower[i];
    return (h ^ h >> 7) % NAME_CELLS;
}

/* The row of a command's name, by a table of cells made at the first call. */
static const struct command_row *
row_find(struct text name)
{
    static uint8_t cells[NAME_CELLS]; /* row + 1 */
    static bool made;
    char lower[NAME_LONGEST + 1];
    uint32_t at;

    if (!made) {
        for (uint8_t i = 0; i < ROWS; i++) {
            at = name_cell(rows[i].name, strlen(rows[i].name));
            while (cells[at] != 0)
                at = (at + 1) % NAME_CELLS;
            cells[at] = (uint8_t)(i + 1);
        }
        made = true;
    }
    if (name.length > NAME_LONGEST)
        return NULL;
    for (size_t i = 0; i < name.length; i++)
        lower[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] + 32 : name.at[i]);
    lower[name.length] = '\0';
    for (at = name_cell(lower, name.length); cells[at] != 0; at = (at + 1) % NAME_CELLS) {
        const struct command_row *row = &rows[cells[at] - 1];

        if (strcmp(row->name, lower) == 0)
            return row;
    }
    return NULL;
}

void
reply_words(struct call *c)
{
    reply_error(c, "ERR wrong number of arguments for '%s' command", row_find(c->args[0])->name);
}

static void
reply_unknown(struct call *c)
{
    char text[256];
    struct text_buffer b = { text, sizeof text - 1, 0, false };

    if (c->in_script) {
        reply_error(c, "ERR Unknown Redis command called from script");
        return;
    }
    for (size_t i = 1; i < c->count; i++) {
        text_put_char(&b, '\'');
        text_put(&b, c->args[i]);
        text_put(&b, TEXT_LITERAL("' "));
    }
    text[b.length] = '\0';
    reply_error(c, "ERR unknown command '%.*s', with args beginning with: %s",
                (int)c->args[0].length, c->args[0].at, text);
}

void
command_run(struct call *c)
{
    const struct command_row *row = row_find(c->args[0]);

    c->status = false;
    if (row == NULL) {
        reply_unknown(c);
        return;
    }
    if (row->words >= 0 ? c->count != (size_t)row->words : c->count < (size_t)-row->words) {
        if (c->in_script)
            reply_error(c, "ERR Wrong number of args calling Redis command from script");
        else
            reply_words(c);
        return;
    }
    row->run(c);
    if (c->r->tear.slot != NULL)
        tear_note(c);
}
