#include <stdlib.h>

#include "tests/unit/own_redis.h"

#include "aggregator/state.h"
#include "base/clock.h"

/* A compaction on a real Redis, step by step.  Nothing is pushed: the test says
 * when every scope is up to date.  tests/story plays it with faults. */

enum {
    CHUNK_BYTES = 512,
    STEPS_MOST = 2000,
    FEW = 40,   /* identities that fit into the first table of a ledger */
    MANY = 400, /* that make it grow several times */
};
static const struct place place = { TOPIC_TRADE_EVENTS, 0 };

/* An instance, and the partition that it believes to own. */
struct instance {
    struct store *store;
    struct aggregator *a;
    struct partition *p;
};

static enum fault
nothing_noted(void *self, struct place of, struct position *out, struct why *why)
{
    (void)self;
    (void)why;
    *out = (struct position){ of, -1, 0, -1, 0, -1 };
    return FAULT_NONE;
}

static enum fault
range(void *self, struct place of, int64_t *low, int64_t *high, struct why *why)
{
    (void)self, (void)of, (void)why;
    *low = 0;
    *high = INT64_MAX;
    return FAULT_NONE;
}

static void
sync_again(struct instance *i)
{
    ck_assert_int_eq(sync_partition(i->a, i->p, NULL), FAULT_NONE);
    ck_assert(i->p->state == PARTITION_LOADED);
    i->p->state = PARTITION_READING;
    i->p->verify = false;
}

static struct instance
open_instance(void)
{
    struct instance i = { .store = own_redis_open(own_redis.url, 0) };
    struct settings settings = settings_default();
    struct script scripts[SCRIPT_COUNT];
    const struct world world = { .feed = { .range = range, .noted = nothing_noted },
                                 .store = store_way(i.store),
                                 .clock = clock_real(),
                                 .chance = chance_real() };

    settings.compact_bytes = 1;
    settings.chunk_bytes = CHUNK_BYTES;
    scripts_load(scripts);
    ck_assert_int_eq(aggregator_open(&settings, &world, scripts, &i.a, NULL), FAULT_NONE);
    ck_assert_int_eq(partition_add(&i.a->owned, place, NULL), FAULT_NONE);
    i.p = partition_of(&i.a->owned, place);
    sync_again(&i);
    return i;
}

static void
close_instance(struct instance *i)
{
    aggregator_free(i->a);
    store_free(i->store);
}

/* In a table of 64 all of them want the same place, in larger ones they do not:
 * whoever goes on at the same cursor after it grew misses some. */
static struct identity
identity_number(int n)
{
    return (struct identity){ (uint64_t)n + 1, ((uint64_t)n + 1) << 6 };
}

/* Commit version `version` of the facts first .. end - 1, in one record. */
static void
commit(struct instance *i, int first, int end, int version)
{
    struct journal_head head = { .version = next_version(&i->a->versions),
                                 .predecessor = i->p->version };
    struct record r = { .type = RECORD_TRADE,
                        .version = version,
                        .basis = BASIS_TRANSACTION,
                        .flow = FLOW_EXPORT,
                        .kind = -1,
                        .province = PROVINCE_LN,
                        .partner = PARTNER_RU,
                        .currency = CURRENCY_CNY,
                        .from = 19730,
                        .day = 19730 };

    i->p->open = true;
    i->p->open_version = head.version;
    i->p->read_next = i->p->next + end - first;
    journal_begin(&i->p->writer, &head);
    for (int n = first; n < end; n++) {
        struct identity id = identity_number(n);
        uint8_t item[ITEM_BYTES_MOST];
        uint16_t won;
        size_t size;

        r.minor = 1000 * version + n;
        size = item_pack(&r, item);
        ck_assert_int_eq(enter_item(&i->a->entering, i->p, id, item, size, true, &won, NULL),
                         FAULT_NONE);
        ck_assert_int_eq(won, item_mask(item));
        journal_add(&i->p->writer, id, item, size);
    }
    ck_assert_int_eq(enter_end(i->a->entering.dims, i->p, NULL), FAULT_NONE);
    ck_assert_int_eq(commit_all(i->a, NULL), FAULT_NONE);
}

static void
show_everywhere(struct instance *i)
{
    for (int s = 0; s < SCOPE_COUNT; s++) {
        i->p->shares[s].tag = tag_plain(target_of(i->p, i->a->wire.day));
        i->p->shares[s].position = i->p->row_count;
    }
}

static void
step(struct instance *i)
{
    ck_assert_int_eq(compact_journals(&i->a->compacting, NULL), FAULT_NONE);
}

/* Step until the copy of the ledger has begun and written a chunk. */
static void
step_into_copy(struct instance *i)
{
    show_everywhere(i);
    for (int n = 0; n < STEPS_MOST && i->p->compaction.state != COMPACT_COPY; n++)
        step(i);
    for (int n = 0; n < STEPS_MOST && i->p->compaction.chunks == 0; n++)
        step(i);
    ck_assert_int_eq(i->p->compaction.state, COMPACT_COPY);
    ck_assert_uint_gt(i->p->compaction.cursor, 0);
}

static void
step_to_rest(struct instance *i)
{
    for (int n = 0; n < STEPS_MOST && compact_is_due(&i->a->compacting); n++)
        step(i);
    ck_assert_int_eq(i->p->compaction.state, COMPACT_REST);
}

/* Every fact stands as it should, in memory and after a new start. */
static void
facts_stand(struct instance *i, int first, int end, int version)
{
    for (int n = first; n < end; n++) {
        struct identity id = identity_number(n);
        struct record r;
        size_t size;
        const uint8_t *entry = ledger_find(i->p->ledger, id, &size);
        uint16_t mask;

        ck_assert_msg(entry != NULL, "fact %d is gone", n);
        ck_assert(item_unpack(entry, size, &r, &mask));
        ck_assert_msg(r.version == version, "fact %d has version %d", n, (int)r.version);
    }
}

static int
keys_of(struct instance *i, const char *pattern)
{
    struct answer answer;

    ck_assert_int_eq(RUN(i->store, &answer, NULL, "KEYS", pattern), FAULT_NONE);
    return (int)answer.count;
}

/* meta and the journal, nothing beside it. */
static void
nothing_lies_beside(struct instance *i)
{
    ck_assert_int_eq(keys_of(i, "*:journal:*"), (int)i->p->chunk + 1);
}

/* ---- */

START_TEST(a_journal_becomes_as_short_as_its_ledger)
{
    struct instance i = open_instance(), again;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    ck_assert_int_gt(i.p->chunk, 3);
    int64_t before = i.p->journal_bytes;
    show_everywhere(&i);
    step_to_rest(&i);
    ck_assert_int_eq(i.a->counts.flips, 1);
    ck_assert_int_lt(i.p->journal_bytes, before / 4);
    nothing_lies_beside(&i);
    again = open_instance();
    facts_stand(&again, 0, FEW, 20);
    ck_assert_uint_eq(ledger_count(again.p->ledger), FEW);
    ck_assert_int_eq(again.p->journal_bytes, i.p->journal_bytes);
    close_instance(&again);
    close_instance(&i);
}
END_TEST

START_TEST(what_is_committed_meanwhile_is_in_it)
{
    struct instance i = open_instance(), again;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    step_into_copy(&i);
    commit(&i, 0, FEW, 21); /* some of them were copied already */
    step(&i);
    commit(&i, FEW, FEW + 1, 21);
    for (int n = 0; n < STEPS_MOST && i.p->compaction.state == COMPACT_COPY; n++)
        step(&i);
    ck_assert_int_eq(i.p->compaction.state, COMPACT_WAIT);
    commit(&i, FEW + 1, FEW + 2, 21); /* while it waits for the scopes */
    ck_assert_int_eq(i.a->counts.flips, 0);
    show_everywhere(&i);
    step_to_rest(&i);
    ck_assert_int_eq(i.a->counts.flips, 1);
    again = open_instance();
    facts_stand(&again, 0, FEW + 2, 21);
    close_instance(&again);
    close_instance(&i);
}
END_TEST

START_TEST(a_table_that_grows_loses_nobody)
{
    struct instance i = open_instance(), again;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    step_into_copy(&i);
    size_t slots = ledger_slots(i.p->ledger);
    commit(&i, FEW, MANY, 20);
    ck_assert_uint_gt(ledger_slots(i.p->ledger), slots);
    show_everywhere(&i);
    step_to_rest(&i);
    ck_assert_int_ge(i.a->counts.flips, 1);
    again = open_instance();
    facts_stand(&again, 0, MANY, 20);
    close_instance(&again);
    close_instance(&i);
}
END_TEST

/* One that lost the partition without knowing leaves nothing behind. */
START_TEST(two_at_once_leave_nothing_beside_the_journal)
{
    struct instance i = open_instance(), other;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    step_into_copy(&i);
    other = open_instance();
    step_into_copy(&other); /* it has swept up what the first one wrote */
    for (int n = 0; n < STEPS_MOST && i.p->compaction.state == COMPACT_COPY; n++)
        step(&i);
    ck_assert_int_eq(i.p->compaction.state, COMPACT_LOOK); /* its next chunk was refused */
    step_to_rest(&other);
    ck_assert_int_eq(other.a->counts.flips, 1);
    for (int n = 0; n < STEPS_MOST && !partition_wants_sync(i.p); n++)
        step(&i); /* it begins anew, and sees that ver is not its own */
    ck_assert(partition_wants_sync(i.p));
    nothing_lies_beside(&other);
    sync_again(&i);
    facts_stand(&i, 0, FEW, 20);
    close_instance(&other);
    close_instance(&i);
}
END_TEST

START_TEST(what_a_crash_left_is_swept_up_by_the_next)
{
    struct instance i = open_instance(), next;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    step_into_copy(&i);
    close_instance(&i);
    next = open_instance();
    ck_assert_int_gt(keys_of(&next, "*:journal:*"), (int)next.p->chunk + 1);
    next.p->shares[0].rest_until = 1; /* so that it begins nothing */
    step_to_rest(&next);
    ck_assert_int_eq(next.a->counts.flips, 0);
    nothing_lies_beside(&next);
    close_instance(&next);
}
END_TEST

/* A scope that can't advance: the attempt is given up, and nothing is lost. */
START_TEST(a_compaction_does_not_wait_for_ever)
{
    struct instance i = open_instance(), again;

    for (int version = 1; version <= 20; version++)
        commit(&i, 0, FEW, version);
    step_into_copy(&i);
    i.p->shares[0].rest_until = 1; /* as after RANGE */
    for (int version = 21; version <= 60; version++) {
        commit(&i, 0, FEW, version);
        i.p->shares[0].position = 0; /* far behind */
        for (int n = 0; n < STEPS_MOST && compact_is_due(&i.a->compacting); n++)
            step(&i);
    }
    ck_assert_int_eq(i.a->counts.flips, 0);
    step_to_rest(&i);
    nothing_lies_beside(&i);
    again = open_instance();
    facts_stand(&again, 0, FEW, 60);
    close_instance(&again);
    close_instance(&i);
}
END_TEST

static const struct {
    const char *writing, *written;
} damaged[] = {
    { "g", "x" }, { "g", "-1" },  { "g", "01" },
    { "", "1" },  { "g", "1.5" }, { "g", "12345678901234567890" },
};

START_TEST(a_damaged_note_stops_with_its_remedy)
{
    struct instance i = open_instance();
    struct why why = { "", "" };

    DO(i.store, "HSET", "tt:{trade-events/0}:meta", "writing", damaged[_i].writing, "written",
       damaged[_i].written);
    ck_assert_int_eq(compact_journals(&i.a->compacting, &why), FAULT_JOURNAL_BROKEN);
    ck_assert_ptr_nonnull(strstr(why.text, "writing and written"));
    close_instance(&i);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("compact");
    TCase *tcase = tcase_create("compact");
    SRunner *runner = srunner_create(suite);
    int missing = own_redis_missing();
    int failed;

    if (missing != 0)
        return missing;
    tcase_add_checked_fixture(tcase, own_redis_set_up, own_redis_tear_down);
    tcase_add_test(tcase, a_journal_becomes_as_short_as_its_ledger);
    tcase_add_test(tcase, what_is_committed_meanwhile_is_in_it);
    tcase_add_test(tcase, a_table_that_grows_loses_nobody);
    tcase_add_test(tcase, two_at_once_leave_nothing_beside_the_journal);
    tcase_add_test(tcase, what_a_crash_left_is_swept_up_by_the_next);
    tcase_add_test(tcase, a_compaction_does_not_wait_for_ever);
    tcase_add_loop_test(tcase, a_damaged_note_stops_with_its_remedy, 0,
                        (int)(sizeof damaged / sizeof damaged[0]));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
