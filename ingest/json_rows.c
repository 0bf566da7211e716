/* Rows out of JSON by yajl, which tells of each thing as it comes.
 *
 *      {"count": 2, "data": [ {"a": 1}, {"a": 2} ]}
 *      step 0       step 1  ^ step 2: a row
 *
 * The path is a row of steps, into a member or into an item.  Each container that is
 * open has the number of steps that lead to it, or none.  A value to which all steps
 * lead is a row; its bytes are handed on as they stand, and are read as any line is.
 *
 * yajl can't stop within what it is handed, so it is handed pieces up to the next
 * closing brace: no more than one row ends in each. */
#include "ingest/json_rows.h"

#include "ingest/json.h"
#include "ingest/map_inside.h"

#include <yajl/yajl_parse.h>

enum {
    STEPS_MOST = 2 * MAP_PATH_MOST,
    TOKEN_MOST = 1 << 20, /* bytes of a text or a number outside of rows */
    OFF_PATH = -1,
};
enum { STOP_READING, READ_ON };

struct step {
    bool is_item;
    struct text name;
};

struct json_rows {
    yajl_handle yajl;
    int step_count;
    struct step steps[STEPS_MOST];
    int depth;
    int8_t reached[JSON_DEPTH_MOST]; /* by open containers: steps that lead to it */
    bool is_array[JSON_DEPTH_MOST];
    int key; /* steps that lead to the member whose value comes next */
    bool was_found, is_too_deep, skips_line;
    /* From the beginning of the caller's bytes. */
    size_t parsed, piece, row_from, row_to;
    int64_t total, token; /* bytes of all pieces; up to the last thing that was told */
    int row_depth;        /* of the container that is a row; 0: none is open */
    bool has_row, is_too_large;
    int strays; /* values that are no rows */
};

/* ---- what yajl tells ---------------------------------------------------------------- */

static size_t
here(const struct json_rows *r)
{
    return r->piece + yajl_get_bytes_consumed(r->yajl);
}

/* The steps that lead to a value which begins now. */
static int
reach(const struct json_rows *r)
{
    int at;

    if (r->depth == 0)
        return 0;
    at = r->reached[r->depth - 1];
    if (!r->is_array[r->depth - 1])
        return r->key;
    if (r->step_count == 0)
        return at; /* of an array at the top its items */
    return at != OFF_PATH && at < r->step_count && r->steps[at].is_item ? at + 1 : OFF_PATH;
}

static int
on_scalar(struct json_rows *r)
{
    r->token = r->total + (int64_t)yajl_get_bytes_consumed(r->yajl);
    if (r->row_depth == 0 && reach(r) == r->step_count)
        r->strays++;
    return READ_ON;
}

static int
on_null(void *self)
{
    return on_scalar(self);
}

static int
on_boolean(void *self, int is_true)
{
    (void)is_true;
    return on_scalar(self);
}

static int
on_number(void *self, const char *at, size_t length)
{
    (void)at, (void)length;
    return on_scalar(self);
}

static int
on_text(void *self, const unsigned char *at, size_t length)
{
    (void)at, (void)length;
    return on_scalar(self);
}

static int
on_name(void *self, const unsigned char *at, size_t length)
{
    struct json_rows *r = self;
    int reached = r->reached[r->depth - 1];
    struct text name = { (const char *)at, length };

    r->token = r->total + (int64_t)yajl_get_bytes_consumed(r->yajl);
    r->key = OFF_PATH;
    if (r->row_depth == 0 && reached != OFF_PATH && reached < r->step_count &&
        !r->steps[reached].is_item && text_equal(r->steps[reached].name, name))
        r->key = reached + 1;
    return READ_ON;
}

static int
open_container(struct json_rows *r, bool is_array)
{
    int reached = r->row_depth > 0 ? OFF_PATH : reach(r);
    bool is_top_array = r->step_count == 0 && r->depth == 0 && is_array;

    r->token = r->total + (int64_t)yajl_get_bytes_consumed(r->yajl);
    if (r->depth == JSON_DEPTH_MOST) {
        r->is_too_deep = true;
        return STOP_READING;
    }
    r->reached[r->depth] = (int8_t)reached;
    r->is_array[r->depth++] = is_array;
    if (reached != OFF_PATH && is_array && reached < r->step_count && r->steps[reached].is_item)
        r->was_found = true;
    if (reached != r->step_count || is_top_array)
        return READ_ON;
    r->row_depth = r->depth;
    r->row_from = here(r) - 1;
    r->strays += is_array;
    return READ_ON;
}

static int
close_container(struct json_rows *r)
{
    bool is_row = r->depth == r->row_depth;

    r->token = r->total + (int64_t)yajl_get_bytes_consumed(r->yajl);
    r->depth--;
    if (!is_row)
        return READ_ON;
    r->row_depth = 0;
    if (r->is_array[r->depth])
        return READ_ON; /* a stray */
    r->has_row = true;
    r->row_to = here(r);
    return READ_ON;
}

static int
on_object(void *self)
{
    return open_container(self, false);
}

static int
on_array(void *self)
{
    return open_container(self, true);
}

static int
on_end(void *self)
{
    return close_container(self);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

/* ---- life cycle --------------------------------------------------------------------- */

static void
close_yajl(struct json_rows *r)
{
    if (r->yajl != NULL)
        yajl_free(r->yajl);
    r->yajl = NULL;
}

/* Anew, with nothing open. */
static bool
open_yajl(struct json_rows *r)
{
    close_yajl(r);
    r->depth = r->row_depth = 0;
    r->is_too_large = false;
    r->yajl = yajl_alloc(&callbacks, NULL, r);
    /* Each row's encoding is judged by itself. */
    return r->yajl != NULL && yajl_config(r->yajl, yajl_dont_validate_strings, 1) &&
           yajl_config(r->yajl, yajl_allow_multiple_values, r->step_count == 0);
}

struct json_rows *
json_rows_new(const struct map *map)
{
    struct json_rows *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    for (int i = 0; i < map->path_count; i++) {
        if (map->path[i].length > 0)
            r->steps[r->step_count++] = (struct step){ false, map->path[i] };
        if (map->path_is_array[i])
            r->steps[r->step_count++] = (struct step){ true, { NULL, 0 } };
    }
    r->was_found = r->step_count == 0;
    if (open_yajl(r))
        return r;
    json_rows_free(r);
    return NULL;
}

void
json_rows_free(struct json_rows *rows)
{
    if (rows == NULL)
        return;
    close_yajl(rows);
    free(rows);
}

bool
json_rows_was_found(const struct json_rows *rows)
{
    return rows->was_found;
}

/* ---- the next row ------------------------------------------------------------------- */

static enum json_found
refuse(struct json_rows *r, struct why *why)
{
    unsigned char *complaint = yajl_get_error(r->yajl, 0, NULL, 0);
    const char *sentence = complaint == NULL ? "no JSON" : (const char *)complaint;

    if (r->is_too_deep)
        (void)why_set(why, BAD_JSON, "nested too deep: more than %d", JSON_DEPTH_MOST);
    else if (strstr(sentence, "premature EOF") != NULL)
        (void)why_set(why, BAD_JSON,
                      "it ends too early: a bracket or a quotation mark is not closed");
    else
        (void)why_set(why, BAD_JSON, "%.*s", (int)strcspn(sentence, "\n"), sentence);
    if (complaint != NULL)
        yajl_free_error(r->yajl, complaint);
    return JSON_BROKEN;
}

/* What lies before `at` is the caller's no more. */
static void
use(struct json_rows *r, size_t at, size_t *used)
{
    *used = at;
    r->parsed -= at;
    r->row_from -= r->row_depth > 0 ? at : 0;
}

/* The next piece goes to yajl.  False: it is no JSON. */
static bool
parse_piece(struct json_rows *r, struct text bytes)
{
    const char *from = bytes.at + r->parsed;
    const char *brace = memchr(from, '}', bytes.length - r->parsed);
    size_t length = brace == NULL ? bytes.length - r->parsed : (size_t)(brace - from) + 1;

    r->piece = r->parsed;
    if (yajl_parse(r->yajl, (const unsigned char *)from, length) != yajl_status_ok)
        return false;
    r->parsed += length;
    r->total += (int64_t)length;
    return true;
}

/* Where each value is a row by itself, a broken one ends with its line. */
static enum json_found
broken(struct json_rows *r, struct text bytes, size_t *used, struct why *why)
{
    bool can_go_on = r->step_count == 0 && (r->depth == 0 || !r->is_array[0]) && !r->is_too_deep;
    enum json_found found = refuse(r, why);
    size_t at = r->parsed + yajl_get_bytes_consumed(r->yajl); /* in the line that is broken */
    const char *end = memchr(bytes.at + at, '\n', bytes.length - at);

    r->has_row = false;
    if (!can_go_on || !open_yajl(r)) {
        *used = bytes.length;
        close_yajl(r);
        return found;
    }
    r->skips_line = end == NULL;
    r->parsed = *used = end == NULL ? bytes.length : (size_t)(end - bytes.at) + 1;
    use(r, *used, used);
    r->token = r->total;
    return found;
}

/* What has been found so far, if anything. */
static bool
has_found(struct json_rows *r, struct text bytes, struct text *row, size_t *used,
          enum json_found *found)
{
    if (r->has_row) {
        bool is_large = r->is_too_large || r->row_to - r->row_from > RECORD_BYTES;

        *row = (struct text){ bytes.at + r->row_from, is_large ? 0 : r->row_to - r->row_from };
        *found = is_large ? JSON_ROW_TOO_LARGE : JSON_ROW;
        r->has_row = r->is_too_large = false;
        use(r, r->parsed, used);
        return true;
    }
    if (r->strays == 0)
        return false;
    r->strays = 0;
    *found = JSON_NO_ROW;
    use(r, r->row_depth > 0 && !r->is_too_large ? r->row_from : r->parsed, used);
    return true;
}

/* All is parsed.  A row that is open is kept as long as it can be one. */
static enum json_found
wait_for_more(struct json_rows *r, size_t *used)
{
    if (r->row_depth > 0 && r->parsed - r->row_from > RECORD_BYTES)
        r->is_too_large = true;
    use(r, r->row_depth > 0 && !r->is_too_large ? r->row_from : r->parsed, used);
    if (r->is_too_large)
        r->row_from = 0;
    return JSON_MORE;
}

enum json_found
json_rows_cut(struct json_rows *r, struct text bytes, bool is_end, struct text *row, size_t *used,
              struct why *why)
{
    enum json_found found;

    *used = 0;
    if (r->yajl == NULL) { /* it was broken */
        *used = bytes.length;
        return JSON_MORE;
    }
    if (r->skips_line) {
        const char *end = memchr(bytes.at, '\n', bytes.length);

        *used = end == NULL ? bytes.length : (size_t)(end - bytes.at) + 1;
        r->skips_line = end == NULL && !is_end;
        return JSON_MORE;
    }
    for (;;) {
        if (has_found(r, bytes, row, used, &found))
            return found;
        if (r->parsed == bytes.length)
            break;
        if (!parse_piece(r, bytes))
            return broken(r, bytes, used, why);
        if (r->total - r->token > TOKEN_MOST) {
            (void)why_set(why, BAD_JSON, "a text of over %d bytes", TOKEN_MOST);
            close_yajl(r);
            *used = bytes.length;
            return JSON_BROKEN;
        }
    }
    if (is_end) {
        r->piece = r->parsed;
        if (yajl_complete_parse(r->yajl) != yajl_status_ok) {
            (void)refuse(r, why);
            close_yajl(r);
            *used = bytes.length;
            return JSON_BROKEN;
        }
        if (has_found(r, bytes, row, used, &found))
            return found;
    }
    return wait_for_more(r, used);
}

bool
json_rows_is_over(const struct json_rows *r)
{
    return r->yajl == NULL;
}
