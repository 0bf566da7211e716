/* Why a record adds what it adds, or nothing, in words (lookup/account.h).
 *
 * A record that another one is held against is named by its id, where Kafka has
 * told it, with its days and what it says: so that it can be found. */
#include "lookup/account.h"

#include "lookup/names.h"

/* ---- a record -------------------------------------------------------------------- */

int64_t
account_stated(const struct record *r, uint32_t measure)
{
    /* Of a count: what it is mostly about. */
    if (measure_form(measure) >= MEASURE_EVENTS)
        return r->currency >= 0 ? r->minor : r->milli;
    return measure_form(measure) % 2 == MEASURE_MONEY ? r->minor : r->milli;
}

/* The measure of the amount that account_stated() gives. */
static uint32_t
stated_measure(const struct record *r, uint32_t measure)
{
    if (measure_form(measure) >= MEASURE_EVENTS)
        return r->currency >= 0     ? measure_make(0, MEASURE_MONEY, (uint32_t)r->currency)
               : r->unit.at != NULL ? measure_make(0, MEASURE_QUANTITY, measure_pack_unit(r->unit))
                                    : measure_make(FAMILY_AGREEMENTS, MEASURE_COUNT, 0);
    return measure_beside(measure, MEASURE_MONEY);
}

static bool
unpack(const struct account_item *item, struct record *r)
{
    uint16_t mask;

    return item->bytes != NULL && item_unpack(item->bytes, item->size, r, &mask);
}

/* "27,684,375,000.02 CNY" */
static void
put_amount(struct text_buffer *b, uint32_t measure, wide_t amount)
{
    char number[NUMBER_BYTES], unit[MEASURE_TEXT];

    text_put(b, show_number(measure, amount, number));
    text_put_char(b, ' ');
    text_put(b, show_unit(measure, unit));
}

struct text
account_states(const struct account_item *item, uint32_t measure, char out[STATES_BYTES])
{
    static const char *const before[] = { [BOUND_EXACT] = "",
                                          [BOUND_ABOUT] = "about ",
                                          [BOUND_AT_LEAST] = "at least ",
                                          [BOUND_AT_MOST] = "at most " };
    struct text_buffer b = { .at = out, .size = STATES_BYTES };
    struct record r;
    uint32_t stated;

    if (!unpack(item, &r))
        return TEXT_LITERAL("?");
    stated = stated_measure(&r, measure);
    if (measure_form(stated) >= MEASURE_EVENTS) /* an agreement without money */
        return TEXT_LITERAL("an agreement");
    text_put(&b, text_of(before[r.bound]));
    put_amount(&b, stated, account_stated(&r, measure));
    return text_done(&b);
}

struct text
account_when(const struct account_item *item, char out[WHEN_BYTES])
{
    struct record r;
    char first[DAY_TEXT], last[DAY_TEXT];

    if (!unpack(item, &r))
        return TEXT_LITERAL("?");
    day_write(r.from, first);
    day_write(r.day, last);
    (void)snprintf(out, WHEN_BYTES, "%s%s%s", first, r.from == r.day ? "" : "..",
                   r.from == r.day ? "" : last);
    return text_of(out);
}

struct text
account_which(const struct account_item *item, char out[WHICH_BYTES])
{
    if (item->id != NULL)
        return text_of(item->id);
    (void)snprintf(out, WHICH_BYTES, "%s/%d at %lld", topic_names[item->place.topic],
                   item->place.partition, (long long)item->offset);
    return text_of(out);
}

/* ---- others ---------------------------------------------------------------------- */

/* "customs-2023-06 (2023-06-01..2023-06-30: 1,234.00 CNY)" */
static void
put_other(struct text_buffer *b, const struct account_item *item, uint32_t measure)
{
    char which[WHICH_BYTES], when[WHEN_BYTES], states[STATES_BYTES];

    text_put(b, account_which(item, which));
    text_put(b, TEXT_LITERAL(" ("));
    text_put(b, account_when(item, when));
    text_put(b, TEXT_LITERAL(": "));
    text_put(b, account_states(item, measure, states));
    text_put_char(b, ')');
}

/* "A, B and 7 more" */
static void
put_others(struct text_buffer *b, const struct account_others *others, uint32_t measure)
{
    uint32_t more = others->count - others->named;

    for (uint32_t i = 0; i < others->named; i++) {
        if (i > 0)
            text_put(b, i + 1 == others->named && more == 0 ? TEXT_LITERAL(" and ")
                                                            : TEXT_LITERAL(", "));
        put_other(b, &others->items[i], measure);
    }
    if (more > 0) {
        text_put(b, TEXT_LITERAL(" and "));
        text_put_integer(b, more);
        text_put(b, TEXT_LITERAL(" more"));
    }
}

static void
put_stretch(struct text_buffer *b, const struct account_record *record)
{
    char day[DAY_TEXT];

    day_write(record->start, day);
    text_put(b, text_of(day));
    if (record->end <= record->start + 1)
        return;
    day_write(record->end - 1, day);
    text_put(b, TEXT_LITERAL(".."));
    text_put(b, text_of(day));
}

/* ---- reasons --------------------------------------------------------------------- */

static const char *const kinds[] = {
    [REASON_STATED] = "stated",
    [REASON_DERIVED] = "derived",
    [REASON_UNSPLIT] = "unsplit",
    [REASON_ADJUSTED] = "adjusted",
    [REASON_SUM] = "sum",
    [REASON_LIMITS] = "limits",
    [REASON_CONTRADICTED] = "contradicted",
    [REASON_COVERED] = "covered",
    [REASON_VAGUER] = "vaguer",
    [REASON_DISPUTES] = "disputes",
    [REASON_OUTRANKED] = "outranked",
    [REASON_RETRACTED] = "retracted",
    [REASON_RETRACTION] = "retraction",
    [REASON_NOT_IN_FORCE] = "not_in_force",
    [REASON_PART] = "part",
    [REASON_MOVED] = "moved",
    [REASON_REPEATS] = "repeats",
    [REASON_GONE] = "gone",
};

const char *
account_kind(uint8_t kind)
{
    return kinds[kind];
}

/* By how much, in the measure of what the record states: a count of records has none. */
static void
put_by(struct text_buffer *b, const struct account_item *item, uint32_t measure, wide_t by)
{
    struct record r;

    put_amount(b, unpack(item, &r) ? stated_measure(&r, measure) : measure, by);
}

/* What a figure and those that it can't be true with come to. */
static void
put_contradicted(struct text_buffer *b, const struct account_record *record, uint32_t measure)
{
    const struct account_others *others = &record->others;

    text_put(b, TEXT_LITERAL("contradicted by "));
    put_others(b, others, measure);
    if (others->is_around)
        text_put(b, others->is_more
                        ? TEXT_LITERAL(": they lie inside its period and come to at least ")
                        : TEXT_LITERAL(": they fill its period and come to at least "));
    else
        text_put(b,
                 others->is_more
                     ? TEXT_LITERAL(": with it the figures inside that one come to at least ")
                     : TEXT_LITERAL(": with it the figures that fill that one come to at least "));
    put_by(b, &record->item, measure, others->by);
    text_put(b, others->is_more ? TEXT_LITERAL(" more than") : TEXT_LITERAL(" less than"));
    text_put(b, others->is_around ? TEXT_LITERAL(" it allows") : TEXT_LITERAL(" that one allows"));
    text_put(b, TEXT_LITERAL(", with all rounding and revisions"));
}

static void
put_mismatched(struct text_buffer *b, const struct account_record *record, uint32_t measure)
{
    const struct account_others *flows = &record->flows;

    text_put(b, TEXT_LITERAL("; mismatched with "));
    put_others(b, flows, measure);
    if (flows->is_around)
        text_put(b, TEXT_LITERAL(": exports and imports inside its period come to more, by at "
                                 "least "));
    else if (flows->is_more)
        text_put(b, TEXT_LITERAL(": exports and imports come to less, by at least "));
    else
        text_put(b, TEXT_LITERAL(": exports and imports come to more, by at least "));
    put_by(b, &record->item, measure, flows->by);
}

/* What it is now, of a record that named the pair before. */
static void
put_moved(struct text_buffer *b, const struct account_item *item)
{
    struct record r;

    text_put(b, TEXT_LITERAL("moved: a correction says that it is of "));
    if (!unpack(item, &r))
        return;
    if (r.type == RECORD_AGREEMENT) {
        text_put(b, TEXT_LITERAL("others"));
        return;
    }
    text_put(b, text_of(scope_code(r.province)));
    text_put(b, TEXT_LITERAL(" x "));
    text_put(b, text_of(partner_code(r.partner)));
}

static void
put_not_in_force(struct text_buffer *b, const struct account_item *item)
{
    struct record r;

    text_put(b, unpack(item, &r) && r.status == AGREEMENT_PLANNED
                    ? TEXT_LITERAL("not in force: planned")
                    : TEXT_LITERAL("not in force: terminated"));
}

/* Of those that stand: what they add to those inside them. */
static void
put_standing(struct text_buffer *b, const struct account_record *record, uint32_t measure)
{
    text_put(b, text_of(kinds[record->kind]));
    switch ((int)record->kind) {
    case REASON_DERIVED:
        text_put(b, TEXT_LITERAL(": the rest, on "));
        put_stretch(b, record);
        text_put(b, TEXT_LITERAL(", less "));
        break;
    case REASON_UNSPLIT:
        text_put(b, TEXT_LITERAL(": the rest, on its whole period, since no single stretch surely "
                                 "has all of it, less "));
        break;
    case REASON_ADJUSTED:
        text_put(b, TEXT_LITERAL(": what it says beyond "));
        break;
    case REASON_SUM:
        text_put(b, TEXT_LITERAL(": it adds nothing to "));
        break;
    case REASON_LIMITS:
        if (record->others.count == 0) {
            text_put(b, TEXT_LITERAL(": it adds nothing, those around it know better"));
            return;
        }
        text_put(b, TEXT_LITERAL(": it adds nothing to what knows better: "));
        break;
    default:
        return;
    }
    put_others(b, &record->others, measure);
}

/* "outranked by A, which is FINAL and not PRESS": by what the other one is stronger, where it is
 * plain.  Of three that say different things an entry keeps two: the third is none the weaker. */
static void
put_outranked(struct text_buffer *b, const struct account_record *record, uint32_t measure)
{
    struct record ours, other;
    bool is_plain = record->others.named > 0 && unpack(&record->item, &ours) &&
                    unpack(&record->others.items[0], &other);

    if (is_plain && ours.type == RECORD_TRADE && ours.status == TRADE_RETRACTED)
        text_put(b, TEXT_LITERAL("a retraction, "));
    if (is_plain && other.grade == ours.grade && other.version == ours.version)
        text_put(b, TEXT_LITERAL("of equal authority something else is said by "));
    else
        text_put(b, TEXT_LITERAL("outranked by "));
    put_others(b, &record->others, measure);
    if (is_plain && other.grade != ours.grade) {
        text_put(b, TEXT_LITERAL(", which is "));
        text_put(b, text_of(symbol_name(FIELD_GRADE, RECORD_TRADE, other.grade)));
        text_put(b, TEXT_LITERAL(" and not "));
        text_put(b, text_of(symbol_name(FIELD_GRADE, RECORD_TRADE, ours.grade)));
    } else if (is_plain && other.version > ours.version) {
        text_put(b, TEXT_LITERAL(", which is newer"));
    }
}

static void
put_reason(struct text_buffer *b, const struct account_record *record, uint32_t measure, bool adds)
{
    switch ((int)record->kind) {
    case REASON_CONTRADICTED:
        put_contradicted(b, record, measure);
        return;
    case REASON_COVERED:
        text_put(b, TEXT_LITERAL("covered: its period crosses that of "));
        break;
    case REASON_VAGUER:
        text_put(b, TEXT_LITERAL("said more finely by "));
        break;
    case REASON_DISPUTES:
        text_put(b, TEXT_LITERAL("of equal authority something else is said by "));
        break;
    case REASON_OUTRANKED:
        put_outranked(b, record, measure);
        return;
    case REASON_RETRACTED:
        text_put(b, TEXT_LITERAL("retracted by "));
        break;
    case REASON_REPEATS:
        text_put(b, TEXT_LITERAL("the same as "));
        break;
    case REASON_RETRACTION:
        text_put(b, TEXT_LITERAL("retraction: it takes back what was said"));
        return;
    case REASON_NOT_IN_FORCE:
        put_not_in_force(b, &record->item);
        return;
    case REASON_PART:
        text_put(b, TEXT_LITERAL("a part of the whole: in the detail alone"));
        return;
    case REASON_MOVED:
        put_moved(b, &record->item);
        return;
    case REASON_GONE:
        text_put(b, TEXT_LITERAL("gone: this count has it no more, or not for this pair"));
        return;
    default:
        put_standing(b, record, measure);
        if (!adds && record->kind <= REASON_ADJUSTED)
            text_put(b, TEXT_LITERAL("; it adds outside of this window"));
        return;
    }
    put_others(b, &record->others, measure);
}

struct text
account_reason(const struct account_record *record, uint32_t measure, bool adds,
               char out[REASON_BYTES])
{
    struct text_buffer b = { .at = out, .size = REASON_BYTES };

    put_reason(&b, record, measure, adds);
    if (record->is_undecided)
        text_put(&b, TEXT_LITERAL("; undecided: a source of equal authority says something else"));
    if (record->is_mismatched)
        put_mismatched(&b, record, measure);
    return text_done(&b);
}
