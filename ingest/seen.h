/* seen.h - the records of one run beside each other: which fall together, and which perhaps should.
 *
 * A record without an id is what it states.  So two that state the same are one, though their
 * author may have meant two; and a correction states something else, so it counts beside what it
 * corrects. Where no version and no time of publishing says which of two is newer, their content
 * decides. None of this is a fault: the author is told, and the records are sent as they are.
 */
#ifndef INGEST_SEEN_H
#define INGEST_SEEN_H

#include "ingest/report.h"
#include "record/record.h"

enum {
    SEEN_MOST = 1 << 18, /* questions of records that are remembered: 46 MB */
    SEEN_TOLD = 10,      /* pairs of a kind that are told one by one; seen_end() counts the rest */
};

struct seen;

/* NULL when out of memory.  Freeing NULL is fine.  `thorough`: look also for transactions without
 * ids that differ in their amounts alone, and at records that do have a version, which takes
 * another digest or two each.  The report is borrowed. */
struct seen *seen_new(struct report *report, bool thorough);
void seen_free(struct seen *seen);

/* Where a record stands; the name must stay. */
struct place_in_file {
    const char *file;
    int64_t line;
};

/* Look at a good record, and tell what it meets.  Where there is no memory it is not remembered. */
void
seen_take(struct seen *seen, const struct record *r, bool id_was_given, struct place_in_file place);

/* How many came without an id; and how many of them state what an earlier one of the run stated, as
 * far as that is remembered. */
int64_t seen_derived(const struct seen *seen);
int64_t seen_again(const struct seen *seen);

/* Tell how many pairs were not told one by one, and whether too many came to remember them all. */
void seen_end(const struct seen *seen);

#endif
