/* stage.h - what the files of a life share: the stage and its machines. */
#ifndef STORY_STAGE_H
#define STORY_STAGE_H

#include "aggregator/turn.h"
#include "tests/story/chance.h"
#include "tests/story/fiber.h"
#include "tests/story/judge.h"
#include "tests/story/kafka.h"
#include "tests/story/life.h"
#include "tests/story/redis.h"
#include "tests/story/tale.h"

enum { HOLD_MOST_MS = 20000 };
/* The machines that run instances; one more runs --rebuild. */
enum { MACHINES = 3, REBUILDER = MACHINES, ACTORS };
enum { LATES_MOST = 32, COPIES_MOST = 4, UNTOLD_MOST = 240, NOBODY = -1 };
#define DAY_MS (INT64_C(86400000))
#define HOUR_MS (INT64_C(3600000))

/* How a rebuild ended, and what it told. */
struct rebuilt {
    bool calm; /* it began when all was quiet */
    bool swapped;
    long fields, differences; /* -1: not compared */
    char why[256];
};

/* A machine runs at most one aggregator at a time. */
struct machine {
    struct stage *stage;
    int number;
    bool alive;
    bool crashed;   /* killed: every effect fails from now on */
    bool draining;  /* asked to end */
    bool until_end; /* runs with exit_at_end */
    bool done;      /* and reached it */
    bool behind;    /* talks to the old masters of a split */
    int64_t skew_ms;
    uint64_t changes_before; /* of the slot of the command on its way */
    int64_t sleeps_until;    /* tick; 0: awake */
    struct rebuilt rebuilt;  /* of the rebuilder: what became of it */
    struct fiber *fiber;
    struct redis_client *redis;
    struct kafka_client *kafka;
};

/* What may happen in this life, and how often: in ten thousand, per step for
 * what befalls the world and per command for what befalls a command. */
enum { TEAR_OFTEN = 400 };
struct weather {
    int publish, astray, crash, drain, rebalance, zombie, tail, tail_all, tail_beside, wipe,
        wipe_all, split, midnight, late_run, nap, hold;
    int lose, drop, not_now, late, refuse, cut, tear, tear_end;
    int pause_script, pause_read;
    int rebuild, rebuild_crash, rebuild_drain; /* of the rebuilder's own dice */
    struct kafka_faults kafka;
};

struct stage {
    struct redis *redis;
    struct truth *truth;
    struct judge *judge;
    struct kafka *kafka;
    struct teller *teller;
    struct script scripts[SCRIPT_COUNT];
    const char *bug;
    bool trace;
    bool starves;
    struct tally_of_lives tally;

    /* of this life */
    struct dice dice;
    struct dice hunger; /* its own, so that a life without hunger stays the same */
    struct dice again;  /* and so with rebuilds */
    struct weather weather;
    struct settings settings;
    const struct told *untold[UNTOLD_MOST];
    int untold_count, told_count;
    struct machine machines[ACTORS];
    int owner[LOGS_MOST];  /* a machine's number, or NOBODY */
    bool has_registry;     /* of schemas, which is away most of the time */
    int64_t now_ms;        /* tick of all machines */
    int64_t held_until;    /* tick: no hold lasts longer */
    int64_t redis_skew_ms; /* its clock is so far ahead of the true one */
    struct redis_late *lates[LATES_MOST];
    int late_count;
    struct redis_copy *copies[COPIES_MOST];
    int copy_slot[COPIES_MOST]; /* a scope, SCOPE_COUNT + a log, or -1: all */
    int copy_count;
    bool huge;     /* totals may leave their range: some stay incomplete */
    bool compacts; /* journals are compacted often */
    bool quiet;
    bool split;
    long resets;
    char wrong[1536]; /* the first thing that went wrong, or "" */
};

void stage_wrong(struct stage *stage, const char *format, ...) PRINTF_LIKE(2, 3);
void stage_say(struct stage *stage, const char *format, ...) PRINTF_LIKE(2, 3);
int64_t machine_wall_ms(const struct machine *m);

/* ---- machine.c -------------------------------------------------------------------- */

void machine_start(struct machine *m, bool until_end);
/* Let it run to its next pause.  When it has ended it is no longer alive, and
 * what it owned is nobody's. */
void machine_step(struct machine *m);
/* Kill it: runs to its end with every effect failing. */
void machine_kill(struct machine *m);
/* For what its fiber runs. */
/* All that a machine sees of its world; the log is put at `log`. */
struct world machine_world(struct machine *m, struct log *log);
/* May it end with this fault? */
bool machine_may_stop(const struct machine *m, enum fault fault);
enum fault machine_sleep(void *machine, int64_t until);

/* ---- rebuilder.c ------------------------------------------------------------------ */

/* What its fiber runs: a struct machine's --rebuild. */
void rebuilder_live(void *machine);

/* ---- mistakes.c ------------------------------------------------------------------- */

/* Make the mistake that the stage was asked for, if any. */
void mistakes_make(struct stage *stage);
bool stage_has_bug(const struct stage *stage, const char *name);
/* False for a life that can't show it: it is not played. */
bool mistakes_may_show(const struct stage *stage);

/* ---- plans.c --------------------------------------------------------------------- */

/* From now on every machine compiles its own plans, and may lack memory for it. */
void plans_each_its_own(void);

/* ---- watch.c ------------------------------------------------------------------------ */

/* The watch of a machine's Redis client. */
struct redis_watch machine_watch(struct machine *m);
/* A late copy runs now. */
void stage_run_late(struct stage *stage, int which);
/* The slot number as a tag: a scope's or a partition's. */
struct text slot_tag(const struct stage *stage, int slot);

/* ---- weather_slots.c ------------------------------------------------------------------ */

/* A slot, mostly one where something happens: a scope or SCOPE_COUNT + a log. */
int slots_any(struct stage *stage);
/* Remember a slot (or all) as it is, or lose what came after such a memory. */
void slots_lose_tail(struct stage *stage, bool all);
/* The same of this slot: remember it, or lose what came after (now). */
void slots_fail_over(struct stage *stage, int slot, bool now);
void slots_wipe(struct stage *stage, int slot); /* -1: all */
/* Redis starts again, and half a script comes back. */
void slots_tear_end(struct stage *stage);
/* A second master, which some machines don't know of; or the end of that. */
void slots_split(struct stage *stage);
void slots_heal(struct stage *stage);

/* ---- weather.c ---------------------------------------------------------------------- */

void weather_choose(struct stage *stage);
/* Something may happen to the world. */
void weather_step(struct stage *stage);
/* Nothing happens any more: all that is on its way arrives, every partition
 * has an owner that runs, all clocks agree. */
void weather_end(struct stage *stage, bool until_end);
/* A rebuild holds a partition, or lets it go. */
void weather_hold(struct stage *stage, int log);
void publish_one(struct stage *stage);
void give_owners(struct stage *stage);
void tell_zombies(struct stage *stage, int chance);

#endif
