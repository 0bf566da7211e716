/* codec.h - record <-> Avro bytes.
 *
 * Encoding writes our own schemas (trade_event.avsc, agreement.avsc, embedded
 * at build time).  Decoding goes through a plan compiled once from the
 * writer's schema: fields by name, skips, defaults, promotions, unions; zero
 * copy; every length is checked before it is used; trailing bytes are refused.
 *
 * A plan is immutable after plan_compile() and may be used by several threads.
 */
#ifndef SCHEMAS_CODEC_H
#define SCHEMAS_CODEC_H

#include "record/record.h"
#include "schemas/schema_id.h"

/* ---- our own schemas ------------------------------------------------------ */

/* The text of the .avsc of a record type, as it lies in the repository. */
struct text schema_text(enum record_type type);

/* CRC-64-AVRO of its parsing canonical form (Avro 1.11, Schema fingerprints). */
uint64_t schema_fingerprint(enum record_type type);

/* Do two texts of a schema say the same, whatever their layout, the order of
 * names in an object, and what `doc` says?  Logical types, defaults and aliases
 * count.  False also without memory. */
bool schema_is_same(struct text a, struct text b);

/* ---- framing --------------------------------------------------------------- */

enum frame_form {
    FRAME_SINGLE_OBJECT, /* 0xC3 0x01, 8-byte little-endian fingerprint */
    FRAME_CONFLUENT,     /* 0x00, 4-byte big-endian schema id; or these in a header */
};
enum { FRAME_SINGLE_BYTES = 10, FRAME_CONFLUENT_BYTES = 5 };

struct frame {
    enum frame_form form;
    uint64_t fingerprint;       /* FRAME_SINGLE_OBJECT */
    struct schema_id schema_id; /* FRAME_CONFLUENT */
    const uint8_t *body;        /* borrowed */
    size_t body_size;
};

/* BAD_FRAME when the bytes begin like neither. */
MUST_USE enum fault frame_read(const uint8_t *at, size_t size, struct frame *out, struct why *why);

/* Newer serializers of Confluent leave the value alone, and name its schema in a
 * header of the message, __value_schema_id. */
enum { FRAME_GUID_BYTES = 1 + SCHEMA_GUID_BYTES };

/* The same of a message with that header, whose value is the datum and nothing
 * else: 0x01 and a GUID, or 0x00 and an id.  BAD_FRAME: it is neither. */
MUST_USE enum fault frame_read_header(struct text header, const uint8_t *at, size_t size,
                                      struct frame *out, struct why *why);

/* Write the header of a single object, or Confluent's; returns its bytes. */
size_t frame_write(uint64_t fingerprint, uint8_t out[FRAME_SINGLE_BYTES]);
size_t frame_write_id(uint32_t schema_id, uint8_t out[FRAME_CONFLUENT_BYTES]);

/* ---- encoding -------------------------------------------------------------- */

/* Encode a settled record (with its draft) as a datum of our schema of its
 * type.  Returns the bytes written, 0 when it doesn't fit into size.  What the
 * draft left out is written as null; the id is the record's. */
size_t record_encode(const struct record *r, uint8_t *out, size_t size);

/* ---- decoding -------------------------------------------------------------- */

struct plan;

/* Compile a plan from a writer's schema (JSON text) for records of a type.
 * BAD_SCHEMA, with why, when Avro schema resolution says that such data can't
 * be read as ours: not a record, another name (after namespace: TradeEvent,
 * Agreement; aliases of ours count), a field of ours without default is
 * missing, a type that can't be promoted, recursion or nesting deeper than 32,
 * a text over 256 KiB.  FAULT_NO_MEMORY.  The text is not kept.
 *
 * Stricter than resolution: an amount must be a decimal of scale 0 to 9 (bare
 * bytes don't say theirs), an instant or a day bare or of a logical type for
 * it (timestamp-millis, -micros, -nanos, date), an enum of the same name.
 * More lenient: a union with null, or with branches that ours lacks, is taken;
 * only a value of such a branch is refused, null is left out. */
MUST_USE enum fault
plan_compile(struct text schema, enum record_type type, struct plan **out, struct why *why);
/* NULL is fine. */
void plan_free(struct plan *plan);

/* The fingerprint of the writer's schema's canonical form. */
uint64_t plan_fingerprint(const struct plan *plan);

/* Decode one datum into a draft, which is reset first and then borrows from
 * the bytes.  BAD_AVRO when the bytes are no datum of the writer's schema or
 * bytes are left over; a value that Avro can say and a record can't have is
 * left in the draft as the field's own refusal; a null id is BAD_ID, a name
 * twice among the attributes BAD_FIELD.  Does not allocate. */
MUST_USE enum fault plan_decode(const struct plan *plan, const uint8_t *at, size_t size,
                                struct draft *out, struct why *why);

#endif
