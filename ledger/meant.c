/* What a published figure may mean (ledger/meant.h). */
#include "ledger/meant.h"

enum { REVISED = 128 };

int64_t
rounding_step(int64_t amount, enum bound bound)
{
    int64_t most = 1, step = 1;

    /* Two digits are believed: 43,000 may be rounded to 1,000, not 40,000 to
     * 10,000. */
    for (int64_t left = amount; left >= 100; left /= 10)
        most *= 10;
    if (bound == BOUND_ABOUT)
        return most;
    while (step < most && amount % (step * 10) == 0)
        step *= 10;
    return step;
}

struct range
meant(int64_t amount, enum bound bound)
{
    int64_t step = rounding_step(amount, BOUND_EXACT);

    if (bound == BOUND_AT_LEAST)
        return (struct range){ amount, amount + step - 1 };
    if (bound == BOUND_AT_MOST)
        return (struct range){ amount + 1 - step, amount };
    return (struct range){ amount - step / 2, amount + step - 1 };
}

struct range
limits(int64_t amount, enum bound bound)
{
    int64_t slack = rounding_step(amount, bound) - 1 + amount / REVISED;
    int64_t low = amount > slack ? amount - slack : 0;

    return (struct range){ bound == BOUND_AT_MOST ? 0 : low,
                           bound == BOUND_AT_LEAST ? NO_LIMIT : amount + slack };
}
