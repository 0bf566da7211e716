/* field.h - what is known of each field (field.def): one table for the draft,
 * the refusals, Avro and the documents.
 */
#ifndef RECORD_FIELD_H
#define RECORD_FIELD_H

#include "record/record.h"

/* What a field's value is in JSON, in Avro, and in struct draft.  Avro wraps
 * what is not NEEDED into ["null", ...], lists and attributes apart: these are
 * empty instead. */
enum field_form {
    FORM_TYPE,       /* which of the schemas */
    FORM_TEXT,       /* text      string             struct text */
    FORM_SYMBOL,     /* text      enum               int8_t: a code of symbol.def */
    FORM_ROW,        /* text      string             int16_t: a row of place.h */
    FORM_DECIMAL,    /* text      bytes: decimal     struct decimal */
    FORM_INTEGER,    /* number    long               int64_t */
    FORM_INSTANT,    /* text      timestamp-millis   int64_t: ms since 1970 */
    FORM_DAY,        /* text      date               int32_t: days since 1970 */
    FORM_LIST,       /* texts     array of string    struct item_list */
    FORM_SOURCE,     /* object    record             source_name, source_url */
    FORM_ATTRIBUTES, /* object    map of string      attributes */
};

struct field_rule {
    struct text name;
    uint8_t types; /* bits 1 << enum record_type */
    bool is_needed;
    uint8_t refusal; /* of a bad value */
    uint8_t form;
    uint8_t least, most; /* items of a list */
    uint16_t member;     /* where in struct draft the value is */
    union {
        bool (*is_good)(struct text t); /* FORM_TEXT; FORM_LIST: of an item */
        int (*row_of)(struct text t);   /* FORM_ROW: -1 when there is none */
    };
    const char *(*code_of)(int row); /* FORM_ROW: the text again */
    const char *wanted;              /* NULL: its symbols */
    const char *meaning;             /* markdown */
};

extern const struct field_rule field_rules[FIELD_COUNT];

/* The member of a draft that holds a field's value. */
static inline void *
field_in(struct draft *d, enum field field)
{
    return (char *)d + field_rules[field].member;
}
static inline const void *
field_of(const struct draft *d, enum field field)
{
    return (const char *)d + field_rules[field].member;
}

#endif
