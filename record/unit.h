/* unit.h - what a quantity may be counted in: codes of UN/CEFACT
 * Recommendation 20 (unit.def says which of them, and why not the others).
 *
 * Two units never meet in one sum: tonnes and kilograms are two columns.
 */
#ifndef RECORD_UNIT_H
#define RECORD_UNIT_H

#include "base/text.h"

enum { UNIT_LENGTH = 3 }; /* letters and digits of a code at most; 2 at least */

/* Is it a code of the table?  Case matters. */
bool unit_is_known(struct text code);

/* The English name of a code, or NULL for a code that is not in the table.
 * NUL-terminated, a constant. */
const char *unit_english(struct text code);

/* The Chinese name of one that customs count in, else NULL. */
const char *unit_chinese(struct text code);

/* The code of a row of the table, sorted; NULL behind the last. */
const char *unit_code(size_t row);

/* The code that is meant by what others write, such as KGS or PCS for KGM and
 * H87; NULL when nobody can tell.  For refusals: nothing is ever replaced. */
const char *unit_meant(struct text written);

#endif
