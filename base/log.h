/* log.h - what a program says on stderr while it works.
 *
 * One event is one line: JSON (for machines) or text (on a terminal).  A line
 * can't be forged by what it quotes: every value is escaped, control
 * characters and invalid UTF-8 included.
 *
 *   {"time":"2024-01-31T08:00:00.123Z","level":"warn","event":"redis away","wait_ms":400}
 *   08:00:00 warn  redis away  wait_ms=400
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/fault.h"
#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
/* "debug", "info", "warn" or "error"; FAULT_OPTION with the words that it may be. */
MUST_USE enum fault log_level_read(const char *name, enum log_level *out, struct why *why);

enum { LOG_LINE_BYTES = 8192 }; /* longer lines are cut, still well-formed */

struct log {
    enum log_level least;
    bool as_text;            /* false: JSON */
    int64_t (*now_ms)(void); /* ms since 1970; from main, so that a test sets it */
    void (*put)(void *self, const char *line, size_t length); /* '\n' included; from any thread */
    void *self;
};

enum log_kind { LOG_TEXT, LOG_INTEGER };
struct log_value {
    const char *name;
    enum log_kind kind;
    struct text text;
    int64_t integer;
};
#define LOG_T(name, value) ((struct log_value){ (name), LOG_TEXT, (value), 0 })
#define LOG_S(name, value) ((struct log_value){ (name), LOG_TEXT, text_of(value), 0 })
#define LOG_I(name, value) ((struct log_value){ (name), LOG_INTEGER, { NULL, 0 }, (value) })

/* Say an event with values.  A NULL log says nothing. */
void log_values(const struct log *log, enum log_level level, const char *event,
                const struct log_value *values, size_t count);
#define log_say(log, level, event, ...)                                                            \
    log_values((log), (level), (event), (const struct log_value[]){ __VA_ARGS__ },                 \
               sizeof((const struct log_value[]){ __VA_ARGS__ }) / sizeof(struct log_value))

/* An event from a fault: its name and why's sentence. */
void log_fault(const struct log *log, enum log_level level, const char *event, enum fault fault,
               const struct why *why);

/* Append t as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void json_put_text(struct text_buffer *b, struct text t);

#endif
