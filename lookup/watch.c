/* tally-lookup watch PROVINCE PARTNER [WINDOW]
 *
 * Follows the totals of a pair.  The stream `changes` of the province wakes us; what has changed is
 * found by reading the totals again and comparing, since the stream names pairs and no numbers.
 *
 *      where the stream ends, then the totals    so what comes between wakes us once more
 *      wait for entries behind that, and look whether that entry is still there
 *        our pair is named                       read the totals, say what differs
 *        the entry is gone                       it was trimmed, or Redis lost it: the same
 *        nothing came                            look at asof alone: it may have become old
 *
 * While Redis is away nothing is forgotten: it goes on from the entry that it saw last. */
#include "base/log.h"
#include "lookup/watch_inside.h"

#include <poll.h>

enum {
    BLOCK_MS = 1000, /* a wait for entries; a signal is seen behind it */
    AGAIN_MS = 500,  /* between tries while Redis is away */
    BURST_MS = 100,  /* between readings while changes come one after the other */
    ENTRIES_MOST = 1000,
    ID_BYTES = 48, /* two numbers of 20 digits */
};

struct watch {
    const struct lookup *lookup;
    const struct question *asked;
    struct glance seen;  /* what was said last */
    char last[ID_BYTES]; /* of the stream; "0-0": there was none */
    enum trust trust;    /* that was told last */
    bool has_seen, is_away;
};

static enum fault
read_question(const struct lookup *lookup, const char *const *operands, int count,
              struct question *q, struct why *why)
{
    enum fault fault = name_scope(operands[0], &q->scopes[0], why);

    q->scope_count = q->partner_count = 1;
    if (fault == FAULT_NONE)
        fault = name_partner(operands[1], &q->partners[0], why);
    if (fault == FAULT_NONE && count == 3) {
        q->window_count = 1;
        return name_window(operands[2], &lookup->windows, &q->windows[0], why);
    }
    question_all_windows(q, lookup);
    return fault;
}

/* ---- the stream ------------------------------------------------------------------------- */

/* Adds a command to those of the scope. */
static void
add(struct calls *calls, struct text key, const char *const *words)
{
    calls_begin(calls, NULL, key);
    for (; *words != NULL; words++)
        calls_copy(calls, text_of(*words));
}

static struct text
key_of(const struct watch *w, const char *what, struct calls *calls)
{
    char key[KEY_BYTES];

    return (struct text){
        calls_keep(
            calls,
            (struct text){ key, key_scope(w->lookup->prefix, w->asked->scopes[0], what, key) + 1 })
            .at,
        strlen(key)
    };
}

static void
keep_id(struct watch *w, struct text id)
{
    char last[ID_BYTES];

    if (text_copy(id, last, sizeof last))
        memcpy(w->last, last, sizeof last);
}

/* Where the stream ends now. */
static enum fault
find_end(struct watch *w, struct why *why)
{
    struct calls calls = { 0 };
    struct text key = key_of(w, "changes", &calls);

    add(&calls, key, (const char *const[]){ "XREVRANGE", key.at, "+", "-", "COUNT", "1", NULL });
    enum fault fault = calls_run(&calls, &w->lookup->way, why);
    if (fault == FAULT_NONE) {
        const struct answer *a = &calls.answers[0];
        bool is_any = a->kind == ANSWER_LIST && a->count > 0;

        keep_id(w, is_any ? answer_item(&a->items[0], 0) : TEXT_LITERAL("0-0"));
    }
    calls_release(&calls);
    return fault;
}

/* Is the partner one of "ALL RU US"?  "*" is all. */
static bool
is_named(const struct watch *w, struct text partners)
{
    struct text code = text_of(partner_code(w->asked->partners[0]));

    for (size_t i = 0, from = 0; i <= partners.length; i++) {
        if (i < partners.length && partners.at[i] != ' ')
            continue;
        struct text word = { partners.at + from, i - from };
        if (text_equal(word, code) || text_equal(word, TEXT_LITERAL("*")))
            return true;
        from = i + 1;
    }
    return false;
}

/* Does an entry, [id, [name, value, ...]], name our pair?  One that has no partners may. */
static bool
is_ours(const struct watch *w, const struct answer *entry)
{
    const struct answer *fields =
        entry->kind == ANSWER_LIST && entry->count == 2 ? &entry->items[1] : NULL;

    for (size_t i = 0; fields != NULL && i + 1 < fields->count; i += 2)
        if (text_equal(fields->items[i].text, TEXT_LITERAL("partners")))
            return is_named(w, fields->items[i + 1].text);
    return true;
}

/* When it was, by Redis' clock: the number before the dash. */
static int64_t
time_of(const struct watch *w, struct text id)
{
    const char *dash = id.at == NULL ? NULL : memchr(id.at, '-', id.length);
    int64_t ms = dash == NULL ? -1 : text_number((struct text){ id.at, (size_t)(dash - id.at) });

    return ms < 0 ? w->lookup->now_ms() : ms;
}

/* What a wait has brought. */
struct news {
    bool is_ours, is_any, is_gap;
    int64_t at_ms; /* of the last entry that names our pair */
    struct asof asof;
};

/* [[key, [entry, ...]]] */
static void
take_entries(struct watch *w, const struct answer *read, struct news *news)
{
    if (read->kind != ANSWER_LIST || read->count == 0 || read->items[0].count != 2)
        return;
    const struct answer *entries = &read->items[0].items[1];
    for (size_t i = 0; i < entries->count; i++) {
        struct text id = answer_item(&entries->items[i], 0);

        news->is_any = true;
        if (is_ours(w, &entries->items[i])) {
            news->is_ours = true;
            news->at_ms = time_of(w, id);
        }
        keep_id(w, id);
    }
}

static enum fault
wait_for(struct watch *w, struct news *news, struct why *why)
{
    static const char most[] = "1000", block[] = "1000";
    struct calls calls = { 0 };
    struct text key = key_of(w, "changes", &calls), asof = key_of(w, "asof", &calls);

    _Static_assert(ENTRIES_MOST == 1000 && BLOCK_MS == 1000, "as it is spelled");
    *news = (struct news){ 0 };
    add(&calls, key,
        (const char *const[]){ "XREAD", "COUNT", most, "BLOCK", block, "STREAMS", key.at, w->last,
                               NULL });
    add(&calls, key, (const char *const[]){ "XRANGE", key.at, w->last, w->last, NULL });
    add(&calls, key, (const char *const[]){ "HGETALL", asof.at, NULL });
    enum fault fault = calls_run(&calls, &w->lookup->way, why);
    if (fault == FAULT_NONE) {
        const struct answer *seen = &calls.answers[1];

        news->is_gap = strcmp(w->last, "0-0") != 0 && seen->kind == ANSWER_LIST && seen->count == 0;
        news->at_ms = w->lookup->now_ms();
        take_entries(w, &calls.answers[0], news);
        news->asof = asof_read(&calls.answers[2], w->lookup->now_ms());
    }
    calls_release(&calls);
    return fault;
}

/* ---- the totals ------------------------------------------------------------------------- */

static enum fault
read_glance(struct watch *w, struct glance *out, struct why *why)
{
    struct question q = *w->asked;
    struct glance seen = { .sheet.lookup = w->lookup };

    enum fault fault = question_answer(&q, w->lookup, &seen.sheet, why);
    question_end(&q);
    if (fault == FAULT_NONE)
        fault = glance_fill(&seen, why);
    if (fault == FAULT_NONE)
        *out = seen;
    else
        glance_release(&seen);
    return fault;
}

/* How far they can be trusted, if that is no longer what was told last. */
static void
tell_trust(struct watch *w, const struct asof *asof, int64_t at_ms)
{
    enum trust trust = asof_trust(asof, w->lookup);

    if (trust == w->trust && strcmp(asof->day, w->seen.asof.day) == 0)
        return;
    w->trust = trust;
    memcpy(w->seen.asof.day, asof->day, sizeof asof->day);
    watch_say_trust(w->asked, w->lookup, asof, at_ms);
}

/* What differs from what was said last.  Where there is no asof nothing was loaded yet: then there
 * are no totals, and not totals of 0. */
static enum fault
tell_changes(struct watch *w, int64_t at_ms, struct why *why)
{
    struct glance now;
    enum fault fault = read_glance(w, &now, why);

    if (fault != FAULT_NONE)
        return fault;
    tell_trust(w, &now.asof, at_ms);
    if (!now.asof.exists) {
        glance_release(&now);
        return FAULT_NONE;
    }
    watch_say_changes(w->asked, &w->seen, &now, at_ms);
    glance_release(&w->seen);
    w->seen = now;
    return FAULT_NONE;
}

/* The first thing that is said. */
static enum fault
begin(struct watch *w, struct why *why)
{
    enum fault fault = find_end(w, why);

    if (fault == FAULT_NONE)
        fault = read_glance(w, &w->seen, why);
    if (fault != FAULT_NONE)
        return fault;
    w->has_seen = true;
    w->trust = asof_trust(&w->seen.asof, w->lookup);
    return watch_say_totals(w->asked, &w->seen, why);
}

/* Changes that nobody can name any more: the totals say what they came to. */
static enum fault
mend_gap(struct watch *w, bool is_trimmed, struct why *why)
{
    enum fault fault = find_end(w, why);

    if (fault != FAULT_NONE)
        return fault;
    watch_say_gap(w->asked, w->lookup, is_trimmed ? "trimmed" : "lost", w->lookup->now_ms());
    return tell_changes(w, w->lookup->now_ms(), why);
}

static enum fault
go_on(struct watch *w, struct why *why)
{
    char last[ID_BYTES];
    struct news news;

    memcpy(last, w->last, sizeof last);
    enum fault fault = wait_for(w, &news, why);
    if (fault == FAULT_NONE && news.is_gap)
        fault = mend_gap(w, news.is_any, why);
    else if (fault == FAULT_NONE && news.is_ours)
        fault = tell_changes(w, news.at_ms, why);
    else if (fault == FAULT_NONE)
        tell_trust(w, &news.asof, news.at_ms);
    if (fault != FAULT_NONE) /* what was not told is asked for again */
        memcpy(w->last, last, sizeof last);
    else if (news.is_any && w->lookup->rest != NULL)
        w->lookup->rest(BURST_MS);
    return fault;
}

/* ---- on and on -------------------------------------------------------------------------- */

/* Nobody reads what we say: the other end of the pipe is closed. */
static bool
is_unheard(FILE *out)
{
    struct pollfd end = { .fd = fileno(out) };

    return ferror(out) != 0 ||
           (end.fd >= 0 && poll(&end, 1, 0) == 1 && (end.revents & (POLLERR | POLLHUP)) != 0);
}

static bool
is_stopped(const struct lookup *lookup)
{
    return (lookup->is_stopped != NULL && lookup->is_stopped()) || is_unheard(lookup->out);
}

/* An outage is said once, and its end is. */
static void
tell_away(struct watch *w, enum fault fault, const struct why *why)
{
    if (fault == FAULT_STORE_AWAY && !w->is_away)
        log_fault(w->lookup->log, LOG_WARN, "Redis is away", fault, why);
    if (fault == FAULT_NONE && w->is_away)
        log_values(w->lookup->log, LOG_INFO, "Redis is back", NULL, 0);
    w->is_away = fault == FAULT_STORE_AWAY;
}

enum fault
lookup_watch(const struct lookup *lookup, const char *const *operands, int count,
             enum verdict *verdict, struct why *why)
{
    struct question q = { .kind = QUESTION_TOTALS };
    struct watch w = { .lookup = lookup, .asked = &q, .seen.sheet.lookup = lookup };
    enum fault fault = read_question(lookup, operands, count, &q, why);

    if (fault != FAULT_NONE)
        return fault;
    *verdict = VERDICT_DONE;
    while (!is_stopped(lookup) && (fault == FAULT_NONE || w.is_away)) {
        fault = w.has_seen ? go_on(&w, why) : begin(&w, why);
        tell_away(&w, fault, why);
        if (w.is_away && lookup->rest != NULL)
            lookup->rest(AGAIN_MS);
    }
    glance_release(&w.seen);
    return w.is_away ? FAULT_NONE : fault;
}
