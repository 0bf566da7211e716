/* spells.h - what stands beside a total of people's tables, and costs another reading: of which
 * months of its year it tells, and which years have what no month has.
 */
#ifndef LOOKUP_SPELLS_H
#define LOOKUP_SPELLS_H

#include "lookup/question.h"

/* The months of a pair.  Zero but for sheet.lookup is empty. */
struct spells {
    struct sheet sheet;
};
/* Reads them when a year of the answer tells of a part of itself; else nothing.  spells_release()
 * is to be called in any case. */
MUST_USE enum fault spells_read(const struct question *q, const struct sheet *sheet,
                                struct spells *out, struct why *why);
void spells_release(struct spells *spells);

/* "January to September": the months that a total of a year tells of; "": nobody can say.  They are
 * known when months that are whole have as many days as the year has; a figure of several months
 * stands in none of them.  Borrowed from out. */
enum { SPELL_BYTES = 32 };
const char *
spells_months(const struct spells *spells, const struct sheet_row *row, char out[SPELL_BYTES]);

/* "2022 and 2023", "2001, 2002 and 5 more": the years that have something of a series without a
 * month; "": none has.  FAULT_... as question_answer(). */
enum { SPELL_YEARS_BYTES = 64 };
MUST_USE enum fault spells_years(const struct question *series, const struct lookup *lookup,
                                 char out[SPELL_YEARS_BYTES], struct why *why);

#endif
