/* message.h - one line of JSON to one Kafka message, without Kafka.
 *
 * parse -> settle -> derive an id -> key and Avro, in single-object encoding
 * or, with ids of a registry, in Confluent's.
 * A maker holds every buffer that this needs, so that a record allocates
 * nothing; it serves one thread.
 */
#ifndef INGEST_MESSAGE_H
#define INGEST_MESSAGE_H

#include "ingest/parse.h"
#include "kafka/publish.h"

struct maker;

/* NULL when out of memory.  Freeing NULL is fine. */
struct maker *maker_new(void);
void maker_free(struct maker *maker);

/* From now on a record of a day after tomorrow, by this clock, is FUTURE, as it will be for the
 * aggregator. */
void maker_use_clock(struct maker *maker, int64_t (*now_ms)(void));

/* From now on messages name our schemas by these ids of a registry. */
void maker_use_ids(struct maker *maker, const uint32_t ids[RECORD_TYPE_COUNT]);

/* Whose records these are. */
struct sender {
    struct text
        source_name; /* every record has this one, and gets it if it says none; absent: any */
    bool has_grade;
    int8_t highest_grade; /* with has_grade */
};

/* Of the name of a source and the highest grade, as texts; empty: any.  A grade that is none is the
 * lowest. */
struct sender sender_of(struct text source, struct text grade);

/* From now on lines are read and judged so.  The texts are borrowed until the next call. */
void
maker_use_rules(struct maker *maker, const struct parse_rules *rules, const struct sender *sender);

/* Read and judge a line; with FAULT_NONE *out is valid, has an id, and borrows
 * from the line and the maker until the next call.  Else a refusal, or
 * FAULT_NO_MEMORY. */
MUST_USE enum fault
message_read(struct maker *maker, struct text line, struct record *out, struct why *why);

/* Of the last line; RECORD_TRADE where it did not say. */
enum record_type message_type(const struct maker *maker);

/* The id as the last line gave it, also when it was refused; or absent. */
struct text message_given_id(const struct maker *maker);

/* Tell the faults of the last line beyond the one that message_read() refused it for, in the order
 * of judging.  None where the line as a whole can't be read.  Returns how many more there are:
 * names that no record has, if they are very many. */
int message_other_faults(struct maker *maker, fault_hearer *hear, void *self);

/* Make the message of a record of message_read(); borrows from the maker.
 * TOO_LARGE when its value is over RECORD_BYTES. */
MUST_USE enum fault
message_make(struct maker *maker, const struct record *r, struct publication *out, struct why *why);

#endif
