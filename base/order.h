/* order.h - how two numbers compare, for qsort(3). */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stdint.h>

/* Below 0: a comes first; 0: they are equal. */
static inline int
order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

#endif
