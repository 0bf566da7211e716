/* The deliberate mistakes of bugs.def. */
#include "tests/story/stage.h"

#include "aggregator/rebuild_inside.h"

static const struct {
    const char *name, *script, *cut, *paste;
} bugs[] = {
#define BUG(name, script, cut, paste) { name, script, cut, paste },
#include "tests/story/bugs.def"
#undef BUG
};
enum { BUGS = sizeof bugs / sizeof bugs[0] };

bool
stage_has_bug(const struct stage *s, const char *name)
{
    return s->bug != NULL && strcmp(s->bug, name) == 0;
}

/* ---- in C: the linker leads calls here -------------------------------------------- */

static bool leaves_out_tail, forgets_held, sees_no_start, tells_early, believes_own_clock,
    is_not_wary;

void __real_compact_commit(struct compacting *work, struct partition *p);
void __wrap_compact_commit(struct compacting *work, struct partition *p);
enum fault __real_partition_held(struct wire *wire, struct partition *p, struct why *why);
enum fault __wrap_partition_held(struct wire *wire, struct partition *p, struct why *why);
enum fault __real_servers_are_same(struct rebuild *r, struct why *why);
enum fault __wrap_servers_are_same(struct rebuild *r, struct why *why);
bool __real_share_is_shown(const struct partition *p, const struct share *share, int32_t day);
bool __wrap_share_is_shown(const struct partition *p, const struct share *share, int32_t day);
int64_t __real_through_of_clocks(int64_t own_ms, int64_t redis_ms);
int64_t __wrap_through_of_clocks(int64_t own_ms, int64_t redis_ms);
void __real_telling_forget(struct telling *telling);
void __wrap_telling_forget(struct telling *telling);

void
__wrap_compact_commit(struct compacting *work, struct partition *p)
{
    if (!leaves_out_tail)
        __real_compact_commit(work, p);
}

enum fault
__wrap_partition_held(struct wire *wire, struct partition *p, struct why *why)
{
    if (forgets_held)
        p->open = false;
    return __real_partition_held(wire, p, why);
}

enum fault
__wrap_servers_are_same(struct rebuild *r, struct why *why)
{
    return sees_no_start ? FAULT_NONE : __real_servers_are_same(r, why);
}

/* Asked by tell.c; push.c asks its own. */
bool
__wrap_share_is_shown(const struct partition *p, const struct share *share, int32_t day)
{
    if (tells_early)
        return partition_is_known(p) && share->tag.form == TAG_PLAIN;
    return __real_share_is_shown(p, share, day);
}

int64_t
__wrap_through_of_clocks(int64_t own_ms, int64_t redis_ms)
{
    return believes_own_clock ? own_ms : __real_through_of_clocks(own_ms, redis_ms);
}

void
__wrap_telling_forget(struct telling *telling)
{
    __real_telling_forget(telling);
    telling->wary = !is_not_wary;
}

/* ---- all of them ------------------------------------------------------------------ */

void
mistakes_make(struct stage *s)
{
    leaves_out_tail = stage_has_bug(s, "flip-tail");
    sees_no_start = stage_has_bug(s, "started-again");
    forgets_held = stage_has_bug(s, "held-forgotten");
    tells_early = stage_has_bug(s, "tell-early");
    believes_own_clock = stage_has_bug(s, "tell-clock");
    is_not_wary = stage_has_bug(s, "tell-unwary");
    for (size_t i = 0; i < BUGS; i++) {
        if (stage_has_bug(s, bugs[i].name) && bugs[i].script != NULL)
            redis_mistake(s->redis, bugs[i].script, bugs[i].cut, bugs[i].paste);
    }
}

/* A mistake in SWAP shows where a rebuild's scripts are torn. */
bool
mistakes_may_show(const struct stage *s)
{
    bool in_a_swap = s->bug != NULL && strncmp(s->bug, "swap-", 5) == 0;

    return !in_a_swap || (s->weather.rebuild > 0 && s->weather.tear >= TEAR_OFTEN);
}

const char *const *
life_bugs(void)
{
    static const char *names[BUGS + 1];
    size_t count = 0;

    for (size_t i = 0; i < BUGS; i++) {
        if (count == 0 || strcmp(names[count - 1], bugs[i].name) != 0)
            names[count++] = bugs[i].name;
    }
    return names;
}
