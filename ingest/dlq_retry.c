/* Dead letters sent again, each once.
 *
 *   letter --send--> topic of records --delivered--> note --send--> .dlq, its partition --> counted
 *                                     --refused----> told, and counted as failed
 *
 * What was sent again is known by the notes, so a run that dies loses nothing: what it had sent and
 * not yet noted is sent once more by the next run, and equal records count once.  What was sent
 * carries the letter's place in a header, which the aggregator keeps when it sets it aside again:
 * so it can't go round.  It is sent with the time of now and by its key, as a scraper would. */
#include "ingest/dlq.h"

#include "base/clock.h"
#include "base/grow.h"
#include "ingest/patience.h"
#include "kafka/dispatch.h"

#include <stdlib.h>

enum {
    PENDING_MOST = 200, /* sent and not yet noted */
    HEADERS_MOST = 1 << 16,
    WAIT_MS = 100,
    RETRIED_BYTES = LETTER_PLACE_BYTES + 24, /* "trade-events.dlq/3@17 2" */
    NOTE_BYTES = RETRIED_BYTES + 128,
};

/* One letter on its way, until it is noted or has failed. */
struct errand {
    struct errand *next; /* of those whose note is to be sent, or of the free ones */
    struct letter_place letter, origin;
    int code; /* as in struct found_letter */
    bool is_noted;
    char retried[RETRIED_BYTES];
};

struct retry {
    struct dlq *dlq;
    struct dispatcher *dispatcher;
    struct patience patience;
    struct errand errands[PENDING_MOST], *free;
    struct errand *to_note, *to_note_last;
    int64_t pending, sent, noted, failed, cut, refused, left_out;
    int64_t by_code[FAULT_COUNT + 1];
    struct header *headers; /* of the message that is sent */
    size_t header_room;
    enum fault fault;
    struct why why;
};

static struct retry retry;

/* ---- what became of messages -------------------------------------------------------- */

static void
tell_failed(const struct errand *errand, const char *what, const char *reason)
{
    char place[LETTER_PLACE_BYTES];

    letter_place_write(errand->letter, place);
    report_say(retry.dlq->report, LOG_ERROR, what, LOG_S("letter", place), LOG_S("reason", reason));
}

static void
free_errand(struct errand *errand)
{
    errand->next = retry.free;
    retry.free = errand;
}

/* A dispatch_report. */
static void
take_report(void *self, void *tag, const char *reason)
{
    struct errand *errand = tag;

    (void)self;
    if (reason == NULL && !errand->is_noted) {
        errand->is_noted = true;
        errand->next = NULL;
        if (retry.to_note == NULL)
            retry.to_note = errand;
        else
            retry.to_note_last->next = errand;
        retry.to_note_last = errand;
        return;
    }
    retry.pending--;
    if (reason == NULL) {
        retry.noted++;
        retry.by_code[errand->code < 0 ? FAULT_COUNT : errand->code]++;
    } else {
        retry.failed++;
        tell_failed(errand, errand->is_noted ? "sent again, but not noted" : "not sent again",
                    reason);
    }
    free_errand(errand);
}

/* {"retried":"trade-events.dlq/3@17","origin":"trade-events/1@4"}: for people; programs read the
 * header. */
static enum fault
send_note(const struct errand *errand, struct why *why)
{
    char key[LETTER_PLACE_BYTES], origin[LETTER_PLACE_BYTES], value[NOTE_BYTES];
    const struct header header = { HEADER_RETRIED, errand->retried, strlen(errand->retried) };
    struct dispatch note = { .topic = letter_topics[errand->letter.type],
                             .partition = errand->letter.partition,
                             .headers = &header,
                             .header_count = 1,
                             .tag = (void *)(uintptr_t)errand };

    letter_place_write(errand->letter, key);
    letter_place_write(errand->origin, origin);
    (void)snprintf(value, sizeof value, "{\"retried\":\"%s\",\"origin\":\"%s\"}", key, origin);
    note.key = text_of(key);
    note.value = text_of(value);
    return dispatch_send(retry.dispatcher, &note, why);
}

/* Notes of all that is delivered, as many as the queue takes. */
static void
send_notes(void)
{
    while (retry.to_note != NULL) {
        struct errand *errand = retry.to_note;
        struct errand *next = errand->next; /* the report may come, and free it */
        struct why why;
        enum fault fault = send_note(errand, &why);

        if (fault == FAULT_KAFKA_AWAY)
            return;
        retry.to_note = next;
        if (fault != FAULT_NONE)
            take_report(NULL, errand, why.text);
    }
}

/* Hear reports, send notes, and be patient.  A fault once going on makes no sense. */
static enum fault
step(int wait_ms, struct why *why)
{
    int64_t now;
    bool came = dispatch_poll(retry.dispatcher, wait_ms) > 0;

    send_notes();
    now = clock_tick_ms();
    if (came || retry.pending == 0)
        patience_rewarded(&retry.patience, now);
    else if (!patience_lasts(&retry.patience, now, retry.pending,
                             dispatch_complaint(retry.dispatcher)))
        return why_set(why, FAULT_KAFKA_AWAY, "gave up waiting: %s",
                       dispatch_complaint(retry.dispatcher));
    return dispatch_verdict(retry.dispatcher, why);
}

/* ---- sending ------------------------------------------------------------------------ */

/* The headers that the original came with, and ours. */
static bool
gather_headers(const struct letter *letter, const char *retried, size_t *count)
{
    struct header header;

    *count = 0;
    for (size_t i = 0; i < HEADERS_MOST && follow_header(letter->message, i, &header); i++) {
        struct header *larger;

        if (letter_owns_header(&header))
            continue;
        larger = grow(retry.headers, &retry.header_room, *count + 2, sizeof *larger);
        if (larger == NULL)
            return false;
        retry.headers = larger;
        retry.headers[(*count)++] = header;
    }
    if (*count == 0) {
        struct header *larger = grow(retry.headers, &retry.header_room, 1, sizeof *larger);

        if (larger == NULL)
            return false;
        retry.headers = larger;
    }
    retry.headers[(*count)++] = (struct header){ HEADER_RETRIED, retried, strlen(retried) };
    return true;
}

/* One that is free must be there. */
static struct errand *
new_errand(const struct found_letter *found)
{
    struct errand *errand = retry.free;
    char place[LETTER_PLACE_BYTES];

    retry.free = errand->next;
    *errand = (struct errand){ .letter = found->letter.at,
                               .origin = found->letter.origin,
                               .code = found->code };
    letter_place_write(errand->letter, place);
    (void)snprintf(errand->retried, sizeof errand->retried, "%s %lld", place,
                   (long long)found->state.tries + 1);
    return errand;
}

/* Until there is room for one more.  False: there will be none, or nobody waits. */
static bool
make_room(struct why *why, enum fault *fault)
{
    do
        *fault = step(WAIT_MS, why);
    while (*fault == FAULT_NONE && retry.free == NULL && *retry.dlq->setup->signals < 2);
    return *fault == FAULT_NONE && retry.free != NULL;
}

/* Until it is in the queue, or can't be. */
static enum fault
send_letter(const struct found_letter *found, const struct publication *made, struct why *why)
{
    const struct letter *letter = &found->letter;
    struct dispatch message = { .topic = topic_names[letter->at.type],
                                .partition = -1,
                                .key = letter->key,
                                .value = letter->value };
    struct errand *errand;
    enum fault fault = FAULT_NONE;

    if (retry.free == NULL && !make_room(why, &fault))
        return fault;
    errand = new_errand(found);
    message.tag = errand;
    if (!gather_headers(letter, errand->retried, &message.header_count))
        return why_set(why, FAULT_NO_MEMORY, "no memory to send with");
    message.headers = retry.headers;
    if (letter->refused_by.at != NULL)
        message.value = (struct text){ (const char *)made->value, made->value_size };
    if (letter->refused_by.at != NULL)
        message.key = made->key;
    while ((fault = dispatch_send(retry.dispatcher, &message, why)) == FAULT_KAFKA_AWAY)
        if (!make_room(why, &fault)) {
            free_errand(errand);
            return fault;
        }
    retry.pending++;
    if (fault == FAULT_NONE)
        retry.sent++;
    else
        take_report(NULL, errand, why->text); /* this one alone, or all: step() knows */
    return FAULT_NONE;
}

/* False: it is refused as it was, or for something else. */
static bool
make_message(const struct found_letter *found, struct publication *out, struct why *why)
{
    struct record r;

    dlq_use_rules(retry.dlq, &found->letter);
    return message_read(retry.dlq->maker, found->letter.value, &r, why) == FAULT_NONE &&
           r.type == found->letter.at.type &&
           message_make(retry.dlq->maker, &r, out, why) == FAULT_NONE;
}

/* A letter_taker. */
static bool
take_letter(struct dlq *dlq, const struct found_letter *found)
{
    char place[LETTER_PLACE_BYTES];
    struct publication made = { 0 };
    struct why why = { 0 };

    if (found->state.is_repeat || (found->state.was_retried && !dlq->again)) {
        retry.left_out++;
        return true;
    }
    letter_place_write(found->letter.at, place);
    if (letter_is_cut(&found->letter)) {
        retry.cut++;
        report_say(dlq->report, LOG_WARN, "not sent again", LOG_S("letter", place),
                   LOG_S("reason", "the dead letter has only the beginning of it; it lies where it "
                                   "was, in the topic of records"));
        return true;
    }
    /* What came as JSON is judged again, and becomes a message now. */
    if (found->letter.refused_by.at != NULL && !make_message(found, &made, &why)) {
        retry.refused++;
        report_say(dlq->report, LOG_WARN, "not sent again", LOG_S("letter", place),
                   LOG_S("reason", why.text));
        return true;
    }
    retry.fault = send_letter(found, &made, &retry.why);
    return retry.fault == FAULT_NONE;
}

/* Between two takes: reports may have come. */
static bool
at_rest(void *self)
{
    (void)self;
    retry.fault = step(0, &retry.why);
    return retry.fault == FAULT_NONE;
}

/* ---- the command -------------------------------------------------------------------- */

static void
tell_end(const struct dlq *dlq)
{
    for (int code = 0; code <= FAULT_COUNT; code++)
        if (retry.by_code[code] > 0)
            report_say(dlq->report, LOG_INFO, "sent again",
                       LOG_S("code", code == FAULT_COUNT ? "?" : fault_name((enum fault)code)),
                       LOG_I("letters", retry.by_code[code]));
    if (retry.left_out > 0 && !dlq->again)
        report_say(dlq->report, LOG_INFO, "left out: sent again before, or one of a message",
                   LOG_I("letters", retry.left_out),
                   LOG_S("advice", "--again sends those that were sent before once more"));
    report_say(dlq->report, retry.failed > 0 ? LOG_ERROR : LOG_INFO, "retried",
               LOG_I("sent", retry.sent), LOG_I("noted", retry.noted),
               LOG_I("failed", retry.failed), LOG_I("not_whole", retry.cut),
               LOG_I("still_refused", retry.refused), LOG_I("left_out", retry.left_out),
               LOG_I("strangers", dlq->strangers), LOG_I("not_noted", retry.pending));
}

int
dlq_retry(struct dlq *dlq)
{
    const volatile sig_atomic_t *signals = dlq->setup->signals;
    const struct log *log = &dlq->report->log;
    struct why why = { 0 };
    enum fault fault;
    bool was_cut;

    retry.dlq = dlq;
    for (int i = 0; i < PENDING_MOST; i++)
        free_errand(&retry.errands[i]);
    patience_init(&retry.patience, log, producer_limit_ms(dlq->setup->kafka));
    fault = dispatcher_new(dlq->setup->kafka, log, take_report, NULL, &retry.dispatcher, &why);
    if (fault == FAULT_NONE)
        fault = dlq_read(dlq, take_letter, at_rest, &why);
    if (fault == FAULT_NONE && retry.fault != FAULT_NONE)
        fault = why_set(&why, retry.fault, "%s", retry.why.text);
    was_cut = *signals > 0;
    while (fault == FAULT_NONE && retry.pending > 0 && *signals < 2)
        fault = step(WAIT_MS, &why);
    if (fault != FAULT_NONE)
        log_fault(log, LOG_ERROR, "stopped", fault, &why);
    else if (was_cut)
        log_say(log, LOG_ERROR, "interrupted before the end",
                LOG_S("advice", "run it again: what is noted is not sent again"));
    tell_end(dlq);
    dispatcher_free(retry.dispatcher);
    free(retry.headers);
    if (fault != FAULT_NONE || was_cut || retry.failed > 0 || retry.pending > 0)
        return EXIT_FAILED;
    return retry.cut + retry.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}
