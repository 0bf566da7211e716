/* Plans for values: all texts of ours from the start, those of a registry once they are met.
 *
 * A registry that is away is waited for, but not for ever: who looks into a topic wants to see the
 * rest.  What it did not say is asked for again a while later. */
#include "ingest/opener.h"

#include "base/clock.h"
#include "base/grow.h"
#include "kafka/topic.h"
#include "schemas/history.h"
#include "schemas/value.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000, /* for a registry, until a value is passed over */
    AGAIN_MS = 30000,   /* then the id is asked for again */
    LOOK_MS = 20,       /* between two looks at what the registry says */
    KNOWN_MOST = 1024,  /* ids; those of more are asked for each time */
};

struct known {
    enum record_type type;
    struct schema_id id;
    struct plan *plan; /* NULL: none, because of `fault`, until `until` */
    enum fault fault;
    struct why why;
    int64_t until; /* tick */
};

struct opener {
    struct registry *registry;
    const volatile sig_atomic_t *signals;
    struct plans *plans[RECORD_TYPE_COUNT];
    struct known *known;
    size_t known_count, known_room;
    struct draft draft;
    bool has_draft;
};

enum fault
opener_new(struct registry *registry, const volatile sig_atomic_t *signals, struct opener **out,
           struct why *why)
{
    struct opener *o = calloc(1, sizeof *o);
    enum fault fault = FAULT_NONE;

    if (o == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory to read records with");
    o->registry = registry;
    o->signals = signals;
    for (int t = 0; t < RECORD_TYPE_COUNT && fault == FAULT_NONE; t++)
        fault = plans_open((enum record_type)t, &o->plans[t], why);
    if (fault != FAULT_NONE)
        opener_free(o);
    else
        *out = o;
    return fault;
}

void
opener_free(struct opener *opener)
{
    if (opener == NULL)
        return;
    for (int t = 0; t < RECORD_TYPE_COUNT; t++)
        plans_free(opener->plans[t]);
    for (size_t i = 0; i < opener->known_count; i++)
        plan_free(opener->known[i].plan);
    free(opener->known);
    free(opener);
}

const struct draft *
opener_draft(const struct opener *opener)
{
    return opener->has_draft ? &opener->draft : NULL;
}

/* ---- ids of a registry -------------------------------------------------------------- */

/* Ask until there is an answer, or the patience is at its end. */
static void
ask(struct opener *o, struct known *k)
{
    int64_t give_up = clock_tick_ms() + PATIENCE_MS;
    enum registry_reply reply = REGISTRY_WAITS;
    struct text schema;
    struct why reason = { 0 };

    while (reply == REGISTRY_WAITS && clock_tick_ms() < give_up && *o->signals == 0) {
        reply = registry_look_up(o->registry, k->id, &schema, &reason);
        if (reply == REGISTRY_WAITS)
            (void)usleep(LOOK_MS * 1000);
    }
    if (reply == REGISTRY_HAS)
        k->fault = plan_compile(schema, k->type, &k->plan, &reason);
    else if (reply == REGISTRY_WAITS)
        k->fault = FAULT_REGISTRY_AWAY;
    else
        k->fault = BAD_SCHEMA;
    k->until = reply == REGISTRY_WAITS ? clock_tick_ms() + AGAIN_MS : INT64_MAX;
    if (reply == REGISTRY_WAITS && reason.text[0] == '\0')
        (void)why_set(&reason, k->fault, "the registry has not said yet that it has it");
    char id[SCHEMA_ID_TEXT];
    (void)schema_id_write(k->id, id);
    (void)why_set(&k->why, k->fault, "schema id %s: %s", id,
                  reason.text[0] == '\0' ? "the registry has no schema of this id" : reason.text);
}

static struct known *
find_known(struct opener *o, enum record_type type, struct schema_id id)
{
    for (size_t i = 0; i < o->known_count; i++)
        if (schema_id_order(o->known[i].id, id) == 0 && o->known[i].type == type)
            return &o->known[i];
    return NULL;
}

/* A new place, or that of the oldest: what is full of strangers' ids is slow, and goes on. */
static struct known *
make_known(struct opener *o, enum record_type type, struct schema_id id)
{
    struct known *k;

    if (o->known_count == KNOWN_MOST) {
        plan_free(o->known[0].plan);
        memmove(o->known, o->known + 1, --o->known_count * sizeof *o->known);
    }
    k = grow(o->known, &o->known_room, o->known_count + 1, sizeof *k);
    if (k == NULL)
        return NULL;
    o->known = k;
    k = &o->known[o->known_count++];
    *k = (struct known){ .type = type, .id = id };
    return k;
}

static enum fault
plan_of_id(struct opener *o, enum record_type type, struct schema_id id, const struct plan **plan,
           struct why *why)
{
    struct known *k = find_known(o, type, id);
    bool is_new = k == NULL;
    char text[SCHEMA_ID_TEXT];

    (void)schema_id_write(id, text);
    if (o->registry == NULL)
        return why_field(why, BAD_SCHEMA, "",
                         "schema id %s: it needs a schema registry, and none is given (--registry)",
                         text);
    if (is_new)
        k = make_known(o, type, id);
    if (k == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for schemas");
    if (is_new || (k->plan == NULL && clock_tick_ms() >= k->until))
        ask(o, k);
    *plan = k->plan;
    return k->plan != NULL ? FAULT_NONE : why_field(why, k->fault, "", "%s", k->why.text);
}

/* ---- values ------------------------------------------------------------------------- */

/* A message, and who opens it. */
struct opened {
    struct opener *opener;
    const struct followed *message;
};

static bool
find_header(void *self, const char *name, struct text *out)
{
    return follow_find_header(((struct opened *)self)->message, name, out);
}

/* A plan_finder of such. */
static enum fault
find_plan(void *self, enum record_type type, const struct frame *frame, const struct plan **plan,
          struct why *why)
{
    struct opener *o = ((struct opened *)self)->opener;

    if (frame->form == FRAME_CONFLUENT)
        return plan_of_id(o, type, frame->schema_id, plan, why);
    *plan = plans_find(o->plans[type], frame->fingerprint);
    if (*plan != NULL)
        return FAULT_NONE;
    return why_field(why, BAD_SCHEMA, "",
                     "its schema's fingerprint is none that a release has written to %s with",
                     topic_names[type]);
}

enum fault
opener_open(struct opener *opener, const struct followed *message, struct text value,
            enum record_type type, struct record *out, struct why *why)
{
    struct frame frame;
    struct opened opened = { opener, message };
    struct value_way way = { &opened, find_plan, find_header };
    enum fault fault = value_decode(value, type, &way, &frame, &opener->draft, why);

    opener->has_draft = fault == FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = record_settle(&opener->draft, out, why);
    if (fault == FAULT_NONE && out->id_derived_wanted)
        fault = why_field(why, BAD_ID, "id", "a message must carry its id");
    return fault;
}
