/* grow.h - arrays that grow by themselves.
 *
 * An array that starts as NULL with a room of 0 gets larger in steps that
 * double, so that adding n items one by one copies each only a few times:
 *
 *      void *larger = grow(list->items, &list->room, list->count + 1, sizeof *list->items);
 *      if (larger == NULL)
 *          return why_set(why, FAULT_NO_MEMORY, "no memory for ...");
 *      list->items = larger;
 */
#ifndef BASE_GROW_H
#define BASE_GROW_H

#include <stddef.h>

/* Room for `needed` items of item_bytes (at least 1) each: the array itself, or a larger copy of
 * it in its place, and *room is how many items it holds now.  Never NULL then, also for none
 * needed.  NULL when there is no memory; array and *room are as they were, and still the
 * caller's.  What is new is not zeroed. */
__attribute__((warn_unused_result)) void *
grow(void *array, size_t *room, size_t needed, size_t item_bytes);

#endif
