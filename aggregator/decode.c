/* From a message's bytes to a draft: which schema does it name, and by what plan is it read?
 *
 * A schema that is not known is the commonest mistake of a program that writes
 * Avro itself, so the refusal says what was found, what was wanted, and which
 * of the mistakes that we know it looks like. */
#include "aggregator/decode.h"

#include "schemas/value.h"

enum { BYTES_TEXT = 3 * 8 }; /* "27 6a ... b4" */

/* As bytes, in their order in the message: libraries print the number either way
 * round. */
static void
bytes_of(uint64_t fingerprint, char out[BYTES_TEXT])
{
    struct text_buffer b = { .at = out, .size = BYTES_TEXT };

    for (int i = 0; i < 8; i++)
        text_print(&b, "%s%02x", i == 0 ? "" : " ", (unsigned)(fingerprint >> (8 * i)) & 0xFF);
}

static enum fault
refuse_fingerprint(const struct decoding *decoding, uint64_t found, enum topic topic,
                   struct why *why)
{
    enum topic other = (enum topic)(1 - topic);
    uint64_t turned = __builtin_bswap64(found);
    char is[BYTES_TEXT], wanted[BYTES_TEXT];

    bytes_of(found, is);
    bytes_of(turned, wanted);
    if (plans_find(decoding->plans[topic], turned) != NULL)
        return why_field(why, BAD_SCHEMA, "",
                         "the schema's fingerprint stands the wrong way round: %s; wanted: %s", is,
                         wanted);
    if (plans_find(decoding->plans[other], found) != NULL ||
        plans_find(decoding->plans[other], turned) != NULL)
        return why_field(why, BAD_SCHEMA, "", "the schema is that of %s; this topic is %s",
                         topic_names[other], topic_names[topic]);
    bytes_of(schema_fingerprint((enum record_type)topic), wanted);
    return why_field(why, BAD_SCHEMA, "",
                     "the schema's fingerprint is %s, which no release has written to %s with; "
                     "wanted: %s (tally-ingest schema --prefix), or a schema registry",
                     is, topic_names[topic], wanted);
}

/* A message, who reads it, and where its headers are. */
struct opened {
    struct decoding *decoding;
    const struct feed *feed;
    const struct message *message;
};

/* The plan for what the writer wrote: a plan_finder of such. */
static enum fault
find_plan(void *self, enum record_type type, const struct frame *frame, const struct plan **plan,
          struct why *why)
{
    struct decoding *decoding = ((struct opened *)self)->decoding;
    enum topic topic = (enum topic)type;

    if (frame->form == FRAME_CONFLUENT)
        return writers_find(&decoding->writers, decoding->wire, topic, frame->schema_id, plan, why);
    /* By the topic that it lies in: a record of the other type has none of
     * these fingerprints, and is BAD_SCHEMA. */
    *plan = plans_find(decoding->plans[topic], frame->fingerprint);
    return *plan == NULL ? refuse_fingerprint(decoding, frame->fingerprint, topic, why)
                         : FAULT_NONE;
}

static bool
find_header(void *self, const char *name, struct text *out)
{
    const struct opened *opened = self;

    return opened->feed->header(opened->feed->self, opened->message, name, out);
}

static struct value_way
way_of(struct opened *opened)
{
    return (struct value_way){ opened, find_plan,
                               opened->feed->header == NULL ? NULL : find_header };
}

enum fault
decode_frame(struct decoding *decoding, const struct feed *feed, const struct message *m,
             struct frame *out, struct why *why)
{
    struct opened opened = { decoding, feed, m };
    struct value_way way = way_of(&opened);

    return value_frame(m->value, (enum record_type)m->place.topic, &way, out, why);
}

enum fault
decode_message(struct decoding *decoding, const struct feed *feed, const struct message *m,
               struct why *why)
{
    struct opened opened = { decoding, feed, m };
    struct value_way way = way_of(&opened);

    return value_decode(m->value, (enum record_type)m->place.topic, &way, &decoding->frame,
                        &decoding->draft, why);
}
