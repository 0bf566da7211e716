/* keys.c - keys and windows, spelled and read (ledger/keys.h).
 *
 * Readers in other languages spell the same keys (docs/readers.md), so the
 * spelling never changes.  Every buffer is larger than the longest key that its
 * parts can make; finish() asserts it. */
#include "ledger/keys.h"

#include <assert.h>

enum { YEAR_FIRST = 1970, YEAR_LAST = 9999, WINDOW_DAYS_MOST = 9999 };

/* ---- windows ---------------------------------------------------------------- */

/* 1..9999 without sign or leading zeros; 0: none of that. */
static int
read_count(struct text t)
{
    int64_t n = t.length == 0 || t.length > 4 || t.at[0] == '0' ? 0 : text_number(t);

    return n < 0 ? 0 : (int)n;
}

/* "31d" -> 31; 0: no moving window. */
static int
read_days(struct text t)
{
    if (t.length == 0 || t.at[t.length - 1] != 'd')
        return 0;
    return read_count((struct text){ t.at, t.length - 1 });
}

enum fault
windows_read(struct text t, struct windows *out, struct why *why)
{
    struct windows windows = { 0 };
    size_t begin = 0;

    /* One step behind the end, where the last window ends as at a comma. */
    for (size_t i = 0; i <= t.length; i++) {
        struct text one;
        int days;

        if (i < t.length && t.at[i] != ',')
            continue;
        one = (struct text){ t.at + begin, i - begin };
        days = read_days(one);
        if (days == 0)
            return why_set(why, FAULT_OPTION, "windows: \"%.*s\" is not 1d to %dd",
                           (int)(one.length < 40 ? one.length : 40), one.at, WINDOW_DAYS_MOST);
        if (windows.count == WINDOWS_MOST)
            return why_set(why, FAULT_OPTION, "windows: more than %d", WINDOWS_MOST);
        /* Ascending, so that one list has one spelling: meta keeps it, and a
         * process with another one must see that it is another (rule 15). */
        if (windows.count > 0 && windows.days[windows.count - 1] >= days)
            return why_set(why, FAULT_OPTION, "windows: %dd does not rise", days);
        windows.days[windows.count++] = (int16_t)days;
        begin = i + 1;
    }
    *out = windows;
    return FAULT_NONE;
}

/* "all", "2023", "31d". */
static void
put_window(struct text_buffer *b, int window, const struct windows *w)
{
    if (window == WINDOW_ALL) {
        text_put(b, TEXT_LITERAL("all"));
    } else if (window >= WINDOW_YEAR) {
        text_put_integer(b, window - WINDOW_YEAR);
    } else {
        assert(0 <= window && window < w->count);
        text_put_integer(b, w->days[window]);
        text_put_char(b, 'd');
    }
}

/* Ends a text with NUL, for which every buffer has kept a byte. */
static size_t
finish(struct text_buffer *b)
{
    assert(!b->full);
    b->at[b->length] = '\0';
    return b->length;
}

size_t
windows_write(const struct windows *w, char *out, size_t size)
{
    struct text_buffer b = { .at = out, .size = size - 1 };

    for (int i = 0; i < w->count; i++) {
        if (i > 0)
            text_put_char(&b, ',');
        put_window(&b, i, w);
    }
    return finish(&b);
}

size_t
window_write(int window, const struct windows *w, char out[WINDOW_TEXT])
{
    struct text_buffer b = { .at = out, .size = WINDOW_TEXT - 1 };

    put_window(&b, window, w);
    return finish(&b);
}

bool
window_read(struct text t, const struct windows *w, int *window)
{
    /* "2023" is a year; a moving window ends in d, so nothing is both. */
    int days = read_days(t), year = t.length == 4 ? read_count(t) : 0;

    if (text_equal(t, TEXT_LITERAL("all"))) {
        *window = WINDOW_ALL;
        return true;
    }
    if (YEAR_FIRST <= year && year <= YEAR_LAST) {
        *window = WINDOW_YEAR + year;
        return true;
    }
    for (int i = 0; days != 0 && i < w->count; i++)
        if (w->days[i] == days) {
            *window = i;
            return true;
        }
    return false;
}

/* ---- keys --------------------------------------------------------------------- */

/* "tt:{CN-LN}:" */
static struct text_buffer
begin_scope(const char *prefix, int scope, char out[KEY_BYTES])
{
    struct text_buffer b = { .at = out, .size = KEY_BYTES - 1 };

    text_put(&b, text_of(prefix));
    text_put_char(&b, '{');
    text_put(&b, text_of(scope_code(scope)));
    text_put(&b, TEXT_LITERAL("}:"));
    return b;
}

/* "tt:{trade-events/3}:" */
static struct text_buffer
begin_partition(const char *prefix, const char *topic, int32_t partition, char out[KEY_BYTES])
{
    struct text_buffer b = { .at = out, .size = KEY_BYTES - 1 };

    text_put(&b, text_of(prefix));
    text_put_char(&b, '{');
    text_put(&b, text_of(topic));
    text_put_char(&b, '/');
    text_put_integer(&b, partition);
    text_put(&b, TEXT_LITERAL("}:"));
    return b;
}

size_t
key_schema_ids(const char *prefix, char out[KEY_BYTES])
{
    struct text_buffer b = { .at = out, .size = KEY_BYTES - 1 };

    text_put(&b, text_of(prefix));
    text_put(&b, TEXT_LITERAL("{schemas}:ids"));
    return finish(&b);
}

size_t
key_until(const char *prefix, char out[KEY_BYTES])
{
    struct text_buffer b = { .at = out, .size = KEY_BYTES - 1 };

    text_put(&b, text_of(prefix));
    text_put(&b, TEXT_LITERAL("{until}"));
    return finish(&b);
}

size_t
key_pair(const char *prefix, int scope, int partner, int window, bool detail,
         const struct windows *w, char out[KEY_BYTES])
{
    struct text_buffer b = begin_scope(prefix, scope, out);

    text_put(&b, text_of(partner_code(partner)));
    text_put_char(&b, ':');
    put_window(&b, window, w);
    if (detail)
        text_put(&b, TEXT_LITERAL(":detail"));
    return finish(&b);
}

size_t
key_months(const char *prefix, int scope, int partner, char out[KEY_BYTES])
{
    struct text_buffer b = begin_scope(prefix, scope, out);

    text_put(&b, text_of(partner_code(partner)));
    text_put(&b, TEXT_LITERAL(":months"));
    return finish(&b);
}

size_t
key_top(const char *prefix, int scope, int window, uint32_t measure, const struct windows *w,
        char out[KEY_BYTES])
{
    struct text_buffer b = begin_scope(prefix, scope, out);
    char name[MEASURE_TEXT];
    size_t length = measure_write(measure, name);

    text_put(&b, TEXT_LITERAL("top:"));
    put_window(&b, window, w);
    text_put_char(&b, ':');
    text_put(&b, (struct text){ name, length });
    return finish(&b);
}

size_t
key_scope(const char *prefix, int scope, const char *what, char out[KEY_BYTES])
{
    struct text_buffer b = begin_scope(prefix, scope, out);

    text_put(&b, text_of(what));
    return finish(&b);
}

size_t
key_meta(const char *prefix, const char *topic, int32_t partition, char out[KEY_BYTES])
{
    struct text_buffer b = begin_partition(prefix, topic, partition, out);

    text_put(&b, TEXT_LITERAL("meta"));
    return finish(&b);
}

size_t
key_chunk(const char *prefix, const char *topic, int32_t partition, const char *generation,
          int64_t chunk, char out[KEY_BYTES])
{
    struct text_buffer b = begin_partition(prefix, topic, partition, out);

    text_put(&b, TEXT_LITERAL("journal:"));
    text_put(&b, text_of(generation));
    text_put_char(&b, ':');
    text_put_integer(&b, chunk);
    return finish(&b);
}
