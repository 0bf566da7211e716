/* stream.h - changes as they come: everybody who watches, and one reader of Redis for all of them.
 *
 *      the loop's thread                        the reader's thread
 *      streams_watch()   -- a watcher -->       reads `changes` of all scopes that are watched,
 *      streams_turn()    <-- bytes ----         and of each pair that changed its totals, once
 *      streams_gone()    -- it has gone -->
 *
 * Who watches gets every change as totals that are at least as new as the change; several changes
 * of a pair may be one event.  A watcher who is slow holds up nobody: what he has not been told of
 * is a set of pairs, not a list of events.  docs/http.md, Changes as they come, has the rules that
 * a watcher may rely on.
 *
 * When nobody watches nothing is read.
 */
#ifndef SERVE_STREAM_H
#define SERVE_STREAM_H

#include "base/log.h"
#include "http/http.h"
#include "lookup/lookup.h"
#include "serve/watched.h"

enum {
    STREAM_BYTES = 1024 * 1024,  /* of one watcher that may wait; for http_settings.stream_bytes */
    STREAM_RESYNCS = 3,          /* reasons for one */
    STREAM_BEAT_MS = 15 * 1000,  /* a comment comes that often, where nothing else does */
    STREAM_RETRY_LEAST_MS = 500, /* when to come again, at random from here on */
    STREAM_RETRY_SPREAD_MS = 10 * 1000,
};

struct streams_settings {
    struct lookup lookup;       /* prefix, windows, max_age_ms, now_ms; its way is not used */
    struct store_options store; /* its times are not used */
    const struct log *log;
    int wake_fd; /* an eventfd of the loop's, written when streams_turn() has something to do */
    unsigned watchers; /* at most */
};

struct streams;

/* FAULT_OPTION: the URL is none; FAULT_NO_MEMORY.  settings are copied, texts in them must stay. */
MUST_USE enum fault
streams_open(const struct streams_settings *settings, struct streams **out, struct why *why);
/* After http_close(), so that nobody watches any more.  Takes up to a second.  NULL is fine. */
void streams_close(struct streams *streams);

/* Answer a request with a stream.  The question is copied.  `fields` as in http_answer(), at
 * most 8. The request's context is the stream's from now on. */
void streams_watch(struct streams *streams, struct http_request *request,
                   const struct watched *watched, const struct http_field *fields, int64_t now_ms);
/* From the handler's on_gone(), of a request that was given to streams_watch(). */
void streams_gone(struct streams *streams, struct http_request *request);
/* Before each http_run(), which sends what is passed on here; and behind it, to see what was taken.
 */
void streams_turn(struct streams *streams);
/* Who may read has changed: the streams of those end of whose requests `may_stay` says no, each
 * with another time to come again, when he is judged as anybody who comes. */
void streams_judge(struct streams *streams,
                   bool (*may_stay)(void *self, const struct http_request *request), void *self);
/* The end: all streams end, each with another time to come again. */
void streams_quiet(struct streams *streams);

/* Since the start, and how it is now. */
struct stream_counts {
    int64_t watchers, watchers_total, refused;
    int64_t events;                  /* snapshot and totals */
    int64_t resyncs[STREAM_RESYNCS]; /* slow, trimmed, unknown */
    int64_t resumed;                 /* who came back, and needed no snapshot */
    int64_t unavailable;
    int64_t documents; /* that were read of Redis */
    int64_t waiting_bytes;
    bool is_away; /* some Redis does not answer */
};
struct stream_counts streams_counts(struct streams *streams);

#endif
