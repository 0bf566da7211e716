/* map_inside.h - a map as it was read; for map_*.c and rows.c alone. */
#ifndef INGEST_MAP_INSIDE_H
#define INGEST_MAP_INSIDE_H

#include "ingest/convert.h"
#include "ingest/map.h"
#include "record/record.h"

enum {
    MAP_FIELDS_MOST = 96,
    MAP_COLUMNS_MOST = 128, /* that fields and rules name */
    MAP_NAMES_MOST = 4,     /* alternatives of one column */
    MAP_LIST_MOST = 512,    /* items of all lists of a map */
    MAP_PATTERNS_MOST = 8,  /* of one field's dates */
    MAP_TABLES_MOST = 4,    /* of codes, by name, of one field */
    MAP_PATH_MOST = 8,      /* names of a path to the rows */
    MAP_HEADER_MOST = 100,  /* the line at which a header may stand */
    MAP_NAME_BYTES = 64,    /* of a map's name in faults */
};

/* What a field of a map fills: a field of a record by its number, or one of these. */
enum {
    TARGET_PERIOD = FIELD_COUNT, /* period_start and period_end of one date */
    TARGET_SOURCE_NAME,
    TARGET_SOURCE_URL,
    TARGET_ATTRIBUTE,
};

/* A column, by names of which a file has one; or a path. */
struct map_column {
    int name_count;
    struct text names[MAP_NAMES_MOST];
    int line; /* of the map */
};

/* Items of struct map's list. */
struct map_list {
    int from, count;
};
struct map_item {
    struct text from, to;
};

struct map_codes {
    bool is_set;
    int table_count;
    struct text tables[MAP_TABLES_MOST];
    struct map_list pairs;
    bool has_other, other_stays; /* what stands in none of them: is `other`, or stays as it is */
    struct text other;
};

struct map_field {
    int target;
    struct text name; /* as the map writes it; of TARGET_ATTRIBUTE behind "attributes." */
    int line;
    struct text constant; /* absent: none */
    int column;           /* of the map; -1: none */
    int named_after;      /* a field of the map, whose column's name is this one's text; -1 */
    struct text named_after_text; /* until all fields are known */
    bool may_lack;                /* a file may have no such column: then it is `without` */
    struct text without;
    struct map_list empty; /* texts that say nothing, as an empty cell does */
    struct map_codes codes;
    bool has_number; /* factor, thousands or a decimal comma */
    struct number_form number;
    enum rounding rounding;
    int pattern_count;
    struct text patterns[MAP_PATTERNS_MOST];
    enum span span;
    struct text split; /* between the items of a list; absent: the cell is one */
};

struct map_rule {
    bool keeps; /* rows with one of the texts; else it skips them */
    int column;
    struct map_list texts;
    struct text said;
    int line;
};

struct map {
    char name[MAP_NAME_BYTES];
    char *memory; /* both texts */
    enum map_format format;
    bool may_be_utf8, may_be_gb18030;
    char delimiters[4]; /* the first of these that the header has; NUL ends them */
    char quote;         /* NUL: none */
    int header;         /* its line, from 1; 0: there is none */
    int path_count; /* JSON: names from the top to the array of rows, "" for an array at the top */
    struct text path[MAP_PATH_MOST];
    bool path_is_array[MAP_PATH_MOST]; /* "data[]": what stands there is an array of them */
    enum record_type type;
    int field_count, column_count, rule_count, item_count, never_count;
    struct map_field fields[MAP_FIELDS_MOST];
    struct map_column columns[MAP_COLUMNS_MOST];
    struct map_rule rules[MAP_RULES_MOST];
    struct map_item items[MAP_LIST_MOST];
    struct map_column never[MAP_RULES_MOST]; /* a file with one of these is refused */
};

/* ---- reading (map_read.c, map_judge.c, map.c) --------------------------------------- */

/* Put the place before a sentence that is there: "name:7: ".  Gives the fault back. */
enum fault map_locate(const struct map *map, int line, struct why *why, enum fault fault);

/* A map that was read as lines: do they belong together? */
MUST_USE enum fault map_judge(struct map *map, struct why *why);

/* ---- codes (map_codes.c) ------------------------------------------------------------ */

/* Is there a table of that name for a field of that target? */
bool codes_have(struct text table, int target);
/* The names of tables for a target, with commas between them. */
void codes_list(int target, struct text_buffer *out);
/* What is meant by a text.  Absent with true: nothing.  False: it stands in no table. */
bool codes_find(const struct map *map, const struct map_field *field, struct text written,
                struct text *code);
/* Does a text look like that: * stands for any, ? for one character. */
bool text_is_like(struct text t, struct text like);

/* ---- a row (map_row.c) -------------------------------------------------------------- */

enum cell_kind { CELL_TEXT, CELL_NUMBER, CELL_LIST, CELL_OBJECT };
enum { CELL_ITEMS_MOST = LIST_MOST + 1, LISTS_MOST = 5 /* of an agreement */ };
struct cell {
    enum cell_kind kind;
    struct text text; /* absent: nothing is there */
    int item_count;   /* CELL_LIST: texts; may be over CELL_ITEMS_MOST, then so many are kept */
    const struct text *items;
};

/* The cells of a row by columns of the map; names[column] is the name that the file has, absent
 * where it has none. */
struct row {
    const struct cell *cells;
    const struct text *names;
};

/* The rule by which a row is skipped, or -1. */
int map_skips(const struct map *map, const struct row *row);

/* Make a line of JSON of a row, in `out`, with what is told of it.  False: too large.  With
 * faults in *mapped there is no line.  `scratch` is for texts that are worked out; cells and names
 * of *mapped are the caller's, one for each field. */
bool
map_apply(const struct map *map, const struct row *row, struct text_buffer *scratch,
          struct text_buffer *out, struct mapped *mapped, struct text *cells, struct text *names);

#endif
