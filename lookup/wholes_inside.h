/* wholes_inside.h - what stands, side by side; for wholes.c and doubt_wholes.c only.
 *
 *      columns   what stands of one series, flow and unit; sorted by what they are about
 *      edges     (whole, way, part): 8703 -> 87, 87 -> all, Zibo -> Shandong,
 *                Liaoning -> CN, RU -> WORLD; sorted, so that all parts of one whole
 *                and one way lie side by side
 */
#ifndef LOOKUP_WHOLES_INSIDE_H
#define LOOKUP_WHOLES_INSIDE_H

#include "lookup/doubt.h"

/* What stands, in as few bytes as it takes: there may be millions. */
struct held {
    int32_t start, end;
    int64_t amount;
    int8_t bound;
};

struct kept {
    struct subject of;
    uint32_t what;
    int8_t flow;
    size_t first, count; /* in wholes.held */
};

/* In which way one is a part of the other. */
enum way { WAY_COMMODITY, WAY_AREA, WAY_PROVINCE, WAY_PARTNER };
struct edge {
    uint32_t whole, part; /* columns */
    uint8_t way;
};

struct wholes {
    struct kept *kept;
    struct held *held;
    struct edge *edges;
    size_t kept_count, kept_room, held_count, held_room, edge_count, edge_room;
};

/* Sort what was added, and find what is a part of what.  False: no memory. */
MUST_USE bool wholes_connect(struct wholes *wholes);

#endif
