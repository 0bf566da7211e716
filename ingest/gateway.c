/* The turn of the gateway: hear Kafka, end what waits too long, serve HTTP.
 *
 * A batch lives until its last report: a report's ticket points into it.  So one that was answered
 * because its time was up stays, without a request; librdkafka's queue bounds how many there are.
 */
#include "ingest/gateway.h"

#include "base/clock.h"
#include "http/again.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    HEAD_BYTES = 512,   /* of what a problem says before its records */
    TURN_MS = 100,      /* the longest that a signal or a deadline waits */
    PRODUCER_MS = 1000, /* between two that have died */
};

/* ---- answers ------------------------------------------------------------------------------ */

/* RFC 9110 and RFC 4918 (207): what a sender sees who reads nothing else.  A refused record that is
 * kept is nothing that its sender has to care for. */
static unsigned
status_of(const struct batch *batch)
{
    const size_t *of = batch->outcomes;
    size_t refused = batch_lost(batch);
    if (of[OUTCOME_UNKNOWN] > 0 && of[OUTCOME_ACCEPTED] == 0)
        return 503;
    if (refused == batch->count && batch->count > 0)
        return 422;
    /* ?validate=all: the good ones were not sent. */
    if (refused > 0 && of[OUTCOME_HELD] > 0)
        return 422;
    return refused + of[OUTCOME_UNKNOWN] > 0 ? 207 : 200;
}

/* A message that Kafka finds too large has no fault of its own. */
static void
count_batch(struct gateway_counts *counts, const struct batch *batch)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        counts->records[i] += (int64_t)batch->outcomes[i];
    for (size_t i = 0; i < batch->count && batch->outcomes[OUTCOME_REFUSED] > 0; i++)
        if (batch->results[i].outcome == OUTCOME_REFUSED)
            counts->refused_as[batch->results[i].fault == FAULT_NONE ? TOO_LARGE
                                                                     : batch->results[i].fault]++;
}

void
gateway_answer(struct gateway *g, struct http_request *request, const struct batch *batch)
{
    unsigned status = status_of(batch);
    char seconds[16], head[HEAD_BYTES] = "";
    const struct http_field again[] = { { "Retry-After", seconds }, { NULL, NULL } };
    struct text_buffer b = { .at = head, .size = sizeof head - 1 };
    (void)snprintf(seconds, sizeof seconds, "%d", GATEWAY_RETRY_S);
    if (status >= 400) {
        http_put_problem(&b, status,
                         status == 503 ? "Kafka has acknowledged none of the records; sending them "
                                         "again does no harm"
                                       : "records are refused, and none was sent");
        text_put_char(&b, ',');
        head[b.length] = '\0';
    }
    size_t length = 0;
    char *body = batch_tell(batch, head, &length);
    count_batch(&g->counts, batch);
    request->context = NULL;
    http_answer_with(request, status,
                     status >= 400 ? "application/problem+json" : "application/json", body, length,
                     status == 503 ? again : NULL);
}

static void
remove_batch(struct gateway *g, struct batch *batch)
{
    batch->before->after = batch->after;
    batch->after->before = batch->before;
    g->held -= batch_bytes(batch);
    batch_free(batch);
}

/* What it would say is not needed any more; its results are, for their reports. */
void
gateway_let_go(struct gateway *g, struct batch *batch)
{
    batch->request = NULL;
    g->held -= batch_bytes(batch);
    batch_forget_texts(batch);
    g->held += batch_bytes(batch);
}

/* Answered, if somebody still waits for it. */
static void
answer_batch(struct gateway *g, struct batch *batch)
{
    struct http_request *request = batch->request;
    if (request == NULL)
        return;
    gateway_answer(g, request, batch);
    gateway_let_go(g, batch);
}

/* The last report of a batch has come: it is answered, and gone. */
static void
end_batch(struct gateway *g, struct batch *batch)
{
    if (batch->waiting > 0)
        return;
    answer_batch(g, batch);
    remove_batch(g, batch);
}

static void
on_report(void *self, const struct publish_report *report)
{
    struct gateway *g = self;
    struct result *result = report->ticket;
    g->counts.late += result->batch->request == NULL;
    struct batch *batch = result->batch;
    batch_hear(result, report);
    end_batch(g, batch);
}

/* A dispatch_report. */
static void
on_letter(void *self, void *tag, const char *reason)
{
    struct result *result = tag;
    struct batch *batch = result->batch;
    batch_hear_letter(result, reason == NULL);
    end_batch(self, batch);
}

static void
close_letters(struct gateway *g)
{
    dispatcher_free(g->letters);
    producer_close(g->letters_kafka);
    g->letters = NULL;
    g->letters_kafka = NULL;
}

/* The producer of dead letters: each goes in a batch of its own, so it is another one. */
static struct dispatcher *
letters_of(struct gateway *g)
{
    struct why why;
    if (g->letters != NULL || g->now_ms < g->next_letters_ms)
        return g->letters;
    g->next_letters_ms = g->now_ms + PRODUCER_MS;
    enum fault fault = producer_open(&g->setup->producer, true, &g->letters_kafka, &why);
    if (fault == FAULT_NONE)
        fault = dispatcher_new(g->letters_kafka, g->log, on_letter, g, &g->letters, &why);
    if (fault == FAULT_NONE) {
        dispatcher_wake(g->letters, g->wake_fd);
        return g->letters;
    }
    log_fault(g->log, LOG_ERROR, "refused records can't be kept", fault, &why);
    close_letters(g);
    return NULL;
}

static void
send_letters(struct gateway *g, struct batch *batch, const struct token *token)
{
    char by[TOKEN_NAME_BYTES + 8];
    (void)snprintf(by, sizeof by, "http%s%s", token == NULL ? "" : " ",
                   token == NULL ? "" : token->name);
    struct letter_sender sender = { by, token == NULL ? "" : token->source,
                                    token == NULL ? "" : token->grade };
    if (batch->keeps && batch->outcomes[OUTCOME_REFUSED] > 0)
        batch_send_letters(batch, letters_of(g), &sender);
}

void
gateway_send(struct gateway *g, struct http_request *request, struct batch *batch,
             const struct token *token)
{
    if (g->publisher == NULL) {
        batch_free(batch);
        http_problem(request, 503, "the connection to Kafka is being made anew", NULL, 1, NULL);
        return;
    }
    batch_send(batch, g->publisher);
    send_letters(g, batch, token);
    batch_forget_messages(batch);
    if (batch->waiting == 0) {
        gateway_answer(g, request, batch);
        batch_free(batch);
        return;
    }
    batch->request = request;
    batch->deadline_ms = g->now_ms + GATEWAY_ANSWER_MS;
    request->context = batch;
    batch->before = &g->ring;
    batch->after = g->ring.after;
    batch->before->after = batch->after->before = batch;
    g->held += batch_bytes(batch);
}

/* ---- Kafka ----------------------------------------------------------------------------------- */

/* What its queue held is gone, and nobody knows what of it Kafka has. */
static void
give_up_all(struct gateway *g, bool letters)
{
    for (struct batch *batch = g->ring.after, *after; batch != &g->ring; batch = after) {
        after = batch->after;
        batch_give_up(batch, letters, "the connection to Kafka had to be made anew");
        end_batch(g, batch);
    }
}

/* Hear what became of letters; after something else than a refusal of one of them their producer is
 * opened anew when it is needed. */
static void
poll_letters(struct gateway *g)
{
    struct why why;
    if (g->letters == NULL)
        return;
    (void)dispatch_poll(g->letters, 0);
    if (dispatch_verdict(g->letters, &why) == FAULT_NONE)
        return;
    log_fault(g->log, LOG_ERROR, "refused records can't be kept", FAULT_KAFKA, &why);
    close_letters(g);
    give_up_all(g, true);
}

static void
close_producer(struct gateway *g)
{
    dials_use(&g->dials, NULL);
    if (g->publisher != NULL)
        g->counts.sent_before += publish_counts(g->publisher).sent;
    publisher_free(g->publisher);
    producer_close(g->kafka);
    g->publisher = NULL;
    g->kafka = NULL;
}

static enum fault
open_producer(struct gateway *g, struct why *why)
{
    enum fault fault = producer_open(&g->setup->producer, false, &g->kafka, why);
    if (fault == FAULT_NONE)
        fault = publisher_new(g->kafka, &g->setup->producer, g->log, &g->publisher, why);
    if (fault != FAULT_NONE) {
        close_producer(g);
        return fault;
    }
    publisher_hear(g->publisher, on_report, g);
    publisher_wake(g->publisher, g->wake_fd);
    dials_use(&g->dials, g->kafka);
    g->counts.producers++;
    return FAULT_NONE;
}

/* A producer that has died for good is replaced. */
static void
renew_producer(struct gateway *g)
{
    struct why why = { 0 };
    if (g->publisher != NULL && !publisher_is_dead(g->publisher))
        return;
    if (g->publisher != NULL) {
        (void)publish_verdict(g->publisher, &why);
        log_fault(g->log, LOG_ERROR, "the producer has died; another one is opened", FAULT_KAFKA,
                  &why);
        close_producer(g);
        give_up_all(g, false);
        g->next_producer_ms = g->now_ms + PRODUCER_MS;
    }
    if (g->now_ms < g->next_producer_ms)
        return;
    g->next_producer_ms = g->now_ms + PRODUCER_MS;
    enum fault fault = open_producer(g, &why);
    if (fault != FAULT_NONE)
        log_fault(g->log, LOG_ERROR, "no producer can be opened", fault, &why);
}

/* Answer those whose time is up. */
static void
end_waiting(struct gateway *g)
{
    for (struct batch *batch = g->ring.after; batch != &g->ring; batch = batch->after)
        if (batch->request != NULL && g->now_ms >= batch->deadline_ms)
            answer_batch(g, batch);
}

bool
gateway_is_waited_for(const struct gateway *g)
{
    for (const struct batch *batch = g->ring.after; batch != &g->ring; batch = batch->after)
        if (batch->request != NULL)
            return true;
    return false;
}

/* ---- the turn ------------------------------------------------------------------------------- */

/* The file of tokens, whose grades are ours. */
static enum fault
read_tokens(const char *file, struct tokens **out, struct why *why)
{
    struct tokens *tokens = NULL;
    const struct token *t;
    enum fault fault = tokens_read(file, &tokens, why);
    for (size_t i = 0; fault == FAULT_NONE && (t = tokens_at(tokens, i)) != NULL; i++)
        if (t->grade[0] != '\0' && symbol_find(FIELD_GRADE, RECORD_TRADE, text_of(t->grade)) < 0)
            fault = why_set(why, FAULT_FILE,
                            "%s: %s: grade is \"%s\"; wanted: PRESS, FLASH, PROVISIONAL or FINAL",
                            file, t->name, t->grade);
    if (fault == FAULT_NONE)
        *out = tokens;
    else
        tokens_free(tokens);
    return fault;
}

/* SIGHUP: tokens and certificates as they are now. */
static void
read_again(struct gateway *g)
{
    const struct again again = { g->tokens_file, read_tokens, &g->tokens, g->http, g->log };

    (void)again_look(&again);
}

void
gateway_show_counts(struct gateway *g)
{
    const struct gateway_counts *n = &g->counts;
    struct publish_counts sent = { 0 };
    if (g->publisher != NULL)
        sent = publish_counts(g->publisher);
    const struct dial_counts told = { .accepted = n->records[OUTCOME_ACCEPTED],
                                      .refused = n->records[OUTCOME_REFUSED],
                                      .unknown = n->records[OUTCOME_UNKNOWN],
                                      .refused_as = n->refused_as,
                                      .sent = n->sent_before + sent.sent,
                                      .waiting = sent.sent - sent.delivered - sent.failed,
                                      .requests = n->requests,
                                      .connections = http_connections(g->http),
                                      .late = n->late,
                                      .producers = n->producers };
    dials_tell(&g->dials, &told);
}

void
gateway_turn(struct gateway *g)
{
    uint64_t count;
    int wait_ms = http_wait_ms(g->http);
    struct pollfd ready[] = { { .fd = http_fd(g->http), .events = POLLIN },
                              { .fd = g->wake_fd, .events = POLLIN } };
    (void)poll(ready, 2, wait_ms < TURN_MS ? wait_ms : TURN_MS); /* a signal ends it, too */
    /* Before the queue is looked at: what comes later wakes us anew. */
    (void)!read(g->wake_fd, &count, sizeof count);
    g->now_ms = clock_tick_ms();
    if (g->publisher != NULL)
        (void)publish_poll(g->publisher, 0);
    poll_letters(g);
    renew_producer(g);
    end_waiting(g);
    read_again(g);
    http_run(g->http, g->now_ms);
    if (dials_turn(&g->dials))
        gateway_show_counts(g);
}

enum fault
gateway_open(struct gateway *g, const struct setup *setup, struct why *why)
{
    *g = (struct gateway){ .setup = setup, .log = &setup->report->log, .wake_fd = -1 };
    g->ring.before = g->ring.after = &g->ring;
    g->tokens_file = setting(setup, SETTING_TOKENS);
    g->maker = maker_new();
    g->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (g->maker == NULL || g->wake_fd < 0)
        return why_set(why, FAULT_NO_MEMORY, "no memory to begin with");
    maker_use_clock(g->maker, clock_wall_ms);
    again_listen();
    enum fault fault = setup_use_registry(setup, g->maker, why);
    if (fault == FAULT_NONE)
        fault = dials_open(&g->dials, setup, true, why);
    if (fault == FAULT_NONE)
        fault = open_producer(g, why);
    if (fault == FAULT_NONE && g->tokens_file != NULL)
        fault = read_tokens(g->tokens_file, &g->tokens, why);
    return fault;
}

void
gateway_close(struct gateway *g)
{
    http_close(g->http);
    close_producer(g);
    close_letters(g);
    for (struct batch *batch = g->ring.after, *after; batch != &g->ring; batch = after) {
        after = batch->after;
        batch_free(batch);
    }
    dials_close(&g->dials);
    tokens_free(g->tokens);
    maker_free(g->maker);
    if (g->wake_fd >= 0)
        close(g->wake_fd);
}
