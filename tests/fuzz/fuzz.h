/* fuzz.h - what every target has: one function that is handed any bytes.
 *
 * Built by clang it is libFuzzer's; built by gcc, replay.c calls it with the
 * files of the corpus and with mutations of them.  The bytes lie alone in a
 * block of their own, so that the sanitizers see a look too far.  A target
 * must survive whatever comes, leave nothing behind, and claims with MUST()
 * what has to hold for all input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/fault.h"
#include "base/text.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

#define MUST(claim) ((claim) ? (void)0 : fuzz_broken(#claim, __FILE__, __LINE__))

_Noreturn static inline void
fuzz_broken(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this must hold, and does not: %s\n", file, line, claim);
    abort();
}

/* Cut *rest at its first `separator`; the whole of it when there is none. */
static inline struct text
fuzz_cut(struct text *rest, char separator)
{
    const char *found = rest->length == 0 ? NULL : memchr(rest->at, separator, rest->length);
    size_t length = found == NULL ? rest->length : (size_t)(found - rest->at);
    struct text part = { rest->at, length };

    *rest = found == NULL ? (struct text){ rest->at + length, 0 }
                          : (struct text){ found + 1, rest->length - length - 1 };
    return part;
}

static const char *const FUZZ_TURNS[] = { "\u2028", "\u2029", "\u202A", "\u202D",
                                          "\u202E", "\u2066", "\u2067", "\u2069",
                                          "\u200E", "\u200F", "\u061C" };

/* A sentence about hostile input goes to a log, a terminal and a dead letter's
 * header: it is UTF-8 without control characters (C0, DEL, C1) and without those
 * that Unicode breaks a line at, or turns its order round. */
static inline bool
fuzz_is_harmless(const char *sentence)
{
    struct text t = text_of(sentence);

    for (size_t i = 0; i < t.length; i++) {
        uint8_t c = (uint8_t)t.at[i];

        if (c < 0x20 || c == 0x7F || (c == 0xC2 && (uint8_t)t.at[i + 1] < 0xA0))
            return false;
    }
    for (size_t i = 0; i < sizeof FUZZ_TURNS / sizeof FUZZ_TURNS[0]; i++)
        if (strstr(sentence, FUZZ_TURNS[i]) != NULL)
            return false;
    return text_is_utf8(t);
}

static inline void
fuzz_check_refusal(enum fault fault, const struct why *why)
{
    MUST(fault_is_refusal(fault));
    MUST(why->text[0] != '\0');
    MUST(fuzz_is_harmless(why->text));
    MUST(fuzz_is_harmless(why->field));
}

#endif
