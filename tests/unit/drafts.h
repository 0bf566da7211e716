/* drafts.h - drafts for tests: three good ones, and edits that change them.
 *
 * A row of a test is a base and up to four edits, so that it says only what is
 * special about it.  What an edit hands in is a literal or one of the static
 * texts below, and outlives the draft.
 */
#ifndef TESTS_UNIT_DRAFTS_H
#define TESTS_UNIT_DRAFTS_H

#include "record/record.h"

enum base { TRANSACTION, STATISTIC, AGREEMENT };

enum edit_form {
    EDIT_NOTHING,
    EDIT_TEXT,
    EDIT_LONG, /* so many letters x */
    EDIT_WIDE, /* so many times U+4E00, of three bytes */
    EDIT_INTEGER,
    EDIT_SYMBOL,
    EDIT_DECIMAL, /* number, with VALUE_SCALE */
    EDIT_MISTYPED,
    EDIT_OUT,  /* as if it had never been there */
    EDIT_LIST, /* items between blanks; an empty text is an empty list */
    EDIT_ONE,  /* a list of one item */
    EDIT_MANY, /* a list of so many good items */
    EDIT_NAME, /* source's */
    EDIT_URL,
    EDIT_EXTRA,  /* one more attribute: "name=value"; no '=': the value is null */
    EDIT_EXTRAS, /* so many attributes follow */
    EDIT_EXTRA_MISTYPED,
};

struct edit {
    enum edit_form form;
    enum field field;
    struct text text;
    int64_t number;
};

#define SAY(field, literal) { EDIT_TEXT, FIELD_##field, { literal, sizeof(literal) - 1 }, 0 }
#define LONG(field, count) { EDIT_LONG, FIELD_##field, { NULL, 0 }, count }
#define WIDE(field, count) { EDIT_WIDE, FIELD_##field, { NULL, 0 }, count }
#define INTEGER(field, number) { EDIT_INTEGER, FIELD_##field, { NULL, 0 }, number }
#define SYMBOL(field, code) { EDIT_SYMBOL, FIELD_##field, { NULL, 0 }, code }
#define DECIMAL(field, number) { EDIT_DECIMAL, FIELD_##field, { NULL, 0 }, number }
#define MISTYPED(field) { EDIT_MISTYPED, FIELD_##field, { NULL, 0 }, 0 }
#define OUT(field) { EDIT_OUT, FIELD_##field, { NULL, 0 }, 0 }
#define LIST(field, literal) { EDIT_LIST, FIELD_##field, { literal, sizeof(literal) - 1 }, 0 }
#define ONE(field, literal) { EDIT_ONE, FIELD_##field, { literal, sizeof(literal) - 1 }, 0 }
#define MANY(field, count) { EDIT_MANY, FIELD_##field, { NULL, 0 }, count }
#define NAME(literal) { EDIT_NAME, FIELD_SOURCE, { literal, sizeof(literal) - 1 }, 0 }
#define NAME_LONG(count) { EDIT_NAME, FIELD_SOURCE, { NULL, 0 }, count }
#define URL_LONG(count) { EDIT_URL, FIELD_SOURCE, { NULL, 0 }, count }
#define EXTRA(literal) { EDIT_EXTRA, FIELD_ATTRIBUTES, { literal, sizeof(literal) - 1 }, 0 }
#define EXTRAS(count) { EDIT_EXTRAS, FIELD_ATTRIBUTES, { NULL, 0 }, count }
#define EXTRA_MISTYPED(literal)                                                                    \
    { EDIT_EXTRA_MISTYPED, FIELD_ATTRIBUTES, { literal, sizeof(literal) - 1 }, 0 }

static inline struct text
many_letters(int64_t count)
{
    static char letters[70000];

    memset(letters, 'x', sizeof letters);
    return (struct text){ letters, (size_t)count };
}

static inline struct text
many_wide(int64_t count)
{
    static char wide[6000];

    for (size_t i = 0; i + 3 <= sizeof wide; i += 3)
        memcpy(wide + i, "\xE4\xB8\x80", 3);
    return (struct text){ wide, (size_t)count * 3 };
}

static inline void
edit_list(struct draft *d, const struct edit *e)
{
    struct text items[LIST_MOST + 1];
    size_t count = 0;

    for (size_t i = 0; i < e->text.length; i++) {
        if (i == 0 || e->text.at[i - 1] == ' ')
            items[count++] = (struct text){ e->text.at + i, 0 };
        if (e->text.at[i] != ' ')
            items[count - 1].length++;
    }
    draft_list(d, e->field, items, count);
}

static inline void
edit_many(struct draft *d, const struct edit *e)
{
    static char names[LIST_MOST + 1][8];
    struct text items[LIST_MOST + 1];

    for (int i = 0; i < LIST_MOST + 1; i++) {
        snprintf(names[i], sizeof names[i], e->field == FIELD_AREAS ? "A%d" : "a%d", i);
        items[i] = text_of(names[i]);
        if (e->field == FIELD_PROVINCES)
            items[i] = text_of(i < PROVINCE_COUNT ? scope_code(i) : "CN-ZZ");
        else if (e->field == FIELD_PARTNERS)
            items[i] = text_of(partner_code(i));
    }
    draft_list(d, e->field, items, (size_t)e->number);
}

static inline void
edit_extra(struct draft *d, struct text t)
{
    const char *equals = t.length == 0 ? NULL : memchr(t.at, '=', t.length);
    size_t name = equals == NULL ? t.length : (size_t)(equals - t.at);

    if (d->state[FIELD_ATTRIBUTES] == FIELD_ABSENT)
        draft_attributes(d, 1);
    if (equals == NULL)
        draft_attribute(d, t, (struct text){ NULL, 0 });
    else
        draft_attribute(d, (struct text){ t.at, name },
                        (struct text){ equals + 1, t.length - name - 1 });
}

static inline void
edit_source(struct draft *d, const struct edit *e)
{
    struct text value = e->number > 0 ? many_letters(e->number) : e->text;

    draft_source(d);
    if (e->form == EDIT_NAME)
        draft_source_name(d, value);
    else
        draft_source_url(d, value);
}

static inline void
draft_edit(struct draft *d, const struct edit *e)
{
    switch (e->form) {
    case EDIT_NOTHING:
        break;
    case EDIT_TEXT:
        draft_text(d, e->field, e->text);
        break;
    case EDIT_LONG:
        draft_text(d, e->field, many_letters(e->number));
        break;
    case EDIT_WIDE:
        draft_text(d, e->field, many_wide(e->number));
        break;
    case EDIT_INTEGER:
        draft_integer(d, e->field, e->number);
        break;
    case EDIT_SYMBOL:
        draft_symbol(d, e->field, (int)e->number);
        break;
    case EDIT_DECIMAL:
        draft_decimal(d, e->field, (struct decimal){ e->number, VALUE_SCALE });
        break;
    case EDIT_MISTYPED:
        draft_mistyped(d, e->field);
        break;
    case EDIT_OUT:
        d->state[e->field] = FIELD_ABSENT;
        break;
    case EDIT_LIST:
        edit_list(d, e);
        break;
    case EDIT_ONE:
        draft_list(d, e->field, &e->text, 1);
        break;
    case EDIT_MANY:
        edit_many(d, e);
        break;
    case EDIT_NAME:
    case EDIT_URL:
        edit_source(d, e);
        break;
    case EDIT_EXTRA:
        edit_extra(d, e->text);
        break;
    case EDIT_EXTRAS:
        draft_attributes(d, (size_t)e->number);
        break;
    case EDIT_EXTRA_MISTYPED:
        draft_attributes(d, 1);
        draft_attribute_mistyped(d, e->text);
        break;
    }
}

static inline void
draft_edits(struct draft *d, const struct edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++)
        draft_edit(d, &edits[i]);
}

/* Fill a draft with the least that makes a good record. */
static inline void
draft_base(struct draft *d, enum base base)
{
    static const struct edit trade[] = {
        SAY(ID, "a:1"),      SAY(PROVINCE, "CN-LN"), SAY(PARTNER, "RU"),
        SAY(FLOW, "EXPORT"), SAY(VALUE, "42.64"),    SAY(CURRENCY, "CNY"),
    };
    static const struct edit transaction[] = {
        SAY(BASIS, "TRANSACTION"),
        SAY(OCCURRED_AT, "2023-10-24T16:00:00Z"),
    };
    static const struct edit statistic[] = {
        SAY(BASIS, "STATISTIC"),
        SAY(PERIOD_START, "2023-01-01"),
        SAY(PERIOD_END, "2023-09-30"),
    };
    static const struct edit agreement[] = {
        SAY(ID, "a:1"),
        SAY(KIND, "MOU"),
        LIST(PROVINCES, "CN-LN CN-HL"),
        LIST(PARTNERS, "RU"),
        SAY(SIGNED_ON, "2023-10-24"),
    };

    if (base == AGREEMENT) {
        draft_reset(d, RECORD_AGREEMENT);
        draft_edits(d, agreement, sizeof agreement / sizeof agreement[0]);
        return;
    }
    draft_reset(d, RECORD_TRADE);
    draft_edits(d, trade, sizeof trade / sizeof trade[0]);
    if (base == TRANSACTION)
        draft_edits(d, transaction, sizeof transaction / sizeof transaction[0]);
    else
        draft_edits(d, statistic, sizeof statistic / sizeof statistic[0]);
}

#endif
