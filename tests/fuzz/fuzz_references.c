/* A schema and those that it refers to, parted by NUL: whatever they are, their one text is no
 * longer than all of them, but for the namespaces that are spelled out, and is refused by name. */
#include "schemas/codec.h"
#include "schemas/one_text.h"
#include "tests/fuzz/fuzz.h"

enum { OTHERS = 4 };

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct text rest = { (const char *)at, size }, schema = fuzz_cut(&rest, '\0');
    char *others[OTHERS], *out = NULL;
    struct plan *plan = NULL;
    struct why why = { 0 };
    enum fault fault;

    for (int i = 0; i < OTHERS; i++) {
        struct text other = fuzz_cut(&rest, '\0');

        others[i] = other.length == 0 ? strdup("null") : strndup(other.at, other.length);
        MUST(others[i] != NULL);
    }
    fault = one_text(schema, others, OTHERS, &out, &why);
    MUST((fault == FAULT_NONE) == (out != NULL));
    if (fault != FAULT_NONE)
        fuzz_check_refusal(fault, &why);
    else if (plan_compile(text_of(out), RECORD_TRADE, &plan, &why) != FAULT_NONE)
        fuzz_check_refusal(BAD_SCHEMA, &why);
    plan_free(plan);
    free(out);
    for (int i = 0; i < OTHERS; i++)
        free(others[i]);
    return 0;
}
