/* What must hold between two turns, whatever happened in them.  A turn of a dev build looks, and
 * so does every turn of the story: a mistake is found where it is made, and not where a total is
 * wrong at last. */
#include "aggregator/state.h"

/* The batch that is open, if one is. */
static const char *
batch_is_wrong(const struct partition *p, uint64_t start)
{
    if (!p->open)
        return NULL;
    if (p->state == PARTITION_LOADING)
        return "a batch is open, and nothing is in memory";
    if (p->open_version.start != start || version_equal(p->open_version, p->version))
        return "the version of the open batch is not a new one of ours";
    if (p->read_next < p->next)
        return "the open batch ends before what is committed";
    return NULL;
}

/* What is committed, and nothing else, is in memory. */
static const char *
memory_is_wrong(const struct partition *p)
{
    if (p->state < PARTITION_LOADED)
        return NULL;
    if (p->ledger == NULL || version_is_none(p->version) || p->generation[0] == '\0')
        return "it is loaded, and has no ledger or no journal";
    if (p->next < 0 || p->chunk < 0 || p->chunk_length < 0)
        return "the end of its journal is nowhere";
    if (!p->open && (p->read_next != p->next || p->row_count != p->committed_rows))
        return "something is read, no batch is open, and it is not committed";
    if ((p->verify && p->last_offset < 0) || (p->probes && p->known.last_offset < 0))
        return "it waits for a record that nobody knows";
    return NULL;
}

/* Rows below a tag's position are in the scope. */
static const char *
share_is_wrong(const struct partition *p, const struct share *share)
{
    bool plain = share->tag.form == TAG_PLAIN, half = share->tag.form == TAG_HALF;

    if (p->state < PARTITION_LOADED)
        return NULL;
    if (share->tag.form == TAG_STRANGE)
        return "a tag that nobody can read";
    if (((plain || half) && share->position > p->committed_rows) ||
        (half && share->to_position > p->committed_rows))
        return "a tag is ahead of what is committed";
    if (plain && version_equal(share->tag.from.version, p->version) &&
        share->position != p->committed_rows)
        return "a tag names what is committed last, and has not all of it";
    return NULL;
}

static const char *
partition_is_wrong(const struct aggregator *a, const struct partition *p)
{
    const char *wrong = batch_is_wrong(p, a->versions.start);

    if (p->place.partition < 0 || p->place.partition >= a->settings.partitions[p->place.topic])
        return "a partition that the topic does not have";
    if (partition_of(&a->owned, p->place) != p)
        return "a partition that is there twice";
    if (p->away && !a->wire.any_away)
        return "it is away, and nobody would look again";
    if (p->last != NULL)
        return "it points at a message of a batch that is gone";
    if (p->committed_rows > p->row_count || p->row_count > p->row_room)
        return "more rows than there are";
    if (wrong == NULL)
        wrong = memory_is_wrong(p);
    for (int s = 0; s < SCOPE_COUNT && wrong == NULL; s++)
        wrong = share_is_wrong(p, &p->shares[s]);
    return wrong;
}

const char *
aggregator_sanity(const struct aggregator *a)
{
    const char *wrong = NULL;

    if (a->waiting.count > 0)
        return "records wait to be entered, and the turn is over";
    for (size_t i = 0; i < a->owned.count && wrong == NULL; i++)
        wrong = partition_is_wrong(a, a->owned.at[i]);
    return wrong;
}
