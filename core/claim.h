/* claim.h - figures against each other, before they are linked (private to
 * reconcile.c).
 *
 * Of two figures of which one's period lies inside the other's and yet says
 * more, the one of lower grade, then the shorter one, then the later one is
 * contradicted.
 */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include "core/reconcile.h"

enum { DATES_MOST = 367 }; /* first days, and days after the last, of a year */

struct claim {
    int32_t start, end;
    int64_t amount;
    struct figure *figure; /* whose standing is to be set */
    uint32_t first, last;  /* numbers of start and end among all dates */
    int8_t grade;
};

/* Put what isn't contradicted to the front, longest first, then earliest;
 * returns how many these are.  The others' figures are marked.
 *
 *   date_count  of first and last
 *   peaks       room for 2 * date_count^2 amounts, or NULL: then every claim is
 *               held against every other, which is quicker for a few dozen */
size_t claims_sift(struct claim *claims, size_t count, size_t date_count, int64_t *peaks);

#endif
