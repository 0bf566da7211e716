/* changes.h - the records by which two counts of one number differ.
 *
 *      1. CHANGES_THEN   the earlier journals   -> what each record added
 *      2. CHANGES_SAME   the later ones         -> which of these are the same messages
 *      3. CHANGES_NOW    the later ones again   -> those that add more or less now, or nothing
 *      4. CHANGES_GONE   the earlier ones again -> those that no entry keeps any more
 *
 * A record is known by what it states and by its place in the log.  One that lies elsewhere now
 * (it was forwarded, or told again, of whatever version) stands for one that states the same and
 * has gone.  Whatever the records are, what is offered comes to the difference of the two sums.
 *
 * Memory: some 80 bytes for each record that added, and 12 for each of its measures.
 */
#ifndef LOOKUP_CHANGES_H
#define LOOKUP_CHANGES_H

#include "lookup/account.h"

enum changes_step { CHANGES_THEN, CHANGES_SAME, CHANGES_NOW, CHANGES_GONE };

/* What a record added to one measure. */
struct change_row {
    uint32_t measure;
    int64_t amount;
};

struct changes {
    enum changes_step step; /* set by the caller */
    /* Takes in one entry, in place of the lists of `why`; set by changes_begin(), so that the
     * entry need not know who asks.  False: no memory. */
    bool (*take)(struct changes *c, struct account_entry *e);
    struct account *into;    /* whose lists take what differs: the account of CHANGES_NOW */
    uint64_t left;           /* records of the earlier count that were not met in the later one */
    struct ledger *then;     /* by what a record states and where it lies: what it added */
    struct ledger *moved;    /* by what it states: those of `then` that CHANGES_SAME has not seen */
    bool has_moved;          /* that is filled */
    struct change_row *rows; /* of one record, while it is looked at */
    size_t row_count, row_room;
    uint8_t *bytes; /* the same as the ledger keeps it */
    size_t byte_room;
};

/* Begin, and begin again; false: no memory.  A struct that is all zero can be released. */
MUST_USE bool changes_begin(struct changes *c);
/* Between CHANGES_SAME and CHANGES_NOW; false: no memory. */
MUST_USE bool changes_find_moved(struct changes *c);
void changes_release(struct changes *c);

#endif
