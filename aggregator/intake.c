#include "aggregator/state.h"

#include "aggregator/hash.h"

enum { RECORD_MOST = 64 << 20 }; /* bytes of one COMMIT, a message more or less */

/* What a message turned out to be. */
struct judged {
    struct record record;
    struct text key;
    char key_bytes[KEY_TEXT_BYTES];
};

/* The day that FUTURE looks at, from the draft: it is judged before the rest
 * of the record is; INT64_MIN when the draft has none. */
static int64_t
future_day(const struct draft *d)
{
    int64_t day = INT64_MIN;

    if (d->type == RECORD_AGREEMENT) {
        bool planned = d->state[FIELD_STATUS] == FAULT_NONE && d->status == AGREEMENT_PLANNED;
        if (d->state[FIELD_SIGNED_ON] == FAULT_NONE && !planned)
            day = d->signed_on;
        return day;
    }
    if (d->state[FIELD_OCCURRED_AT] == FAULT_NONE)
        day = instant_china_day(d->occurred_at_ms);
    if (d->state[FIELD_PERIOD_END] == FAULT_NONE && d->period_end > day)
        day = d->period_end;
    return day;
}

static enum fault
decode(struct aggregator *a, const struct message *m, struct why *why)
{
    struct frame frame;
    enum fault fault;
    const struct plan *plan = a->plans[m->place.topic];

    if (m->value.length > RECORD_BYTES)
        return why_field(why, TOO_LARGE, "", "the message has %zu bytes, %d are allowed",
                         m->value.length, RECORD_BYTES);
    fault = frame_read((const uint8_t *)m->value.at, m->value.length, &frame, why);
    if (fault != FAULT_NONE)
        return fault;
    if (frame.form == FRAME_CONFLUENT)
        return why_field(why, BAD_SCHEMA, "",
                         "schema id %u needs a schema registry, and none is configured",
                         frame.schema_id);
    if (frame.fingerprint != plan_fingerprint(plan))
        return why_field(why, BAD_SCHEMA, "", "schema fingerprint %016llx is not the one of %s",
                         (unsigned long long)frame.fingerprint, topic_names[m->place.topic]);
    return plan_decode(plan, frame.body, frame.body_size, &a->draft, why);
}

static enum fault
judge(struct aggregator *a, const struct message *m, struct judged *out, struct why *why)
{
    enum fault fault = decode(a, m, why);

    if (fault != FAULT_NONE)
        return fault;
    if (m->timestamp_ms >= 0 && future_day(&a->draft) > instant_china_day(m->timestamp_ms) + 1)
        return why_field(why, FUTURE, "",
                         "the record's day is later than the day after its message");
    fault = record_settle(&a->draft, &out->record, why);
    if (fault != FAULT_NONE)
        return fault;
    if (out->record.id_derived_wanted)
        return why_field(why, BAD_ID, "id", "a message must carry its id");
    out->key = record_key(&out->record, out->key_bytes);
    return FAULT_NONE;
}

static void
open_batch(struct aggregator *a, struct partition *p)
{
    struct journal_head head = { .version = next_version(a), .predecessor = p->version };

    p->open = true;
    p->open_version = head.version;
    p->open_last_offset = p->last_offset;
    p->open_last_hash = p->last_hash;
    journal_begin(&p->writer, &head);
}

static void
log_refusal(const struct aggregator *a, const struct message *m, enum fault code,
            const struct why *reason)
{
    log_say(a->world.log, LOG_WARN, "set aside", LOG_S("topic", topic_names[m->place.topic]),
            LOG_I("partition", m->place.partition), LOG_I("offset", m->offset),
            LOG_S("code", fault_name(code)), LOG_S("field", reason->field),
            LOG_S("message", reason->text));
}

/* One message that lies where it was expected. */
static enum fault
take_in(struct aggregator *a, struct partition *p, const struct message *m, struct why *why)
{
    struct judged judged;
    struct why reason = { 0 };
    enum fault fault = judge(a, m, &judged, &reason);
    int32_t home;

    a->counts.records++;
    if (fault_is_refusal(fault) && m->offset < reach_of(a, p)->set_aside_below)
        return FAULT_NONE; /* it was, when it was counted for the first time */
    if (fault_is_refusal(fault)) {
        log_refusal(a, m, fault, &reason);
        a->counts.set_aside++;
        a->unsettled = true;
        return a->world.feed.set_aside(a->world.feed.self, m, fault, &reason, why);
    }
    if (fault != FAULT_NONE)
        return why_set(why, fault, "%s", reason.text);
    home = key_partition(judged.key, a->settings.partitions[m->place.topic]);
    if (home != m->place.partition && m->offset < reach_of(a, p)->forwarded_below)
        return FAULT_NONE;
    if (home != m->place.partition) {
        a->counts.forwarded++;
        a->unsettled = true;
        return a->world.feed.forward(a->world.feed.self, m, judged.key, home, why);
    }
    return waiting_add(a, p, identity_of(p->seed, record_kind(&judged.record), judged.key),
                       &judged.record, why);
}

static enum fault
log_mismatch(const struct partition *p, struct why *why)
{
    return why_set(why, FAULT_LOG_MISMATCH,
                   "%s: the record at offset %lld is not the one that was counted; this topic is "
                   "not the one that the totals were made from. tally-aggregate --rebuild "
                   "counts again what it holds",
                   p->name, (long long)p->last_offset);
}

/* The log is read up to `offset`, or to the limit if that comes first: what
 * lies between is no record (a transaction's marker, say). */
static void
go_to_limit(struct aggregator *a, struct partition *p, int64_t offset)
{
    int64_t limit = reach_of(a, p)->limit;

    offset = offset < limit ? offset : limit;
    if (offset <= p->read_next)
        return;
    if (!p->open)
        open_batch(a, p);
    p->read_next = offset;
}

/* Is m the next one?  *use is false for a message to be dropped.  What is
 * dropped because of a gap comes again: the partition is not ready any more,
 * and begins again at what it expects. */
static enum fault
place_in_log(struct aggregator *a, struct partition *p, const struct message *m, bool *use,
             struct why *why)
{
    int64_t expected = p->verify ? p->last_offset : p->read_next;

    *use = false;
    if (m->offset < expected)
        return FAULT_NONE;
    if (m->offset > expected && p->gap_at != expected) {
        p->gap_at = expected; /* read again once before it is believed */
        p->ready = false;
        return FAULT_NONE;
    }
    p->gap_at = -1;
    if (p->verify) {
        if (m->offset != expected || message_hash(m->key, m->value) != p->last_hash)
            return log_mismatch(p, why);
        p->verify = false;
        return FAULT_NONE;
    }
    if (m->offset >= reach_of(a, p)->limit) {
        go_to_limit(a, p, m->offset);
        p->ready = false;
        return FAULT_NONE;
    }
    *use = true;
    return FAULT_NONE;
}

/* The feed has handed out everything below the event's offset. */
static void
take_end(struct aggregator *a, const struct feed_event *event)
{
    struct partition *p = partition_of(a, event->place);

    if (p != NULL && p->away)
        p->ready = false;
    if (event->kind == FEED_END && p != NULL && p->ready && !p->verify)
        go_to_limit(a, p, event->offset);
}

/* The batch's last record of p; also when a later one failed. */
static void
note_last(struct partition *p)
{
    if (p->last == NULL)
        return;
    p->open_last_offset = p->last->offset;
    p->open_last_hash = message_hash(p->last->key, p->last->value);
    p->last = NULL;
}

/* One message of a partition that is being read. */
static enum fault
take_message(struct aggregator *a, struct partition *p, const struct message *m, struct why *why)
{
    bool use;
    enum fault fault = place_in_log(a, p, m, &use, why);

    if (fault != FAULT_NONE || !use)
        return fault;
    if (!p->open)
        open_batch(a, p);
    fault = take_in(a, p, m, why);
    if (fault != FAULT_NONE)
        return fault;
    p->read_next = m->offset + 1;
    p->last = m;
    if (p->writer.used > RECORD_MOST)
        p->ready = false; /* commit this much first, then go on from there */
    return FAULT_NONE;
}

void
send_back(struct aggregator *a, const struct batch *batch, size_t first)
{
    for (size_t i = first; i < batch->message_count; i++) {
        struct partition *p = partition_of(a, batch->messages[i].place);
        if (p != NULL)
            p->ready = false;
    }
}

enum fault
intake(struct aggregator *a, const struct batch *batch, struct why *why)
{
    enum fault fault = FAULT_NONE;
    enum fault entered;
    struct partition *p = NULL;
    struct why worse;
    size_t i;

    for (i = 0; i < batch->message_count; i++) {
        const struct message *m = &batch->messages[i];

        /* Messages come in runs of one partition. */
        if (i == 0 || m->place.partition != m[-1].place.partition ||
            m->place.topic != m[-1].place.topic)
            p = partition_of(a, m->place);
        if (p != NULL && p->away)
            p->ready = false; /* read again from where it stops, once its keys answer */
        if (p == NULL || !p->ready)
            continue;
        fault = take_message(a, p, m, why);
        if (fault != FAULT_NONE)
            break;
    }
    entered = waiting_enter(a, &worse);
    if (entered != FAULT_NONE)
        fault = why_set(why, entered, "%s", worse.text);
    send_back(a, batch, i);
    for (size_t n = 0; n < a->partition_count; n++)
        note_last(a->partitions[n]);
    for (size_t n = 0; n < batch->event_count; n++)
        take_end(a, &batch->events[n]);
    return fault;
}
