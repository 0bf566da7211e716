/* libtally-ingest: a maker and a publisher behind an interface that shows neither. */
#include "base/clock.h"
#include "ingest/message.h"
#include "ingest/tally_ingest.h"

#include <stdio.h>
#include <stdlib.h>

enum { TURN_MS = 100 };

struct tally_ingest {
    struct log log; /* says nothing */
    struct producer_settings settings;
    struct rd_kafka_s *kafka;
    struct publisher *publisher;
    struct maker *maker;
    struct why why;
    char id[ID_LENGTH + 1];
    tally_hearer *hear; /* these two: while it is polled */
    void *hearer;
};

static void
say_nothing(void *self, const char *line, size_t length)
{
    (void)self, (void)line, (void)length;
}

static void
on_report(void *self, const struct publish_report *report)
{
    const struct tally_ingest *t = self;
    struct tally_report told = { report->ticket, report->is_delivered, report->partition,
                                 report->offset, report->reason };
    if (t->hear != NULL)
        t->hear(t->hearer, &told);
}

static enum tally_result
fail(struct tally_ingest *t, enum fault fault, struct tally_fault *out)
{
    *out = (struct tally_fault){ fault_name(fault), t->why.field,
                                 t->why.text[0] == '\0' ? fault_meaning(fault) : t->why.text };
    return fault_is_refusal(fault) ? TALLY_REFUSED : TALLY_FAILED;
}

struct tally_ingest *
tally_open(const struct tally_settings *settings, char *error, size_t size)
{
    struct tally_ingest *t = calloc(1, sizeof *t);
    struct why why = { .text = "no memory" };
    enum fault fault = FAULT_NO_MEMORY;
    if (t != NULL) {
        t->log = (struct log){ .least = LOG_ERROR, .now_ms = clock_wall_ms, .put = say_nothing };
        t->settings =
            (struct producer_settings){ settings->brokers == NULL ? "" : settings->brokers,
                                        settings->properties, settings->property_count, 0 };
        t->maker = maker_new();
    }
    if (t != NULL && t->maker != NULL)
        fault = producer_open(&t->settings, false, &t->kafka, &why);
    if (fault == FAULT_NONE)
        fault = publisher_new(t->kafka, &t->settings, &t->log, &t->publisher, &why);
    if (fault != FAULT_NONE) {
        (void)snprintf(error, size, "%s", why.text);
        tally_close(t);
        return NULL;
    }
    maker_use_clock(t->maker, clock_wall_ms);
    publisher_hear(t->publisher, on_report, t);
    return t;
}

void
tally_close(struct tally_ingest *t)
{
    if (t == NULL)
        return;
    publisher_free(t->publisher);
    producer_close(t->kafka);
    maker_free(t->maker);
    free(t);
}

static enum fault
make(struct tally_ingest *t, const char *json, size_t length, struct record *r,
     struct publication *out)
{
    t->why = (struct why){ 0 };
    enum fault fault = message_read(t->maker, (struct text){ json, length }, r, &t->why);
    if (fault == FAULT_NONE)
        fault = message_make(t->maker, r, out, &t->why);
    return fault;
}

enum tally_result
tally_make(struct tally_ingest *t, const char *json, size_t length, struct tally_message *message,
           struct tally_fault *why)
{
    struct record r;
    struct publication made;
    enum fault fault = make(t, json, length, &r, &made);
    if (fault != FAULT_NONE)
        return fail(t, fault, why);
    (void)text_copy(r.id, t->id, sizeof t->id);
    *message = (struct tally_message){
        topic_names[r.type], t->id,           message_given_id(t->maker).at == NULL,
        made.key.at,         made.key.length, made.value,
        made.value_size
    };
    return TALLY_OK;
}

enum tally_result
tally_send(struct tally_ingest *t, const char *json, size_t length, void *ticket,
           struct tally_fault *why)
{
    struct record r;
    struct publication made;
    enum fault fault = make(t, json, length, &r, &made);
    if (fault != FAULT_NONE)
        return fail(t, fault, why);
    made.ticket = ticket;
    fault = publish_send(t->publisher, &made, &t->why);
    if (fault == FAULT_NONE)
        return TALLY_OK;
    (void)fail(t, fault, why);
    return fault == FAULT_KAFKA_AWAY ? TALLY_FULL : TALLY_FAILED;
}

void
tally_poll(struct tally_ingest *t, int wait_ms, tally_hearer *hear, void *self)
{
    t->hear = hear;
    t->hearer = self;
    (void)publish_poll(t->publisher, wait_ms);
    t->hear = NULL;
}

int64_t
tally_flush(struct tally_ingest *t, int wait_ms, tally_hearer *hear, void *self)
{
    int64_t until_ms = clock_tick_ms() + wait_ms;
    for (;;) {
        struct publish_counts counts = publish_counts(t->publisher);
        int64_t left = counts.sent - counts.delivered - counts.failed;
        int64_t now_ms = clock_tick_ms();
        if (left == 0 || now_ms >= until_ms)
            return left;
        tally_poll(t, until_ms - now_ms < TURN_MS ? (int)(until_ms - now_ms) : TURN_MS, hear, self);
    }
}
