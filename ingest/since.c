/* Times and places as they are typed: kcat's words, and days. */
#include "ingest/since.h"

#include "base/day.h"

enum { MS_DIGITS = 13 };
#define MS_OF_HOUR INT64_C(3600000)

bool
since_read(struct text text, int64_t *ms)
{
    int64_t number = text_number(text);
    int32_t day;

    if (day_read(text, &day))
        number = (int64_t)day * 24 * MS_OF_HOUR - 8 * MS_OF_HOUR;
    else if (instant_read(text, &number)) {
    } else if (text.length < MS_DIGITS) { /* seconds, a year: nobody knows what is meant */
        return false;
    }
    if (number < 0)
        return false;
    *ms = number;
    return true;
}

enum fault
since_read_start(const char *text, struct follow_settings *out, struct why *why)
{
    int64_t number;

    out->number = 0;
    if (text == NULL || strcmp(text, "end") == 0)
        out->from = FOLLOW_END;
    else if (strcmp(text, "beginning") == 0)
        out->from = FOLLOW_BEGINNING;
    else if (text[0] == '@' && since_read(text_of(text + 1), &out->number))
        out->from = FOLLOW_TIME;
    else if (text_integer(text_of(text), &number) && number != INT64_MIN) {
        out->from = number < 0 || text[0] == '-' ? FOLLOW_LAST : FOLLOW_OFFSET;
        out->number = number < 0 ? -number : number;
    } else {
        return why_set(why, FAULT_OPTION,
                       "-o %.100s: want beginning, end, an offset, -N for the last N of each "
                       "partition, or @ and a time: @2024-01-31, @2024-01-31T08:00:00Z, "
                       "@1706659200000",
                       text);
    }
    return FAULT_NONE;
}
