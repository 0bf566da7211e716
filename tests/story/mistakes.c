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

static bool leaves_out_tail, forgets_held, sees_no_start;

void __real_compact_commit(struct aggregator *a, struct partition *p);
void __wrap_compact_commit(struct aggregator *a, struct partition *p);
enum fault __real_partition_held(struct aggregator *a, struct partition *p, struct why *why);
enum fault __wrap_partition_held(struct aggregator *a, struct partition *p, struct why *why);
enum fault __real_servers_are_same(struct rebuild *r, struct why *why);
enum fault __wrap_servers_are_same(struct rebuild *r, struct why *why);

void
__wrap_compact_commit(struct aggregator *a, struct partition *p)
{
    if (!leaves_out_tail)
        __real_compact_commit(a, p);
}

enum fault
__wrap_partition_held(struct aggregator *a, struct partition *p, struct why *why)
{
    if (forgets_held)
        p->open = false;
    return __real_partition_held(a, p, why);
}

enum fault
__wrap_servers_are_same(struct rebuild *r, struct why *why)
{
    return sees_no_start ? FAULT_NONE : __real_servers_are_same(r, why);
}

/* ---- all of them ------------------------------------------------------------------ */

void
mistakes_make(struct stage *s)
{
    leaves_out_tail = stage_has_bug(s, "flip-tail");
    sees_no_start = stage_has_bug(s, "started-again");
    forgets_held = stage_has_bug(s, "held-forgotten");
    for (size_t i = 0; i < BUGS; i++) {
        if (stage_has_bug(s, bugs[i].name) && bugs[i].script != NULL)
            redis_mistake(s->redis, bugs[i].script, bugs[i].cut, bugs[i].paste);
    }
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
