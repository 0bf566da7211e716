/* parts_inside.h - how the two kinds of entries hand their parts on (private to
 * parts.c, parts_put.c and series.c).
 */
#ifndef LEDGER_PARTS_INSIDE_H
#define LEDGER_PARTS_INSIDE_H

#include "ledger/parts.h"

/* The dimensions of an entry and who is told of its parts. */
struct receiver {
    part_sink *sink;
    void *self;
    const struct dim *dims;
    int dim_count;
    bool is_undecided; /* of a fact: another record of equal authority contradicts it */
    uint32_t item;     /* of a fact: where the one that stands begins */
};

/* One amount, in every dimension of the cell that the part names: its measure, amount and
 * dimension are set here.  Zero adds nothing. */
void put_amount(const struct receiver *to, struct part *part, uint32_t measure, int64_t amount);

/* The areas that a trade record names, sorted, each once; absent ones are
 * { NULL, 0 }. */
void sort_areas(const struct record *r, struct text areas[2]);

/* All parts of a series-year.  False: out of memory, or not a run of figures. */
MUST_USE bool series_parts(const uint8_t *entry, size_t size, struct receiver *to);

#endif
