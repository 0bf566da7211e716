/* lookup.h - what every look-up needs, and how it ends.
 *
 * A command reads Redis and writes its result to `out`; none but `watch` logs.  It
 * returns a fault: FAULT_OPTION when the question is wrong (nothing was
 * written), any other one when it can't be answered.  *verdict says how a
 * question that was answered ends; of a partial answer *why says why, and what
 * to do about it.
 */
#ifndef LOOKUP_LOOKUP_H
#define LOOKUP_LOOKUP_H

#include "base/log.h"
#include "ledger/keys.h"
#include "store/store.h"

#include <stdio.h>

struct lookup {
    struct store_way way;
    const char *prefix;      /* shorter than PREFIX_BYTES */
    struct windows windows;  /* the moving ones that are asked for */
    bool as_json, as_csv;    /* else a table; not both */
    int64_t max_age_ms;      /* an older answer is partial; 0: any age will do */
    int64_t (*now_ms)(void); /* since 1970; from main, nobody else has a clock */
    size_t doubt_limit;      /* doubts that are told */
    bool fails_on_doubts;    /* any doubt ends as a partial answer does */
    FILE *out;
    const char *from, *to; /* of `totals`: days; NULL: windows are asked for */
    const char *since;     /* of `changed`: the prefix of the earlier count, as short; or NULL */
    /* Of `why` and `changed`: */
    const char *brokers; /* of Kafka; NULL: it is not asked */
    const char *const *properties;
    int property_count;
    size_t limit;         /* records shown of each kind */
    bool wants_all;       /* also those that are outranked */
    void (*rest)(int ms); /* NULL: nobody waits */
    /* Of `watch`: */
    bool (*is_stopped)(void); /* it is to end; NULL: never */
    const struct log *log;    /* what is said while it goes on; NULL: nothing */
};

/* The program's exit code. */
enum verdict {
    VERDICT_DONE = 0,
    VERDICT_FAILED = 1, /* verify found a difference */
    VERDICT_USAGE = 2,
    VERDICT_PARTIAL = 3, /* not complete, or too old */
};

/* Run the command named by operands[0] with the operands after it. */
MUST_USE enum fault lookup_run(const struct lookup *lookup, const char *const *operands, int count,
                               enum verdict *verdict, struct why *why);

/* Does this command ask Redis anything? */
bool lookup_asks_redis(const char *const *operands, int count);

/* The commands as --help lists them. */
void lookup_usage(struct text_buffer *out);

/* What commands.def names: operands are those after the command's name, their
 * number is already within bounds. */
typedef enum fault lookup_command(const struct lookup *lookup, const char *const *operands,
                                  int count, enum verdict *verdict, struct why *why);
lookup_command lookup_totals, lookup_top, lookup_series, lookup_verify, lookup_doubts, lookup_why,
    lookup_changed, lookup_list, lookup_watch;

#endif
