/* A new thread inherits the mask of signals of its creator: all are blocked
 * before, and set back after. */
#include "base/thread.h"

#include <signal.h>

int
thread_begin(pthread_t *thread, void *(*work)(void *self), void *self)
{
    sigset_t all, before;
    int error;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(thread, NULL, work, self);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}
