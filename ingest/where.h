/* where.h - which records somebody wants to see: province=CN-LN,partner=RU
 *
 * All fields that are named must agree; of a field that is named more than once one value is
 * enough.  province and partner are also those of an agreement's lists; source is the name of it;
 * what a record left out has the value that is meant then.
 */
#ifndef INGEST_WHERE_H
#define INGEST_WHERE_H

#include "record/record.h"

enum { WHERE_MOST = 64 };

struct where {
    size_t count; /* 0: every record */
    struct condition {
        enum field field;
        struct text value; /* borrowed */
    } at[WHERE_MOST];
};

/* Read it; NULL: every record.  FAULT_OPTION: no such field, one that can't be asked for, or a
 * value that no record has. */
MUST_USE enum fault where_read(const char *text, struct where *out, struct why *why);

/* Does a settled record agree? */
bool where_holds(const struct where *where, const struct record *record);

#endif
