#include "aggregator/rebuild_inside.h"

enum { PATTERN_BYTES = 2 * PREFIX_BYTES + 4, CURSOR_BYTES = 24, UNLINK_MOST = 1000 };

typedef enum fault key_sink(struct rebuild *r, struct text key, void *self, struct why *why);

/* The pattern of all keys that begin so; MATCH's own characters stand for
 * themselves. */
static void
write_pattern(const char *prefix, char out[PATTERN_BYTES])
{
    struct text_buffer b = { .at = out, .size = PATTERN_BYTES - 1 };

    for (; *prefix != '\0'; prefix++) {
        if (strchr("*?[]\\", *prefix) != NULL)
            text_put_char(&b, '\\');
        text_put_char(&b, *prefix);
    }
    text_put_char(&b, '*');
    out[b.length] = '\0';
}

/* Some keys of one master; *exists is false when there is none of this number. */
static enum fault
scan_some(struct rebuild *r, size_t master, const char *pattern, char cursor[CURSOR_BYTES],
          bool *exists, struct why *why)
{
    const struct answer *answer;
    enum fault fault;

    calls_reset(&r->calls);
    calls_begin(&r->calls, NULL, (struct text){ NULL, 0 });
    if (!r->calls.failed)
        r->calls.commands[0].master = master;
    calls_arg(&r->calls, TEXT_LITERAL("SCAN"));
    calls_copy(&r->calls, text_of(cursor));
    calls_arg(&r->calls, TEXT_LITERAL("MATCH"));
    calls_arg(&r->calls, text_of(pattern));
    calls_arg(&r->calls, TEXT_LITERAL("COUNT"));
    calls_arg(&r->calls, TEXT_LITERAL("1000"));
    fault = rebuild_ask(r, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &r->calls.answers[0];
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
    char pattern[PATTERN_BYTES];
    enum fault fault = FAULT_NONE;
    bool exists = true;

    write_pattern(prefix, pattern);
    for (size_t master = 0; exists && fault == FAULT_NONE; master++) {
        char cursor[CURSOR_BYTES] = "0";

        do {
            fault = lease_renew(r, why);
            if (fault == FAULT_NONE)
                fault = scan_some(r, master, pattern, cursor, &exists, why);
            for (size_t i = 0;
                 fault == FAULT_NONE && exists && i < r->calls.answers[0].items[1].count; i++)
                fault = sink(r, r->calls.answers[0].items[1].items[i].text, self, why);
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

static enum fault
names_add(struct names *names, struct text name, struct why *why)
{
    char *copy = malloc(name.length + 1);

    if (copy != NULL && names->count == names->room) {
        size_t room = names->room == 0 ? 64 : names->room * 2;
        char **bigger = realloc(names->at, room * sizeof(char *));
        if (bigger == NULL) {
            free(copy);
            copy = NULL;
        } else {
            names->at = bigger;
            names->room = room;
        }
    }
    if (copy == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for the names of keys");
    memcpy(copy, name.at, name.length);
    copy[name.length] = '\0';
    names->at[names->count++] = copy;
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
        calls_reset(&r->calls);
        for (size_t i = first; i < names->count && i < first + UNLINK_MOST; i++) {
            struct text key = text_of(names->at[i]);
            calls_begin(&r->calls, NULL, key);
            calls_arg(&r->calls, TEXT_LITERAL("UNLINK"));
            calls_arg(&r->calls, key);
        }
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
    char lease[KEY_BYTES];

    (void)snprintf(lease, sizeof lease, "%s{rebuild}:lease", r->room);
    return text_equal(key, text_of(lease)) ? FAULT_NONE : names_add(self, key, why);
}

enum fault
scan_clear(struct rebuild *r, struct why *why)
{
    struct names names = { 0 };
    enum fault fault = scan(r, r->room, take_leftover, &names, why);

    if (fault != FAULT_NONE) {
        names_release(&names);
        return fault;
    }
    names_sort(&names);
    if (names.count > 0)
        log_say(r->world->log, LOG_INFO, "rebuild: clearing away",
                LOG_I("keys", (int64_t)names.count));
    return names_unlink(r, &names, why);
}

/* ---- what is to be compared ------------------------------------------------------------------ */

/* A key of a scope, but for its four own ones. */
static enum fault
take_name(struct rebuild *r, struct text key, void *self, struct why *why)
{
    static const char *const own[] = { "asof", "tags", "index", "changes" };
    const char *prefix = self;
    struct names *names = prefix == r->shadow.prefix ? r->counted : r->there;
    size_t begin = strlen(prefix);

    if (key.length <= begin || key.at[begin] != '{')
        return FAULT_NONE;
    for (int s = 0; s < SCOPE_COUNT; s++) {
        struct text code = text_of(scope_code(s)), rest;
        size_t end = begin + 1 + code.length;

        if (key.length <= end + 2 || memcmp(key.at + begin + 1, code.at, code.length) != 0 ||
            memcmp(key.at + end, "}:", 2) != 0)
            continue;
        rest = (struct text){ key.at + end + 2, key.length - end - 2 };
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            if (text_equal(rest, text_of(own[i])))
                return FAULT_NONE;
        return names_add(&names[s], rest, why);
    }
    return FAULT_NONE;
}

enum fault
scan_names(struct rebuild *r, struct why *why)
{
    enum fault fault;

    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_release(&r->there[s]);
        names_release(&r->counted[s]);
    }
    fault = scan(r, r->shadow.prefix, take_name, r->shadow.prefix, why);
    if (fault == FAULT_NONE)
        fault = scan(r, r->service.prefix, take_name, r->service.prefix, why);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        names_sort(&r->there[s]);
        names_sort(&r->counted[s]);
    }
    return fault;
}

/* ---- what is nobody's any more -----------------------------------------------------------------
 */

struct orphans {
    struct names journals; /* chunks of partitions that there are */
    struct names strays;   /* keys of partitions that there are not */
};

/* "prefix{topic/12}:" of a key; false: none of a partition. */
static bool
read_place(const char *prefix, struct text key, struct place *place, struct text *rest)
{
    size_t at = strlen(prefix);
    int64_t n = 0;

    for (int t = 0; t < TOPIC_COUNT; t++) {
        size_t length = strlen(topic_names[t]), i = at + 1 + length + 1;

        if (key.length <= i || key.at[at] != '{' ||
            memcmp(key.at + at + 1, topic_names[t], length) != 0 || key.at[i - 1] != '/')
            continue;
        for (; i < key.length && '0' <= key.at[i] && key.at[i] <= '9' && n < PARTITIONS_MOST; i++)
            n = n * 10 + (key.at[i] - '0');
        if (key.length <= i + 2 || memcmp(key.at + i, "}:", 2) != 0)
            return false;
        *place = (struct place){ (enum topic)t, (int32_t)n };
        *rest = (struct text){ key.at + i + 2, key.length - i - 2 };
        return true;
    }
    return false;
}

static enum fault
take_orphan(struct rebuild *r, struct text key, void *self, struct why *why)
{
    struct orphans *orphans = self;
    struct place place;
    struct text rest;

    if (!read_place(r->service.prefix, key, &place, &rest))
        return FAULT_NONE;
    if (place.partition >= r->service.partitions[place.topic])
        return names_add(&orphans->strays, key, why);
    if (rest.length > 8 && memcmp(rest.at, "journal:", 8) == 0)
        return names_add(&orphans->journals, key, why);
    return FAULT_NONE;
}

static bool
is_of(struct text chunk, struct text generation)
{
    return generation.length > 0 && chunk.length > generation.length &&
           memcmp(chunk.at, generation.at, generation.length) == 0 &&
           chunk.at[generation.length] == ':';
}

/* Chunks that lay there before the metas were read, and which no meta names
 * now, are of a generation that is over. */
static enum fault
pick_unnamed(struct rebuild *r, struct names *journals, struct names *strays, struct why *why)
{
    enum fault fault;

    calls_reset(&r->calls);
    for (size_t i = 0; i < journals->count; i++) {
        struct place place;
        struct text rest, key;
        char meta[KEY_BYTES];

        if (!read_place(r->service.prefix, text_of(journals->at[i]), &place, &rest))
            continue;
        key = calls_keep(&r->calls,
                         (struct text){ meta, key_meta(r->service.prefix, topic_names[place.topic],
                                                       place.partition, meta) });
        calls_begin(&r->calls, NULL, key);
        calls_arg(&r->calls, TEXT_LITERAL("HMGET"));
        calls_arg(&r->calls, key);
        calls_arg(&r->calls, TEXT_LITERAL("gen"));
        calls_arg(&r->calls, TEXT_LITERAL("writing"));
    }
    fault = rebuild_ask(r, why);
    for (size_t i = 0; i < journals->count && fault == FAULT_NONE; i++) {
        struct text key = text_of(journals->at[i]), rest;
        struct place place;

        if (!read_place(r->service.prefix, key, &place, &rest))
            continue;
        rest = (struct text){ rest.at + 8, rest.length - 8 };
        if (!is_of(rest, answer_item(&r->calls.answers[i], 0)) &&
            !is_of(rest, answer_item(&r->calls.answers[i], 1)))
            fault = names_add(strays, key, why);
    }
    return fault;
}

enum fault
scan_orphans(struct rebuild *r, struct why *why)
{
    struct orphans orphans = { { 0 }, { 0 } };
    enum fault fault = scan(r, r->service.prefix, take_orphan, &orphans, why);

    if (fault == FAULT_NONE)
        fault = pick_unnamed(r, &orphans.journals, &orphans.strays, why);
    if (fault == FAULT_NONE)
        fault = names_unlink(r, &orphans.strays, why);
    names_release(&orphans.journals);
    names_release(&orphans.strays);
    return fault;
}
