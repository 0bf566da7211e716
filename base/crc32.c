/* CRC-32, sixteen bytes a step.
 *
 * The plain algorithm takes one byte a step, and each step waits for the one
 * before.  Here sixteen table look-ups of one step do not depend on each other.
 * The result is that of the plain one: bytes that are left over at the end go
 * through it. */
#include "base/crc32.h"

#include <string.h>

/* Slicing by 16: sixteen tables let one step take sixteen bytes, as they lie
 * in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "slices are little-endian");
enum { SLICES = 16 };
static uint32_t tables[SLICES][256];

/* Runs before main, so that no caller has to set anything up and no thread can
 * see a table half filled.  tables[t][i] is what the byte i leaves in the
 * register when t zero bytes follow it. */
__attribute__((constructor)) static void
fill_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
        tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < SLICES; t++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
}

/* What four bytes add, `after` of the step's bytes following them. */
static uint32_t
slice(uint32_t four, size_t after)
{
    return tables[after + 3][four & 255] ^ tables[after + 2][four >> 8 & 255] ^
           tables[after + 1][four >> 16 & 255] ^ tables[after][four >> 24];
}

uint32_t
crc32_of(uint32_t crc, const void *at, size_t size)
{
    const uint8_t *p = at;

    /* Inverted on the way in and out, as the standard wants: leading zero bytes
     * count.  It also makes crc32_of(crc32_of(0, a), b) the CRC of a and b
     * together. */
    crc = ~crc;
    for (; size >= SLICES; size -= SLICES, p += SLICES) {
        uint32_t four[4];
        memcpy(four, p, sizeof four);
        crc = slice(four[0] ^ crc, 12) ^ slice(four[1], 8) ^ slice(four[2], 4) ^ slice(four[3], 0);
    }
    for (; size > 0; size--, p++)
        crc = crc >> 8 ^ tables[0][(crc ^ *p) & 255];
    return ~crc;
}
