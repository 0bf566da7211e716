/* show.h - totals as people and programs read them. */
#ifndef LOOKUP_SHOW_H
#define LOOKUP_SHOW_H

#include "core/money.h"
#include "lookup/read.h"
#include "lookup/table.h"

/* One field of a hash of totals. */
struct total {
    struct text name; /* borrowed from the answer */
    bool is_known;    /* false: a measure of a newer version */
    uint32_t measure;
    int64_t value;
};

/* The fields of an HGETALL, sorted: the known ones by measure, then the others
 * by name.  *out is freed by the caller, NULL when there are none.
 * FAULT_STORE_REFUSED for a value that is no integer. */
MUST_USE enum fault
totals_read(const struct answer *hash, struct total **out, size_t *count, struct why *why);

/* "54,900,000,000.00" and "CNY", "1,200.500" and "TNE", "12" and "records". */
enum { NUMBER_BYTES = 72 };
struct text show_number(uint32_t measure, int64_t value, char out[NUMBER_BYTES]);
struct text show_unit(uint32_t measure, char out[MEASURE_TEXT]);

/* What must be said beside a number: how many of the records behind it are
 * inexact, how many are contradicted and not in it, that it is partial. */
struct doubts {
    int64_t events, inexact, contradicted;
    bool is_partial;
};
enum { NOTE_BYTES = 160 };
struct text show_note(uint32_t measure, const struct doubts *doubts, char out[NOTE_BYTES]);

/* The doubts about a measure among the totals that it stands with. */
struct doubts
doubts_among(const struct total *totals, size_t count, uint32_t measure, bool is_partial);

/* The measures that count a measure's doubts, or 0 forms of it: a trade
 * measure has them, an agreement has none. */
bool measure_has_doubts(uint32_t measure);

/* "as of 2024-01-31", and that it is partial. */
void show_asof(const struct asof *asof, FILE *out);

/* A JSON string; the members "day" and "complete". */
void json_text(struct text t, FILE *out);
void json_asof(const struct asof *asof, FILE *out);

#endif
