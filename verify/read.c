/* Reading a scope as it was at one moment.
 *
 * Its keys are read in batches between two looks at its tags and its version;
 * if they differ, again.  Every script that changes totals raises the version,
 * so equal looks mean that nothing moved.  A scope that never rests is read in
 * one MULTI/EXEC, which costs Redis a moment in which it serves nobody else. */
#include "verify/inside.h"

enum {
    BATCH = 256,    /* keys read in one run */
    CALM_TRIES = 3, /* before MULTI/EXEC */
    TRIES_MOST = 12,
    HEAD_COMMANDS = 3 /* tags, asof, index */
};

/* A key to be read; the text is the index' or the scan's. */
struct key {
    struct text name;
    bool is_named; /* by the index */
};

struct reader {
    struct verify *v;
    struct view *view;
    struct found *named; /* what the index names */
    struct key *keys;
    size_t key_count;
    char own[HEAD_COMMANDS][KEY_BYTES]; /* keys of tags, asof, index */
    struct text head_args[HEAD_COMMANDS][2];
};

void
view_release(struct view *view)
{
    free(view->tags);
    found_free(view->fields);
    found_free(view->unnamed);
    *view = (struct view){ 0 };
}

static enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for what Redis holds");
}

static enum fault
run_commands(const struct reader *r, const struct command *commands, size_t count,
             struct answer *answers, struct why *why)
{
    const struct store_way *way = &r->v->task->way;

    return way->run(way->self, commands, count, answers, why);
}

/* ---- tags and asof ------------------------------------------------------------ */

/* The tags replace those of an earlier try.  What is too long for a name or a
 * tag is "?", which no journal knows. */
static enum fault
take_tags(struct view *view, const struct answer *answer, struct why *why)
{
    size_t count = answer->kind == ANSWER_LIST ? answer->count / 2 : 0;
    struct tag_found *tags = count == 0 ? NULL : calloc(count, sizeof *tags);

    if (count > 0 && tags == NULL)
        return no_memory(why);
    free(view->tags);
    view->tags = tags;
    view->tag_count = count;
    for (size_t i = 0; i < count; i++) {
        struct text name = answer->items[2 * i].text, raw = answer->items[2 * i + 1].text;
        if (!text_copy(name, tags[i].partition, sizeof tags[i].partition))
            (void)text_copy(TEXT_LITERAL("?"), tags[i].partition, sizeof tags[i].partition);
        if (!text_copy(raw, tags[i].raw, sizeof tags[i].raw))
            (void)text_copy(TEXT_LITERAL("?"), tags[i].raw, sizeof tags[i].raw);
        tags[i].tag = tag_read(text_of(tags[i].raw));
    }
    return FAULT_NONE;
}

/* What asof says.  Absent fields leave their defaults: not complete, and not
 * torn. */
static void
take_asof(struct view *view, const struct answer *answer, int64_t now_ms)
{
    view->asof = asof_read(answer, now_ms);
    struct asof_marks marks = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

    view->has_overflow = false;
    view->version[0] = view->day[0] = '\0';
    for (size_t i = 0; view->asof.exists && i + 1 < answer->count; i += 2) {
        struct text field = answer->items[i].text, value = answer->items[i + 1].text;
        asof_keep_mark(&marks, field, value);
        if (text_equal(field, TEXT_LITERAL("day")))
            (void)text_copy(value, view->day, sizeof view->day);
        else if (text_equal(field, TEXT_LITERAL("version")))
            (void)text_copy(value, view->version, sizeof view->version);
        else if (field.length > 9 && memcmp(field.at, "overflow:", 9) == 0)
            view->has_overflow = true;
    }
    /* Rule 21: a script that was lost and came back, whole or by half. */
    view->is_torn = asof_is_torn(&marks);
}

/* Nothing moved between the two looks: same tags, in whatever order, and the
 * same version. */
static bool
is_unmoved(const struct view *view, const struct answer *tags, const struct answer *asof)
{
    struct view now = { 0 };

    take_asof(&now, asof, 0);
    if (tags->count != 2 * view->tag_count || strcmp(now.version, view->version) != 0)
        return false;
    for (size_t i = 0; i < view->tag_count; i++) {
        bool same = false;
        for (size_t k = 0; k < tags->count && !same; k += 2)
            same = text_equal(tags->items[k].text, text_of(view->tags[i].partition)) &&
                   text_equal(tags->items[k + 1].text, text_of(view->tags[i].raw));
        if (!same)
            return false;
    }
    return true;
}

/* ---- keys ------------------------------------------------------------------------ */

/* One of the three that begin a reading: tags, asof, index. */
static struct command
head_command(const struct reader *r, int i)
{
    return (struct command){ .args = r->head_args[i], .count = 2, .key = r->head_args[i][1] };
}

/* The keys to read: what the index names, then what only the scan saw. */
static enum fault
gather_keys(struct reader *r, const struct answer *index, struct why *why)
{
    /* The scan's keys are read as well: one that the index has forgotten would
     * never be deleted. */
    struct found *scanned = r->v->scanned[r->view->scope];
    size_t cursor = 0, most = found_count(scanned) + index->count;
    struct found_item item;

    found_clear(r->named);
    for (size_t i = 0; i < index->count; i++)
        if (!found_put(r->named, index->items[i].text, TEXT_LITERAL(""), TEXT_LITERAL("")))
            return no_memory(why);
    struct key *keys = realloc(r->keys, (most + 1) * sizeof *keys);
    if (keys == NULL)
        return no_memory(why);
    r->keys = keys;
    r->key_count = 0;
    while (found_next(r->named, &cursor, &item))
        keys[r->key_count++] = (struct key){ item.key, true };
    cursor = 0;
    while (found_next(scanned, &cursor, &item))
        if (!found_has(r->named, item.key, TEXT_LITERAL("")))
            keys[r->key_count++] = (struct key){ item.key, false };
    return FAULT_NONE;
}

/* The one kind of public key that is no hash. */
static bool
is_ranking(struct text key)
{
    return memmem(key.at, key.length, "}:top:", 6) != NULL;
}

enum { KEY_ARGS = 5 }; /* ZRANGE key 0 -1 WITHSCORES */

/* How a key is read whole; `args` must live as long as the command. */
static struct command
key_command(const struct key *key, struct text args[KEY_ARGS])
{
    bool ranking = is_ranking(key->name);

    args[0] = ranking ? TEXT_LITERAL("ZRANGE") : TEXT_LITERAL("HGETALL");
    args[1] = key->name;
    args[2] = TEXT_LITERAL("0");
    args[3] = TEXT_LITERAL("-1");
    args[4] = TEXT_LITERAL("WITHSCORES");
    return (struct command){ .args = args, .count = ranking ? 5 : 2, .key = key->name };
}

/* One key's fields, or members with scores, into the view. */
static enum fault
take_key(struct reader *r, const struct key *key, const struct answer *answer, struct why *why)
{
    bool kept = true;

    if (answer->kind == ANSWER_ERROR) /* another type: told as a field of its own */
        kept = found_put(r->view->fields, key->name, TEXT_LITERAL("(type)"), answer->text);
    /* A key that is gone by now has an empty answer, and is no finding. */
    if (answer->kind == ANSWER_LIST && answer->count > 0 && !key->is_named)
        kept = found_put(r->view->unnamed, key->name, TEXT_LITERAL(""), TEXT_LITERAL(""));
    if (answer->kind == ANSWER_LIST)
        for (size_t i = 0; i + 1 < answer->count && kept; i += 2)
            kept = found_put(r->view->fields, key->name, answer->items[i].text,
                             answer->items[i + 1].text);
    return kept ? FAULT_NONE : no_memory(why);
}

/* ---- two ways to read --------------------------------------------------------------- */

/* In batches; *steady says whether tags and version are what they were. */
static enum fault
read_in_batches(struct reader *r, bool *steady, struct why *why)
{
    struct text args[BATCH][KEY_ARGS];
    struct command commands[BATCH];
    struct answer answers[BATCH];
    enum fault fault = FAULT_NONE;

    for (size_t from = 0; from < r->key_count && fault == FAULT_NONE; from += BATCH) {
        size_t count = r->key_count - from < BATCH ? r->key_count - from : BATCH;
        for (size_t i = 0; i < count; i++)
            commands[i] = key_command(&r->keys[from + i], args[i]);
        fault = run_commands(r, commands, count, answers, why);
        for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
            /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): verify_read() frees the keys. */
            fault = take_key(r, &r->keys[from + i], &answers[i], why);
    }
    if (fault != FAULT_NONE)
        return fault;
    /* Tags and version again. */
    commands[0] = head_command(r, 0);
    commands[1] = head_command(r, 1);
    fault = run_commands(r, commands, 2, answers, why);
    if (fault == FAULT_NONE)
        *steady = is_unmoved(r->view, &answers[0], &answers[1]);
    return fault;
}

/* The answers of a transaction: tags, asof, index, then the keys.  Steady
 * unless the index names a key by now that was not asked for. */
static enum fault
take_all(struct reader *r, const struct answer *items, bool *steady, struct why *why)
{
    enum fault fault = take_tags(r->view, &items[0], why);

    take_asof(r->view, &items[1], r->v->task->now_ms());
    *steady = true;
    /* The index was read in the same moment: a name that is new means that a
     * key is missing here. */
    for (size_t i = 0; i < items[2].count; i++)
        *steady = *steady && found_has(r->named, items[2].items[i].text, TEXT_LITERAL(""));
    for (size_t i = 0; i < r->key_count && fault == FAULT_NONE; i++)
        fault = take_key(r, &r->keys[i], &items[HEAD_COMMANDS + i], why);
    return fault;
}

/* The keys that were known before, and the index again, to see whether there
 * are more. */
static enum fault
read_at_once(struct reader *r, bool *steady, struct why *why)
{
    const struct text multi = TEXT_LITERAL("MULTI"), exec = TEXT_LITERAL("EXEC");
    size_t inner = HEAD_COMMANDS + r->key_count, count = inner + 2;
    struct text(*args)[KEY_ARGS] = calloc(count, sizeof *args);
    struct command *commands = calloc(count, sizeof *commands);
    struct answer *answers = calloc(count, sizeof *answers);
    enum fault fault = FAULT_NO_MEMORY;

    if (args == NULL || commands == NULL || answers == NULL) {
        fault = no_memory(why);
        goto done;
    }
    commands[0] = (struct command){ .args = &multi, .count = 1, .key = r->head_args[0][1] };
    for (int i = 0; i < HEAD_COMMANDS; i++)
        commands[1 + i] = head_command(r, i);
    for (size_t i = 0; i < r->key_count; i++)
        commands[1 + HEAD_COMMANDS + i] = key_command(&r->keys[i], args[i]);
    commands[count - 1] = (struct command){ .args = &exec, .count = 1, .key = r->head_args[0][1] };
    fault = run_commands(r, commands, count, answers, why);
    const struct answer *last = &answers[count - 1];
    if (fault == FAULT_NONE && (last->kind != ANSWER_LIST || last->count != inner))
        fault = why_set(why, FAULT_STORE_REFUSED, "Redis refused a transaction: %.*s",
                        last->text.length < 200 ? (int)last->text.length : 200,
                        last->text.at == NULL ? "" : last->text.at);
    if (fault == FAULT_NONE)
        fault = take_all(r, last->items, steady, why);
done:
    free(answers);
    free(commands);
    free(args);
    return fault;
}

/* ---- a scope ---------------------------------------------------------------------------- */

/* One try.  What an earlier one found is dropped. */
static enum fault
read_once(struct reader *r, bool at_once, bool *steady, struct why *why)
{
    struct command commands[HEAD_COMMANDS];
    struct answer answers[HEAD_COMMANDS];

    found_clear(r->view->fields);
    found_clear(r->view->unnamed);
    for (int i = 0; i < HEAD_COMMANDS; i++)
        commands[i] = head_command(r, i);
    enum fault fault = run_commands(r, commands, HEAD_COMMANDS, answers, why);
    for (int i = 0; i < HEAD_COMMANDS && fault == FAULT_NONE; i++)
        if (answers[i].kind != ANSWER_LIST)
            fault = why_set(why, FAULT_STORE_REFUSED, "%s: %.*s", r->own[i],
                            answers[i].text.length < 200 ? (int)answers[i].text.length : 200,
                            answers[i].text.at == NULL ? "" : answers[i].text.at);
    if (fault == FAULT_NONE)
        fault = take_tags(r->view, &answers[0], why);
    if (fault != FAULT_NONE)
        return fault;
    take_asof(r->view, &answers[1], r->v->task->now_ms());
    fault = gather_keys(r, &answers[2], why);
    if (fault != FAULT_NONE)
        return fault;
    return at_once ? read_at_once(r, steady, why) : read_in_batches(r, steady, why);
}

/* The keys that a scope has of its own, and how each is read. */
static void
name_head(struct reader *r)
{
    static const char *const OWN[HEAD_COMMANDS] = { "tags", "asof", "index" };

    for (int i = 0; i < HEAD_COMMANDS; i++) {
        (void)key_scope(r->v->task->prefix, r->view->scope, OWN[i], r->own[i]);
        r->head_args[i][0] = i == 2 ? TEXT_LITERAL("SMEMBERS") : TEXT_LITERAL("HGETALL");
        r->head_args[i][1] = text_of(r->own[i]);
    }
}

enum fault
verify_is_still(struct verify *v, int scope, bool *still, struct why *why)
{
    struct reader r = { .v = v, .view = &v->views[scope] };
    struct command commands[2];
    struct answer answers[2];

    name_head(&r);
    for (int i = 0; i < 2; i++)
        commands[i] = head_command(&r, i);
    enum fault fault = run_commands(&r, commands, 2, answers, why);
    if (fault == FAULT_NONE)
        *still = is_unmoved(r.view, &answers[0], &answers[1]);
    return fault;
}

enum fault
verify_read(struct verify *v, int scope, struct why *why)
{
    struct view *view = &v->views[scope];
    struct reader r = { .v = v, .view = view, .named = found_new() };
    enum fault fault = FAULT_NONE;

    view_release(view);
    view->scope = scope;
    view->fields = found_new();
    view->unnamed = found_new();
    if (r.named == NULL || view->fields == NULL || view->unnamed == NULL)
        fault = no_memory(why);
    name_head(&r);
    for (int i = 0; i < TRIES_MOST && !view->is_steady && fault == FAULT_NONE; i++)
        fault = read_once(&r, i >= CALM_TRIES, &view->is_steady, why);
    found_free(r.named);
    free(r.keys);
    return fault;
}
