/* shape.h - an Avro schema as this room sees it: a tree in three arrays.
 *
 * shapes_read() accepts what Avro 1.11 calls a schema, minus recursion.  It
 * keeps what Avro-C drops (logical types, defaults, aliases) and checks what
 * Avro-C lets pass (names twice, unions in unions, symbols that are no names).
 * Indexes, not pointers, tie the arrays together; a named type that is used
 * twice is one shape.  Nothing here knows about records of ours.
 */
#ifndef SCHEMAS_SHAPE_H
#define SCHEMAS_SHAPE_H

#include "base/fault.h"
#include "base/text.h"

enum {
    SCHEMA_BYTES = 256 * 1024, /* longest schema text that is looked at */
    SCHEMA_JSON_DEPTH = 128,   /* brackets within brackets: a shape takes up to 3 */
    SHAPE_HEIGHT = 32,         /* types within types */
    BRANCHES_MOST = 256,       /* of a union */
    NAME_BYTES = 256,          /* a name, or a namespace */
};

enum shape_kind {
    SHAPE_NULL,
    SHAPE_BOOLEAN,
    SHAPE_INT,
    SHAPE_LONG,
    SHAPE_FLOAT,
    SHAPE_DOUBLE,
    SHAPE_BYTES,
    SHAPE_STRING,
    SHAPE_PRIMITIVE_COUNT,
    SHAPE_RECORD = SHAPE_PRIMITIVE_COUNT,
    SHAPE_ENUM,
    SHAPE_FIXED,
    SHAPE_ARRAY,
    SHAPE_MAP,
    SHAPE_UNION,
};

enum logical {
    LOGICAL_NONE,    /* none, or one that doesn't go with the type: Avro ignores it */
    LOGICAL_DECIMAL, /* bytes, fixed */
    LOGICAL_DATE,    /* int */
    LOGICAL_MILLIS,  /* long: timestamp-millis, -micros, -nanos */
    LOGICAL_MICROS,
    LOGICAL_NANOS,
    LOGICAL_OTHER,
};

struct shape {
    enum shape_kind kind;
    enum logical logical;
    int scale;                         /* of a decimal */
    int height;                        /* 1: holds no other shape */
    bool is_empty;                     /* its data are always 0 bytes */
    uint32_t first, count;             /* members: fields, symbols, branches, the one item */
    uint32_t first_alias, alias_count; /* of a record */
    uint64_t size;                     /* of a fixed, bytes */
    struct text space, name;           /* of a named type: the namespace may be empty */
};

struct member {
    struct text name; /* field or symbol */
    uint32_t shape;   /* not of a symbol */
    bool by_name;     /* the shape was defined earlier in the text */
    bool has_default; /* field */
    uint32_t first_alias, alias_count;
};

struct shapes {
    struct shape *shapes;
    struct member *members;
    struct text *aliases;
    uint32_t shape_count, member_count, alias_count;
    size_t shape_room, member_room, alias_room;
    uint32_t root;
    void *json; /* the texts live in it */
};

/* Read a schema.  BAD_SCHEMA with why, or FAULT_NO_MEMORY.  The text is not
 * kept. shapes_free() frees what *out holds, also after a failure, and leaves
 * it all zero, which is fine to free again. */
MUST_USE enum fault shapes_read(struct text schema, struct shapes *out, struct why *why);
void shapes_free(struct shapes *s);

/* CRC-64-AVRO of the parsing canonical form. */
uint64_t shapes_fingerprint(const struct shapes *s);

/* For messages: "string", "record", ... */
const char *shape_kind_name(enum shape_kind kind);
/* The reverse.  SHAPE_UNION, which no schema names: there is none. */
enum shape_kind shape_kind_find(struct text name);

/* The CRC of no bytes, and the polynomial. */
#define CRC64_AVRO_EMPTY UINT64_C(0xc15d213aa4d7a795)
/* Go on with a CRC-64-AVRO over `size` bytes; 0 is fine, `at` may then be NULL. */
uint64_t crc64_avro(uint64_t crc, const void *at, size_t size);

#endif
