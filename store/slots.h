/* slots.h - which slot of a cluster a key lies in, and what a cluster says
 * about who serves which.  Pure. */
#ifndef STORE_SLOTS_H
#define STORE_SLOTS_H

#include "store/address.h"
#include "store/store.h"

enum { SLOT_COUNT = 16384 };

/* CRC16 (XMODEM) of what stands between the first { and the next }, or of the
 * whole key when there is none or nothing between them. */
int slot_of(struct text key);

/* One row of CLUSTER SLOTS: these slots, first and last included, are served
 * by this master.  False for what is no such row, or has no address.  A node
 * that does not know its own address is at the one where it was asked. */
struct slot_range {
    int first, last;
    struct address master;
};
/* *out is untouched when it is false. */
MUST_USE bool
slot_range_read(const struct answer *row, const struct address *asked, struct slot_range *out);

/* "MOVED 3999 127.0.0.1:6381", "ASK 3999 ::1:6381", "MOVED 3999 :6381" (the
 * host of who says so): the command did not run; there it would. */
struct redirection {
    bool is_ask; /* for this command alone */
    int slot;
    struct address to;
};
/* *out is untouched when it is false, which is so for any other error. */
MUST_USE bool
redirection_read(struct text error, const struct address *from, struct redirection *out);

#endif
