#include "ingest/json_inside.h"

/* Past the bytes that stand for themselves: up to a quote, a backslash or a
 * control character.  Eight at a time while none of those is among them. */
static const char *
skip_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    for (; end - at >= 8; at += 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');
        uint64_t found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                         ((eight - ones * 0x20) & ~eight);
        found &= high; /* the lowest mark is a hit; a borrow may make false ones above it */
        if (found == 0)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        return at + __builtin_ctzll(found) / 8;
#else
        break;
#endif
    }
    while (at < end && *at != '"' && *at != '\\' && (uint8_t)*at >= 0x20)
        at++;
    return at;
}

static bool
read_hex4(struct json *json, uint32_t *code)
{
    if (json->end - json->at < 4)
        return false;
    uint32_t n = 0;
    for (int i = 0; i < 4; i++) {
        char c = json->at[i];
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
        n = n << 4 | digit;
    }
    json->at += 4;
    *code = n;
    return true;
}

/* Never more bytes than the escape itself had, so `decoded` can't overflow. */
static void
put_code_point(struct json *json, uint32_t code)
{
    json->saw_nul = json->saw_nul || code == 0;
    char *out = json->decoded + json->decoded_length;
    if (code < 0x80) {
        out[0] = (char)code;
        json->decoded_length += 1;
    } else if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        json->decoded_length += 2;
    } else if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        json->decoded_length += 3;
    } else {
        out[0] = (char)(0xF0 | code >> 18);
        out[1] = (char)(0x80 | (code >> 12 & 0x3F));
        out[2] = (char)(0x80 | (code >> 6 & 0x3F));
        out[3] = (char)(0x80 | (code & 0x3F));
        json->decoded_length += 4;
    }
}

/* After "\u": one code point, of two escapes if they are a surrogate pair. */
static bool
read_unicode(struct json *json)
{
    uint32_t code, low;
    if (!read_hex4(json, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDBFF && json->end - json->at >= 2 && json->at[0] == '\\' &&
        json->at[1] == 'u') {
        const char *before = json->at;
        json->at += 2;
        if (!read_hex4(json, &low))
            return false;
        if (low >= 0xDC00 && low <= 0xDFFF)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        else
            json->at = before; /* an escape of its own */
    }
    if (code >= 0xD800 && code <= 0xDFFF)
        json->half_pair = true;
    put_code_point(json, code);
    return true;
}

static bool
read_escape(struct json *json)
{
    static const char letters[] = "\"\\/bfnrt", stands_for[] = "\"\\/\b\f\n\r\t";
    char c = json_peek(json);
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    if (found == NULL && c != 'u')
        return false;
    json->at++;
    if (found == NULL)
        return read_unicode(json);
    json->decoded[json->decoded_length++] = stands_for[found - letters];
    return true;
}

static void
keep_plain(struct json *json, const char *from, const char *to)
{
    memcpy(json->decoded + json->decoded_length, from, (size_t)(to - from));
    json->decoded_length += (size_t)(to - from);
}

enum fault
json_read_text(struct json *json, struct text *out, struct why *why)
{
    const char *from = ++json->at;
    json->at = skip_plain(from, json->end);
    if (json_peek(json) == '"') {
        *out = (struct text){ from, (size_t)(json->at - from) };
        json->at++;
        return FAULT_NONE;
    }
    char *decoded = json->decoded + json->decoded_length;
    keep_plain(json, from, json->at);
    while (json_peek(json) == '\\') {
        json->at++;
        if (!read_escape(json))
            return json_bad(json, why, "no such escape");
        from = json->at;
        json->at = skip_plain(from, json->end);
        keep_plain(json, from, json->at);
    }
    if (json_peek(json) != '"')
        return json_bad(json, why,
                        json->at < json->end ? "control character in a text" : "open text");
    json->at++;
    *out = (struct text){ decoded, (size_t)(json->decoded + json->decoded_length - decoded) };
    return FAULT_NONE;
}
