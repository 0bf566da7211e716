/* show.h - totals as people and programs read them. */
#ifndef LOOKUP_SHOW_H
#define LOOKUP_SHOW_H

#include "lookup/read.h"
#include "lookup/table.h"
#include "record/money.h"

/* One field of a hash of totals. */
struct total {
    struct text name; /* borrowed from the answer */
    bool is_known;    /* false: a measure of a newer version */
    uint32_t measure;
    int64_t value;
};

/* A number that Redis holds.  FAULT_STORE_REFUSED when it is no whole one. */
MUST_USE enum fault total_read(struct text digits, int64_t *out, struct why *why);

/* The fields of an HGETALL, sorted: the known ones by measure, then the others
 * by name.  *out is freed by the caller, NULL when there are none.
 * FAULT_STORE_REFUSED for a value that is no integer. */
MUST_USE enum fault
totals_read(const struct answer *hash, struct total **out, size_t *count, struct why *why);

/* Digits behind the point: those of the currency, three of a quantity, none of all else. */
int measure_digits(uint32_t measure);

/* "54,900,000,000.00", "1,200.500", "12": money in its currency, quantities in
 * their unit, all else as it is.  And the unit: "CNY", "TNE", "records",
 * "agreements". */
enum { NUMBER_BYTES = 72 };
/* Borrowed from out, or a constant.  The measure is a known one; a sum may be beyond int64_t. */
struct text show_number(uint32_t measure, wide_t value, char out[NUMBER_BYTES]);
/* The same as a plain decimal for programs, "54900000000.00"; borrowed from out. */
struct text show_plain(uint32_t measure, wide_t value, char out[NUMBER_BYTES]);
struct text show_unit(uint32_t measure, char out[MEASURE_TEXT]);

/* What must be said beside a number: of the records behind it how many are
 * inexact, undecided, contradicted; how much of it nobody published, how many
 * days it tells of; that it is partial or old. */
enum note {
    NOTE_DAYS,
    NOTE_DERIVED,
    NOTE_ADJUSTED,
    NOTE_EVENTS,
    NOTE_INEXACT,
    NOTE_UNDECIDED,
    NOTE_CONTRADICTED,
    NOTE_COVERED,
    NOTE_MISMATCHED,
};
enum { DOUBT_FORMS = NOTE_MISMATCHED + 1 };
extern const enum measure_form doubt_forms[DOUBT_FORMS]; /* of amounts: that of money */
struct doubts {
    int64_t of[DOUBT_FORMS]; /* by enum note; absent ones are 0 */
    bool is_of_several;      /* other amounts share the records that are counted here */
    const char *mark;        /* asof_mark() */
    int32_t window_days;     /* of the time that the number is of; 0: it has no end */
    const char *months;      /* that its days are; NULL or "": unknown */
};
enum { NOTE_BYTES = 480 };
/* The doubts about a number in words, "" when there are none; borrowed from out. */
struct text show_note(uint32_t measure, const struct doubts *doubts, char out[NOTE_BYTES]);

/* Notes what a measure says of another one, if it is one of its doubts. */
void doubts_take(struct doubts *doubts, uint32_t measure, uint32_t other, int64_t value);

/* The doubts about a measure among the totals that it stands with. */
struct doubts
doubts_among(const struct total *totals, size_t count, uint32_t measure, const char *mark);

/* Is this total told in the note of another one: how much of it is derived or
 * adjusted, how many days it tells of? */
bool is_in_a_note(const struct total *totals, size_t count, const struct total *total);

/* A JSON string. */
void json_text(struct text t, FILE *out);

#endif
