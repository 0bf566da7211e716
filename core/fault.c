#include "core/fault.h"
#include "core/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct fault_row {
    const char *name, *meaning;
    enum remedy remedy;
    bool is_refusal;
};

static const struct fault_row rows[] = {
#define FAULT(name, remedy, meaning) { #name, meaning, remedy, false },
#define REFUSAL(name, remedy, meaning) { #name, meaning, remedy, true },
#include "core/fault.def"
#undef FAULT
#undef REFUSAL
};

static const struct fault_row *
row_of(enum fault fault)
{
    assert((unsigned)fault < FAULT_COUNT);
    return &rows[fault];
}

enum remedy
fault_remedy(enum fault fault)
{
    return row_of(fault)->remedy;
}

const char *
fault_name(enum fault fault)
{
    return row_of(fault)->name;
}

const char *
fault_meaning(enum fault fault)
{
    return row_of(fault)->meaning;
}

bool
fault_is_refusal(enum fault fault)
{
    return row_of(fault)->is_refusal;
}

/* A sentence that was cut may end within a UTF-8 sequence; a terminal or a
 * JSON log must not see half of one. */
static void
drop_half_character(char *text, size_t length)
{
    size_t start = length;
    size_t wanted;
    unsigned char lead;

    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    lead = (unsigned char)text[start - 1];
    wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < wanted)
        text[start - 1] = '\0';
}

/* A sentence may quote whatever came from outside, and goes to terminals, logs
 * and headers of dead letters: controls, and bytes that are no UTF-8, become
 * question marks. */
static void
make_harmless(char *text, bool was_cut)
{
    size_t length = strlen(text), kept = 0, bytes;

    if (was_cut)
        drop_half_character(text, length);
    length = strlen(text);
    for (size_t i = 0; i < length; i += bytes) {
        bytes = text_character((struct text){ text + i, length - i });
        if (bytes == 0 || text_is_control(text + i, bytes)) {
            text[kept++] = '?';
            bytes = bytes == 0 ? 1 : bytes;
        } else {
            memmove(text + kept, text + i, bytes);
            kept += bytes;
        }
    }
    text[kept] = '\0';
}

bool
why_write(struct why *why, const char *field, const char *format, ...)
{
    va_list values;
    int length;

    if (why == NULL)
        return false;
    length = snprintf(why->field, sizeof why->field, "%s", field);
    make_harmless(why->field, length >= (int)sizeof why->field);
    va_start(values, format);
    length = vsnprintf(why->text, sizeof why->text, format, values);
    va_end(values);
    if (length < 0)
        why->text[0] = '\0';
    make_harmless(why->text, length >= (int)sizeof why->text);
    return true;
}
