/* From messages to open batches: each is decoded, judged, and entered in the
 * ledger of the partition that it lies in, set aside, or forwarded to where it
 * belongs.
 *
 *  message -> place_in_log()  below, a gap, the one to be verified  -> dropped
 *          -> judge()         refused                               -> dead letter
 *          -> key_partition() lies astray                           -> forwarded
 *          -> waiting_add()   -> ledger, rows, open batch
 *
 * Only the one that is next in its partition is taken; one that comes out of
 * turn makes the partition begin again where it should.  Offsets pass by
 * read_next, which is committed only after dead letters and copies are
 * acknowledged (rule 17). */
#include "aggregator/state.h"

#include "aggregator/decode.h"
#include "aggregator/hash.h"

enum { RECORD_MOST = 64 << 20 }; /* bytes of one COMMIT, a message more or less */

/* What a message turned out to be. */
struct judged {
    struct record record;
    struct text key;
    char key_bytes[KEY_TEXT_BYTES];
};

/* When Kafka received it; of a copy, when it received the original. */
static int64_t
received_ms(const struct feed *feed, const struct message *m)
{
    return feed->sent_first_ms == NULL ? m->timestamp_ms : feed->sent_first_ms(feed->self, m);
}

/* It may have been forwarded with the time of that day; only who is about to be
 * refused for it looks. */
static bool
is_later(const struct draft *draft, const struct message *m, const struct feed *feed)
{
    int64_t day = draft_latest_day(draft);

    return m->timestamp_ms >= 0 && day > instant_china_day(m->timestamp_ms) + 1 &&
           day > instant_china_day(received_ms(feed, m)) + 1;
}

/* Both days, and what the message's time may have been meant as: some clients
 * write seconds, or nothing, where Kafka wants milliseconds. */
static enum fault
refuse_future(const struct draft *draft, const struct message *m, struct why *why)
{
    const int64_t second_2000 = INT64_C(946684800), second_2100 = INT64_C(4102444800);
    bool in_seconds = second_2000 <= m->timestamp_ms && m->timestamp_ms < second_2100;
    int64_t day = draft_latest_day(draft);
    char told[DAY_TEXT], sent[DAY_TEXT];

    day_write((int32_t)(day < DAY_LAST ? day : DAY_LAST), told);
    day_write((int32_t)instant_china_day(m->timestamp_ms), sent);
    return why_field(
        why, FUTURE, "", "the record's day is %s, and its message says that it was sent on %s%s",
        told, sent,
        in_seconds ? "; its time is in seconds, wanted: milliseconds since 1970"
        : m->timestamp_ms < second_2000 ? "; its time is none, wanted: milliseconds since 1970, or "
                                          "no time, and Kafka's is taken"
                                        : "");
}

/* Everything that decides whether a message counts; it depends on the message
 * and its timestamp alone (rule 17). */
static enum fault
judge(struct decoding *decoding, const struct feed *feed, const struct message *m,
      struct judged *out, struct why *why)
{
    enum fault fault = decode_message(decoding, feed, m, why);

    if (fault != FAULT_NONE)
        return fault;
    if (is_later(&decoding->draft, m, feed))
        return refuse_future(&decoding->draft, m, why);
    fault = record_settle(&decoding->draft, &out->record, why);
    if (fault != FAULT_NONE)
        return fault;
    /* Ids are derived by ingest alone. */
    if (out->record.id_derived_wanted)
        return why_field(why, BAD_ID, "id", "a message must carry its id");
    out->record.offset = m->offset;
    out->key = record_key(&out->record, out->key_bytes);
    return FAULT_NONE;
}

/* The version is chosen before the first send and kept for retries, so that
 * COMMIT can tell a repeat (docs/protocol.md, TURN). */
static void
open_batch(struct versions *versions, struct partition *p)
{
    struct journal_head head = { .version = next_version(versions), .predecessor = p->version };

    p->open = true;
    p->open_version = head.version;
    p->open_last_offset = p->last_offset;
    p->open_last_hash = p->last_hash;
    p->open_last_ms = p->last_ms;
    journal_begin(&p->writer, &head);
}

void
skip_to(struct versions *versions, struct partition *p, int64_t offset)
{
    if (!p->open)
        open_batch(versions, p);
    p->read_next = offset;
}

/* One line a dead letter, with its place: the record can be found by it. */
static void
log_refusal(const struct log *log, const struct message *m, enum fault code,
            const struct why *reason)
{
    log_say(log, LOG_WARN, "set aside", LOG_S("topic", topic_names[m->place.topic]),
            LOG_I("partition", m->place.partition), LOG_I("offset", m->offset),
            LOG_S("code", fault_name(code)), LOG_S("field", reason->field),
            LOG_S("message", reason->text));
}

/* The partition that it was forwarded from, or -1.  An instance of another version may deal
 * records in another way, and would send back what this one forwards, without an end. */
static int32_t
came_from(const struct feed *feed, const struct message *m)
{
    struct start origin;

    return feed->came_from != NULL && feed->came_from(feed->self, m, &origin)
               ? origin.place.partition
               : -1;
}

/* One message that lies where it was expected.  What becomes of it is in *fate, and
 * why in *code if it is set aside; FATE_COUNT: that is known once it is entered. */
static enum fault
take_in(struct aggregator *a, struct partition *p, const struct message *m, enum fate *fate,
        enum fault *code, struct why *why)
{
    const struct reach *reach = reach_of(&a->finish, p);
    struct judged judged;
    struct why reason; /* large: it is not zeroed for each message */
    enum fault fault;
    int32_t home;

    reason.field[0] = reason.text[0] = '\0';
    fault = judge(&a->decoding, &a->world.feed, m, &judged, &reason);
    if (fault == FAULT_REGISTRY_AWAY)
        return fault;
    *fate = FATE_PASSED_OVER;
    if (fault_is_refusal(fault)) {
        if (m->offset < reach->set_aside_below || m->offset < p->sent_below) {
            /* It was, when it was counted for the first time; or it was counted, and
             * nobody knows any more what its id means. */
            if (fault == BAD_SCHEMA && a->decoding.frame.form == FRAME_CONFLUENT &&
                !a->settings.counts_again)
                log_say(a->world.log, LOG_WARN, "passed over", LOG_S("partition", p->name),
                        LOG_I("offset", m->offset), LOG_S("message", reason.text));
            return FAULT_NONE;
        }
        log_refusal(a->world.log, m, fault, &reason);
        a->unsettled = true;
        *fate = FATE_SET_ASIDE;
        *code = fault;
        return a->world.feed.set_aside(a->world.feed.self, m, fault, &reason, why);
    }
    if (fault != FAULT_NONE)
        return why_set(why, fault, "%s", reason.text);
    /* The partition is worked out from the record itself, so a null key or
     * another client's partitioner does no harm. */
    home = key_partition(judged.key, a->settings.partitions[m->place.topic]);
    if (home != m->place.partition && came_from(&a->world.feed, m) == home)
        return FAULT_NONE; /* it lies there, and is counted there */
    fault = astray_note(a, m, home != m->place.partition, why);
    if (fault != FAULT_NONE)
        return fault;
    if (home != m->place.partition) {
        if (m->offset < reach->forwarded_below || m->offset < p->sent_below)
            return FAULT_NONE;
        a->unsettled = true;
        *fate = FATE_FORWARDED;
        p->telling.wary = true; /* it counts where the copy lies */
        return a->world.feed.forward(a->world.feed.self, m, judged.key, home, why);
    }
    *fate = FATE_COUNT;
    return waiting_add(a, p, identity_of(p->seed, record_kind(&judged.record), judged.key),
                       &judged.record, why);
}

/* STOP: all that was counted came from another log, so nobody can say what to
 * count next. */
static enum fault
log_mismatch(const struct partition *p, struct why *why)
{
    return why_set(why, FAULT_LOG_MISMATCH,
                   "%s: the record at offset %lld is not the one that was counted; this topic is "
                   "not the one that the totals were made from. " LOG_REMEDY,
                   p->name, (long long)p->last_offset);
}

/* The log is read up to `offset`, or to the limit if that comes first: what
 * lies between is no record (a transaction's marker, say). */
static void
go_to_limit(struct versions *versions, struct partition *p, int64_t offset, int64_t limit)
{
    offset = offset < limit ? offset : limit;
    if (offset <= p->read_next)
        return;
    p->has_gaps = true;
    skip_to(versions, p, offset);
}

/* Is m the next one?  *use is false for a message to be dropped.  What is
 * dropped because of a gap comes again: the partition is not ready any more,
 * and begins again at what it expects. */
static enum fault
place_in_log(struct aggregator *a, struct partition *p, const struct message *m, bool *use,
             struct why *why)
{
    /* After a SYNC the last record that was counted is read once more, to see
     * that it is the same log (rule 16). */
    int64_t expected = p->verify ? p->last_offset : p->read_next;
    int64_t limit = reach_of(&a->finish, p)->limit;

    *use = false;
    if (p->probes) {
        probe_end(p, a->world.log,
                  m->offset == p->known.last_offset &&
                      message_hash(m->key, m->value) == p->known.last_hash);
        return FAULT_NONE;
    }
    if (m->offset < expected)
        return FAULT_NONE;
    /* librdkafka 2.0.2 has skipped records that were there: only the second
     * reading makes a gap a gap. */
    if (m->offset > expected && p->gap_at != expected) {
        p->gap_at = expected; /* read again once before it is believed */
        partition_begins_again(p);
        return FAULT_NONE;
    }
    p->gap_at = -1;
    if (p->verify) {
        if (m->offset != expected || message_hash(m->key, m->value) != p->last_hash)
            return log_mismatch(p, why);
        p->verify = false;
        p->last_ms = m->timestamp_ms;
        return FAULT_NONE;
    }
    if (m->offset >= limit) {
        go_to_limit(&a->versions, p, m->offset, limit);
        partition_begins_again(p);
        return FAULT_NONE;
    }
    *use = true;
    return FAULT_NONE;
}

/* The feed has handed out everything below the event's offset. */
static void
take_end(struct aggregator *a, const struct feed_event *event)
{
    struct partition *p = partition_of(&a->owned, event->place);

    /* What its keys would say is not known: it begins again when they answer. */
    if (p != NULL && p->away)
        partition_begins_again(p);
    if (event->kind != FEED_END || p == NULL || p->state != PARTITION_READING)
        return;
    if (p->probes)
        probe_end(p, a->world.log, false);
    else if (!p->verify)
        go_to_limit(&a->versions, p, event->offset, reach_of(&a->finish, p)->limit);
}

/* The batch's last record of p; also when a later one failed. */
static void
note_last(struct partition *p)
{
    if (p->last == NULL)
        return;
    p->open_last_offset = p->last->offset;
    p->open_last_hash = message_hash(p->last->key, p->last->value);
    p->open_last_ms = p->last->timestamp_ms;
    p->last = NULL;
}

/* Its schema has an id that is not known yet: p waits, and reads it again then. */
static void
await_schema(struct partition *p, struct schema_id id, int64_t offset, int64_t now)
{
    p->awaited = (struct awaited){ .is = true, .schema_id = id, .offset = offset, .since = now };
    partition_begins_again(p);
}

/* It is done with; what is counted is counted once, though a dead letter was tried twice. */
static void
count_read(struct aggregator_counts *counts, enum topic topic, enum fate fate, enum fault code)
{
    counts->records++;
    counts->read[topic]++;
    if (fate < FATE_COUNT)
        counts->fates[topic][fate]++;
    if (fate == FATE_SET_ASIDE)
        counts->refusals[topic][code]++;
}

/* One message of a partition that is being read. */
static enum fault
take_message(struct aggregator *a, struct partition *p, const struct message *m, struct why *why)
{
    bool use, counts = m->timestamp_ms < a->settings.until_ms;
    enum fate fate = FATE_PASSED_OVER;
    enum fault code = FAULT_NONE;
    enum fault fault = place_in_log(a, p, m, &use, why);

    if (fault != FAULT_NONE || !use)
        return fault;
    if (!p->open)
        open_batch(&a->versions, p);
    p->has_gaps = p->has_gaps || m->offset > p->read_next;
    /* What came later than we are to know is read, and does not count.  A copy is later than
     * its original: only then are headers looked at, which costs. */
    counts = counts || received_ms(&a->world.feed, m) < a->settings.until_ms;
    if (counts)
        fault = take_in(a, p, m, &fate, &code, why);
    if (fault == FAULT_REGISTRY_AWAY) {
        await_schema(p, a->decoding.frame.schema_id, m->offset, tick(&a->world));
        return FAULT_NONE;
    }
    if (fault != FAULT_NONE)
        return fault;
    if (counts)
        count_read(&a->counts, p->place.topic, fate, code);
    /* Taken in, set aside or forwarded: in each case it is done with. */
    p->read_next = m->offset + 1;
    p->last = m;
    /* One COMMIT is one command, and is kept for retries: so its size is
     * bounded. */
    if (p->writer.used > RECORD_MOST)
        partition_begins_again(p); /* commit this much first, then go on from there */
    return FAULT_NONE;
}

void
send_back(const struct owned *owned, const struct batch *batch, size_t first)
{
    for (size_t i = first; i < batch->message_count; i++) {
        struct partition *p = partition_of(owned, batch->messages[i].place);
        if (p != NULL)
            partition_begins_again(p);
    }
}

/* A message of a partition that waits for a schema: it comes again, and its own
 * schema may be found out meanwhile, so that many unknown ones do not wait one
 * after the other. */
static enum fault
look_ahead(struct decoding *decoding, const struct feed *feed, const struct message *m,
           struct why *why)
{
    struct frame frame;
    struct why ignored;

    if (decode_frame(decoding, feed, m, &frame, &ignored) != FAULT_NONE ||
        frame.form != FRAME_CONFLUENT)
        return FAULT_NONE;
    return writers_expect(&decoding->writers, decoding->wire, m->place.topic, frame.schema_id, why);
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
            p = partition_of(&a->owned, m->place);
        if (p != NULL && p->away)
            partition_begins_again(p); /* read again from where it stops, once its keys answer */
        if (p != NULL && p->awaited.is)
            fault = look_ahead(&a->decoding, &a->world.feed, m, why);
        if (fault != FAULT_NONE)
            break;
        if (p == NULL || p->state != PARTITION_READING)
            continue;
        fault = take_message(a, p, m, why);
        if (fault != FAULT_NONE)
            break;
    }
    /* Whatever happened, what waits is entered: read_next has passed it already. */
    entered = waiting_enter(a, &worse);
    if (entered != FAULT_NONE)
        fault = why_set(why, entered, "%s", worse.text);
    /* From the message that failed on; none if all were taken. */
    send_back(&a->owned, batch, i);
    /* Hashed once a batch and not once a message. */
    for (size_t n = 0; n < a->owned.count; n++)
        note_last(a->owned.at[n]);
    for (size_t n = 0; n < batch->event_count; n++)
        take_end(a, &batch->events[n]);
    return fault;
}
