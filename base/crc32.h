/* crc32.h - CRC-32 as in zlib and IEEE 802.3 (reflected 0x04C11DB7).
 *
 * Guards journal records and deals cells into buckets; written here so that
 * base/ needs no library.
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continue from crc (0 to begin) over size bytes. */
uint32_t crc32_of(uint32_t crc, const void *at, size_t size);

#endif
