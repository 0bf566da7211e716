/* line.h - one record of a file, as text that is to be judged, or what is there instead.
 */
#ifndef INGEST_LINE_H
#define INGEST_LINE_H

#include "base/text.h"

enum line_state {
    LINE_READY,
    LINE_TOO_LARGE, /* text holds its first RECORD_BYTES, or nothing */
    LINE_STRANGE, /* the file as a whole is no JSON, or not all of it: text is a sentence; LINE_END
                     is next */
    LINE_REFUSED, /* a map could make no record of it: mapped says why */
    LINE_WAIT,    /* nothing came within wait_ms, or a signal did */
    LINE_END,
};

struct mapped; /* ingest/map.h */

struct line {
    enum line_state state;
    int64_t number;              /* from 1 */
    struct text text;            /* without LF; borrowed until the next one */
    const struct mapped *mapped; /* of a line that a map has made; else NULL; borrowed likewise */
};

#endif
