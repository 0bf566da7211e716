/* account_inside.h - one entry while it is taken in, and the records that two counts
 * differ by; for account_entry.c and changes.c.
 */
#ifndef LOOKUP_ACCOUNT_INSIDE_H
#define LOOKUP_ACCOUNT_INSIDE_H

#include "lookup/account.h"

/* What an entry adds to one number, by one record. */
struct addition {
    uint32_t item, measure;
    int64_t amount;
    uint8_t how;
};

struct account_entry {
    struct account *a;
    const struct account_tag *tag;
    const uint8_t *at; /* the entry */
    size_t size;
    struct addition *additions; /* by item and measure */
    size_t addition_count, addition_room;
    struct reason *reasons; /* by item and measure */
    size_t reason_count, reason_room;
    bool has_bucket; /* of the measure that was looked at last */
    uint32_t bucket_measure;
    int bucket;
};

/* The reason that goes with what a record adds to a measure: of the amount that it is, or is
 * beside; of a count the first one of the record.  NULL: none. */
const struct reason *
account_reason_of(const struct account_entry *e, uint32_t item, uint32_t measure);

/* Is this reason told of what is left out?  *kind is what is said. */
bool account_is_left_out(const struct account_entry *e, const struct reason *reason,
                         const struct record *r, uint8_t *kind);

MUST_USE bool account_unpack(const struct account_entry *e, uint32_t item, struct record *r);

/* A record of the entry, and that it is offered to a list of `to`: it is copied when it finds a
 * place.  No memory: e->a has failed. */
struct account_record account_record_of(const struct account_entry *e, const struct record *r,
                                        uint32_t measure, int64_t amount, uint8_t kind);
void
account_offer(struct account_entry *e, struct account *to, struct account_list *list, uint32_t item,
              const struct account_record *offered, const struct reason *reason);

#endif
