#include "tests/story/tale.h"

#include "schemas/codec.h"
#include "tests/story/redis_inside.h"

struct teller {
    struct arena memory;
    int32_t today;
    bool huge, by_ids;
    int messages;
    struct draft draft;
    char texts[16][32]; /* what the draft borrows */
    int text_count;
};

#define PICK(dice, pool) (pool)[dice_below((dice), (int)(sizeof(pool) / sizeof(pool)[0]))]

static const char *const provinces[] = { "CN-LN", "CN-LN", "CN-JL", "CN" };
static const char *const partners[] = { "RU", "RU", "KZ", "JP" };
static const char *const grades[] = { "PRESS", "FLASH", "PROVISIONAL", "FINAL" };

struct teller *
teller_new(void)
{
    struct teller *t = must_allocate(sizeof *t);

    memset(t, 0, sizeof *t);
    return t;
}

void
teller_free(struct teller *t)
{
    if (t == NULL)
        return;
    arena_release(&t->memory);
    free(t);
}

void
teller_begin(struct teller *t, int32_t today, bool huge, bool by_ids)
{
    arena_reset(&t->memory);
    t->today = today;
    t->huge = huge;
    t->by_ids = by_ids;
    t->messages = 0;
}

/* ---- fields --------------------------------------------------------------------- */

static void
say(struct teller *t, enum field field, const char *text)
{
    draft_text(&t->draft, field, text_of(text));
}

static char *
spare_text(struct teller *t)
{
    return t->texts[t->text_count++];
}

static void
say_number(struct teller *t, enum field field, const char *before, int n)
{
    char *text = spare_text(t);

    (void)snprintf(text, sizeof t->texts[0], "%s%d", before, n);
    say(t, field, text);
}

static void
say_day(struct teller *t, enum field field, int32_t day, const char *after)
{
    char *text = spare_text(t);

    day_write(day, text);
    (void)snprintf(text + DAY_TEXT - 1, sizeof t->texts[0] - DAY_TEXT + 1, "%s", after);
    say(t, field, text);
}

static void
say_standing(struct teller *t, struct dice *d, bool trade)
{
    if (dice_below(d, 3) > 0)
        draft_integer(&t->draft, FIELD_VERSION, dice_below(d, 4));
    if (dice_below(d, 3) == 0)
        say(t, FIELD_GRADE, PICK(d, grades));
    if (dice_below(d, 5) == 0)
        say(t, FIELD_BOUND, "ABOUT");
    if (dice_below(d, 6) == 0)
        say(t, FIELD_STATUS, trade || dice_below(d, 2) == 0 ? "RETRACTED" : "PLANNED");
}

static void
say_money(struct teller *t, struct dice *d, bool must)
{
    static const char *const currencies[] = { "CNY", "CNY", "USD", "JPY" };
    bool with_quantity = dice_below(d, 4) == 0;

    if (must || !with_quantity || dice_below(d, 2) == 0) {
        if (t->huge && dice_below(d, 8) > 0)
            say(t, FIELD_VALUE, "990000000000000");
        else
            say_number(t, FIELD_VALUE, "", 1 + dice_below(d, 5) * 7);
        say(t, FIELD_CURRENCY, t->huge ? "CNY" : PICK(d, currencies));
    }
    if (with_quantity && t->draft.type == RECORD_TRADE) {
        say_number(t, FIELD_QUANTITY, "", 1 + dice_below(d, 9));
        say(t, FIELD_UNIT, "TNE");
    }
}

static void
say_place(struct teller *t, struct dice *d)
{
    static const char *const flows[] = { "EXPORT", "EXPORT", "IMPORT", "TOTAL" };

    say(t, FIELD_PROVINCE, t->huge ? "CN-LN" : PICK(d, provinces));
    say(t, FIELD_PARTNER, t->huge ? "RU" : PICK(d, partners));
    say(t, FIELD_FLOW, t->huge ? "EXPORT" : PICK(d, flows));
    if (dice_below(d, 6) == 0)
        say(t, FIELD_COMMODITY, dice_below(d, 2) == 0 ? "8703" : "44");
    if (dice_below(d, 8) == 0)
        say(t, FIELD_PROVINCE_AREA, "210200");
    if (dice_below(d, 8) == 0)
        say(t, FIELD_SCOPE, dice_below(d, 2) == 0 ? "PART" : "WHOLE");
}

/* ---- records --------------------------------------------------------------------- */

static void
tell_transaction(struct teller *t, struct dice *d)
{
    say_number(t, FIELD_ID, "t", dice_below(d, t->huge ? 1000 : 8));
    say(t, FIELD_BASIS, "TRANSACTION");
    say_place(t, d);
    say_money(t, d, false);
    say_day(t, FIELD_OCCURRED_AT, t->today - 9 + dice_below(d, 11), "T03:00:00Z");
}

/* What a figure of so many days says: 70 a day, told exactly, rounded to two
 * digits, revised a little, or wrong.  So wholes and parts fit mostly. */
static void
say_figure(struct teller *t, struct dice *d, int days)
{
    static const char *const bounds[] = { "AT_LEAST", "AT_MOST", "ABOUT" };
    int amount = 70 * days, step = 1;

    while (amount / step >= 100)
        step *= 10;
    switch (dice_below(d, 5)) {
    case 0:
        amount = amount / step * step;
        break;
    case 1:
        amount += dice_below(d, 1 + amount / 100) - amount / 200;
        break;
    case 2:
        amount = dice_below(d, 2 * amount);
        break;
    default:
        break;
    }
    if (dice_below(d, 4) > 0) {
        say_number(t, FIELD_VALUE, "", amount);
        say(t, FIELD_CURRENCY, dice_below(d, 4) > 0 ? "CNY" : "JPY");
    }
    if (t->draft.state[FIELD_VALUE] == FIELD_ABSENT || dice_below(d, 5) == 0) {
        say_number(t, FIELD_QUANTITY, "", amount);
        say(t, FIELD_UNIT, "TNE");
    }
    if (dice_below(d, 8) == 0)
        say(t, FIELD_BOUND, PICK(d, bounds));
}

static void
tell_statistic(struct teller *t, struct dice *d)
{
    static const char *const reported[] = { "RU", "RU", "RU", "KZ", "WORLD", "EAEU" };
    static const char *const flows[] = { "EXPORT", "EXPORT", "IMPORT", "TOTAL" };
    static const char *const periods[][2] = {
        { "2023-01-01", "2023-12-31" }, { "2023-01-01", "2023-09-30" },
        { "2023-09-01", "2023-09-30" }, { "2023-10-01", "2023-12-31" },
        { "2023-01-01", "2023-06-30" }, { "2024-01-01", "2024-01-31" },
        { "2024-01-01", "2024-01-28" }, { "2024-01-29", "2024-01-29" },
        { "2024-01-25", "2024-01-31" },
    };
    int row = dice_below(d, (int)(sizeof periods / sizeof periods[0]));
    int32_t first, last;

    say_number(t, FIELD_ID, "s", dice_below(d, 50));
    say(t, FIELD_BASIS, "STATISTIC");
    say(t, FIELD_PROVINCE, PICK(d, provinces));
    say(t, FIELD_PARTNER, PICK(d, reported));
    say(t, FIELD_FLOW, PICK(d, flows));
    if (dice_below(d, 6) == 0)
        say(t, FIELD_COMMODITY, "27");
    if (!day_read(text_of(periods[row][0]), &first) || !day_read(text_of(periods[row][1]), &last))
        abort();
    say_figure(t, d, last - first + 1);
    say(t, FIELD_PERIOD_START, periods[row][0]);
    say(t, FIELD_PERIOD_END, periods[row][1]);
}

static void
say_list(struct teller *t, struct dice *d, enum field field, const char *one, const char *two)
{
    const struct text items[] = { text_of(one), text_of(two) };
    int which = dice_below(d, 3);

    if (which == 2)
        draft_list(&t->draft, field, items, 2);
    else
        draft_list(&t->draft, field, &items[which], 1);
}

static void
tell_agreement(struct teller *t, struct dice *d)
{
    static const char *const kinds[] = { "MOU", "FRAMEWORK", "CONTRACT" };

    say_number(t, FIELD_ID, "a", dice_below(d, 6));
    say(t, FIELD_KIND, PICK(d, kinds));
    say_list(t, d, FIELD_PROVINCES, "CN-LN", "CN-JL");
    say_list(t, d, FIELD_PARTNERS, "RU", "KZ");
    if (dice_below(d, 4) == 0)
        say_list(t, d, FIELD_SECTORS, "timber", "rail");
    if (dice_below(d, 2) == 0)
        say_money(t, d, true);
    say_day(t, FIELD_SIGNED_ON, t->today - 9 + dice_below(d, 11), "");
}

/* ---- messages --------------------------------------------------------------------- */

enum { VALUE_BYTES = 8 * 1024 };

static void
make_message(struct teller *t, const struct record *r, struct told *out)
{
    char key[KEY_TEXT_BYTES], canonical[1024];
    uint8_t *item = arena_take(&t->memory, ITEM_BYTES_MOST);
    uint8_t value[VALUE_BYTES];
    size_t head = t->by_ids && t->messages++ % 2 == 0
                      ? frame_write_id(SCHEMA_ID_FIRST + (uint32_t)r->type, value)
                      : frame_write(schema_fingerprint(r->type), value);
    size_t body = record_encode(r, value + head, sizeof value - head);
    struct text says = record_canonical(r, canonical, sizeof canonical);

    if (body == 0)
        abort();
    out->kind = record_kind(r);
    out->key = arena_text(&t->memory, record_key(r, key));
    out->value = arena_text(&t->memory, (struct text){ (char *)value, head + body });
    out->item = item;
    out->item_size = item_pack(r, item);
    out->valid = true;
    (void)snprintf(out->says, sizeof out->says, "%.*s v%lld g%d s%d %.*s", (int)r->id.length,
                   r->id.at, (long long)r->version, r->grade, r->status, (int)says.length, says.at);
}

/* Spoil a message so that nobody can read it. */
static void
spoil(struct dice *d, const struct record *r, struct told *m)
{
    bool planned = r->type == RECORD_AGREEMENT && r->status == AGREEMENT_PLANNED;

    m->valid = false;
    switch (dice_below(d, planned ? 4 : 5)) { /* what is planned is never premature */
    case 4:
        m->premature = true;
        (void)snprintf(m->says, sizeof m->says, "too early");
        return;
    case 0:
        m->value = TEXT_LITERAL("hello");
        break;
    case 1:
        m->value.length -= 1 + (size_t)dice_below(d, 4);
        break;
    case 2:
        m->value = (struct text){ NULL, 0 };
        break;
    default:
        m->value = TEXT_LITERAL("");
        break;
    }
    (void)snprintf(m->says, sizeof m->says, "no record (%zu bytes)", m->value.length);
}

const struct told *
teller_tell(struct teller *t, struct dice *d)
{
    struct told *m = arena_take(&t->memory, sizeof *m);
    struct record r;
    struct why why;

    for (;;) { /* a few drafts contradict themselves and are told anew */
        int which = dice_below(d, t->huge ? 16 : 4);

        memset(m, 0, sizeof *m);
        t->text_count = 0;
        m->type = which == 0 ? RECORD_AGREEMENT : RECORD_TRADE;
        draft_reset(&t->draft, m->type);
        if (which == 0)
            tell_agreement(t, d);
        else if (which == 1 && !t->huge)
            tell_statistic(t, d);
        else
            tell_transaction(t, d);
        say_standing(t, d, which != 0);
        if (record_settle(&t->draft, &r, &why) == FAULT_NONE)
            break;
    }
    make_message(t, &r, m);
    if (dice_below(d, 15) == 0)
        spoil(d, &r, m);
    return m;
}
