/* kafka_inside.h - what kafka.c and kafka_client.c share. */
#ifndef STORY_KAFKA_INSIDE_H
#define STORY_KAFKA_INSIDE_H

#include "tests/story/kafka.h"
#include "tests/story/redis_dict.h"

struct log_message {
    int64_t offset, timestamp_ms;
    struct text key;
    const struct told *told;
    int home;                /* the log where it belongs; its own for spoilt ones */
    bool set_aside;          /* lies in the dead-letter topic */
    bool forwarded;          /* a copy lies where it belongs */
    int64_t acknowledged_ms; /* true time */
    uint32_t number;         /* of what was told; a copy has the original's */
};

struct log_file {
    struct place place;
    char name[32];
    struct log_message *list;
    size_t count, room;
    int64_t low, high;
};

struct kafka {
    struct truth *truth;
    struct dice *dice;
    int32_t partitions[TOPIC_COUNT];
    struct log_file logs[LOGS_MOST];
    struct position noted[LOGS_MOST]; /* what the group keeps; next is -1: nothing */
    int log_count;
    uint32_t told;         /* messages published, for TRUTH_ALL */
    uint32_t published;    /* all of them */
    const int64_t *now_ms; /* since the story began */
    int clients;
};

/* A message arrives at the end of a log. */
void kafka_append(struct kafka *k, int log, struct text key, const struct told *m,
                  int64_t timestamp_ms, uint32_t number);

#endif
