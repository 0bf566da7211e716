/* What befalls the slots of Redis. */
#include "tests/story/stage.h"

/* Mostly one where something happens: a partition or a scope with records. */
int
slots_any(struct stage *s)
{
    static const int busy[] = { PROVINCE_LN, PROVINCE_JL, PROVINCE_CN, SCOPE_ALL };
    int roll = dice_below(&s->dice, 10);

    if (roll < 5)
        return busy[dice_below(&s->dice, 4)];
    if (roll < 9)
        return SCOPE_COUNT + dice_below(&s->dice, kafka_logs(s->kafka));
    return dice_below(&s->dice, SCOPE_COUNT);
}

static void
forget_scopes(struct stage *s, int slot)
{
    for (int i = 0; i < SCOPE_COUNT; i++) {
        if (slot < 0 || slot == i)
            judge_forget_scope(s->judge, i);
    }
}

static struct text
tag_or_all(const struct stage *s, int slot)
{
    return slot < 0 ? (struct text){ NULL, 0 } : slot_tag(s, slot);
}

static const char *
slot_name(const struct stage *s, int slot)
{
    return slot < 0 ? "everything" : slot_tag(s, slot).at;
}

static int
drop_copy(struct stage *s, int which)
{
    int slot = s->copy_slot[which];

    redis_copy_free(s->copies[which]);
    s->copies[which] = s->copies[--s->copy_count];
    s->copy_slot[which] = s->copy_slot[s->copy_count];
    return slot;
}

static void
remember(struct stage *s, int slot)
{
    if (s->copy_count == COPIES_MOST)
        (void)drop_copy(s, 0);
    s->copies[s->copy_count] = redis_copy(s->redis, tag_or_all(s, slot));
    s->copy_slot[s->copy_count++] = slot;
    stage_say(s, "(the replica of %s stops here)", slot_name(s, slot));
}

static void
restore(struct stage *s, int which)
{
    int slot = s->copy_slot[which];

    stage_say(s, "FAILOVER: the tail of %s is lost", slot_name(s, slot));
    redis_restore(s->redis, s->copies[which]);
    forget_scopes(s, slot);
    if (dice_below(&s->dice, 2) == 0)
        (void)drop_copy(s, which);
    s->tally.tails++;
}

/* Remember a slot as it is; or lose what came after such a memory. */
void
slots_lose_tail(struct stage *s, bool all)
{
    int which = dice_below(&s->dice, COPIES_MOST);

    if (which < s->copy_count && (s->copy_slot[which] < 0) == all)
        restore(s, which);
    else
        remember(s, all ? -1 : slots_any(s));
}

void
slots_fail_over(struct stage *s, int slot, bool now)
{
    int which = 0;

    while (which < s->copy_count && s->copy_slot[which] != slot)
        which++;
    if (!now)
        remember(s, slot);
    else if (which < s->copy_count)
        restore(s, which);
}

void
slots_wipe(struct stage *s, int slot)
{
    stage_say(s, "WIPE: %s", slot_name(s, slot));
    redis_wipe(s->redis, tag_or_all(s, slot));
    forget_scopes(s, slot);
    s->tally.wipes++;
}

void
slots_tear_end(struct stage *s)
{
    struct text tag = redis_tear_end(s->redis);
    const char *wrong = NULL;

    stage_say(s, "RESTART: half a script comes back in %.*s", (int)tag.length, tag.at);
    s->tally.halves++;
    judge_allow_torn(s->judge);
    for (int i = 0; i < SCOPE_COUNT && wrong == NULL; i++) {
        if (!text_equal(slot_tag(s, i), tag))
            continue;
        judge_forget_scope(s->judge, i);
        wrong = judge_scope(s->judge, i, false, false);
    }
    if (wrong != NULL)
        stage_wrong(s, "%s", wrong);
}

void
slots_heal(struct stage *s)
{
    stage_say(s, "the split heals: what only old masters knew is gone");
    redis_heal(s->redis);
    for (int i = 0; i < ACTORS; i++) {
        s->machines[i].behind = false;
        if (s->machines[i].redis != NULL)
            redis_set_behind(s->machines[i].redis, false);
    }
    for (int i = 0; i < SCOPE_COUNT; i++)
        judge_forget_scope(s->judge, i);
    s->split = false;
}

void
slots_split(struct stage *s)
{
    int which;

    if (s->split) {
        slots_heal(s);
        return;
    }
    if (s->copy_count == 0)
        return;
    which = dice_below(&s->dice, s->copy_count);
    stage_say(s, "SPLIT: another master of %s", slot_name(s, s->copy_slot[which]));
    redis_split(s->redis, s->copies[which]);
    forget_scopes(s, s->copy_slot[which]);
    for (int i = 0; i < ACTORS; i++) {
        struct machine *m = &s->machines[i];

        m->behind = m->alive && dice_below(&s->dice, 2) == 0;
        if (!m->behind)
            continue;
        redis_set_behind(m->redis, true);
        stage_say(s, "%c still talks to the old one", 'A' + i);
    }
    s->split = true;
    s->tally.splits++;
}
