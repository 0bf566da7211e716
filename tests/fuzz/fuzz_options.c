/* The command line and the settings file of each program: a byte that picks
 * the program, words that end with NUL, an empty word, the file's text. */
#include "base/options.h"
#include "kafka/topics.h"
#include "ledger/keys.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS_MOST = 200, HELP_BYTES = 16 * 1024 };

#define OPTION(id, ...) { __VA_ARGS__ },
static const struct option_row ingest[] = {
#include "ingest/options.def"
};
static const struct option_row aggregate[] = {
#include "aggregator/options.def"
};
static const struct option_row lookup[] = {
#include "lookup/options.def"
};
#undef OPTION

#define ROWS(table) { table, sizeof(table) / sizeof(table)[0] }
static const struct {
    const struct option_row *rows;
    int count;
} programs[] = { ROWS(ingest), ROWS(aggregate), ROWS(lookup) };

static char *
kept(struct text t)
{
    char *copy = malloc(t.length + 1);

    MUST(copy != NULL);
    if (t.length > 0)
        memcpy(copy, t.at, t.length);
    copy[t.length] = '\0';
    return copy;
}

static void
check_values(const struct option_row *rows, int count, const struct option_values *values)
{
    MUST(values->operand_count <= OPERANDS_MOST && values->property_count <= PROPERTIES_MOST);
    for (int i = 0; i < values->property_count; i++)
        MUST(strchr(values->properties[i], '=') != NULL);
    for (int i = 0; i < count; i++) {
        if (values->value[i] == NULL ||
            (rows[i].form != OPTION_COUNT && rows[i].form != OPTION_OPTIONAL))
            continue;
        MUST(rows[i].least <= options_count(values, i) && options_count(values, i) <= rows[i].most);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    static struct option_values values;
    struct text rest = { (const char *)at, size };
    char *words[WORDS_MOST + 1] = { NULL };
    struct settings_file file = { "a file", NULL };
    int count = 1, which;
    struct why why = { 0 };
    enum fault fault;

    if (size == 0)
        return 0;
    which = at[0] % 3;
    rest = (struct text){ rest.at + 1, rest.length - 1 };
    words[0] = kept(TEXT_LITERAL("tally"));
    while (rest.length > 0 && count < WORDS_MOST) {
        struct text word = fuzz_cut(&rest, '\0');

        if (word.length == 0)
            break;
        words[count++] = kept(word);
    }
    file.text = kept(fuzz_cut(&rest, '\0'));
    (void)options_find_file(count, words);
    fault = options_read(programs[which].rows, programs[which].count, count, words, NULL, &file,
                         &values, &why);
    MUST(fault == FAULT_NONE || (fault == FAULT_OPTION && why.text[0] != '\0'));
    if (fault == FAULT_NONE)
        check_values(programs[which].rows, programs[which].count, &values);
    for (int i = 0; i < count; i++)
        free(words[i]);
    free(file.text);
    return 0;
}
