/* map.h - what makes records of the rows of others: a small text, read once (docs/maps.md).
 *
 *      format = csv
 *      type = trade                     a constant
 *      value.column = Trade Value       from a column of CSV
 *      value.factor = million
 *      keep = 156 in Reporter           other rows are skipped, and counted
 *
 * A line says one thing: a setting of the file, a rule for its rows, a constant, where a field
 * comes from, or how its text is changed.  What a map makes of a row is a line of our own JSON,
 * which is judged as any line is.  No file and no clock is touched here.
 */
#ifndef INGEST_MAP_H
#define INGEST_MAP_H

#include "base/fault.h"
#include "base/text.h"

#include <stdint.h>

enum {
    MAP_BYTES = 64 * 1024, /* of a map's text */
    MAP_RULES_MOST = 32,   /* keep and skip */
    MAP_FAULTS_MOST = 16,  /* that are told of one row */
};

enum map_format { MAP_CSV, MAP_JSON };

struct map;

/* Read a map.  `name` is what its faults are told under, with the line: "ready.map:7: ...".
 * `more` is NULL, or settings with commas between them, which win over the same ones of the text:
 * "flow=EXPORT,grade=FINAL".  Both texts are copied.  FAULT_OPTION says what is wrong and what is
 * wanted, FAULT_NO_MEMORY. */
MUST_USE enum fault
map_read(const char *name, struct text text, const char *more, struct map **out, struct why *why);
/* NULL is fine. */
void map_free(struct map *map);

/* ---- what is told of a row ---------------------------------------------------------- */

/* A row that became a line, or did not: then `count` faults say why, the first names it. */
struct mapped {
    const struct map *map;
    const struct text *cells; /* by field of the map: what stood there; absent: nothing did */
    const struct text *names; /* by field of the map: its column or path; absent: it has none */
    int count;                /* may be over MAP_FAULTS_MOST: then only so many are kept */
    struct {
        enum fault fault;
        struct why why;
    } faults[MAP_FAULTS_MOST];
};

/* Where a field of a refusal came from. */
struct origin {
    const char *kind; /* "column" or "path" */
    struct text name, cell;
};

/* The origin of a field as struct why names it ("value", "source.name").  False: the map has it
 * as a constant, or not at all. */
bool mapped_origin(const struct mapped *mapped, const char *field, struct origin *out);

#endif
