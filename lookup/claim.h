/* claim.h - the published figures of one series-year, as they are judged.
 *
 * Pure.  A claim is one figure that is shown, or would be if it stood; what the
 * entry of the ledger says of it stands beside it (ledger/told.h).
 */
#ifndef LOOKUP_CLAIM_H
#define LOOKUP_CLAIM_H

#include "ledger/told.h"
#include "record/pattern.h"

enum { AREA_BYTES = PATTERN_AREA_MOST + 1, COMMODITY_BYTES = PATTERN_COMMODITY_MOST + 1 };

/* Who with whom, what of it, and in which year: what a series-year is about. */
struct subject {
    int16_t province, partner, year;
    bool is_part; /* of something that nobody names */
    /* "": none */
    char province_area[AREA_BYTES], partner_area[AREA_BYTES], commodity[COMMODITY_BYTES];
};
/* What a trade record is about, by what it names: is_part is not set. */
struct subject subject_of(const struct record *r);
/* Does it tell of the whole trade of its pair? */
static inline bool
subject_is_whole(const struct subject *s)
{
    return !s->is_part && s->province_area[0] == '\0' && s->partner_area[0] == '\0' &&
           s->commodity[0] == '\0';
}

struct claim {
    uint32_t what; /* a measure of family 0: money or a quantity */
    int8_t flow;
    bool is_mismatched;
    /* A record of equal authority says something else: this. */
    bool is_undecided;
    int8_t other_bound;
    int64_t other;
};

/* All of one series-year: by what is counted, then flow; of each column those that
 * stand come first, and each half is by first day, then last day. */
struct claims {
    struct subject of;
    struct claim *list;
    struct figure *figures; /* one a claim */
    size_t count, room, figure_room;
    bool failed; /* no memory */
};

/* Claims that are all zero are empty.  Read those of an entry in place of what was
 * there; false: no memory, or no run of figures.  claims_release() frees them and
 * leaves the struct all zero. */
MUST_USE bool claims_read(struct claims *claims, const uint8_t *entry, size_t size);
void claims_release(struct claims *claims);

/* The claims of one currency or unit and one flow: list[first .. end - 1]; those
 * before `standing` stand, STANDING_MOST at most. */
struct column {
    size_t first, standing, end;
};
/* The column that begins with claim `first`. */
struct column claims_column(const struct claims *claims, size_t first);
/* That of this flow and unit; empty when there is none. */
struct column claims_find(const struct claims *claims, uint32_t what, int flow);

#endif
