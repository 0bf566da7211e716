/* The command dlq: what was set aside, why, from where; and sent again.
 *
 * Dead letters are read by nobody else: the aggregator writes them and never looks back. */
#include "ingest/dlq.h"

#include "base/standard.h"
#include "ingest/since.h"

static struct dlq dlq;

static const char *const words[] = { "list", "show", "retry", "export" };
enum { WORD_LIST, WORD_SHOW, WORD_RETRY, WORD_EXPORT, WORD_COUNT };

/* ---- settings ----------------------------------------------------------------------- */

static enum fault
read_codes(const char *text, struct letter_filter *out, struct why *why)
{
    while (text != NULL) {
        struct text name = { text, strcspn(text, ",") };
        int code = dlq_code(name);

        if (code < 0)
            return why_set(why, FAULT_OPTION,
                           "--code %.*s: no refusal is called so; docs/scrapers.md has the list",
                           text_shown(name), name.at);
        out->has_codes = out->codes[code] = true;
        text = text[name.length] == ',' ? text + name.length + 1 : NULL;
    }
    return FAULT_NONE;
}

static int
find_word(const struct setup *setup)
{
    for (int i = 0; i < WORD_COUNT && setup->operand_count > 0; i++)
        if (strcmp(setup->operands[0], words[i]) == 0)
            return i;
    return WORD_COUNT;
}

/* The word, and for show a place. */
static enum fault
read_operands(const struct setup *setup, struct letter_filter *out, struct why *why)
{
    int word = find_word(setup);

    if (word == WORD_COUNT || setup->operand_count != (word == WORD_SHOW ? 2 : 1))
        return why_set(
            why, FAULT_OPTION,
            "dlq: want dlq list, dlq show TOPIC/PARTITION@OFFSET, dlq retry or dlq export");
    if (word == WORD_SHOW && !letter_place_read(text_of(setup->operands[1]), &out->place))
        return why_set(why, FAULT_OPTION,
                       "dlq show %.100s: want a place, such as trade-events/3@17 or "
                       "trade-events.dlq/0@4",
                       setup->operands[1]);
    out->has_place = word == WORD_SHOW;
    if (setting(setup, SETTING_AGAIN) != NULL && word != WORD_RETRY)
        return why_set(why, FAULT_OPTION, "--again belongs to dlq retry");
    return FAULT_NONE;
}

static enum fault
read_filter(const struct setup *setup, struct letter_filter *out, struct why *why)
{
    const char *since = setting(setup, SETTING_SINCE);
    enum fault fault = read_codes(setting(setup, SETTING_CODE), out, why);

    if (fault == FAULT_NONE)
        fault = read_operands(setup, out, why);
    if (fault == FAULT_NONE && since != NULL && !since_read(text_of(since), &out->since_ms))
        fault = why_set(why, FAULT_OPTION,
                        "--since %.100s: want a time, such as 2024-01-31 or 2024-01-31T08:00:00Z",
                        since);
    out->source = text_of(setting(setup, SETTING_SOURCE));
    return fault;
}

static enum fault
open_dlq(struct setup *setup, struct why *why)
{
    enum fault fault = setup_topics(setup, letter_topics, &dlq.settings, why);

    dlq.settings.from = FOLLOW_BEGINNING;
    dlq.settings.ends = true;
    dlq.setup = setup;
    dlq.as_json = setting(setup, SETTING_JSON) != NULL;
    dlq.again = setting(setup, SETTING_AGAIN) != NULL;
    if (fault == FAULT_NONE)
        fault = read_filter(setup, &dlq.filter, why);
    if (fault == FAULT_NONE)
        fault = setup_open_registry(setup, why);
    /* Also when nothing will be sent: it is how wrong properties are found before anything runs. */
    if (fault == FAULT_NONE)
        fault = producer_open(&setup->producer, true, &setup->kafka, why);
    return fault;
}

/* ---- running ------------------------------------------------------------------------ */

/* How many letters there are of each code. */
static void
tell_counts(const struct dlq *d)
{
    int64_t letters = 0, repeats = 0, retried = 0;

    for (int code = 0; code <= FAULT_COUNT; code++) {
        const struct code_counts *c = &d->counts[code];
        const char *name = code == FAULT_COUNT ? "?" : fault_name((enum fault)code);

        if (c->letters == 0)
            continue;
        letters += c->letters;
        repeats += c->repeats;
        retried += c->retried;
        report_say(d->report, LOG_INFO, "set aside", LOG_S("code", name),
                   LOG_I("letters", c->letters), LOG_I("repeats", c->repeats),
                   LOG_I("retried", c->retried),
                   LOG_S("meaning", code == FAULT_COUNT ? "a code of another release"
                                                        : fault_meaning((enum fault)code)));
    }
    report_say(d->report, LOG_INFO, "dead letters", LOG_I("letters", letters),
               LOG_I("repeats", repeats), LOG_I("retried", retried),
               LOG_I("strangers", d->strangers));
}

/* list, show, export: each letter is printed. */
static int
print_letters(struct dlq *d, letter_taker *take)
{
    struct why why = { 0 };
    enum fault fault = dlq_read(d, take, NULL, &why);
    bool was_cut = *d->setup->signals > 0, has_none = true;

    for (int code = 0; code <= FAULT_COUNT; code++)
        has_none = has_none && d->counts[code].letters == 0;
    if (fault != FAULT_NONE)
        log_fault(&d->report->log, LOG_ERROR, "stopped", fault, &why);
    else if (was_cut)
        log_values(&d->report->log, LOG_ERROR, "interrupted before the end", NULL, 0);
    else if (d->filter.has_place && has_none)
        log_say(&d->report->log, LOG_ERROR, "no dead letter there, and none of what lay there",
                LOG_S("place", d->setup->operands[1]));
    else
        tell_counts(d);
    return setup_end_printing(d->setup) == EXIT_DONE && fault == FAULT_NONE && !was_cut &&
                   !(d->filter.has_place && has_none)
               ? EXIT_DONE
               : EXIT_FAILED;
}

static int
run_dlq(struct setup *setup)
{
    int word = find_word(setup);
    int code;

    dlq.report = setup->report;
    dlq.opens = word != WORD_RETRY || dlq.filter.source.at != NULL;
    if (word == WORD_RETRY)
        code = dlq_retry(&dlq);
    else
        code = print_letters(&dlq, word == WORD_LIST   ? dlq_list
                                   : word == WORD_SHOW ? dlq_show
                                                       : dlq_export);
    opener_free(dlq.opener);
    maker_free(dlq.maker);
    letters_free(dlq.letters);
    return code;
}

const struct command command_dlq = { "dlq", open_dlq, run_dlq };
