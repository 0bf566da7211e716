/* What stands in Redis as small texts: tags, versions, meta (its fields end
 * with NUL; a field that begins with '-' is absent). */
#include "ledger/journal.h"
#include "tests/fuzz/fuzz.h"

static void
check_tag(struct text t)
{
    struct tag tag = tag_read(t), again;
    struct version version;
    char out[TAG_TEXT], name[VERSION_TEXT];

    if (version_read(t, &version)) {
        struct text written = { name, version_write(version, name) };

        MUST(text_equal(written, t)); /* one spelling each */
    }
    if (tag.form == TAG_STRANGE)
        return;
    size_t length = tag_write(&tag, out);
    MUST(length < sizeof out);
    MUST(text_equal((struct text){ out, length }, t));
    again = tag_read((struct text){ out, length });
    MUST(tag_equal(&tag, &again));
    MUST(tag.form != TAG_HALF || (0 < tag.bucket && tag.bucket < BUCKETS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct text rest = { (const char *)at, size };
    struct text values[META_FIELDS];
    struct meta meta;
    struct why why = { 0 };

    check_tag(rest);
    for (int i = 0; i < META_FIELDS; i++) {
        values[i] = fuzz_cut(&rest, '\0');
        if (values[i].length > 0 && values[i].at[0] == '-')
            values[i] = (struct text){ NULL, 0 };
        else
            check_tag(values[i]);
    }
    enum fault fault = meta_read(values, &meta, &why);
    if (fault != FAULT_NONE) {
        MUST(fault == FAULT_JOURNAL_BROKEN && why.text[0] != '\0');
        return 0;
    }
    if (!meta.exists)
        return 0;
    MUST(meta.next >= 0 && meta.chunk >= 0 && meta.length >= 0);
    MUST(strlen(meta.generation) == values[META_GEN].length);
    MUST(strlen(meta.windows) == values[META_WINDOWS].length);
    return 0;
}
