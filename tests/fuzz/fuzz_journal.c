/* A chunk of a journal.  The first byte says how it is read: as it is, or cut
 * at its own lengths into records whose CRC is made right, so that what lies
 * behind the CRC is reached too. */
#include "base/crc32.h"
#include "ledger/journal.h"
#include "tests/fuzz/fuzz.h"

enum { CHUNK_MOST = 64 * 1024, HEAD = 8 };

static enum fault
count_items(void *self, const struct journal_head *head, struct text items, struct why *why)
{
    uint32_t count = 0;
    struct identity id;
    const uint8_t *item;
    size_t size;

    (void)why;
    while (journal_next(&items, &id, &item, &size)) {
        MUST(entry_is_sane(item, size));
        count++;
    }
    MUST(items.length == 0 && count == head->item_count);
    ++*(int *)self;
    return FAULT_NONE;
}

/* Every record that is read is written to the same bytes, and with any one
 * bit changed it is read no more. */
static void
check_record(const uint8_t *at, size_t size)
{
    struct journal_head head;
    struct text items, record;
    size_t bytes;
    struct journal_writer w = { 0 };
    struct identity id;
    const uint8_t *item;
    size_t item_size;
    uint8_t *copy;

    if (!journal_read(at, size, &head, &items, &bytes))
        return;
    MUST(bytes <= size && head.alias_count <= SCOPE_COUNT);
    journal_begin(&w, &head);
    while (journal_next(&items, &id, &item, &item_size))
        journal_add(&w, id, item, item_size);
    MUST(journal_end(&w, &record, NULL) == FAULT_NONE);
    MUST(record.length == bytes && memcmp(record.at, at, bytes) == 0);
    journal_writer_release(&w);

    copy = malloc(bytes);
    MUST(copy != NULL);
    memcpy(copy, at, bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit += 1 + 8 * bytes / 64) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        MUST(!journal_read(copy, bytes, &head, &items, &item_size));
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(copy);
}

/* Give each record the CRC that its bytes have. */
static void
mend(uint8_t *at, size_t size)
{
    while (size > HEAD) {
        uint32_t length, crc;

        memcpy(&length, at, 4);
        length %= 1024;
        if (length < 4 || length + 4 > size)
            length = (uint32_t)size - 4;
        memcpy(at, &length, 4);
        crc = crc32_of(0, at + HEAD, length - 4);
        memcpy(at + 4, &crc, 4);
        at += length + 4;
        size -= length + 4;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct meta meta = { .exists = true };
    struct journal_head head;
    struct text items, chunk;
    size_t bytes;
    uint8_t *copy;
    int walked = 0;

    if (size < 1 || size > CHUNK_MOST)
        return 0;
    copy = malloc(size - 1 + (size == 1));
    MUST(copy != NULL);
    memcpy(copy, at + 1, size - 1);
    if ((at[0] & 1) != 0)
        mend(copy, size - 1);
    chunk = (struct text){ (const char *)copy, size - 1 };
    for (size_t i = 0; i < chunk.length; i += bytes) {
        check_record(copy + i, chunk.length - i);
        if (!journal_read(copy + i, chunk.length - i, &head, &items, &bytes))
            break;
        meta.version = head.version; /* as if it named the last record */
        meta.next = head.next;
    }
    meta.length = (int64_t)chunk.length;
    enum fault fault = journal_walk(&chunk, 1, &meta, count_items, &walked, NULL);
    MUST(fault == FAULT_NONE || (fault == FAULT_JOURNAL_BROKEN && walked == 0));
    free(copy);
    return 0;
}
