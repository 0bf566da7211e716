/* The loop's side: watchers come and go, and what the reader gives them is put into their answers.
 *
 * A watcher belongs to two threads.  The loop alone has his request, and says that he has gone; the
 * reader alone frees him, so that the reader may go on with a list of them while Redis is asked. */
#include "serve/stream_inside.h"

#include "base/clock.h"
#include "base/thread.h"
#include "store/url.h"

#include <unistd.h>

enum { READER_MS = 800, FIELDS_MOST = 8 };

/* ---- life ------------------------------------------------------------------------------- */

static void
on_bell(void *self)
{
    struct streams *streams = self;
    pthread_mutex_lock(&streams->lock);
    streams_ring(streams);
    pthread_mutex_unlock(&streams->lock);
}

static enum fault
open_store(struct streams *streams, struct why *why)
{
    struct store_options options = streams->settings.store;
    struct store_url url;
    enum fault fault = store_url_read(text_of(options.url), &url, why);
    options.connect_ms = options.command_ms = READER_MS;
    if (fault == FAULT_NONE)
        fault = store_open(&options, &streams->store, why);
    if (fault != FAULT_NONE)
        return fault;
    streams->is_cluster = url.kind == URL_CLUSTER;
    streams->lookup = streams->settings.lookup;
    streams->lookup.way = store_way(streams->store);
    streams->tail.lookup = &streams->lookup;
    if (streams->is_cluster)
        return FAULT_NONE;
    return bell_open(&options, streams->lookup.prefix, on_bell, streams, &streams->bell, why);
}

enum fault
streams_open(const struct streams_settings *settings, struct streams **out, struct why *why)
{
    pthread_condattr_t attributes;
    struct streams *streams = calloc(1, sizeof *streams);
    if (streams == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for streams");
    streams->settings = *settings;
    streams->watchers.before = streams->watchers.after = &streams->watchers;
    pthread_mutex_init(&streams->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&streams->ring, &attributes);
    pthread_condattr_destroy(&attributes);
    enum fault fault = open_store(streams, why);
    if (fault == FAULT_NONE && thread_begin(&streams->thread, reader_work, streams) != 0)
        fault = why_set(why, FAULT_NO_MEMORY, "no thread can be started");
    streams->has_thread = fault == FAULT_NONE;
    if (fault == FAULT_NONE)
        *out = streams;
    else
        streams_close(streams);
    return fault;
}

void
streams_close(struct streams *streams)
{
    if (streams == NULL)
        return;
    pthread_mutex_lock(&streams->lock);
    streams->stops = true;
    streams_ring(streams);
    pthread_mutex_unlock(&streams->lock);
    if (streams->has_thread)
        pthread_join(streams->thread, NULL);
    bell_close(streams->bell);
    for (struct watcher *w = streams->watchers.after, *after; w != &streams->watchers; w = after) {
        after = w->after;
        watcher_free(w);
    }
    tail_release(&streams->tail);
    store_free(streams->store);
    pthread_cond_destroy(&streams->ring);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}

/* ---- who comes -------------------------------------------------------------------------- */

static void
begin_answer(struct http_request *request, const struct http_field *fields)
{
    /* Nobody keeps it, and nginx hands on what comes when it comes. */
    struct http_field all[FIELDS_MOST + 3] = { { "Cache-Control", "no-store" },
                                               { "X-Accel-Buffering", "no" } };
    for (int i = 0; fields != NULL && fields[i].name != NULL && i < FIELDS_MOST; i++)
        all[2 + i] = fields[i];
    http_stream_begin(request, 200, "text/event-stream", all);
}

/* The last words to a watcher. */
static void
say_goodbye(struct http_request *request, bool is_unavailable)
{
    char text[EVENT_LAST_BYTES];
    const struct chance chance = chance_real();
    (void)!http_stream_put(request, event_last(is_unavailable, chance.draw(chance.self), text));
    http_stream_end(request);
}

/* Where somebody comes back from; NULL: he does not say, or it is nothing of ours. */
static struct position *
read_back(const struct watcher *watcher, const char *id)
{
    size_t count = watched_scopes(&watcher->watched);
    struct position *back = id == NULL ? NULL : calloc(count, sizeof *back);
    if (back != NULL && position_id_read(text_of(id), watcher->sum, back, count))
        return back;
    free(back);
    return NULL;
}

static struct watcher *
make_watcher(struct streams *streams, const struct watched *watched, const char *id, int64_t now_ms)
{
    struct watcher *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->watched = *watched;
    w->sum = watched_sum(watched, streams->lookup.prefix, &streams->lookup.windows);
    w->can_take = w->has_taken_all = true;
    w->back = read_back(w, id);
    w->state = w->back != NULL ? WATCHER_RETURNING : WATCHER_NEW;
    w->resync = id != NULL && id[0] != '\0' && w->back == NULL ? RESYNC_UNKNOWN : RESYNC_NONE;
    w->beat_ms = now_ms;
    return w;
}

void
streams_watch(struct streams *streams, struct http_request *request, const struct watched *watched,
              const struct http_field *fields, int64_t now_ms)
{
    pthread_mutex_lock(&streams->lock);
    bool is_away = (streams->away & watched->scopes) != 0 && now_ms < streams->away_until_ms;
    bool is_full = streams->counts.watchers >= (int64_t)streams->settings.watchers;
    struct watcher *w = NULL;
    if (!is_full && !is_away)
        w = make_watcher(streams, watched, http_field(request, "Last-Event-ID"), now_ms);
    request->context = w;
    if (w != NULL) {
        w->request = request;
        w->before = streams->watchers.before;
        w->after = &streams->watchers;
        w->before->after = w->after->before = w;
        streams->counts.watchers++;
        streams->counts.watchers_total++;
        streams_ring(streams);
    } else if (is_full) {
        streams->counts.refused++;
    } else {
        streams->counts.unavailable++;
    }
    pthread_mutex_unlock(&streams->lock);
    if (is_full) {
        http_problem(request, 503, "so many watch already; come again later", NULL,
                     STREAM_RETRY_SPREAD_MS / 1000, fields);
        return;
    }
    begin_answer(request, fields);
    if (w == NULL)
        say_goodbye(request, true);
}

void
streams_gone(struct streams *streams, struct http_request *request)
{
    struct watcher *w = request->context;
    if (w == NULL)
        return;
    request->context = NULL;
    pthread_mutex_lock(&streams->lock);
    w->request = NULL;
    w->is_gone = true;
    streams->counts.watchers--;
    pthread_mutex_unlock(&streams->lock);
}

/* ---- the turn --------------------------------------------------------------------------- */

/* Pass on what the reader has given, and see whether more can be.  True: the reader waits for it.
 */
static bool
pass_on(struct streams *streams, struct watcher *w)
{
    bool could = w->can_take, had = w->has_taken_all;
    if (w->given.length > 0 &&
        http_stream_put(w->request, (struct text){ w->given.at, w->given.length })) {
        free(w->given.at);
        w->given = (struct bytes){ 0 };
    }
    size_t waiting = http_stream_waiting(w->request);
    w->can_take = w->given.length == 0 && waiting <= TAKEN_BYTES;
    w->has_taken_all = w->given.length == 0 && waiting == 0;
    if (w->given.length > STREAM_BYTES) /* it would never fit */
        w->is_ended = true;
    streams->counts.waiting_bytes += (int64_t)(waiting + w->given.length);
    return w->wants_more && ((!could && w->can_take) || (!had && w->has_taken_all));
}

void
streams_turn(struct streams *streams)
{
    bool rings = false;
    pthread_mutex_lock(&streams->lock);
    if (streams->is_busy) {
        bool is_busy = false;
        streams->counts.waiting_bytes = 0;
        for (struct watcher *w = streams->watchers.after; w != &streams->watchers; w = w->after) {
            if (w->is_gone || w->request == NULL || w->has_been_told)
                continue;
            if (w->is_ended) {
                w->has_been_told = true;
                say_goodbye(w->request, true);
                continue;
            }
            rings = pass_on(streams, w) || rings;
            is_busy = is_busy || !w->has_taken_all || w->is_ended;
        }
        streams->is_busy = is_busy;
    }
    if (rings)
        streams_ring(streams);
    pthread_mutex_unlock(&streams->lock);
}

void
streams_judge(struct streams *streams,
              bool (*may_stay)(void *self, const struct http_request *request), void *self)
{
    pthread_mutex_lock(&streams->lock);
    for (struct watcher *w = streams->watchers.after; w != &streams->watchers; w = w->after) {
        if (w->is_gone || w->has_been_told || (may_stay != NULL && may_stay(self, w->request)))
            continue;
        w->is_ended = w->has_been_told = true;
        say_goodbye(w->request, false);
    }
    pthread_mutex_unlock(&streams->lock);
}

void
streams_quiet(struct streams *streams)
{
    streams_judge(streams, NULL, NULL);
}

struct stream_counts
streams_counts(struct streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    struct stream_counts counts = streams->counts;
    counts.is_away = streams->away != 0;
    pthread_mutex_unlock(&streams->lock);
    return counts;
}
