/* Arrays that grow by doubling: one realloc(3) for many items. */
#include "base/grow.h"

enum { ROOM_LEAST = 16 };

void *
grow(void *array, size_t *room, size_t needed, size_t item_bytes)
{
    size_t wanted = needed < ROOM_LEAST ? ROOM_LEAST : needed, bytes;
    void *larger;

    if (array != NULL && needed <= *room)
        return array;
    if (wanted / 2 < *room) /* less than twice of what is there */
        wanted = 2 * *room;
    if (__builtin_mul_overflow(wanted, item_bytes, &bytes))
        return NULL;
    larger = realloc(array, bytes);
    if (larger != NULL)
        *room = wanted;
    return larger;
}
