/* A log line that quotes anything is one line, and what it quotes can't be
 * taken for something that the program said. */
#include "base/log.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>

static char said[LOG_LINE_BYTES + 1];
static size_t length;
static int lines;

static void
keep(void *self, const char *line, size_t size)
{
    (void)self;
    MUST(size <= LOG_LINE_BYTES);
    memcpy(said, line, size);
    said[size] = '\0';
    length = size;
    lines++;
}

static int64_t
now(void)
{
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct log log = { .least = LOG_DEBUG, .now_ms = now, .put = keep };
    struct text rest = { (const char *)at, size };
    struct text title = fuzz_cut(&rest, '\n');

    for (int as_text = 0; as_text < 2; as_text++) {
        log.as_text = as_text != 0;
        lines = 0;
        log_say(&log, LOG_WARN, "refused", LOG_T("title", title), LOG_T("rest", rest),
                LOG_I("number", 7));
        MUST(lines == 1 && length > 0 && said[length - 1] == '\n');
        said[length - 1] = '\0';
        MUST(strlen(said) == length - 1 && fuzz_is_harmless(said));
        if (log.as_text)
            continue;
        json_t *json = json_loads(said, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        MUST(json != NULL && json_object_size(json) <= 6);
        MUST(strcmp(json_string_value(json_object_get(json, "event")), "refused") == 0);
        MUST(strcmp(json_string_value(json_object_get(json, "level")), "warn") == 0);
        json_decref(json);
    }
    return 0;
}
