/* called.h - what people call provinces and partners: codes and numbers, names in
 * English and Chinese, and what else they write for them (hint.def).
 *
 * A name is only told to be that of a row when nobody means another one by it.  So
 * "Congo", which two countries are called, is none, although the table has it.
 */
#ifndef RECORD_CALLED_H
#define RECORD_CALLED_H

#include "record/field.h"
#include "record/place.h"
#include "record/plain.h"

/* The row that is surely meant, or -1: "LN", "cn_ln", "21", "210000", "辽宁省", "Liaoning
 * Province"; "RUS", "643", "俄罗斯", "the Russian Federation".  The margin ALL is no row. */
int province_called(struct text written);
int partner_called(struct text written);

/* One name of a row. */
struct called {
    int row;
    const char *name; /* a constant */
    bool is_own;      /* of the table, and no other thing that people write */
    bool is_code;
};

/* The names of all rows one after the other, by a number from 0; FIELD_PROVINCE or
 * FIELD_PARTNER.  False: there are no more. */
bool called_name(enum field field, size_t number, struct called *out);

/* The code that people mean by another text, of any field that hint.def has; NULL: none. */
const char *called_alias(enum field field, const struct plain *p);

#endif
