/* question.h - what can be asked of the totals, and how it is answered in one pipeline.
 *
 *      question_ask()     adds what it needs to a reading, perhaps beside other questions
 *      reading_run()
 *      question_take()    fills a sheet with what came
 *      question_end()
 *
 * Who fills in a question has judged its parts: they are rows of tables, windows that `lookup`
 * knows, months and days that exist.
 */
#ifndef LOOKUP_QUESTION_H
#define LOOKUP_QUESTION_H

#include "lookup/row.h"

enum question_kind {
    QUESTION_TOTALS,     /* pairs in windows */
    QUESTION_TOP,        /* the countries of one scope in one window, largest first */
    QUESTION_MONTHS,     /* one pair by month */
    QUESTION_DETAIL,     /* one pair by what lies below it */
    QUESTION_AGREEMENTS, /* one pair: agreements by kind, and by sector */
    QUESTION_RANGE,      /* one pair from a day to a day, out of months and years */
};

/* Which rows of the detail. */
enum question_by { BY_ALL, BY_CHAPTER, BY_COMMODITY, BY_AREA, BY_SECTOR, BY_PART };

/* Without a window every year is asked for that can hold a record worth asking for: 130 small reads
 * in one round trip. */
enum {
    YEAR_FIRST = 1970,
    YEAR_LAST = 2099,
    ASKED_MOST = WINDOWS_MOST + (YEAR_LAST - YEAR_FIRST + 1) + 1
};

struct question {
    enum question_kind kind;
    int scopes[SCOPE_COUNT], scope_count; /* ascending */
    int partners[PARTNER_ALL + 1], partner_count;
    int windows[ASKED_MOST], window_count;
    bool as_years; /* the windows are years of a series */
    bool has_measure;
    uint32_t measure;
    int32_t from, to; /* months, or days; both inclusive */
    enum question_by by;
    size_t limit;  /* pairs; of detail and top rows; 0: all */
    int64_t first; /* the first one of them */

    /* question_ask()'s own. */
    struct coverage *covers; /* of margins, in the order of the pairs */
    size_t cover_count;
    struct question_part {
        uint32_t visit;        /* of the reading, from 1; 0: none */
        uint32_t first, count; /* of its answers */
    } parts[SCOPE_COUNT];
};

/* All windows that there are: moving ones, years, and all. */
void question_all_windows(struct question *q, const struct lookup *lookup);
/* Was this scope read for the question?  Then it is a visit of its reading. */
static inline bool
question_has_visited(const struct question *q, int scope)
{
    return q->parts[scope].visit > 0;
}
/* Is one pair asked for? */
bool question_is_pair(const struct question *q);

/* Is it answered in pages of pairs?  Only totals are; other questions have one pair, or rank all.
 */
static inline bool
question_has_page(const struct question *q)
{
    return q->kind == QUESTION_TOTALS && q->limit > 0;
}

/* Is one measure alone read?  Of a range all are: what stands beside a sum is a sum, too. */
static inline bool
question_is_narrow(const struct question *q)
{
    return q->has_measure && q->kind != QUESTION_RANGE;
}

/* Several questions go into one reading scope by scope: question_begin() of each, then
 * question_ask_scope() of each for the first scope, for the second, and so on.  FAULT_NO_MEMORY;
 * question_end() is to be called in any case. */
MUST_USE enum fault question_begin(struct question *q, struct why *why);
MUST_USE enum fault
question_ask_scope(struct question *q, int scope, struct reading *reading, struct why *why);
/* The same of one question.  FAULT_NO_MEMORY.  question_end() is to be called in any case. */
MUST_USE enum fault question_ask(struct question *q, struct reading *reading, struct why *why);
/* Can what was read of a scope for this question be taken?  If not, why. */
MUST_USE enum fault
question_fault(const struct question *q, const struct reading *reading, int scope, struct why *why);
/* Was all of it read, where others were asked beside it (reading_run_each())?  The fault of the
 * first visit of its own that was not. */
MUST_USE enum fault
question_was_read(const struct question *q, const struct reading *reading, struct why *why);
/* FAULT_NO_MEMORY, FAULT_STORE_REFUSED for what is no number, and that of question_was_read().  The
 * texts of the sheet are its own: it may outlive the reading. */
MUST_USE enum fault question_take(struct question *q, const struct reading *reading,
                                  struct sheet *sheet, struct why *why);
void question_end(struct question *q);

/* Ask, run and take: for who has one question. */
MUST_USE enum fault question_answer(struct question *q, const struct lookup *lookup,
                                    struct sheet *sheet, struct why *why);
/* The document of an answer, without its end of line: what was asked, and the sheet. */
void question_json(const struct question *q, const struct sheet *sheet, const char *tail,
                   struct bytes *b);
/* Is it to be printed as JSON or CSV? */
static inline bool
is_for_programs(const struct lookup *lookup)
{
    return lookup->as_json || lookup->as_csv;
}
/* The answer on lookup->out: the document as a line, or the rows as CSV.  FAULT_NO_MEMORY: nothing
 * was printed. */
MUST_USE enum fault
question_print(const struct question *q, const struct sheet *sheet, struct why *why);

/* An answer for people, on lookup->out. */
typedef enum fault
question_show(const struct question *q, const struct sheet *sheet, struct why *why);
/* What a command does once its question is judged: ask, print (people see it by `show`), and say
 * how it ends.  The question is ended in any case. */
MUST_USE enum fault question_run(struct question *q, const struct lookup *lookup,
                                 question_show *show, enum verdict *verdict, struct why *why);
/* PROVINCE PARTNER [WINDOW], as several commands take them; without WINDOW all windows. */
MUST_USE enum fault question_read_pair(struct question *q, const struct lookup *lookup,
                                       const char *const *operands, int count, struct why *why);

/* An answer of totals as a table on lookup->out. */
MUST_USE enum fault
totals_show(const struct question *q, const struct sheet *sheet, struct why *why);

/* The partners of a ranking.  FAULT_OPTION: its measure has none. */
MUST_USE enum fault question_rank(struct question *q, struct why *why);

/* ---- question_finish.c ---- */

/* All rows are there, in the order of scopes, partners and windows: shares, ranks, the page.
 * FAULT_NO_MEMORY. */
MUST_USE enum fault question_finish(const struct question *q, struct sheet *sheet, struct why *why);

/* ---- range.c ---- */

/* Two days, "2023-04-01" and "2023-09-30": the first one of a month, and the last one of a month.
 * FAULT_OPTION: they are not, and *wrong is "from" or "to". */
MUST_USE enum fault range_read(struct text from, struct text to, struct question *q,
                               const char **wrong, struct why *why);
/* Rows of months and years become rows of the range. */
void range_add_up(const struct question *q, struct sheet *sheet);

/* ---- question_take.c ---- */

/* A hash of totals, HGETALL's or that of question_fields(), as rows of a pair at a time. */
struct place_of_rows {
    int scope, partner;
    enum row_time time;
    int32_t at;
};
MUST_USE enum fault take_totals(const struct question *q, const struct place_of_rows *place,
                                const struct answer *hash, struct sheet *sheet, struct why *why);
MUST_USE enum fault take_months(const struct question *q, const struct place_of_rows *place,
                                const struct answer *hash, struct sheet *sheet, struct why *why);
MUST_USE enum fault take_detail(const struct question *q, const struct place_of_rows *place,
                                const struct answer *hash, struct sheet *sheet, struct why *why);

/* The names of a measure and of what is told beside it, for HMGET. */
enum { QUESTION_FIELDS = 1 + DOUBT_FORMS };
void question_fields(uint32_t measure, char names[QUESTION_FIELDS][MEASURE_TEXT]);

#endif
