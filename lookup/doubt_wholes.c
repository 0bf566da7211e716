/* Parts above their wholes, also where each lies in a series of its own.
 *
 * Judged is edge by edge (lookup/wholes_inside.h), then all parts of one way together.
 * Only what lies inside a time of which the whole tells is compared, and a part counts
 * with the least that it may mean, a whole with the most.  So nothing is told that
 * rounding, revisions or different days could explain. */
#include "lookup/wholes_inside.h"

#include <assert.h>

#include "ledger/meant.h"

/* A time of which the whole tells: by one figure, or by several that follow each other,
 * such as its months. */
struct spell {
    int32_t start, end;
    wide_t told, most; /* as it was told; at the most */
    int32_t figures;
    const struct held *first;
};
enum {
    RUNS_FEW = 24, /* outermost figures of which all runs are looked at: months, half-months */
    SPELLS_MOST = STANDING_MOST + RUNS_FEW * (RUNS_FEW - 1) / 2,
};

static struct spell
spell_of(const struct held *h)
{
    struct range range = limits(h->amount, (enum bound)h->bound);

    return (struct spell){ h->start, h->end, h->amount, range.high, 1, h };
}

/* The outermost figures of a whole that have a limit above, by date. */
static size_t
find_outermost(const struct wholes *w, const struct kept *whole, struct spell *out)
{
    size_t count = 0;
    int32_t told = 0;

    for (size_t i = 0; i < whole->count; i++) {
        const struct held *h = &w->held[whole->first + i];
        if (h->start < told)
            continue;
        told = h->end;
        if (h->bound != BOUND_AT_LEAST)
            out[count++] = spell_of(h);
    }
    return count;
}

/* All spells of a whole: each of its figures, and each run of several outermost ones.
 * Of many of these, such as days, only the longest runs. */
static size_t
find_spells(const struct wholes *w, const struct kept *whole, struct spell out[SPELLS_MOST])
{
    struct spell outer[STANDING_MOST];
    size_t outermost = find_outermost(w, whole, outer), count = 0;

    for (size_t i = 0; i < whole->count; i++)
        if (w->held[whole->first + i].bound != BOUND_AT_LEAST)
            out[count++] = spell_of(&w->held[whole->first + i]);
    for (size_t i = 0, end; i < outermost; i = outermost <= RUNS_FEW ? i + 1 : end) {
        struct spell run = outer[i];
        for (end = i + 1; end < outermost && outer[end].start == run.end; end++) {
            run.end = outer[end].end;
            run.told += outer[end].told;
            run.most += outer[end].most;
            run.figures++;
            if (outermost <= RUNS_FEW)
                out[count++] = run;
        }
        if (outermost > RUNS_FEW && run.figures > 1)
            out[count++] = run;
    }
    return count;
}

/* What a part says within a period. */
struct said {
    wide_t least, told; /* at the least; as it was told */
    int32_t figures;
    const struct held *first; /* the only one where figures is 1 */
};

static struct said
said_within(const struct wholes *w, const struct kept *part, const struct spell *whole)
{
    struct said said = { 0 };
    int32_t told = whole->start;

    for (size_t i = 0; i < part->count; i++) {
        const struct held *h = &w->held[part->first + i];
        /* Sorted so that the outermost comes first. */
        if (h->start < told || h->end > whole->end)
            continue;
        told = h->end;
        said.least += limits(h->amount, (enum bound)h->bound).low;
        said.told += h->bound == BOUND_AT_MOST ? 0 : h->amount;
        said.first = said.figures++ == 0 ? h : said.first;
    }
    return said;
}

static struct spoken
speak(const struct kept *kept, const struct held *held)
{
    return (struct spoken){ .of = kept->of,
                            .what = kept->what,
                            .flow = kept->flow,
                            .bound = held->bound,
                            .has_amount = true,
                            .start = held->start,
                            .end = held->end,
                            .amount = held->amount };
}

static struct spoken
speak_spell(const struct kept *kept, const struct spell *spell)
{
    struct spoken s = speak(kept, spell->first);

    s.end = spell->end;
    s.amount = spell->told < INT64_MAX ? (int64_t)spell->told : INT64_MAX;
    s.bound = spell->figures == 1 ? s.bound : BOUND_EXACT;
    return s;
}

/* The question, and where answers go. */
struct judging {
    struct wholes *w;
    doubt_concerns *concerns;
    const void *self;
    struct doubt_list *out;
};

/* A part alone above its whole: the worst of their periods is told. */
static void
judge_edge(const struct judging *j, const struct edge *edge, const struct spell *spells,
           size_t spell_count)
{
    const struct kept *whole = &j->w->kept[edge->whole], *part = &j->w->kept[edge->part];
    struct doubt worst = { .kind = DOUBT_PART_ABOVE, .weight = -1 };
    int32_t periods = 0;

    if (!j->concerns(j->self, &whole->of) && !j->concerns(j->self, &part->of))
        return;
    for (size_t i = 0; i < spell_count; i++) {
        const struct spell *spell = &spells[i];
        struct said said = said_within(j->w, part, spell);
        if (said.first == NULL || said.least <= spell->most)
            continue;
        periods++;
        int64_t weight = doubt_weight(said.told - spell->told, spell->told);
        if (weight <= worst.weight)
            continue;
        worst.weight = weight;
        worst.figure = speak(part, said.first);
        worst.against = speak_spell(whole, spell);
        worst.summed = spell->figures;
        worst.others = said.figures - 1;
        worst.sum = said.told;
        worst.by = said.told - spell->told;
        worst.clash = said.figures == 1 ? CLASH_ABOVE : CLASH_TOO_MUCH;
    }
    if (periods == 0)
        return;
    worst.periods = periods - 1;
    doubt_list_put(j->out, &worst);
}

/* May parts of this way be added?  Areas lie in each other, and groups hold the
 * same members. */
static bool
adds_up(enum way way, const struct kept *part)
{
    return way != WAY_AREA && !part->of.is_part &&
           (way != WAY_PARTNER || !partner_is_group(part->of.partner));
}

/* All parts of one way, within one figure of the whole. */
struct together {
    wide_t least, told;
    int32_t parts;
    bool is_one_above; /* told by itself already */
    /* The two largest. */
    const struct kept *largest[2];
    struct said said[2];
};

static void
note_said(struct together *t, const struct kept *part, struct said said, wide_t high)
{
    int place = t->parts == 0 || said.told > t->said[0].told   ? 0
                : t->parts == 1 || said.told > t->said[1].told ? 1
                                                               : 2;

    t->least += said.least;
    t->told += said.told;
    t->parts++;
    t->is_one_above = t->is_one_above || said.least > high;
    if (place == 0) {
        t->largest[1] = t->largest[0];
        t->said[1] = t->said[0];
    }
    if (place < 2) {
        t->largest[place] = part;
        t->said[place] = said;
    }
}

static enum doubt_kind
kind_of(enum way way, const struct kept *whole)
{
    if (way == WAY_PROVINCE)
        return DOUBT_PROVINCES_ABOVE;
    return way == WAY_PARTNER && whole->of.partner == PARTNER_WORLD ? DOUBT_PARTNERS_ABOVE
                                                                    : DOUBT_PARTS_ABOVE;
}

/* What a part said, as one figure over the time that it told of. */
static struct spoken
speak_said(const struct kept *part, const struct said *said)
{
    assert(said->first != NULL); /* it has a figure */
    struct spoken s = speak(part, said->first);

    s.amount = said->told < INT64_MAX ? (int64_t)said->told : INT64_MAX;
    return s;
}

/* The parts of edges[0 .. count - 1], all of one whole and one way. */
static void
judge_together(const struct judging *j, const struct edge *edges, size_t count,
               const struct spell *spells, size_t spell_count)
{
    const struct kept *whole = &j->w->kept[edges->whole];
    struct doubt worst = { .kind = kind_of((enum way)edges->way, whole), .weight = -1 };
    int32_t periods = 0;

    if (!j->concerns(j->self, &whole->of))
        return;
    for (size_t i = 0; i < spell_count; i++) {
        const struct spell *spell = &spells[i];
        struct together t = { 0 };
        for (size_t k = 0; k < count; k++) {
            const struct kept *part = &j->w->kept[edges[k].part];
            if (!adds_up((enum way)edges[k].way, part))
                continue;
            struct said said = said_within(j->w, part, spell);
            if (said.figures > 0)
                note_said(&t, part, said, spell->most);
        }
        if (t.parts < 2 || t.is_one_above || t.least <= spell->most)
            continue;
        periods++;
        int64_t weight = doubt_weight(t.told - spell->told, spell->told);
        if (weight <= worst.weight)
            continue;
        worst.weight = weight;
        worst.figure = speak_spell(whole, spell);
        worst.summed = spell->figures;
        worst.against = speak_said(t.largest[0], &t.said[0]);
        worst.also = speak_said(t.largest[1], &t.said[1]);
        worst.others = t.parts - 2;
        worst.sum = t.told;
        worst.by = t.told - spell->told;
    }
    if (periods == 0)
        return;
    worst.periods = periods - 1;
    doubt_list_put(j->out, &worst);
}

bool
wholes_judge(struct wholes *w, doubt_concerns *concerns, const void *self, struct doubt_list *out)
{
    const struct judging j = { w, concerns, self, out };
    struct spell spells[SPELLS_MOST]; /* some 80 KiB of stack */

    if (!wholes_connect(w))
        return false;
    for (size_t i = 0, end; i < w->edge_count; i = end) {
        const struct edge *e = &w->edges[i];
        size_t count = find_spells(w, &w->kept[e->whole], spells);
        for (end = i;
             end < w->edge_count && w->edges[end].whole == e->whole && w->edges[end].way == e->way;
             end++)
            judge_edge(&j, &w->edges[end], spells, count);
        judge_together(&j, e, end - i, spells, count);
    }
    return true;
}
