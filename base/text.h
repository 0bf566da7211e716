/* text.h - a borrowed run of bytes.
 *
 * A struct text points into memory that somebody else owns (a line, a
 * message, a table) and is good for as long as that memory is.  It is not
 * NUL-terminated.  { NULL, 0 } is the absent text; an empty text that is
 * present has at != NULL.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    size_t length;
};

#define TEXT_LITERAL(s) ((struct text){ (s), sizeof(s) - 1 })

static inline struct text
text_of(const char *s)
{
    return (struct text){ s, s == NULL ? 0 : strlen(s) };
}

static inline bool
text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* For "%.*s": as much of a text as belongs into a sentence. */
static inline int
text_shown(struct text t)
{
    return t.length < 200 ? (int)t.length : 200;
}

/* Order of unsigned bytes, a shorter text before its continuations. */
int text_compare(struct text a, struct text b);

/* Nothing but blanks, tabs, CR and LF; also the empty text. */
bool text_is_blank(struct text t);

/* Nothing but 0x01 to 0x7F: what most texts are. */
bool text_is_ascii(struct text t);

/* True when the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no
 * overlong forms, nothing above U+10FFFF).  NUL is well-formed. */
bool text_is_utf8(struct text t);

/* Bytes of the well-formed character that a text which is not empty begins
 * with; 0 when there is none. */
size_t text_character(struct text t);

/* Is a character a control: what steers a terminal or breaks a line (C0, DEL,
 * C1, U+2028, U+2029), or shows what follows in another order (the bidirectional
 * controls of Unicode UAX 9)? */
bool text_is_control(const char *character, size_t bytes);

/* A text under construction in a buffer of fixed size, never beyond it.
 * full becomes true, and stays so, once something did not fit; what did not
 * fit is left out whole. */
struct text_buffer {
    char *at;
    size_t size, length;
    bool full;
};

/* Append a text, one character, or a number in decimal with '-' before a
 * negative one.  An absent text appends nothing.  No NUL is added: a buffer that
 * must end with one has its last byte kept out of `size`. */
void text_put(struct text_buffer *b, struct text t);
void text_put_char(struct text_buffer *b, char c);
void text_put_integer(struct text_buffer *b, int64_t n);
/* Append as printf(3) does, all or nothing.  While it does so it needs one byte more, for NUL. */
__attribute__((format(printf, 2, 3))) void
text_print(struct text_buffer *b, const char *format, ...);

/* A copy with NUL into out; false when it does not fit, and out is as it was. */
bool text_copy(struct text t, char *out, size_t size);

/* Of a hexadecimal digit, also a capital one; -1: it is none. */
int text_hex_digit(char c);
/* A number of 1 to 18 decimal digits and nothing else; -1: it is none. */
int64_t text_number(struct text t);
/* A whole number as Redis writes it, within int64.  False: it is none. */
bool text_integer(struct text t, int64_t *out);

static inline struct text
text_done(const struct text_buffer *b)
{
    return (struct text){ b->at, b->length };
}

#endif
