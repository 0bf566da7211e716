/* A text as what counts of it.
 *
 * One function takes a text's next character and says what counts of it.  All others
 * go on with that, so what is written and the names in the tables are read alike;
 * hundreds of names are compared with one text, and most end at their first letter. */
#include "record/plain.h"

enum { COUNTS_MOST = 4 }; /* bytes that count of one character */

/* U+00C0 to U+017F, Latin letters with accents, without them; '-': it is none, '1' and so on:
 * two letters. */
static const char latin[] = "aaaaaa1ceeeeiiii"  /* U+00C0 */
                            "dnooooo-ouuuuy23"  /* U+00D0 */
                            "aaaaaa1ceeeeiiii"  /* U+00E0 */
                            "dnooooo-ouuuuy2y"  /* U+00F0 */
                            "aaaaaaccccccccdd"  /* U+0100 */
                            "ddeeeeeeeeeegggg"  /* U+0110 */
                            "gggghhhhiiiiiiii"  /* U+0120 */
                            "ii44jjkkklllllll"  /* U+0130 */
                            "lllnnnnnnnnnoooo"  /* U+0140 */
                            "oo55rrrrrrssssss"  /* U+0150 */
                            "ssttttttuuuuuuuu"  /* U+0160 */
                            "uuuuwwyyyzzzzzzs"; /* U+0170 */
static const char *const two_letters[] = { "ae", "th", "ss", "ij", "oe" };
_Static_assert(sizeof latin == 0x180 - 0xC0 + 1, "a letter for each character");

/* Blanks and punctuation of other scripts: U+0080 to U+00BF, U+2000 to U+206F, U+3000 to U+303F;
 * also accents that stand alone, U+0300 to U+036F. */
static bool
is_silent(unsigned code)
{
    return (0x80 <= code && code < 0xC0) || (0x300 <= code && code < 0x370) ||
           (0x2000 <= code && code < 0x2070) || (0x3000 <= code && code < 0x3040);
}

/* A letter in lower case, or a digit; 0: neither. */
static char
plain_letter(char c)
{
    if ('A' <= c && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') ? c : 0;
}

/* The code of a character of two or three bytes. */
static unsigned
code_of(const char *at, size_t length)
{
    const uint8_t *byte = (const uint8_t *)at;

    return length == 2 ? (byte[0] & 31U) << 6 | (byte[1] & 63U)
                       : (byte[0] & 15U) << 12 | (byte[1] & 63U) << 6 | (byte[2] & 63U);
}

static size_t
put_letters(const char *letters, char out[COUNTS_MOST])
{
    size_t length = 0;

    for (; letters[length] != '\0'; length++)
        out[length] = letters[length];
    return length;
}

/* What counts of one ASCII character. */
static size_t
take_ascii(char c, char out[COUNTS_MOST])
{
    if (c == '&')
        return put_letters("and", out);
    out[0] = plain_letter(c);
    return out[0] != 0;
}

/* What counts of the next character, up to COUNTS_MOST bytes, and none of one that says nothing.
 * Bytes that are no UTF-8 count as they are. */
static size_t
take(struct text *t, char out[COUNTS_MOST])
{
    size_t length = text_character(*t);
    const char *at = t->at;

    length = length == 0 ? 1 : length;
    t->at += length;
    t->length -= length;
    if (length == 1 && (uint8_t)at[0] < 0x80)
        return take_ascii(at[0], out);
    if (length == 2 || length == 3) {
        unsigned code = code_of(at, length);

        if (0xFF01 <= code && code <= 0xFF5E)
            return take_ascii((char)(code - 0xFF01 + '!'), out);
        if (is_silent(code) || code == 0xD7 || code == 0xF7)
            return 0;
        if (0xC0 <= code && code < 0x180) {
            char c = latin[code - 0xC0];

            if ('1' <= c && c <= '5')
                return put_letters(two_letters[c - '1'], out);
            out[0] = c;
            return 1;
        }
    }
    memcpy(out, at, length);
    return length;
}

bool
plainly(struct text t, struct plain *out)
{
    char counts[COUNTS_MOST];

    out->length = 0;
    while (t.length > 0) {
        size_t more = take(&t, counts);

        if (out->length + more > sizeof out->at)
            return false;
        memcpy(out->at + out->length, counts, more);
        out->length += more;
    }
    return out->length > 0;
}

/* Does the name begin with the text?  Then *rest is what follows it. */
static bool
begins(const struct plain *p, struct text name, struct text *rest)
{
    char counts[COUNTS_MOST];
    size_t at = 0;

    while (at < p->length && name.length > 0) {
        size_t more = take(&name, counts);

        if (more > p->length - at || memcmp(p->at + at, counts, more) != 0)
            return false;
        at += more;
    }
    *rest = name;
    return at == p->length;
}

bool
is_plainly(const struct plain *p, const char *name)
{
    char counts[COUNTS_MOST];
    struct text rest;

    if (!begins(p, text_of(name), &rest))
        return false;
    while (rest.length > 0)
        if (take(&rest, counts) > 0)
            return false;
    return true;
}

bool
is_plain_beginning(const struct plain *p, const char *name)
{
    struct text rest;

    return begins(p, text_of(name), &rest);
}

bool
is_plain_word(const struct plain *p, const char *name)
{
    struct text left = text_of(name), rest;
    char counts[COUNTS_MOST];
    bool is_start = true;

    while (left.length > 0) {
        bool is_wide = (uint8_t)left.at[0] >= 0xE0; /* three bytes: no alphabet that we have */

        if ((is_start || is_wide) && begins(p, left, &rest))
            return true;
        is_start = take(&left, counts) == 0;
    }
    return false;
}

bool
is_plain_ending(const struct plain *p, const char *end)
{
    size_t length = strlen(end);

    return p->length > length && memcmp(p->at + p->length - length, end, length) == 0;
}

void
plain_drop_end(struct plain *p, const char *end)
{
    if (is_plain_ending(p, end))
        p->length -= strlen(end);
}

void
plain_drop_front(struct plain *p, const char *front)
{
    size_t length = strlen(front);

    if (p->length <= length || memcmp(p->at, front, length) != 0)
        return;
    p->length -= length;
    memmove(p->at, p->at + length, p->length);
}

bool
plain_narrow(struct text t, struct plain *out)
{
    out->length = 0;
    while (t.length > 0) {
        size_t length = text_character(t);
        unsigned code = length == 3 ? code_of(t.at, length) : 0;
        bool is_wide = 0xFF01 <= code && code <= 0xFF5E;

        length = is_wide ? 3 : 1;
        if (out->length == sizeof out->at)
            return false;
        out->at[out->length++] = is_wide ? (char)(code - 0xFF01 + '!') : t.at[0];
        t.at += length;
        t.length -= length;
    }
    return true;
}
