/* letters.h - what is known of all dead letters together: which are of one message, and which were
 * sent again.
 *
 * A message may have several letters: it is set aside at least once, and again when all is counted
 * again.  They are of one message when they name one place, and key and value are alike: a topic
 * may have been made anew.  A message was retried when one of its letters was.
 */
#ifndef INGEST_LETTERS_H
#define INGEST_LETTERS_H

#include "ingest/letter.h"

struct letters;

enum { LETTERS_MOST = 1 << 24 };

/* NULL: no memory.  letters_free(NULL) is fine. */
struct letters *letters_new(void);
void letters_free(struct letters *letters);

/* A letter or a note, in any order; strangers are passed over.  FAULT_NO_MEMORY, also for more than
 * LETTERS_MOST. */
MUST_USE enum fault
letters_add(struct letters *letters, const struct letter *letter, struct why *why);
/* All are added. */
void letters_settle(struct letters *letters);

struct letter_state {
    bool is_repeat;   /* another letter of the same message comes first */
    bool was_retried; /* it, or another letter of the same message; or it is of one that was, and
                         has failed again */
    int64_t tries;    /* how often; 0: never */
};
/* What is known of a dead letter, once settled.  One that was never added is known as it stands. */
struct letter_state letters_state(const struct letters *letters, const struct letter *letter);

#endif
