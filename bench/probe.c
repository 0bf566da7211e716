#include "bench/probe.h"

#include "ledger/keys.h"
#include "store/store.h"

#include <inttypes.h>

enum { LOOKS_MOST = 4096, ARGUMENTS = 3, NAME_BYTES = 64 };

struct probe {
    char key[KEY_BYTES], field[NAME_BYTES];
    int64_t acked_us, seen_us; /* 0: not yet */
};

struct probes {
    struct store *store;
    enum probe_form form;
    struct probe *list; /* by number */
    int count, first;   /* all below first are seen */
    struct command commands[LOOKS_MOST];
    struct answer answers[LOOKS_MOST];
    struct text arguments[LOOKS_MOST][ARGUMENTS];
    int asked[LOOKS_MOST];
};

enum fault
probes_open(const char *redis_url, enum probe_form form, struct probes **out, struct why *why)
{
    struct store_options options = { .url = redis_url, .client_name = "tally-generate" };
    struct probes *p = calloc(1, sizeof *p);
    enum fault fault = FAULT_NONE;

    if (p != NULL)
        p->list = calloc(PROBES_MOST, sizeof *p->list);
    if (p == NULL || p->list == NULL)
        fault = why_set(why, FAULT_NO_MEMORY, "no memory for probes");
    if (fault == FAULT_NONE)
        fault = store_open(&options, &p->store, why);
    if (fault != FAULT_NONE) {
        probes_free(p);
        return fault;
    }
    p->form = form;
    *out = p;
    return FAULT_NONE;
}

void
probes_free(struct probes *p)
{
    if (p == NULL)
        return;
    store_free(p->store);
    free(p->list);
    free(p);
}

enum fault
probes_add(struct probes *p, int number, const struct trade *t, struct why *why)
{
    struct probe *probe;

    if (number >= PROBES_MOST)
        return why_set(why, FAULT_OPTION, "more than %d probes", PROBES_MOST);
    probe = &p->list[number];
    if (p->form == PROBE_TALLY) {
        (void)snprintf(probe->key, sizeof probe->key, "tt:{%s}:%s:all", scope_code(t->province),
                       partner_code(t->partner));
        (void)snprintf(probe->field, sizeof probe->field, "deals.%s.%s",
                       t->flow == FLOW_EXPORT ? "export" : "import", t->currency);
    } else {
        (void)snprintf(probe->key, sizeof probe->key, "agg:%s:%s:%s:%s", scope_code(t->province),
                       partner_code(t->partner), t->flow == FLOW_EXPORT ? "EXPORT" : "IMPORT",
                       t->currency);
    }
    p->count = number + 1;
    return FAULT_NONE;
}

void
probes_acked(struct probes *p, int number, int64_t now_us)
{
    p->list[number].acked_us = now_us;
}

/* Fill the commands with those that are due; returns how many. */
static size_t
collect(struct probes *p)
{
    size_t count = 0;

    while (p->first < p->count && p->list[p->first].seen_us != 0)
        p->first++;
    for (int i = p->first; i < p->count && count < LOOKS_MOST; i++) {
        const struct probe *probe = &p->list[i];
        struct text *arguments = p->arguments[count];

        if (probe->acked_us == 0 || probe->seen_us != 0)
            continue;
        arguments[0] = p->form == PROBE_TALLY ? TEXT_LITERAL("HEXISTS") : TEXT_LITERAL("EXISTS");
        arguments[1] = text_of(probe->key);
        arguments[2] = text_of(probe->field);
        p->commands[count] = (struct command){ .args = arguments,
                                               .count = p->form == PROBE_TALLY ? 3 : 2,
                                               .key = arguments[1] };
        p->asked[count++] = i;
    }
    return count;
}

enum fault
probes_look(struct probes *p, int64_t (*now_us)(void), struct why *why)
{
    struct store_way way = store_way(p->store);
    size_t count = collect(p);
    enum fault fault;
    int64_t now;

    if (count == 0)
        return FAULT_NONE;
    fault = way.run(way.self, p->commands, count, p->answers, why);
    if (fault != FAULT_NONE)
        return fault;
    now = now_us();
    for (size_t i = 0; i < count; i++) {
        if (p->answers[i].kind == ANSWER_ERROR)
            return why_set(why, FAULT_STORE_REFUSED, "Redis: %.*s", (int)p->answers[i].text.length,
                           p->answers[i].text.at);
        if (p->answers[i].kind == ANSWER_INTEGER && p->answers[i].integer == 1)
            p->list[p->asked[i]].seen_us = now;
    }
    return FAULT_NONE;
}

static int
compare_times(const void *a, const void *b)
{
    int64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

struct probes_result
probes_result(struct probes *p, int64_t from_us)
{
    struct probes_result result = { 0 };
    int64_t *times = calloc((size_t)p->count + 1, sizeof *times);

    if (times == NULL)
        return result;
    for (int i = 0; i < p->count; i++) {
        const struct probe *probe = &p->list[i];
        if (probe->acked_us != 0 && probe->acked_us < from_us)
            continue;
        if (probe->seen_us == 0)
            result.unseen++;
        else
            times[result.seen++] = probe->seen_us - probe->acked_us;
    }
    if (result.seen > 0) {
        qsort(times, (size_t)result.seen, sizeof *times, compare_times);
        result.p50_us = times[result.seen / 2];
        result.p90_us = times[(int64_t)result.seen * 90 / 100];
        result.p99_us = times[(int64_t)result.seen * 99 / 100];
        result.most_us = times[result.seen - 1];
    }
    free(times);
    return result;
}

void
probes_write(const struct probes *p, FILE *out)
{
    for (int i = 0; i < p->count; i++)
        (void)fprintf(out, "%" PRId64 " %" PRId64 "\n", p->list[i].acked_us, p->list[i].seen_us);
}
