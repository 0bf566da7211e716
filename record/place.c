/* The tables of provinces, partners and currencies (province.def, partner.def,
 * currency.def), and finding a row by its code.
 *
 * Each table is read several times, into an enum, into rows of names, and into
 * a table from letters to rows.  Rows are numbers of this build alone: a new
 * code moves those behind it.  So Redis, Kafka and the journal only ever hold
 * codes. */
#include "record/place.h"

#include <assert.h>

/* Codes are looked up by their letters in constant tables: no hash, nothing to
 * set up.  PAIR_RU is 17 * 26 + 20, and TRIPLE_CNY goes on in the same way. */
/* clang-format off */
#define FIRST_LETTER(EACH) \
    EACH(A) EACH(B) EACH(C) EACH(D) EACH(E) EACH(F) EACH(G) EACH(H) EACH(I) EACH(J) EACH(K) \
    EACH(L) EACH(M) EACH(N) EACH(O) EACH(P) EACH(Q) EACH(R) EACH(S) EACH(T) EACH(U) EACH(V) \
    EACH(W) EACH(X) EACH(Y) EACH(Z)
#define SECOND_LETTER(EACH, a) \
    EACH(a, A) EACH(a, B) EACH(a, C) EACH(a, D) EACH(a, E) EACH(a, F) EACH(a, G) EACH(a, H) \
    EACH(a, I) EACH(a, J) EACH(a, K) EACH(a, L) EACH(a, M) EACH(a, N) EACH(a, O) EACH(a, P) \
    EACH(a, Q) EACH(a, R) EACH(a, S) EACH(a, T) EACH(a, U) EACH(a, V) EACH(a, W) EACH(a, X) \
    EACH(a, Y) EACH(a, Z)
#define THIRD_LETTER(EACH, a, b) \
    EACH(a, b, A) EACH(a, b, B) EACH(a, b, C) EACH(a, b, D) EACH(a, b, E) EACH(a, b, F) \
    EACH(a, b, G) EACH(a, b, H) EACH(a, b, I) EACH(a, b, J) EACH(a, b, K) EACH(a, b, L) \
    EACH(a, b, M) EACH(a, b, N) EACH(a, b, O) EACH(a, b, P) EACH(a, b, Q) EACH(a, b, R) \
    EACH(a, b, S) EACH(a, b, T) EACH(a, b, U) EACH(a, b, V) EACH(a, b, W) EACH(a, b, X) \
    EACH(a, b, Y) EACH(a, b, Z)
/* clang-format on */

#define PAIR(a, b) PAIR_##a##b,
#define PAIRS_OF(a) SECOND_LETTER(PAIR, a)
enum { FIRST_LETTER(PAIRS_OF) PAIR_COUNT };

#define TRIPLE(a, b, c) TRIPLE_##a##b##c,
#define TRIPLES_OF_PAIR(a, b) THIRD_LETTER(TRIPLE, a, b)
#define TRIPLES_OF(a) SECOND_LETTER(TRIPLES_OF_PAIR, a)
enum { FIRST_LETTER(TRIPLES_OF) TRIPLE_COUNT };

/* A row plus one, so that what isn't named is no row. */
static const uint8_t province_rows[PAIR_COUNT] = {
#define PROVINCE(id, ...) [PAIR_##id] = PROVINCE_##id + 1,
#include "record/province.def"
#undef PROVINCE
};

static const uint8_t partner_rows[PAIR_COUNT] = {
#define PARTNER(id, ...) [PAIR_##id] = PARTNER_##id + 1,
#include "record/partner.def"
#undef PARTNER
};

static const uint8_t currency_rows[TRIPLE_COUNT] = {
#define CURRENCY(code, ...) [TRIPLE_##code] = CURRENCY_##code + 1,
#include "record/currency.def"
#undef CURRENCY
};

_Static_assert(PARTNER_COUNTRIES < 255 && CURRENCY_COUNT < 255, "a row plus one fits a byte");
_Static_assert(PROVINCE_CN == PROVINCE_COUNT - 1, "the provinces come first");

struct place {
    const char *code, *english, *chinese;
};

static const struct place scopes[SCOPE_COUNT] = {
#define PROVINCE(id, code, english, chinese, number) { code, english, chinese },
#include "record/province.def"
#undef PROVINCE
    { "ALL", "All provinces", "各省合计" },
};

static const struct place partners[PARTNER_COUNT + 1] = {
#define PARTNER(id, code, english, alpha3, number, chinese) { code, english, chinese },
#include "record/partner.def"
#undef PARTNER
#define GROUP(id, code, english, chinese) { code, english, chinese },
#include "record/group.def"
#undef GROUP
    { "ALL", "All partners", "各伙伴合计" },
};

struct currency {
    const char *code, *english, *chinese;
    int digits;
};

static const struct currency currencies[CURRENCY_COUNT] = {
#define CURRENCY(code, digits, english, chinese) { #code, english, chinese, digits },
#include "record/currency.def"
#undef CURRENCY
};

/* The number that the letters at `at` spell with 26 digits; -1 when one of
 * them is not A to Z. */
static int
letters_number(const char *at, int count)
{
    int number = 0;

    for (int i = 0; i < count; i++) {
        if (at[i] < 'A' || at[i] > 'Z')
            return -1;
        number = number * 26 + (at[i] - 'A');
    }
    return number;
}

int
province_find(struct text code)
{
    int number;

    /* CN stands for the country as a whole: the one code that is no CN-xx. */
    if (code.length == 2)
        return memcmp(code.at, "CN", 2) == 0 ? PROVINCE_CN : -1;
    if (code.length != 5 || memcmp(code.at, "CN-", 3) != 0)
        return -1;
    number = letters_number(code.at + 3, 2);
    if (number < 0 || number == PAIR_CN) /* CN is a code, CN-CN is none */
        return -1;
    return province_rows[number] - 1;
}

int
partner_find(struct text code)
{
    int number = code.length == 2 ? letters_number(code.at, 2) : -1;

    if (number >= 0 && partner_rows[number] != 0)
        return partner_rows[number] - 1;
    for (int row = PARTNER_COUNTRIES; row < PARTNER_COUNT; row++)
        if (text_equal(code, text_of(partners[row].code)))
            return row;
    return -1;
}

int
currency_find(struct text code)
{
    int number = code.length == 3 ? letters_number(code.at, 3) : -1;

    return number < 0 ? -1 : currency_rows[number] - 1;
}

const char *
scope_code(int scope)
{
    assert(0 <= scope && scope < SCOPE_COUNT);
    return scopes[scope].code;
}

const char *
scope_english(int scope)
{
    assert(0 <= scope && scope < SCOPE_COUNT);
    return scopes[scope].english;
}

const char *
scope_chinese(int scope)
{
    assert(0 <= scope && scope < SCOPE_COUNT);
    return scopes[scope].chinese;
}

const char *
partner_code(int partner)
{
    assert(0 <= partner && partner <= PARTNER_ALL);
    return partners[partner].code;
}

const char *
partner_english(int partner)
{
    assert(0 <= partner && partner <= PARTNER_ALL);
    return partners[partner].english;
}

const char *
partner_chinese(int partner)
{
    assert(0 <= partner && partner <= PARTNER_ALL);
    return partners[partner].chinese;
}

const char *
currency_code(int currency)
{
    assert(0 <= currency && currency < CURRENCY_COUNT);
    return currencies[currency].code;
}

const char *
currency_english(int currency)
{
    assert(0 <= currency && currency < CURRENCY_COUNT);
    return currencies[currency].english;
}

const char *
currency_chinese(int currency)
{
    assert(0 <= currency && currency < CURRENCY_COUNT);
    return currencies[currency].chinese;
}

int
currency_digits(int currency)
{
    assert(0 <= currency && currency < CURRENCY_COUNT);
    return currencies[currency].digits;
}
