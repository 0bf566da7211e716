/* The hash `asof` from an answer of Redis.
 *
 * Nothing in it is believed that can't be shown: a day that is none is unknown,
 * a `through` that is no instant of a valid day is not there, and only "1" is
 * complete. */
#include "store/asof.h"

struct asof
asof_read(const struct answer *answer, int64_t now_ms)
{
    struct asof asof = { .exists = answer->kind == ANSWER_LIST && answer->count > 0,
                         .through_ms = -1,
                         .version = -1 };

    for (size_t i = 0; asof.exists && i + 1 < answer->count; i += 2) {
        struct text field = answer->items[i].text, value = answer->items[i + 1].text;
        int32_t day;
        int64_t ms;
        if (text_equal(field, TEXT_LITERAL("complete")))
            asof.is_complete = text_equal(value, TEXT_LITERAL("1"));
        else if (text_equal(field, TEXT_LITERAL("day")) && day_read(value, &day))
            day_write(day, asof.day);
        else if (text_equal(field, TEXT_LITERAL("version")) && text_integer(value, &ms) && ms >= 0)
            asof.version = ms;
        else if (text_equal(field, TEXT_LITERAL("through")) && text_integer(value, &ms) &&
                 ms >= 0 && day_is_valid(instant_china_day(ms)))
            asof.through_ms = ms;
    }
    asof.age_ms = asof.through_ms < 0 ? 0 : now_ms - asof.through_ms;
    return asof;
}

const char *const asof_mark_fields[ASOF_MARKS] = { "complete", "whole", "runs", "ran" };

void
asof_keep_mark(struct asof_marks *marks, struct text field, struct text value)
{
    struct text *const kept[ASOF_MARKS] = { &marks->complete, &marks->whole, &marks->runs,
                                            &marks->ran };

    for (int i = 0; i < ASOF_MARKS; i++)
        if (text_equal(field, text_of(asof_mark_fields[i])))
            *kept[i] = value;
}

bool
asof_is_torn(const struct asof_marks *marks)
{
    struct text none = TEXT_LITERAL("0"), whole = marks->whole;
    struct text complete = marks->complete.at == NULL ? none : marks->complete;

    if (whole.at == NULL) /* nothing was pushed yet, or by an older version */
        whole = text_equal(complete, TEXT_LITERAL("1")) ? complete : none;
    return !text_equal(complete, whole) || !text_equal(marks->runs, marks->ran);
}
