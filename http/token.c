/* The digest of what a sender shows is compared with every one of the file, each time in full. */
#include "http/token.h"

#include "base/grow.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

enum { SECRET_BYTES = 32, LINE_BYTES = 1024 };

struct tokens {
    struct token *items;
    size_t count, room;
};

static bool
digest_of(struct text t, uint8_t out[32])
{
    return EVP_Digest(t.at, t.length, out, NULL, EVP_sha256(), NULL) == 1;
}

bool
token_is_name(const char *name)
{
    size_t length =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length > 0 && length < TOKEN_NAME_BYTES && name[length] == '\0';
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool
read_digest(const char *word, uint8_t out[32])
{
    static const char mark[] = "sha256:";
    if (strncmp(word, mark, sizeof mark - 1) != 0)
        return false;
    word += sizeof mark - 1;
    for (int i = 0; i < 32; i++, word += 2) {
        int high = text_hex_digit(word[0]), low = high < 0 ? -1 : text_hex_digit(word[1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return *word == '\0';
}

/* The next word of a line, cut out in place, with its quotation marks gone; NULL: no more. */
static char *
next_word(char **line)
{
    char *from = *line + strspn(*line, " \t\r"), *to = from, *at = from;
    bool in_quotes = false;
    if (*from == '\0')
        return NULL;
    for (; *at != '\0' && (in_quotes || strchr(" \t\r", *at) == NULL); at++) {
        if (*at == '"')
            in_quotes = !in_quotes;
        else
            *to++ = *at;
    }
    *line = *at == '\0' ? at : at + 1;
    *to = '\0';
    return from;
}

static const char *
value_of(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* What a token may; a sentence when it is none of these. */
static const char *
take_right(struct token *t, const char *word)
{
    const char *source = value_of(word, "source"), *grade = value_of(word, "grade"),
               *rate = value_of(word, "rate");
    if (source != NULL)
        return text_copy(text_of(source), t->source, sizeof t->source) ? NULL
                                                                       : "source is too long";
    if (grade != NULL)
        return text_copy(text_of(grade), t->grade, sizeof t->grade) ? NULL : "grade is too long";
    if (rate == NULL)
        return "wanted: source=, grade= or rate=";
    t->rate = text_number(text_of(rate));
    return t->rate >= 1 && t->rate <= TOKEN_RATE_MOST ? NULL : "rate is not 1 to 1000000";
}

/* NULL: it is a good one. */
static const char *
read_line(char *line, struct token *t)
{
    const char *name = next_word(&line), *digest = next_word(&line), *right;
    *t = (struct token){ 0 };
    if (name == NULL || digest == NULL || !token_is_name(name) || !read_digest(digest, t->digest))
        return "wanted: a name, and sha256: with 64 hexadecimal digits, as the command token "
               "prints them";
    (void)text_copy(text_of(name), t->name, sizeof t->name);
    while ((right = next_word(&line)) != NULL) {
        const char *wrong = take_right(t, right);
        if (wrong != NULL)
            return wrong;
    }
    t->credit_milli = t->rate * 1000;
    return NULL;
}

static enum fault
add(struct tokens *tokens, const struct token *t, struct why *why)
{
    struct token *larger =
        grow(tokens->items, &tokens->room, tokens->count + 1, sizeof *tokens->items);
    if (larger == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for tokens");
    tokens->items = larger;
    tokens->items[tokens->count++] = *t;
    return FAULT_NONE;
}

static enum fault
read_all(FILE *in, const char *file, struct tokens *tokens, struct why *why)
{
    char line[LINE_BYTES];
    struct token t;
    for (int number = 1; fgets(line, sizeof line, in) != NULL; number++) {
        size_t length = strcspn(line, "\n");
        const char *wrong = line[length] == '\0' && !feof(in) ? "the line is too long" : NULL;
        line[length] = '\0';
        if (wrong == NULL && (line[0] == '#' || text_is_blank(text_of(line))))
            continue;
        if (wrong == NULL && tokens->count == TOKENS_MOST)
            wrong = "more than 4096 tokens";
        if (wrong == NULL)
            wrong = read_line(line, &t);
        if (wrong != NULL)
            return why_set(why, FAULT_FILE, "%s:%d: %s", file, number, wrong);
        enum fault fault = add(tokens, &t, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (ferror(in) != 0)
        return why_set(why, FAULT_FILE, "%s: %s", file, strerror(errno));
    if (tokens->count == 0)
        return why_set(why, FAULT_FILE, "%s: there is no token in it", file);
    return FAULT_NONE;
}

enum fault
tokens_read(const char *file, struct tokens **out, struct why *why)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);
    if (tokens == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for tokens");
    FILE *in = fopen(file, "re");
    enum fault fault = in == NULL ? why_set(why, FAULT_FILE, "%s: %s", file, strerror(errno))
                                  : read_all(in, file, tokens, why);
    if (in != NULL)
        (void)fclose(in); /* it was only read */
    if (fault == FAULT_NONE)
        *out = tokens;
    else
        tokens_free(tokens);
    return fault;
}

void
tokens_free(struct tokens *tokens)
{
    if (tokens != NULL)
        free(tokens->items);
    free(tokens);
}

const struct token *
tokens_at(const struct tokens *tokens, size_t number)
{
    return number < tokens->count ? &tokens->items[number] : NULL;
}

/* ---- who it is ------------------------------------------------------------------------------- */

struct token *
tokens_find(struct tokens *tokens, const char *header)
{
    static const char scheme[] = "Bearer ";
    uint8_t digest[32];
    struct token *found = NULL;
    if (header == NULL || strncasecmp(header, scheme, sizeof scheme - 1) != 0)
        return NULL;
    struct text shown = text_of(header + sizeof scheme - 1);
    while (shown.length > 0 && *shown.at == ' ')
        shown = (struct text){ shown.at + 1, shown.length - 1 };
    if (!digest_of(shown, digest))
        return NULL;
    for (size_t i = 0; i < tokens->count; i++)
        if (CRYPTO_memcmp(digest, tokens->items[i].digest, sizeof digest) == 0)
            found = &tokens->items[i];
    return found;
}

void
tokens_inherit(struct tokens *fresh, const struct tokens *old)
{
    for (size_t i = 0; i < fresh->count; i++)
        for (size_t k = 0; k < old->count; k++) {
            struct token *t = &fresh->items[i];
            const struct token *was = &old->items[k];
            if (memcmp(t->digest, was->digest, sizeof t->digest) != 0)
                continue;
            t->since_ms = was->since_ms;
            if (was->rate > 0 && was->credit_milli < t->credit_milli)
                t->credit_milli = was->credit_milli;
        }
}

int
token_take(struct token *t, int64_t records, int64_t now_ms)
{
    int64_t most = t->rate * 1000, passed_ms = now_ms - t->since_ms;
    if (t->rate == 0 || records == 0)
        return 0;
    if (passed_ms > 0)
        t->credit_milli += passed_ms * t->rate; /* at most 10^6 a ms: no clock overflows it */
    t->credit_milli = t->credit_milli > most ? most : t->credit_milli;
    t->since_ms = now_ms;
    /* Many records of one request may go into debt, or they could never be sent. */
    if (t->credit_milli <= 0)
        return (int)(-t->credit_milli / most) + 1;
    t->credit_milli -= records * 1000;
    return 0;
}

bool
token_make(const char *name, char token[TOKEN_BYTES], char line[TOKEN_LINE_BYTES])
{
    uint8_t secret[SECRET_BYTES], digest[32];
    char base64[4 * ((SECRET_BYTES + 2) / 3) + 1];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return false;
    (void)EVP_EncodeBlock((unsigned char *)base64, secret, sizeof secret);
    for (int i = 0; i < TOKEN_BYTES - 1; i++)
        token[i] = (char)(base64[i] == '+' ? '-' : base64[i] == '/' ? '_' : base64[i]);
    token[TOKEN_BYTES - 1] = '\0';
    if (!digest_of(text_of(token), digest))
        return false;
    struct text_buffer b = { .at = line, .size = TOKEN_LINE_BYTES - 1 };
    text_print(&b, "%s sha256:", name);
    for (size_t i = 0; i < sizeof digest; i++)
        text_print(&b, "%02x", digest[i]);
    line[b.length] = '\0';
    return !b.full;
}
