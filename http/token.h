/* token.h - who may come in: bearer tokens (RFC 6750), of which a file holds digests alone.
 *
 * A line of the file is a name, the SHA-256 of a token, and what its holder may do; # begins a
 * comment line:
 *
 *      customs  sha256:9f86d081884c7d65...  source="China Customs"  grade=FINAL  rate=2000
 *
 * A token is 32 random bytes, so a plain digest of it can't be turned round.
 */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include "base/fault.h"
#include "base/text.h"

enum {
    TOKENS_MOST = 4096,
    TOKEN_NAME_BYTES = 64,
    TOKEN_VALUE_BYTES = 256,
    TOKEN_BYTES = 43 + 1, /* 32 bytes in base64url (RFC 4648), and NUL */
    TOKEN_LINE_BYTES = 80 + TOKEN_NAME_BYTES,
    TOKEN_RATE_MOST = 1000000,
};

struct token {
    char name[TOKEN_NAME_BYTES];
    uint8_t digest[32];
    char source[TOKEN_VALUE_BYTES]; /* "" where it is free */
    char grade[16];                 /* the highest; "" where it is free */
    int64_t rate;                   /* records a second; 0: without end */
    int64_t credit_milli, since_ms; /* thousandths of records that it may send now */
};

struct tokens;

/* FAULT_FILE names file and line: it can't be read, or a line is no token; FAULT_NO_MEMORY.
 * tokens_free(NULL) is fine. */
MUST_USE enum fault tokens_read(const char *file, struct tokens **out, struct why *why);
void tokens_free(struct tokens *tokens);

/* One after the other; NULL: no more. */
const struct token *tokens_at(const struct tokens *tokens, size_t number);

/* The token of an Authorization header ("Bearer ..."); NULL: it is none of these.  How long it
 * takes tells nothing of them.  `header` may be NULL. */
struct token *tokens_find(struct tokens *tokens, const char *header);

/* What those of the same digest may still send, or owe. */
void tokens_inherit(struct tokens *fresh, const struct tokens *old);

/* May so many records be sent now?  0, and they are taken from the token's credit; else so many
 * seconds have to pass first.  now_ms only rises. */
int token_take(struct token *token, int64_t records, int64_t now_ms);

/* A new token, and its line of the file.  False: this machine has no random bytes. */
MUST_USE bool token_make(const char *name, char token[TOKEN_BYTES], char line[TOKEN_LINE_BYTES]);
/* Is it a name for a token: 1 to 63 of A-Z, a-z, 0-9, '.', '_' and '-'? */
bool token_is_name(const char *name);

#endif
