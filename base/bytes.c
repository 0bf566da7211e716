/* Text that grows: an array of characters that doubles when it is full. */
#include "base/bytes.h"

#include "base/grow.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { ESCAPED_MOST = 6 }; /* bytes that one becomes in JSON: \u001f */

bool
bytes_put(struct bytes *b, const void *at, size_t length)
{
    char *larger = b->failed ? NULL : grow(b->at, &b->room, b->length + length, 1);
    if (larger == NULL) {
        b->failed = true;
        return false;
    }
    b->at = larger;
    if (length > 0)
        memcpy(larger + b->length, at, length);
    b->length += length;
    return true;
}

void
bytes_text(struct bytes *b, struct text t)
{
    (void)bytes_put(b, t.at, t.length);
}

void
bytes_word(struct bytes *b, const char *s)
{
    bytes_text(b, text_of(s));
}

void
bytes_integer(struct bytes *b, int64_t n)
{
    char digits[24];
    struct text_buffer out = { .at = digits, .size = sizeof digits };
    text_put_integer(&out, n);
    bytes_text(b, text_done(&out));
}

void
bytes_json(struct bytes *b, struct text t)
{
    size_t most = ESCAPED_MOST * t.length + 2;
    char *larger = b->failed ? NULL : grow(b->at, &b->room, b->length + most, 1);
    if (larger == NULL) {
        b->failed = true;
        return;
    }
    b->at = larger;
    struct text_buffer out = { .at = larger + b->length, .size = most };
    json_put_text(&out, t);
    b->length += out.length;
}

void
bytes_print(struct bytes *b, const char *format, ...)
{
    char out[BYTES_PRINT_MOST];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, sizeof out, format, args);
    va_end(args);
    if (length < 0)
        return;
    bytes_text(b,
               (struct text){ out, (size_t)length < sizeof out ? (size_t)length : sizeof out - 1 });
}
