/* Replaying the journals: what each partition adds at the versions that tags
 * name. */
#include "lookup/verify.h"

#include "core/ledger.h"

enum { BROKEN_TRIES = 3, CHUNKS_MOST = 1 << 20 };

/* ---- what is wanted ----------------------------------------------------------- */

const struct share *
verify_share(const struct verify *v, const char *partition)
{
    for (size_t i = 0; i < v->share_count; i++)
        if (strcmp(v->shares[i].partition, partition) == 0)
            return &v->shares[i];
    return NULL;
}

const struct content *
share_content(const struct share *share, int scope, struct version version)
{
    for (size_t i = 0; share != NULL && i < share->wanted_count; i++) {
        const struct wanted *w = &share->wanted[i];
        if (w->scope == scope && version_equal(w->version, version) && w->content >= 0)
            return &share->contents[w->content];
    }
    return NULL;
}

static struct share *
share_add(struct verify *v, const char *partition)
{
    for (size_t i = 0; i < v->share_count; i++)
        if (strcmp(v->shares[i].partition, partition) == 0)
            return &v->shares[i];
    struct share *shares = realloc(v->shares, (v->share_count + 1) * sizeof *shares);
    if (shares == NULL)
        return NULL;
    v->shares = shares;
    struct share *share = &shares[v->share_count++];
    *share = (struct share){ 0 };
    (void)snprintf(share->partition, sizeof share->partition, "%s", partition);
    return share;
}

static bool
want(struct share *share, int scope, struct version version)
{
    if (version_is_none(version))
        return true;
    if (share->wanted_count == share->wanted_room) {
        size_t room = 2 * share->wanted_room + (size_t)2 * SCOPE_COUNT;
        struct wanted *wanted = realloc(share->wanted, room * sizeof *wanted);
        if (wanted == NULL)
            return false;
        share->wanted = wanted;
        share->wanted_room = room;
    }
    share->wanted[share->wanted_count++] = (struct wanted){ scope, version, -1 };
    return true;
}

static bool
want_tags(struct verify *v, const struct view *view)
{
    for (size_t i = 0; i < view->tag_count; i++) {
        const struct tag *tag = &view->tags[i].tag;
        struct share *share = share_add(v, view->tags[i].partition);
        if (share == NULL)
            return false;
        if (tag->form == TAG_PLAIN || tag->form == TAG_HALF)
            if (!want(share, view->scope, tag->from.version))
                return false;
        if (tag->form == TAG_HALF && !want(share, view->scope, tag->to.version))
            return false;
    }
    return true;
}

void
verify_forget_journals(struct verify *v)
{
    for (size_t i = 0; i < v->share_count; i++) {
        struct share *share = &v->shares[i];
        for (size_t k = 0; k < share->content_count; k++)
            free(share->contents[k].rows);
        free(share->contents);
        free(share->wanted);
    }
    free(v->shares);
    v->shares = NULL;
    v->share_count = 0;
}

/* ---- replay ---------------------------------------------------------------------- */

struct replay {
    struct verify *v;
    struct share *share;
    struct ledger *ledger;
    struct fold fold;
    uint8_t *entry; /* scratch: one entry */
    size_t entry_room;
    bool failed; /* no memory for a dimension */
};

static enum fault
no_memory(const struct replay *replay, struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory to replay %s", replay->share->partition);
}

static enum fault
replay_item(struct replay *r, struct identity id, const uint8_t *item, size_t size, struct why *why)
{
    size_t old_size;
    const uint8_t *old = ledger_find(r->ledger, id, &old_size);
    bool changed;
    uint8_t won;

    if (r->entry_room < old_size + size) {
        size_t room = 2 * (old_size + size);
        uint8_t *entry = realloc(r->entry, room);
        if (entry == NULL)
            return no_memory(r, why);
        r->entry = entry;
        r->entry_room = room;
    }
    size_t new_size = entry_take(old, old_size, item, size, r->entry, &changed, &won);
    return changed ? ledger_put(r->ledger, id, r->entry, new_size, why) : FAULT_NONE;
}

static void
take_part(void *self, const struct part *part)
{
    struct replay *r = self;
    uint32_t dim = dim_table_number(r->v->dims, part->dim);

    if (dim == UINT32_MAX) {
        r->failed = true;
        return;
    }
    struct row row = row_make(part, dim, part->amount);
    fold_add(&r->fold, row.where, row.what, row.amount);
}

/* The whole ledger as it is now becomes a content of the share. */
static enum fault
keep_content(struct replay *r, struct why *why)
{
    struct share *share = r->share;
    struct content content = { 0 };
    struct identity id;
    const uint8_t *entry;
    size_t cursor = 0, size;

    fold_clear(&r->fold);
    while (ledger_next(r->ledger, &cursor, &id, &entry, &size))
        if (!entry_parts(entry, size, take_part, r))
            return no_memory(r, why);
    if (r->failed || r->fold.failed)
        return no_memory(r, why);
    fold_sort(&r->fold, content.first);
    content.rows = malloc((r->fold.used + 1) * sizeof *content.rows);
    struct content *contents =
        realloc(share->contents, (share->content_count + 1) * sizeof *contents);
    if (contents != NULL)
        share->contents = contents;
    if (contents == NULL || content.rows == NULL) {
        free(content.rows);
        return no_memory(r, why);
    }
    if (r->fold.used > 0)
        memcpy(content.rows, r->fold.table, r->fold.used * sizeof *content.rows);
    contents[share->content_count++] = content;
    return FAULT_NONE;
}

/* Does a record stand for what a tag names: by its own version, or as the one
 * in whose place a compacted generation put it? */
static bool
stands_for(const struct journal_head *head, const struct wanted *w)
{
    if (version_equal(head->version, w->version))
        return true;
    for (int i = 0; i < head->alias_count; i++)
        if (head->aliases[i].scope == w->scope &&
            version_equal(head->aliases[i].version, w->version))
            return true;
    return false;
}

static enum fault
replay_record(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    struct replay *r = self;
    struct share *share = r->share;
    enum fault fault = FAULT_NONE;
    struct identity id;
    const uint8_t *item;
    size_t size;
    bool kept = false;

    while (fault == FAULT_NONE && journal_next(&items, &id, &item, &size))
        fault = replay_item(r, id, item, size, why);
    if ((head->flags & JOURNAL_PARTIAL) != 0)
        return fault;
    for (size_t i = 0; i < share->wanted_count && fault == FAULT_NONE; i++) {
        struct wanted *w = &share->wanted[i];
        if (w->content >= 0 || !stands_for(head, w))
            continue;
        if (!kept)
            fault = keep_content(r, why);
        kept = true;
        w->content = (int)share->content_count - 1;
    }
    return fault;
}

/* ---- reading ------------------------------------------------------------------------- */

/* "trade-events/3" */
static bool
split_name(const char *name, char topic[TOPIC_BYTES], int32_t *partition)
{
    const char *slash = strrchr(name, '/');
    char *end;

    if (slash == NULL || slash == name || (size_t)(slash - name) >= TOPIC_BYTES || slash[1] < '0' ||
        slash[1] > '9')
        return false;
    long n = strtol(slash + 1, &end, 10);
    if (*end != '\0' || n < 0 || n > INT32_MAX)
        return false;
    memcpy(topic, name, (size_t)(slash - name));
    topic[slash - name] = '\0';
    *partition = (int32_t)n;
    return true;
}

static enum fault
read_meta(const struct verify *v, const char *topic, int32_t partition, struct meta *meta,
          struct why *why)
{
    const struct store_way *way = &v->lookup->way;
    char key[KEY_BYTES];
    size_t length = key_meta(v->lookup->prefix, topic, partition, key);
    struct text args[2 + META_FIELDS] = { TEXT_LITERAL("HMGET"), { key, length } };
    struct text values[META_FIELDS];
    const struct command command = { .args = args, .count = 2 + META_FIELDS, .key = args[1] };
    struct answer answer;

    for (int i = 0; i < META_FIELDS; i++)
        args[2 + i] = text_of(meta_field_names[i]);
    enum fault fault = way->run(way->self, &command, 1, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer.kind != ANSWER_LIST || answer.count != META_FIELDS)
        return why_set(why, FAULT_STORE_REFUSED, "%s can't be read", key);
    for (int i = 0; i < META_FIELDS; i++)
        values[i] = answer.items[i].text;
    return meta_read(values, meta, why);
}

/* A copy of one chunk, freed by the caller; absent when there is none. */
static enum fault
read_chunk(const struct verify *v, const char *topic, int32_t partition, const struct meta *meta,
           int64_t chunk, struct text *out, struct why *why)
{
    const struct store_way *way = &v->lookup->way;
    char key[KEY_BYTES];
    size_t length = key_chunk(v->lookup->prefix, topic, partition, meta->generation, chunk, key);
    const struct text args[] = { TEXT_LITERAL("GET"), { key, length } };
    const struct command command = { .args = args, .count = 2, .key = args[1] };
    struct answer answer;

    enum fault fault = way->run(way->self, &command, 1, &answer, why);
    if (fault != FAULT_NONE)
        return fault;
    if (answer.kind == ANSWER_ERROR)
        return why_set(why, FAULT_STORE_REFUSED, "%s can't be read", key);
    size_t bytes = answer.kind == ANSWER_TEXT ? answer.text.length : 0;
    char *copy = malloc(bytes + 1);
    if (copy == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for %s", key);
    if (bytes > 0)
        memcpy(copy, answer.text.at, bytes);
    *out = (struct text){ copy, bytes };
    return FAULT_NONE;
}

static void
free_chunk(struct text chunk)
{
    union {
        const char *borrowed;
        char *own;
    } bytes = { .borrowed = chunk.at };

    free(bytes.own);
}

/* Walk the journal that meta names; what was kept of it before is dropped. */
static enum fault
walk(struct replay *r, const char *topic, int32_t partition, struct why *why)
{
    const struct meta *meta = &r->share->meta;
    size_t count = meta->chunk >= CHUNKS_MOST ? 0 : (size_t)meta->chunk + 1;
    struct text *chunks = calloc(count + 1, sizeof *chunks);
    enum fault fault = FAULT_NONE;

    if (chunks == NULL)
        return no_memory(r, why);
    if (count == 0)
        fault = why_set(why, FAULT_JOURNAL_BROKEN, "meta names chunk %lld", (long long)meta->chunk);
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++)
        fault = read_chunk(r->v, topic, partition, meta, (int64_t)i, &chunks[i], why);
    if (fault == FAULT_NONE)
        fault = journal_walk(chunks, count, meta, replay_record, r, why);
    for (size_t i = 0; i < count; i++)
        free_chunk(chunks[i]);
    free(chunks);
    return fault;
}

/* What must be the same everywhere, or nothing can be compared. */
static enum fault
check_meta(struct verify *v, const struct share *share, struct why *why)
{
    const struct meta *meta = &share->meta;
    struct windows windows;

    if (meta->algorithm != PARTS_ALGORITHM)
        return why_set(why, FAULT_SETTINGS,
                       "%s was made by version %lld of the parts function, this program has %d",
                       share->partition, (long long)meta->algorithm, PARTS_ALGORITHM);
    enum fault fault = windows_read(text_of(meta->windows), &windows, why);
    if (fault != FAULT_NONE)
        return FAULT_SETTINGS;
    if (v->has_windows && (windows.count != v->windows.count ||
                           memcmp(windows.days, v->windows.days,
                                  sizeof windows.days[0] * (size_t)windows.count) != 0))
        return why_set(why, FAULT_SETTINGS, "%s has other windows than the partitions before it",
                       share->partition);
    v->windows = windows;
    v->has_windows = true;
    return FAULT_NONE;
}

static enum fault
read_share(struct verify *v, struct share *share, struct why *why)
{
    struct replay replay = { .v = v, .share = share, .ledger = ledger_new() };
    char topic[TOPIC_BYTES];
    int32_t partition = 0;
    enum fault fault;

    if (replay.ledger == NULL)
        return no_memory(&replay, why);
    if (!split_name(share->partition, topic, &partition))
        fault = why_set(why, FAULT_JOURNAL_BROKEN, "no partition has this name");
    else
        fault = read_meta(v, topic, partition, &share->meta, why);
    if (fault == FAULT_NONE && !share->meta.exists)
        fault = why_set(why, FAULT_JOURNAL_BROKEN, "there is no journal");
    if (fault == FAULT_NONE)
        fault = check_meta(v, share, why);
    if (fault == FAULT_NONE)
        fault = walk(&replay, topic, partition, why);
    ledger_free(replay.ledger);
    fold_release(&replay.fold);
    free(replay.entry);
    return fault;
}

enum fault
verify_journals(struct verify *v, const bool pending[SCOPE_COUNT], struct why *why)
{
    for (int s = 0; s < SCOPE_COUNT; s++)
        if (pending[s] && !want_tags(v, &v->views[s]))
            return why_set(why, FAULT_NO_MEMORY, "no memory for the tags");
    for (size_t i = 0; i < v->share_count; i++) {
        struct share *share = &v->shares[i];
        enum fault fault = FAULT_JOURNAL_BROKEN;
        /* meta and chunks are not read at one moment: a journal compacted in
         * between looks broken once */
        for (int try = 0; try < BROKEN_TRIES && fault == FAULT_JOURNAL_BROKEN; try++)
            fault = read_share(v, share, &share->why);
        if (fault == FAULT_NONE)
            share->why.text[0] = '\0';
        else if (fault != FAULT_JOURNAL_BROKEN)
            return why_set(why, fault, "%s: %s", share->partition, share->why.text);
    }
    return FAULT_NONE;
}
