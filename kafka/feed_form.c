/* Which form comes next.
 *
 * First the same message alone: whoever shares a batch with one that is refused
 * is refused, too.  Then what the refusal is about: the time, or the largest of
 * value, key and headers.  Every step makes something smaller or sets
 * something that stays set, so there is an end. */
#include "kafka/feed_form.h"

#include "kafka/feed_inside.h"

enum {
    OURS = 2048, /* our headers, about: what lay in a topic of the same limit fits without these */
    TIMES = 4, /* ours may have grown too old on the way, where only some hundred ms are allowed */
    SCRAP = 1024, /* less than that is not worth another try */
};

enum refused
feed_refused_for(int code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return REFUSED_SIZE;
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        return REFUSED_TIME;
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
        return REFUSED_RECORD;
    default:
        return REFUSED_OTHER;
    }
}

/* Half, or nothing when that is not worth another try. */
static size_t
half(size_t length)
{
    return length / 2 < SCRAP ? 0 : length / 2;
}

/* At first by as much as our headers add. */
static void
cut_value(struct form *form)
{
    if (form->trimmed || form->value < 2 * (size_t)OURS)
        form->value = half(form->value);
    else
        form->value -= OURS;
    form->trimmed = true;
}

/* The largest goes first, since most is gained by it.  Of a record that is
 * forwarded only the headers may go: its value is what is counted. */
static bool
make_smaller(struct form *form, const struct matter *matter)
{
    size_t headers = form->without_headers ? 0 : matter->headers;

    if (headers > 0 && (matter->whole || (headers >= form->value && headers >= form->key))) {
        form->without_headers = true;
        return true;
    }
    if (matter->whole)
        return false;
    if (form->value > 0 && form->value >= form->key)
        cut_value(form);
    else if (form->key > 0)
        form->key = half(form->key);
    else
        return false;
    return true;
}

/* A broker says "invalid record" and not what is wrong with it.  So all that a
 * topic may look at changes, one by one: a key where it is compacted, the time,
 * headers of others, the value. */
static bool
make_plainer(struct form *form, const struct matter *matter)
{
    if (!matter->has_key && !form->made_key && !matter->whole)
        form->made_key = true;
    else if (form->our_time == 0)
        form->our_time = 1;
    else if (matter->headers > 0 && !form->without_headers)
        form->without_headers = true;
    else if (form->value > 0 && !matter->whole)
        form->value = 0;
    else
        return false;
    return true;
}

bool
feed_form_next(struct form *form, const struct matter *matter, enum refused refused)
{
    if (refused == REFUSED_OTHER)
        return false;
    if (!form->alone) {
        form->alone = true;
        return true;
    }
    if (refused == REFUSED_SIZE)
        return make_smaller(form, matter);
    if (refused == REFUSED_RECORD)
        return make_plainer(form, matter);
    if (form->our_time == TIMES)
        return false;
    form->our_time++;
    return true;
}
