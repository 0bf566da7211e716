/* tail_show.h - a record of a topic as a line: for people, or as JSON with the place where it lies.
 */
#ifndef INGEST_TAIL_SHOW_H
#define INGEST_TAIL_SHOW_H

#include "ingest/record_json.h"
#include "kafka/follow.h"

/* Enough for what stands around a record. */
enum { ENVELOPE_BYTES = RECORD_JSON_BYTES + 6 * 64 * 1024 };

/* For people, in one line: when Kafka received it, where it lies, provinces, partners, flow or
 * kind, day or period, what, amounts, id. */
void tail_put_line(struct text_buffer *b, const char *topic, const struct followed *m,
                   const struct record *r);

/* {"topic":"trade-events","partition":3,"offset":17,"timestamp":1706688000123,"key":"...",
 *  "record":{...}}, for machines; a key that is no text is cut to one, null is null. */
void tail_put_envelope(struct text_buffer *b, const char *topic, const struct followed *m,
                       const struct record *r);

/* topic/partition@offset */
void tail_put_place(struct text_buffer *b, const char *topic, int32_t partition, int64_t offset);

/* An instant, or "-" for none or one that no text can say. */
void tail_put_time(struct text_buffer *b, int64_t ms);

#endif
