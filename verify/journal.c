/* Replaying the journals: what each partition adds at the versions that tags
 * name.
 *
 * A tag may name any version of the journal's generation.  So the journal is
 * replayed from its beginning, and at every version that some tag names the
 * whole ledger is folded and kept: a content.  Several tags often name one
 * version, and share the content. */
#include "verify/inside.h"

#include "base/grow.h"
#include "ledger/ledger.h"
#include "verify/chunks.h"

enum { BROKEN_TRIES = 3 };

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

/* The share of a partition, added when it is new; NULL: no memory. */
static struct share *
share_add(struct verify *v, const char *partition)
{
    for (size_t i = 0; i < v->share_count; i++)
        if (strcmp(v->shares[i].partition, partition) == 0)
            return &v->shares[i];
    struct share *shares = grow(v->shares, &v->share_room, v->share_count + 1, sizeof *shares);
    if (shares == NULL)
        return NULL;
    v->shares = shares;
    struct share *share = &shares[v->share_count++];
    *share = (struct share){ 0 };
    (void)snprintf(share->partition, sizeof share->partition, "%s", partition);
    return share;
}

/* Notes that a version is named in a scope.  No version is content zero:
 * nothing to look for. */
static bool
want(struct share *share, int scope, struct version version)
{
    if (version_is_none(version))
        return true;
    struct wanted *wanted =
        grow(share->wanted, &share->wanted_room, share->wanted_count + 1, sizeof *wanted);
    if (wanted == NULL)
        return false;
    share->wanted = wanted;
    wanted[share->wanted_count++] = (struct wanted){ scope, version, -1 };
    return true;
}

/* Both moments of a half tag are wanted; a tag of no known shape names none. */
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

/* As if its journal had not been read. */
static void
forget_contents(struct share *share)
{
    for (size_t i = 0; i < share->content_count; i++)
        free(share->contents[i].rows);
    share->content_count = 0;
    for (size_t i = 0; i < share->wanted_count; i++)
        share->wanted[i].content = -1;
}

void
verify_forget_journals(struct verify *v)
{
    for (size_t i = 0; i < v->share_count; i++) {
        forget_contents(&v->shares[i]);
        free(v->shares[i].contents);
        free(v->shares[i].wanted);
    }
    free(v->shares);
    v->shares = NULL;
    v->share_count = v->share_room = 0;
}

/* ---- replay ---------------------------------------------------------------------- */

struct replay {
    struct verify *v;
    struct share *share;
    struct ledger *ledger;
    struct sums fold;
    struct scratch scratch;
    bool failed; /* no memory for a dimension */
};

static enum fault
no_memory(const struct replay *replay, struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory to replay %s", replay->share->partition);
}

/* Parts of an entry into the fold; a sink can't fail, so a failure is noted. */
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
    sums_add(&r->fold, row.where, row.what, row.amount);
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

    sums_clear(&r->fold);
    while (ledger_next(r->ledger, &cursor, &id, &entry, &size))
        if (!entry_parts(entry, size, take_part, r))
            return no_memory(r, why);
    if (r->failed || r->fold.failed)
        return no_memory(r, why);
    fold_sort(&r->fold, content.first);
    /* One more than needed: malloc(0) may be NULL. */
    content.rows = malloc((r->fold.used + 1) * sizeof *content.rows);
    struct content *contents =
        grow(share->contents, &share->content_room, share->content_count + 1, sizeof *contents);
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

/* One record, after the items of which the ledger is at its version. */
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
        fault = replay_item(r->ledger, &r->scratch, id, item, size, why);
    /* Versions of partial records are named by no tag (ledger/journal.h). */
    if ((head->flags & JOURNAL_PARTIAL) != 0)
        return fault;
    for (size_t i = 0; i < share->wanted_count && fault == FAULT_NONE; i++) {
        struct wanted *w = &share->wanted[i];
        if (w->content >= 0 || !journal_stands_for(head, w->scope, w->version))
            continue;
        if (!kept)
            fault = keep_content(r, why);
        kept = true;
        /* All versions that this record stands for share the content. */
        w->content = (int)share->content_count - 1;
    }
    return fault;
}

/* ---- reading ------------------------------------------------------------------------- */

/* Walk the journal that meta names.  It is judged as a whole before any of it
 * is replayed, so a try that fails leaves nothing behind. */
static enum fault
walk(struct replay *r, struct chunks *chunks, struct why *why)
{
    const struct verify_task *task = r->v->task;
    enum fault fault = chunks_read(&task->way, task->prefix, chunks, why);

    if (fault == FAULT_NONE)
        fault = journal_walk(chunks->list, chunks->count, &chunks->meta, replay_record, r, why);
    chunks_release(chunks);
    return fault;
}

/* What must be the same everywhere, or nothing can be compared. */
static enum fault
check_meta(struct verify *v, const struct share *share, struct why *why)
{
    const struct meta *meta = &share->meta;
    struct windows windows;

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

/* The whole of one partition: meta, settings, journal.  A broken journal is
 * noted in the share; tags that name it are unknown then. */
static enum fault
read_share(struct verify *v, struct share *share, struct why *why)
{
    struct replay replay = { .v = v, .share = share, .ledger = ledger_new() };
    struct chunks chunks = { 0 };
    enum fault fault;

    if (replay.ledger == NULL)
        return no_memory(&replay, why);
    fault = chunks_begin(&v->task->way, v->task->prefix, share->partition, &chunks, why);
    share->meta = chunks.meta;
    if (fault == FAULT_NONE)
        fault = check_meta(v, share, why);
    if (fault == FAULT_NONE)
        fault = walk(&replay, &chunks, why);
    ledger_free(replay.ledger);
    sums_release(&replay.fold);
    free(replay.scratch.at);
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
        /* Only a broken journal is a finding; anything else ends the verify. */
        else if (fault != FAULT_JOURNAL_BROKEN)
            return why_set(why, fault, "%s: %s", share->partition, share->why.text);
    }
    return FAULT_NONE;
}
