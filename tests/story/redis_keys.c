#include "tests/story/redis_keys.h"

/* ---- streams ---------------------------------------------------------------- */

static void
entry_release(struct stream_entry *e)
{
    for (uint32_t i = 0; i < e->count; i++)
        bytes_drop(e->texts[i]);
    free(e->texts);
}

struct stream_entry *
stream_append(struct stream *s, uint64_t ms, uint64_t seq, uint32_t texts)
{
    struct stream_entry *e;

    if (s->first + s->count == s->room) {
        if (s->first > s->count) {
            memcpy(s->entries, s->entries + s->first, s->count * sizeof *s->entries);
            s->first = 0;
        } else {
            s->room = s->room == 0 ? 4 : 2 * s->room;
            s->entries = must_resize(s->entries, s->room * sizeof *s->entries);
        }
    }
    e = &s->entries[s->first + s->count++];
    *e = (struct stream_entry){ ms, seq, texts, must_allocate(texts * sizeof *e->texts) };
    s->last_ms = ms;
    s->last_seq = seq;
    return e;
}

void
stream_trim(struct stream *s, uint32_t most)
{
    for (; s->count > most; s->first++, s->count--)
        entry_release(&s->entries[s->first]);
}

static void
stream_copy(struct stream *to, const struct stream *from)
{
    *to = (struct stream){ NULL, 0, 0, 0, 0, 0 };
    for (uint32_t i = 0; i < from->count; i++) {
        const struct stream_entry *e = &from->entries[from->first + i];
        struct stream_entry *copy = stream_append(to, e->ms, e->seq, e->count);

        for (uint32_t j = 0; j < e->count; j++)
            copy->texts[j] = bytes_hold(e->texts[j]);
    }
    to->last_ms = from->last_ms;
    to->last_seq = from->last_seq;
}

/* ---- values ----------------------------------------------------------------- */

static void
value_drop(struct value *v)
{
    if (--v->refs > 0)
        return;
    switch (v->kind) {
    case VALUE_STRING:
        free(v->string.at);
        break;
    case VALUE_HASH:
    case VALUE_SET:
    case VALUE_ZSET:
        for (uint32_t i = 0; i < v->dict.count; i++) {
            bytes_drop(v->dict.fields[i].name);
            if (v->kind == VALUE_HASH)
                bytes_drop(v->dict.fields[i].text);
        }
        dict_release(&v->dict);
        break;
    case VALUE_STREAM:
        stream_trim(&v->stream, 0);
        free(v->stream.entries);
        break;
    }
    free(v);
}

static struct value *
value_new(enum value_kind kind)
{
    struct value *v = must_allocate(sizeof *v);

    memset(v, 0, sizeof *v);
    v->refs = 1;
    v->kind = kind;
    return v;
}

static struct value *
value_copy(const struct value *from)
{
    struct value *v = value_new(from->kind);

    switch (v->kind) {
    case VALUE_STRING:
        v->string.length = v->string.room = from->string.length;
        v->string.at = must_allocate(v->string.room);
        if (v->string.length > 0)
            memcpy(v->string.at, from->string.at, v->string.length);
        break;
    case VALUE_HASH:
    case VALUE_SET:
    case VALUE_ZSET:
        dict_copy(&v->dict, &from->dict);
        for (uint32_t i = 0; v->kind == VALUE_HASH && i < v->dict.count; i++)
            bytes_hold(v->dict.fields[i].text);
        break;
    case VALUE_STREAM:
        stream_copy(&v->stream, &from->stream);
        break;
    }
    return v;
}

/* ---- slots ------------------------------------------------------------------ */

struct slot *
slot_new(struct text tag)
{
    struct slot *s = must_allocate(sizeof *s);

    memset(s, 0, sizeof *s);
    s->tag = bytes_new(tag);
    return s;
}

static void
slot_empty(struct slot *s)
{
    for (uint32_t i = 0; i < s->keys.count; i++) {
        bytes_drop(s->keys.fields[i].name);
        value_drop(s->keys.fields[i].object);
    }
    dict_release(&s->keys);
}

void
slot_free(struct slot *s)
{
    if (s == NULL)
        return;
    slot_empty(s);
    slot_free(s->behind);
    bytes_drop(s->tag);
    free(s);
}

void
slot_wipe(struct slot *s)
{
    slot_empty(s);
    s->changes++;
}

void
slot_copy(struct slot *to, const struct slot *from)
{
    slot_empty(to);
    dict_copy(&to->keys, &from->keys);
    for (uint32_t i = 0; i < to->keys.count; i++)
        to->keys.fields[i].object->refs++;
    to->changes++;
}

const struct value *
key_slot_read(const struct slot *s, struct text key)
{
    const struct dict_field *f = dict_find(&s->keys, key);

    return f == NULL ? NULL : f->object;
}

struct value *
slot_write(struct slot *s, struct text key)
{
    struct dict_field *f = dict_find(&s->keys, key);

    if (f == NULL)
        return NULL;
    if (f->object->refs > 1) {
        struct value *own = value_copy(f->object);

        f->object->refs--;
        f->object = own;
    }
    s->changes++;
    return f->object;
}

struct value *
slot_make(struct slot *s, struct text key, enum value_kind kind)
{
    struct dict_field *f = dict_add(&s->keys, key);

    f->object = value_new(kind);
    s->changes++;
    return f->object;
}

bool
slot_remove(struct slot *s, struct text key)
{
    struct dict_field *f = dict_find(&s->keys, key);

    if (f == NULL)
        return false;
    value_drop(f->object);
    dict_remove(&s->keys, f);
    s->changes++;
    return true;
}

/* What was noted with its fields may depend on the key. */
bool
slot_rename(struct slot *s, struct text key, struct text to)
{
    struct value *v = slot_write(s, key);

    if (v == NULL || text_equal(key, to))
        return v != NULL;
    for (uint32_t i = 0; v->kind != VALUE_STRING && v->kind != VALUE_STREAM && i < v->dict.count;
         i++)
        v->dict.fields[i].mark = 0;
    v->refs++;
    (void)slot_remove(s, to);
    (void)slot_remove(s, key);
    dict_add(&s->keys, to)->object = v;
    return true;
}

/* ---- keyspace --------------------------------------------------------------- */

struct text
key_tag(struct text key)
{
    const char *open = key.length == 0 ? NULL : memchr(key.at, '{', key.length);
    const char *close;

    if (open == NULL)
        return key;
    open++;
    close = memchr(open, '}', key.length - (size_t)(open - key.at));
    if (close == NULL || close == open)
        return key;
    return (struct text){ open, (size_t)(close - open) };
}

struct slot *
keyspace_slot(struct keyspace *k, struct text tag)
{
    if (k->latest != NULL && text_equal(bytes_text(k->latest->tag), tag))
        return k->latest;
    for (uint32_t i = 0; i < k->count; i++) {
        if (text_equal(bytes_text(k->slots[i]->tag), tag))
            return k->latest = k->slots[i];
    }
    if (k->count == k->room) {
        k->room = k->room == 0 ? 64 : 2 * k->room;
        k->slots = must_resize(k->slots, k->room * sizeof(struct slot *));
    }
    k->slots[k->count] = slot_new(tag);
    return k->latest = k->slots[k->count++];
}

struct slot *
keyspace_slot_of(struct keyspace *k, struct text key)
{
    struct slot *s = keyspace_slot(k, key_tag(key));

    return k->behind && s->behind != NULL ? s->behind : s;
}

void
keyspace_clear(struct keyspace *k)
{
    for (uint32_t i = 0; i < k->count; i++)
        slot_free(k->slots[i]);
    free(k->slots);
    *k = (struct keyspace){ NULL, 0, 0, NULL, false };
}
