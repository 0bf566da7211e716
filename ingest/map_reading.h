/* map_reading.h - what is shared by those who read the lines of a map (map_read.c). */
#ifndef INGEST_MAP_READING_H
#define INGEST_MAP_READING_H

#include "ingest/map_inside.h"

enum { NAMES_MOST = 512, LINES_MOST = 2048 };

/* A name that was set, by the line, or by the settings that came with the map's name. */
struct set_name {
    struct text name;
    int line; /* 0: with the map's name */
};

struct map_reading {
    struct map *map;
    struct why *why;
    int line; /* 0: a setting that came with the map's name */
    int name_count;
    struct set_name names[NAMES_MOST];
};

#define refuse(r, ...)                                                                             \
    map_locate((r)->map, (r)->line, (r)->why, why_set((r)->why, FAULT_OPTION, __VA_ARGS__))
#define SHOWN(t) text_shown(t), (t).at

/* Pieces of a line: without blanks, or quotation marks, around it.  map_text_cut() takes what
 * stands before `mark` off the rest, if that is outside of quotation marks; false: it took the
 * last. */
struct text map_text_trim(struct text t);
struct text map_text_unquote(struct text t);
bool map_text_cut(struct text *rest, const char *mark, struct text *out);

/* A list "156, 842"; one more item of it; the names of a column "Period | period"; its number. */
MUST_USE enum fault map_text_list(struct map_reading *r, struct text value, struct map_list *out);
MUST_USE enum fault
map_text_add(struct map_reading *r, struct map_list *list, struct text from, struct text to);
MUST_USE enum fault
map_text_names(struct map_reading *r, struct text value, struct map_column *out);
MUST_USE enum fault map_text_column(struct map_reading *r, struct text value, int *out);

/* A setting of the file by its number, and an option of a field by its number; -1: there is none of
 * that name. */
int setting_find(struct text name);
bool setting_repeats(int setting);
MUST_USE enum fault setting_read(struct map_reading *r, int setting, struct text value);
int option_find(struct text name);
MUST_USE enum fault
option_read(struct map_reading *r, struct map_field *f, int option, struct text value);

#endif
