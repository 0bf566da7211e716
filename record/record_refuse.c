/* The sentence of a refusal: what was found, and what to write instead.
 *
 * Where nobody reads it (why is NULL) refuse_field() does not write it: only
 * the code counts. */
#include "record/record_refuse.h"

#include "record/draft.h"
#include "record/field.h"
#include "record/hint.h"
#include "record/unit.h"

enum {
    QUOTE_MOST = 60, /* bytes of what was found that a sentence shows */
    QUOTE_TEXT = 80, /* with quotation marks, dots and NUL */
    WANTED_TEXT = 200,
    AMOUNT_DIGITS = 17, /* AMOUNT_LIMIT is 10 to this */
    SCALE_SHOWN = 38,   /* decimals that a sentence shows */
};

/* What to write instead: the symbols of an enumeration, else the table's words. */
static const char *
wanted_of(const struct draft *d, enum field field, char out[WANTED_TEXT])
{
    struct text_buffer b = { out, WANTED_TEXT - 1, 0, false };
    char hint[HINT_BYTES];
    const struct field_rule *rule = &field_rules[field];
    size_t count;
    const char *const *symbols = field_symbols(field, d->type, &count);
    const char *meant =
        field == FIELD_UNIT && d->state[field] == BAD_UNIT ? unit_meant(d->found[field]) : NULL;

    if (meant != NULL) {
        (void)snprintf(out, WANTED_TEXT, "%s, which is %s in UN/CEFACT Recommendation 20", meant,
                       unit_english(text_of(meant)));
        return out;
    }
    if (draft_has(d, field) && hint_of(field, d->type, d->found[field], hint)) {
        (void)snprintf(out, WANTED_TEXT, "%s", hint);
        return out;
    }
    if (symbols == NULL)
        return rule->wanted == NULL ? fault_meaning(field_refusal(field)) : rule->wanted;
    text_put(&b, TEXT_LITERAL("one of "));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_put(&b, TEXT_LITERAL(", "));
        text_put(&b, text_of(symbols[i]));
    }
    out[b.length] = '\0';
    return out;
}

/* Quote a text for a terminal: control characters (C0, DEL and, in UTF-8, C1)
 * and what is no UTF-8 become '?', and a long one ends in dots. */
static const char *
quote(struct text t, char out[QUOTE_TEXT])
{
    struct text_buffer b = { out, QUOTE_TEXT - 1, 0, false };
    bool whole = t.length <= QUOTE_MOST;
    size_t length = whole ? t.length : QUOTE_MOST;
    bool utf8;

    /* Don't cut through a character. */
    while (!whole && length > 0 && ((uint8_t)t.at[length] & 0xC0) == 0x80)
        length--;
    utf8 = text_is_utf8((struct text){ t.at, length });
    text_put_char(&b, '"');
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)t.at[i];
        /* In UTF-8, C1 is 0xC2 and a byte below 0xA0: both become one question
         * mark. */
        bool c1 = c == 0xC2 && i + 1 < length && (uint8_t)t.at[i + 1] < 0xA0;

        /* Where the text is no UTF-8 every byte from 0x80 on is shown as '?':
         * nobody knows which characters were meant. */
        text_put_char(&b, c < 0x20 || c == 0x7F || (c >= 0x80 && !utf8) || c1 ? '?' : (char)c);
        if (c1 && utf8)
            i++;
    }
    text_put(&b, whole ? TEXT_LITERAL("\"") : TEXT_LITERAL("...\""));
    out[b.length] = '\0';
    return out;
}

/* Which of BAD_TEXT's three it is. */
static enum fault
refuse_text(const char *name, struct text value, size_t most, struct why *why)
{
    char quoted[QUOTE_TEXT];

    quote(value, quoted);
    if (!text_is_utf8(value))
        return why_field(why, BAD_TEXT, name, "%s is not UTF-8: %s", name, quoted);
    if (value.length > most)
        return why_field(why, BAD_TEXT, name, "%s has %zu bytes, at most %zu are wanted: %s", name,
                         value.length, most, quoted);
    return why_field(why, BAD_TEXT, name, "%s holds a NUL character: %s", name, quoted);
}

/* A list that has too many or too few items, one of them twice, or a bad one. */
static enum fault
refuse_list(enum field field, enum fault fault, struct text found, struct why *why)
{
    const char *name = field_name(field);
    char quoted[QUOTE_TEXT], hint[HINT_BYTES];

    if (found.at == NULL)
        return why_field(why, fault, name, "%s has %zu items; wanted: %s", name, found.length,
                         field_rules[field].wanted);
    /* The item is good and the list is not: it is there twice. */
    if (draft_item_is_good(field, found))
        return why_field(why, fault, name, "%s has %s twice; wanted: %s", name,
                         quote(found, quoted), field_rules[field].wanted);
    if (fault == BAD_TEXT)
        return refuse_text(name, found, ITEM_LENGTH, why);
    return why_field(why, fault, name, "%s has %s; wanted: %s", name, quote(found, quoted),
                     hint_of(field, RECORD_AGREEMENT, found, hint) ? hint
                                                                   : field_rules[field].wanted);
}

/* The JSON type of a field. */
static const char *
type_of(enum field field)
{
    if (field == FIELD_SOURCE)
        return "an object with name and url, and nothing else";
    return field_rules[field].form == FORM_LIST ? "a list of texts" : "a text";
}

enum fault
refuse_field(const struct draft *d, enum field field, enum fault missing, struct why *why)
{
    const char *name = field_name(field);
    enum fault fault = (enum fault)d->state[field];
    struct text found = d->found[field];
    char quoted[QUOTE_TEXT], hint[WANTED_TEXT];

    if (why == NULL)
        return draft_has(d, field) ? fault : missing;
    if (!draft_has(d, field))
        return why_field(why, missing, name, "%s is missing; wanted: %s", name,
                         wanted_of(d, field, hint));
    if (field == FIELD_ATTRIBUTES)
        return why_field(why, fault, name, "%s has the wrong type or too many entries; wanted: %s",
                         name, wanted_of(d, field, hint));
    if (fault == BAD_FIELD)
        return why_field(why, fault, name, "%s has the wrong type; wanted: %s", name,
                         type_of(field));
    if (field_rules[field].form == FORM_LIST)
        return refuse_list(field, fault, found, why);
    if (fault == BAD_TEXT)
        return refuse_text(name, found, TEXT_LENGTH, why);
    /* A value that was no text, or a number out of its range, can't be quoted. */
    if (found.at == NULL)
        return why_field(why, fault, name, "%s has the wrong type or is out of range; wanted: %s",
                         name, wanted_of(d, field, hint));
    return why_field(why, fault, name, "%s is %s; wanted: %s", name, quote(found, quoted),
                     wanted_of(d, field, hint));
}

/* "12.555" of 12555 with scale 3. */
static void
write_decimal(struct decimal value, struct text_buffer *out)
{
    char written[WIDE_TEXT];
    bool negative = value.unscaled < 0;
    size_t length = wide_write(value.unscaled, written) - negative;
    size_t scale = (size_t)value.scale;
    const char *digits = written + negative;

    if (negative)
        text_put_char(out, '-');
    if (value.scale < 0 || value.scale > SCALE_SHOWN) {
        text_put(out, (struct text){ digits, length });
        text_put(out, TEXT_LITERAL(" of an odd scale"));
        return;
    }
    text_put(out, length > scale ? (struct text){ digits, length - scale } : TEXT_LITERAL("0"));
    if (scale > 0)
        text_put_char(out, '.');
    for (size_t zeros = length; zeros < scale; zeros++)
        text_put_char(out, '0');
    if (length > scale)
        digits += length - scale;
    text_put(out, (struct text){ digits, length > scale ? scale : length });
}

enum fault
refuse_amount(enum field amount, int digits, struct decimal value, struct why *why)
{
    char shown[WIDE_TEXT + SCALE_SHOWN + 24];
    struct text_buffer b = { shown, sizeof shown, 0, false };

    write_decimal(value, &b);
    return why_field(why, field_refusal(amount), field_name(amount),
                     "%s is %.*s; wanted: no sign, at most %d decimals but for zeros, "
                     "below 10^%d",
                     field_name(amount), (int)b.length, shown, digits, AMOUNT_DIGITS - digits);
}

enum fault
refuse_whole(const struct draft *d, struct why *why)
{
    enum fault fault = (enum fault)d->whole_fault;
    const char *name = field_name((enum field)d->whole_field);

    if (fault == BAD_JSON)
        return why_field(why, fault, name, "a name in %s holds a NUL character", name);
    if (fault == BAD_FIELD)
        return why_field(why, fault, name, "a name in %s stands twice", name);
    return why_field(why, fault, name, "%s is not UTF-8", name);
}

enum fault
refuse_source_text(const char *name, struct text value, size_t most, enum fault fault,
                   struct why *why)
{
    if (fault == BAD_FIELD)
        return why_field(why, fault, name, "%s has the wrong type; wanted: a text", name);
    return refuse_text(name, value, most, why);
}

enum fault
refuse_attribute(const struct draft *d, struct why *why)
{
    enum fault fault = (enum fault)d->attributes_fault;
    char quoted[QUOTE_TEXT];

    quote(d->found[FIELD_ATTRIBUTES], quoted);
    if (fault == BAD_FIELD)
        return why_field(why, fault, "attributes", "attributes has no text at %s; wanted: texts",
                         quoted);
    return why_field(why, fault, "attributes",
                     "attributes has a name or a text that is too long, empty or holds NUL at %s; "
                     "wanted: names of 1 to %d bytes, texts of at most %d",
                     quoted, ATTRIBUTE_NAME_LENGTH, TEXT_LENGTH);
}
