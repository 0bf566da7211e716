/* verify.h - all totals worked out again; private to lookup/verify*.c.
 *
 *      view of every scope   tags, asof, and all its hashes, of one moment
 *      shares                per partition, from its journal: what it adds at
 *                            each version that some tag names
 *      judge                 sum of the shares at the tags == the view
 *
 * The views are read first: a tag names what its journal already has, and a
 * journal only grows.  One that is compacted in between may have forgotten a
 * version; then the scopes that name it are read again.
 */
#ifndef LOOKUP_VERIFY_H
#define LOOKUP_VERIFY_H

#include "core/fold.h"
#include "core/journal.h"
#include "lookup/found.h"
#include "lookup/lookup.h"

enum { PARTITION_NAME_BYTES = TOPIC_BYTES + 12 };

/* ---- what Redis holds ------------------------------------------------------- */

/* One partition's tag in a scope. */
struct tag_found {
    char partition[PARTITION_NAME_BYTES]; /* "trade-events/3" */
    char raw[TAG_TEXT];
    struct tag tag;
};

struct view {
    int scope;
    struct tag_found *tags;
    size_t tag_count;
    char version[32]; /* of asof */
    char day[DAY_TEXT];
    bool is_complete, has_overflow, exists;
    bool is_torn;          /* half a script lies in its history (docs/protocol.md, rule 21) */
    struct found *fields;  /* every field of every hash and ranking */
    struct found *unnamed; /* keys that the index does not name: (key, "") */
    bool is_steady;        /* false: it kept changing while it was read */
};

/* ---- what the journals say ----------------------------------------------------- */

/* A partition's share at one version: merged rows, those of scope s at
 * first[s] .. first[s + 1] - 1. */
struct content {
    struct folded *rows;
    size_t first[SCOPE_COUNT + 1];
};

/* A version that a scope's tag names, and which content it is. */
struct wanted {
    int scope;
    struct version version;
    int content; /* -1: the journal does not know it */
};

struct share {
    char partition[PARTITION_NAME_BYTES];
    struct wanted *wanted;
    size_t wanted_count, wanted_room;
    struct content *contents;
    size_t content_count;
    struct meta meta;
    struct why why; /* why the journal can't be used; "" when it can */
};

/* ---- the whole ------------------------------------------------------------------- */

struct verify {
    const struct lookup *lookup;
    struct dim_table *dims;
    struct windows windows; /* from the journals' meta */
    bool has_windows;
    struct found *scanned[SCOPE_COUNT]; /* (key, ""): public keys that SCAN saw */
    struct view views[SCOPE_COUNT];
    struct share *shares;
    size_t share_count;
    size_t partitions;
    int64_t fields, problems, incomplete; /* compared, told, not complete */
    int64_t moving; /* scopes whose tags had moved whenever their journals were read */
};

/* Tell one problem of a key; field, expected and found may be absent. */
struct problem {
    struct text key, field, expected, found;
    const char *sentence; /* used when expected is absent */
};
void verify_tell(struct verify *v, const struct problem *problem);

/* verify_scan.c: find the public keys of all scopes, in the index or not. */
MUST_USE enum fault verify_scan(struct verify *v, struct why *why);

/* verify_read.c: read views[scope]. */
MUST_USE enum fault verify_read(struct verify *v, int scope, struct why *why);
void view_release(struct view *view);
/* Are the tags and the version of a scope still what its view has? */
MUST_USE enum fault verify_is_still(struct verify *v, int scope, bool *still, struct why *why);

/* verify_journal.c: read the journals of all partitions that the views of the
 * pending scopes name. */
MUST_USE enum fault
verify_journals(struct verify *v, const bool pending[SCOPE_COUNT], struct why *why);
void verify_forget_journals(struct verify *v);
/* The share of a partition; NULL: no view names it. */
const struct share *verify_share(const struct verify *v, const char *partition);
/* The content of a moment in a scope; NULL: the journal does not know it. */
const struct content *share_content(const struct share *share, int scope, struct version version);

/* verify_judge.c: true when every tag of the view can be resolved. */
bool verify_is_judgeable(const struct verify *v, int scope);
/* Compare views[scope] and tell what differs. */
MUST_USE enum fault verify_judge(struct verify *v, int scope, struct why *why);

#endif
