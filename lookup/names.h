/* names.h - what people call provinces, partners, windows and measures. */
#ifndef LOOKUP_NAMES_H
#define LOOKUP_NAMES_H

#include "core/keys.h"

/* A scope by its code (CN-LN, LN, CN, ALL) or its English name, upper or lower
 * case, or its Chinese name.  FAULT_OPTION: there is none. */
MUST_USE enum fault name_scope(const char *text, int *scope, struct why *why);

/* A partner by its code (RU, ALL) or its English name. */
MUST_USE enum fault name_partner(const char *text, int *partner, struct why *why);

/* A window: one of the moving ones, a year, or all. */
MUST_USE enum fault
name_window(const char *text, const struct windows *windows, int *window, struct why *why);

MUST_USE enum fault name_measure(const char *text, uint32_t *measure, struct why *why);

/* "Liaoning 辽宁 (CN-LN)", "Russia (RU)"; borrowed from out. */
enum { NAME_BYTES = 128 };
struct text name_show_scope(int scope, char out[NAME_BYTES]);
struct text name_show_partner(int partner, char out[NAME_BYTES]);

/* "export.CNY", a window's name. */
struct text name_show_measure(uint32_t measure, char out[MEASURE_TEXT]);
struct text name_show_window(int window, const struct windows *windows, char out[WINDOW_TEXT]);

#endif
