/* bytes.h - text under construction that grows.
 *
 * A struct that is all zero is empty.  A failure to get memory is remembered in `failed`, and what
 * follows is left out: who builds a text need not look at each step.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/text.h"

struct bytes {
    char *at; /* free(3) frees it; NULL: nothing was put yet */
    size_t length, room;
    bool failed;
};

/* Room for so many more bytes at once. */
void bytes_reserve(struct bytes *b, size_t more);

/* Append some bytes; false: no memory, now or before. */
static inline bool
bytes_put(struct bytes *b, const void *at, size_t length)
{
    if (length > b->room - b->length)
        bytes_reserve(b, length);
    if (b->failed)
        return false;
    if (length > 0)
        memcpy(b->at + b->length, at, length);
    b->length += length;
    return true;
}

/* Append a text, or one that ends with NUL; NULL: nothing. */
static inline void
bytes_text(struct bytes *b, struct text t)
{
    (void)bytes_put(b, t.at, t.length);
}
static inline void
bytes_word(struct bytes *b, const char *s)
{
    (void)bytes_put(b, s, s == NULL ? 0 : strlen(s));
}
static inline void
bytes_char(struct bytes *b, char c)
{
    (void)bytes_put(b, &c, 1);
}
/* Append a number. */
void bytes_integer(struct bytes *b, int64_t n);
/* Append a JSON string, quoted; bytes that are no UTF-8 become U+FFFD. */
void bytes_json(struct bytes *b, struct text t);
/* Append as printf(3) does; at most BYTES_PRINT_MOST of it. */
enum { BYTES_PRINT_MOST = 1024 };
__attribute__((format(printf, 2, 3))) void bytes_print(struct bytes *b, const char *format, ...);

#endif
