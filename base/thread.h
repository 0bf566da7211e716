/* thread.h - a thread beside the main one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Begin a thread that no signal is given to: signals are the main thread's, and end its waits.
 * 0, or a number as errno has it; to be joined or detached. */
int thread_begin(pthread_t *thread, void *(*work)(void *self), void *self);

#endif
