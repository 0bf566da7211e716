/* The table of yearly rates (rate.def).  Some thirty rows: looked through. */
#include "record/rate.h"

static const struct {
    int year;
    struct rate rate;
} RATES[] = {
#define RATE(year, least, most) { year, { least, most } },
#include "record/rate.def"
#undef RATE
};

bool
rate_of_year(int year, struct rate *out)
{
    for (size_t i = 0; i < sizeof RATES / sizeof RATES[0]; i++)
        if (RATES[i].year == year) {
            out->least = RATES[i].rate.least - RATES[i].rate.least * RATE_ROOM / 100;
            out->most = RATES[i].rate.most + RATES[i].rate.most * RATE_ROOM / 100;
            return true;
        }
    return false;
}
