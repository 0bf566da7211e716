/* Every allocation of our own code fails once, and each time the answer is a
 * clean FAULT_NO_MEMORY, or the same as with memory.  Never a crash, and under
 * ASan never a leak. */
#include "ingest/lines.h"
#include "ingest/message.h"
#include "ledger/fold.h"
#include "ledger/journal.h"
#include "ledger/reason.h"
#include "lookup/lookup.h"
#include "schemas/codec.h"
#include "tests/starved/each.h"
#include "tests/unit/own_redis.h"
#include "tests/unit/random_draft.h"

enum { ITEMS = 300, DIMS = 3000, RUN_MOST = 60 };

/* ---- core --------------------------------------------------------------------------- */

static struct random_draft world;

static size_t
pack_trade(uint64_t seed, uint8_t out[ITEM_BYTES_MOST])
{
    struct record r;

    world.seed = seed;
    random_fill(&world, RECORD_TRADE);
    ck_assert_int_eq(record_settle(&world.draft, &r, NULL), FAULT_NONE);
    return item_pack(&r, out);
}

static enum fault
write_journal(void)
{
    const struct journal_head head = { .flags = JOURNAL_FIRST, .version = { 1, 1 } };
    struct journal_writer w = { 0 };
    uint8_t item[ITEM_BYTES_MOST];
    struct text record;

    journal_begin(&w, &head);
    for (uint64_t i = 0; i < ITEMS; i++)
        journal_add(&w, (struct identity){ i, i }, item, pack_trade(i, item));
    journal_progress(&w, 1, 0, 7);
    enum fault fault = journal_end(&w, &record, NULL);
    journal_writer_release(&w);
    return fault;
}

/* A put that had no memory leaves the ledger as it was. */
static enum fault
fill_ledger(void)
{
    struct ledger *ledger = ledger_new();
    enum fault fault = ledger == NULL ? FAULT_NO_MEMORY : FAULT_NONE;
    uint8_t item[ITEM_BYTES_MOST];
    const uint8_t *found;
    size_t size, found_size;

    for (uint64_t i = 0; i < 2 * ITEMS && fault == FAULT_NONE; i++) {
        size_t count = ledger_count(ledger);

        size = pack_trade(i % 7, item);
        fault = ledger_put(ledger, (struct identity){ 1 + i % ITEMS, i % ITEMS }, item, size, NULL);
        if (fault == FAULT_NONE)
            continue;
        ck_assert_uint_eq(ledger_count(ledger), count);
        for (uint64_t k = 0; k < i && k < ITEMS; k++) {
            found = ledger_find(ledger, (struct identity){ 1 + k, k }, &found_size);
            ck_assert_ptr_nonnull(found);
            ck_assert(entry_is_sane(found, found_size));
        }
    }
    ledger_free(ledger);
    return fault;
}

struct folding {
    struct dim_table *dims;
    struct sums fold;
    bool failed;
};

static void
fold_part(void *self, const struct part *part)
{
    struct folding *f = self;
    uint32_t dim = dim_table_number(f->dims, part->dim);
    struct row row;

    f->failed = f->failed || dim == UINT32_MAX;
    if (f->failed)
        return;
    row = row_make(part, dim, part->amount);
    sums_add(&f->fold, row.where, row.what, row.amount);
}

/* Figures of one series that overlap, so that all of reconcile() is needed. */
static size_t
make_series(uint8_t *run)
{
    uint8_t other[RUN_MOST * ITEM_BYTES_MOST], item[ITEM_BYTES_MOST];
    size_t size = 0;

    for (int i = 0; i < RUN_MOST; i++) {
        struct record r = { .type = RECORD_TRADE,
                            .basis = BASIS_STATISTIC,
                            .scope = SCOPE_WHOLE,
                            .flow = FLOW_EXPORT,
                            .kind = -1,
                            .province = PROVINCE_LN,
                            .partner = PARTNER_RU,
                            .grade = (int8_t)(i % GRADE_COUNT),
                            .currency = CURRENCY_CNY,
                            .minor = 1000 * i,
                            .from = 19723 + 7 * (i % 9),
                            .day = 19800 + 3 * i };
        bool changed;
        uint16_t won;

        size = entry_take(run, size, item, item_pack(&r, item), other, &changed, &won);
        ck_assert(changed);
        memcpy(run, other, size);
    }
    return size;
}

static enum fault
fold_entries(void)
{
    static uint8_t run[RUN_MOST * ITEM_BYTES_MOST], item[ITEM_BYTES_MOST];
    struct folding f = { .dims = dim_table_new() };
    struct cells cells = { 0 };
    struct windows windows;
    size_t first[SCOPE_COUNT + 1], size = make_series(run);
    bool ok = f.dims != NULL;

    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &windows, NULL), FAULT_NONE);
    ok = ok && entry_parts(run, size, fold_part, &f) && !f.failed;
    for (uint64_t i = 0; i < ITEMS && ok; i++)
        ok = entry_parts(item, pack_trade(i, item), fold_part, &f) && !f.failed;
    for (int i = 0; i < DIMS && ok; i++) {
        char area[16];
        struct dim dim = { .form = DIM_PLACE,
                           .areas = { { area, (size_t)snprintf(area, sizeof area, "A%d", i) } } };

        ok = dim_table_number(f.dims, &dim) != UINT32_MAX;
    }
    ok = ok && !f.fold.failed;
    if (ok) {
        fold_sort(&f.fold, first);
        for (size_t i = 0; i < f.fold.used; i++)
            cells_add(&cells, row_scope(f.fold.table[i].where), &windows, 20000,
                      f.fold.table[i].where, f.fold.table[i].what, f.fold.table[i].amount, +1);
        ok = !cells.sums.failed && cells_sort(&cells) > 0 && !cells.sums.failed;
    }
    cells_release(&cells);
    sums_release(&f.fold);
    dim_table_free(f.dims);
    return ok ? FAULT_NONE : FAULT_NO_MEMORY;
}

static void
ignore_reason(void *self, const struct reason *reason)
{
    (void)self;
    (void)reason;
}

static enum fault
find_reasons(void)
{
    static uint8_t run[RUN_MOST * ITEM_BYTES_MOST];
    size_t size = make_series(run);

    return entry_reasons(run, size, ignore_reason, NULL) ? FAULT_NONE : FAULT_NO_MEMORY;
}

/* ---- schemas, ingest ------------------------------------------------------------------- */

static enum fault
compile(struct text schema, enum record_type type)
{
    struct plan *plan = NULL;
    enum fault fault = plan_compile(schema, type, &plan, NULL);

    ck_assert((fault == FAULT_NONE) == (plan != NULL));
    plan_free(plan);
    return fault;
}

static enum fault
compile_plans(void)
{
    enum fault fault = compile(schema_text(RECORD_TRADE), RECORD_TRADE);

    return fault != FAULT_NONE ? fault : compile(schema_text(RECORD_AGREEMENT), RECORD_AGREEMENT);
}

/* A writer with hundreds of symbols and fields of its own. */
static enum fault
compile_large(void)
{
    static char schema[200000];
    struct text ours = schema_text(RECORD_TRADE);
    const char *fields = strstr(ours.at, "\"fields\"");
    struct text_buffer b = { .at = schema, .size = sizeof schema };

    ck_assert_ptr_nonnull(fields);
    fields = strchr(fields, '[') + 1;
    text_put(&b, (struct text){ ours.at, (size_t)(fields - ours.at) });
    for (int i = 0; i < 200; i++) {
        char field[400];

        (void)snprintf(field, sizeof field,
                       "{\"name\":\"x%d\",\"aliases\":[\"y%d\"],\"type\":[\"null\",{\"type\":"
                       "\"array\",\"items\":{\"type\":\"record\",\"name\":\"R%d\",\"aliases\":"
                       "[\"A%d\"],\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}}]},",
                       i, i, i, i);
        text_put(&b, text_of(field));
    }
    text_put(&b, (struct text){ fields, ours.length - (size_t)(fields - ours.at) });
    ck_assert(!b.full);
    return compile(text_done(&b), RECORD_TRADE);
}

static enum fault
make_message(void)
{
    static const char line[] =
        "{\"type\":\"trade\",\"basis\":\"TRANSACTION\",\"occurred_at\":\"2024-01-31T08:00:00Z\","
        "\"province\":\"CN-LN\",\"partner\":\"RU\",\"flow\":\"EXPORT\",\"value\":\"1\","
        "\"currency\":\"CNY\",\"title\":\"\\u51fa\"}";
    struct maker *maker = maker_new();
    struct record r;
    struct publication message;
    enum fault fault = maker == NULL ? FAULT_NO_MEMORY : FAULT_NONE;

    if (fault == FAULT_NONE)
        fault = message_read(maker, TEXT_LITERAL(line), &r, NULL);
    if (fault == FAULT_NONE)
        fault = message_make(maker, &r, &message, NULL);
    maker_free(maker);
    return fault;
}

static enum fault
read_lines(void)
{
    struct lines *lines = NULL;
    struct line line;
    enum fault fault = lines_open("/dev/null", &lines, NULL);

    if (fault == FAULT_NONE)
        fault = lines_next(lines, 0, &line, NULL);
    lines_close(lines);
    return fault;
}

/* ---- store, lookup: against a real Redis ---------------------------------------------------- */

static void
say(struct store *store, const char *const *words)
{
    struct answer answer;

    ck_assert_int_eq(own_redis_run(store, &answer, NULL, words), FAULT_NONE);
    ck_assert_int_ne(answer.kind, ANSWER_ERROR);
}
#define SAY(store, ...) say((store), (const char *const[]){ __VA_ARGS__, NULL })

static enum fault
ask_redis(void)
{
    const struct text list[] = { TEXT_LITERAL("LRANGE"), TEXT_LITERAL("list"), TEXT_LITERAL("0"),
                                 TEXT_LITERAL("-1") };
    struct command commands[200];
    struct answer answers[200];
    struct store *store = NULL;
    enum fault fault = store_open(&(struct store_options){ .url = own_redis.url }, &store, NULL);

    for (int i = 0; i < 200; i++)
        commands[i] = (struct command){ .args = list, .count = 4 };
    if (fault == FAULT_NONE) {
        struct store_way way = store_way(store);

        fault = way.run(way.self, commands, 200, answers, NULL);
        for (int i = 0; i < 200 && fault == FAULT_NONE; i++) {
            ck_assert_int_eq(answers[i].kind, ANSWER_LIST);
            ck_assert_uint_eq(answers[i].count, 3);
        }
        if (fault != FAULT_NONE) /* and the next run is as good as ever */
            ck_assert_int_eq(way.run(way.self, commands, 200, answers, NULL), FAULT_NONE);
    }
    store_free(store);
    return fault;
}

/* Two scopes with totals and one journal that knows of none: verify has
 * something to tell. */
static void
write_world(struct store *store)
{
    struct journal_writer w = { 0 };
    const struct journal_head head = { .flags = JOURNAL_FIRST,
                                       .version = { 1, 1 },
                                       .last_offset = -1 };
    static const char journal[] = "tt:{trade-events/0}:journal:g:0";
    const struct store_way way = store_way(store);
    uint8_t item[ITEM_BYTES_MOST];
    struct text record;
    struct answer answer;
    char length[24], law[12];

    SAY(store, "RPUSH", "list", "a", "b", "c");
    journal_begin(&w, &head);
    for (uint64_t i = 0; i < 40; i++)
        journal_add(&w, (struct identity){ i, i }, item, pack_trade(i, item));
    ck_assert_int_eq(journal_end(&w, &record, NULL), FAULT_NONE);
    const struct text args[] = { TEXT_LITERAL("SET"), text_of(journal), record };
    ck_assert_int_eq(
        way.run(way.self, &(struct command){ .args = args, .count = 3 }, 1, &answer, NULL),
        FAULT_NONE);
    (void)snprintf(length, sizeof length, "%zu", record.length);
    (void)snprintf(law, sizeof law, "%d", PARTS_ALGORITHM);
    journal_writer_release(&w);
    SAY(store, "HSET", "tt:{trade-events/0}:meta", "ver", "0000000000000001.1", "next", "0", "gen",
        "g", "chunk", "0", "len", length, "seed", "7", "alg", law, "partitions", "1", "windows",
        WINDOWS_DEFAULT);
    for (int s = 0; s < SCOPE_COUNT; s++) {
        char key[KEY_BYTES], total[KEY_BYTES], index[KEY_BYTES];

        (void)key_scope("tt:", s, "tags", key);
        SAY(store, "HSET", key, "trade-events/0", "0000000000000001.1@2024-01-31");
        (void)key_scope("tt:", s, "asof", key);
        SAY(store, "HSET", key, "day", "2024-01-31", "version", "1", "complete", "1");
        (void)key_scope("tt:", s, "RU:31d", total);
        (void)key_scope("tt:", s, "index", index);
        SAY(store, "HSET", total, "export.CNY", "100", "export.events", "3");
        SAY(store, "SADD", index, total);
    }
    SAY(store, "HSET", "tt:{CN-LN}:ALL:31d", "export.CNY", "100");
    SAY(store, "HSET", "tt:{CN-LN}:WORLD:31d", "export.CNY", "200");
    SAY(store, "HSET", "tt:{CN-LN}:RU:months", "2024-01|export.CNY", "100");
    SAY(store, "SADD", "tt:{CN-LN}:index", "tt:{CN-LN}:RU:months");
    SAY(store, "ZADD", "tt:{CN-LN}:top:31d:export.CNY", "100", "RU");
    SAY(store, "SADD", "tt:{CN-LN}:index", "tt:{CN-LN}:top:31d:export.CNY");
}

static const char *const questions[][5] = {
    { "totals", "CN-LN", "RU", NULL },
    { "totals", "CN-LN", "RU", "31d", NULL },
    { "totals", "CN-LN", "ALL", "31d", NULL },
    { "top", "CN-LN", "31d", "export.CNY", NULL },
    { "series", "CN-LN", "RU", "export.CNY", NULL },
    { "verify", NULL },
    { "why", "ALL", "ALL", "all", NULL },
    { "watch", "CN-LN", "RU", "31d", NULL },
    { "list", "windows", NULL },
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };
static struct store *asked;
static int question;

static int64_t
no_time(void)
{
    return 0;
}

/* Of `watch`: it ends when it has told the totals. */
static int times_asked;

static bool
is_stopped_then(void)
{
    return times_asked++ > 0;
}

/* Nothing was said, or what is said with memory too. */
static enum fault
look_up(void)
{
    static char *answered[QUESTIONS];
    struct lookup lookup = { .way = store_way(asked),
                             .prefix = "tt:",
                             .as_json = true,
                             .now_ms = no_time,
                             .is_stopped = is_stopped_then,
                             .limit = 5 };
    const char *const *operands = questions[question];
    enum verdict verdict;
    char *text = NULL;
    size_t size = 0;
    int count = 0;

    times_asked = 0;
    while (operands[count] != NULL)
        count++;
    ck_assert_int_eq(windows_read(TEXT_LITERAL(WINDOWS_DEFAULT), &lookup.windows, NULL),
                     FAULT_NONE);
    lookup.out = open_memstream(&text, &size);
    enum fault fault = lookup_run(&lookup, operands, count, &verdict, NULL);
    ck_assert_int_eq(fclose(lookup.out), 0);
    if (answered[question] == NULL) {
        ck_assert_uint_gt(size, 0);
        answered[question] = text;
        return fault;
    }
    if (fault == FAULT_NONE)
        ck_assert_str_eq(text, answered[question]);
    free(text);
    return fault;
}

/* ---- */

static enum fault (*const plain[])(void) = { write_journal, fill_ledger,   fold_entries,
                                             find_reasons,  compile_plans, compile_large,
                                             make_message,  read_lines };

START_TEST(without_memory_it_is_a_clean_fault)
{
    starve(plain[_i]);
}
END_TEST

START_TEST(without_memory_redis_is_asked_in_vain_and_no_more)
{
    struct store *store = own_redis_open(own_redis.url, 0);

    write_world(store);
    store_free(store);
    starve(ask_redis);
}
END_TEST

START_TEST(without_memory_a_look_up_says_nothing_wrong)
{
    asked = own_redis_open(own_redis.url, 0);
    write_world(asked);
    question = _i;
    starve(look_up);
    store_free(asked);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("starved");
    TCase *tcase = tcase_create("plain"), *redis = tcase_create("redis");
    SRunner *runner;
    int failed, missing = own_redis_missing();

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, without_memory_it_is_a_clean_fault, 0,
                        (int)(sizeof plain / sizeof plain[0]));
    if (missing == 0) {
        suite_add_tcase(suite, redis);
        tcase_add_checked_fixture(redis, own_redis_set_up, own_redis_tear_down);
        tcase_add_test(redis, without_memory_redis_is_asked_in_vain_and_no_more);
        tcase_add_loop_test(redis, without_memory_a_look_up_says_nothing_wrong, 0, QUESTIONS);
    }
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? missing : EXIT_FAILURE;
}
