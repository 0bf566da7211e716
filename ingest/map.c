/* What those who read, judge and use a map share: its end, and where in it something is wrong. */
#include "ingest/map_inside.h"

#include <stdlib.h>

enum fault
map_locate(const struct map *map, int line, struct why *why, enum fault fault)
{
    char said[sizeof why->text];

    if (why == NULL)
        return fault;
    memcpy(said, why->text, sizeof said);
    if (line == 0)
        return why_set(why, fault, "%s, a setting behind its name: %s", map->name, said);
    return why_set(why, fault, "%s:%d: %s", map->name, line, said);
}

void
map_free(struct map *map)
{
    if (map == NULL)
        return;
    free(map->memory);
    free(map);
}
