/* redis.h - a Redis invented for the story tests.
 *
 * One process, no clock of its own, no randomness: the same calls give the
 * same answers.  It runs Lua scripts for real (liblua 5.1, as Redis does) over
 * a small keyspace, with the commands of redis_commands.def; any other command
 * is an error.  check_story_redis.c plays the same commands on a real Redis
 * and compares.  It is stricter in one thing: all keys of one command or
 * script must lie in one slot, as in a cluster.
 *
 * Each client is one connection, with a struct store_way like a real store's.
 * Around every command of a client a watch decides what becomes of it: that
 * is where a story loses replies, crashes its heroes, or lets another one act.
 * Not for several threads.
 */
#ifndef STORY_REDIS_H
#define STORY_REDIS_H

#include "store/store.h"

struct redis;

struct redis *redis_new(void);
void redis_free(struct redis *r);

/* A new world: no keys, clock at zero.  Compiled scripts stay. */
void redis_clear(struct redis *r);

/* The server's clock, for TIME and the ids of XADD *. */
void redis_set_clock(struct redis *r, int64_t now_ms);

/* A deliberate mistake: from now on `paste` stands for the one occurrence of
 * `cut` in the script of that name.  Texts are borrowed for ever.  A cut that
 * the script doesn't have (once) ends the test when the script first runs. */
void redis_mistake(struct redis *r, const char *script, const char *cut, const char *paste);

/* Run a command here and now, as no client's.  The answer is good until the
 * next call of redis_do() or redis_ask(). */
struct answer redis_do(struct redis *r, const struct command *c);

/* The same from words, separated by single blanks: redis_ask(r, "HGET k f"). */
struct answer redis_ask(struct redis *r, const char *words);

/* ---- clients ---------------------------------------------------------------- */

enum redis_fate {
    FATE_RUN,        /* runs, is answered */
    FATE_LOSE_REPLY, /* runs; the connection is lost before the answer */
    FATE_DROP,       /* the connection is lost before it runs: nor do later ones */
    FATE_NOT_NOW,    /* refused with LOADING and the like: ANSWER_AWAY, did not
                        run; the connection lives on */
    FATE_REFUSE,     /* ANSWER_ERROR with the client's refusal; did not run */
    FATE_CUT,        /* a script is cut off by an error in one of its calls */
    FATE_TEAR,       /* runs and is lost with the tail of the append-only file, all
                        but its first writes: they come back (redis_tear_end) */
};

struct redis_client;

/* What a story sees of a client.  Both may switch to another fiber; answers
 * of this client stay as they are meanwhile.  After a connection was lost
 * (LOSE_REPLY) `before` is still asked about the rest of the pipeline: FATE_RUN
 * means that it still ran, all its answers are ANSWER_AWAY.
 *
 * A fault other than FAULT_NONE in *fault ends the run with that fault. */
struct redis_watch {
    void *self;
    enum redis_fate (*before)(void *self, struct redis_client *client, const struct command *c,
                              enum fault *fault);
    /* Only after commands that ran; the answer as the server gave it. */
    void (*after)(void *self, struct redis_client *client, const struct command *c,
                  const struct answer *a, enum fault *fault);
};

/* watch may be NULL and is copied. */
struct redis_client *redis_connect(struct redis *r, const struct redis_watch *watch);
void redis_disconnect(struct redis_client *client);
struct store_way redis_way(struct redis_client *client);

/* The text of FATE_REFUSE; borrowed. */
void redis_set_refusal(struct redis_client *client, const char *text);
/* With FATE_CUT: of the script's calls that write number `call` (from 1) fails; or, CUT_AT_XADD,
 * its XADD. */
enum { CUT_AT_XADD = -1 };
void redis_set_cut(struct redis_client *client, int call);
/* With FATE_TEAR: how many of its writes are not lost. */
void redis_set_tear(struct redis_client *client, size_t writes);
/* Split brain: this client still talks to the old masters. */
void redis_set_behind(struct redis_client *client, bool behind);

/* A command kept for later, as a late copy of what was sent. */
struct redis_late;
struct redis_late *redis_keep(const struct command *c);
const struct command *redis_kept(const struct redis_late *late);
void redis_late_free(struct redis_late *late);

/* ---- faults of whole slots ---------------------------------------------------- */

struct redis_copy;
/* An older copy of one slot ("CN-LN"), or of everything (tag.at == NULL). */
struct redis_copy *redis_copy(struct redis *r, struct text tag);
/* The slot, or everything, is as it was then: the tail is lost. */
void redis_restore(struct redis *r, const struct redis_copy *copy);
void redis_copy_free(struct redis_copy *copy);
void redis_wipe(struct redis *r, struct text tag);

/* A replica with an older copy of one slot was promoted; clients that are
 * behind go on with the slot as it was until now. */
void redis_split(struct redis *r, const struct redis_copy *copy);
/* The old masters are told, and forget what only they knew. */
void redis_heal(struct redis *r);

/* Redis 7.0 leaves half a script in its append-only file when its tail was cut
 * off: the transaction stays open, what is written from then on is appended,
 * and only the next restart runs all of that together.  So the first writes of
 * a script that nobody saw are inserted into history: all of them, if only the
 * end of the transaction was cut off.
 *
 *      restart:  x, T1, T2            x: the slot as it was before the script
 *      another:  x, half, T1, T2      T: every write since, as it was carried out
 *
 * One slot at a time.  What befalls the slot as a whole ends it. */
bool redis_is_torn(const struct redis *r);
/* The other restart.  The tag of the slot, good until the next one is torn. */
struct text redis_tear_end(struct redis *r);
/* The file was written anew meanwhile: nothing comes back. */
void redis_tear_forget(struct redis *r);

/* ---- looking inside ------------------------------------------------------------ */

/* Rises with every change of a key's slot; `behind`: on the old master's side. */
uint64_t redis_changes(struct redis *r, struct text key, bool behind);

/* What every hash of a slot says, field by field; `behind` looks at the old
 * master's side.  No command runs, nothing is copied.  *mark is 0 until the
 * sink sets it, and then stays what it is as long as the field is there, in
 * copies of the slot too: it may depend on key and field. */
typedef void
redis_field_sink(void *self, struct text key, struct text field, struct text value, uint32_t *mark);
void
redis_each_field(struct redis *r, struct text tag, bool behind, redis_field_sink *sink, void *self);
/* The same of its sorted sets. */
typedef void
redis_score_sink(void *self, struct text key, struct text member, double score, uint32_t *mark);
void
redis_each_score(struct redis *r, struct text tag, bool behind, redis_score_sink *sink, void *self);
/* One field of a hash; { NULL, 0 } when there is none.  Good until written. */
struct text redis_field(struct redis *r, struct text key, struct text field, bool behind);
/* The server's clock. */
int64_t redis_clock(const struct redis *r);
/* How many scripts ran since redis_new(). */
uint64_t redis_scripts_run(const struct redis *r);

#endif
