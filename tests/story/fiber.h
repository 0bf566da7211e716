/* fiber.h - a function that stops in its middle and goes on later.
 *
 * A fiber runs on a stack of its own until it pauses itself; whoever resumed
 * it goes on then.  Stacks are kept for the next fiber.  One thread.
 */
#ifndef STORY_FIBER_H
#define STORY_FIBER_H

#include <stdbool.h>

struct fiber;

/* It does not run until it is resumed. */
struct fiber *fiber_new(void (*run)(void *self), void *self);
/* Run it until it pauses or its function returns: then false. */
bool fiber_resume(struct fiber *fiber);
/* From inside: stop here, until somebody resumes. */
void fiber_pause(void);
/* Only after its function has returned, or before it was first resumed. */
void fiber_free(struct fiber *fiber);

#endif
