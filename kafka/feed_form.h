/* feed_form.h - in which form Kafka may take what it has refused; pure.
 *
 * A topic refuses a message for its size, for its timestamp, or for what it is.
 * What is sent to it changes one step at a time, by what was refused, until
 * Kafka takes it or nothing is left to change.
 */
#ifndef KAFKA_FEED_FORM_H
#define KAFKA_FEED_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* What a refusal is about.  Of the other kinds none is for the message's sake:
 * the same message may be taken later, or no message at all. */
enum refused {
    REFUSED_OTHER,
    REFUSED_SIZE, /* of the message, or of the batch that it was sent in */
    REFUSED_TIME,
    REFUSED_RECORD, /* a null key where the topic is compacted, say */
};
/* What an error of a produce is about; REFUSED_OTHER also for no error. */
enum refused feed_refused_for(int code); /* a rd_kafka_resp_err_t */

/* What is sent, compared with what was sent first. */
struct form {
    bool alone;           /* in a batch of its own: a batch is refused as a whole */
    int our_time;         /* > 0: instead of the original's timestamp; which try this is */
    bool made_key;        /* of where it lay: it had none */
    bool without_headers; /* those that it came with */
    bool trimmed;         /* the value was cut once */
    size_t value, key;    /* bytes of them */
};

/* What there is to change. */
struct matter {
    bool whole; /* nothing may be cut: a record that is forwarded */
    bool has_key;
    size_t headers; /* bytes of those that it came with */
};

/* The next form to try; false: none is left, and *form is as it was. */
bool feed_form_next(struct form *form, const struct matter *matter, enum refused refused);

#endif
