/* What becomes of each command on its way to Redis, and what the judge says
 * after it. */
#include "tests/story/stage.h"

struct text
slot_tag(const struct stage *stage, int slot)
{
    if (slot < SCOPE_COUNT)
        return text_of(scope_code(slot));
    return text_of(kafka_name(stage->kafka, slot - SCOPE_COUNT));
}

/* The slot's number of a key, by its hash tag. */
static int
slot_of(const struct stage *stage, struct text key)
{
    const char *open = memchr(key.at, '{', key.length);
    const char *close = memchr(key.at, '}', key.length);
    struct text tag;

    if (open == NULL || close == NULL || close < open)
        return -1;
    tag = (struct text){ open + 1, (size_t)(close - open) - 1 };
    for (int i = 0; i < SCOPE_COUNT + kafka_logs(stage->kafka); i++) {
        if (text_equal(slot_tag(stage, i), tag))
            return i;
    }
    return -1;
}

static int64_t
number_of(struct text t)
{
    int64_t n = 0;

    for (size_t i = 0; i < t.length; i++)
        n = n * 10 + (t.at[i] - '0');
    return n;
}

/* ---- traces ---------------------------------------------------------------------- */

static void
trace_command(struct stage *stage, const char *who, const struct command *c, const char *fate)
{
    char line[600];
    struct text_buffer b = { line, sizeof line - 1, 0, false };

    if (!stage->trace)
        return;
    if (c->script != NULL)
        text_put(&b, text_of(c->script->name));
    for (size_t i = 0; i < c->count && !b.full; i++) {
        bool readable = c->args[i].length < 60;

        text_put_char(&b, ' ');
        for (size_t k = 0; readable && k < c->args[i].length; k++)
            readable = c->args[i].at[k] >= ' ';
        text_put(&b, readable ? c->args[i] : TEXT_LITERAL("<bytes>"));
    }
    line[b.length] = '\0';
    stage_say(stage, "%s %s%s%s%s", who, line, b.full ? "..." : "", fate[0] != '\0' ? " -- " : "",
              fate);
}

static void
trace_answer(struct stage *stage, const struct answer *a)
{
    char line[400] = "";
    struct text_buffer b = { line, sizeof line - 1, 0, false };

    if (!stage->trace)
        return;
    if (a->kind == ANSWER_TEXT || a->kind == ANSWER_ERROR)
        text_put(&b, a->text.length < 100 ? a->text : TEXT_LITERAL("<bytes>"));
    for (size_t i = 0; a->kind == ANSWER_LIST && i < a->count && !b.full; i++) {
        if (a->items[i].kind == ANSWER_TEXT && a->items[i].text.length < 100)
            text_put(&b, a->items[i].text);
        text_put_char(&b, ' ');
    }
    line[b.length] = '\0';
    stage_say(stage, "         -> %s", line);
}

/* ---- the judge ---------------------------------------------------------------------- */

static bool
said_ok(const struct answer *a)
{
    return a->kind == ANSWER_LIST && a->count > 0 &&
           text_equal(a->items[0].text, TEXT_LITERAL("OK"));
}

/* COMMIT and FLIP name a version: from now on it means something. */
static void
note_version(struct stage *stage, const struct command *c)
{
    size_t keys = (size_t)number_of(c->args[0]);
    int slot = slot_of(stage, c->args[1]);
    struct text version = c->args[keys + 2], next = c->args[keys + 3];
    int log = slot - SCOPE_COUNT;

    if (slot < SCOPE_COUNT ||
        !judge_version(stage->judge, version, log, kafka_below(stage->kafka, log, number_of(next))))
        stage_wrong(stage, "%s sends version %.*s, which stands for something else already",
                    c->script->name, (int)version.length, version.at);
}

/* How often its slot has changed; 0 of commands that are not judged, and may have no key. */
static uint64_t
changes_now(const struct stage *stage, const struct command *c, bool behind)
{
    return c->script == NULL ? 0 : redis_changes(stage->redis, c->key, behind);
}

static bool
writes_scope(const struct command *c)
{
    return c->script != NULL &&
           (c->script->number == SCRIPT_PUSH || c->script->number == SCRIPT_TELL ||
            c->script->number == SCRIPT_RESET || c->script->number == SCRIPT_SWAP);
}

/* COMMIT, CHUNK and FLIP write nothing while a rebuild holds their partition. */
static void
judge_held(struct stage *stage, const struct command *c, bool behind)
{
    enum { HOLD_LONGEST_MS = 60000 };
    struct text hold = redis_field(stage->redis, c->args[1], TEXT_LITERAL("hold"), behind);
    const char *blank = hold.length == 0 ? NULL : memchr(hold.at, ' ', hold.length);
    int64_t left;

    if (blank == NULL)
        return;
    left =
        number_of((struct text){ hold.at, (size_t)(blank - hold.at) }) - redis_clock(stage->redis);
    if (0 < left && left <= HOLD_LONGEST_MS)
        stage_wrong(stage, "%s wrote to %.*s, which is held for %ld ms more", c->script->name,
                    (int)c->args[1].length, c->args[1].at, (long)left);
}

/* Until a hold or the lease of a rebuild has ended nobody need be at rest.  Who only looks says
 * no time. */
static void
note_hold(struct stage *stage, const struct command *c)
{
    int64_t until = c->count > 3 ? stage->now_ms + number_of(c->args[3]) : 0;

    if (stage->held_until < until)
        stage->held_until = until;
}

static void
judge_command(struct stage *stage, const struct command *c, const struct answer *a, bool behind,
              uint64_t changes_before)
{
    int number = c->script->number, scope;
    const char *wrong;

    stage->tally.scripts++;
    if (a->kind == ANSWER_ERROR && !text_equal(a->text, TEXT_LITERAL("ERR cut off")))
        stage_wrong(stage, "script %s failed: %.*s", c->script->name, (int)a->text.length,
                    a->text.at);
    if (a->kind == ANSWER_LIST && a->count > 0 && stage->trace && !said_ok(a))
        stage_say(stage, "         -> %.*s", (int)a->items[0].text.length, a->items[0].text.at);
    stage->tally.ranges += a->kind == ANSWER_LIST && a->count > 0 &&
                           text_equal(a->items[0].text, TEXT_LITERAL("RANGE"));
    if (said_ok(a)) {
        stage->tally.commits += number == SCRIPT_COMMIT;
        stage->tally.pushes += number == SCRIPT_PUSH;
        stage->tally.resets += number == SCRIPT_RESET;
        stage->resets += number == SCRIPT_RESET;
        stage->tally.flips += number == SCRIPT_FLIP;
    }
    if ((number == SCRIPT_COMMIT || number == SCRIPT_CHUNK || number == SCRIPT_FLIP) &&
        redis_changes(stage->redis, c->key, behind) != changes_before)
        judge_held(stage, c, behind);
    if (number == SCRIPT_HOLD && said_ok(a))
        note_hold(stage, c);
    if (!writes_scope(c))
        return;
    scope = slot_of(stage, c->key);
    if (scope < 0 || scope >= SCOPE_COUNT) {
        stage_wrong(stage, "script %s for no scope", c->script->name);
        return;
    }
    if (redis_changes(stage->redis, c->key, behind) == changes_before)
        return;
    if (a->kind == ANSWER_ERROR && judge_shown(c->key)) { /* cut off before it raised the version */
        judge_allow_torn(stage->judge);
        judge_forget_scope(stage->judge, scope);
    }
    if (number == SCRIPT_TELL && said_ok(a))
        wrong = judge_told(stage->judge, scope, behind);
    else
        wrong = judge_scope(stage->judge, scope, behind,
                            number != SCRIPT_RESET && said_ok(a) && judge_shown(c->key));
    if (wrong != NULL)
        stage_wrong(stage, "%s", wrong);
}

/* ---- the watch ---------------------------------------------------------------------- */

static void
keep_late(struct stage *stage, const struct command *c)
{
    if (stage->late_count == LATES_MOST)
        return;
    stage->lates[stage->late_count++] = redis_keep(c);
}

static bool
writes(const struct command *c)
{
    return c->script != NULL || c->args[0].at[0] == 'U' ||
           text_equal(c->args[0], TEXT_LITERAL("HSET"));
}

/* One slot at a time is torn.  Of compactions and RESETs there are few: they
 * get more than their share. */
static int
tear_chance(const struct machine *m, const struct command *c)
{
    const struct stage *stage = m->stage;

    if (c->script == NULL || stage->split || redis_is_torn(stage->redis))
        return 0;
    switch (c->script->number) {
    case SCRIPT_CHUNK:
    case SCRIPT_FLIP:
    case SCRIPT_SWEEP:
        return 20 * stage->weather.tear;
    case SCRIPT_SWAP:
        return 30 * stage->weather.tear;
    case SCRIPT_RESET:
    case SCRIPT_REPLACE:
        return 10 * stage->weather.tear;
    default:
        return stage->weather.tear;
    }
}

static enum redis_fate
choose_fate(struct machine *m, const struct command *c)
{
    struct stage *stage = m->stage;
    const struct weather *w = &stage->weather;

    if (m->crashed) /* what was already sent may still arrive, in order */
        return dice_below(&stage->dice, 3) == 0 ? FATE_DROP : FATE_LOSE_REPLY;
    if (stage->quiet)
        return FATE_RUN;
    if (dice_hits(&stage->dice, w->drop))
        return FATE_DROP;
    if (dice_hits(&stage->dice, w->lose))
        return FATE_LOSE_REPLY;
    if (dice_hits(&stage->dice, w->not_now))
        return FATE_NOT_NOW;
    if (dice_hits(&stage->dice, w->refuse))
        return FATE_REFUSE;
    if (writes_scope(c) && dice_hits(&stage->dice, w->cut)) {
        redis_set_cut(m->redis, dice_below(&stage->dice, 4) == 0
                                    ? CUT_AT_XADD
                                    : 1 + dice_below(&stage->dice, 30));
        return FATE_CUT;
    }
    if (dice_hits(&stage->dice, tear_chance(m, c))) {
        redis_set_tear(m->redis, (size_t)dice_below(&stage->dice, 100));
        stage->tally.tears++;
        return FATE_TEAR;
    }
    if (c->script != NULL && dice_hits(&stage->dice, w->late))
        keep_late(stage, c); /* more than a network can do: it runs now as well */
    return FATE_RUN;
}

/* A failover in the middle of a compaction: what is lost was written beside
 * the journal.  Or a rebuild holds the partition just then. */
enum { HOLDS_COMPACTION = 8 }; /* so many times as often as at any step */

static void
befall_compaction(struct stage *stage, const struct command *c)
{
    bool flips = c->script != NULL && c->script->number == SCRIPT_FLIP;
    bool writes_chunk = c->script != NULL && c->script->number == SCRIPT_CHUNK;

    if (!stage->quiet && (flips || writes_chunk) &&
        dice_hits(&stage->dice, stage->weather.tail_beside))
        slots_fail_over(stage, slot_of(stage, c->key), flips);
    if (!stage->quiet && (flips || writes_chunk) &&
        dice_hits(&stage->dice, HOLDS_COMPACTION * stage->weather.hold))
        weather_hold(stage, slot_of(stage, c->key) - SCOPE_COUNT);
}

/* The same while a rebuild clears away what an earlier one left: some of it is there again, when
 * the new one has begun to count. */
static void
befall_clearing(struct stage *stage, const struct machine *m, const struct command *c)
{
    bool clears = c->script == NULL && text_equal(c->args[0], TEXT_LITERAL("UNLINK"));
    bool counts = c->script != NULL && c->script->number == SCRIPT_PUSH;

    if (m->number == REBUILDER && !stage->quiet && (clears || counts) &&
        dice_hits(&stage->again, stage->weather.tail_beside / 4))
        slots_fail_over(stage, slot_of(stage, c->key), counts);
}

/* The clock of Redis itself.  Scripts have the caller's: so holds meet servers whose clocks differ.
 */
static bool
is_time(const struct command *c)
{
    return c->script == NULL && text_equal(c->args[0], TEXT_LITERAL("TIME"));
}

static enum redis_fate
before(void *self, struct redis_client *client, const struct command *c, enum fault *fault)
{
    static const char *const names[] = {
        [FATE_RUN] = "",
        [FATE_LOSE_REPLY] = "its answer is lost",
        [FATE_DROP] = "is lost",
        [FATE_NOT_NOW] = "not now",
        [FATE_REFUSE] = "refused",
        [FATE_CUT] = "cut off",
        [FATE_TEAR] = "TORN: half of it will come back",
    };
    struct machine *m = self;
    struct stage *stage = m->stage;
    const struct weather *w = &stage->weather;
    enum redis_fate fate;
    char who[2] = { (char)('A' + m->number), '\0' };

    (void)client;
    (void)fault;
    if (!m->crashed && dice_hits(&stage->dice, c->script != NULL ? w->pause_script : w->pause_read))
        fiber_pause();
    befall_compaction(stage, c);
    befall_clearing(stage, m, c);
    fate = choose_fate(m, c);
    if (c->script != NULL &&
        (c->script->number == SCRIPT_COMMIT || c->script->number == SCRIPT_FLIP))
        note_version(stage, c);
    if (fate == FATE_DROP && writes(c) && dice_below(&stage->dice, 2) == 0)
        keep_late(stage, c); /* on its way still */
    stage->tally.lost += fate != FATE_RUN;
    trace_command(stage, who, c, names[fate]);
    redis_set_clock(stage->redis, is_time(c)
                                      ? STORY_BEGINS_MS + stage->now_ms + stage->redis_skew_ms
                                      : machine_wall_ms(m));
    m->changes_before = changes_now(stage, c, m->behind);
    return fate;
}

static void
after(void *self, struct redis_client *client, const struct command *c, const struct answer *a,
      enum fault *fault)
{
    struct machine *m = self;

    (void)client;
    (void)fault;
    trace_answer(m->stage, a);
    if (c->script != NULL)
        judge_command(m->stage, c, a, m->behind, m->changes_before);
    if (a->kind == ANSWER_ERROR && c->script == NULL)
        stage_wrong(m->stage, "%.*s failed: %.*s", (int)c->args[0].length, c->args[0].at,
                    (int)a->text.length, a->text.at);
}

struct redis_watch
machine_watch(struct machine *m)
{
    return (struct redis_watch){ m, before, after };
}

void
stage_run_late(struct stage *stage, int which)
{
    struct redis_late *late = stage->lates[which];
    const struct command *c = redis_kept(late);
    uint64_t changes_before = changes_now(stage, c, false);
    struct answer a;

    stage->lates[which] = stage->lates[--stage->late_count];
    trace_command(stage, "late:", c, "");
    a = redis_do(stage->redis, c);
    trace_answer(stage, &a);
    stage->tally.lates++;
    if (c->script != NULL)
        judge_command(stage, c, &a, false, changes_before);
    redis_late_free(late);
}
