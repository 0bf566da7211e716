/* day.h - days and instants.
 *
 * A day is a number of days since 1970-01-01 in the proleptic Gregorian
 * calendar, and a day in China (UTC+8, no daylight saving).  An instant is in
 * milliseconds since 1970-01-01T00:00:00Z.
 */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include "base/fault.h"
#include "base/text.h"

#define DAY_LAST 2932896    /* 9999-12-31 */
enum { DAY_TEXT = 11 };     /* YYYY-MM-DD and NUL */
enum { CLOCK_TEXT = 9 };    /* hh:mm:ss and NUL */
enum { INSTANT_TEXT = 30 }; /* YYYY-MM-DDThh:mm:ss.mmm+hh:mm and NUL */

struct date {
    int year, month, day_of_month;
};

/* Any day of int32_t within about 5 million years of 1970 works, also before
 * it.  The date must be a real one: month 1 to 12, day 1 to 31 as the month has
 * them; nothing is checked (day_read() does that for text). */
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

/* Write it so that instant_read() reads the same: in UTC, with milliseconds only if there are
 * some.  It must be one that instant_is_writable(). */
void instant_write(int64_t ms, char out[INSTANT_TEXT]);

/* The day in China at an instant, floor towards the past. */
int64_t instant_china_day(int64_t ms);

/* Write the day and the time of day in China; the day must be valid. */
void instant_china_write(int64_t ms, char day[DAY_TEXT], char clock[CLOCK_TEXT]);

/* The range of instants that RFC 3339 text with years 0001..9999 can say. */
bool instant_is_writable(int64_t ms);

#endif
