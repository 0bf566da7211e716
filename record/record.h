/* record.h - one trade event or agreement, from loose fields to a valid record.
 *
 * A reader of JSON or Avro fills a struct draft field by field, in any order;
 * each field keeps its value or what is wrong with it.  record_settle() then
 * judges the whole in the one order that decides which refusal a record gets
 * (tests/oracle.py, read()).  So JSON and Avro can't disagree.
 *
 * A settled record and its draft borrow every text from the line or message.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/day.h"
#include "base/fault.h"
#include "base/text.h"
#include "record/money.h"
#include "record/place.h"
#include "record/symbol.def"

enum record_type { RECORD_TRADE, RECORD_AGREEMENT, RECORD_TYPE_COUNT };
enum { TOPIC_BYTES = 64 }; /* of the name of the topic that a type of record has */

enum field {
#define FIELD(id, ...) FIELD_##id,
#include "record/field.def"
#undef FIELD
    FIELD_COUNT
};

#define SYMBOL(group, name) group##_##name,
enum grade { GRADES(SYMBOL) GRADE_COUNT };
enum bound { BOUNDS(SYMBOL) BOUND_COUNT };
enum trade_status { TRADE_STATUSES(SYMBOL) TRADE_STATUS_COUNT };
enum basis { BASES(SYMBOL) BASIS_COUNT };
enum portion { PORTIONS(SYMBOL) SCOPE_PORTION_COUNT };
enum flow { FLOWS(SYMBOL) FLOW_COUNT };
enum agreement_status { AGREEMENT_STATUSES(SYMBOL) AGREEMENT_STATUS_COUNT };
enum kind { KINDS(SYMBOL) KIND_COUNT };
#undef SYMBOL

enum {
    ID_LENGTH = 128,    /* bytes of an id */
    TEXT_LENGTH = 1024, /* bytes of a free text */
    ITEM_LENGTH = 256,  /* bytes of an item of a list */
    SOURCE_NAME_LENGTH = 128,
    SOURCE_URL_LENGTH = 2048,
    ATTRIBUTE_COUNT = 64, /* extras of one record */
    ATTRIBUTE_NAME_LENGTH = 128,
    PROVINCES_MOST = 35, /* items of each list of an agreement */
    LIST_MOST = 64,
    CELLS_MOST = 4096,            /* pairs x dimensions of one agreement */
    RECORD_BYTES = 65536,         /* a JSON line or an Avro value */
    CANONICAL_BYTES = 160 * 1024, /* enough for any canonical text */
    KEY_TEXT_BYTES = 256,         /* enough for any Kafka key */
    DERIVED_ID_BYTES = 34,        /* "d:" and 32 hex digits */
};

/* Nothing was said about this field (JSON null, Avro null, left out). */
#define FIELD_ABSENT ((uint8_t)0x80) /* a bit that no fault has: record_settle() masks it */
enum { FIELD_ROOM = (FIELD_COUNT + 7) / 8 * 8 }; /* states of fields are also read as words */

struct attribute {
    struct text name, value;
};

/* A list of an agreement: borrowed texts, sorted by bytes once the field is
 * taken.  Of provinces and partners, too, the texts are kept. */
struct item_list {
    uint16_t count;
    struct text items[LIST_MOST];
};

struct draft {
    enum record_type type;
    /* What is judged before every field, as it makes the whole line of JSON
     * unreadable: invalid UTF-8 (BAD_TEXT), NUL in a name of an attribute
     * (BAD_JSON), a name that stands twice (BAD_FIELD).  Or FAULT_NONE. */
    uint8_t whole_fault, whole_field;
    uint8_t state[FIELD_ROOM];                   /* FAULT_NONE: value is in; FIELD_ABSENT; or
                                                    the refusal that the field has earned */
    uint8_t source_name_state, source_url_state; /* the same */
    struct text id, province_area, partner_area, commodity, unit;
    struct text title, growth, source_name, source_url;
    int64_t version;
    int64_t published_at_ms, retrieved_at_ms, occurred_at_ms;
    int32_t period_start, period_end, signed_on;
    int8_t grade, bound, status, basis, scope, flow, kind; /* codes */
    int16_t province, partner, currency;                   /* rows of place.h */
    struct decimal value, quantity;
    uint16_t attribute_count;
    uint8_t attributes_fault; /* first fault of an attribute, or FAULT_NONE */
    struct attribute attributes[ATTRIBUTE_COUNT];
    struct item_list provinces, partners, areas, parties, sectors;
    /* Of a refused field: the text that was there, for the sentence in why;
     * { NULL, 0 } when it was no text, { NULL, n } for a list of n items. */
    struct text found[FIELD_COUNT];
};

/* A valid record.  -1 and { NULL, 0 } mean absent. */
struct record {
    enum record_type type;
    bool id_derived_wanted; /* no id was given: record_take_id() sets one */
    struct text id;
    int64_t version; /* 0 .. 2^53 - 1, worked out from published_at */
    int8_t grade, bound;
    int8_t status;             /* enum trade_status or agreement_status */
    int8_t basis, scope, flow; /* trade */
    int8_t kind;               /* agreement */
    int16_t province, partner; /* trade: rows of place.h */
    int16_t currency;          /* row, or -1 */
    int64_t minor;             /* with currency: minor units */
    int64_t milli;             /* with unit: thousandths */
    struct text unit, province_area, partner_area, commodity;
    int64_t at_ms;  /* transaction: occurred_at */
    int64_t offset; /* of the message that it came in; 0 where there is none */
    int32_t from;   /* statistic: first day of the period */
    int32_t day;    /* the record's day: occurred, last, signed */
    uint16_t province_count, partner_count;
    int16_t provinces[PROVINCES_MOST]; /* sorted by code */
    int16_t partners[LIST_MOST];       /* sorted by code */
    struct item_list areas, parties, sectors;
    /* carried, not computed with */
    const struct draft *draft; /* title, growth, source, attributes, times */
};

/* ---- filling a draft ---------------------------------------------------- */

/* The day that FUTURE looks at: it is judged before the rest of the record is.
 * INT64_MIN when the draft has none. */
int64_t draft_latest_day(const struct draft *d);

/* Everything absent.  Cheap: touches only the states. */
void draft_reset(struct draft *d, enum record_type type);

/* The field was there with a wrong JSON or Avro type. */
void draft_mistyped(struct draft *d, enum field field);

/* A text for any field that is written as text in JSON, with every rule of
 * the field itself: UTF-8, length, NUL, pattern, table, RFC 3339, decimal.
 * Enumerations by their symbol; BAD_<field> for an unknown one. */
void draft_text(struct draft *d, enum field field, struct text value);

/* A symbol code (record/symbol.def) of an enumeration field; -1 is a symbol
 * that we don't know. */
void draft_symbol(struct draft *d, enum field field, int code);

/* FIELD_VERSION; an instant in ms; a day; whatever the field holds. */
void draft_integer(struct draft *d, enum field field, int64_t value);

/* FIELD_VALUE or FIELD_QUANTITY, already a decimal. */
void draft_decimal(struct draft *d, enum field field, struct decimal value);

/* A list field from its items, borrowed; checks count, repeats, each item,
 * sorts.  count may be anything; items holds the first LIST_MOST + 1. */
void draft_list(struct draft *d, enum field field, const struct text *items, size_t count);

/* The two texts of source; mark FIELD_SOURCE itself present first with
 * draft_source().  A text that has the wrong type is handed in as { NULL, 0 }:
 * BAD_FIELD.  JSON null is left out: not handed in at all. */
void draft_source(struct draft *d);
void draft_source_name(struct draft *d, struct text name);
void draft_source_url(struct draft *d, struct text url);

/* One extra; call draft_attributes() with their number first: more than
 * ATTRIBUTE_COUNT is BAD_FIELD and none is kept.  Order is kept.  A value of
 * { NULL, 0 } is JSON null: its name is judged, nothing is kept. */
void draft_attributes(struct draft *d, size_t count);
void draft_attribute(struct draft *d, struct text name, struct text value);
/* The value of an attribute had the wrong type (not null): BAD_FIELD. */
void draft_attribute_mistyped(struct draft *d, struct text name);

/* ---- judging -------------------------------------------------------------- */

/* Judge the draft.  On FAULT_NONE *out is valid and borrows from d; else the
 * refusal, why->field names the field and *out is undefined.
 * (tests/oracle.py read(); FUTURE and TOO_LARGE of a message are the
 * caller's, the TOO_LARGE of an agreement's spread is judged here.) */
MUST_USE enum fault record_settle(const struct draft *d, struct record *out, struct why *why);

/* Give a record that came without an id its own: "d:" and 32 hex digits of
 * SHA-256 over record_canonical(); digest is the 32 bytes of SHA-256.  The
 * text is written to out, which the record then borrows. */
void record_derive_id(struct record *r, const uint8_t digest[32], char out[DERIVED_ID_BYTES + 1]);

/* ---- what a record is ----------------------------------------------------- */

/* What a record states as one text (oracle: canonical()), written to out; no
 * NUL at its end.  { NULL, 0 } when size is too small. */
struct text record_canonical(const struct record *r, char *out, size_t size);

/* Kafka key and identity: the id, or the text of the series-year, written to
 * out.  Borrows from the record or from out; no NUL at its end. */
struct text record_key(const struct record *r, char out[KEY_TEXT_BYTES]);

/* 'T' transaction, 'S' statistic, 'A' agreement: with record_key() the
 * ledger's identity. */
char record_kind(const struct record *r);

/* Which of two records about the same thing stands: < 0, 0, > 0 as a stands
 * below, equal to, above b (oracle: rank()). */
int record_rank_compare(const struct record *a, const struct record *b);

/* Java's murmur2 partition of a key, 0 <= result < partitions. */
int32_t key_partition(struct text key, int32_t partitions);

extern const char *const record_type_names[RECORD_TYPE_COUNT]; /* "trade", "agreement" */

/* ---- names ---------------------------------------------------------------- */

/* What the table says of a field: its name in JSON and Avro (a constant, NUL-terminated, never
 * NULL); whether a type of record has it (FIELD_TYPE is of both, and in no Avro record); the field
 * of a name; and what a bad value of it is called. */
const char *field_name(enum field field);
bool field_of_type(enum field field, enum record_type type);
int field_find(struct text name); /* any type; -1: no such field */
enum fault field_refusal(enum field field);

/* The symbol list of an enumeration field for a type of record, *count texts;
 * NULL, and 0, for a field that is no enumeration. */
const char *const *field_symbols(enum field field, enum record_type type, size_t *count);
/* One of that list, which must have it. */
const char *symbol_name(enum field field, enum record_type type, int code);
/* The code of a symbol, its place in that list; -1: it is none of it. */
int symbol_find(enum field field, enum record_type type, struct text symbol);

#endif
