/* keys.h - the one place where a Redis key is spelled (docs/readers.md).
 *
 *      tt:{CN-LN}:RU:31d            hash     totals of a pair in a window
 *      tt:{CN-LN}:RU:31d:detail     hash     the same by dimension
 *      tt:{CN-LN}:RU:months         hash     time series by month
 *      tt:{CN-LN}:top:31d:export.CNY  zset   ranking of partners
 *      tt:{CN-LN}:asof  :changes    hash, stream
 *      tt:{CN-LN}:tags  :index      hash, set        private
 *      tt:{trade-events/3}:meta     hash             private
 *      tt:{trade-events/3}:journal:<gen>:<n>  string private
 *      |  |
 *      |  +- hash tag: one slot of Redis Cluster
 *      +---- prefix, by option
 */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "ledger/parts.h"

#define PREFIX_OWN "tt:" /* the service's, where nothing else is said */

enum {
    KEY_BYTES = 192, /* enough for any key with NUL */
    PREFIX_BYTES = 57,
    PREFIX_MOST = 31, /* of the option; a rebuild adds 25 of its own */
    WINDOWS_MOST = 16,
    WINDOW_TEXT = 8,
};

/* The moving windows in days, ascending: 1d 7d 31d 92d 366d by default. */
struct windows {
    int count;
    int16_t days[WINDOWS_MOST];
};
#define WINDOWS_DEFAULT "1d,7d,31d,92d,366d"

/* Read "1d,7d,31d": 1..WINDOWS_MOST ascending day counts, 1..9999. */
MUST_USE enum fault windows_read(struct text t, struct windows *out, struct why *why);
/* The same back, with NUL; returns the length.  `size` must be enough: up to 6
 * bytes a window. */
size_t windows_write(const struct windows *w, char *out, size_t size);

/* A window of one part, or of a key, as a number that sorts:
 * 0..WINDOWS_MOST-1 the moving ones, WINDOW_ALL, or WINDOW_YEAR + year. */
enum { WINDOW_ALL = 100, WINDOW_YEAR = 1000 };

/* "31d", "all", "2023". */
size_t window_write(int window, const struct windows *w, char out[WINDOW_TEXT]);
/* The same back; false for a window that this list has not. */
MUST_USE bool window_read(struct text t, const struct windows *w, int *window);

/* Is a part of `day` and `span` in the moving window of `days` at `today`? */
static inline bool
window_holds(int days, int32_t today, int32_t day, int32_t span)
{
    return span <= days && today - days < day && day <= today;
}

/* The keys drawn above.  Each returns the length; out is NUL-terminated.
 * `prefix` is shorter than PREFIX_BYTES; `window` is one of w. */
size_t key_pair(const char *prefix, int scope, int partner, int window, bool detail,
                const struct windows *w, char out[KEY_BYTES]);
size_t key_months(const char *prefix, int scope, int partner, char out[KEY_BYTES]);
size_t key_top(const char *prefix, int scope, int window, uint32_t measure, const struct windows *w,
               char out[KEY_BYTES]);
/* `what` of a scope: "asof", "changes", "tags", "told", "index".  `topic` is a
 * name of a topic, `generation` that of a journal. */
size_t key_scope(const char *prefix, int scope, const char *what, char out[KEY_BYTES]);
/* "at-2023-11-01:{until}": up to which instant, and for which day, --until counted
 * (aggregator/instant.h); under no other prefix. */
size_t key_until(const char *prefix, char out[KEY_BYTES]);
/* "tt:{schemas}:ids", a hash: id of a schema registry -> the schema's text, as records were read
 * with it. */
size_t key_schema_ids(const char *prefix, char out[KEY_BYTES]);
size_t key_meta(const char *prefix, const char *topic, int32_t partition, char out[KEY_BYTES]);
size_t key_chunk(const char *prefix, const char *topic, int32_t partition, const char *generation,
                 int64_t chunk, char out[KEY_BYTES]);

#endif
