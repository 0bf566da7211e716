/* gateway.h - records over HTTP: a server, a producer, and the requests that wait for Kafka.
 *
 *      head    -> routes.c: is there such a page, and may this sender have it?
 *      request -> routes.c -> batch.c: read, judged; sent, or answered at once
 *      report  -> the last of a batch: answered
 *      5 s     -> answered with what is known; late reports find nobody any more
 *
 * One thread does all of it, so that nothing is shared.  It waits in poll(2) alone.
 */
#ifndef INGEST_GATEWAY_H
#define INGEST_GATEWAY_H

#include "http/route.h"
#include "ingest/batch.h"
#include "ingest/command.h"
#include "ingest/dials.h"

enum {
    GATEWAY_ANSWER_MS = 5000, /* a request is answered then, whatever Kafka does */
    GATEWAY_RETRY_S = 5,      /* when to send again what is unknown */
};

/* Since the start. */
struct gateway_counts {
    int64_t requests;
    int64_t records[OUTCOME_COUNT];
    int64_t refused_as[FAULT_COUNT];
    int64_t sent_before; /* by producers that have died */
    int64_t late;        /* records whose report came after the answer */
    int64_t producers;   /* how many had to be opened */
};

struct gateway {
    const struct setup *setup;
    const struct log *log;
    struct http *http;
    struct tokens *tokens; /* NULL: anybody on this machine may send */
    const char *tokens_file;
    struct rd_kafka_s *kafka; /* NULL with publisher: the last one has died */
    struct publisher *publisher;
    struct rd_kafka_s *letters_kafka; /* these two: NULL until a refused record is to be kept */
    struct dispatcher *letters;
    int wake_fd;
    struct maker *maker;
    struct batch ring; /* its head: batches with reports to come */
    size_t held;       /* bytes of those */
    struct gateway_counts counts;
    struct dials dials;
    int64_t now_ms, next_producer_ms, next_letters_ms, next_question_ms;
    bool kafka_answers; /* when /health was asked last */
    bool stops;
};

/* A producer, what a maker needs, and the tokens; the server is the caller's to open, into
 * gateway->http.  gateway_close() has to be called in any case. */
MUST_USE enum fault
gateway_open(struct gateway *gateway, const struct setup *setup, struct why *why);
void gateway_close(struct gateway *gateway);

/* Wait for something to do, and do it.  And: is a request under way that waits for Kafka? */
void gateway_turn(struct gateway *gateway);
bool gateway_is_waited_for(const struct gateway *gateway);

/* A batch was read: send it, and answer when its reports have come.  The request's context becomes
 * the batch.  `token` is the sender's, or NULL. */
void gateway_send(struct gateway *gateway, struct http_request *request, struct batch *batch,
                  const struct token *token);

/* Nobody waits for a batch any more; its reports are still to come. */
void gateway_let_go(struct gateway *gateway, struct batch *batch);

/* The numbers are as they are now. */
void gateway_show_counts(struct gateway *gateway);

/* Answer with what is known of a batch. */
void
gateway_answer(struct gateway *gateway, struct http_request *request, const struct batch *batch);

/* ---- routes.c ---- */

/* The handler's side of http.h.  And its requests are counted from now on, by route:
 * FAULT_NO_MEMORY.
 */
struct http_handler routes_handler(struct gateway *gateway);
MUST_USE enum fault routes_count(struct gateway *gateway, struct why *why);

/* ---- facts.c ---- */

/* Pages that say something of Tally itself: schemas (of one type, or ""), codes of one list, how it
 * is, and how much it did. */
http_route_run facts_schemas, facts_codes, facts_health, facts_metrics;

#endif
