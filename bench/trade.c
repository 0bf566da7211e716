#include "bench/trade.h"

#include "base/random.h"

#include <inttypes.h>

#define MS_OF_DAY INT64_C(86400000)
#define CHINA_MS (8 * INT64_C(3600000))
#define SOURCE_NAME "Customs News"

/* Busiest first. */
static const char provinces[][3] = { "GD", "JS", "ZJ", "SH", "SD", "BJ", "FJ", "SC",
                                     "TJ", "HB", "LN", "HE", "HA", "CQ", "AH", "JX",
                                     "HN", "GX", "SN", "HL", "JL", "NM", "XJ", "YN",
                                     "GZ", "SX", "HI", "GS", "NX", "QH", "XZ" };
static const char partners[][3] = { "US", "JP", "KR", "HK", "VN", "DE", "AU", "MY", "RU", "TW",
                                    "BR", "IN", "TH", "ID", "GB", "SG", "NL", "SA", "MX", "FR",
                                    "IT", "CA", "AE", "PH", "CL", "ZA", "ES", "PL", "IQ", "BE",
                                    "TR", "CH", "PE", "OM", "BD", "IR", "KZ", "NG", "PK", "IL",
                                    "AR", "CO", "KW", "EG", "MM", "NZ", "KH", "CZ", "SE", "AO",
                                    "QA", "UA", "HU", "DK", "MN", "UZ", "LA", "KP", "KG", "TJ" };
enum { RANKED = sizeof partners / sizeof *partners, ZIPF_UNIT = 1000000 };
_Static_assert(sizeof provinces / sizeof *provinces == TRADE_PROVINCES_MOST, "31 provinces");
_Static_assert(TRADE_PARTNERS_MOST <= (int)PARTNER_COUNT, "as many partners as there are codes");
/* No trade is with these three provinces; all of it is in two currencies. */
static const char probe_provinces[][3] = { "HK", "MO", "TW" };
static const char *const probe_currencies[] = {
    "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD", "HUF",
    "IDR", "ILS", "INR", "KES", "KGS", "KZT", "LAK", "MMK", "MNT", "MOP", "MXN",
    "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RUB", "SAR",
    "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "UZS", "ZAR",
};
enum { PROBE_CURRENCIES = sizeof probe_currencies / sizeof *probe_currencies };
_Static_assert(PROBES_MOST <= 3 * 2 * 240 * PROBE_CURRENCIES, "each probe has its own cell");

static uint32_t
below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((random_next(state) >> 32) * limit >> 32);
}

/* 0 .. count - 1, the n-th one of weight 1 / (n + 1). */
static int
zipf(uint64_t *state, int count)
{
    uint64_t sum = 0, at;
    int n = 0;

    for (int i = 0; i < count; i++)
        sum += ZIPF_UNIT / (uint64_t)(i + 1);
    for (at = below(state, (uint32_t)sum); at >= ZIPF_UNIT / (uint64_t)(n + 1); n++)
        at -= ZIPF_UNIT / (uint64_t)(n + 1);
    return n;
}

static int
province_row(const char letters[3])
{
    char code[] = { 'C', 'N', '-', letters[0], letters[1] };

    return province_find((struct text){ code, sizeof code });
}

static bool
is_listed(const struct trade_world *world, int count, int row)
{
    for (int i = 0; i < count; i++)
        if (world->partner_rows[i] == row)
            return true;
    return false;
}

/* The busiest first, then all others in the order of their codes. */
void
trade_world_fill(struct trade_world *world)
{
    for (int i = 0; i < RANKED; i++)
        world->partner_rows[i] = partner_find(text_of(partners[i]));
    for (int row = 0, i = RANKED; i < TRADE_PARTNERS_MOST; row++)
        if (!is_listed(world, RANKED, row))
            world->partner_rows[i++] = row;
}

static void
draw_partner(uint64_t *state, const struct trade_world *world, struct trade *t)
{
    t->partner = world->partner_rows[zipf(state, world->partners)];
}

static void
draw_instant(uint64_t *state, const struct trade_world *world, struct trade *t)
{
    int64_t day = world->last_day - (int64_t)below(state, (uint32_t)world->days);

    t->occurred_at_ms = day * MS_OF_DAY - CHINA_MS + (int64_t)below(state, 86400) * 1000;
    t->published_at_ms = t->occurred_at_ms + (int64_t)below(state, 172800) * 1000;
}

static void
put_texts(struct trade *t, uint32_t k)
{
    (void)snprintf(t->title, sizeof t->title, "%s: customs bulletin no. %u on %s %s %s, item %u",
                   scope_english(t->province), k % 1000,
                   t->flow == FLOW_EXPORT ? "exports" : "imports",
                   t->flow == FLOW_EXPORT ? "to" : "from", partner_english(t->partner), k);
    (void)snprintf(t->url, sizeof t->url, "https://news.example.cn/customs/%s/2024/%08u.html",
                   scope_code(t->province), k);
}

static void
fill_draft(struct trade *t)
{
    struct draft *d = &t->draft;

    draft_reset(d, RECORD_TRADE);
    draft_text(d, FIELD_ID, text_of(t->id));
    draft_integer(d, FIELD_VERSION, t->version);
    draft_symbol(d, FIELD_BASIS, BASIS_TRANSACTION);
    draft_text(d, FIELD_PROVINCE, text_of(scope_code(t->province)));
    draft_text(d, FIELD_PARTNER, text_of(partner_code(t->partner)));
    draft_symbol(d, FIELD_FLOW, t->flow);
    if (t->commodity[0] != '\0')
        draft_text(d, FIELD_COMMODITY, text_of(t->commodity));
    if (t->area[0] != '\0')
        draft_text(d, FIELD_PROVINCE_AREA, text_of(t->area));
    draft_decimal(d, FIELD_VALUE, (struct decimal){ t->minor, 2 });
    draft_text(d, FIELD_CURRENCY, text_of(t->currency));
    if (t->unit != NULL) {
        draft_text(d, FIELD_UNIT, text_of(t->unit));
        draft_decimal(d, FIELD_QUANTITY, (struct decimal){ t->thousandths, 3 });
    }
    draft_integer(d, FIELD_OCCURRED_AT, t->occurred_at_ms);
    draft_integer(d, FIELD_PUBLISHED_AT, t->published_at_ms);
    draft_text(d, FIELD_TITLE, text_of(t->title));
    draft_source(d);
    draft_source_name(d, TEXT_LITERAL(SOURCE_NAME));
    draft_source_url(d, text_of(t->url));
}

static void
put_no_goods(struct trade *t)
{
    t->commodity[0] = t->area[0] = '\0';
    t->unit = NULL;
}

/* Looks like a UUID of version 4; k is in it, so that no two are the same. */
static void
put_id(uint64_t *state, uint32_t k, struct trade *t)
{
    uint64_t a = random_next(state), b = random_next(state);

    (void)snprintf(t->id, sizeof t->id, "%08x-%04x-4%03x-%04x-%012" PRIx64, k,
                   (unsigned)(a & 0xFFFF), (unsigned)(a >> 16 & 0xFFF),
                   0x8000U | (unsigned)(a >> 32 & 0x3FFF), b & UINT64_C(0xFFFFFFFFFFFF));
}

/* ---- as wide as real ones ------------------------------------------------------------ */

/* Of 1,000 records each.  Chosen after what is printed, not counted: customs publish in yuan and
 * dollars, and news tell of contracts in the partner's money. */
static const struct share {
    const char *what;
    uint32_t per_mille;
} currencies[] = {
    { "CNY", 480 }, { "USD", 400 }, { "EUR", 40 }, { "HKD", 20 }, { "JPY", 20 }, { "RUB", 10 },
    { "KRW", 10 },  { "GBP", 5 },   { "AUD", 5 },  { "SGD", 5 },  { "THB", 3 },  { "VND", 2 },
};
/* The tariff gives each chapter a unit; most are weighed. */
static const char *const units[] = { "KGM", "KGM", "H87", "TNE", "KGM", "MTR",
                                     "SET", "KGM", "LTR", "MTQ", "PR",  "MTK" };
enum {
    CURRENCIES = sizeof currencies / sizeof *currencies,
    UNITS = sizeof units / sizeof *units,
    CHAPTERS = 97,
    CITIES = 14,
    WITH_QUANTITY = 80, /* percent: news leave it out */
    WITH_CITY = 30,
};

/* Money without hundredths (ISO 4217). */
static bool
is_whole_money(const char *currency)
{
    return strcmp(currency, "JPY") == 0 || strcmp(currency, "KRW") == 0 ||
           strcmp(currency, "VND") == 0;
}

/* Goods of a chapter (zipf: the largest has 19 %, the largest five 44 %), in 2 digits as news name
 * them, in 4, or in 8 as customs do; their quantity; a city of the province; twelve currencies. */
static void
draw_wide(const struct trade_world *world, uint32_t k, struct trade *t)
{
    uint64_t state = world->seed << 32 ^ k ^ UINT64_C(0x5851F42D4C957F2D);
    uint32_t left = below(&state, 1000), form = below(&state, 100);
    int chapter = zipf(&state, CHAPTERS) + 1, currency = 0;

    while (left >= currencies[currency].per_mille)
        left -= currencies[currency++].per_mille;
    t->currency = currencies[currency].what;
    if (is_whole_money(t->currency))
        t->minor = t->minor / 100 * 100 + 100;
    (void)snprintf(t->commodity, sizeof t->commodity, "%02d%06u", chapter, below(&state, 1000000));
    t->commodity[form < 5 ? 2 : form < 20 ? 4 : 8] = '\0';
    if (below(&state, 100) < WITH_QUANTITY) {
        t->unit = units[chapter % UNITS];
        t->thousandths = ((int64_t)below(&state, 9999) + 1) * 1000;
    }
    if (below(&state, 100) < WITH_CITY)
        (void)snprintf(t->area, sizeof t->area, "%02d%02d00", 11 + t->province,
                       zipf(&state, CITIES) + 1);
}

void
trade_make(const struct trade_world *world, uint32_t k, int version, struct trade *out)
{
    uint64_t state = world->seed << 32 ^ k;

    (void)random_next(&state);
    put_id(&state, k, out);
    out->version = version;
    out->province = province_row(provinces[zipf(&state, world->provinces)]);
    draw_partner(&state, world, out);
    out->flow = below(&state, 2) == 0 ? FLOW_EXPORT : FLOW_IMPORT;
    out->currency = below(&state, 10) < 7 ? "CNY" : "USD";
    draw_instant(&state, world, out);
    out->minor = ((int64_t)below(&state, 9999999) + 1) * 100000 / ((int64_t)below(&state, 999) + 1);
    put_no_goods(out);
    if ((int)below(&state, 100) < world->commodity_percent)
        (void)snprintf(out->commodity, sizeof out->commodity, "%02d%04u", zipf(&state, 97) + 1,
                       below(&state, 10000));
    if (version > 1) {
        state ^= (uint64_t)version << 40;
        out->minor = out->minor / 2 + below(&state, 1000000);
        if (below(&state, 5) == 0) {
            draw_partner(&state, world, out);
            draw_instant(&state, world, out);
        }
    }
    if (world->is_wide)
        draw_wide(world, k, out);
    put_texts(out, k);
    fill_draft(out);
}

void
trade_probe(const struct trade_world *world, uint32_t n, struct trade *out)
{
    uint32_t rest = n;

    out->province = province_row(probe_provinces[rest % 3]);
    rest /= 3;
    out->flow = rest % 2 == 0 ? FLOW_EXPORT : FLOW_IMPORT;
    rest /= 2;
    out->partner = (int)(rest % 240);
    out->currency = probe_currencies[rest / 240 % PROBE_CURRENCIES];
    (void)snprintf(out->id, sizeof out->id, "probe-%08u", n);
    out->version = 1;
    out->minor = 100;
    put_no_goods(out);
    out->occurred_at_ms = world->last_day * MS_OF_DAY - CHINA_MS;
    out->published_at_ms = out->occurred_at_ms;
    put_texts(out, n);
    fill_draft(out);
}

static void
put_instant(int64_t ms, char out[32])
{
    struct date date = day_to_date((int32_t)(ms / MS_OF_DAY));
    int seconds = (int)(ms % MS_OF_DAY / 1000);

    (void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", date.year % 10000, date.month % 100,
                   date.day_of_month % 100, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

enum { GOODS_BYTES = 128 };
/* The members of a record that names goods, each with a comma behind. */
static void
put_goods(const struct trade *t, char out[GOODS_BYTES])
{
    int length = 0;

    out[0] = '\0';
    if (t->commodity[0] != '\0')
        length = snprintf(out, GOODS_BYTES, "\"commodity\":\"%s\",", t->commodity);
    if (t->area[0] != '\0')
        length += snprintf(out + length, GOODS_BYTES - (size_t)length, "\"province_area\":\"%s\",",
                           t->area);
    if (t->unit != NULL)
        (void)snprintf(out + length, GOODS_BYTES - (size_t)length,
                       "\"unit\":\"%s\",\"quantity\":\"%" PRId64 ".%03d\",", t->unit,
                       t->thousandths / 1000, (int)(t->thousandths % 1000));
}

size_t
trade_json(const struct trade *t, char out[TRADE_JSON_BYTES])
{
    char occurred[32], published[32], goods[GOODS_BYTES];
    int length;

    put_instant(t->occurred_at_ms, occurred);
    put_instant(t->published_at_ms, published);
    put_goods(t, goods);
    length = snprintf(out, TRADE_JSON_BYTES,
                      "{\"type\":\"trade\",\"id\":\"%s\",\"version\":%" PRId64
                      ",\"basis\":\"TRANSACTION\",\"province\":\"%s\",\"partner\":\"%s\","
                      "\"flow\":\"%s\",%s\"value\":\"%" PRId64 ".%02d\",\"currency\":\"%s\","
                      "\"occurred_at\":\"%s\",\"published_at\":\"%s\",\"title\":\"%s\","
                      "\"source\":{\"name\":\"" SOURCE_NAME "\",\"url\":\"%s\"}}\n",
                      t->id, t->version, scope_code(t->province), partner_code(t->partner),
                      t->flow == FLOW_EXPORT ? "EXPORT" : "IMPORT", goods, t->minor / 100,
                      (int)(t->minor % 100), t->currency, occurred, published, t->title, t->url);
    return (size_t)length;
}
