/* told.h - what stands beside a total of people's tables, and costs another reading: of which
 * months of its year it tells, and which years have what no month has.
 */
#ifndef LOOKUP_TOLD_H
#define LOOKUP_TOLD_H

#include "lookup/question.h"

/* The months of a pair.  Zero but for sheet.lookup is empty. */
struct told {
    struct sheet sheet;
};
/* Reads them when a year of the answer tells of a part of itself; else nothing.  told_release() is
 * to be called in any case. */
MUST_USE enum fault
told_read(const struct question *q, const struct sheet *sheet, struct told *out, struct why *why);
void told_release(struct told *told);

/* "January to September": the months that a total of a year tells of; "": nobody can say.  They are
 * known when months that are whole have as many days as the year has; a figure of several months
 * stands in none of them.  Borrowed from out. */
enum { TOLD_BYTES = 32 };
const char *told_months(const struct told *told, const struct sheet_row *row, char out[TOLD_BYTES]);

/* "2022 and 2023", "2001, 2002 and 5 more": the years that have something of a series without a
 * month; "": none has.  FAULT_... as question_answer(). */
enum { TOLD_YEARS_BYTES = 64 };
MUST_USE enum fault told_years(const struct question *series, const struct lookup *lookup,
                               char out[TOLD_YEARS_BYTES], struct why *why);

#endif
