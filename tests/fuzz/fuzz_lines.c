/* A file of NDJSON, as tally-ingest reads it: lines, JSON, records, messages. */
#include "ingest/lines.h"
#include "ingest/message.h"
#include "tests/fuzz/same_record.h"

#include <sys/mman.h>
#include <unistd.h>

static void
check_line(struct maker *maker, struct text line)
{
    static struct draft draft;
    struct record r;
    struct publication message;
    struct frame frame;
    struct why why = { 0 };
    enum fault fault = message_read(maker, line, &r, &why);

    if (fault == FAULT_NONE)
        fault = message_make(maker, &r, &message, &why);
    if (fault != FAULT_NONE) {
        fuzz_check_refusal(fault, &why);
        return;
    }
    MUST(message.key.length > 0 && message.key.length <= KEY_TEXT_BYTES);
    MUST(frame_read(message.value, message.value_size, &frame, NULL) == FAULT_NONE);
    MUST(plan_decode(fuzz_own_plan(r.type), frame.body, frame.body_size, &draft, NULL) ==
         FAULT_NONE);
    MUST(fuzz_settle(&draft));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct maker *maker;
    static int file = -1;
    static char name[32];
    struct lines *lines;
    struct line line = { 0 };
    int64_t before = 0;

    if (maker == NULL) {
        maker = maker_new();
        file = memfd_create("lines", MFD_CLOEXEC);
        MUST(maker != NULL && file >= 0);
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    }
    MUST(ftruncate(file, 0) == 0 && pwrite(file, at, size, 0) == (ssize_t)size);
    MUST(lines_open(name, &lines, NULL) == FAULT_NONE);
    for (;;) {
        enum fault fault = lines_next(lines, 0, &line, NULL);

        if (fault == FAULT_FILE) /* a gzip that is damaged */
            break;
        MUST(fault == FAULT_NONE);
        if (line.state == LINE_END)
            break;
        if (line.state == LINE_STRANGE)
            continue;
        MUST(line.state == LINE_READY || line.state == LINE_TOO_LARGE);
        MUST(line.number >= before && line.text.length <= RECORD_BYTES);
        before = line.number;
        if (line.state == LINE_READY)
            check_line(maker, line.text);
    }
    lines_close(lines);
    return 0;
}
