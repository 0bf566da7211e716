/* Headers -> letter.  Every number is bounded, every text is taken with its length, and of a header
 * that stands twice the last counts: ours are behind those that came with the original. */
#include "ingest/letter.h"

#include "base/text.h"

enum { HEADERS_MOST = 1 << 16, TRIES_MOST = 1000000 };

const char *const letter_topics[TOPIC_COUNT] = { "trade-events.dlq", "agreements.dlq" };

/* ---- places ------------------------------------------------------------------------- */

static bool
read_topic(struct text name, struct letter_place *out)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        out->type = (enum record_type)t;
        out->is_dlq = text_equal(name, text_of(letter_topics[t]));
        if (out->is_dlq || text_equal(name, text_of(topic_names[t])))
            return true;
    }
    return false;
}

/* 0 to 10^18, without a sign. */
static bool
read_number(struct text text, int64_t most, int64_t *out)
{
    int64_t number = text_number(text);

    if (number < 0 || number > most)
        return false;
    *out = number;
    return true;
}

bool
letter_place_read(struct text text, struct letter_place *out)
{
    const char *slash = memchr(text.at, '/', text.length);
    const char *end = text.at + text.length;
    const char *at = slash == NULL ? NULL : memchr(slash, '@', (size_t)(end - slash));
    struct letter_place place;
    int64_t partition;

    if (at == NULL || !read_topic((struct text){ text.at, (size_t)(slash - text.at) }, &place) ||
        !read_number((struct text){ slash + 1, (size_t)(at - slash - 1) }, INT32_MAX, &partition) ||
        !read_number((struct text){ at + 1, (size_t)(end - at - 1) }, INT64_MAX, &place.offset))
        return false;
    place.partition = (int32_t)partition;
    *out = place;
    return true;
}

void
letter_place_write(struct letter_place place, char out[LETTER_PLACE_BYTES])
{
    (void)snprintf(out, LETTER_PLACE_BYTES, "%s/%d@%lld",
                   place.is_dlq ? letter_topics[place.type] : topic_names[place.type],
                   place.partition, (long long)place.offset);
}

int
letter_place_compare(struct letter_place a, struct letter_place b)
{
    if (a.is_dlq != b.is_dlq)
        return a.is_dlq ? 1 : -1;
    if (a.type != b.type)
        return a.type < b.type ? -1 : 1;
    if (a.partition != b.partition)
        return a.partition < b.partition ? -1 : 1;
    return (a.offset > b.offset) - (a.offset < b.offset);
}

/* ---- headers ------------------------------------------------------------------------ */

static bool
begins_with(const struct header *header, const char *prefix)
{
    return strncmp(header->name, prefix, strlen(prefix)) == 0;
}

bool
letter_owns_header(const struct header *header)
{
    return begins_with(header, HEADER_ERRORS) || begins_with(header, "tally.");
}

/* What the headers of a letter say, before anything is believed. */
struct said {
    struct text topic, partition, offset, code, reason, field, value_length, key_length;
    struct text retried, time, key, dropped, refused, refused_form, refused_type, refused_source,
        refused_grade;
    bool has_errors;
};

static void
hear(const struct header *header, struct said *out)
{
    const struct {
        const char *name;
        struct text *into;
    } known[] = {
        { HEADER_ERRORS "topic", &out->topic },
        { HEADER_ERRORS "partition", &out->partition },
        { HEADER_ERRORS "offset", &out->offset },
        { HEADER_ERRORS "exception.class.name", &out->code },
        { HEADER_ERRORS "exception.message", &out->reason },
        { HEADER_ERRORS "field", &out->field },
        { HEADER_ERRORS "value.length", &out->value_length },
        { HEADER_ERRORS "key.length", &out->key_length },
        { HEADER_RETRIED, &out->retried },
        { HEADER_TIME, &out->time },
        { HEADER_KEY, &out->key },
        { HEADER_DROPPED, &out->dropped },
        { HEADER_REFUSED, &out->refused },
        { HEADER_REFUSED_FORM, &out->refused_form },
        { HEADER_REFUSED_TYPE, &out->refused_type },
        { HEADER_REFUSED_SOURCE, &out->refused_source },
        { HEADER_REFUSED_GRADE, &out->refused_grade },
    };

    out->has_errors = out->has_errors || begins_with(header, HEADER_ERRORS);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (header->value != NULL && strcmp(header->name, known[i].name) == 0)
            *known[i].into = (struct text){ header->value, header->length };
}

/* "trade-events.dlq/3@17 2" */
static bool
read_retried(struct text text, struct letter_place *place, int64_t *tries)
{
    const char *blank = text.at == NULL ? NULL : memchr(text.at, ' ', text.length);
    size_t length = blank == NULL ? 0 : (size_t)(blank - text.at);

    return blank != NULL && letter_place_read((struct text){ text.at, length }, place) &&
           place->is_dlq &&
           read_number((struct text){ blank + 1, text.length - length - 1 }, TRIES_MOST, tries);
}

static bool
is_absent_or_number(struct text text, int64_t *out)
{
    *out = -1;
    return text.at == NULL || read_number(text, INT64_MAX, out);
}

/* Where it lay; one that the gateway refused lay nowhere. */
static bool
read_origin(const struct said *said, enum record_type type, struct letter *out)
{
    int64_t partition = -1;
    /* The aggregator always names a place: a header of this name beside one came with the message.
     */
    bool is_refused = said->refused.at != NULL && said->partition.at == NULL;

    if (is_refused) {
        out->refused_by = said->refused;
        out->refused_form = said->refused_form;
        out->refused_type = said->refused_type;
        out->refused_source = said->refused_source;
        out->refused_grade = said->refused_grade;
    }
    out->origin = (struct letter_place){ type, false, -1, -1 };
    if (!is_refused && (!read_number(said->partition, INT32_MAX, &partition) ||
                        !read_number(said->offset, INT64_MAX, &out->origin.offset)))
        return false;
    out->origin.partition = (int32_t)partition;
    return true;
}

/* False: it lacks what is said of every one. */
static bool
read_dead(const struct said *said, enum record_type type, struct letter *out)
{
    struct letter_place ignored;
    int64_t ms;

    if (!text_equal(said->topic, text_of(topic_names[type])) || said->code.at == NULL ||
        !read_origin(said, type, out) ||
        !is_absent_or_number(said->value_length, &out->value_length) ||
        !is_absent_or_number(said->key_length, &out->key_length))
        return false;
    out->code = said->code;
    out->reason = said->reason;
    out->field = said->field;
    out->dropped = said->dropped;
    out->key = said->key.at != NULL ? (struct text){ NULL, 0 } : out->message->key;
    out->value = out->message->value;
    if (said->time.at != NULL && read_number(said->time, INT64_MAX, &ms))
        out->timestamp_ms = ms;
    if (!read_retried(said->retried, &ignored, &out->tries))
        out->tries = 0;
    return true;
}

void
letter_read(const struct followed *message, enum record_type type, struct letter *out)
{
    struct said said = { 0 };
    struct header header;

    *out = (struct letter){ .kind = LETTER_STRANGE,
                            .message = message,
                            .at = { type, true, message->partition, message->offset },
                            .timestamp_ms = message->timestamp_ms,
                            .key_length = -1,
                            .value_length = -1 };
    for (size_t i = 0; i < HEADERS_MOST && follow_header(message, i, &header); i++)
        hear(&header, &said);
    if (said.has_errors && read_dead(&said, type, out))
        out->kind = LETTER_DEAD;
    /* Only who may write into the dead-letter topic can have written it: what is set aside has
     * error headers. */
    else if (!said.has_errors && read_retried(said.retried, &out->retried, &out->retried_tries) &&
             out->retried.type == type && out->retried.partition == message->partition &&
             out->retried.offset < message->offset)
        out->kind = LETTER_NOTE;
}
