/* series_inside.h - a series-year laid out, for the files that work out what it
 * adds and why (private to series.c and reason.c).
 */
#ifndef LEDGER_SERIES_INSIDE_H
#define LEDGER_SERIES_INSIDE_H

#include "ledger/parts_inside.h"
#include "ledger/told.h"

/* What an item holds in one slot. */
struct seat {
    uint32_t what;      /* form and currency or unit: a measure of family 0 */
    uint32_t item;      /* its number in the entry */
    uint8_t flow, held; /* held: bits 1 << enum role */
    int8_t grade, bound;
    bool is_active;
    int32_t from, day;
    uint32_t shown; /* of the seat that stands: the item whose figure is shown */
    int64_t version, amount;
};

/* A record that stands, as far as its counts need it. */
struct counted {
    int32_t from, day;
    uint32_t at; /* where its item begins in the entry */
    uint8_t flow;
    bool stands, is_told; /* in a slot where it is neither of the next two */
    bool is_contradicted, is_covered, is_mismatched;
    bool is_inexact, is_undecided; /* where it is told */
};

struct series {
    struct seat *seats;
    struct counted *records;   /* one an item */
    struct figure *figures;    /* of the columns that are looked at: three flows */
    struct seat **shown;       /* of a figure: the seat that stands */
    const struct seat **other; /* and the one that says something else, or NULL */
    bool *is_off;
    struct step *steps;
    size_t seat_count, item_count;
    struct record common; /* one of them, for all that they have in common */
    struct receiver *to;
    told_sink *told; /* who is told of figures, or NULL */
    void *told_self;
};

/* The seats of one slot. */
struct slot {
    struct seat *stands;
    const struct seat *finest, *from, *to, *retracts;
};

/* Lay out what is kept, by column: the caller gives room for two seats and one
 * record an item.  False: not a run of figures. */
MUST_USE bool series_seats(struct series *s, const uint8_t *entry, size_t size);

/* The end of the slot that begins at seat i of a column. */
size_t slot_end(const struct seat *seats, size_t count, size_t i);
/* The end of the columns of one currency or unit, of all flows, that begin at seat i. */
size_t series_columns_end(const struct series *s, size_t i);

/* Room for an entry of that many seats; false: no memory.  series_free() in either case. */
MUST_USE bool series_room(struct series *s, size_t seats);
void series_free(struct series *s);
/* How many seats an entry may have. */
size_t series_seats_most(const uint8_t *entry, size_t size);

/* Who has which role, of the seats of one slot. */
struct slot slot_read(struct seat *seats, size_t count);
/* The seat whose figure is shown: the one that stands, or the finest one where
 * the other only says it more vaguely. */
const struct seat *slot_shown(const struct slot *slot);

/* The figures of one column go to s->figures[at] and on, and who stands for each
 * to s->shown; what stands retracted adds none.  *figures is how many.  False: a
 * slot without one that stands. */
MUST_USE bool
series_column(struct series *s, struct seat *seats, size_t count, size_t at, size_t *figures);

#endif
