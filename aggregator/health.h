/* health.h - how an instance is, for another process to read.
 *
 * The running instance keeps one record of fixed size in a file; --health reads
 * it, and asks neither Kafka nor Redis.  The instance holds a lock on the file
 * as long as it lives, so a dead one is seen at once, however it died, and no
 * process that got its number is taken for it.  A frozen one is seen by the
 * time of its last turn.  Times are ticks of CLOCK_MONOTONIC, in ms.
 */
#ifndef AGGREGATOR_HEALTH_H
#define AGGREGATOR_HEALTH_H

#include "base/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { HEALTH_TEXT = 256, HEALTH_PATH = 512 };

/* What one turn knows. */
struct health_facts {
    int64_t redis_at, kafka_at;  /* ticks of their last answers; 0: none yet */
    int64_t kafka_asked_at;      /* tick of the last question to Kafka; 0: none */
    int64_t owned, ready;        /* partitions: that are ours; of them, that are being read */
    int64_t waiting;             /* records that are known to wait in Kafka */
    bool shown;                  /* all that is committed is in the totals */
    int64_t moves;               /* a number that changes whenever something was done */
    int64_t stuck_since;         /* tick; 0: nothing waits for what does not move */
    char waits_for[HEALTH_TEXT]; /* ""; what it waits for, a sentence */
};

/* What the file holds. */
struct health_record {
    char magic[8];
    int64_t pid;
    int64_t turned_at;
    int64_t behind_since; /* 0: caught up */
    int64_t moved_at;     /* the last change of moves, or caught up then */
    struct health_facts facts;
    uint32_t spare, crc; /* of all before it: a torn or foreign record is seen */
};

/* Where the file is. */
struct health_place {
    char folder[HEALTH_PATH]; /* our own, made 0700; "": the path is the caller's */
    char file[HEALTH_PATH];   /* in the folder, or a path */
};

/* The place at `path`, or, when that is NULL, of a group: in runtime/tally, or
 * /tmp/tally-UID when there is no runtime folder (NULL or ""). */
MUST_USE enum fault health_place(const char *path, const char *group, const char *runtime,
                                 struct health_place *out, struct why *why);

/* ---- health.c: the instance ------------------------------------------------------- */

struct health;

/* Does not open the file yet; FAULT_NO_MEMORY. */
MUST_USE enum fault
health_open(const struct health_place *place, struct health **out, struct why *why);

/* Once a turn: what it knows.  Writes at most twice a second; never waits but
 * for a page of that file.  A fault says why the file can't be written, once
 * until that changes; it is tried again, and the instance goes on without. */
enum fault
health_tell(struct health *health, const struct health_facts *facts, int64_t now, struct why *why);

/* Within a turn: we live, and this is when Redis and Kafka answered last (0: as
 * told).  In a turn that takes long, answers of Redis are a movement. */
void health_touch(struct health *health, int64_t redis_at, int64_t kafka_at, int64_t now);

/* The file goes.  NULL: nothing. */
void health_close(struct health *health);

/* ---- health_read.c: who asks ------------------------------------------------------- */

/* FAULT_FILE when nobody lives there: with the reason. */
MUST_USE enum fault
health_read(const struct health_place *place, struct health_record *out, struct why *why);

/* Tell each fact as a line; true when all are good. */
bool health_judge(const struct health_record *record, int64_t now,
                  void (*tell)(void *self, const char *line), void *self);

/* Open the file; *fd is the caller's.  FAULT_FILE: also for a link, a file that
 * others own or share, and a folder that is not ours alone. */
MUST_USE enum fault
health_open_file(const struct health_place *place, bool writes, int *fd, struct why *why);
/* The sum over all of a record before its crc. */
uint32_t health_crc(const struct health_record *record);
extern const char health_magic[8];

#endif
