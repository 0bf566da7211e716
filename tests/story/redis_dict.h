/* redis_dict.h - shared bytes, and dictionaries of them.
 *
 * Out of memory ends the test (abort): nothing here returns NULL for it.
 */
#ifndef STORY_REDIS_DICT_H
#define STORY_REDIS_DICT_H

#include "base/text.h"

/* malloc and realloc that end the test when there is no memory. */
void *must_allocate(size_t size);
void *must_resize(void *at, size_t size);

/* An immutable run of bytes with a count of its holders. */
struct bytes {
    uint32_t refs, length;
    char at[];
};

struct bytes *bytes_new(struct text t);
struct bytes *bytes_hold(struct bytes *b);
void bytes_drop(struct bytes *b); /* NULL is legal */

static inline struct text
bytes_text(const struct bytes *b)
{
    return (struct text){ b->at, b->length };
}

/* A dictionary in order of arrival, except that a removal puts the last field
 * into the hole.  What a field means belongs to whoever owns the dictionary. */
struct dict_field {
    struct bytes *name;
    uint32_t hash;
    uint32_t mark; /* whoever looks inside may note something; 0 at first */
    union {
        struct bytes *text;   /* of a hash */
        double score;         /* of a sorted set */
        struct value *object; /* of a slot */
    };
};
struct dict {
    struct dict_field *fields;
    uint32_t count, room;
    uint32_t *index; /* position + 1, open addressing; NULL while small */
    uint32_t index_room;
};

/* NULL when there is none.  The pointer is good until the next add or remove. */
struct dict_field *dict_find(const struct dict *d, struct text name);
/* Add a name that is not there yet; the payload is zero. */
struct dict_field *dict_add(struct dict *d, struct text name);
/* Remove a field; its payload must have been dropped. */
void dict_remove(struct dict *d, struct dict_field *field);
/* Free everything but names and payloads. */
void dict_release(struct dict *d);
/* The same fields with their names held once more; payloads are the caller's. */
void dict_copy(struct dict *to, const struct dict *from);

#endif
