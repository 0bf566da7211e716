/* trade.h - invented transactions, always the same ones of the same seed.
 *
 * Trade k of a seed has an id, a province and a partner (zipf: a few have most
 * of the trade), a flow, a value in CNY or USD, an instant within the last
 * `days` days, and texts as long as scrapers send them.  A later version of it
 * has another value; one in five also another partner and instant.
 *
 * Probes are records apart from these: each has a cell of its own, so that
 * one look tells whether it was counted.
 */
#ifndef BENCH_TRADE_H
#define BENCH_TRADE_H

#include "record/record.h"

enum { TRADE_PROVINCES_MOST = 31, TRADE_PARTNERS_MOST = 240 };

struct trade_world {
    uint64_t seed;
    int32_t last_day; /* trades are on this day or up to days - 1 before */
    int32_t days;
    int commodity_percent;   /* how many name goods, which adds to :detail */
    bool is_wide;            /* each as wide as real ones (trade.c, draw_wide()) */
    int provinces, partners; /* how many there are, the busiest ones */
    int partner_rows[TRADE_PARTNERS_MOST];
};

/* Fill partner_rows; the caller sets the others. */
void trade_world_fill(struct trade_world *world);

enum { TRADE_ID_BYTES = 40, TRADE_TEXT_BYTES = 192, TRADE_JSON_BYTES = 1024 };

/* A draft that borrows from its own texts: never copied. */
struct trade {
    struct draft draft;
    int64_t minor;
    int province, partner, flow;
    const char *currency;
    int64_t occurred_at_ms, published_at_ms;
    int64_t version;
    const char *unit; /* NULL: no quantity */
    int64_t thousandths;
    char id[TRADE_ID_BYTES], commodity[16], area[8];
    char title[TRADE_TEXT_BYTES], url[TRADE_TEXT_BYTES];
};

/* Version `version` (from 1) of trade k. */
void trade_make(const struct trade_world *world, uint32_t k, int version, struct trade *out);

/* Probe n of `world`; *out has its province, partner, flow and currency.  There
 * are PROBES_MOST of them. */
enum { PROBES_MOST = 50000 };
void trade_probe(const struct trade_world *world, uint32_t n, struct trade *out);

/* The same record as a line of JSON with its LF; returns the bytes. */
size_t trade_json(const struct trade *trade, char out[TRADE_JSON_BYTES]);

#endif
