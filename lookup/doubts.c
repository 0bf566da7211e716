/* tally-lookup doubts [PROVINCE [PARTNER]]
 *
 * {"province":"CN-LN","partner":"RU","day":"2024-01-31","complete":true,
 *  "through":1706659200000,"through_age_ms":2000,
 *  "doubts":[{"kind":"contradicted","figure":{...},...,"sentence":"..."}],
 *  "found":{"contradicted":1},"left_out":0}
 *
 * The journals have the figures themselves, also those that are in no total.  All
 * of a province are read, and beside them what they are a part of: CN, and the
 * groups that hold the partner.  Trust is that of the totals (lookup/trust.h). */
#include "lookup/doubt_say.h"
#include "lookup/entries.h"
#include "lookup/names.h"
#include "lookup/row.h"
#include "record/member.h"

#include <inttypes.h>

/* SCOPE_ALL and PARTNER_ALL are any. */
struct question {
    int scope, partner;
    bool has_scope, has_partner;
};

struct asking {
    struct question q;
    struct claims claims;
    struct wholes *wholes;
    struct doubt_list list;
};

static enum fault
read_question(const char *const *operands, int count, struct question *q, struct why *why)
{
    enum fault fault = FAULT_NONE;

    *q = (struct question){ SCOPE_ALL, PARTNER_ALL, count > 0, count > 1 };
    if (count > 0)
        fault = name_scope(operands[0], &q->scope, why);
    if (fault == FAULT_NONE && count > 1)
        fault = name_partner(operands[1], &q->partner, why);
    return fault;
}

/* ---- what belongs to the question ----------------------------------------------- */

static bool
is_asked_for(const struct question *q, int province, int partner)
{
    return (q->scope == SCOPE_ALL || q->scope == province) &&
           (q->partner == PARTNER_ALL || q->partner == partner);
}

static bool
concerns(const void *self, const struct subject *of)
{
    return is_asked_for(self, of->province, of->partner);
}

/* Also what the figures that are asked for are a part of, and the parts of CN and of
 * a group. */
static bool
wants(void *self, const struct record *r)
{
    const struct question *q = &((const struct asking *)self)->q;
    bool is_province = q->scope == SCOPE_ALL || q->scope == PROVINCE_CN ||
                       r->province == q->scope || r->province == PROVINCE_CN;
    bool is_partner = q->partner == PARTNER_ALL || partner_is_group(q->partner) ||
                      r->partner == q->partner || partner_is_group(r->partner);

    return is_province && is_partner;
}

/* ---- judging ------------------------------------------------------------------------ */

static enum fault
no_memory(struct why *why)
{
    return why_set(why, FAULT_NO_MEMORY, "no memory for the figures");
}

static enum fault
take_fact(struct asking *a, const uint8_t *entry, size_t size, struct why *why)
{
    struct record r;
    uint16_t mask;
    bool is_ours = false;

    for (size_t i = 0; i < size; i += item_bytes(entry + i, size - i)) {
        if (!item_unpack(entry + i, size - i, &r, &mask))
            return why_set(why, FAULT_JOURNAL_BROKEN, "an entry can't be read");
        if (r.type == RECORD_TRADE)
            is_ours = is_ours || is_asked_for(&a->q, r.province, r.partner);
        for (int p = 0; r.type == RECORD_AGREEMENT && p < r.province_count; p++)
            for (int k = 0; k < r.partner_count; k++)
                is_ours = is_ours || is_asked_for(&a->q, r.provinces[p], r.partners[k]);
    }
    if (is_ours && !doubt_fact(entry, size, &a->list))
        return why_set(why, FAULT_JOURNAL_BROKEN, "an entry can't be read");
    return FAULT_NONE;
}

static enum fault
take_entry(void *self, const uint8_t *entry, size_t size, struct why *why)
{
    struct asking *a = self;

    if ((item_mask(entry) & ENTRY_FACT) != 0)
        return take_fact(a, entry, size, why);
    if (!claims_read(&a->claims, entry, size) || !wholes_add(a->wholes, &a->claims))
        return no_memory(why);
    if (a->claims.count > 0 && is_asked_for(&a->q, a->claims.of.province, a->claims.of.partner) &&
        !doubt_series(&a->claims, &a->list))
        return no_memory(why);
    return FAULT_NONE;
}

static enum fault
judge(const struct lookup *lookup, struct asking *a, struct why *why)
{
    const struct entries_task task = {
        .lookup = lookup, .scope = a->q.scope, .self = a, .wants = wants, .take = take_entry
    };
    enum fault fault;

    a->wholes = wholes_new();
    if (!doubt_list_new(&a->list, lookup->doubt_limit) || a->wholes == NULL)
        return no_memory(why);
    fault = entries_read(&task, why);
    if (fault == FAULT_NONE && !wholes_judge(a->wholes, concerns, &a->q, &a->list))
        fault = no_memory(why);
    return fault;
}

/* ---- showing ------------------------------------------------------------------------- */

static void
show_text(const struct lookup *lookup, const struct asking *a, const struct asof *asof)
{
    char scope[NAME_BYTES], partner[NAME_BYTES], words[DOUBT_BYTES];
    FILE *out = lookup->out;
    int64_t found = doubt_list_found(&a->list), left = found - (int64_t)a->list.count;

    name_show_scope(a->q.scope, scope);
    name_show_partner(a->q.partner, partner);
    fprintf(out, "%s x %s: doubts\n", scope, partner);
    asof_show(asof, lookup);
    for (size_t i = 0; i < a->list.count; i++) {
        struct text t = doubt_say(&a->list.list[i], words);
        fprintf(out, "%zu. [%s] %.*s\n", i + 1, doubt_name(a->list.list[i].kind), (int)t.length,
                t.at);
    }
    if (found == 0)
        fprintf(out, "no doubts\n");
    else if (left > 0)
        fprintf(out, "and %" PRId64 " more (--limit %zu)\n", left, lookup->doubt_limit);
}

static void
show_json(const struct lookup *lookup, const struct asking *a, const struct asof *asof)
{
    FILE *out = lookup->out;
    const char *between = "";

    fprintf(out, "{\"province\":\"%s\",\"partner\":\"%s\",", scope_code(a->q.scope),
            partner_code(a->q.partner));
    asof_json(asof, lookup);
    fprintf(out, ",\"doubts\":[");
    for (size_t i = 0; i < a->list.count; i++) {
        fprintf(out, "%s", i == 0 ? "" : ",");
        doubt_json(&a->list.list[i], out);
    }
    fprintf(out, "],\"found\":{");
    for (int i = 0; i < DOUBT_KIND_COUNT; i++) {
        if (a->list.found[i] == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRId64, between, doubt_name((enum doubt_kind)i),
                a->list.found[i]);
        between = ",";
    }
    fprintf(out, "},\"left_out\":%" PRId64 "}\n",
            doubt_list_found(&a->list) - (int64_t)a->list.count);
}

/* Partial comes first: what is not known can't be doubted. */
static enum verdict
end(const struct lookup *lookup, const struct asking *a, const struct asof *asof, struct why *why)
{
    enum verdict verdict = asof_verdict(asof, lookup, why);
    int64_t found = doubt_list_found(&a->list);

    if (verdict != VERDICT_DONE || found == 0 || !lookup->fails_on_doubts)
        return verdict;
    (void)why_write(why, "", "%" PRId64 " doubt%s, and --fail asks for this", found,
                    found == 1 ? "" : "s");
    return VERDICT_PARTIAL;
}

enum fault
lookup_doubts(const struct lookup *lookup, const char *const *operands, int count,
              enum verdict *verdict, struct why *why)
{
    struct asking a = { 0 };
    struct asof asof = { 0 };

    enum fault fault = read_question(operands, count, &a.q, why);
    if (fault != FAULT_NONE)
        return fault;
    struct reading reading;
    reading_begin(&reading, lookup);
    size_t visit = reading_visit(&reading, a.q.scope);
    /* Trust first: the journals have at least what the totals had then. */
    fault = reading_run(&reading, why);
    if (fault == FAULT_NONE) {
        asof = reading_seen(&reading, visit)->asof;
        fault = judge(lookup, &a, why);
    }
    if (fault == FAULT_NONE) {
        if (lookup->as_json)
            show_json(lookup, &a, &asof);
        else
            show_text(lookup, &a, &asof);
        *verdict = end(lookup, &a, &asof, why);
    }
    reading_end(&reading);
    claims_release(&a.claims);
    wholes_free(a.wholes);
    doubt_list_release(&a.list);
    return fault;
}
