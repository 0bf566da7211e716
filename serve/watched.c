/* Sets of pairs as bits: who watches what is then a matter of a few words for each watcher, however
 * many pairs he asked for. */
#include "serve/watched.h"

#include "base/crc32.h"

enum { WORD_BITS = 64 };

void
watched_add_scope(struct watched *watched, int scope)
{
    watched->scopes |= UINT64_C(1) << scope;
}

void
watched_add_partner(struct watched *watched, int partner)
{
    partners_add(&watched->partners, partner);
}

void
watched_any_scope(struct watched *watched)
{
    watched->is_any = true;
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        watched_add_scope(watched, scope);
}

void
watched_any_partner(struct watched *watched)
{
    watched->is_any = true;
    for (int partner = 0; partner <= PARTNER_ALL; partner++)
        watched_add_partner(watched, partner);
}

size_t
watched_scopes(const struct watched *watched)
{
    return (size_t)__builtin_popcountll(watched->scopes);
}

static uint32_t
add_text(uint32_t sum, const char *text)
{
    return crc32_of(sum, text, strlen(text) + 1); /* NUL parts them */
}

uint32_t
watched_sum(const struct watched *watched, const char *prefix, const struct windows *windows)
{
    char window[WINDOW_TEXT] = "", measure[MEASURE_TEXT] = "";
    uint32_t sum = add_text(0, prefix);
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        if (watched_has_scope(watched, scope))
            sum = add_text(sum, scope_code(scope));
    for (int partner = 0; partner <= PARTNER_ALL; partner++)
        if (partners_has(&watched->partners, partner))
            sum = add_text(sum, partner_code(partner));
    if (watched->window != WINDOW_EVERY)
        (void)window_write(watched->window, windows, window);
    if (watched->has_measure)
        (void)measure_write(watched->measure, measure);
    return add_text(add_text(add_text(sum, watched->is_any ? "any" : ""), window), measure);
}

/* ---- sets of pairs ---------------------------------------------------------------------- */

void
partners_add(struct partners *partners, int partner)
{
    partners->bits[partner / WORD_BITS] |= UINT64_C(1) << partner % WORD_BITS;
}

bool
partners_has(const struct partners *partners, int partner)
{
    return (partners->bits[partner / WORD_BITS] >> partner % WORD_BITS & 1) != 0;
}

bool
partners_is_none(const struct partners *partners)
{
    for (int i = 0; i < PARTNER_WORDS; i++)
        if (partners->bits[i] != 0)
            return false;
    return true;
}

bool
pairs_take(struct pairs *out, const struct watched *watched, int scope,
           const struct partners *partners)
{
    uint64_t any = 0;
    if (!watched_has_scope(watched, scope))
        return false;
    for (int i = 0; i < PARTNER_WORDS; i++) {
        uint64_t bits = partners->bits[i] & watched->partners.bits[i];
        out->of[scope].bits[i] |= bits;
        any |= bits;
    }
    if (any != 0)
        out->scopes |= UINT64_C(1) << scope;
    return any != 0;
}

bool
pairs_take_all(struct pairs *out, const struct watched *watched, const struct pairs *from)
{
    bool any = false;
    for (uint64_t left = from->scopes & watched->scopes; left != 0; left &= left - 1) {
        int scope = __builtin_ctzll(left);
        any = pairs_take(out, watched, scope, &from->of[scope]) || any;
    }
    return any;
}

void
pairs_fill(struct pairs *out, const struct watched *watched)
{
    for (uint64_t left = watched->scopes; left != 0; left &= left - 1) {
        int scope = __builtin_ctzll(left);
        (void)pairs_take(out, watched, scope, &watched->partners);
    }
}

void
pairs_add(struct pairs *pairs, int scope, int partner)
{
    partners_add(&pairs->of[scope], partner);
    pairs->scopes |= UINT64_C(1) << scope;
}

bool
pairs_has(const struct pairs *pairs, int scope, int partner)
{
    return partners_has(&pairs->of[scope], partner);
}

void
pairs_remove(struct pairs *pairs, int scope, int partner)
{
    pairs->of[scope].bits[partner / WORD_BITS] &= ~(UINT64_C(1) << partner % WORD_BITS);
    if (partners_is_none(&pairs->of[scope]))
        pairs->scopes &= ~(UINT64_C(1) << scope);
}

bool
pairs_next(const struct pairs *pairs, int *scope, int *partner)
{
    for (; *scope < SCOPE_COUNT; (*scope)++, *partner = 0) {
        if ((pairs->scopes >> *scope & 1) == 0)
            continue;
        for (; *partner <= PARTNER_ALL; (*partner)++)
            if (partners_has(&pairs->of[*scope], *partner))
                return true;
    }
    return false;
}
