/* inside.h - what the files of verify/ share; for them only.
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
#ifndef VERIFY_INSIDE_H
#define VERIFY_INSIDE_H

#include "ledger/fold.h"
#include "ledger/journal.h"
#include "verify/found.h"
#include "verify/verify.h"

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
    struct asof asof;
    bool has_overflow;
    bool is_torn;          /* half a script lies in its history (docs/protocol.md, rule 21) */
    struct found *fields;  /* every field of every hash and ranking */
    struct found *unnamed; /* keys that the index does not name: (key, "") */
    bool is_steady;        /* false: it kept changing while it was read */
};

/* ---- what the journals say ----------------------------------------------------- */

/* A partition's share at one version: merged rows, those of scope s at
 * first[s] .. first[s + 1] - 1. */
struct content {
    struct sum *rows;
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
    size_t content_count, content_room;
    struct meta meta;
    struct why why; /* why the journal can't be used; "" when it can */
};

/* ---- the whole ------------------------------------------------------------------- */

struct verify {
    const struct verify_task *task;
    struct dim_table *dims;
    struct windows windows; /* from the journals' meta */
    bool has_windows;
    struct found *scanned[SCOPE_COUNT]; /* (key, ""): public keys that SCAN saw */
    struct view views[SCOPE_COUNT];
    struct share *shares;
    size_t share_count, share_room;
    struct verify_result result;
};

/* Hand a problem to the task's tell() and count it.  Its texts are only
 * borrowed. */
void verify_tell(struct verify *v, const struct problem *problem);

/* scan.c: find the public keys of all scopes, in the index or not. */
MUST_USE enum fault verify_scan(struct verify *v, struct why *why);

/* read.c: read views[scope]. */
MUST_USE enum fault verify_read(struct verify *v, int scope, struct why *why);
/* Frees what a view holds; it is all zero then, and not steady. */
void view_release(struct view *view);
/* Are the tags and the version of a scope still what its view has? */
MUST_USE enum fault verify_is_still(struct verify *v, int scope, bool *still, struct why *why);

/* journal.c: read the journals of all partitions that the views of the
 * pending scopes name. */
MUST_USE enum fault
verify_journals(struct verify *v, const bool pending[SCOPE_COUNT], struct why *why);
/* Frees all shares; what was had from verify_share() is void. */
void verify_forget_journals(struct verify *v);
/* The share of a partition; NULL: no view names it. */
const struct share *verify_share(const struct verify *v, const char *partition);
/* The content of a moment in a scope; NULL: the journal does not know it. */
const struct content *share_content(const struct share *share, int scope, struct version version);

/* judge.c: true when every tag of the view can be resolved. */
bool verify_is_judgeable(const struct verify *v, int scope);
/* Compare views[scope] and tell what differs. */
MUST_USE enum fault verify_judge(struct verify *v, int scope, struct why *why);

#endif
