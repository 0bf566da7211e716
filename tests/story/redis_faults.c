/* What befalls whole slots of the invented Redis, and looking inside it. */
#include "tests/story/redis_inside.h"

struct redis_copy {
    bool whole;
    uint32_t count;
    struct slot *slots[];
};

struct redis_copy *
redis_copy(struct redis *r, struct text tag)
{
    bool whole = tag.at == NULL;
    uint32_t count = whole ? r->keys.count : 1;
    struct redis_copy *copy = must_allocate(sizeof *copy + count * sizeof(struct slot *));

    copy->whole = whole;
    copy->count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *from = whole ? r->keys.slots[i] : keyspace_slot(&r->keys, tag);

        copy->slots[i] = slot_new(bytes_text(from->tag));
        slot_copy(copy->slots[i], from);
    }
    return copy;
}

void
redis_restore(struct redis *r, const struct redis_copy *copy)
{
    redis_tear_forget(r);
    for (uint32_t i = 0; copy->whole && i < r->keys.count; i++)
        slot_wipe(r->keys.slots[i]);
    for (uint32_t i = 0; i < copy->count; i++)
        slot_copy(keyspace_slot(&r->keys, bytes_text(copy->slots[i]->tag)), copy->slots[i]);
}

void
redis_copy_free(struct redis_copy *copy)
{
    if (copy == NULL)
        return;
    for (uint32_t i = 0; i < copy->count; i++)
        slot_free(copy->slots[i]);
    free(copy);
}

void
redis_wipe(struct redis *r, struct text tag)
{
    redis_tear_forget(r);
    if (tag.at != NULL) {
        slot_wipe(keyspace_slot(&r->keys, tag));
        return;
    }
    for (uint32_t i = 0; i < r->keys.count; i++)
        slot_wipe(r->keys.slots[i]);
}

void
redis_split(struct redis *r, const struct redis_copy *copy)
{
    redis_tear_forget(r);
    for (uint32_t i = 0; i < copy->count; i++) {
        struct slot *s = keyspace_slot(&r->keys, bytes_text(copy->slots[i]->tag));

        slot_free(s->behind);
        s->behind = slot_new(bytes_text(s->tag));
        slot_copy(s->behind, s);
        slot_copy(s, copy->slots[i]);
    }
}

void
redis_heal(struct redis *r)
{
    for (uint32_t i = 0; i < r->keys.count; i++) {
        slot_free(r->keys.slots[i]->behind);
        r->keys.slots[i]->behind = NULL;
    }
}

/* ---- looking inside ------------------------------------------------------------ */

static const struct slot *
side(struct redis *r, struct text tag, bool behind)
{
    const struct slot *s = keyspace_slot(&r->keys, tag);

    return behind && s->behind != NULL ? s->behind : s;
}

uint64_t
redis_changes(struct redis *r, struct text key, bool behind)
{
    return side(r, key_tag(key), behind)->changes;
}

void
redis_each_field(struct redis *r, struct text tag, bool behind, redis_field_sink *sink, void *self)
{
    const struct slot *s = side(r, tag, behind);

    for (uint32_t i = 0; i < s->keys.count; i++) {
        const struct dict_field *key = &s->keys.fields[i];

        for (uint32_t j = 0; key->object->kind == VALUE_HASH && j < key->object->dict.count; j++) {
            struct dict_field *f = &key->object->dict.fields[j];

            sink(self, bytes_text(key->name), bytes_text(f->name), bytes_text(f->text), &f->mark);
        }
    }
}

void
redis_each_score(struct redis *r, struct text tag, bool behind, redis_score_sink *sink, void *self)
{
    const struct slot *s = side(r, tag, behind);

    for (uint32_t i = 0; i < s->keys.count; i++) {
        const struct dict_field *key = &s->keys.fields[i];

        for (uint32_t j = 0; key->object->kind == VALUE_ZSET && j < key->object->dict.count; j++) {
            struct dict_field *f = &key->object->dict.fields[j];

            sink(self, bytes_text(key->name), bytes_text(f->name), f->score, &f->mark);
        }
    }
}

struct text
redis_field(struct redis *r, struct text key, struct text field, bool behind)
{
    const struct value *v = key_slot_read(side(r, key_tag(key), behind), key);
    const struct dict_field *f =
        v == NULL || v->kind != VALUE_HASH ? NULL : dict_find(&v->dict, field);

    return f == NULL ? (struct text){ NULL, 0 } : bytes_text(f->text);
}
