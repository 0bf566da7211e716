/* tale.h - the records of a life: few identities, told again and again in
 * other versions, grades, periods and places, so that they meet; and messages
 * that are no records at all. */
#ifndef STORY_TALE_H
#define STORY_TALE_H

#include "ledger/entry.h"
#include "tests/story/chance.h"

/* A message as its producer made it. */
struct told {
    enum record_type type; /* also the topic */
    bool valid;            /* false: to be set aside */
    bool premature;        /* its message is far older than its day: FUTURE */
    char kind;             /* record_kind(), with key the identity */
    struct text key;       /* Kafka key that it should have */
    struct text value;     /* framed Avro */
    const uint8_t *item;   /* packed, for the truth */
    size_t item_size;
    char says[160]; /* for a trace */
};

struct teller;

struct teller *teller_new(void);
void teller_free(struct teller *teller);

/* A new life begins: whatever was told is void.  today: the day around which
 * things happen; huge: amounts so large that totals may leave their range;
 * by_ids: half of all messages name their schema by an id of a registry,
 * SCHEMA_ID_FIRST and the type of record. */
enum { SCHEMA_ID_FIRST = 40 };
void teller_begin(struct teller *teller, int32_t today, bool huge, bool by_ids);

/* Good until the next teller_begin(). */
const struct told *teller_tell(struct teller *teller, struct dice *dice);

#endif
