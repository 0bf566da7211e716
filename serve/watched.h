/* watched.h - what a watcher asks for: scopes x partners, in a window, of a measure.  And sets of
 * pairs, a bit each.  Pure. */
#ifndef SERVE_WATCHED_H
#define SERVE_WATCHED_H

#include "ledger/keys.h"

enum {
    PARTNER_WORDS = (PARTNER_COUNT + 1 + 63) / 64, /* PARTNER_ALL is one of them */
    WINDOW_EVERY = -1,
};
_Static_assert(SCOPE_COUNT <= 64, "scopes are bits of a word");

/* Some of the partners. */
struct partners {
    uint64_t bits[PARTNER_WORDS];
};

struct watched {
    uint64_t scopes;          /* a bit each; at least one */
    struct partners partners; /* at least one */
    bool is_any;              /* not every pair was named: those without data are not told of */
    int window;               /* WINDOW_EVERY: in all that have something */
    bool has_measure;
    uint32_t measure;
};

/* One pair, or a list of them. */
void watched_add_scope(struct watched *watched, int scope);
void watched_add_partner(struct watched *watched, int partner);
/* All scopes, or all partners, margins and groups included. */
void watched_any_scope(struct watched *watched);
void watched_any_partner(struct watched *watched);

static inline bool
watched_has_scope(const struct watched *watched, int scope)
{
    return (watched->scopes >> scope & 1) != 0;
}
/* How many scopes. */
size_t watched_scopes(const struct watched *watched);

/* A number for a question of a prefix; another one for another question.  It is made of codes, so
 * that of a later version is the same. */
uint32_t
watched_sum(const struct watched *watched, const char *prefix, const struct windows *windows);

/* ---- sets of pairs ---------------------------------------------------------------------- */

struct pairs {
    uint64_t scopes; /* those of which there is a pair */
    struct partners of[SCOPE_COUNT];
};

void partners_add(struct partners *partners, int partner);
bool partners_has(const struct partners *partners, int partner);
bool partners_is_none(const struct partners *partners);

/* Partners of a scope, or all of a set, that a question asks for, into the set `out`.  True: there
 * are some. */
bool pairs_take(struct pairs *out, const struct watched *watched, int scope,
                const struct partners *partners);
bool pairs_take_all(struct pairs *out, const struct watched *watched, const struct pairs *from);
/* All that a question asks for. */
void pairs_fill(struct pairs *out, const struct watched *watched);
void pairs_add(struct pairs *pairs, int scope, int partner);
bool pairs_has(const struct pairs *pairs, int scope, int partner);
void pairs_remove(struct pairs *pairs, int scope, int partner);
static inline bool
pairs_is_none(const struct pairs *pairs)
{
    return pairs->scopes == 0;
}

/* The pair at or behind *scope and *partner; begin with 0 and 0.  False: there is none. */
bool pairs_next(const struct pairs *pairs, int *scope, int *partner);

#endif
