/* The journal of one partition out of Redis (verify/chunks.h): meta in one
 * command, then the chunks one by one, each copied, since an answer is good only
 * until the next command. */
#include "verify/chunks.h"

#include "ledger/keys.h"

#include <stdlib.h>

enum { CHUNKS_MOST = 1 << 20 };

/* "trade-events/3" */
static bool
split_name(const char *name, char topic[TOPIC_BYTES], int32_t *partition)
{
    const char *slash = strrchr(name, '/');
    char *end;

    if (slash == NULL || slash == name || (size_t)(slash - name) >= TOPIC_BYTES || slash[1] < '0' ||
        slash[1] > '9')
        return false;
    long n = strtol(slash + 1, &end, 10);
    if (*end != '\0' || n < 0 || n > INT32_MAX)
        return false;
    memcpy(topic, name, (size_t)(slash - name));
    topic[slash - name] = '\0';
    *partition = (int32_t)n;
    return true;
}

/* The fields are asked for by name, in the order that meta_read() wants. */
static enum fault
read_meta(const struct store_way *way, const char *prefix, struct chunks *chunks, struct why *why)
{
    char key[KEY_BYTES];
    size_t length = key_meta(prefix, chunks->topic, chunks->partition, key);
    struct text args[2 + META_FIELDS] = { TEXT_LITERAL("HMGET"), { key, length } };
    struct text values[META_FIELDS];
    const struct command command = { .args = args, .count = 2 + META_FIELDS, .key = args[1] };
    struct answer answer;

    for (int i = 0; i < META_FIELDS; i++)
        args[2 + i] = text_of(meta_field_names[i]);
    enum fault fault = way->run(way->self, &command, 1, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer.kind != ANSWER_LIST || answer.count != META_FIELDS)
        return why_set(why, FAULT_STORE_REFUSED, "%s can't be read", key);
    for (int i = 0; i < META_FIELDS; i++)
        values[i] = answer.items[i].text;
    return meta_read(values, &chunks->meta, why);
}

enum fault
chunks_begin(const struct store_way *way, const char *prefix, const char *name, struct chunks *out,
             struct why *why)
{
    enum fault fault;

    *out = (struct chunks){ 0 };
    if (!split_name(name, out->topic, &out->partition))
        return why_set(why, FAULT_JOURNAL_BROKEN, "no partition has this name");
    fault = read_meta(way, prefix, out, why);
    if (fault == FAULT_NONE && !out->meta.exists)
        fault = why_set(why, FAULT_JOURNAL_BROKEN, "there is no journal");
    if (fault == FAULT_NONE && out->meta.algorithm != PARTS_ALGORITHM)
        fault = why_set(why, FAULT_SETTINGS,
                        "%s was made by version %lld of the parts function, this program has %d",
                        name, (long long)out->meta.algorithm, PARTS_ALGORITHM);
    return fault;
}

/* A copy of one chunk, freed by the caller. */
static enum fault
read_chunk(const struct store_way *way, const char *prefix, const struct chunks *chunks,
           int64_t chunk, struct text *out, struct why *why)
{
    char key[KEY_BYTES];
    size_t length =
        key_chunk(prefix, chunks->topic, chunks->partition, chunks->meta.generation, chunk, key);
    const struct text args[] = { TEXT_LITERAL("GET"), { key, length } };
    const struct command command = { .args = args, .count = 2, .key = args[1] };
    struct answer answer;

    enum fault fault = way->run(way->self, &command, 1, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer.kind == ANSWER_ERROR)
        return why_set(why, FAULT_STORE_REFUSED, "%s can't be read", key);
    /* A chunk that is not there is empty: the chain tells that it is broken. */
    size_t bytes = answer.kind == ANSWER_TEXT ? answer.text.length : 0;
    char *copy = malloc(bytes + 1);
    if (copy == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %s", key);
    if (bytes > 0)
        memcpy(copy, answer.text.at, bytes);
    *out = (struct text){ copy, bytes };
    return FAULT_NONE;
}

enum fault
chunks_read(const struct store_way *way, const char *prefix, struct chunks *chunks, struct why *why)
{
    size_t count = (size_t)chunks->meta.chunk + 1;
    enum fault fault = FAULT_NONE;

    /* A number beyond all sense is not believed: so many chunks would be a
     * terabyte. */
    if (chunks->meta.chunk >= CHUNKS_MOST)
        return why_set(why, FAULT_JOURNAL_BROKEN, "meta names chunk %lld",
                       (long long)chunks->meta.chunk);
    chunks->list = calloc(count, sizeof *chunks->list);
    if (chunks->list == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %zu chunks", count);
    chunks->count = count;
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = read_chunk(way, prefix, chunks, (int64_t)i, &chunks->list[i], why);
    return fault;
}

/* A text points to const; what was allocated here is given back by way of a
 * union. */
static void
free_chunk(struct text chunk)
{
    union {
        const char *borrowed;
        char *own;
    } bytes = { .borrowed = chunk.at };

    free(bytes.own);
}

enum fault
replay_item(struct ledger *ledger, struct scratch *scratch, struct identity id, const uint8_t *item,
            size_t size, struct why *why)
{
    size_t old_size, new_size;
    const uint8_t *old = ledger_find(ledger, id, &old_size);
    bool changed;
    uint16_t won;

    if (scratch->room < old_size + size) {
        size_t room = 2 * (old_size + size);
        uint8_t *entry = realloc(scratch->at, room);
        if (entry == NULL)
            return why_set(why, FAULT_NO_MEMORY, "no memory for an entry of %zu bytes", room);
        scratch->at = entry;
        scratch->room = room;
    }
    new_size = entry_take(old, old_size, item, size, scratch->at, &changed, &won);
    return changed ? ledger_put(ledger, id, scratch->at, new_size, why) : FAULT_NONE;
}

void
chunks_release(struct chunks *chunks)
{
    for (size_t i = 0; i < chunks->count; i++)
        free_chunk(chunks->list[i]);
    free(chunks->list);
    chunks->list = NULL;
    chunks->count = 0;
}
