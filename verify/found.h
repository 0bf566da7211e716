/* found.h - what was found in Redis: key and field -> value, all as text.
 *
 * A table that owns its bytes.  Each item can be taken once; what is left at
 * the end was found and not expected.  The texts it hands out stay good until
 * the next found_put() or found_clear().
 */
#ifndef VERIFY_FOUND_H
#define VERIFY_FOUND_H

#include "base/text.h"

struct found;

struct found_item {
    struct text key, field, value;
    bool is_taken;
};

/* Empty; NULL when there is no memory.  Freeing NULL is fine. */
struct found *found_new(void);
void found_free(struct found *found);
void found_clear(struct found *found); /* keeps the memory */
/* Items, taken or not. */
size_t found_count(const struct found *found);

/* Add an item; one that is there already stays as it is.  False: no memory. */
bool found_put(struct found *found, struct text key, struct text field, struct text value);

/* True when it is there. */
bool found_has(const struct found *found, struct text key, struct text field);

/* Take an item: *value is its value.  False: it is not there. */
bool found_take(struct found *found, struct text key, struct text field, struct text *value);

/* Visit the items in the order they came; begin with *cursor 0. */
bool found_next(const struct found *found, size_t *cursor, struct found_item *item);

#endif
