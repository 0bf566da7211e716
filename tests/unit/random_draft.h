/* random_draft.h - valid records with every field now here, now left out, the
 * same ones for the same seed.  What each field was told as text is kept, so
 * that a test can compare it with what came back. */
#ifndef TESTS_UNIT_RANDOM_DRAFT_H
#define TESTS_UNIT_RANDOM_DRAFT_H

#include "base/random.h"
#include "record/record.h"

struct random_draft {
    uint64_t seed;
    struct draft draft;
    struct text said[FIELD_COUNT];             /* { NULL, 0 }: left out */
    struct text lists[FIELD_COUNT][LIST_MOST]; /* sorted */
    size_t counts[FIELD_COUNT];
    size_t used;
    char arena[1 << 20];
};

static inline uint64_t
random_below(struct random_draft *w, uint64_t limit)
{
    return random_next(&w->seed) % limit;
}

static inline struct text
random_keep(struct random_draft *w, const char *at, size_t length)
{
    char *place = w->arena + w->used;

    if (length > sizeof w->arena - w->used)
        abort();
    if (length > 0)
        memcpy(place, at, length);
    w->used += length;
    return (struct text){ place, length };
}

/* 1 .. most characters out of a set. */
static inline struct text
random_word(struct random_draft *w, const char *set, size_t most)
{
    char word[2048];
    size_t length = 1 + (size_t)random_below(w, most);

    for (size_t i = 0; i < length; i++)
        word[i] = set[random_below(w, strlen(set))];
    return random_keep(w, word, length);
}

/* UTF-8 of 0 to about most bytes; half of them short. */
static inline struct text
random_free_text(struct random_draft *w, size_t most)
{
    static const char *const words[] = { "出口", "trade ", "\t", "é", "🚢", "Владивосток", "\"" };
    struct text_buffer b = { .at = w->arena + w->used, .size = sizeof w->arena - w->used };
    size_t length = (size_t)random_below(w, random_below(w, 2) == 0 ? 20 : most - 30);

    while (b.length < length)
        text_put(&b, text_of(words[random_below(w, 7)]));
    if (b.full)
        abort();
    w->used += b.length;
    return text_done(&b);
}

static inline struct text
random_decimal(struct random_draft *w, int digits)
{
    static const int64_t limits[] = { 2, 256, 100000, INT64_C(10000000000), AMOUNT_LIMIT };
    int64_t limit = limits[random_below(w, 5)];
    int64_t n = random_below(w, 8) == 0 ? limit - 1 : (int64_t)random_below(w, (uint64_t)limit);
    int64_t unit = 1;
    char text[48];
    int length;

    for (int i = 0; i < digits; i++)
        unit *= 10;
    length = snprintf(text, sizeof text, "%lld", (long long)(n / unit));
    if (digits > 0)
        length += snprintf(text + length, sizeof text - (size_t)length, ".%0*lld", digits,
                           (long long)(n % unit));
    return random_keep(w, text, (size_t)length);
}

static inline struct text
random_day(struct random_draft *w, int year)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%04d-%02d-%02d", year, (int)(1 + random_below(w, 12)),
                          (int)(1 + random_below(w, 28)));

    return random_keep(w, text, (size_t)length);
}

static inline struct text
random_instant(struct random_draft *w)
{
    char text[40];
    int year = random_below(w, 10) == 0 ? 9998 : 1971 + (int)random_below(w, 100);
    int length = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year,
                          (int)(1 + random_below(w, 12)), (int)(1 + random_below(w, 28)),
                          (int)random_below(w, 24), (int)random_below(w, 60),
                          (int)random_below(w, 60), (int)random_below(w, 1000));

    return random_keep(w, text, (size_t)length);
}

static inline void
random_say(struct random_draft *w, enum field field, struct text t)
{
    w->said[field] = t;
    draft_text(&w->draft, field, t);
}

static inline bool
random_often(struct random_draft *w)
{
    return random_below(w, 3) != 0;
}

static inline void
random_symbol(struct random_draft *w, enum field field)
{
    size_t count;
    const char *const *symbols = field_symbols(field, w->draft.type, &count);

    random_say(w, field, text_of(symbols[random_below(w, count)]));
}

static inline void
random_list(struct random_draft *w, enum field field, size_t least, size_t most,
            struct text (*item)(struct random_draft *w))
{
    size_t wanted = least + (size_t)random_below(w, random_below(w, 4) == 0 ? most + 1 - least : 3);
    struct text *list = w->lists[field];
    size_t count = 0;

    for (size_t tries = 0; count < wanted && tries < 1000; tries++) {
        struct text t = item(w);
        size_t i = 0;

        while (i < count && text_compare(list[i], t) < 0)
            i++;
        if (i < count && text_equal(list[i], t))
            continue;
        memmove(list + i + 1, list + i, (count - i) * sizeof *list);
        list[i] = t;
        count++;
    }
    w->counts[field] = count;
    w->said[field] = TEXT_LITERAL("");
    draft_list(&w->draft, field, list, count);
}

static inline struct text
random_province(struct random_draft *w)
{
    return text_of(scope_code((int)random_below(w, PROVINCE_COUNT)));
}

static inline struct text
random_partner(struct random_draft *w)
{
    return text_of(partner_code((int)random_below(w, PARTNER_COUNT)));
}

static inline struct text
random_area(struct random_draft *w)
{
    struct text t = random_word(w, "ABCXYZ0189-", 11);

    (void)random_keep(w, "0", 1); /* right behind it: 2 to 12 */
    return (struct text){ t.at, t.length + 1 };
}

static inline struct text
random_sector(struct random_draft *w)
{
    return random_word(w, "abcxyz0189-", 32);
}

static inline struct text
random_party(struct random_draft *w)
{
    return random_free_text(w, ITEM_LENGTH);
}

static inline void
random_extras(struct random_draft *w)
{
    struct draft *d = &w->draft;
    size_t count = (size_t)random_below(w, random_below(w, 8) == 0 ? ATTRIBUTE_COUNT + 1 : 4);

    if (random_often(w))
        random_say(w, FIELD_TITLE, random_free_text(w, TEXT_LENGTH));
    if (random_often(w)) {
        w->said[FIELD_SOURCE] = TEXT_LITERAL("");
        draft_source(d);
        if (random_often(w))
            draft_source_name(d, random_free_text(w, SOURCE_NAME_LENGTH));
        if (random_often(w))
            draft_source_url(d, random_word(w, "htps:/.?=x%", SOURCE_URL_LENGTH));
    }
    draft_attributes(d, count);
    for (size_t i = 0; i < count; i++) {
        char name[16];
        int length = snprintf(name, sizeof name, "k%zu", i);

        draft_attribute(d, random_keep(w, name, (size_t)length), random_free_text(w, 100));
    }
}

static inline void
random_money(struct random_draft *w)
{
    int currency = (int)random_below(w, CURRENCY_COUNT);

    random_say(w, FIELD_CURRENCY, text_of(currency_code(currency)));
    random_say(w, FIELD_VALUE, random_decimal(w, currency_digits(currency)));
}

static inline void
random_quantity(struct random_draft *w)
{
    static const char *const units[] = { "TNE", "KGM", "2N" };

    random_say(w, FIELD_UNIT, text_of(units[random_below(w, 3)]));
    random_say(w, FIELD_QUANTITY, random_decimal(w, QUANTITY_DIGITS));
}

static inline void
random_trade(struct random_draft *w)
{
    static const char *const codes[] = { "87", "8703", "870323", "87032310", "8703231000" };
    bool has_money = random_often(w), is_narrow = false;

    random_say(w, FIELD_PROVINCE, random_province(w));
    random_say(w, FIELD_PARTNER, random_partner(w));
    random_symbol(w, FIELD_FLOW);
    if (random_often(w))
        random_say(w, FIELD_PROVINCE_AREA, random_area(w));
    if (random_often(w))
        random_say(w, FIELD_PARTNER_AREA, random_area(w));
    if (random_often(w))
        random_say(w, FIELD_COMMODITY, text_of(codes[random_below(w, 5)]));
    if (has_money)
        random_money(w);
    if (!has_money || random_often(w))
        random_quantity(w);
    if (random_often(w))
        random_say(w, FIELD_GROWTH, random_free_text(w, TEXT_LENGTH));
    if (random_below(w, 2) == 0) {
        random_say(w, FIELD_BASIS, TEXT_LITERAL("TRANSACTION"));
        random_say(w, FIELD_OCCURRED_AT, random_instant(w));
    } else {
        struct text day = random_day(w, 1970 + (int)random_below(w, 200));

        random_say(w, FIELD_BASIS, TEXT_LITERAL("STATISTIC"));
        random_say(w, FIELD_PERIOD_START, day);
        random_say(w, FIELD_PERIOD_END, day);
        is_narrow = w->said[FIELD_PROVINCE_AREA].at != NULL ||
                    w->said[FIELD_PARTNER_AREA].at != NULL || w->said[FIELD_COMMODITY].at != NULL;
    }
    /* A statistic of one commodity or area is a part. */
    if (random_often(w) && is_narrow)
        random_say(w, FIELD_SCOPE, TEXT_LITERAL("PART"));
    else if (random_often(w) && !is_narrow)
        random_symbol(w, FIELD_SCOPE);
}

static inline void
random_agreement(struct random_draft *w)
{
    random_symbol(w, FIELD_KIND);
    random_list(w, FIELD_PROVINCES, 1, 8, random_province);
    random_list(w, FIELD_PARTNERS, 1, 8, random_partner);
    random_list(w, FIELD_AREAS, 0, 20, random_area);
    random_list(w, FIELD_PARTIES, 0, LIST_MOST, random_party);
    random_list(w, FIELD_SECTORS, 0, 20, random_sector);
    random_say(w, FIELD_SIGNED_ON, random_day(w, 1970 + (int)random_below(w, 200)));
    if (random_often(w))
        random_money(w);
}

/* Make the next draft; its texts are good until the next call. */
static inline void
random_fill(struct random_draft *w, enum record_type type)
{
    char version[24];
    struct draft *d = &w->draft;

    w->used = 0;
    memset(w->said, 0, sizeof w->said);
    memset(w->counts, 0, sizeof w->counts);
    draft_reset(d, type);
    random_say(w, FIELD_ID, random_word(w, "!~abcABC019:/-", ID_LENGTH));
    if (random_often(w)) {
        int64_t n = (int64_t)random_below(w, UINT64_C(1) << random_below(w, 54));

        w->said[FIELD_VERSION] = random_keep(
            w, version, (size_t)snprintf(version, sizeof version, "%lld", (long long)n));
        draft_integer(d, FIELD_VERSION, n);
    }
    if (random_often(w))
        random_symbol(w, FIELD_GRADE);
    if (random_often(w))
        random_symbol(w, FIELD_BOUND);
    if (random_often(w))
        random_symbol(w, FIELD_STATUS);
    if (random_often(w))
        random_say(w, FIELD_PUBLISHED_AT, random_instant(w));
    if (random_often(w))
        random_say(w, FIELD_RETRIEVED_AT, random_instant(w));
    if (type == RECORD_TRADE)
        random_trade(w);
    else
        random_agreement(w);
    random_extras(w);
}

#endif
