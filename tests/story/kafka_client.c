#include "tests/story/kafka_inside.h"

enum { EVENTS_MOST = 64, TAKEN_MOST = 64, SENT_MOST = 256 };

struct reader {
    bool wanted; /* the group means it to be ours */
    bool lost;   /* it was taken away since, whatever is wanted now */
    bool held;   /* the machine was told so */
    bool giving; /* the machine was told to give it back */
    bool reading;
    int64_t position;
    int64_t end_told; /* the end that was told last, -1: none */
};

struct sent {
    int log;
    size_t message;
    int to; /* a log, or -1: the dead-letter topic */
};

struct kafka_client {
    struct kafka *k;
    struct kafka_hooks hooks;
    struct dice *dice;
    struct kafka_faults faults;
    struct reader readers[LOGS_MOST];
    struct feed_event events[EVENTS_MOST]; /* of this take */
    size_t event_count;
    struct feed_event gone[LOGS_MOST]; /* for the next take */
    size_t gone_count;
    struct message taken[TAKEN_MOST];
    struct sent sent[SENT_MOST];
    size_t sent_count;
    struct start arrived[SENT_MOST];
    size_t arrived_count;

    /* the question where everything ends */
    bool asked, answered;
    int64_t answers_at; /* tick */
    struct ends ends;
    int64_t high[LOGS_MOST];
};

struct kafka_client *
kafka_connect(struct kafka *k, const struct kafka_hooks *hooks, struct dice *dice,
              const struct kafka_faults *faults)
{
    struct kafka_client *c = must_allocate(sizeof *c);

    memset(c, 0, sizeof *c);
    c->k = k;
    c->hooks = *hooks;
    c->dice = dice;
    c->faults = *faults;
    return c;
}

/* A copy arrives at the broker. */
static void
arrive(struct kafka_client *c, const struct sent *s)
{
    struct log_message one = c->k->logs[s->log].list[s->message];

    if (s->to < 0) {
        c->k->logs[s->log].list[s->message].set_aside = true;
        return;
    }
    c->k->logs[s->log].list[s->message].forwarded = true;
    kafka_append(c->k, s->to, one.told->key, one.told, one.timestamp_ms, one.number);
    if (c->arrived_count < SENT_MOST)
        c->arrived[c->arrived_count++] =
            (struct start){ c->k->logs[s->to].place, c->k->logs[s->to].high };
}

void
kafka_disconnect(struct kafka_client *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->sent_count; i++) {
        if (dice_below(c->dice, 2) == 0)
            arrive(c, &c->sent[i]);
    }
    free(c);
}

void
kafka_assign(struct kafka_client *c, int log)
{
    c->readers[log].wanted = true;
}

void
kafka_revoke(struct kafka_client *c, int log)
{
    c->readers[log].wanted = false;
    c->readers[log].lost = c->readers[log].held;
}

bool
kafka_holds(const struct kafka_client *c, int log)
{
    return c->readers[log].held;
}

static void
put_event(struct kafka_client *c, enum feed_event_kind kind, int log, int64_t offset)
{
    if (c->event_count == EVENTS_MOST)
        abort();
    c->events[c->event_count++] = (struct feed_event){ kind, c->k->logs[log].place, offset };
}

static bool
has_event(const struct kafka_client *c)
{
    if (c->gone_count > 0)
        return true;
    for (int i = 0; i < c->k->log_count; i++) {
        const struct reader *r = &c->readers[i];

        if (r->held ? r->lost && !r->giving : r->wanted)
            return true;
    }
    return false;
}

/* Assignments and what is taken back; an end comes with the messages. */
static void
take_events(struct kafka_client *c)
{
    memcpy(c->events, c->gone, c->gone_count * sizeof c->gone[0]);
    c->event_count = c->gone_count;
    c->gone_count = 0;
    for (int i = 0; i < c->k->log_count; i++) {
        struct reader *r = &c->readers[i];

        if (r->held && r->lost && !r->giving) {
            r->giving = true;
            put_event(c, FEED_REVOKED, i, 0);
        } else if (!r->held && r->wanted) {
            r->held = true;
            put_event(c, FEED_ASSIGNED, i, 0);
        }
    }
}

static bool
at_new_end(const struct kafka_client *c, int log)
{
    const struct reader *r = &c->readers[log];
    int64_t high = c->k->logs[log].high;

    return r->reading && r->end_told != high &&
           kafka_below(c->k, log, r->position) == c->k->logs[log].count;
}

static bool
has_message(const struct kafka_client *c, int log)
{
    const struct reader *r = &c->readers[log];

    return r->reading && kafka_below(c->k, log, r->position) < c->k->logs[log].count;
}

/* The answer to where everything ends is there, and has not been taken. */
static bool
has_answer(const struct kafka_client *c)
{
    return c->asked && !c->answered && c->hooks.now(c->hooks.self) >= c->answers_at;
}

bool
kafka_has_news(const struct kafka_client *c)
{
    if (has_event(c) || has_answer(c))
        return true;
    for (int i = 0; i < c->k->log_count; i++) {
        if (has_message(c, i) || at_new_end(c, i))
            return true;
    }
    return false;
}

static size_t
take_messages(struct kafka_client *c, size_t most)
{
    size_t count = 0;

    if (most > TAKEN_MOST)
        most = TAKEN_MOST;
    if (dice_below(c->dice, 2) == 0 && most > 3)
        most = 1 + (size_t)dice_below(c->dice, 3);
    for (int i = 0; i < c->k->log_count; i++) {
        const struct log_file *l = &c->k->logs[i];
        struct reader *r = &c->readers[i];

        while (count < most && has_message(c, i)) {
            size_t at = kafka_below(c->k, i, r->position);
            const struct log_message *m = &l->list[at];

            c->taken[count++] = (struct message){ l->place, m->offset,      m->timestamp_ms,
                                                  m->key,   m->told->value, NULL };
            r->position = m->offset + 1;
        }
    }
    return count;
}

static enum fault
feed_take(void *self, size_t most, int64_t wait_ms, struct batch *batch, struct why *why)
{
    struct kafka_client *c = self;
    int64_t until = c->hooks.now(c->hooks.self) + wait_ms;
    enum fault fault = c->hooks.pause(c->hooks.self);

    if (fault == FAULT_NONE && most > 0 && dice_hits(c->dice, c->faults.away))
        fault = FAULT_KAFKA_AWAY;
    if (c->asked && !c->answered && c->answers_at < until)
        until = c->answers_at;
    while (fault == FAULT_NONE && c->hooks.now(c->hooks.self) < until &&
           !(most == 0 ? has_event(c) : kafka_has_news(c)))
        fault = c->hooks.sleep(c->hooks.self, until);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    take_events(c);
    *batch = (struct batch){ .messages = c->taken, .events = c->events, .shared_out = true };
    batch->message_count = take_messages(c, most);
    for (int i = 0; i < c->k->log_count && most > 0; i++) {
        if (!at_new_end(c, i))
            continue;
        c->readers[i].end_told = c->k->logs[i].high;
        c->readers[i].position = c->k->logs[i].high;
        put_event(c, FEED_END, i, c->k->logs[i].high);
    }
    batch->event_count = c->event_count;
    return FAULT_NONE;
}

static enum fault
feed_start(void *self, const struct start *starts, size_t count, struct why *why)
{
    struct kafka_client *c = self;
    enum fault fault = c->hooks.pause(c->hooks.self);

    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    for (size_t i = 0; i < count; i++) {
        int log = kafka_log(c->k, starts[i].place);

        if (starts[i].offset < c->k->logs[log].low || starts[i].offset > c->k->logs[log].high) {
            c->gone[c->gone_count++] =
                (struct feed_event){ FEED_START_GONE, starts[i].place, starts[i].offset };
            continue;
        }
        c->readers[log].reading = true;
        c->readers[log].position = starts[i].offset;
        c->readers[log].end_told = -1;
    }
    return FAULT_NONE;
}

static enum fault
feed_stop(void *self, const struct place *places, size_t count, struct why *why)
{
    struct kafka_client *c = self;
    enum fault fault = c->hooks.pause(c->hooks.self);

    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    for (size_t i = 0; i < count; i++) {
        int log = kafka_log(c->k, places[i]);

        c->readers[log].held = c->readers[log].lost = c->readers[log].giving = false;
        c->readers[log].reading = false;
    }
    return FAULT_NONE;
}

static enum fault
feed_range(void *self, struct place place, int64_t *low, int64_t *high, struct why *why)
{
    struct kafka_client *c = self;
    enum fault fault = c->hooks.pause(c->hooks.self);

    if (fault == FAULT_NONE && dice_hits(c->dice, c->faults.away))
        fault = FAULT_KAFKA_AWAY;
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    *low = c->k->logs[kafka_log(c->k, place)].low;
    *high = c->k->logs[kafka_log(c->k, place)].high;
    return FAULT_NONE;
}

static enum fault
send_copy(struct kafka_client *c, const struct message *m, int to, struct why *why)
{
    int log = kafka_log(c->k, m->place);

    if (c->sent_count == SENT_MOST)
        return why_set(why, FAULT_KAFKA_AWAY, "the invented Kafka's queue is full");
    c->sent[c->sent_count++] = (struct sent){ log, kafka_below(c->k, log, m->offset), to };
    return FAULT_NONE;
}

static enum fault
feed_set_aside(void *self, const struct message *m, enum fault code, const struct why *reason,
               struct why *why)
{
    (void)code;
    (void)reason;
    return send_copy(self, m, -1, why);
}

static enum fault
feed_forward(void *self, const struct message *m, struct text key, int32_t partition,
             struct why *why)
{
    struct kafka_client *c = self;

    (void)key;
    return send_copy(c, m, kafka_log(c->k, (struct place){ m->place.topic, partition }), why);
}

static enum fault
feed_settle(void *self, struct why *why)
{
    struct kafka_client *c = self;
    enum fault fault = FAULT_NONE;

    while (fault == FAULT_NONE && c->sent_count > 0) {
        fault = c->hooks.pause(c->hooks.self);
        if (fault != FAULT_NONE)
            break;
        arrive(c, &c->sent[0]);
        if (dice_hits(c->dice, c->faults.ack_twice))
            arrive(c, &c->sent[0]); /* its first acknowledgement was lost */
        c->sent_count--;
        memmove(c->sent, c->sent + 1, c->sent_count * sizeof c->sent[0]);
        if (dice_hits(c->dice, c->faults.away))
            fault = FAULT_KAFKA_AWAY;
    }
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    return FAULT_NONE;
}

/* Some get lost; whoever comes last, a zombie even, is believed. */
static void
feed_note(void *self, const struct position *positions, size_t count)
{
    struct kafka_client *c = self;

    for (size_t i = 0; i < count; i++)
        if (dice_below(c->dice, 4) > 0)
            c->k->noted[kafka_log(c->k, positions[i].place)] = positions[i];
}

static enum fault
feed_noted(void *self, struct place place, struct position *out, struct why *why)
{
    struct kafka_client *c = self;
    enum fault fault = c->hooks.pause(c->hooks.self);

    if (fault == FAULT_NONE && dice_hits(c->dice, c->faults.away))
        fault = FAULT_KAFKA_AWAY;
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the invented Kafka is away");
    *out = c->k->noted[kafka_log(c->k, place)];
    if (dice_below(c->dice, 16) == 0) /* a stranger has committed */
        out->next = -1;
    return FAULT_NONE;
}

static bool
feed_ask_ends(void *self, bool holders)
{
    struct kafka_client *c = self;

    (void)holders;
    if (c->asked && !c->answered)
        return false;
    c->asked = true;
    c->answered = false;
    c->answers_at = c->hooks.now(c->hooks.self) + dice_below(c->dice, 4) * dice_below(c->dice, 30);
    for (int i = 0; i < c->k->log_count; i++) /* as early as it can look: at once */
        c->high[i] = dice_hits(c->dice, c->faults.away) ? -1 : c->k->logs[i].high;
    return true;
}

static const struct ends *
feed_ends(void *self)
{
    struct kafka_client *c = self;

    if (!has_answer(c))
        return NULL;
    c->answered = true;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        c->ends.partitions[t] = c->k->partitions[t];
        c->ends.high[t] = c->ends.stable[t] =
            &c->high[kafka_log(c->k, (struct place){ (enum topic)t, 0 })];
    }
    return &c->ends;
}

static bool
feed_forwarded(void *self, struct start *after)
{
    struct kafka_client *c = self;

    if (c->arrived_count == 0)
        return false;
    *after = c->arrived[--c->arrived_count];
    return true;
}

struct feed
kafka_feed(struct kafka_client *c)
{
    return (struct feed){
        .self = c,
        .take = feed_take,
        .start = feed_start,
        .stop = feed_stop,
        .range = feed_range,
        .set_aside = feed_set_aside,
        .forward = feed_forward,
        .settle = feed_settle,
        .note = feed_note,
        .noted = feed_noted,
        .ask_ends = feed_ask_ends,
        .ends = feed_ends,
        .forwarded = feed_forwarded,
    };
}
