/* coverage.h - how much of a whole the known parts are.
 *
 *      ALL x RU     of CN x RU           what provinces told, of the national figure
 *      CN-LN x ALL  of CN-LN x WORLD     what countries told, of the world's
 *
 * For the same measure in the same window.  One of the two is asked for; the other
 * one is its side.  A side of the same scope is read in the same transaction; CN and
 * ALL lie in slots of their own, so there a moment may lie between the two.
 */
#ifndef LOOKUP_COVERAGE_H
#define LOOKUP_COVERAGE_H

#include "lookup/show.h"

enum { COVERAGE_SIDES = 2 }; /* CN x WORLD has two */
struct coverage_side {
    int scope, partner;
    bool is_whole; /* else it is the parts, and what is asked for is the whole */
};

struct coverage_total {
    int side, window; /* COVERAGE_SIDES + side: to be taken from what is asked for */
    uint32_t measure; /* money, quantities, and the days of both */
    int64_t total;
};

/* Of how many days the parts tell, each for itself. */
struct coverage_days {
    int side;
    uint32_t measure; /* export.days.CNY */
    int64_t least, most;
    int64_t parts; /* so many pairs tell of it */
};

struct coverage {
    int scope, partner; /* asked for */
    struct coverage_side sides[COVERAGE_SIDES];
    int side_count;
    bool is_unknown; /* a side, or what is no part of CN, could not be read */
    struct coverage_total *list;
    size_t count, room;
    struct coverage_days *days; /* of one window: NEED_DAYS */
    size_t days_count, days_room;
};

/* What a question has beside it.  coverage_release() frees what was read. */
void coverage_begin(struct coverage *c, int scope, int partner);
void coverage_release(struct coverage *c);

/* What a coverage wants read in a scope: pairs of it with some partners. */
enum need_kind {
    NEED_SIDE, /* a side itself */
    NEED_LESS, /* of a province that is no part of CN: to be taken away */
    NEED_DAYS, /* of pairs that are parts: of how many days they tell */
};
struct coverage_need {
    enum need_kind kind;
    int side;
    int first, last; /* partners */
};
enum { COVERAGE_NEEDS = 2 * COVERAGE_SIDES };
/* Returns how many there are; always the same ones in the same order. */
size_t coverage_needs(const struct coverage *c, int scope, bool wants_days,
                      struct coverage_need needs[COVERAGE_NEEDS]);
/* Take the totals of one of these pairs in a window, as HGETALL has them.  Of another scope that is
 * not to be trusted nothing is kept. */
MUST_USE enum fault
coverage_take(struct coverage *c, const struct coverage_need *need, const struct visit *visit,
              const struct lookup *lookup, int window, const struct answer *hash, struct why *why);

/* One share. */
struct coverage_ratio {
    struct coverage_side side;
    int64_t parts, whole;
    int64_t days; /* that the whole tells of, where the side is the whole; 0: unknown */
    int64_t least_days, most_days; /* that its parts tell of; 0: unknown */
    int64_t part_count;            /* 0: unknown */
    int64_t permille;              /* parts of whole */
};
/* How much `total` of a measure in a window covers, or is covered; false: nobody
 * knows.  side: 0 .. c->side_count - 1. */
MUST_USE bool coverage_of(const struct coverage *c, int side, int window, uint32_t measure,
                          int64_t total, struct coverage_ratio *out);

enum { COVERAGE_BYTES = 320 };
/* "43.1 % of CN x RU (240,110,000,000.00; of 365 days, 3 parts of 273 to 365)";
 * borrowed from out. */
struct text
coverage_say(const struct coverage_ratio *ratio, uint32_t measure, char out[COVERAGE_BYTES]);

#endif
