/* Replaying the journals for a few of their entries.
 *
 * Each journal is read as a whole and walked twice:
 *
 *  first     notes the facts of which some record did not get all roles: only of
 *            these can a second record be kept
 *  second    makes the entries of what is wanted, as the aggregator did */
#include "lookup/entries.h"

#include "ledger/identities.h"
#include "verify/chunks.h"

#include <stdlib.h>

enum { TRIES = 3 };
#define FACT_ROLES                                                                                 \
    (entry_role(SLOT_VALUE, ROLE_STANDS) | entry_role(SLOT_VALUE, ROLE_TO) | ENTRY_FACT)

struct replay {
    const struct entries_task *task;
    const char *partition;
    struct identities noted;
    struct ledger *ledger;
    struct scratch scratch;
};

static enum fault
no_memory(const struct replay *r, struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory to read the journal of %s", r->partition);
}

static bool
is_fact(const uint8_t *item)
{
    return (item_mask(item) & ENTRY_FACT) != 0;
}

/* The first walk: identities alone. */
static enum fault
note_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct replay *r = self;
    struct identity id;
    const uint8_t *item;
    size_t size;
    bool is_new;

    (void)head;
    while (journal_next(&items, &id, &item, &size))
        if (is_fact(item) && item_mask(item) != FACT_ROLES &&
            !identities_add(&r->noted, id, &is_new))
            return no_memory(r, why);
    return FAULT_NONE;
}

static bool
is_wanted(const struct replay *r, struct identity id, const uint8_t *item, size_t size)
{
    static struct record record; /* large */
    uint16_t mask;

    if (is_fact(item))
        return identities_have(&r->noted, id);
    return item_unpack(item, size, &record, &mask) && r->task->wants(r->task->self, &record);
}

/* The second walk. */
static enum fault
take_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct replay *r = self;
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *item;
    size_t size;

    (void)head;
    while (fault == FAULT_NONE && journal_next(&items, &id, &item, &size))
        if (is_wanted(r, id, item, size))
            fault = replay_item(r->ledger, &r->scratch, id, item, size, why);
    return fault;
}

static enum fault
walk(struct replay *r, const struct chunks *chunks, journal_sink *sink, struct why *why)
{
    return journal_pass(chunks->list, chunks->count,
                        (struct journal_chain){ .meta = &chunks->meta, .sink = sink, .self = r },
                        why);
}

static enum fault
hand_over(struct replay *r, struct why *why)
{
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *entry;
    size_t cursor = 0, size;

    while (fault == FAULT_NONE && ledger_next(r->ledger, &cursor, &id, &entry, &size))
        fault = r->task->take(r->task->self, entry, size, why);
    return fault;
}

/* One try.  Nothing is handed over of a journal that is broken. */
static enum fault
read_once(const struct entries_task *task, const char *partition, struct why *why)
{
    const struct lookup *lookup = task->lookup;
    struct replay r = { .task = task, .partition = partition };
    struct chunks chunks = { 0 };

    enum fault fault = chunks_begin(&lookup->way, lookup->prefix, partition, &chunks, why);
    if (fault == FAULT_NONE)
        fault = chunks_read(&lookup->way, lookup->prefix, &chunks, why);
    r.ledger = ledger_new();
    if (fault == FAULT_NONE && r.ledger == NULL)
        fault = no_memory(&r, why);
    if (fault == FAULT_NONE)
        fault = walk(&r, &chunks, note_record, why);
    if (fault == FAULT_NONE)
        fault = walk(&r, &chunks, take_record, why);
    chunks_release(&chunks);
    if (fault == FAULT_NONE)
        fault = hand_over(&r, why);
    identities_release(&r.noted);
    ledger_free(r.ledger);
    free(r.scratch.at);
    return fault;
}

static enum fault
read_partition(const struct entries_task *task, const char *partition, struct why *why)
{
    enum fault fault = FAULT_JOURNAL_BROKEN;
    struct why said = { 0 };

    /* A journal that is compacted while it is read looks broken once. */
    for (int i = 0; i < TRIES && fault == FAULT_JOURNAL_BROKEN; i++)
        fault = read_once(task, partition, &said);
    return fault == FAULT_NONE ? fault : why_set(why, fault, "%s: %s", partition, said.text);
}

/* The names of the partitions, copied: each answer is good until the next one. */
enum { NAME_OF_PARTITION = TOPIC_BYTES + 12 };
static enum fault
read_names(const struct entries_task *task, char (**names)[NAME_OF_PARTITION], size_t *count,
           struct why *why)
{
    const struct store_way *way = &task->lookup->way;
    char key[KEY_BYTES];
    size_t length = key_scope(task->lookup->prefix, task->scope, "tags", key);
    const struct text args[] = { TEXT_LITERAL("HKEYS"), { key, length } };
    struct answer answer;

    enum fault fault = way->run(
        way->self, &(struct command){ .args = args, .count = 2, .key = args[1] }, 1, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer.kind != ANSWER_LIST)
        return why_set(why, FAULT_STORE_REFUSED, "%s: %.*s", key, text_shown(answer.text),
                       answer.text.at == NULL ? "can't be read" : answer.text.at);
    *names = calloc(answer.count + 1, sizeof **names);
    if (*names == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the names of partitions");
    for (size_t i = 0; i < answer.count; i++)
        (void)snprintf((*names)[i], NAME_OF_PARTITION, "%.*s", (int)answer.items[i].text.length,
                       answer.items[i].text.at);
    *count = answer.count;
    return FAULT_NONE;
}

enum fault
entries_read(const struct entries_task *task, struct why *why)
{
    char(*names)[NAME_OF_PARTITION] = NULL;
    size_t count = 0;
    enum fault fault = read_names(task, &names, &count, why);

    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = read_partition(task, names[i], why);
    free(names);
    return fault;
}
