/* says.h - records of one series-year in a few words, for tests of what it adds
 * and why. */
#ifndef TESTS_UNIT_SAYS_H
#define TESTS_UNIT_SAYS_H

#include "tests/unit/parts_told.h"

enum { TOLD = 5 };

#define NO INT64_C(-1) /* no such amount */

/* One record: its version and how it is bound, first and last day of the
 * period (counted from day 730), yuan, and tons where they are not NO. */
struct says {
    int flow, version, grade, status, bound, from, to;
    int64_t minor, milli;
};
#define SAYS(from, to, minor, milli) { 0, 0, 0, 0, 0, from, to, minor, milli }
#define LATER(version, from, to, minor, milli) { 0, version, 0, 0, 0, from, to, minor, milli }
#define GRADED(grade, from, to, minor, milli) { 0, 0, GRADE_##grade, 0, 0, from, to, minor, milli }
#define BOUNDED(how, version, from, to, minor, milli)                                              \
    { 0, version, 0, 0, BOUND_##how, from, to, minor, milli }
#define RETRACTS(version, from, to, minor)                                                         \
    { 0, version, 0, TRADE_RETRACTED, 0, from, to, minor, NO }
#define IMPORTS(from, to, minor, milli) { FLOW_IMPORT, 0, 0, 0, 0, from, to, minor, milli }
#define TOTALS(from, to, minor, milli) { FLOW_TOTAL, 0, 0, 0, 0, from, to, minor, milli }

static inline struct record
figure(const struct says *says)
{
    struct record r = trade(BASIS_STATISTIC);

    r.flow = (int8_t)says->flow;
    r.version = says->version;
    r.grade = (int8_t)says->grade;
    r.status = (int8_t)says->status;
    r.bound = (int8_t)says->bound;
    r.from = 730 + says->from;
    r.day = 730 + says->to;
    r.currency = says->minor == NO ? -1 : CURRENCY_CNY;
    r.minor = says->minor == NO ? 0 : says->minor;
    r.unit = text_of(says->milli == NO ? NULL : "TNE");
    r.milli = says->milli == NO ? 0 : says->milli;
    return r;
}

/* A record without days is none. */
static inline size_t
add_all(const struct says *told)
{
    size_t size = 0;

    for (int i = 0; i < TOLD && told[i].to > 0; i++) {
        struct record r = figure(&told[i]);

        r.offset = i;
        size = add(entry, size, &r);
    }
    return size;
}

#endif
