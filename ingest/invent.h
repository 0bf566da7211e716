/* invent.h - invented records for demonstrations: the same ones of the same seed and day.
 *
 * Every one is valid.  They look like trade and are none: provinces and partners that trade much
 * come often, amounts are chance.
 */
#ifndef INGEST_INVENT_H
#define INGEST_INVENT_H

#include "record/record.h"

enum invent_shape {
    INVENT_WIDE,   /* all that a record may have: transactions, monthly statistics, agreements,
                      commodities, areas, quantities, several currencies, corrections */
    INVENT_NARROW, /* transactions of province, partner, flow and value */
};

enum { INVENT_TEXT_BYTES = 160, INVENT_LIST_MOST = 3 };

/* A draft that borrows from its own texts: never copied. */
struct invented {
    struct draft draft;
    char id[96], commodity[12], title[INVENT_TEXT_BYTES], url[INVENT_TEXT_BYTES];
};

/* Record number n, from 0.  None is later than `day`, and none more than about two years before. */
void invent(uint64_t seed, int64_t n, enum invent_shape shape, int32_t day, struct invented *out);

#endif
