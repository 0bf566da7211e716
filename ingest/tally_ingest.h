/* tally_ingest.h - send records from a program in C, as tally-ingest does: libtally-ingest.
 *
 *      struct tally_ingest *t = tally_open(&settings, error, sizeof error);
 *      tally_send(t, json, length, ticket, &why);     for each record
 *      tally_poll(t, 0, hear, self);                    now and then: what became of those before
 *      tally_flush(t, 30000, hear, self);               and at the end
 *      tally_close(t);
 *
 * A record is an object of JSON with the fields of docs/scrapers.md.  It is judged, gets its id and
 * key, and is written as Avro.  Sending one again does no harm: equal ones count once.
 *
 * Threads: a struct tally_ingest belongs to one thread at a time; several may be open, each with a
 * connection of its own.  Reports are told by the thread that polls, from within tally_poll() and
 * tally_flush(), and by no other.  Link with `pkg-config --libs tally-ingest`.
 */
#ifndef TALLY_INGEST_H
#define TALLY_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tally_ingest;

struct tally_settings {
    const char *brokers;           /* "host:9092,host:9092"; there is no default */
    const char *const *properties; /* of librdkafka, "name=value" each; may be NULL */
    int property_count;
};

enum tally_result {
    TALLY_OK,
    TALLY_REFUSED, /* the record is bad and will stay bad: the fault says why */
    TALLY_FULL,    /* as much as may wait for Kafka does: poll, and try again */
    TALLY_FAILED,  /* Kafka, or this machine: the fault says why */
};

/* Why; the texts end with NUL, and are good until the next call. */
struct tally_fault {
    const char *code;    /* "BAD_VALUE": docs/scrapers.md lists them */
    const char *field;   /* "value", or "" */
    const char *message; /* a sentence, with what to write instead where that is certain */
};

/* A message as it would be sent; good until the next call. */
struct tally_message {
    const char *topic, *id; /* end with NUL */
    bool id_is_derived;
    const char *key;
    size_t key_length;
    const void *value;
    size_t value_length;
};

/* What became of one that was sent. */
struct tally_report {
    void *ticket;      /* as it was given to tally_send() */
    bool is_delivered; /* on all replicas that have to have it */
    int32_t partition; /* these two: of one that is delivered */
    int64_t offset;
    const char *reason; /* of one that is not; good for the call */
};
typedef void tally_hearer(void *self, const struct tally_report *report);

/* NULL: error says why (it ends with NUL, and is cut to its size).  Nothing is connected yet. */
struct tally_ingest *tally_open(const struct tally_settings *settings, char *error, size_t size);

/* What is not delivered by now is dropped, without a report.  NULL is fine. */
void tally_close(struct tally_ingest *t);

/* Judge a record, and make its message: TALLY_OK, TALLY_REFUSED or TALLY_FAILED.  Nothing is sent.
 */
enum tally_result tally_make(struct tally_ingest *t, const char *json, size_t length,
                             struct tally_message *message, struct tally_fault *why);

/* The same, and put it into the queue to Kafka; one report will come, after TALLY_OK alone. */
enum tally_result tally_send(struct tally_ingest *t, const char *json, size_t length, void *ticket,
                             struct tally_fault *why);

/* Tell the reports that have come, waiting up to wait_ms for the first.  `hear` may be NULL. */
void tally_poll(struct tally_ingest *t, int wait_ms, tally_hearer *hear, void *self);

/* The same until each has come, or for so long.  How many are still to come. */
int64_t tally_flush(struct tally_ingest *t, int wait_ms, tally_hearer *hear, void *self);

#ifdef __cplusplus
}
#endif

#endif
