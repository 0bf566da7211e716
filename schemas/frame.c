/* How a Kafka value says which schema its datum has. */
#include "schemas/codec.h"

#include <endian.h>

/* The two framings, told apart by their first byte:
 *
 *   C3 01 | fingerprint, 8 bytes little-endian | datum    single object (Avro 1.11)
 *   00    | schema id,   4 bytes big-endian    | datum    Confluent wire format
 */
enum { SINGLE_FIRST = 0xC3, SINGLE_SECOND = 0x01, CONFLUENT_FIRST = 0x00 };

enum fault
frame_read(const uint8_t *at, size_t size, struct frame *out, struct why *why)
{
    struct frame frame = { 0 };

    if (size >= FRAME_SINGLE_BYTES && at[0] == SINGLE_FIRST && at[1] == SINGLE_SECOND) {
        frame.form = FRAME_SINGLE_OBJECT;
        memcpy(&frame.fingerprint, at + 2, sizeof frame.fingerprint);
        frame.fingerprint = le64toh(frame.fingerprint);
        frame.body = at + FRAME_SINGLE_BYTES;
        frame.body_size = size - FRAME_SINGLE_BYTES;
    } else if (size >= FRAME_CONFLUENT_BYTES && at[0] == CONFLUENT_FIRST) {
        frame.form = FRAME_CONFLUENT;
        for (size_t i = 0; i < 4; i++)
            frame.schema_id.number = frame.schema_id.number << 8 | at[1 + i];
        frame.body = at + FRAME_CONFLUENT_BYTES;
        frame.body_size = size - FRAME_CONFLUENT_BYTES;
    } else if (size == 0) {
        return why_set(why, BAD_FRAME, "the message is empty; wanted: a record, as Avro");
    } else if (at[0] == '{' || at[0] == '[') {
        return why_set(why, BAD_FRAME,
                       "the value looks like JSON; wanted: Avro, as tally-ingest makes of it "
                       "(docs/sending.md)");
    } else {
        return why_set(why, BAD_FRAME,
                       "%zu bytes that begin neither with C3 01 and a fingerprint nor with 00 and "
                       "a schema id",
                       size);
    }
    *out = frame;
    return FAULT_NONE;
}

/* 01 | GUID, 16 bytes as UUIDs lie everywhere, or 00 | schema id: both are
 * written and read by SchemaId.java of Confluent's serializers. */
enum { GUID_FIRST = 0x01 };

enum fault
frame_read_header(struct text header, const uint8_t *at, size_t size, struct frame *out,
                  struct why *why)
{
    const uint8_t *bytes = (const uint8_t *)header.at;
    struct frame frame = { .form = FRAME_CONFLUENT, .body = at, .body_size = size };

    if (header.length == FRAME_GUID_BYTES && bytes[0] == GUID_FIRST) {
        frame.schema_id.is_guid = true;
        for (size_t i = 0; i < SCHEMA_GUID_BYTES; i++)
            frame.schema_id.guid[i / 8] = frame.schema_id.guid[i / 8] << 8 | bytes[1 + i];
    } else if (header.length == FRAME_CONFLUENT_BYTES && bytes[0] == CONFLUENT_FIRST) {
        for (size_t i = 0; i < 4; i++)
            frame.schema_id.number = frame.schema_id.number << 8 | bytes[1 + i];
    } else {
        return why_set(why, BAD_FRAME,
                       "the header __value_schema_id has %zu bytes that are neither 01 and a GUID "
                       "of 16 bytes nor 00 and an id of 4",
                       header.length);
    }
    *out = frame;
    return FAULT_NONE;
}

size_t
frame_write_id(uint32_t schema_id, uint8_t out[FRAME_CONFLUENT_BYTES])
{
    out[0] = CONFLUENT_FIRST;
    for (size_t i = 0; i < 4; i++)
        out[1 + i] = (uint8_t)(schema_id >> (24 - 8 * i));
    return FRAME_CONFLUENT_BYTES;
}

size_t
frame_write(uint64_t fingerprint, uint8_t out[FRAME_SINGLE_BYTES])
{
    out[0] = SINGLE_FIRST;
    out[1] = SINGLE_SECOND;
    for (size_t i = 0; i < 8; i++)
        out[2 + i] = (uint8_t)(fingerprint >> (8 * i));
    return FRAME_SINGLE_BYTES;
}
