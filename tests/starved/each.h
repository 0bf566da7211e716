/* each.h - one after the other, every allocation of a piece of work fails. */
#ifndef TESTS_STARVED_EACH_H
#define TESTS_STARVED_EACH_H

#include "base/fault.h"
#include "tests/starved/starve.h"

#include <check.h>

enum { ALLOCATIONS_MOST = 100000 };

/* Run it with its first, second, ... allocation failing, until none is left.
 * Each starts from nothing and frees what it made. */
static inline void starve(enum fault (*run)(void))
{
    long n = 1;

    starve_after(0);
    ck_assert_int_eq(run(), FAULT_NONE);
    for (; n < ALLOCATIONS_MOST; n++) {
        starve_after(n);
        enum fault fault = run();
        bool failed = starve_has_failed();
        starve_after(0);
        ck_assert_msg(fault == FAULT_NONE || fault == FAULT_NO_MEMORY, "allocation %ld: %s", n,
                      fault_name(fault));
        ck_assert_msg(failed || fault == FAULT_NONE, "allocation %ld: %s", n, fault_name(fault));
        if (!failed)
            break;
    }
    ck_assert_msg(n > 1 && n < ALLOCATIONS_MOST, "it allocates %ld times", n);
}

#endif
