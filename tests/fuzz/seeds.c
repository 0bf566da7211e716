/* fuzz_seeds FOLDER - write the first files of the corpus: good input of each
 * target, and one of every kind that is known to do harm elsewhere. */
#include "ledger/journal.h"
#include "schemas/codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/random_draft.h"

#include <errno.h>
#include <sys/stat.h>

static const char *folder;
static int number;

static void
write_seed(const char *target, const char *name, const void *at, size_t size)
{
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    MUST(mkdir(path, 0777) == 0 || errno == EEXIST);
    (void)snprintf(path, sizeof path, "%s/%s/seed-%s", folder, target, name);
    file = fopen(path, "we");
    MUST(file != NULL && fwrite(at, 1, size, file) == size && fclose(file) == 0);
}

static void
write_numbered(const char *target, const void *at, size_t size)
{
    char name[16];

    (void)snprintf(name, sizeof name, "%03d", number++);
    write_seed(target, name, at, size);
}

/* ---- texts ---------------------------------------------------------------------------- */

#define T(literal) { (literal), sizeof(literal) - 1 }

static const struct {
    const char *target;
    struct text text;
} texts[] = {
    { "url", T("redis://user:pass%40word@host:6380/3") },
    { "url", T("redis://:secret@[::1]:6379/0") },
    { "url", T("unix://u:p@/run/redis%20x.sock?db=999999") },
    { "url", T("redis://a@b:c@h") },
    { "url", T("redis://h:65536") },
    { "url", T("redis://%00@h") },
    { "url", T("rediss://h") },
    { "tag", T("0123456789abcdef.42@2024-01-31") },
    { "tag", T("0123456789abcdef.42@2024-01-31>0123456789abcdef.43@2024-02-01|255") },
    { "tag", T(">ffffffffffffffff.18446744073709551615@9999-12-31|1") },
    { "tag", T("!0123456789abcdef.42@2024-01-31") },
    { "tag", T("0123456789abcdef.42\0"
               "77\0"
               "0123456789abcdef.1\0"
               "3\0"
               "1024\0"
               "fedcba9876543210\0"
               "1\0"
               "12\0"
               "1d,7d,31d,92d,366d") },
    { "tag", T("-\0-\0-\0-\0-\0-\0-\0-\0-") },
    { "tag", T("0000000000000000.1\0"
               "-1\0"
               "999999999999999999\0\0\0\0\0\0") },
    { "log", T("plain") },
    { "log", T("a\",\"level\":\"error\",\"event\":\"forged\"}\r\n{\"event\":\"forged\"}") },
    { "log", T("\x1b[2J\x7f\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE\xC0\x80\xED\xA0\x80\xF5\x80\0\xFF") },
    { "options", T("\0-b\0h:1\0-X\0a=b\0--create-topics=3\0-\0\0brokers = x\n# no\nlinger.ms=5") },
    { "options", T("\1-r\0redis://h\0--clock=2024-01-31\0--exit-at-end\0\0") },
    { "options", T("\2-J\0totals\0CN-LN\0RU\0--\0-x\0\0redis=unix:///s\r\n\r\n=x\n") },
    { "options", T("\1-F\0-F\0--file=\0--=\0-=\0---\0-X=\0\0=\n") },
    { "options", T("\0--create-topics=99999999999999999999\0\0file=x\nproperty=y\nhelp=2") },
    { "lines", T("{\"type\":\"trade\",\"id\":\"a\",\"basis\":\"TRANSACTION\",\"occurred_at\":"
                 "\"2024-01-31T08:00:00+08:00\",\"province\":\"CN-LN\",\"partner\":\"RU\",\"flow\":"
                 "\"EXPORT\",\"value\":\"42.64\",\"currency\":\"CNY\",\"title\":\"\\u51fa"
                 "\\ud83d\\udea2\"}\n \t\r\n{\"type\":\"x\"}") },
    { "lines", T("{\"type\":\"trade\",\"basis\":\"STATISTIC\",\"period_start\":\"2023-01-01\","
                 "\"period_end\":\"2023-09-30\",\"province\":\"CN\",\"partner\":\"KZ\",\"flow\":"
                 "\"TOTAL\",\"quantity\":\"0.001\",\"unit\":\"TNE\",\"commodity\":\"8703\","
                 "\"attributes\":{\"a\":\"b\",\"c\":null},\"source\":{\"name\":\"n\",\"url\":null},"
                 "\"version\":9007199254740991}\n") },
    { "lines", T("{\"type\":\"agreement\",\"kind\":\"MOU\",\"provinces\":[\"CN-LN\",\"CN-HL\"],"
                 "\"partners\":[\"RU\",\"MN\"],\"signed_on\":\"2024-01-31\",\"areas\":[\"RU-PRI\"],"
                 "\"sectors\":[\"timber\"],\"parties\":[\"x\"],\"value\":\"1\",\"currency\":"
                 "\"USD\"}\n") },
    { "lines", T("{\"type\":\"trade\",\"id\":\"\\ud800\"}\n{\"a\":1,\"a\":2}\n{\"\\u0000\":0}\n"
                 "{\"type\":\"trade\",\"title\":\"\xFF\"}\n[[[[[[[[\n1e999\n99999999999999999999\n"
                 "{\"type\":\"trade\",\"value\":1.0}\n\v{}\n{}{}\n\"\n") },
    { "lines", T("{\"type\":\"trade\",\"a\\nb\\u001b[2J\\u009b\":1}\n"
                 "{\"type\":\"trade\",\"22 bytes, then a long \xE8\xBE\xBD\":1}\n") },
    { "schema", T("{\"type\":\x1b[2J\n}") },
    { "schema", T("\"a\xE8\xBE\"") },
    { "redis", T("+OK\r\n-ERR no\r\n:42\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n") },
    { "redis", T("*3\r\n$2\r\nok\r\n*2\r\n:1\r\n$0\r\n\r\n+x\r\n") },
    { "redis", T("$4294967296\r\n") },
    { "redis", T("$2147483647\r\nx") },
    { "redis", T("*2147483647\r\n") },
    { "redis", T("*99999\r\n:1\r\n") },
    { "redis", T("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n") },
    { "redis", T("*-2\r\n$-2\r\n") },
    { "redis", T(":9223372036854775808\r\n:-9223372036854775809\r\n") },
    { "redis", T("%1\r\n+a\r\n_\r\n#t\r\n,1.5\r\n~1\r\n(99\r\n>1\r\n=5\r\ntxt:x\r\n") },
    { "redis", T("-NOSCRIPT x\r\n-LOADING\r\n-\r\n+\r\n$1\r\n") },
    { "message", T("\x00\0\0\0\0\xFE\xFF\xFF\xFF\x0F") }, /* a string of 2 GiB */
    { "message", T("\x00\0\0\0\0\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01") }, /* of 2^63 - 1 */
    { "message", T("\x00\0\0\0\0\x01") },                                     /* of -1 */
    { "message", T("\x00\0\0\0\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00") },
    { "message", T("\x00\0\0\0\0\x02"
                   "a\x00\x02\x90\x4E") }, /* symbol 5000 */
    { "message", T("\xC3\x01") },
    { "message", T("\x00") },
    { "schema", T("{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":[{\"name\":\"next\","
                  "\"type\":[\"null\",\"TradeEvent\"]}]}\0\2") },
    { "schema", T("\"TradeEvent\"") },
    { "schema", T("{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"null\"}}") },
    { "schema", T("{\"type\":\"fixed\",\"name\":\"F\",\"size\":9223372036854775807}") },
    { "schema", T("[\"null\",\"null\"]") },
    { "schema", T("{\"type\":{\"type\":{\"type\":\"int\"}}}") },
    { "schema",
      T("{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":["
        "{\"name\":\"n\",\"type\":{\"type\":\"array\",\"items\":\"null\"}},"
        "{\"name\":\"m\",\"type\":{\"type\":\"map\",\"values\":[\"int\",\"string\",\"boolean\"]}},"
        "{\"name\":\"id\",\"type\":[\"bytes\",\"null\",\"double\"]},"
        "{\"name\":\"basis\",\"type\":{\"type\":\"enum\",\"name\":\"Basis\",\"symbols\":"
        "[\"OTHER\",\"TRANSACTION\"]}},{\"name\":\"province\",\"type\":\"string\"},"
        "{\"name\":\"partner\",\"type\":[\"null\",\"string\"]},"
        "{\"name\":\"flow\",\"type\":{\"type\":\"enum\",\"name\":\"x.Flow\",\"symbols\":"
        "[\"EXPORT\"]}},{\"name\":\"value\",\"type\":{\"type\":\"fixed\",\"name\":\"V\",\"size\":9,"
        "\"logicalType\":\"decimal\",\"precision\":20,\"scale\":2}},"
        "{\"name\":\"currency\",\"type\":\"string\"},{\"name\":\"occurred_at\",\"type\":"
        "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}}]}\0"
        "\xFE\xFF\xFF\xFF\x0F\x00\x00\x00\x02"
        "a\x02\x04"
        "CN\x02\x04"
        "RU\x00\0\0\0\0\0\0\0\0\x64\x06"
        "CNY\x80\x80\xA0\xF6\xF4\xAC\x86\x06") },
};

/* ---- what our own code writes -------------------------------------------------------------- */

static struct random_draft world;

static void
write_records(enum record_type type, uint64_t first, int count)
{
    static uint8_t bytes[4 * RECORD_BYTES], item[ITEM_BYTES_MOST];
    struct record r;

    for (int i = 0; i < count; i++) {
        size_t head = frame_write(schema_fingerprint(type), bytes + 1);
        size_t size;

        world.seed = first + (uint64_t)i;
        random_fill(&world, type);
        MUST(record_settle(&world.draft, &r, NULL) == FAULT_NONE);
        size = record_encode(&r, bytes + 1 + head, sizeof bytes - 1 - head);
        if (size == 0 || size > 1500) /* small ones are mutated best */
            continue;
        write_numbered("message", bytes + 1, head + size);
        bytes[head] = (uint8_t)type;
        write_numbered("avro", bytes + head, 1 + size);
        write_numbered("entry", item, item_pack(&r, item));
    }
}

/* Figures of one series that rival each other, and a journal of them. */
static void
write_figures(void)
{
    static uint8_t run[8 * ITEM_BYTES_MOST];
    struct journal_writer w = { 0 };
    struct journal_head head = {
        .flags = JOURNAL_FIRST, .version = { 7, 1 }, .next = 3, .last_offset = 2, .alias_count = 2
    };
    char chunk[16 * 1024];
    struct text record;
    size_t size = 0, used = 1;

    head.aliases[0] = (struct journal_alias){ SCOPE_ALL, { 7, 1 } };
    head.aliases[1] = (struct journal_alias){ PROVINCE_LN, { 6, 9 } };
    for (int link = 0; link < 3; link++) {
        journal_begin(&w, &head);
        for (int i = 0; i < 3; i++) {
            struct record r = { .type = RECORD_TRADE,
                                .version = i + link,
                                .basis = BASIS_STATISTIC,
                                .scope = SCOPE_WHOLE,
                                .flow = FLOW_EXPORT,
                                .kind = -1,
                                .province = PROVINCE_LN,
                                .partner = PARTNER_RU,
                                .currency = i == 1 ? -1 : CURRENCY_CNY,
                                .minor = 1000 + i,
                                .unit = i == 0 ? (struct text){ NULL, 0 } : TEXT_LITERAL("TNE"),
                                .milli = 5 * i,
                                .from = 19700,
                                .day = 19730 + link % 2 };
            size_t bytes = item_pack(&r, run + size);

            journal_add(&w, (struct identity){ (uint64_t)i, (uint64_t)link }, run + size, bytes);
            size += bytes;
        }
        MUST(journal_end(&w, &record, NULL) == FAULT_NONE);
        memcpy(chunk + used, record.at, record.length);
        used += record.length;
        head.predecessor = head.version;
        head.version.counter++;
        head.flags = 0;
        head.alias_count = 0;
    }
    write_seed("entry", "figures", run, size);
    chunk[0] = 0;
    write_seed("journal", "chain", chunk, used);
    chunk[0] = 1;
    write_seed("journal", "mended", chunk, used);
    write_seed("journal", "cut", chunk, used - 7);
    journal_writer_release(&w);
}

/* A decimal that is longer than any amount, as long as a message may be. */
static void
write_long_decimal(void)
{
    static const char schema[] =
        "{\"type\":\"record\",\"name\":\"TradeEvent\",\"fields\":[{\"name\":\"value\",\"type\":"
        "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9,\"scale\":2}},"
        "{\"name\":\"id\",\"type\":\"string\"},{\"name\":\"province\",\"type\":\"string\"},"
        "{\"name\":\"partner\",\"type\":\"string\"},{\"name\":\"basis\",\"type\":{\"type\":"
        "\"enum\","
        "\"name\":\"Basis\",\"symbols\":[\"STATISTIC\"]}},{\"name\":\"flow\",\"type\":{\"type\":"
        "\"enum\",\"name\":\"Flow\",\"symbols\":[\"TOTAL\"]}}]}";
    static char bytes[sizeof schema + 60000];
    char *at = bytes + sizeof schema;

    memcpy(bytes, schema, sizeof schema); /* its NUL parts it from the datum */
    memcpy(at, "\x80\xF1\x04", 3);        /* 40,000 bytes */
    memset(at + 3, 0x7A, 40000);
    memcpy(at + 40003, "\2a\4CN\4RU\0\0", 10);
    write_seed("schema", "long-decimal", bytes, sizeof schema + 40013);
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "fuzz_seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_numbered(texts[i].target, texts[i].text.at, texts[i].text.length);
        if (strcmp(texts[i].target, "message") == 0 && texts[i].text.length > 4)
            write_numbered("avro", texts[i].text.at + 4, texts[i].text.length - 4);
    }
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        struct text t = schema_text((enum record_type)type);

        write_numbered("schema", t.at, t.length);
    }
    write_records(RECORD_TRADE, 100, 12);
    write_records(RECORD_AGREEMENT, 200, 12);
    write_figures();
    write_long_decimal();
    return EXIT_SUCCESS;
}
