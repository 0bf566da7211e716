/* What both sides of the streams call: rings and wakes, and what a watcher is given. */
#include "serve/stream_inside.h"

#include <stdlib.h>
#include <unistd.h>

void
streams_ring(struct streams *streams)
{
    streams->has_news = true;
    pthread_cond_signal(&streams->ring);
}

void
streams_wake(const struct streams *streams)
{
    const uint64_t one = 1;
    (void)!write(streams->settings.wake_fd, &one, sizeof one);
}

void
watcher_free(struct watcher *watcher)
{
    watcher->before->after = watcher->after;
    watcher->after->before = watcher->before;
    free(watcher->given.at);
    free(watcher->back);
    free(watcher->todo);
    free(watcher->told);
    free(watcher);
}

bool
watcher_give(struct watcher *watcher, struct text text)
{
    return bytes_put(&watcher->given, text.at, text.length);
}
