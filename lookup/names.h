/* names.h - what people call provinces, partners, windows and measures. */
#ifndef LOOKUP_NAMES_H
#define LOOKUP_NAMES_H

#include "ledger/keys.h"
#include "lookup/candidates.h"

/* A scope by what people call it: CN-LN, LN, 21, 210000, Liaoning Province, 辽宁省; CN, ALL.  Upper
 * and lower case, accents and blanks make no difference.  A beginning is taken for the name when it
 * is that of one alone ("Liao").  FAULT_OPTION: there is none, or it has several meanings; then
 * `others` has them, or those that are spelled like it.  `others` may be NULL; it is set in any
 * case, and empty where the name is known. */
MUST_USE enum fault
name_scope_or(const char *text, int *scope, struct candidates *others, struct why *why);
MUST_USE enum fault name_scope(const char *text, int *scope, struct why *why);

/* A partner likewise: RU, RUS, 643, Russian Federation, 俄罗斯; WORLD, 欧盟; ALL. */
MUST_USE enum fault
name_partner_or(const char *text, int *partner, struct candidates *others, struct why *why);
MUST_USE enum fault name_partner(const char *text, int *partner, struct why *why);

/* A window: one of the moving ones, a year, or all. */
MUST_USE enum fault
name_window(const char *text, const struct windows *windows, int *window, struct why *why);

/* A measure by its name, as in Redis: "export.CNY".  FAULT_OPTION: there is
 * none. */
MUST_USE enum fault name_measure(const char *text, uint32_t *measure, struct why *why);

/* A month, "2023-09", as year * 12 + month - 1.  False: it is none. */
enum { MONTH_TEXT = 7, MONTH_BYTES = 16, MONTH_LAST = 9999 * 12 + 11 };
MUST_USE bool name_month(struct text t, int *month);
/* A year, "2023", as its first month, year * 12.  False: it is none. */
MUST_USE bool name_year(const char *text, int *month);
struct text name_show_month(int month, char out[MONTH_BYTES]); /* borrowed from out */

/* The names for people: "Liaoning 辽宁 (CN-LN)", "Russia (RU)". */
enum { NAME_BYTES = 128 };
void name_show_scope(int scope, char out[NAME_BYTES]);
void name_show_partner(int partner, char out[NAME_BYTES]);

#endif
