/* map_making.h - a row while its fields are worked out; for map_field.c and map_row.c alone. */
#ifndef INGEST_MAP_MAKING_H
#define INGEST_MAP_MAKING_H

#include "ingest/map_inside.h"

enum { ABSENT = 0, ONE_TEXT = 1 };

/* What became of a field. */
struct made {
    int count;              /* of texts; 0: it is left out */
    struct text text, last; /* last: of a period its last day */
    const struct text *items;
    bool is_rounded;
};

struct making {
    const struct map *map;
    const struct row *row;
    struct mapped *mapped;
    struct text_buffer *scratch;
    struct text *cells;
    struct made made[MAP_FIELDS_MOST];
    int list_count;
    struct text lists[LISTS_MOST][CELL_ITEMS_MOST];
};

/* Work out a field of the map by its number, or note what is wrong. */
void making_field(struct making *m, int i);

/* Is it a list of the record's? */
bool making_is_list(const struct map_field *f);

/* Without blanks and line ends around it. */
struct text making_trimmed(struct text t);

#endif
