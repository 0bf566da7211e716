/* row.h - what an answer is made of: rows, each one number with what is to be known beside it, and
 * the scopes that they were read from.
 *
 *      question.h  asks and fills a sheet
 *      row_json.c, row_csv.c, and the tables of the commands show it
 */
#ifndef LOOKUP_ROW_H
#define LOOKUP_ROW_H

#include "base/bytes.h"
#include "base/keep.h"
#include "lookup/coverage.h"
#include "lookup/names.h"

/* What time a row tells of. */
enum row_time { ROW_WINDOW, ROW_MONTH, ROW_YEAR, ROW_RANGE };

struct sheet_row {
    int16_t scope, partner;
    uint8_t time;  /* enum row_time */
    bool is_known; /* false: a measure of a newer version; `name` says which */
    bool is_aside; /* it tells about others, and has a place among their notes */
    int32_t at;    /* the window; a month, year * 12 + month - 1; a year; a range's first day */
    int32_t until; /* a range's last day */
    int32_t rank;  /* from 1; 0: none */
    uint32_t measure;
    struct text name;      /* of a measure that is not known; lies in the sheet */
    struct text dimension; /* of detail, else { NULL, 0 }; lies in the sheet */
    wide_t value;
    int32_t window_days; /* of its time; 0: it has no end */
    struct doubts doubts;
    uint32_t share_at, share_count; /* in sheet->shares */
};

enum { ROWS_MOST = 20000 }; /* of an answer that is shown */

/* What is told beside a number, by its name in JSON and CSV. */
enum { ROW_NOTES = 7 };
extern const struct row_note {
    const char *name;
    enum note note;
    bool is_amount; /* in the unit of the row; else a number of records */
} row_notes[ROW_NOTES];

/* A scope that was read. */
struct standing {
    int scope;
    struct asof asof;
};

struct sheet {
    const struct lookup *lookup;
    struct standing standings[SCOPE_COUNT]; /* of the scopes that were asked for */
    int standing_count;
    struct sheet_row *rows;
    size_t count, room;
    struct coverage_ratio *shares;
    size_t share_count, share_room;
    bool is_pair;     /* one pair was asked for, and */
    bool has_data;    /* something was ever told of it */
    int64_t next;     /* the first of the next page; 0: there is none */
    struct keep kept; /* texts of rows, which never move while rows are added */
};

/* A sheet that is all zero but for `lookup` is empty.  sheet_release() frees what it holds. */
void sheet_release(struct sheet *sheet);

/* A row more, to be filled in; good until the next one.  NULL: no memory. */
struct sheet_row *sheet_add(struct sheet *sheet);

/* The least of the scopes: that which is trusted least, or else is the oldest; one that has no
 * asof where there is none. */
struct asof sheet_asof(const struct sheet *sheet);

/* A text that is another one whenever one of the scopes has moved on, or is trusted otherwise; of
 * one scope its version.  "": nobody says. */
enum { VERSION_BYTES = 24 };
void sheet_version(const struct sheet *sheet, char out[VERSION_BYTES]);

/* Is a row a sum over provinces or partners, or of a group of them? */
static inline bool
row_is_total(const struct sheet_row *row)
{
    return row->scope >= PROVINCE_CN || partner_is_group(row->partner) ||
           row->partner == PARTNER_ALL;
}

/* "2023", "31d", "2023-09": the time of a row; "" of a range.  Borrowed from out. */
struct text
row_time(const struct sheet_row *row, const struct lookup *lookup, char out[MONTH_BYTES]);
/* How many days a window, a month or a year has; 0: it has no end. */
int32_t row_days_of(enum row_time time, int32_t at, const struct lookup *lookup);

/* ---- row_json.c ---- */

/* "14400000000.00": the number as a plain decimal in its unit. */
void row_put_value(struct bytes *b, uint32_t measure, wide_t value);
/* The document of docs/http.md.  `title` are members that stand in front, each with a comma behind;
 * `tail` are those at the end, each with a comma in front. */
void sheet_json(const struct sheet *sheet, const char *title, const char *tail, struct bytes *b);
/* "as_of" to "trust": the members of each answer.  `version` stands for that of asof; NULL: its
 * own. */
void asof_put(const struct asof *asof, const char *version, const struct lookup *lookup,
              struct bytes *b);
/* The same, to lookup->out. */
void asof_json(const struct asof *asof, const struct lookup *lookup);
/* "whole", "partial", ...: how far the totals can be trusted, in a word. */
const char *trust_name(const struct asof *asof, const struct lookup *lookup);

/* ---- row_csv.c ---- */

/* The rows with a line of titles in front, by RFC 4180.  for_spreadsheet: with a byte order mark,
 * and no cell that a spreadsheet takes for a formula. */
void sheet_csv(const struct sheet *sheet, bool for_spreadsheet, struct bytes *b);

#endif
