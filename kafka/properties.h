/* properties.h - a client of librdkafka from its properties, ours and those of -X; for the files
 * of this room and the benchmark.
 *
 * Properties are set one after the other, and a later one wins.  The first that librdkafka
 * refuses is remembered, and properties_client() says it: who sets them need not look at each.
 */
#ifndef KAFKA_PROPERTIES_H
#define KAFKA_PROPERTIES_H

#include "base/fault.h"

#include <librdkafka/rdkafka.h>

struct properties {
    rd_kafka_conf_t *conf; /* for callbacks; gone after properties_client() */
    enum fault fault;
    struct why *why;
};

/* Begin with the brokers (bootstrap.servers).  Must end in properties_client(). */
struct properties properties_begin(const char *brokers, struct why *why);
/* Set one. */
void property_set(struct properties *p, const char *name, const char *value);
/* Rows of name and value. */
void properties_set(struct properties *p, const char *const (*rows)[2], size_t count);
#define PROPERTY_ROWS(rows) (rows), sizeof(rows) / sizeof *(rows)
/* "name=value" each, as they are given with -X. */
void properties_set_pairs(struct properties *p, const char *const *pairs, int count);
/* Those of a consumer that is in no group, and reads single partitions. */
void properties_set_apart(struct properties *p);
/* librdkafka says nothing of itself: who asks is told by its error callback. */
void properties_set_silent(struct properties *p);
/* Let each message go in a batch of its own. */
void properties_set_single(struct properties *p);

/* The client; *out is set only on success.  FAULT_OPTION with librdkafka's sentence about the
 * first property that it refused, or about all of them together. */
MUST_USE enum fault properties_client(struct properties *p, rd_kafka_type_t type, rd_kafka_t **out);

/* Does the broker dislike this one message, while the next may do? */
bool error_is_about_one(rd_kafka_resp_err_t error);

/* Write eight bytes to a descriptor, of eventfd(2) say, when a queue gets something; NULL or -1:
 * not. */
void queue_wake(rd_kafka_queue_t *queue, int fd);

#endif
