/* rate.h - what a dollar cost in yuan, year by year, to tell what no rate
 * explains.  Nothing is ever converted by it.
 */
#ifndef RECORD_RATE_H
#define RECORD_RATE_H

#include "base/fault.h"
#include "base/text.h"

enum {
    RATE_ONE = 10000, /* one yuan per dollar */
    RATE_ROOM = 3,    /* percent: so far beyond a year's least and most a rate may lie */
};

/* Yuan per dollar, in ten-thousandths. */
struct rate {
    int32_t least, most;
};

/* The rates that a figure of that year may have been converted by, with the room
 * that RATE_ROOM gives.  False, and *out untouched: nobody has noted them. */
MUST_USE bool rate_of_year(int year, struct rate *out);

#endif
