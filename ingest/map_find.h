/* map_find.h - a map by what --map says: a file, or the name of a ready one.
 */
#ifndef INGEST_MAP_FIND_H
#define INGEST_MAP_FIND_H

#include "ingest/map.h"

/* "./my.map" is a file, "comtrade" a ready map: beside the installed program, where it was to be
 * installed, or in the sources.  Behind a comma stand settings that win over the map's:
 * "comtrade,grade=FINAL".  FAULT_OPTION names the map, the line, and what is wanted; or what ready
 * maps there are. */
MUST_USE enum fault map_find(const char *said, struct map **out, struct why *why);

#endif
