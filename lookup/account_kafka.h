/* account_kafka.h - what the files that ask Kafka share; for them only.
 */
#ifndef LOOKUP_ACCOUNT_KAFKA_H
#define LOOKUP_ACCOUNT_KAFKA_H

#include "kafka/reader.h"
#include "lookup/account.h"
#include "schemas/codec.h"
#include "store/calls.h"

struct plans;

/* A schema that messages name by an id of a registry, as the aggregator has kept it in Redis. */
struct kept_schema {
    enum topic topic;
    struct schema_id id;
    struct plan *plan; /* NULL: it is not there, or no schema of a record */
};
enum { KEPT_SCHEMAS_MOST = 64 }; /* of one look-up; records with others are not shown */

struct account_decoder {
    const struct lookup *lookup;
    struct calls calls;
    struct plans *plans[TOPIC_COUNT];
    struct kept_schema kept[KEPT_SCHEMAS_MOST];
    size_t kept_count;
    struct draft draft;
    struct record record;
    uint8_t item[ITEM_BYTES_MOST];
    size_t item_size;
};

/* FAULT_NO_MEMORY.  The look-up is borrowed.  Freeing NULL is fine. */
MUST_USE enum fault
account_decoder_new(const struct lookup *lookup, struct account_decoder **out, struct why *why);
void account_decoder_free(struct account_decoder *d);

/* The record and its item.  False: what lies there was refused, or is of a text that this
 * program does not know.  Both borrow from the message. */
MUST_USE bool account_decode(struct account_decoder *d, const struct message *message);
/* Does the record that was decoded state what the journal's item does? */
bool account_states_the_same(const struct account_decoder *d, const struct account_item *item);
/* Its id, source and title into the item, as copies. */
void account_take_texts(const struct account_decoder *d, struct account_item *item);
/* A copy with NUL; NULL when it is absent (`state` is not FAULT_NONE), or there is no memory: then
 * it is not shown. */
char *account_copy_text(struct text t, uint8_t state);

int account_compare_places(struct place a, struct place b);

/* How Kafka is asked. */
struct reader_settings account_reader_settings(const struct lookup *lookup);
/* What came of it.  Kafka that does not answer is no fault of the look-up's: what the journals
 * know is shown.  FAULT_NO_MEMORY, FAULT_OPTION. */
MUST_USE enum fault account_note_answer(struct account_log *log, enum fault fault,
                                        const struct why *reason, struct why *why);

#endif
