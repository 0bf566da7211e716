/* What a record states, as text: canonical text, Kafka key and partition.
 *
 * All three must never change.  Ids that ingest has derived are hashes of the
 * canonical text; the key decides the partition, and the aggregator looks for a
 * record where its key says.  tests/oracle.py has the same texts.
 *
 * The canonical text is name=value, joined by '|', absent fields left out. */
#include "record/record.h"

/* "name=", with a bar before it unless it is the first. */
static void
state_name(struct text_buffer *b, const char *name)
{
    if (b->length > 0)
        text_put_char(b, '|');
    text_put(b, text_of(name));
    text_put_char(b, '=');
}

/* What is absent is not stated. */
static void
state_text(struct text_buffer *b, const char *name, struct text value)
{
    if (value.at == NULL)
        return;
    state_name(b, name);
    text_put(b, value);
}

static void
state_integer(struct text_buffer *b, const char *name, int64_t value)
{
    state_name(b, name);
    text_put_integer(b, value);
}

/* A code below 0 means that nothing was said; then there is no text either. */
static struct text
symbol_text(const struct record *r, enum field field, int code)
{
    size_t count;
    const char *const *symbols = field_symbols(field, r->type, &count);

    return code < 0 ? (struct text){ NULL, 0 } : text_of(symbols[code]);
}

/* Items joined by commas, with a backslash before each backslash, comma and
 * bar in them, so that no two lists look alike. */
static void
state_list(struct text_buffer *b, const char *name, const struct item_list *list)
{
    if (list->count == 0)
        return;
    state_name(b, name);
    for (size_t i = 0; i < list->count; i++) {
        struct text item = list->items[i];

        if (i > 0)
            text_put_char(b, ',');
        for (size_t j = 0; j < item.length; j++) {
            if (item.at[j] == '\\' || item.at[j] == ',' || item.at[j] == '|')
                text_put_char(b, '\\');
            text_put_char(b, item.at[j]);
        }
    }
}

/* The codes of rows; none holds what would have to be escaped. */
static void
state_rows(struct text_buffer *b, const char *name, const int16_t *rows, size_t count,
           const char *(*code)(int))
{
    if (count == 0)
        return;
    state_name(b, name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_put_char(b, ',');
        text_put(b, text_of(code(rows[i])));
    }
}

/* What names the subject of a trade record.  The order of these calls is the
 * order of the text, and is never changed: ids are derived from it. */
static void
state_trade(struct text_buffer *b, const struct record *r)
{
    state_text(b, "type", TEXT_LITERAL("trade"));
    state_text(b, "basis", symbol_text(r, FIELD_BASIS, r->basis));
    state_text(b, "province", text_of(scope_code(r->province)));
    state_text(b, "province_area", r->province_area);
    state_text(b, "partner", text_of(partner_code(r->partner)));
    state_text(b, "partner_area", r->partner_area);
    state_text(b, "flow", symbol_text(r, FIELD_FLOW, r->flow));
    state_text(b, "commodity", r->commodity);
    state_text(b, "scope", symbol_text(r, FIELD_SCOPE, r->scope));
}

/* In minor units and thousandths, so that "1.50" and "1.5" state the same. */
static void
state_amounts(struct text_buffer *b, const struct record *r)
{
    if (r->currency >= 0) {
        state_text(b, "currency", text_of(currency_code(r->currency)));
        state_integer(b, "minor", r->minor);
    }
    if (r->unit.at != NULL) {
        state_text(b, "unit", r->unit);
        state_integer(b, "milli", r->milli);
    }
}

/* Title, source, growth, grade, version and the times of publishing are not in
 * it: two outlets that report one fact differ in these. */
struct text
record_canonical(const struct record *r, char *out, size_t size)
{
    struct text_buffer b = { out, size, 0, false };

    if (r->type == RECORD_TRADE) {
        state_trade(&b, r);
    } else {
        state_text(&b, "type", TEXT_LITERAL("agreement"));
        state_text(&b, "kind", symbol_text(r, FIELD_KIND, r->kind));
    }
    state_amounts(&b, r);
    if (r->type == RECORD_TRADE && r->basis == BASIS_TRANSACTION)
        state_integer(&b, "at", r->at_ms);
    if (r->type == RECORD_TRADE && r->basis == BASIS_STATISTIC)
        state_integer(&b, "from", r->from);
    state_integer(&b, "day", r->day);
    state_rows(&b, "provinces", r->provinces, r->province_count, scope_code);
    state_rows(&b, "partners", r->partners, r->partner_count, partner_code);
    state_list(&b, "areas", &r->areas);
    state_list(&b, "parties", &r->parties);
    state_list(&b, "sectors", &r->sectors);
    return b.full ? (struct text){ NULL, 0 } : text_done(&b);
}

/* Half of SHA-256's bytes: 128 bits. */
void
record_derive_id(struct record *r, const uint8_t digest[32], char out[DERIVED_ID_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;

    *at++ = 'd';
    *at++ = ':';
    for (int i = 0; i < (DERIVED_ID_BYTES - 2) / 2; i++) {
        *at++ = digits[digest[i] >> 4];
        *at++ = digits[digest[i] & 15];
    }
    *at = '\0';
    r->id = (struct text){ out, DERIVED_ID_BYTES };
    r->id_derived_wanted = false;
}

/* ---- identity ------------------------------------------------------------- */

char
record_kind(const struct record *r)
{
    if (r->type == RECORD_AGREEMENT)
        return 'A';
    return r->basis == BASIS_STATISTIC ? 'S' : 'T';
}

struct text
record_key(const struct record *r, char out[KEY_TEXT_BYTES])
{
    struct text_buffer b = { out, KEY_TEXT_BYTES, 0, false };
    char day[DAY_TEXT];

    /* A statistic's id is only a label: whoever reports the figure, the
     * series-year is the same one. */
    if (record_kind(r) != 'S')
        return r->id;
    text_put(&b, text_of(scope_code(r->province)));
    text_put_char(&b, '|');
    text_put(&b, r->province_area);
    text_put_char(&b, '|');
    text_put(&b, text_of(partner_code(r->partner)));
    text_put_char(&b, '|');
    text_put(&b, r->partner_area);
    text_put_char(&b, '|');
    text_put(&b, r->commodity);
    text_put_char(&b, '|');
    text_put(&b, symbol_text(r, FIELD_SCOPE, r->scope));
    text_put_char(&b, '|');
    day_write(r->day, day);
    /* The year alone: day_write() begins with it. */
    text_put(&b, (struct text){ day, 4 });
    return text_done(&b);
}

/* MurmurHash2 as Kafka's Java client has it (org.apache.kafka.common.utils.
 * Utils.murmur2): little-endian words, this seed. */
static uint32_t
murmur2(struct text key)
{
    const uint32_t mix = 0x5bd1e995;
    const uint8_t *at = (const uint8_t *)key.at;
    size_t left = key.length;
    uint32_t hash = 0x9747b28cU ^ (uint32_t)key.length;

    for (; left >= 4; at += 4, left -= 4) {
        uint32_t word =
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;

        word *= mix;
        word ^= word >> 24;
        word *= mix;
        hash = hash * mix ^ word;
    }
    if (left == 3)
        hash ^= (uint32_t)at[2] << 16;
    if (left >= 2)
        hash ^= (uint32_t)at[1] << 8;
    if (left >= 1)
        hash = (hash ^ at[0]) * mix;
    hash ^= hash >> 13;
    hash *= mix;
    return hash ^ hash >> 15;
}

int32_t
key_partition(struct text key, int32_t partitions)
{
    /* Java masks the sign off before the division, and so do we. */
    return (int32_t)(murmur2(key) & 0x7fffffff) % partitions;
}
