/* place.h - provinces, partners and currencies, each a small number.
 *
 * The tables are province.def (ISO 3166-2:CN), partner.def (ISO 3166-1
 * alpha-2 without CN), group.def (partners that hold others) and currency.def
 * (ISO 4217, current at any time since 2015).  A code's number is its row; it is never stored, only
 * its code is.
 */
#ifndef RECORD_PLACE_H
#define RECORD_PLACE_H

#include "base/fault.h"
#include "base/text.h"

/* The scopes: 34 provinces, CN (national figures), ALL (sum of provinces). */
enum {
#define PROVINCE(id, ...) PROVINCE_##id,
#include "record/province.def"
#undef PROVINCE
    PROVINCE_COUNT,             /* provinces and CN: what a record may name */
    SCOPE_ALL = PROVINCE_COUNT, /* the margin over provinces */
    SCOPE_COUNT                 /* 36 */
};

enum {
#define PARTNER(id, ...) PARTNER_##id,
#include "record/partner.def"
#undef PARTNER
    PARTNER_COUNTRIES, /* the rows from here on are groups */
    PARTNER_BEFORE_GROUPS = PARTNER_COUNTRIES - 1,
#define GROUP(id, ...) PARTNER_##id,
#include "record/group.def"
#undef GROUP
    PARTNER_COUNT,
    PARTNER_ALL = PARTNER_COUNT /* the margin over partners */
};
enum { PARTNER_CODE_MOST = 6 }; /* letters; of a country 2 */

enum {
#define CURRENCY(code, ...) CURRENCY_##code,
#include "record/currency.def"
#undef CURRENCY
    CURRENCY_COUNT
};

/* The row of a code, or -1.  Constant time, exact, case matters; the margin
 * ALL is no row. */
int province_find(struct text code);

/* Hong Kong, Macao and Taiwan: customs territories of their own, and in no figure of CN. */
static inline bool
province_is_apart(int province)
{
    return province == PROVINCE_HK || province == PROVINCE_MO || province == PROVINCE_TW;
}
int partner_find(struct text code);
int currency_find(struct text code);

/* Does this partner hold others?  Figures of a group are in no margin over
 * partners, since its members may have figures of their own. */
static inline bool
partner_is_group(int partner)
{
    return PARTNER_COUNTRIES <= partner && partner < PARTNER_COUNT;
}

/* Code and names of a row; scopes include SCOPE_ALL ("ALL"), partners
 * PARTNER_ALL ("ALL").  Constants, NUL-terminated, never NULL. */
const char *scope_code(int scope);
const char *scope_english(int scope);
const char *scope_chinese(int scope);
const char *partner_code(int partner);
const char *partner_english(int partner);
const char *partner_chinese(int partner);
const char *currency_code(int currency);
const char *currency_english(int currency);
const char *currency_chinese(int currency);

/* ISO 4217 minor unit: 0, 2, 3 or 4. */
int currency_digits(int currency);

#endif
