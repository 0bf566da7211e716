/* A number, or 16 bytes as the text that everybody writes them as: 8-4-4-4-12. */
#include "schemas/schema_id.h"

#include <stdio.h>

size_t
schema_id_write(struct schema_id id, char out[SCHEMA_ID_TEXT])
{
    int length = !id.is_guid ? snprintf(out, SCHEMA_ID_TEXT, "%u", id.number)
                             : snprintf(out, SCHEMA_ID_TEXT, "%08llx-%04llx-%04llx-%04llx-%012llx",
                                        (unsigned long long)(id.guid[0] >> 32),
                                        (unsigned long long)(id.guid[0] >> 16 & 0xFFFF),
                                        (unsigned long long)(id.guid[0] & 0xFFFF),
                                        (unsigned long long)(id.guid[1] >> 48),
                                        (unsigned long long)(id.guid[1] & 0xFFFFFFFFFFFF));

    return (size_t)length;
}

static bool
read_guid(struct text t, struct schema_id *out)
{
    struct schema_id id = { .is_guid = true };
    size_t digits = 0;

    if (t.length != SCHEMA_ID_TEXT - 1)
        return false;
    for (size_t i = 0; i < t.length; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        int digit = is_hyphen ? 0 : text_hex_digit(t.at[i]);

        if (digit < 0 || is_hyphen != (t.at[i] == '-'))
            return false;
        if (is_hyphen)
            continue;
        id.guid[digits / 16] = id.guid[digits / 16] << 4 | (uint64_t)digit;
        digits++;
    }
    *out = id;
    return true;
}

bool
schema_id_read(struct text t, struct schema_id *out)
{
    int64_t number = text_number(t);

    if (number < 0 || number > UINT32_MAX)
        return read_guid(t, out);
    *out = schema_id_of((uint32_t)number);
    return true;
}

static int
order_of_bits(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int
schema_id_order(struct schema_id a, struct schema_id b)
{
    if (a.is_guid != b.is_guid)
        return a.is_guid ? 1 : -1;
    if (a.number != b.number)
        return order_of_bits(a.number, b.number);
    return a.guid[0] != b.guid[0] ? order_of_bits(a.guid[0], b.guid[0])
                                  : order_of_bits(a.guid[1], b.guid[1]);
}
