/* truth_inside.h - what truth.c and truth_enter.c share. */
#ifndef STORY_TRUTH_INSIDE_H
#define STORY_TRUTH_INSIDE_H

#include "tests/story/redis_dict.h"
#include "tests/story/truth.h"

/* What one part adds to one cell; window 0: whatever the day. */
struct piece {
    uint32_t message, cell;
    int64_t amount;
    int32_t day;
    int16_t span, window;
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

struct truth {
    struct windows windows;
    struct dict names;    /* text -> position is the cell's number */
    struct dict rankings; /* ranking key, NUL, member -> score is the cell's number */
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

#endif
