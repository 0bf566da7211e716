/* Record n is made of random numbers that begin at the seed and n alone, so a correction can be
 * made of any earlier record without keeping it: the same numbers again, then another amount. */
#include "ingest/invent.h"

#include "base/random.h"

enum {
    DAYS = 366,              /* transactions and agreements lie in so many */
    MONTHS = 12,             /* and statistics */
    CORRECTIONS_PERCENT = 5, /* of a wide shape */
    STATISTICS_PERCENT = 30,
    AGREEMENTS_PERCENT = 12,
};
#define MS_OF_DAY INT64_C(86400000)
#define VERSIONS_OF_DAY INT64_C(1000000000)
#define CHINA_MS (8 * INT64_C(3600000))

/* Those that trade much come first. */
static const char *const provinces[] = { "CN-GD", "CN-JS", "CN-ZJ", "CN-SH", "CN-SD", "CN-LN",
                                         "CN-HL", "CN-JL", "CN-NM", "CN-XJ", "CN-FJ", "CN-YN",
                                         "CN-GX", "CN-SC", "CN-HE", "CN-TJ" };
static const char *const partners[] = { "US", "KR", "JP", "VN", "RU", "DE", "AU", "MY",
                                        "KZ", "MN", "TH", "BR", "KG", "UZ", "LA", "MM" };
static const char *const currencies[] = { "CNY", "USD", "EUR", "JPY", "RUB", "KRW" };
static const char *const sources[] = { "Customs bulletin", "Xinhua", "Border daily", "Port news" };
static const char *const sectors[] = { "timber",    "energy",     "agriculture",
                                       "logistics", "e-commerce", "mining" };
static const char *const areas[][2] = { { "CN-LN", "210200" }, { "CN-HL", "231000" },
                                        { "CN-JL", "222400" }, { "CN-SD", "370200" },
                                        { "CN-XJ", "650100" }, { "CN-NM", "150700" } };
static const char *const chapters[] = { "84", "85", "87", "27", "44", "03", "07", "72" };
#define COUNT_OF(list) ((uint32_t)(sizeof(list) / sizeof(list)[0]))

static uint32_t
below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((random_next(state) >> 32) * limit >> 32);
}

static bool
percent(uint64_t *state, uint32_t chance)
{
    return below(state, 100) < chance;
}

/* The smaller of two: the first ones come more often. */
static uint32_t
early(uint64_t *state, uint32_t count)
{
    uint32_t a = below(state, count), b = below(state, count);

    return a < b ? a : b;
}

/* ---- parts of a record -------------------------------------------------------------- */

/* Amounts of all sizes, the large ones rounder. */
static void
put_value(struct draft *d, const char *currency, uint64_t *amounts)
{
    int digits = currency_digits(currency_find(text_of(currency)));
    int64_t minor = 1 + below(amounts, 99999);

    for (uint32_t tens = below(amounts, 6); tens > 0; tens--)
        minor *= 10;
    draft_decimal(d, FIELD_VALUE, (struct decimal){ minor, digits });
    draft_text(d, FIELD_CURRENCY, text_of(currency));
}

static void
put_source(struct invented *out, uint64_t *state, int64_t n)
{
    struct draft *d = &out->draft;
    const char *name = sources[below(state, COUNT_OF(sources))];

    (void)snprintf(out->title, sizeof out->title, "An invented record, no. %lld", (long long)n);
    (void)snprintf(out->url, sizeof out->url, "https://news.example/%llu",
                   (unsigned long long)random_next(state) % 100000000);
    draft_text(d, FIELD_TITLE, text_of(out->title));
    draft_source(d);
    draft_source_name(d, text_of(name));
    draft_source_url(d, text_of(out->url));
}

/* What makes detail: goods, a city, a region. */
static void
put_detail(struct invented *out, uint64_t *state, const char *province)
{
    struct draft *d = &out->draft;
    uint32_t area = below(state, COUNT_OF(areas));

    if (percent(state, 40)) {
        const char *chapter = chapters[early(state, COUNT_OF(chapters))];

        (void)snprintf(out->commodity, sizeof out->commodity, percent(state, 50) ? "%s%02u" : "%s",
                       chapter, 1 + below(state, 9));
        draft_text(d, FIELD_COMMODITY, text_of(out->commodity));
        if (percent(state, 50)) {
            draft_decimal(d, FIELD_QUANTITY, (struct decimal){ 1 + below(state, 9999999), 3 });
            draft_text(d, FIELD_UNIT, TEXT_LITERAL("TNE"));
        }
    }
    if (strcmp(areas[area][0], province) == 0)
        draft_text(d, FIELD_PROVINCE_AREA, text_of(areas[area][1]));
    if (percent(state, 5))
        draft_symbol(d, FIELD_BOUND, BOUND_ABOUT);
}

static void
put_instants(struct draft *d, uint64_t *state, int32_t day, bool is_told)
{
    /* By noon in China of the last day, so that none lies in the future for long. */
    int64_t at = (day - (int64_t)below(state, DAYS)) * MS_OF_DAY - CHINA_MS +
                 (int64_t)below(state, 43200) * 1000;

    draft_integer(d, FIELD_OCCURRED_AT, at);
    if (is_told)
        draft_integer(d, FIELD_PUBLISHED_AT, at + (int64_t)below(state, 43200) * 1000);
}

/* ---- records ------------------------------------------------------------------------ */

static void
put_trade(struct invented *out, uint64_t *state, const char **province)
{
    struct draft *d = &out->draft;

    draft_reset(d, RECORD_TRADE);
    *province = provinces[early(state, COUNT_OF(provinces))];
    draft_text(d, FIELD_PROVINCE, text_of(*province));
    draft_text(d, FIELD_PARTNER, text_of(partners[early(state, COUNT_OF(partners))]));
    draft_symbol(d, FIELD_FLOW, percent(state, 55) ? FLOW_EXPORT : FLOW_IMPORT);
}

static void
make_narrow(struct invented *out, uint64_t *state, uint64_t *amounts, int32_t day)
{
    const char *province;

    put_trade(out, state, &province);
    draft_symbol(&out->draft, FIELD_BASIS, BASIS_TRANSACTION);
    put_value(&out->draft, "CNY", amounts);
    put_instants(&out->draft, state, day, false);
}

static void
make_transaction(struct invented *out, uint64_t *state, uint64_t *amounts, int32_t day)
{
    const char *province;

    put_trade(out, state, &province);
    draft_symbol(&out->draft, FIELD_BASIS, BASIS_TRANSACTION);
    put_detail(out, state, province);
    put_value(&out->draft, currencies[early(state, COUNT_OF(currencies))], amounts);
    put_instants(&out->draft, state, day, true);
}

/* Of one of the months that are over. */
static void
make_statistic(struct invented *out, uint64_t *state, uint64_t *amounts, int32_t day)
{
    struct draft *d = &out->draft;
    struct date date = day_to_date(day);
    int month = date.year * 12 + date.month - 2 - (int)below(state, MONTHS);
    int32_t first = day_from_date((struct date){ month / 12, month % 12 + 1, 1 });
    int32_t next = day_from_date((struct date){ (month + 1) / 12, (month + 1) % 12 + 1, 1 });
    const char *province;

    put_trade(out, state, &province);
    draft_symbol(d, FIELD_BASIS, BASIS_STATISTIC);
    draft_symbol(d, FIELD_GRADE, percent(state, 50) ? GRADE_PRESS : GRADE_PROVISIONAL);
    put_detail(out, state, province);
    put_value(d, percent(state, 70) ? "CNY" : "USD", amounts);
    draft_integer(d, FIELD_PERIOD_START, first);
    draft_integer(d, FIELD_PERIOD_END, next - 1);
}

/* A few that stand behind each other in a list, so that none comes twice. */
static void
put_some(struct draft *d, enum field field, const char *const *list, uint32_t count,
         uint64_t *state)
{
    struct text items[INVENT_LIST_MOST];
    uint32_t first = early(state, count), some = 1 + early(state, INVENT_LIST_MOST);

    for (uint32_t i = 0; i < some; i++)
        items[i] = text_of(list[(first + i) % count]);
    draft_list(d, field, items, some);
}

static void
make_agreement(struct invented *out, uint64_t *state, uint64_t *amounts, int32_t day)
{
    struct draft *d = &out->draft;

    draft_reset(d, RECORD_AGREEMENT);
    put_some(d, FIELD_PROVINCES, provinces, COUNT_OF(provinces), state);
    put_some(d, FIELD_PARTNERS, partners, COUNT_OF(partners), state);
    put_some(d, FIELD_SECTORS, sectors, COUNT_OF(sectors), state);
    draft_symbol(d, FIELD_KIND, (int)below(state, KIND_COUNT));
    if (percent(state, 20))
        draft_symbol(d, FIELD_STATUS, (int)below(state, AGREEMENT_STATUS_COUNT));
    if (percent(state, 40))
        put_value(d, currencies[early(state, COUNT_OF(currencies))], amounts);
    draft_integer(d, FIELD_SIGNED_ON, day - (int32_t)below(state, DAYS));
}

static void
make_wide(struct invented *out, uint64_t *state, uint64_t *amounts, int32_t day)
{
    uint32_t which = below(state, 100);

    if (which < AGREEMENTS_PERCENT)
        make_agreement(out, state, amounts, day);
    else if (which < AGREEMENTS_PERCENT + STATISTICS_PERCENT)
        make_statistic(out, state, amounts, day);
    else
        make_transaction(out, state, amounts, day);
}

void
invent(uint64_t seed, int64_t n, enum invent_shape shape, int32_t day, struct invented *out)
{
    uint64_t key = seed, chance = random_next(&key) ^ (uint64_t)n, amounts, state;
    bool corrects = shape == INVENT_WIDE && n > 0 && percent(&chance, CORRECTIONS_PERCENT);
    /* Which record it is about, and what is chance in it. */
    int64_t about = corrects ? (int64_t)(random_next(&chance) % (uint64_t)n) : n;

    key = random_next(&key);
    state = key ^ (uint64_t)about << 1;
    amounts = key ^ ((uint64_t)n << 1 | 1);
    if (shape == INVENT_NARROW)
        make_narrow(out, &state, &amounts, day);
    else
        make_wide(out, &state, &amounts, day);
    /* Those of another day or shape are others. */
    (void)snprintf(out->id, sizeof out->id, "invented:%s:%llu:%d:%lld",
                   shape == INVENT_NARROW ? "narrow" : "wide", (unsigned long long)seed, day,
                   (long long)about);
    draft_text(&out->draft, FIELD_ID, text_of(out->id));
    if (shape == INVENT_NARROW)
        return;
    put_source(out, &state, about);
    /* The later one stands, of corrections and of figures of one month. */
    draft_integer(&out->draft, FIELD_VERSION,
                  day * VERSIONS_OF_DAY + (n + 1 < VERSIONS_OF_DAY ? n + 1 : VERSIONS_OF_DAY - 1));
}
