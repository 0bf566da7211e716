/* codes.h - the codes that questions are asked with and answers given in, with their
 * names in English and Chinese.
 *
 * Rows of the tables of record/ and ledger/, for `tally-lookup list` and /v1/provinces
 * and its neighbours; nothing is read from Redis.
 */
#ifndef LOOKUP_CODES_H
#define LOOKUP_CODES_H

#include "base/bytes.h"
#include "lookup/lookup.h"

enum codes {
    CODES_PROVINCES,
    CODES_PARTNERS,
    CODES_MEASURES, /* "export.{currency}": one row for all currencies */
    CODES_CURRENCIES,
    CODES_UNITS,
    CODES_WINDOWS, /* those of the look-up; "{year}" for all years */
    CODES_COUNT
};

/* "provinces", "partners", ... */
extern const char *const codes_names[CODES_COUNT];
/* False: it is none of them. */
bool codes_read(struct text name, enum codes *out);

enum { CODES_WORDS = 200 };
struct code_row {
    char code[MEASURE_TEXT];
    char english[CODES_WORDS], chinese[CODES_WORDS]; /* "": there is none */
    bool can_be_total, is_total; /* provinces and partners: it holds others of its kind */
    char unit[MEASURE_TEXT];     /* of a measure: "{currency}", "days"; else "" */
    char alpha3[4];              /* of a country, else "" */
    char number[8];              /* GB/T 2260 with six digits; UN M49 with three; else "" */
    int digits;                  /* of a currency, behind the point; else -1 */
};

/* The row of this number, from 0; false: there are no more.  Only the windows of `lookup` are
 * looked at. */
bool codes_row(enum codes list, size_t number, const struct lookup *lookup, struct code_row *out);

/* {"list":"provinces","rows":[{"code":"CN-AH","english":"Anhui","chinese":"安徽",...},...]} */
void codes_json(enum codes list, const struct lookup *lookup, struct bytes *b);

/* What a measure means: "exports, of statistics: money", 出口（统计）：金额.  Either may be NULL.
 */
void measure_words(uint32_t measure, char english[CODES_WORDS], char chinese[CODES_WORDS]);

#endif
