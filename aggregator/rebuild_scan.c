/* Keys that a rebuild has to find: what an earlier one left, the names to be
 * compared, and chunks that no meta names any more.
 *
 * SCAN of every master, a thousand keys at a time.  The sink must not use
 * r->wire.calls, in whose answers the keys lie; so it only keeps names, and what is
 * done with them comes after. */
#include "aggregator/rebuild_inside.h"

#include "base/grow.h"

enum { CURSOR_BYTES = 24, UNLINK_MOST = 1000 };
enum { JOURNAL_NAME = sizeof "journal:" - 1 };

typedef enum fault key_sink(struct rebuild *r, struct text key, void *self, struct why *why);

/* Some keys of one master; *exists is false when there is none of this number. */
static enum fault
scan_some(struct rebuild *r, size_t master, const char *pattern, char cursor[CURSOR_BYTES],
          bool *exists, struct why *why)
{
    const struct answer *answer;
    enum fault fault;

    calls_reset(&r->wire.calls);
    calls_begin_on(&r->wire.calls, master);
    calls_arg(&r->wire.calls, TEXT_LITERAL("SCAN"));
    calls_copy(&r->wire.calls, text_of(cursor));
    calls_arg(&r->wire.calls, TEXT_LITERAL("MATCH"));
    calls_arg(&r->wire.calls, text_of(pattern));
    calls_arg(&r->wire.calls, TEXT_LITERAL("COUNT"));
    calls_arg(&r->wire.calls, TEXT_LITERAL("1000"));
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &r->wire.calls.answers[0];
    *exists = answer->kind == ANSWER_LIST;
    if (!*exists)
        return FAULT_NONE;
    if (answer->count != 2 || answer->items[1].kind != ANSWER_LIST ||
        answer->items[0].text.length >= CURSOR_BYTES)
        return why_set(why, FAULT_STORE_REFUSED, "SCAN was answered otherwise than expected");
    (void)snprintf(cursor, CURSOR_BYTES, "%.*s", (int)answer->items[0].text.length,
                   answer->items[0].text.at);
    return FAULT_NONE;
}

/* Hand every key that begins so to the sink, some perhaps twice. */
static enum fault
scan(struct rebuild *r, const char *prefix, key_sink *sink, void *self, struct why *why)
{
    char pattern[KEY_PATTERN_BYTES];
    enum fault fault = FAULT_NONE;
    bool exists = true;

    key_pattern(prefix, pattern);
    for (size_t master = 0; exists && fault == FAULT_NONE; master++) {
        char cursor[CURSOR_BYTES] = "0";

        do {
            fault = lease_renew(r, why);
            if (fault == FAULT_NONE)
                fault = scan_some(r, master, pattern, cursor, &exists, why);
            for (size_t i = 0;
                 fault == FAULT_NONE && exists && i < r->wire.calls.answers[0].items[1].count; i++)
                fault = sink(r, r->wire.calls.answers[0].items[1].items[i].text, self, why);
        } while (fault == FAULT_NONE && exists && strcmp(cursor, "0") != 0);
    }
    return fault;
}

/* ---- names ------------------------------------------------------------------------------ */

void
names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
    *names = (struct names){ 0 };
}

/* A copy, since the answer that it lies in goes with the next run. */
static enum fault
names_add(struct names *names, struct text name, struct why *why)
{
    char **at = grow(names->at, &names->room, names->count + 1, sizeof(char *));
    char *copy = malloc(name.length + 1);

    if (at != NULL)
        names->at = at;
    if (at == NULL || copy == NULL) {
        free(copy);
        return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
    }
    memcpy(copy, name.at, name.length);
    copy[name.length] = '\0';
    at[names->count++] = copy;
    return FAULT_NONE;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static void
names_sort(struct names *names)
{
    size_t kept = 0;

    if (names->count == 0)
        return;
    qsort(names->at, names->count, sizeof(char *), by_name);
    for (size_t i = 0; i < names->count; i++) {
        if (kept > 0 && strcmp(names->at[kept - 1], names->at[i]) == 0)
            free(names->at[i]);
        else
            names->at[kept++] = names->at[i];
    }
    names->count = kept;
}

/* UNLINK them, many at a time; each is a key of a slot of its own. */
static enum fault
names_unlink(struct rebuild *r, struct names *names, struct why *why)
{
    enum fault fault = FAULT_NONE;

    for (size_t first = 0; first < names->count && fault == FAULT_NONE; first += UNLINK_MOST) {
        calls_reset(&r->wire.calls);
        for (size_t i = first; i < names->count && i < first + UNLINK_MOST; i++)
            ask_key(&r->wire.calls, "UNLINK", text_of(names->at[i]));
        fault = rebuild_ask(r, why);
        if (fault == FAULT_NONE)
            fault = lease_renew(r, why);
    }
    names_release(names);
    return fault;
}

/* ---- what an earlier one left -------------------------------------------------------------- */

static enum fault
take_leftover(struct rebuild *r, struct text key, void *self, struct why *why)
{
    return text_equal(key, text_of(r->lease)) ? FAULT_NONE : names_add(self, key, why);
}

enum fault
scan_clear(struct rebuild *r, struct why *why)
{
    struct names names = { 0 };
    /* All of every rebuild: only one is at work at a time, so the rest is
     * nobody's. */
    enum fault fault = scan(r, r->room, take_leftover, &names, why);

    if (fault != FAULT_NONE) {
        names_release(&names);
        return fault;
    }
    names_sort(&names);
    if (names.count > 0)
        log_say(r->wire.world->log, LOG_INFO, "rebuild: clearing away",
                LOG_I("keys", (int64_t)names.count));
    return names_unlink(r, &names, why);
}

/* ---- what is to be compared ------------------------------------------------------------------ */

/* A key of a scope, but for its own ones.  `self` is the prefix that was scanned for. */
static enum fault
take_name(struct rebuild *r, struct text key, void *self, struct why *why)
{
    const char *prefix = self;
    struct text name;
    int scope = scope_of_key(prefix, key, &name);
    enum fault fault = FAULT_NONE;

    if (scope >= 0 && prefix == r->service.prefix)
        fault = names_add(&r->there[scope], name, why);
    return scope < 0 || fault != FAULT_NONE ? fault : names_add(&r->either[scope], name, why);
}

enum fault
scan_names(struct rebuild *r, struct why *why)
{
    enum fault fault;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_release(&r->there[s]);
        names_release(&r->either[s]);
    }
    fault = scan(r, r->shadow.prefix, take_name, r->shadow.prefix, why);
    if (fault == FAULT_NONE)
        fault = scan(r, r->service.prefix, take_name, r->service.prefix, why);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_sort(&r->there[s]);
        names_sort(&r->either[s]);
    }
    return fault;
}

/* ---- what is nobody's any more -----------------------------------------------------------------
 */

struct orphans {
    struct names journals; /* chunks of partitions that there are, their journals' too */
    struct names strays;   /* keys of partitions that there are not */
};

/* "prefix{topic/12}:" of a key; false: none of a partition. */
static bool
read_place(const char *prefix, struct text key, struct place *place, struct text *rest)
{
    size_t at = strlen(prefix);

    for (int t = 0; t < TOPIC_COUNT; t++) {
        size_t length = strlen(topic_names[t]), i = at + 1 + length + 1;

        if (key.length <= i || key.at[at] != '{' ||
            memcmp(key.at + at + 1, topic_names[t], length) != 0 || key.at[i - 1] != '/')
            continue;
        const char *end = memchr(key.at + i, '}', key.length - i);
        size_t digits = end == NULL ? 0 : (size_t)(end - key.at) - i;
        int64_t n = digits > 6 ? -1 : text_number((struct text){ key.at + i, digits });
        i += digits;
        if (n < 0 || n >= PARTITIONS_MOST || key.length <= i + 2 || key.at[i + 1] != ':')
            return false;
        *place = (struct place){ (enum topic)t, (int32_t)n };
        *rest = (struct text){ key.at + i + 2, key.length - i - 2 };
        return true;
    }
    return false;
}

/* Which keys of partitions may be nobody's: all of one that there is no more,
 * else its chunks. */
static enum fault
take_orphan(struct rebuild *r, struct text key, void *self, struct why *why)
{
    struct orphans *orphans = self;
    struct place place;
    struct text rest;

    if (!read_place(r->service.prefix, key, &place, &rest))
        return FAULT_NONE;
    /* Of a partition that there is no more. */
    if (place.partition >= r->service.partitions[place.topic])
        return names_add(&orphans->strays, key, why);
    if (rest.length > JOURNAL_NAME && memcmp(rest.at, "journal:", JOURNAL_NAME) == 0)
        return names_add(&orphans->journals, key, why);
    return FAULT_NONE;
}

/* Delete those that meta does not name when the script runs.  A generation's name holds no colon.
 */
static enum fault
clear_unnamed(struct rebuild *r, const struct names *journals, size_t first, size_t end,
              struct why *why)
{
    calls_reset(&r->wire.calls);
    for (size_t i = first; i < end; i++) {
        struct text chunk = text_of(journals->at[i]), rest;
        struct place place;
        const char *colon;

        if (!read_place(r->service.prefix, chunk, &place, &rest))
            continue;
        rest = (struct text){ rest.at + JOURNAL_NAME, rest.length - JOURNAL_NAME };
        colon = memchr(rest.at, ':', rest.length);
        if (colon == NULL)
            continue;
        call_script(&r->wire, SCRIPT_CLEAR, 2, meta_key(&r->wire, place));
        calls_arg(&r->wire.calls, chunk);
        calls_arg(&r->wire.calls, (struct text){ rest.at, (size_t)(colon - rest.at) });
    }
    return rebuild_ask(r, why);
}

enum fault
scan_orphans(struct rebuild *r, struct why *why)
{
    struct orphans orphans = { { 0 }, { 0 } };
    enum fault fault = scan(r, r->service.prefix, take_orphan, &orphans, why);

    for (size_t i = 0; i < orphans.journals.count && fault == FAULT_NONE; i += UNLINK_MOST) {
        size_t end = i + UNLINK_MOST;

        end = end < orphans.journals.count ? end : orphans.journals.count;
        fault = clear_unnamed(r, &orphans.journals, i, end, why);
        if (fault == FAULT_NONE)
            fault = lease_renew(r, why);
    }
    if (fault == FAULT_NONE)
        fault = names_unlink(r, &orphans.strays, why);
    names_release(&orphans.journals);
    names_release(&orphans.strays);
    return fault;
}
