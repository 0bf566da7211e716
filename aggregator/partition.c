/* A partition that is ours: finding it, its states, its versions. */
#include "aggregator/state.h"

int64_t
through_of_clocks(int64_t own_ms, int64_t redis_ms)
{
    return own_ms < redis_ms ? own_ms : redis_ms;
}

struct version
next_version(struct versions *versions)
{
    return (struct version){ versions->start, ++versions->counter };
}

struct moment
target_of(const struct partition *p, int32_t day)
{
    return (struct moment){ p->version, day };
}

struct partition *
partition_of(const struct owned *owned, struct place place)
{
    for (size_t i = 0; i < owned->count; i++) {
        struct partition *p = owned->at[i];
        if (p->place.topic == place.topic && p->place.partition == place.partition)
            return p;
    }
    return NULL;
}

int32_t
partitions_of_all(const struct settings *settings)
{
    int32_t all = 0;

    for (int t = 0; t < TOPIC_COUNT; t++)
        all += settings->partitions[t];
    return all;
}

enum fault
partitions_were_added(const struct settings *settings, enum topic topic, int32_t now,
                      struct why *why)
{
    return why_set(why, FAULT_SETTINGS,
                   "topic %s had %d partitions at the start and has %d now. No total is complete "
                   "any more, and records would change their partition: stop all instances, count "
                   "again from Kafka with tally-aggregate --rebuild, and start them again",
                   topic_names[topic], settings->partitions[topic], now);
}

void
partition_mark_stale(struct partition *p)
{
    if (p->state > PARTITION_STALE)
        p->state = PARTITION_STALE;
}

void
partition_begins_again(struct partition *p)
{
    if (p->state == PARTITION_READING)
        p->state = PARTITION_LOADED;
}
