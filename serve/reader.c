/* The reader's side: round after round it reads what has changed, and gives it to who watches it.
 *
 *      1  read on in the changes of all scopes that are watched      (positions are P now)
 *      2  of each watcher: what he has to be told of, as a set of pairs
 *      3  read these totals: at least as new as P
 *      4  give them; who has been told of all of his set knows all up to P: that is his id
 *
 * Since 3 comes behind 1 in one thread and over one connection, no watcher ever hears of a state
 * that is older than what he was told, and no change falls between a snapshot and what follows. */
#include "serve/reader.h"

#include "base/clock.h"

enum {
    LOOK_MS = 1000,  /* what scopes say of themselves, and whether they are where they were */
    CLUSTER_MS = 20, /* between rounds without a bell */
    REFUSED_MS = 60 * 1000, /* so often is it said that a pair can't be read */
};

/* ---- what has to be told ---------------------------------------------------------------- */

static struct pairs *
todo_of(struct watcher *w)
{
    if (w->todo == NULL)
        w->todo = calloc(1, sizeof *w->todo);
    return w->todo;
}

/* Who did not name his pairs is not told of those without data, unless he knows them with some. */
static bool
expect_told(struct watcher *w)
{
    if (w->watched.is_any && w->told == NULL)
        w->told = calloc(1, sizeof *w->told);
    return !w->watched.is_any || w->told != NULL;
}

static void
begin_snapshot(struct round *r, struct watcher *w, enum resync resync)
{
    free(w->todo);
    w->todo = NULL;
    w->state = WATCHER_SNAPSHOT;
    w->resync = resync;
    if (resync < RESYNC_COUNT)
        r->streams->counts.resyncs[resync]++;
    if (todo_of(w) == NULL || !expect_told(w)) {
        reader_end(r, w);
        return;
    }
    if (w->told != NULL)
        *w->told = (struct pairs){ 0 };
    pairs_fill(w->todo, &w->watched);
}

/* What this round's reading means for somebody who has heard of all before. */
static void
take_news(struct round *r, struct watcher *w)
{
    uint64_t scopes = w->watched.scopes;
    const struct tail_news *news = &r->news;
    if ((scopes & (news->trimmed | news->unknown)) != 0) {
        begin_snapshot(r, w, (scopes & news->unknown) != 0 ? RESYNC_UNKNOWN : RESYNC_TRIMMED);
        return;
    }
    w->id_is_old = w->id_is_old || (scopes & (news->changed.scopes | news->turned)) != 0;
    if ((scopes & (news->changed.scopes | news->turned)) == 0)
        return;
    if (todo_of(w) == NULL) {
        reader_end(r, w);
        return;
    }
    (void)pairs_take_all(w->todo, &w->watched, &news->changed);
    for (uint64_t left = scopes & news->turned; left != 0; left &= left - 1) {
        int scope = __builtin_ctzll(left);
        (void)pairs_take(w->todo, &w->watched, scope, &w->watched.partners);
    }
}

/* His positions are to be judged.  False: too many come back at once; the next round takes him. */
static bool
claim_back(struct round *r, struct watcher *w)
{
    size_t at = 0;
    if (r->claim_count + watched_scopes(&w->watched) > CLAIMS_MOST)
        return false;
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        if (!watched_has_scope(&w->watched, scope))
            continue;
        r->backs[r->claim_count] = w;
        r->claims[r->claim_count++] = (struct claim){ .scope = scope, .position = w->back[at++] };
    }
    return true;
}

/* Under the lock: each watcher takes what was read. */
static void
tell_all(struct round *r)
{
    struct streams *streams = r->streams;
    for (struct watcher *w = streams->watchers.after; w != &streams->watchers; w = w->after) {
        if (w->is_gone || w->is_ended)
            continue;
        if ((w->watched.scopes & r->news.away) != 0) {
            reader_end(r, w);
            continue;
        }
        if ((w->state == WATCHER_NEW || w->state == WATCHER_RETURNING) &&
            (w->watched.scopes & ~r->scopes) != 0)
            continue; /* he came when this round had begun */
        if (w->state == WATCHER_NEW)
            begin_snapshot(r, w, w->resync);
        else if (w->state == WATCHER_RETURNING && !claim_back(r, w))
            streams_ring(streams);
        else if (w->state == WATCHER_SLOW && w->has_taken_all)
            begin_snapshot(r, w, RESYNC_SLOW);
        else if (w->state == WATCHER_LIVE || w->state == WATCHER_SNAPSHOT)
            take_news(r, w);
    }
}

/* ---- who comes back --------------------------------------------------------------------- */

/* The claims of one watcher, who stays where he was, or needs a snapshot. */
static void
settle(struct round *r, const struct claim *claims, size_t count, struct watcher *w)
{
    enum claim_verdict worst = CLAIM_GOOD;
    for (size_t i = 0; i < count; i++)
        if (claims[i].verdict > worst)
            worst = claims[i].verdict;
    free(w->back);
    w->back = NULL;
    if (worst == CLAIM_AWAY) {
        reader_end(r, w);
        return;
    }
    if (worst != CLAIM_GOOD) {
        begin_snapshot(r, w, worst == CLAIM_TRIMMED ? RESYNC_TRIMMED : RESYNC_UNKNOWN);
        return;
    }
    w->state = WATCHER_LIVE;
    w->id_is_old = true;
    w->beat_ms = r->now_ms - STREAM_BEAT_MS; /* he hears at once that he is heard */
    r->streams->counts.resumed++;
    if (todo_of(w) == NULL || !expect_told(w)) {
        reader_end(r, w);
        return;
    }
    if (w->told != NULL) /* nobody knows what he was told before */
        pairs_fill(w->told, &w->watched);
    for (size_t i = 0; i < count; i++) {
        struct partners since = tail_since(r->tail, claims[i].scope, &claims[i].position);
        (void)pairs_take(w->todo, &w->watched, claims[i].scope, &since);
    }
}

static enum fault
judge_returns(struct round *r, struct why *why)
{
    if (r->claim_count == 0)
        return FAULT_NONE;
    enum fault fault = tail_judge(r->tail, r->claims, r->claim_count, why);
    bool is_bad = !tail_goes_on(fault);
    pthread_mutex_lock(&r->streams->lock);
    for (size_t i = 0, end; i < r->claim_count; i = end) {
        for (end = i; end < r->claim_count && r->backs[end] == r->backs[i]; end++)
            if (is_bad)
                r->claims[end].verdict = CLAIM_AWAY;
        settle(r, &r->claims[i], end - i, r->backs[i]);
    }
    pthread_mutex_unlock(&r->streams->lock);
    return fault;
}

/* ---- rounds ----------------------------------------------------------------------------- */

/* Under the lock: Redis is away, or back; or it is there, and something in it can't be read. */
static void
note_away(struct round *r, uint64_t away, enum fault fault, const struct why *why)
{
    struct streams *streams = r->streams;
    bool was_away = streams->away != 0;
    streams->away = (streams->away & ~r->scopes) | away;
    if (away != 0)
        streams->away_until_ms = r->now_ms + AWAY_MS;
    if (away == 0 && fault == FAULT_STORE_REFUSED && r->now_ms >= streams->refused_until_ms) {
        streams->refused_until_ms = r->now_ms + REFUSED_MS;
        log_fault(streams->settings.log, LOG_ERROR, "who watches a pair is sent away", fault, why);
    }
    if (!was_away && streams->away != 0)
        log_fault(streams->settings.log, LOG_ERROR, "watchers are sent away", fault, why);
    else if (was_away && streams->away == 0)
        log_say(streams->settings.log, LOG_INFO, "watchers are told of changes again",
                LOG_I("watchers", streams->counts.watchers));
}

static void
play_round(struct round *r)
{
    struct streams *streams = r->streams;
    struct why why = { 0 };
    r->now_ms = clock_tick_ms();
    bool looks = r->now_ms - streams->looked_ms >= LOOK_MS;
    if (looks)
        streams->looked_ms = r->now_ms;
    r->claim_count = 0;
    wants_clear(&r->wants);
    enum fault fault = tail_read(r->tail, r->scopes, looks, &r->news, &why);
    if (!tail_goes_on(fault))
        r->news.away = r->scopes;
    pthread_mutex_lock(&streams->lock);
    tell_all(r);
    pthread_mutex_unlock(&streams->lock);
    enum fault now = judge_returns(r, &why);
    fault = fault == FAULT_NONE ? now : fault;

    pthread_mutex_lock(&streams->lock);
    reader_pick(r);
    pthread_mutex_unlock(&streams->lock);
    now = wants_read(&r->wants, &streams->lookup, &r->calls, &r->news.away, &why);
    fault = fault == FAULT_NONE ? now : fault;

    pthread_mutex_lock(&streams->lock);
    reader_give(r);
    note_away(r, r->news.away, fault, &why);
    pthread_mutex_unlock(&streams->lock);
    streams_wake(streams);
}

/* Under the lock: those who have gone are freed; what the others watch. */
static uint64_t
sweep_gone(struct streams *streams)
{
    uint64_t scopes = 0;
    for (struct watcher *w = streams->watchers.after, *after; w != &streams->watchers; w = after) {
        after = w->after;
        if (w->is_gone)
            watcher_free(w);
        else if (!w->is_ended)
            scopes |= w->watched.scopes;
    }
    return scopes;
}

/* Under the lock: until there is something to do. */
static void
rest(struct streams *streams)
{
    struct timespec until;
    int ms = streams->is_cluster ? CLUSTER_MS : BELL_MS;
    if (streams->has_news || streams->stops)
        return;
    if (streams->watchers.after == &streams->watchers) {
        pthread_cond_wait(&streams->ring, &streams->lock);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&streams->ring, &streams->lock, &until);
}

void *
reader_work(void *self)
{
    struct streams *streams = self;
    struct round *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL; /* who comes gets comments alone, and no memory is there anyhow */
    r->streams = streams;
    r->tail = &streams->tail;
    pthread_mutex_lock(&streams->lock);
    for (;;) {
        r->scopes = sweep_gone(streams);
        if (streams->bell != NULL)
            bell_wait(streams->bell, r->tail, r->scopes);
        rest(streams);
        if (streams->stops)
            break;
        streams->has_news = false;
        r->scopes = sweep_gone(streams);
        if (r->scopes == 0)
            continue;
        pthread_mutex_unlock(&streams->lock);
        play_round(r);
        pthread_mutex_lock(&streams->lock);
    }
    pthread_mutex_unlock(&streams->lock);
    wants_clear(&r->wants);
    calls_release(&r->calls);
    free(r);
    return NULL;
}
