/* stream_inside.h - what the loop's side and the reader's side of the streams share.
 *
 *      RETURNING --good---> LIVE                     has heard of all but `todo`
 *          |  \--else-+                               |
 *      NEW            v                               | takes nothing for SLOW_MS
 *          \---> SNAPSHOT --all was sent--> LIVE      v
 *                     ^----- has taken all ------- SLOW
 *
 * A watcher's state and `todo` are the reader's alone, his request the loop's; what is marked
 * below is under the lock.  The loop never frees a watcher: it says that he has gone.
 */
#ifndef SERVE_STREAM_INSIDE_H
#define SERVE_STREAM_INSIDE_H

#include "base/bytes.h"
#include "serve/bell.h"
#include "serve/stream.h"
#include "serve/tail.h"

#include <pthread.h>

enum {
    TAKEN_BYTES = 32 * 1024, /* who has no more than this waiting can be given more */
    BATCH_BYTES = 64 * 1024, /* that a watcher is given at one time, and one document more */
    SLOW_MS = 3000,          /* who has not been given what he should know for so long is slow */
    AWAY_MS = 1000,          /* Redis is not asked again before, and who comes is told at once */
};

enum watcher_state { WATCHER_NEW, WATCHER_RETURNING, WATCHER_SNAPSHOT, WATCHER_LIVE, WATCHER_SLOW };
enum resync { RESYNC_SLOW, RESYNC_TRIMMED, RESYNC_UNKNOWN, RESYNC_COUNT, RESYNC_NONE };
_Static_assert((int)RESYNC_COUNT == (int)STREAM_RESYNCS, "each is counted");

struct watcher {
    struct watcher *before, *after; /* under the lock */
    struct http_request *request;   /* the loop's; NULL: it has gone */
    struct watched watched;
    uint32_t sum; /* watched_sum() */

    /* Under the lock. */
    bool is_gone;
    bool is_ended;      /* its Redis is away; the loop tells it so, and ends it */
    bool has_been_told; /* that it ends */
    bool wants_more;    /* there is more to give as soon as it can take it */
    bool can_take;      /* little waits, and nothing is given that the loop has not passed on */
    bool has_taken_all; /* nothing waits */
    struct bytes given; /* for it */

    /* The reader's. */
    enum watcher_state state;
    enum resync resync;    /* is to be told before the snapshot */
    struct position *back; /* RETURNING: a position for each scope of the question */
    struct pairs *todo;    /* NULL: none */
    struct pairs *told;    /* of who did not name all: those that he may think to have data */
    int64_t beat_ms;       /* when it was given something last */
    int64_t behind_ms;     /* since when it could not be given what it should know; 0: it can */
    bool id_is_old;        /* what it knows is newer than the last id that it was given */
};

struct streams {
    struct streams_settings settings;
    struct store *store;
    struct lookup lookup;
    struct tail tail; /* the reader's */
    struct bell *bell;
    bool is_cluster;
    pthread_t thread;
    bool has_thread;
    int64_t looked_ms; /* the reader's: when it last looked at asof */

    pthread_mutex_t lock;
    pthread_cond_t ring;
    /* Under the lock. */
    bool has_news, stops;
    bool is_busy;  /* something was given, or waits to be taken: the loop looks at all watchers */
    uint64_t away; /* scopes whose Redis did not answer */
    int64_t away_until_ms;
    int64_t refused_until_ms; /* it was said that something can't be read */
    struct watcher watchers;  /* head of a ring */
    struct stream_counts counts;
};

/* The reader of a struct streams, until it stops. */
void *reader_work(void *self);

/* ---- watcher.c ---- */

/* Give a watcher bytes: the loop passes them on.  Under the lock.  False: no memory. */
MUST_USE bool watcher_give(struct watcher *watcher, struct text text);
void watcher_free(struct watcher *watcher);
/* Ring the reader.  Under the lock. */
void streams_ring(struct streams *streams);
/* Wake the loop. */
void streams_wake(const struct streams *streams);

/* ---- event.c ---- */

/* The events' texts.  All return false where there is no memory. */
MUST_USE bool event_document(struct watcher *watcher, const char *event, struct text body);
MUST_USE bool event_resync(struct watcher *watcher);
MUST_USE bool event_ready(struct watcher *watcher);
MUST_USE bool event_id(struct watcher *watcher, const struct tail *tail);
MUST_USE bool event_end(struct watcher *watcher);
/* To be sent by the loop when Redis is away, or the server ends: into out. */
enum { EVENT_LAST_BYTES = 256 };
struct text event_last(bool is_unavailable, uint64_t chance, char out[EVENT_LAST_BYTES]);

#endif
