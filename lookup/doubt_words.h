/* doubt_words.h - the words that sentences about doubts are made of (for
 * doubt_say.c).  Each is appended to b; what does not fit is left out.
 */
#ifndef LOOKUP_DOUBT_WORDS_H
#define LOOKUP_DOUBT_WORDS_H

#include "lookup/doubt.h"

static inline void
words_put(struct text_buffer *b, const char *words)
{
    text_put(b, text_of(words));
}

/* "exports", "imports", "total" */
extern const char *const flow_words[FLOW_COUNT];

/* "42.64 billion", or all digits; n is not negative.  And " CNY". */
void words_number(struct text_buffer *b, uint32_t what, wide_t n);
void words_unit(struct text_buffer *b, uint32_t what);
/* "at least 29.7 billion CNY"; "no amount". */
void words_amount(struct text_buffer *b, const struct spoken *s);
/* "1.4 %" of 14 thousandths; "7.1234" of ten-thousandths. */
void words_percent(struct text_buffer *b, int64_t thousandths);
void words_rate(struct text_buffer *b, int32_t rate);
/* "2023", "2023-06", "2023-01 to 2023-09", "2023-01-05 to 2023-01-31"; days are
 * half-open. */
void words_period(struct text_buffer *b, int32_t start, int32_t end);
/* "Liaoning x Russia, HS 87" */
void words_subject(struct text_buffer *b, const struct subject *of);
/* "Liaoning x Russia, exports, 2023: " */
void words_head(struct text_buffer *b, const struct spoken *s);
/* "14.4 billion CNY of 2023" */
void words_of(struct text_buffer *b, const struct spoken *s);

#endif
