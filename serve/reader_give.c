/* What a round gives: documents are picked by what watchers have yet to be told, read once each,
 * and given to all who wait for them.
 *
 * A watcher is given no more than a batch at a time, and the next when he has taken most of it.
 * What he has not been given stays in his set of pairs, so what changes meanwhile costs nothing. */
#include "serve/reader.h"

enum { PICK_MOST = 128 }; /* pairs of one watcher in one round */

/* Nobody goes on without memory: he comes back, and is told what he has missed. */
void
reader_end(struct round *r, struct watcher *w)
{
    if (w->is_ended)
        return;
    w->is_ended = true;
    r->streams->is_busy = true;
    r->streams->counts.unavailable++;
    free(w->todo);
    w->todo = NULL;
}

static bool
wants_only_data(const struct watcher *w, int scope, int partner)
{
    return w->told != NULL && !pairs_has(w->told, scope, partner);
}

/* Under the lock: what is to be read.  Who does not get a place is the first of the next round. */
void
reader_pick(struct round *r)
{
    struct streams *streams = r->streams;
    struct watcher *head = &streams->watchers, *first_left = NULL;
    for (struct watcher *w = head->after; w != head && first_left == NULL; w = w->after) {
        int scope = 0, partner = 0;
        if (w->is_gone || w->is_ended || !w->can_take || w->todo == NULL)
            continue;
        for (int i = 0; i < PICK_MOST && pairs_next(w->todo, &scope, &partner); i++, partner++)
            if (!wants_add(&r->wants, &w->watched, scope, partner,
                           wants_only_data(w, scope, partner))) {
                first_left = w;
                break;
            }
    }
    if (first_left == NULL)
        return;
    streams_ring(streams);
    head->before->after = head->after; /* the ring begins there */
    head->after->before = head->before;
    head->after = first_left;
    head->before = first_left->before;
    head->before->after = first_left->before = head;
}

/* Others may want it only if it has data; then it was not read where it has none. */
static bool
is_read(const struct want *want, const struct watcher *w)
{
    return want->body.length > 0 || want->is_away ||
           (!want->has_data && wants_only_data(w, want->scope, want->partner));
}

/* One document.  False: it can't be given now. */
static bool
give_one(struct round *r, struct watcher *w, struct want *want, bool *is_open)
{
    bool ok = true;
    if (want->is_away) {
        reader_end(r, w);
        return false;
    }
    if (wants_only_data(w, want->scope, want->partner) && !want->has_data)
        return true;
    if (w->told != NULL)
        pairs_add(w->told, want->scope, want->partner);
    if (*is_open)
        ok = event_end(w);
    ok = ok && event_document(w, w->state == WATCHER_SNAPSHOT ? "snapshot" : "totals",
                              (struct text){ want->body.at, want->body.length });
    *is_open = true;
    r->streams->counts.events++;
    if (!ok)
        reader_end(r, w);
    return ok;
}

/* Give what was read for him; he knows all when nothing of it is left. */
static void
give(struct round *r, struct watcher *w)
{
    int scope = 0, partner = 0;
    bool is_open = false, ok = true;
    if (w->state == WATCHER_SNAPSHOT && w->resync != RESYNC_NONE) {
        ok = event_resync(w);
        w->resync = RESYNC_NONE;
    }
    while (ok && w->given.length < BATCH_BYTES && pairs_next(w->todo, &scope, &partner)) {
        struct want *want = wants_find(&r->wants, &w->watched, scope, partner);
        if (want == NULL || !is_read(want, w))
            break;
        if (!give_one(r, w, want, &is_open))
            return;
        pairs_remove(w->todo, scope, partner);
    }
    if (ok && pairs_is_none(w->todo)) {
        free(w->todo);
        w->todo = NULL;
        if (w->state == WATCHER_SNAPSHOT) {
            ok = (!is_open || event_end(w)) && event_ready(w);
            is_open = true;
            w->state = WATCHER_LIVE;
            w->id_is_old = true;
        }
        if (is_open)
            ok = ok && event_id(w, r->tail);
    }
    if (is_open)
        ok = ok && event_end(w);
    if (!ok)
        reader_end(r, w);
}

/* Nothing was given for a while: a comment, and where he could come back from. */
static void
beat(struct round *r, struct watcher *w)
{
    bool ok = watcher_give(w, TEXT_LITERAL(":\n"));
    if (w->state == WATCHER_LIVE && w->todo == NULL && w->id_is_old)
        ok = ok && event_id(w, r->tail);
    if (!ok || !event_end(w))
        reader_end(r, w);
}

/* He is not given what he should know, since he does not take what he was given. */
static void
mind_slow(struct round *r, struct watcher *w)
{
    if (w->state != WATCHER_LIVE || w->todo == NULL || w->can_take) {
        w->behind_ms = 0;
        return;
    }
    if (w->behind_ms == 0)
        w->behind_ms = r->now_ms;
    if (r->now_ms - w->behind_ms < SLOW_MS)
        return;
    w->state = WATCHER_SLOW;
    free(w->todo);
    w->todo = NULL;
}

/* Under the lock. */
void
reader_give(struct round *r)
{
    struct streams *streams = r->streams;
    bool is_given = false;
    for (struct watcher *w = streams->watchers.after; w != &streams->watchers; w = w->after) {
        if (w->is_gone || w->is_ended)
            continue;
        mind_slow(r, w);
        if (w->can_take && w->todo != NULL)
            give(r, w);
        if (w->can_take && !w->is_ended && w->given.length == 0 && w->state != WATCHER_SLOW &&
            r->now_ms - w->beat_ms >= STREAM_BEAT_MS)
            beat(r, w);
        w->wants_more = w->todo != NULL || w->state == WATCHER_SLOW;
        if (w->todo != NULL && w->can_take && w->given.length == 0)
            streams_ring(streams); /* all that was read of his has no data */
        if (w->given.length == 0 || !w->can_take)
            continue;
        w->can_take = w->has_taken_all = false;
        w->beat_ms = r->now_ms;
        is_given = true;
    }
    streams->counts.documents += (int64_t)r->wants.count;
    streams->is_busy = streams->is_busy || is_given;
}
