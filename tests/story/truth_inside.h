/* truth_inside.h - what truth.c and truth_enter.c share. */
#ifndef STORY_TRUTH_INSIDE_H
#define STORY_TRUTH_INSIDE_H

#include "ledger/parts.h"
#include "tests/story/redis_dict.h"
#include "tests/story/truth.h"

/* What one part adds to one cell; window 0: whatever the day. */
struct piece {
    uint32_t message, cell;
    int64_t amount;
    int32_t day, leaves; /* the day that a window must hold, and the one that it may not lose */
    int16_t window;
};
struct pieces {
    struct piece *list;
    size_t count, room;
};

struct told_entry {
    struct text key;
    char kind;
    uint8_t *bytes;
    size_t size;
};

/* A cell is known by its key, a NUL and its field. */
struct cell_name {
    int bucket;
    bool ranked;
};

/* Where a cell lies, in numbers.  kind and when: all; a year; a window's days;
 * a month, counted from the year 0.  dim: truth_dim(). */
enum cells_kind { CELLS_ALL, CELLS_YEAR, CELLS_WINDOW, CELLS_MONTH };
struct cell_place {
    int scope, partner;
    enum cells_kind kind;
    int when;
    uint32_t dim, measure;
};
struct known_place {
    uint64_t place, measure;
    uint32_t cell; /* + 1; 0: free */
};

struct truth {
    struct windows windows;
    struct dict names;    /* text -> position is the cell's number */
    struct dict rankings; /* ranking key, NUL, member -> score is the cell's number */
    struct dict dims;     /* text -> position + 1 is its number; 0: none */
    struct known_place *places;
    size_t place_count, place_room; /* room: a power of two */
    struct cell_name *cells;
    size_t cell_room;

    struct pieces pieces[LOGS_MOST + 1][SCOPE_COUNT];
    struct told_entry *entries[LOGS_MOST + 1];
    size_t entry_count[LOGS_MOST + 1], entry_room[LOGS_MOST + 1];

    wide_t *sums; /* by cell */
    bool *touched_already, *asked;
    uint32_t *touched;
    size_t touched_count;
};

enum { NAME_BYTES = 512, PREFIX = 3 /* "tt:" */ };

/* A name in the dictionaries: key, NUL, field; out holds NAME_BYTES. */
struct text truth_join(struct text key, struct text field, char *out);

/* The number of a dimension, and of the cell at a place; made when new. */
uint32_t truth_dim(struct truth *t, const struct dim *dim);
uint32_t truth_place(struct truth *t, const struct cell_place *place);

#endif
