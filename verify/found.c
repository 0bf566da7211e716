/* A table of what was found in Redis, from which each item can be taken once.
 *
 * The judge takes each field that it expects; what nobody took is a difference,
 * too.  Bytes, items and places are three arrays that grow by themselves: an
 * item names its bytes by an offset, and places hold numbers of items. */
#include "verify/found.h"

#include "base/grow.h"

struct item {
    uint64_t hash;
    size_t at;                  /* in bytes[]: key, field, value, end to end */
    uint32_t key, field, value; /* lengths */
    bool is_taken;
};

struct found {
    struct item *items;
    size_t count, room;
    size_t *places;     /* open addressing: number of an item + 1; 0 is free */
    size_t place_count; /* a power of two, at least twice the items */
    char *bytes;
    size_t used, byte_room;
};

struct found *
found_new(void)
{
    return calloc(1, sizeof(struct found));
}

void
found_free(struct found *f)
{
    if (f == NULL)
        return;
    free(f->items);
    free(f->places);
    free(f->bytes);
    free(f);
}

void
found_clear(struct found *f)
{
    f->count = f->used = 0;
    if (f->place_count > 0)
        memset(f->places, 0, f->place_count * sizeof *f->places);
}

size_t
found_count(const struct found *f)
{
    return f->count;
}

/* FNV-1a; a byte between the two that neither of them holds. */
static uint64_t
hash_of(struct text key, struct text field)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < key.length; i++)
        h = (h ^ (unsigned char)key.at[i]) * UINT64_C(0x100000001B3);
    h = (h ^ 0xFF) * UINT64_C(0x100000001B3);
    for (size_t i = 0; i < field.length; i++)
        h = (h ^ (unsigned char)field.at[i]) * UINT64_C(0x100000001B3);
    return h ^ h >> 29;
}

/* The item's three texts; they point into bytes[], which the next put may move. */
static struct found_item
item_of(const struct found *f, const struct item *item)
{
    const char *at = f->bytes + item->at;

    return (struct found_item){ { at, item->key },
                                { at + item->key, item->field },
                                { at + item->key + item->field, item->value },
                                item->is_taken };
}

/* The item's number + 1, or 0 and where it belongs. */
static size_t
find(const struct found *f, uint64_t hash, struct text key, struct text field, size_t *place)
{
    if (f->place_count == 0)
        return 0;
    size_t i = (size_t)hash & (f->place_count - 1);
    for (; f->places[i] != 0; i = (i + 1) & (f->place_count - 1)) {
        const struct item *item = &f->items[f->places[i] - 1];
        struct found_item have = item_of(f, item);
        if (item->hash == hash && text_equal(have.key, key) && text_equal(have.field, field))
            return f->places[i];
    }
    *place = i;
    return 0;
}

/* Twice the places; items stay where they are. */
static bool
grow_places(struct found *f)
{
    size_t count = f->place_count == 0 ? 256 : 2 * f->place_count;
    size_t *places = calloc(count, sizeof *places);

    if (places == NULL)
        return false;
    for (size_t n = 0; n < f->count; n++) {
        size_t i = (size_t)f->items[n].hash & (count - 1);
        while (places[i] != 0)
            i = (i + 1) & (count - 1);
        places[i] = n + 1;
    }
    free(f->places);
    f->places = places;
    f->place_count = count;
    return true;
}

/* Room for one more item of so many bytes; false: no memory, and the table has
 * what it had. */
static bool
make_room(struct found *f, size_t bytes)
{
    struct item *items = grow(f->items, &f->room, f->count + 1, sizeof *items);
    char *grown = grow(f->bytes, &f->byte_room, f->used + bytes, 1);

    if (items != NULL)
        f->items = items;
    if (grown != NULL)
        f->bytes = grown;
    if (items == NULL || grown == NULL)
        return false;
    /* Before the item is added: so find() always comes to a free place. */
    return 2 * (f->count + 1) <= f->place_count || grow_places(f);
}

static void
put_bytes(struct found *f, struct text t)
{
    if (t.length > 0)
        memcpy(f->bytes + f->used, t.at, t.length);
    f->used += t.length;
}

bool
found_put(struct found *f, struct text key, struct text field, struct text value)
{
    uint64_t hash = hash_of(key, field);
    size_t place = 0;

    if (key.length > UINT32_MAX || field.length > UINT32_MAX || value.length > UINT32_MAX)
        return false;
    if (!make_room(f, key.length + field.length + value.length))
        return false;
    /* It is there already; the room does no harm. */
    if (find(f, hash, key, field, &place) != 0)
        return true;
    f->items[f->count++] = (struct item){ .hash = hash,
                                          .at = f->used,
                                          .key = (uint32_t)key.length,
                                          .field = (uint32_t)field.length,
                                          .value = (uint32_t)value.length };
    put_bytes(f, key);
    put_bytes(f, field);
    put_bytes(f, value);
    /* Its number + 1, since it has been counted by now. */
    f->places[place] = f->count;
    return true;
}

bool
found_has(const struct found *f, struct text key, struct text field)
{
    size_t place;

    return find(f, hash_of(key, field), key, field, &place) != 0;
}

bool
found_take(struct found *f, struct text key, struct text field, struct text *value)
{
    size_t place, number = find(f, hash_of(key, field), key, field, &place);

    if (number == 0)
        return false;
    f->items[number - 1].is_taken = true;
    *value = item_of(f, &f->items[number - 1]).value;
    return true;
}

bool
found_next(const struct found *f, size_t *cursor, struct found_item *item)
{
    if (*cursor >= f->count)
        return false;
    *item = item_of(f, &f->items[(*cursor)++]);
    return true;
}
