#include "ingest/json.h"

enum {
    NAMES_SEARCHED = 64,   /* objects with more members are sorted instead */
    EXPONENT_LIMIT = 308,  /* a number from 10^308 is refused */
    EXPONENT_CAP = 1 << 28 /* more than any line's digits can make up for */
};

struct json {
    const char *start, *at, *end; /* the line; at is where we are */
    uint32_t node_count;
    uint32_t depth;
    uint32_t open[JSON_DEPTH_MOST]; /* containers that are not closed yet */
    bool half_pair;                 /* a lone surrogate was seen */
    size_t decoded_length;
    char decoded[RECORD_BYTES]; /* texts that had escapes */
    struct json_node nodes[JSON_NODES_MOST];
    const struct text *sorted[JSON_NODES_MOST]; /* names of one large object */
};

struct json *
json_new(void)
{
    return calloc(1, sizeof(struct json)); /* pages that no line needs stay untouched */
}

void
json_free(struct json *json)
{
    free(json);
}

const struct json_node *
json_nodes(const struct json *json)
{
    return json->nodes;
}

static enum fault
bad(const struct json *json, struct why *why, const char *what)
{
    return why_set(why, BAD_JSON, "%s at byte %td", what, json->at - json->start + 1);
}

/* The byte at hand; NUL, which JSON has nowhere outside of texts, at the end. */
static char
peek(const struct json *json)
{
    return json->at < json->end ? *json->at : '\0';
}

static void
skip_blanks(struct json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

/* ---- texts ------------------------------------------------------------------- */

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
        /* A byte is below n exactly if it borrows; the first hit is exact. */
        uint64_t found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                         ((eight - ones * 0x20) & ~eight);
        if ((found & high) != 0)
            break;
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
    char c = peek(json);
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

/* From the opening quote to past the closing one. */
static enum fault
read_text(struct json *json, struct text *out, struct why *why)
{
    const char *from = ++json->at;
    json->at = skip_plain(from, json->end);
    if (peek(json) == '"') {
        *out = (struct text){ from, (size_t)(json->at - from) };
        json->at++;
        return FAULT_NONE;
    }
    char *decoded = json->decoded + json->decoded_length;
    keep_plain(json, from, json->at);
    while (peek(json) == '\\') {
        json->at++;
        if (!read_escape(json))
            return bad(json, why, "no such escape");
        from = json->at;
        json->at = skip_plain(from, json->end);
        keep_plain(json, from, json->at);
    }
    if (peek(json) != '"')
        return bad(json, why, json->at < json->end ? "control character in a text" : "open text");
    json->at++;
    *out = (struct text){ decoded, (size_t)(json->decoded + json->decoded_length - decoded) };
    return FAULT_NONE;
}

/* ---- numbers ------------------------------------------------------------------- */

static size_t
skip_digits(struct json *json)
{
    const char *from = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return (size_t)(json->at - from);
}

static bool
integer_from(struct text digits, bool negative, int64_t *out)
{
    if (digits.length > 19)
        return false;
    uint64_t n = 0; /* 19 digits fit */
    for (size_t i = 0; i < digits.length; i++)
        n = n * 10 + (uint64_t)(digits.at[i] - '0');
    if (n > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* The power of ten of a number's first digit that is not zero, as far as its
 * digits say; INT64_MIN when all are zero. */
static int64_t
leading_power(struct text whole, struct text fraction)
{
    if (whole.at[0] != '0')
        return (int64_t)whole.length - 1;
    for (size_t i = 0; i < fraction.length; i++) {
        if (fraction.at[i] != '0')
            return -(int64_t)i - 1;
    }
    return INT64_MIN;
}

/* The exponent's value, cut at EXPONENT_CAP; false when it has no digits. */
static bool
read_exponent(struct json *json, int64_t *out)
{
    json->at++;
    bool negative = peek(json) == '-';
    if (negative || peek(json) == '+')
        json->at++;
    const char *from = json->at;
    int64_t n = 0;
    if (skip_digits(json) == 0)
        return false;
    for (; from < json->at && n < EXPONENT_CAP; from++)
        n = n * 10 + (*from - '0');
    *out = negative ? -n : n;
    return true;
}

static enum fault
read_number(struct json *json, struct json_node *node, struct why *why)
{
    bool negative = peek(json) == '-';
    if (negative)
        json->at++;
    struct text whole = { json->at, 0 }, fraction = { NULL, 0 };
    int64_t exponent = 0;
    node->kind = JSON_INTEGER;
    whole.length = skip_digits(json);
    if (whole.length == 0)
        return bad(json, why, "no value");
    if (whole.at[0] == '0' && whole.length > 1)
        return bad(json, why, "leading zero");
    if (peek(json) == '.') {
        fraction.at = ++json->at;
        fraction.length = skip_digits(json);
        if (fraction.length == 0)
            return bad(json, why, "no digits after the point");
        node->kind = JSON_REAL;
    }
    if (peek(json) == 'e' || peek(json) == 'E') {
        if (!read_exponent(json, &exponent))
            return bad(json, why, "no digits in the exponent");
        node->kind = JSON_REAL;
    }
    if (node->kind == JSON_INTEGER) {
        if (!integer_from(whole, negative, &node->integer))
            return bad(json, why, "number too large");
        return FAULT_NONE;
    }
    int64_t power = leading_power(whole, fraction);
    if (power != INT64_MIN && power + exponent >= EXPONENT_LIMIT)
        return bad(json, why, "number too large");
    return FAULT_NONE;
}

/* ---- names of an object --------------------------------------------------------- */

static int
by_bytes(const void *a, const void *b)
{
    const struct text *const *x = a, *const *y = b;
    return text_compare(**x, **y);
}

static const struct text *
repeated_of_many(struct json *json, uint32_t object)
{
    size_t count = 0;
    for (uint32_t i = object + 1; i < json->node_count; i = json->nodes[i].after)
        json->sorted[count++] = &json->nodes[i].name;
    qsort(json->sorted, count, sizeof json->sorted[0], by_bytes);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(*json->sorted[i - 1], *json->sorted[i]))
            return json->sorted[i];
    }
    return NULL;
}

/* A name that stands twice among the members of the object at hand, or NULL.
 * Most names are told apart by one bit of length and end letters. */
static const struct text *
repeated_name(struct json *json, uint32_t object)
{
    if (json->nodes[object].count > NAMES_SEARCHED)
        return repeated_of_many(json, object);
    uint64_t seen = 0;
    for (uint32_t i = object + 1; i < json->node_count; i = json->nodes[i].after) {
        struct text name = json->nodes[i].name;
        size_t mix = name.length;
        if (mix > 0)
            mix += (uint8_t)name.at[0] * 5U + (uint8_t)name.at[mix - 1] * 11U;
        uint64_t bit = UINT64_C(1) << (mix & 63);
        if ((seen & bit) != 0) {
            for (uint32_t k = object + 1; k < i; k = json->nodes[k].after) {
                if (text_equal(json->nodes[k].name, name))
                    return &json->nodes[i].name;
            }
        }
        seen |= bit;
    }
    return NULL;
}

static enum fault
judge_names(struct json *json, uint32_t object, struct why *why)
{
    for (uint32_t i = object + 1; i < json->node_count; i = json->nodes[i].after) {
        struct text name = json->nodes[i].name;
        if (name.length > 0 && memchr(name.at, '\0', name.length) != NULL)
            return bad(json, why, "NUL in a name");
    }
    const struct text *twice = repeated_name(json, object);
    if (twice == NULL)
        return FAULT_NONE;
    char name[sizeof why->field];
    snprintf(name, sizeof name, "%.*s", (int)twice->length, twice->at);
    return why_field(why, BAD_FIELD, name, "stands twice");
}

/* ---- the whole -------------------------------------------------------------------- */

static bool
read_word(struct json *json, struct text word)
{
    if ((size_t)(json->end - json->at) < word.length || memcmp(json->at, word.at, word.length) != 0)
        return false;
    json->at += word.length;
    return true;
}

/* A value that is no container; its node is at hand. */
static enum fault
read_scalar(struct json *json, struct json_node *node, struct why *why)
{
    switch (peek(json)) {
    case '"':
        node->kind = JSON_TEXT;
        return read_text(json, &node->text, why);
    case 'n':
        node->kind = JSON_NULL;
        return read_word(json, TEXT_LITERAL("null")) ? FAULT_NONE : bad(json, why, "no value");
    case 't':
        node->kind = JSON_BOOLEAN;
        return read_word(json, TEXT_LITERAL("true")) ? FAULT_NONE : bad(json, why, "no value");
    case 'f':
        node->kind = JSON_BOOLEAN;
        return read_word(json, TEXT_LITERAL("false")) ? FAULT_NONE : bad(json, why, "no value");
    default:
        return read_number(json, node, why);
    }
}

static enum fault
read_name(struct json *json, struct text *name, struct why *why)
{
    skip_blanks(json);
    if (peek(json) != '"')
        return bad(json, why, "no name");
    enum fault fault = read_text(json, name, why);
    if (fault != FAULT_NONE)
        return fault;
    skip_blanks(json);
    if (peek(json) != ':')
        return bad(json, why, "no colon");
    json->at++;
    return FAULT_NONE;
}

/* One value with its name; a container is only opened.  *opened tells. */
static enum fault
read_value(struct json *json, bool *opened, struct why *why)
{
    struct json_node *node = &json->nodes[json->node_count];
    node->name = (struct text){ NULL, 0 };
    node->count = 0;
    *opened = false;
    if (json->depth > 0) {
        struct json_node *parent = &json->nodes[json->open[json->depth - 1]];
        parent->count++;
        if (parent->kind == JSON_OBJECT) {
            enum fault fault = read_name(json, &node->name, why);
            if (fault != FAULT_NONE)
                return fault;
        }
    }
    skip_blanks(json);
    if (peek(json) != '{' && peek(json) != '[') {
        node->after = ++json->node_count;
        return read_scalar(json, node, why);
    }
    if (json->depth == JSON_DEPTH_MOST)
        return bad(json, why, "nested too deep");
    node->kind = peek(json) == '{' ? JSON_OBJECT : JSON_ARRAY;
    json->open[json->depth++] = json->node_count++;
    json->at++;
    *opened = true;
    return FAULT_NONE;
}

/* After a value: closes what ends here.  Stops before the next value, or with
 * depth 0 at the end. */
static enum fault
read_ends(struct json *json, bool opened, struct why *why)
{
    for (; json->depth > 0; opened = false) {
        uint32_t at = json->open[json->depth - 1];
        struct json_node *node = &json->nodes[at];
        skip_blanks(json);
        if (peek(json) != (node->kind == JSON_OBJECT ? '}' : ']')) {
            if (opened)
                return FAULT_NONE; /* its first value */
            if (peek(json) != ',')
                return bad(json, why, "no comma");
            json->at++;
            return FAULT_NONE;
        }
        json->at++;
        json->depth--;
        node->after = json->node_count;
        if (node->kind == JSON_OBJECT) {
            enum fault fault = judge_names(json, at, why);
            if (fault != FAULT_NONE)
                return fault;
        }
    }
    return FAULT_NONE;
}

enum fault
json_read(struct json *json, struct text line, struct why *why)
{
    if (!text_is_utf8(line))
        return why_set(why, BAD_TEXT, "the line is not UTF-8");
    json->start = json->at = line.at;
    json->end = line.at + line.length;
    json->node_count = json->depth = 0;
    json->decoded_length = 0;
    json->half_pair = false;
    do {
        bool opened;
        enum fault fault = read_value(json, &opened, why);
        if (fault == FAULT_NONE)
            fault = read_ends(json, opened, why);
        if (fault != FAULT_NONE)
            return fault;
    } while (json->depth > 0);
    skip_blanks(json);
    if (json->at < json->end)
        return bad(json, why, "more than one value");
    if (json->half_pair)
        return why_set(why, BAD_JSON, "a text holds half of a surrogate pair");
    return FAULT_NONE;
}
