#include "tests/story/redis_dict.h"

enum { SMALL_DICT = 8 }; /* up to here a dictionary is searched from end to end */

void *
must_allocate(size_t size)
{
    return must_resize(NULL, size);
}

void *
must_resize(void *at, size_t size)
{
    void *p = realloc(at, size == 0 ? 1 : size);

    if (p == NULL)
        abort();
    return p;
}

/* ---- bytes ---------------------------------------------------------------- */

struct bytes *
bytes_new(struct text t)
{
    struct bytes *b = must_allocate(sizeof *b + t.length + 1);

    b->refs = 1;
    b->length = (uint32_t)t.length;
    if (t.length > 0)
        memcpy(b->at, t.at, t.length);
    b->at[t.length] = '\0';
    return b;
}

struct bytes *
bytes_hold(struct bytes *b)
{
    b->refs++;
    return b;
}

void
bytes_drop(struct bytes *b)
{
    if (b != NULL && --b->refs == 0)
        free(b);
}

/* ---- dictionary ------------------------------------------------------------- */

static uint32_t
hash_of(struct text t)
{
    const uint64_t k = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = t.length * k, word;
    size_t i = 0;

    for (; i + 8 <= t.length; i += 8) {
        memcpy(&word, t.at + i, 8);
        h = (h ^ word) * k;
        h ^= h >> 32;
    }
    if (i < t.length) {
        word = 0;
        memcpy(&word, t.at + i, t.length - i);
        h = (h ^ word) * k;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 29);
}

static bool
field_is(const struct dict_field *f, uint32_t hash, struct text name)
{
    return f->hash == hash && f->name->length == name.length &&
           (name.length == 0 || memcmp(f->name->at, name.at, name.length) == 0);
}

static void
index_put(struct dict *d, uint32_t position)
{
    uint32_t at = d->fields[position].hash & (d->index_room - 1);

    while (d->index[at] != 0)
        at = (at + 1) & (d->index_room - 1);
    d->index[at] = position + 1;
}

/* The index cell that points to a position; it is there. */
static uint32_t
index_cell(const struct dict *d, uint32_t position)
{
    uint32_t at = d->fields[position].hash & (d->index_room - 1);

    while (d->index[at] != position + 1)
        at = (at + 1) & (d->index_room - 1);
    return at;
}

static void
index_grow(struct dict *d)
{
    uint32_t room = d->index_room == 0 ? 4 * SMALL_DICT : 2 * d->index_room;

    free(d->index);
    d->index = must_allocate(room * sizeof *d->index);
    memset(d->index, 0, room * sizeof *d->index);
    d->index_room = room;
    for (uint32_t i = 0; i < d->count; i++)
        index_put(d, i);
}

/* Empty a cell and close the gap, so that no search ends too early. */
static void
index_remove(struct dict *d, uint32_t hole)
{
    uint32_t mask = d->index_room - 1;

    for (uint32_t at = (hole + 1) & mask; d->index[at] != 0; at = (at + 1) & mask) {
        uint32_t home = d->fields[d->index[at] - 1].hash & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            d->index[hole] = d->index[at];
            hole = at;
        }
    }
    d->index[hole] = 0;
}

struct dict_field *
dict_find(const struct dict *d, struct text name)
{
    uint32_t hash, at;

    if (d->count == 0)
        return NULL;
    hash = hash_of(name);
    if (d->index == NULL) {
        for (uint32_t i = 0; i < d->count; i++) {
            if (field_is(&d->fields[i], hash, name))
                return &d->fields[i];
        }
        return NULL;
    }
    at = hash & (d->index_room - 1);
    while (d->index[at] != 0) {
        struct dict_field *f = &d->fields[d->index[at] - 1];

        if (field_is(f, hash, name))
            return f;
        at = (at + 1) & (d->index_room - 1);
    }
    return NULL;
}

struct dict_field *
dict_add(struct dict *d, struct text name)
{
    struct dict_field *f;

    if (d->count == d->room) {
        d->room = d->room == 0 ? 4 : 2 * d->room;
        d->fields = must_resize(d->fields, d->room * sizeof *d->fields);
    }
    f = &d->fields[d->count++];
    memset(f, 0, sizeof *f);
    f->name = bytes_new(name);
    f->hash = hash_of(name);
    if (d->index != NULL && 2 * d->count <= d->index_room)
        index_put(d, d->count - 1);
    else if (d->count > SMALL_DICT)
        index_grow(d);
    return f;
}

void
dict_remove(struct dict *d, struct dict_field *field)
{
    uint32_t position = (uint32_t)(field - d->fields), last = d->count - 1;

    bytes_drop(field->name);
    if (d->index != NULL)
        index_remove(d, index_cell(d, position));
    if (position != last) {
        if (d->index != NULL)
            d->index[index_cell(d, last)] = position + 1;
        d->fields[position] = d->fields[last];
    }
    d->count--;
}

void
dict_release(struct dict *d)
{
    free(d->fields);
    free(d->index);
    *d = (struct dict){ NULL, 0, 0, NULL, 0 };
}

void
dict_copy(struct dict *to, const struct dict *from)
{
    *to = *from;
    to->room = from->count;
    to->fields = must_allocate(from->count * sizeof *to->fields);
    if (from->count > 0)
        memcpy(to->fields, from->fields, from->count * sizeof *to->fields);
    if (from->index != NULL) {
        to->index = must_allocate(from->index_room * sizeof *to->index);
        memcpy(to->index, from->index, from->index_room * sizeof *to->index);
    }
    for (uint32_t i = 0; i < to->count; i++)
        bytes_hold(to->fields[i].name);
}
