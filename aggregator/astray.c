/* --until: records in a wrong partition count where their copy lies, and the service alone makes
 * copies.  One that it has not made yet would be in no total, and nobody would know; so all that
 * lie astray are remembered, and all that copies were made of.
 *
 * Known of one life alone: a count that was broken off is not gone on with (instant.h). */
#include "aggregator/state.h"

static struct identity
identity_of_place(const struct start *at)
{
    uint64_t place = (uint64_t)at->place.topic << 32 | (uint32_t)at->place.partition;

    /* The low bits are the place in the set: offsets that follow each other are spread. */
    return (struct identity){ place + 1,
                              ((uint64_t)at->offset + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ place };
}

/* *is_new: it was not in the set. */
static enum fault
remember(struct identities *set, struct identity id, bool *is_new, struct why *why)
{
    return identities_add(set, id, is_new)
               ? FAULT_NONE
               : why_set(why, FAULT_NO_MEMORY, "no memory for records in wrong partitions");
}

enum fault
astray_note(struct aggregator *a, const struct message *m, bool lies_astray, struct why *why)
{
    struct astray *astray = &a->astray;
    struct start at = { m->place, m->offset };
    struct identity id = identity_of_place(&at);
    enum fault fault = FAULT_NONE;
    bool is_new;

    if (!is_of_an_instant(&a->settings))
        return FAULT_NONE;
    if (lies_astray) {
        fault = remember(&astray->lie, id, &is_new, why);
        astray->missing += fault == FAULT_NONE && is_new && !identities_have(&astray->copied, id);
    }
    if (fault != FAULT_NONE || a->world.feed.came_from == NULL ||
        !a->world.feed.came_from(a->world.feed.self, m, &at))
        return fault;
    id = identity_of_place(&at);
    fault = remember(&astray->copied, id, &is_new, why);
    astray->missing -= fault == FAULT_NONE && is_new && identities_have(&astray->lie, id);
    return fault;
}

bool
astray_holds_up(const struct aggregator *a)
{
    return a->astray.missing > 0 && !a->settings.accept_loss;
}

void
astray_say(const struct aggregator *a)
{
    if (a->astray.missing > 0)
        log_say(a->world.log, LOG_WARN, "a loss is accepted",
                LOG_I("records", (int64_t)a->astray.missing),
                LOG_S("message", "they lie in a wrong partition, were not forwarded, and are not "
                                 "in this count"));
}

enum fault
astray_check(const struct aggregator *a, struct why *why)
{
    if (!astray_holds_up(a))
        return FAULT_NONE;
    return why_set(
        why, FAULT_LOG_MISMATCH,
        "%llu records lie in another partition than their keys', and the service has not "
        "forwarded them yet, so they are in no total: start tally-aggregate without "
        "--until, and when it has counted them count under another prefix; or go on "
        "without them by --accept-loss, under another prefix, too",
        (unsigned long long)a->astray.missing);
}

void
astray_release(struct astray *astray)
{
    identities_release(&astray->lie);
    identities_release(&astray->copied);
}
