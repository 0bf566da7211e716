/* What differs between Avro's JSON and ours: unions, days and instants as numbers, decimals as
 * bytes. */
#include "ingest/avro_json.h"

#include "record/field.h"

enum { DECIMAL_MOST = 64 }; /* bytes of a decimal that are looked at */

static bool
is_word(struct text name)
{
    static const char *const words[] = { "string", "long", "int", "bytes", "array", "map" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_equal(name, text_of(words[i])))
            return true;
    /* Of an enum or a record: its name, with or without a namespace. */
    return name.length > 0 &&
           ((name.at[0] >= 'A' && name.at[0] <= 'Z') || memchr(name.at, '.', name.length) != NULL);
}

bool
avro_is_branch(const struct json_node *member, uint8_t form)
{
    const struct json_node *value = member + 1;
    if (member->kind != JSON_OBJECT || member->count != 1 || !is_word(value->name))
        return false;
    if (form == FORM_ATTRIBUTES || form == FORM_SOURCE)
        return value->kind == JSON_OBJECT;
    if (form == FORM_LIST)
        return value->kind == JSON_ARRAY;
    return value->kind == JSON_TEXT || value->kind == JSON_INTEGER;
}

/* Characters up to U+00FF are bytes.  -1: one is above, or there are too many. */
static int
bytes_of(struct text t, uint8_t out[DECIMAL_MOST])
{
    int count = 0;
    for (size_t i = 0; i < t.length; i++) {
        uint8_t c = (uint8_t)t.at[i];
        if (c >= 0x80) {
            if (c > 0xC3 || i + 1 == t.length)
                return -1;
            c = (uint8_t)(c << 6 | ((uint8_t)t.at[++i] & 0x3F));
        }
        if (count == DECIMAL_MOST)
            return -1;
        out[count++] = c;
    }
    return count;
}

static void
take_decimal(struct draft *d, enum field field, struct text t)
{
    uint8_t bytes[DECIMAL_MOST];
    int count = bytes_of(t, bytes);
    struct text found = { (const char *)bytes, count < 0 ? 0 : (size_t)count };
    if (count < 0)
        draft_mistyped(d, field);
    else
        draft_decimal(
            d, field,
            decimal_from_avro(found, field == FIELD_VALUE ? VALUE_SCALE : QUANTITY_DIGITS));
}

bool
avro_take(struct draft *d, enum field field, struct text branch, const struct json_node *value)
{
    uint8_t form = field_rules[field].form;
    bool is_time = form == FORM_DAY || form == FORM_INSTANT;
    if (is_time && value->kind == JSON_INTEGER)
        draft_integer(d, field, value->integer);
    else if (form == FORM_DECIMAL && value->kind == JSON_TEXT &&
             text_equal(branch, TEXT_LITERAL("bytes")))
        take_decimal(d, field, value->text);
    else
        return false;
    return true;
}
