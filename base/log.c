/* A log line: an event with values, as JSON, or as text for a terminal.
 *
 * It is put together on the stack and handed over whole: it needs no memory
 * that could be missing just when there is something to report.  What does not
 * fit is cut value by value; the line stays one well-formed object. */
#include "base/log.h"
#include "base/day.h"

enum {
    LOG_TAIL_BYTES = 2, /* the closing brace and the newline always fit */
    DAY_MS = 86400000,
};

static const char *const level_name[] = { "debug", "info", "warn", "error" };

enum fault
log_level_read(const char *name, enum log_level *out, struct why *why)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (strcmp(name, level_name[i]) == 0) {
            *out = (enum log_level)i;
            return FAULT_NONE;
        }
    }
    return why_set(why, FAULT_OPTION, "--log-level %s: want debug, info, warn or error", name);
}

/* ---- quoting -------------------------------------------------------------- */

/* Of a well-formed character of up to three bytes. */
static void
put_escape(struct text_buffer *b, const char *character, size_t length)
{
    const uint8_t *at = (const uint8_t *)character;
    unsigned code = length == 1   ? at[0]
                    : length == 2 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu)
                                  : (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    text_print(b, "\\u%04x", code);
}

void
json_put_text(struct text_buffer *b, struct text t)
{
    size_t before = b->length;
    bool was_full = b->full;
    b->full = false;
    text_put_char(b, '"');
    /* Runs of characters that need no escape are copied at once. */
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

/* Time, level and event.  A clock that is unset or outside of the days that can
 * be written shows the epoch: a wrong time is better than no line. */
static void
put_head(const struct log *log, struct text_buffer *b, enum log_level level, const char *event)
{
    int64_t now_ms = log->now_ms == NULL ? 0 : log->now_ms();
    if (now_ms < 0 || !day_is_valid(now_ms / DAY_MS))
        now_ms = 0;
    char day[DAY_TEXT];
    int ms = (int)(now_ms % DAY_MS), hour = ms / 3600000, minute = ms / 60000 % 60;
    int second = ms / 1000 % 60;
    if (log->as_text) {
        text_print(b, "%02d:%02d:%02d %-5s %s", hour, minute, second, level_name[level], event);
        return;
    }
    day_write((int32_t)(now_ms / DAY_MS), day);
    text_print(b, "{\"time\":\"%sT%02d:%02d:%02d.%03dZ\",\"level\":\"%s\",\"event\":", day, hour,
               minute, second, ms % 1000, level_name[level]);
    json_put_text(b, text_of(event));
}

/* With its name before it: after a comma in JSON, after two blanks in text. */
static void
put_value(struct text_buffer *b, bool as_text, const struct log_value *value, struct text text)
{
    if (as_text) {
        text_print(b, "  %s=", value->name);
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
    /* The buffer leaves room for the end of the line, which is written past it. */
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
