/* The table of faults (fault.def), and sentences that say why.
 *
 * The enum, the names and the remedies come from the same file, so a fault
 * can't have one without the others.  Sentences are made harmless here, in the
 * one place where they are written, so that nobody who prints, logs or sends
 * one has to. */
#include "base/fault.h"
#include "base/text.h"

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
#include "base/fault.def"
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

/* A sentence may quote whatever came from outside, and goes to terminals, logs
 * and headers of dead letters: controls, and bytes that are no UTF-8, become
 * question marks. */
static void
make_harmless(char *text, bool was_cut)
{
    size_t length = strlen(text), kept = 0, bytes;

    for (size_t i = 0; i < length; i += bytes) {
        bytes = text_character((struct text){ text + i, length - i });
        /* What was cut may end within a character of up to four bytes: half of
         * one is dropped. */
        if (bytes == 0 && was_cut && length - i < 4 && (unsigned char)text[i] >= 0xC0)
            break;
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
        /* vsnprintf() fails only on a format or character that it can't convert. */
        why->text[0] = '\0';
    make_harmless(why->text, length >= (int)sizeof why->text);
    return true;
}
