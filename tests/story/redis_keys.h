/* redis_keys.h - the keyspace of the invented Redis.
 *
 * Keys are grouped by slot, that is by what stands between the first '{' and
 * the next '}' (the whole key without them): a slot is what one shard loses
 * when it fails over.  A value is shared until somebody writes it, so a copy
 * of a slot costs a few pointers, and a test may keep many.
 *
 *      keyspace -> slot "CN-LN" -> dict  key -> value (string, hash, ...)
 *                                             hash: dict  field -> bytes
 */
#ifndef STORY_REDIS_KEYS_H
#define STORY_REDIS_KEYS_H

#include "tests/story/redis_dict.h"

struct stream_entry {
    uint64_t ms, seq;
    uint32_t count;
    struct bytes **texts; /* field, value, field, value... */
};
struct stream {
    struct stream_entry *entries; /* entries[first .. first + count) are live */
    uint32_t first, count, room;
    uint64_t last_ms, last_seq;
};

enum value_kind { VALUE_STRING, VALUE_HASH, VALUE_SET, VALUE_ZSET, VALUE_STREAM };
struct value {
    uint32_t refs;
    enum value_kind kind;
    union {
        struct {
            char *at;
            size_t length, room;
        } string;
        struct dict dict; /* VALUE_HASH, VALUE_SET, VALUE_ZSET */
        struct stream stream;
    };
};

struct slot {
    struct bytes *tag;
    struct dict keys;
    uint64_t changes;    /* rises with every write, wipe and restore */
    struct slot *behind; /* split brain: what the old master still serves */
};

struct keyspace {
    struct slot **slots;
    uint32_t count, room;
    struct slot *latest; /* the slot found last */
    bool behind;         /* serve the old masters' side */
};

void keyspace_clear(struct keyspace *k);

/* The hash tag of a key. */
struct text key_tag(struct text key);

/* The slot of a tag, made when it is not there. */
struct slot *keyspace_slot(struct keyspace *k, struct text tag);
/* The slot of a key; the old master's side of it when that is served. */
struct slot *keyspace_slot_of(struct keyspace *k, struct text key);

/* The value of a key, or NULL.  Not to be written. */
const struct value *key_slot_read(const struct slot *s, struct text key);
/* The same to be written: nobody else holds it afterwards. */
struct value *slot_write(struct slot *s, struct text key);
/* Make an empty value for a key that has none. */
struct value *slot_make(struct slot *s, struct text key, enum value_kind kind);
/* Remove a key; false when there was none. */
bool slot_remove(struct slot *s, struct text key);
/* Give a value another key, whatever that has; false when there is none. */
bool slot_rename(struct slot *s, struct text key, struct text to);

void slot_wipe(struct slot *s);
/* Make `to` say what `from` says; both go on apart. */
void slot_copy(struct slot *to, const struct slot *from);
/* Free a slot that is no keyspace's own. */
void slot_free(struct slot *s);
struct slot *slot_new(struct text tag);

/* Cut a stream to its newest `most` entries. */
void stream_trim(struct stream *s, uint32_t most);
struct stream_entry *stream_append(struct stream *s, uint64_t ms, uint64_t seq, uint32_t texts);

#endif
