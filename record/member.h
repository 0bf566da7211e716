/* member.h - which partners are surely part of which group.  To compare figures;
 * no figure is ever added to a group's.
 */
#ifndef RECORD_MEMBER_H
#define RECORD_MEMBER_H

#include "base/text.h"

/* Was `partner`, a country or a group, surely within `group` all through that
 * year?  Everybody is within WORLD, but for WORLD itself.  Both are rows of
 * record/place.h. */
bool partner_is_within(int group, int partner, int year);

#endif
