/* Lines about records.  What is shown of a record here is codes, numbers and an id, all of them
 * without blanks and controls: a line has always the same columns. */
#include "ingest/tail_show.h"

#include "base/log.h"

enum { KEY_MOST = 64 * 1024 }; /* bytes of a key that are shown */

void
tail_put_time(struct text_buffer *b, int64_t ms)
{
    char text[INSTANT_TEXT];

    if (ms < 0 || !instant_is_writable(ms)) {
        text_put_char(b, '-');
        return;
    }
    instant_write(ms, text);
    text_put(b, text_of(text));
}

void
tail_put_place(struct text_buffer *b, const char *topic, int32_t partition, int64_t offset)
{
    text_put(b, text_of(topic));
    text_put_char(b, '/');
    text_put_integer(b, partition);
    text_put_char(b, '@');
    text_put_integer(b, offset);
}

static void
put_items(struct text_buffer *b, const struct item_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            text_put_char(b, ',');
        text_put(b, list->items[i]);
    }
}

static void
put_day(struct text_buffer *b, int32_t day)
{
    char text[DAY_TEXT];

    day_write(day, text);
    text_put(b, text_of(text));
}

/* area:370300+hs:8703, as :detail of Redis has it. */
static void
put_what(struct text_buffer *b, const struct record *r)
{
    const struct text areas[] = { r->province_area, r->partner_area };
    size_t before = b->length;

    for (size_t i = 0; i < 2; i++) {
        if (areas[i].at == NULL)
            continue;
        text_put(b, b->length > before ? TEXT_LITERAL("+area:") : TEXT_LITERAL("area:"));
        text_put(b, areas[i]);
    }
    if (r->commodity.at != NULL) {
        text_put(b, b->length > before ? TEXT_LITERAL("+hs:") : TEXT_LITERAL("hs:"));
        text_put(b, r->commodity);
    }
    put_items(b, &r->sectors);
    if (b->length == before)
        text_put_char(b, '-');
}

/* With a comma for thousands: 40,500,000,000.00 CNY. */
static void
put_amounts(struct text_buffer *b, const struct record *r)
{
    char number[2 * WIDE_TEXT];
    size_t before = b->length;

    if (r->currency >= 0) {
        (void)amount_show(r->minor, currency_digits(r->currency), number, sizeof number);
        text_put(b, text_of(number));
        text_put_char(b, ' ');
        text_put(b, text_of(currency_code(r->currency)));
    }
    if (r->unit.at != NULL) {
        if (b->length > before)
            text_put(b, TEXT_LITERAL(" + "));
        (void)amount_show(r->milli, QUANTITY_DIGITS, number, sizeof number);
        text_put(b, text_of(number));
        text_put_char(b, ' ');
        text_put(b, r->unit);
    }
    if (b->length == before)
        text_put_char(b, '-');
}

static void
put_trade(struct text_buffer *b, const struct record *r)
{
    text_put(b, text_of(scope_code(r->province)));
    text_put(b, TEXT_LITERAL("  "));
    text_put(b, text_of(partner_code(r->partner)));
    text_put(b, TEXT_LITERAL("  "));
    text_put(b, text_of(symbol_name(FIELD_FLOW, r->type, r->flow)));
    text_put(b, TEXT_LITERAL("  "));
    if (r->basis == BASIS_STATISTIC) {
        put_day(b, r->from);
        text_put(b, TEXT_LITERAL(".."));
    }
    put_day(b, r->day);
}

static void
put_agreement(struct text_buffer *b, const struct record *r)
{
    put_items(b, &r->draft->provinces);
    text_put(b, TEXT_LITERAL("  "));
    put_items(b, &r->draft->partners);
    text_put(b, TEXT_LITERAL("  "));
    text_put(b, text_of(symbol_name(FIELD_KIND, r->type, r->kind)));
    text_put(b, TEXT_LITERAL("  "));
    put_day(b, r->day);
}

void
tail_put_line(struct text_buffer *b, const char *topic, const struct followed *m,
              const struct record *r)
{
    bool is_usual =
        r->status == (r->type == RECORD_TRADE ? (int)TRADE_ACTIVE : (int)AGREEMENT_SIGNED);

    tail_put_time(b, m->timestamp_ms);
    text_put(b, TEXT_LITERAL("  "));
    tail_put_place(b, topic, m->partition, m->offset);
    text_put(b, TEXT_LITERAL("  "));
    if (r->type == RECORD_TRADE)
        put_trade(b, r);
    else
        put_agreement(b, r);
    text_put(b, TEXT_LITERAL("  "));
    put_what(b, r);
    text_put(b, TEXT_LITERAL("  "));
    put_amounts(b, r);
    text_put(b, TEXT_LITERAL("  "));
    if (!is_usual) {
        text_put(b, text_of(symbol_name(FIELD_STATUS, r->type, r->status)));
        text_put(b, TEXT_LITERAL("  "));
    }
    text_put(b, r->id);
}

void
tail_put_envelope(struct text_buffer *b, const char *topic, const struct followed *m,
                  const struct record *r)
{
    text_put(b, TEXT_LITERAL("{\"topic\":"));
    json_put_text(b, text_of(topic));
    text_print(b, ",\"partition\":%d,\"offset\":%lld,\"timestamp\":", m->partition,
               (long long)m->offset);
    if (m->timestamp_ms < 0)
        text_put(b, TEXT_LITERAL("null"));
    else
        text_put_integer(b, m->timestamp_ms);
    text_put(b, TEXT_LITERAL(",\"key\":"));
    if (m->key.at == NULL)
        text_put(b, TEXT_LITERAL("null"));
    else
        json_put_text(
            b, (struct text){ m->key.at, m->key.length < KEY_MOST ? m->key.length : KEY_MOST });
    text_put(b, TEXT_LITERAL(",\"record\":"));
    record_json_put(b, r);
    text_put_char(b, '}');
}
