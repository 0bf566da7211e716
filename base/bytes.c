/* Text that grows: an array of characters that doubles when it is full. */
#include "base/bytes.h"

#include "base/grow.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { ESCAPED_MOST = 6 }; /* bytes that one becomes in JSON: \u001f */

void
bytes_reserve(struct bytes *b, size_t more)
{
    char *larger = b->failed ? NULL : grow(b->at, &b->room, b->length + more, 1);
    if (larger == NULL)
        b->failed = true;
    else
        b->at = larger;
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
    bytes_reserve(b, most);
    if (b->failed)
        return;
    struct text_buffer out = { .at = b->at + b->length, .size = most };
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
