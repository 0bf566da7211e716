/* Days and instants as numbers and as text.
 *
 * All is integer arithmetic.  Nothing asks the C library for a time zone: a day
 * in China is UTC+8 on every machine, whatever TZ says.  The daylight saving
 * time that China had from 1986 to 1991 is left out. */
#include "base/day.h"

#include <assert.h>

#define MS_OF_DAY INT64_C(86400000)
#define DAY_FIRST_WRITABLE (-719162) /* 0001-01-01 */

enum {
    MINUTES_OF_DAY = 1440,
    DAYS_OF_ERA = 146097,     /* 400 years */
    DAYS_TO_MARCH_0 = 719468, /* from 0000-03-01 to 1970-01-01 */
    CHINA_AHEAD_MS = 8 * 3600 * 1000,
    INSTANT_LEAST = 20, /* 2024-01-31T08:00:00Z */
    FRACTION_MOST = 9,
};

/* Both conversions count years from March, so that the leap day is the last
 * day of a year (H. Hinnant, chrono-compatible low-level date algorithms). */
struct date
day_to_date(int32_t day)
{
    int32_t since = day + DAYS_TO_MARCH_0;
    int32_t era = (since >= 0 ? since : since - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
    int32_t of_era = since - era * DAYS_OF_ERA;
    int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * of_year + 2) / 153; /* 0 is March */
    struct date date;

    date.day_of_month = of_year - (153 * month + 2) / 5 + 1;
    date.month = month < 10 ? month + 3 : month - 9;
    date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

int32_t
day_from_date(struct date date)
{
    int32_t year = date.month <= 2 ? date.year - 1 : date.year;
    int32_t era = (year >= 0 ? year : year - 399) / 400;
    int32_t of_era = year - era * 400;
    int32_t month = date.month > 2 ? date.month - 3 : date.month + 9;
    int32_t of_year = (153 * month + 2) / 5 + date.day_of_month - 1;

    return era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_MARCH_0;
}

/* Exactly `count` digits; false when there is anything else. */
static bool
digits_read(const char *at, int count, int *out)
{
    int n = 0;

    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        n = n * 10 + (at[i] - '0');
    }
    *out = n;
    return true;
}

/* `month` is 1 to 12: it is used as an index. */
static int
days_of_month(int year, int month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool
day_read(struct text t, int32_t *day)
{
    struct date date;

    if (t.length != DAY_TEXT - 1 || t.at[4] != '-' || t.at[7] != '-')
        return false;
    if (!digits_read(t.at, 4, &date.year) || !digits_read(t.at + 5, 2, &date.month) ||
        !digits_read(t.at + 8, 2, &date.day_of_month))
        return false;
    /* Year 0 can be written with four digits, and Python's dates (the oracle's)
     * begin with year 1. */
    if (date.year < 1 || date.month < 1 || date.month > 12 || date.day_of_month < 1 ||
        date.day_of_month > days_of_month(date.year, date.month))
        return false;
    *day = day_from_date(date);
    return true;
}

/* The last `count` decimal digits of n. */
static void
digits_write(char *at, int count, int n)
{
    while (count-- > 0) {
        at[count] = (char)('0' + n % 10);
        n /= 10;
    }
}

void
day_write(int32_t day, char out[DAY_TEXT])
{
    struct date date;

    assert(DAY_FIRST_WRITABLE <= day && day <= DAY_LAST);
    date = day_to_date(day);
    digits_write(out, 4, date.year);
    out[4] = '-';
    digits_write(out + 5, 2, date.month);
    out[7] = '-';
    digits_write(out + 8, 2, date.day_of_month);
    out[10] = '\0';
}

/* Read "Z", "+hh:mm" or "-hh:mm" to the end of t; minutes ahead of UTC. */
static bool
zone_read(struct text t, int *minutes_ahead)
{
    int hours, minutes;

    if (t.length == 1 && (t.at[0] == 'Z' || t.at[0] == 'z')) {
        *minutes_ahead = 0;
        return true;
    }
    if (t.length != 6 || (t.at[0] != '+' && t.at[0] != '-') || t.at[3] != ':' ||
        !digits_read(t.at + 1, 2, &hours) || !digits_read(t.at + 4, 2, &minutes))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *minutes_ahead = (hours * 60 + minutes) * (t.at[0] == '-' ? -1 : 1);
    return true;
}

bool
instant_read(struct text t, int64_t *ms)
{
    int hour, minute, second, ahead;
    int thousandths = 0;
    int32_t day;
    /* Where the seconds end: a fraction or the zone stands there. */
    size_t i = INSTANT_LEAST - 1;

    if (t.length < INSTANT_LEAST || !day_read((struct text){ t.at, DAY_TEXT - 1 }, &day))
        return false;
    if ((t.at[10] != 'T' && t.at[10] != 't' && t.at[10] != ' ') || t.at[13] != ':' ||
        t.at[16] != ':' || !digits_read(t.at + 11, 2, &hour) ||
        !digits_read(t.at + 14, 2, &minute) || !digits_read(t.at + 17, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    /* More than three digits are read and cut, never rounded up into the next
     * second: `worth` is 0 from the fourth digit on. */
    if (t.at[i] == '.') {
        size_t first = ++i;
        int worth = 100;

        for (; i < t.length && '0' <= t.at[i] && t.at[i] <= '9'; i++, worth /= 10)
            thousandths += worth * (t.at[i] - '0');
        if (i == first || i - first > FRACTION_MOST)
            return false;
    }
    if (!zone_read((struct text){ t.at + i, t.length - i }, &ahead))
        return false;
    *ms = (((int64_t)day * MINUTES_OF_DAY + hour * INT64_C(60) + minute - ahead) * 60 + second) *
              1000 +
          thousandths;
    return true;
}

void
instant_write(int64_t ms, char out[INSTANT_TEXT])
{
    const int64_t first = DAY_FIRST_WRITABLE * MS_OF_DAY, end = (DAY_LAST + 1) * MS_OF_DAY;
    /* What an offset put outside of the years needs it again. */
    const int64_t ahead = ms < first ? MINUTES_OF_DAY - 1 : ms >= end ? 1 - MINUTES_OF_DAY : 0;
    int64_t of_day = (ms + ahead * 60000) % MS_OF_DAY;
    int64_t day = (ms + ahead * 60000) / MS_OF_DAY;
    struct text_buffer b = { .at = out + DAY_TEXT - 1, .size = INSTANT_TEXT - DAY_TEXT };
    int second;

    assert(instant_is_writable(ms));
    if (of_day < 0) {
        of_day += MS_OF_DAY;
        day--;
    }
    second = (int)(of_day / 1000);
    day_write((int32_t)day, out);
    text_print(&b, "T%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
    if (of_day % 1000 != 0)
        text_print(&b, ".%03d", (int)(of_day % 1000));
    text_put(&b, ahead == 0  ? TEXT_LITERAL("Z")
                 : ahead > 0 ? TEXT_LITERAL("+23:59")
                             : TEXT_LITERAL("-23:59"));
    b.at[b.length] = '\0';
}

int64_t
instant_china_day(int64_t ms)
{
    int64_t day = ms / MS_OF_DAY;
    int64_t of_day = ms % MS_OF_DAY;

    /* C divides towards zero.  An instant before 1970 belongs to the day before. */
    if (of_day < 0) {
        of_day += MS_OF_DAY;
        day--;
    }
    /* The 8 hours are added to the time of the day only: added to `ms` they
     * could overflow, since an Avro message may hold any int64_t. */
    return day + (of_day + CHINA_AHEAD_MS >= MS_OF_DAY ? 1 : 0);
}

void
instant_china_write(int64_t ms, char day[DAY_TEXT], char clock[CLOCK_TEXT])
{
    int64_t china_day = instant_china_day(ms);
    int second = (int)((ms + CHINA_AHEAD_MS - china_day * MS_OF_DAY) / 1000);

    assert(day_is_valid(china_day));
    day_write((int32_t)china_day, day);
    digits_write(clock, 2, second / 3600);
    clock[2] = ':';
    digits_write(clock + 3, 2, second / 60 % 60);
    clock[5] = ':';
    digits_write(clock + 6, 2, second % 60);
    clock[8] = '\0';
}

bool
instant_is_writable(int64_t ms)
{
    /* An offset may put the instant up to 23:59 outside of the years. */
    const int64_t reach = (MINUTES_OF_DAY - 1) * INT64_C(60000);

    return DAY_FIRST_WRITABLE * MS_OF_DAY - reach <= ms && ms < (DAY_LAST + 1) * MS_OF_DAY + reach;
}
