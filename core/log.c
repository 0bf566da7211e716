#include "core/log.h"
#include "core/day.h"

enum {
    LOG_TAIL_BYTES = 2, /* the closing brace and the newline always fit */
    DAY_MS = 86400000,
};

static const char *const level_name[] = { "debug", "info", "warn", "error" };

/* ---- quoting -------------------------------------------------------------- */

/* Of a well-formed character of up to three bytes. */
static void
put_escape(struct text_buffer *b, const char *character, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *at = (const uint8_t *)character;
    unsigned code = length == 1   ? at[0]
                    : length == 2 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu)
                                  : (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    char out[6] = { '\\',          'u', hex[code >> 12], hex[code >> 8 & 15], hex[code >> 4 & 15],
                    hex[code & 15] };
    text_put(b, (struct text){ out, sizeof out });
}

void
json_put_text(struct text_buffer *b, struct text t)
{
    size_t before = b->length;
    bool was_full = b->full;
    b->full = false;
    text_put_char(b, '"');
    size_t plain = 0; /* bytes up to `at` that stand for themselves */
    for (size_t at = 0; at < t.length && !b->full;) {
        const char *here = t.at + at;
        size_t length = text_character((struct text){ here, t.length - at });
        bool quoted = *here == '"' || *here == '\\';
        if (length > 0 && !quoted && !text_is_control(here, length)) {
            plain += length;
            at += length;
            continue;
        }
        text_put(b, (struct text){ t.at + at - plain, plain });
        plain = 0;
        if (length == 0) {
            text_put(b, TEXT_LITERAL("\xEF\xBF\xBD"));
            length = 1;
        } else if (quoted) {
            text_put_char(b, '\\');
            text_put_char(b, *here);
        } else {
            put_escape(b, here, length);
        }
        at += length;
    }
    if (plain > 0)
        text_put(b, (struct text){ t.at + t.length - plain, plain });
    text_put_char(b, '"');
    if (b->full)
        b->length = before; /* all of it or nothing */
    b->full = b->full || was_full;
}

/* On a terminal a plain word needs no quotes. */
static void
put_word(struct text_buffer *b, struct text t)
{
    bool plain = t.length > 0;
    for (size_t i = 0; i < t.length && plain; i++)
        plain = t.at[i] > ' ' && t.at[i] <= '~' && t.at[i] != '"' && t.at[i] != '=';
    if (plain)
        text_put(b, t);
    else
        json_put_text(b, t);
}

/* ---- one line --------------------------------------------------------------- */

static void
put_digits(struct text_buffer *b, int64_t n, int width)
{
    char out[4];
    for (int i = width; i-- > 0; n /= 10)
        out[i] = (char)('0' + n % 10);
    text_put(b, (struct text){ out, (size_t)width });
}

static void
put_clock(struct text_buffer *b, int64_t ms_of_day)
{
    put_digits(b, ms_of_day / 3600000, 2);
    text_put_char(b, ':');
    put_digits(b, ms_of_day / 60000 % 60, 2);
    text_put_char(b, ':');
    put_digits(b, ms_of_day / 1000 % 60, 2);
}

static void
put_head(const struct log *log, struct text_buffer *b, enum log_level level, const char *event)
{
    int64_t now_ms = log->now_ms == NULL ? 0 : log->now_ms();
    if (now_ms < 0 || !day_is_valid(now_ms / DAY_MS))
        now_ms = 0;
    if (log->as_text) {
        put_clock(b, now_ms % DAY_MS);
        text_put_char(b, ' ');
        text_put(b, text_of(level_name[level]));
        text_put(b,
                 level == LOG_INFO || level == LOG_WARN ? TEXT_LITERAL("  ") : TEXT_LITERAL(" "));
        text_put(b, text_of(event));
        return;
    }
    char day[DAY_TEXT];
    day_write((int32_t)(now_ms / DAY_MS), day);
    text_put(b, TEXT_LITERAL("{\"time\":\""));
    text_put(b, text_of(day));
    text_put_char(b, 'T');
    put_clock(b, now_ms % DAY_MS);
    text_put_char(b, '.');
    put_digits(b, now_ms % 1000, 3);
    text_put(b, TEXT_LITERAL("Z\",\"level\":\""));
    text_put(b, text_of(level_name[level]));
    text_put(b, TEXT_LITERAL("\",\"event\":"));
    json_put_text(b, text_of(event));
}

static void
put_value(struct text_buffer *b, bool as_text, const struct log_value *value, struct text text)
{
    if (as_text) {
        text_put(b, TEXT_LITERAL("  "));
        text_put(b, text_of(value->name));
        text_put_char(b, '=');
    } else {
        text_put_char(b, ',');
        json_put_text(b, text_of(value->name));
        text_put_char(b, ':');
    }
    if (value->kind == LOG_INTEGER)
        text_put_integer(b, value->integer);
    else if (as_text)
        put_word(b, text);
    else
        json_put_text(b, text);
}

/* Puts a value, its text halved until it fits; without any room, nothing. */
static void
put_value_cut(struct text_buffer *b, bool as_text, const struct log_value *value)
{
    size_t before = b->length;
    struct text text = value->text;
    for (;;) {
        b->full = false;
        put_value(b, as_text, value, text);
        if (!b->full)
            return;
        b->length = before;
        if (value->kind == LOG_INTEGER || text.length == 0)
            return;
        text.length /= 2;
        while (text.length > 0 && ((uint8_t)text.at[text.length] & 0xC0) == 0x80)
            text.length--; /* not in the middle of a character */
    }
}

void
log_values(const struct log *log, enum log_level level, const char *event,
           const struct log_value *values, size_t count)
{
    if (log == NULL || log->put == NULL || level < log->least)
        return;
    char line[LOG_LINE_BYTES];
    struct text_buffer b = { .at = line, .size = sizeof line - LOG_TAIL_BYTES };
    put_head(log, &b, level, event);
    for (size_t i = 0; i < count; i++)
        put_value_cut(&b, log->as_text, &values[i]);
    if (!log->as_text)
        line[b.length++] = '}';
    line[b.length++] = '\n';
    log->put(log->self, line, b.length);
}

void
log_fault(const struct log *log, enum log_level level, const char *event, enum fault fault,
          const struct why *why)
{
    struct log_value values[3] = { LOG_S("fault", fault_name(fault)) };
    size_t count = 1;
    if (why != NULL && why->field[0] != '\0')
        values[count++] = LOG_S("field", why->field);
    if (why != NULL && why->text[0] != '\0')
        values[count++] = LOG_S("why", why->text);
    log_values(log, level, event, values, count);
}
