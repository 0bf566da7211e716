/* day.h - days and instants.
 *
 * A day is a number of days since 1970-01-01 in the proleptic Gregorian
 * calendar, and a day in China (UTC+8, no daylight saving).  An instant is in
 * milliseconds since 1970-01-01T00:00:00Z.
 */
#ifndef CORE_DAY_H
#define CORE_DAY_H

#include "core/fault.h"
#include "core/text.h"

#define DAY_LAST 2932896 /* 9999-12-31 */
enum { DAY_TEXT = 11 };  /* YYYY-MM-DD and NUL */

struct date {
    int year, month, day_of_month;
};

struct date day_to_date(int32_t day);
int32_t day_from_date(struct date date);
static inline bool
day_is_valid(int64_t day)
{
    return 0 <= day && day <= DAY_LAST;
}

/* Read YYYY-MM-DD, years 0001 to 9999; may be negative.  False otherwise. */
MUST_USE bool day_read(struct text t, int32_t *day);

/* Write YYYY-MM-DD and NUL; years 0001 to 9999. */
void day_write(int32_t day, char out[DAY_TEXT]);

/* Read an RFC 3339 instant: date, T or blank, hh:mm:ss, up to 9 digits of
 * fraction (cut to ms), Z or an offset below 24 hours.  No leap seconds. */
MUST_USE bool instant_read(struct text t, int64_t *ms);

/* The day in China at an instant, floor towards the past. */
int64_t instant_china_day(int64_t ms);

/* The range of instants that RFC 3339 text with years 0001..9999 can say. */
bool instant_is_writable(int64_t ms);

#endif
