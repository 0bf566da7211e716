/* The table of members (member.def).  Some 170 rows, looked through: who asks has
 * some thousands of series at hand. */
#include "record/member.h"

#include "record/place.h"

static const struct {
    int16_t group, partner, first, last;
} MEMBERS[] = {
#define MEMBER(group, partner, first, last) { PARTNER_##group, PARTNER_##partner, first, last },
#include "record/member.def"
#undef MEMBER
};

bool
partner_is_within(int group, int partner, int year)
{
    if (group == PARTNER_WORLD)
        return partner != PARTNER_WORLD;
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++)
        if (MEMBERS[i].group == group && MEMBERS[i].partner == partner &&
            MEMBERS[i].first <= year && year <= MEMBERS[i].last)
            return true;
    return false;
}
