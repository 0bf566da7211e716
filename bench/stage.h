/* stage.h - what is done with each message, up to one stage or the next.
 *
 *      nothing -> decoded and judged -> in the ledger
 *
 * Each is what the aggregator does, and nothing else: no Redis, no journal.
 * Beyond that, the stages are the aggregator's own loop (loop.h).
 */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

#include "record/record.h"

enum stage { STAGE_RAW, STAGE_DECODE, STAGE_LEDGER };

struct bench_line;

/* A ledger for each of `partitions`. */
MUST_USE enum fault
line_open(enum stage stage, int partitions, struct bench_line **out, struct why *why);
void line_free(struct bench_line *line);

/* One message of one partition; a fault of the message is a fault here. */
MUST_USE enum fault
line_take(struct bench_line *line, int32_t partition, struct text value, struct why *why);

/* Entries in all ledgers. */
size_t line_entries(const struct bench_line *line);
/* Bytes held by all ledgers. */
size_t line_bytes(const struct bench_line *line);

#endif
