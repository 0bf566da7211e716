/* figures.h - a trade record of Liaoning and Russia, for tests of items and entries.
 */
#ifndef TESTS_UNIT_FIGURES_H
#define TESTS_UNIT_FIGURES_H

#include "ledger/entry.h"

/* A deal of one day, or a figure of 31 days, in yuan. */
static inline struct record
trade(int basis, int version, int64_t minor)
{
    struct record r = { .type = RECORD_TRADE,
                        .version = version,
                        .basis = (int8_t)basis,
                        .scope = SCOPE_WHOLE,
                        .flow = FLOW_EXPORT,
                        .kind = -1,
                        .province = PROVINCE_LN,
                        .partner = PARTNER_RU,
                        .currency = CURRENCY_CNY,
                        .minor = minor,
                        .from = 19700,
                        .day = 19730 };

    if (basis == BASIS_TRANSACTION)
        r.from = r.day;
    return r;
}

#endif
