/* Writers' schemas: from an id in a message to a plan.
 *
 * Redis is asked first, then the registry; what the registry says is in Redis
 * before any record is read with it.  Two instances that learn an id at the
 * same time keep the text of the faster one.  What Redis has is used at once,
 * and compared once a life with what the registry has now: an id that names
 * another schema than before stops whoever meets it. */
#include "aggregator/writers.h"

#include "base/grow.h"
#include "base/order.h"

#include <stdlib.h>

enum {
    AGAIN_MS = 60000,    /* what can't be used is asked for again after so long */
    AT_A_TIME = 256,     /* questions to Redis of one step */
    EXPECTED_MOST = 400, /* ids that are found out before anybody waits for them: fewer than
                            REGISTRY_LOOKUPS_MOST, so that those who wait are never in line */
};

enum writer_state {
    WRITER_UNKNOWN, /* why may say what is wrong */
    WRITER_KNOWN,   /* plan */
    WRITER_BAD,     /* why */
    WRITER_OTHER,   /* plan, which is not used; why */
};
/* Redis first, then the registry. */
enum whom { ASK_REDIS, ASK_REGISTRY, ASK_NOBODY };

struct writer {
    enum topic topic;
    struct schema_id id;
    enum writer_state state;
    enum whom ask; /* what it means; of one that is BAD, again */
    struct plan *plan;
    char *text;    /* KNOWN, OTHER: still to be compared with what the registry has; else NULL */
    int64_t until; /* BAD, OTHER: tick; then it is asked again.  INT64_MAX: never */
    struct why why;
};

/* ---- the list ----------------------------------------------------------------- */

static int
compare_writers(const void *a, const void *b)
{
    const struct writer *one = a, *other = b;

    if (one->topic != other->topic)
        return order_of(one->topic, other->topic);
    return schema_id_order(one->id, other->id);
}

void
writers_forget(struct writers *writers)
{
    for (size_t i = 0; i < writers->count; i++) {
        plan_free(writers->list[i].plan);
        free(writers->list[i].text);
    }
    free(writers->list);
    *writers = (struct writers){ 0 };
}

static enum fault
add(struct writers *writers, const struct writer *new, struct why *why)
{
    struct writer *list;
    size_t at = 0;

    if (writers->count == WRITERS_MOST)
        writers_forget(writers);
    list = grow(writers->list, &writers->room, writers->count + 1, sizeof *list);
    if (list == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for writers' schemas");
    writers->list = list;
    while (at < writers->count && compare_writers(&list[at], new) < 0)
        at++;
    memmove(&list[at + 1], &list[at], (writers->count - at) * sizeof *list);
    list[at] = *new;
    writers->count++;
    writers->asking++;
    writers->unsettled = true;
    return FAULT_NONE;
}

static bool
is_set_aside(const struct settings *settings, struct schema_id id)
{
    for (size_t i = 0; i < settings->set_aside_schemas.count; i++)
        if (schema_id_order(settings->set_aside_schemas.ids[i], id) == 0)
            return true;
    return false;
}

enum fault
writers_find(struct writers *writers, const struct wire *wire, enum topic topic,
             struct schema_id id, const struct plan **plan, struct why *why)
{
    const struct writer wanted = { .topic = topic, .id = id };
    struct writer *w = writers->count == 0 ? NULL
                                           : bsearch(&wanted, writers->list, writers->count,
                                                     sizeof *writers->list, compare_writers);
    char told[SCHEMA_ID_TEXT];
    enum fault fault;

    if (w != NULL && w->state == WRITER_KNOWN) {
        *plan = w->plan;
        return FAULT_NONE;
    }
    if (id.number > INT32_MAX)
        return why_field(why, BAD_SCHEMA, "",
                         "schema id %u: ids of a registry go up to 2147483647; is the value framed "
                         "by its writer's serializer?",
                         id.number);
    if (w == NULL) {
        fault = add(writers, &wanted, why);
        return fault != FAULT_NONE ? fault : why_set(why, FAULT_REGISTRY_AWAY, "%s", "");
    }
    if (w->state == WRITER_UNKNOWN && w->ask == ASK_REGISTRY && is_set_aside(wire->settings, id)) {
        (void)schema_id_write(id, told);
        return why_field(why, BAD_SCHEMA, "", "schema id %s is set aside by --set-aside-schema",
                         told);
    }
    if (w->state != WRITER_BAD)
        return why_set(why, FAULT_REGISTRY_AWAY, "%s", w->why.text);
    /* It is asked for again, and nobody waits for that: a writer that is set up
     * wrongly would make its partition stand still every other minute. */
    if (w->ask == ASK_NOBODY && clock_tick(&wire->world->clock) >= w->until) {
        w->ask = ASK_REDIS;
        writers->unsettled = true;
    }
    return why_field(why, BAD_SCHEMA, "", "%s", w->why.text);
}

enum fault
writers_expect(struct writers *writers, const struct wire *wire, enum topic topic,
               struct schema_id id, struct why *why)
{
    const struct plan *plan;
    struct why ignored;

    /* Those that are expected never push out those that are asked for. */
    if (writers->asking >= EXPECTED_MOST || writers->count >= WRITERS_MOST - 1)
        return FAULT_NONE;
    if (writers_find(writers, wire, topic, id, &plan, &ignored) == FAULT_NO_MEMORY)
        return why_set(why, FAULT_NO_MEMORY, "%s", ignored.text);
    return FAULT_NONE;
}

/* ---- what is learned of one ------------------------------------------------------ */

static void
is_bad(struct writer *w, int64_t until, const struct why *reason)
{
    char id[SCHEMA_ID_TEXT];

    w->state = WRITER_BAD;
    w->ask = ASK_NOBODY;
    w->until = until;
    (void)schema_id_write(w->id, id);
    (void)why_set(&w->why, BAD_SCHEMA, "schema id %s: %s", id, reason->text);
}

/* Its text is in Redis. */
static enum fault
is_kept(struct writer *w, struct text text, struct why *why)
{
    struct why reason;
    enum fault fault = plan_compile(text, (enum record_type)w->topic, &w->plan, &reason);

    if (fault == FAULT_NO_MEMORY)
        return why_set(why, fault, "%s", reason.text);
    if (fault != FAULT_NONE) {
        is_bad(w, INT64_MAX, &reason);
        return FAULT_NONE;
    }
    w->state = WRITER_KNOWN;
    w->ask = ASK_NOBODY;
    return FAULT_NONE;
}

static void
is_other(struct writer *w, int64_t now)
{
    char id[SCHEMA_ID_TEXT];

    (void)schema_id_write(w->id, id);
    w->state = WRITER_OTHER;
    w->until = now + AGAIN_MS;
    (void)why_set(&w->why, FAULT_REGISTRY_AWAY,
                  "schema id %s names another schema in the registry than the one that records "
                  "were counted with: is it another registry?",
                  id);
}

/* ---- Redis ------------------------------------------------------------------------ */

/* Of all instances, also of a rebuild beside them. */
static struct text
ids_key(struct wire *wire)
{
    char key[KEY_BYTES];
    size_t length = key_schema_ids(wire->settings->shared_prefix, key);

    return calls_keep(&wire->calls, (struct text){ key, length });
}

static void
put_id(struct wire *wire, struct schema_id id)
{
    char text[SCHEMA_ID_TEXT];
    size_t length = schema_id_write(id, text);

    calls_arg(&wire->calls, calls_keep(&wire->calls, (struct text){ text, length }));
}

/* All for which Redis is to be asked, or as many as one run takes. */
static enum fault
ask_redis(struct writers *writers, struct wire *wire, struct why *why)
{
    struct writer *asked[AT_A_TIME];
    size_t count = 0;
    enum fault fault;

    calls_reset(&wire->calls);
    for (size_t i = 0; i < writers->count && count < AT_A_TIME; i++) {
        if (writers->list[i].ask != ASK_REDIS)
            continue;
        asked[count++] = &writers->list[i];
        ask_key(&wire->calls, "HGET", ids_key(wire));
        put_id(wire, writers->list[i].id);
    }
    if (count == 0)
        return FAULT_NONE;
    fault = wire_run(wire, why);
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++) {
        const struct answer *answer = &wire->calls.answers[i];

        if (answer->kind != ANSWER_TEXT) {
            asked[i]->ask = ASK_REGISTRY;
            continue;
        }
        fault = is_kept(asked[i], answer->text, why);
        if (fault == FAULT_NONE && asked[i]->state == WRITER_KNOWN &&
            wire->world->registry.look_up != NULL)
            asked[i]->text = strndup(answer->text.at, answer->text.length);
    }
    return fault;
}

/* Keep it, unless somebody was faster: then that text is the one. */
static enum fault
keep(struct writer *w, struct wire *wire, struct text text, struct why *why)
{
    struct text key;
    const struct answer *answer;
    enum fault fault;

    calls_reset(&wire->calls);
    key = ids_key(wire);
    ask_key(&wire->calls, "HSETNX", key);
    put_id(wire, w->id);
    calls_arg(&wire->calls, text);
    ask_key(&wire->calls, "HGET", key);
    put_id(wire, w->id);
    fault = wire_run(wire, why);
    if (fault != FAULT_NONE)
        return fault;
    answer = &wire->calls.answers[1];
    if (answer->kind != ANSWER_TEXT) /* emptied at this moment: the registry is asked again */
        return FAULT_NONE;
    fault = is_kept(w, answer->text, why);
    if (fault != FAULT_NONE || w->state != WRITER_KNOWN || schema_is_same(answer->text, text))
        return fault;
    w->text = strndup(answer->text.at, answer->text.length);
    is_other(w, clock_tick(&wire->world->clock));
    return FAULT_NONE;
}

/* ---- the registry ------------------------------------------------------------------- */

/* Redis does not have it. */
static enum fault
ask_registry(struct writer *w, struct wire *wire, struct why *why)
{
    const struct registry_way *registry = &wire->world->registry;
    int64_t again = clock_tick(&wire->world->clock) + AGAIN_MS;
    struct why reason = { 0 };
    char id[SCHEMA_ID_TEXT];
    struct text text;

    if (registry->look_up == NULL) {
        /* Whether it was counted before nobody can say, so less would be counted
         * without a word. */
        if (wire->settings->counts_again && !is_set_aside(wire->settings, w->id)) {
            (void)schema_id_write(w->id, id);
            return why_set(
                why, FAULT_SETTINGS,
                "what schema id %s of %s means is not in Redis: give the schema registry "
                "(--registry), or --set-aside-schema %s to count without such records",
                id, topic_names[w->topic], id);
        }
        (void)why_set(&reason, BAD_SCHEMA,
                      "it needs a schema registry, and none is given (--registry)");
        is_bad(w, again, &reason);
        return FAULT_NONE;
    }
    switch (registry->look_up(registry->self, w->id, &text, &reason)) {
    case REGISTRY_HAS:
        return keep(w, wire, text, why);
    case REGISTRY_HAS_NONE:
        if (!w->id.is_guid && w->id.number == 0)
            (void)why_set(
                &reason, BAD_SCHEMA,
                "the schema registry has no schema of this id; a writer that puts 8 bytes "
                "of an id before the datum (Apicurio's default of old) is to be set to 4");
        is_bad(w, again, &reason);
        return FAULT_NONE;
    case REGISTRY_CANT:
        is_bad(w, again, &reason);
        return FAULT_NONE;
    case REGISTRY_WAITS:
        break;
    }
    if (w->state == WRITER_UNKNOWN)
        w->why = reason;
    return FAULT_NONE;
}

/* What is in use: does the registry still say the same?  One that is away, or has
 * been emptied, changes nothing. */
static void
compare_with_registry(struct writer *w, const struct wire *wire)
{
    const struct registry_way *registry = &wire->world->registry;
    struct why ignored;
    struct text text;
    enum registry_reply reply = registry->look_up(registry->self, w->id, &text, &ignored);

    if (reply == REGISTRY_WAITS)
        return;
    if (reply == REGISTRY_CANT ||
        (reply == REGISTRY_HAS && !schema_is_same(text_of(w->text), text))) {
        is_other(w, clock_tick(&wire->world->clock));
        return;
    }
    w->state = WRITER_KNOWN;
    free(w->text);
    w->text = NULL;
}

/* One that Redis has no more to say of. */
static enum fault
go_on(struct writer *w, struct wire *wire, struct why *why)
{
    bool rests = w->state == WRITER_OTHER && clock_tick(&wire->world->clock) < w->until;

    if (w->ask == ASK_REGISTRY)
        return ask_registry(w, wire, why);
    if (w->text != NULL && !rests)
        compare_with_registry(w, wire);
    return FAULT_NONE;
}

enum fault
writers_step(struct writers *writers, struct wire *wire, struct why *why)
{
    enum fault fault;

    if (!writers->unsettled)
        return FAULT_NONE;
    fault = ask_redis(writers, wire, why);
    writers->unsettled = false;
    writers->asking = 0;
    for (size_t i = 0; i < writers->count; i++) {
        struct writer *w = &writers->list[i];

        if (fault == FAULT_NONE)
            fault = go_on(w, wire, why);
        writers->asking += w->state == WRITER_UNKNOWN;
        writers->unsettled = writers->unsettled || w->ask != ASK_NOBODY || w->text != NULL;
    }
    return fault;
}
