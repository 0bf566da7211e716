/* The service from its opening to its end.
 *
 *  begin     options, log, store and Kafka client (not connected yet), health
 *  prepare   wait for Redis, wait for the topics, open the aggregator, join the group
 *  run       turn after turn, until a signal, the end of --exit-at-end, or a STOP
 *  drain     commit and push what was read, for 10 s at most
 *  close_all in the reverse order of opening
 *
 * Whatever is away is waited for: at the start here, later by the turns.  The
 * log is closed last, since librdkafka's threads say something until they have
 * ended. */
#include "aggregator/program.h"

#include "aggregator/instant.h"
#include "base/clock.h"

#include <unistd.h>

enum {
    DRAIN_MS = 10000,
    DRAIN_NAP_MS = 50,
    WAIT_MOST_MS = 5000,
    POLICY_MS = 10000,   /* so often Redis is asked whether it may evict */
    LAST_WORDS_MS = 500, /* the end waits so long for who reads stderr */
};

static enum fault
open_all(struct program *p, const struct option_values *options, struct why *why)
{
    struct store_options store = { .url = options->value[ROW_REDIS],
                                   .client_name = "tally-aggregate" };
    struct feed_options feed = { .brokers = options->value[ROW_BROKERS],
                                 .group = options->value[ROW_GROUP],
                                 .properties = options->properties,
                                 .property_count = options->property_count,
                                 .take_most = TAKE_MOST,
                                 .log = &p->log,
                                 .metrics = p->meters.metrics,
                                 .error_row = METER_KAFKA_ERRORS };
    struct registry_options registry = { options->value[ROW_REGISTRY],
                                         options->value[ROW_REGISTRY_AUTH],
                                         options->value[ROW_REGISTRY_CA] };
    enum fault fault = store_open(&store, &p->store, why);

    if (fault == FAULT_NONE)
        fault = registry_open(&registry, &p->registry, why);
    return fault != FAULT_NONE ? fault : feed_open(&feed, &p->feed, why);
}

/* A turn, or an attempt at the start, is over. */
static void
look_at_it(struct program *p, enum fault fault, const struct why *why)
{
    watch_turn(&p->watch, p->aggregator, fault, why);
    meters_turn(&p->meters, p->aggregator);
}

/* Try until it works, say each time why it does not; FAULT_NONE with
 * p->signals risen: somebody wants us to stop. */
static enum fault
wait_for(struct program *p, enum fault (*attempt)(struct program *p, struct why *why),
         struct why *why)
{
    const struct chance chance = chance_real();
    int64_t wait_ms = 100;
    enum fault fault = attempt(p, why);

    look_at_it(p, fault, why);
    while (fault_remedy(fault) == TRY_AGAIN && *p->signals == 0) {
        int64_t pause = chance_pause(&chance, wait_ms);
        log_say(&p->log, LOG_WARN, "waiting", LOG_S("fault", fault_name(fault)),
                LOG_S("message", why->text), LOG_I("wait_ms", pause));
        (void)usleep((useconds_t)pause * 1000);
        /* Longer each time, up to 5 s. */
        wait_ms = wait_ms * 2 < WAIT_MOST_MS ? wait_ms * 2 : WAIT_MOST_MS;
        fault = attempt(p, why);
        look_at_it(p, fault, why);
    }
    return *p->signals > 0 ? FAULT_NONE : fault;
}

/* It was asked in the store's own way.  An answer that says no is one, too. */
static void
note_redis(struct program *p, enum fault fault)
{
    watch_alive(&p->watch, fault == FAULT_NONE);
    meters_redis(&p->meters, fault != FAULT_STORE_AWAY);
}

/* Also what proves for the first time that Redis is there. */
static enum fault
check_redis(struct program *p, struct why *why)
{
    meters_redis_asked(&p->meters);
    enum fault fault = store_check_policy(p->store, why);

    note_redis(p, fault);
    return fault;
}

static enum fault
check_topics(struct program *p, struct why *why)
{
    return feed_partitions(p->feed, p->settings.partitions, why);
}

/* ---- counted as it was known at an instant ---------------------------------------- */

static enum fault
claim_prefix(struct program *p, struct why *why)
{
    return is_of_an_instant(&p->settings) ? instant_claim(store_way(p->store), &p->settings, why)
                                          : instant_is_none(store_way(p->store), &p->settings, why);
}

/* All partitions, in no group; whatever is to be set aside or forwarded is the
 * service's affair, and the copies lie in the log. */
static enum fault
take_all_alone(struct program *p, struct why *why)
{
    const struct reach all = { .limit = INT64_MAX,
                               .set_aside_below = INT64_MAX,
                               .forwarded_below = INT64_MAX };

    feed_be_alone(p->feed);
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int32_t i = 0; i < p->settings.partitions[t]; i++)
            aggregator_reach(p->aggregator, (struct place){ (enum topic)t, i }, all);
    return feed_take_all(p->feed, why);
}

/* Up to the first turn, or all of a rebuild.  With a signal meanwhile
 * p->aggregator stays NULL and nothing is a fault. */
static enum fault
prepare(struct program *p, struct why *why)
{
    struct script scripts[SCRIPT_COUNT];
    /* All that goes to Redis is noticed on its way: it shows the health that we
     * live. */
    struct store_way way = meters_store(&p->meters, store_way(p->store));
    struct world world = { .store = watch_store(&p->watch, way),
                           .clock = clock_real(),
                           .chance = chance_real(),
                           .registry = registry_way(p->registry),
                           .log = &p->log };
    /* Redis first: without it there is no place to begin at. */
    enum fault fault = wait_for(p, check_redis, why);

    if (fault == FAULT_NONE && *p->signals == 0)
        fault = wait_for(p, check_topics, why);
    if (fault != FAULT_NONE || *p->signals > 0)
        return fault;
    feed_watch_settings(p->feed);
    world.feed = feed_effects(p->feed);
    scripts_load(scripts);
    fault = wait_for(p, claim_prefix, why);
    if (fault != FAULT_NONE || *p->signals > 0)
        return fault;
    if (p->rebuilds)
        return recount(p, &world, scripts, why);
    fault = aggregator_open(&p->settings, &world, scripts, &p->aggregator, why);
    if (fault != FAULT_NONE)
        return fault;
    return is_of_an_instant(&p->settings) ? take_all_alone(p, why) : feed_join(p->feed, why);
}

/* Called until it is done; gives up after DRAIN_MS.  What was not committed by
 * then is read again by the next owner. */
static enum fault
drain(struct program *p, struct why *why)
{
    struct clock clock = clock_real();
    int64_t give_up = clock.tick_ms(NULL) + DRAIN_MS;
    enum fault fault = aggregator_drain(p->aggregator, why);

    while (fault_remedy(fault) == TRY_AGAIN && clock.tick_ms(NULL) < give_up) {
        (void)usleep(DRAIN_NAP_MS * 1000);
        fault = aggregator_drain(p->aggregator, why);
    }
    return fault;
}

/* Somebody may have changed it, or a replica with other settings taken over.
 * What else there is to say, the turns say. */
static enum fault
check_redis_again(struct program *p, struct why *why)
{
    struct clock clock = clock_real();
    int64_t now = clock.tick_ms(NULL);
    struct why reason;

    /* Every 10 s, and at once after a new connection: that may lead to another
     * server. */
    if (now < p->policy_at + POLICY_MS && store_connections(p->store) == p->policy_of)
        return FAULT_NONE;
    meters_redis_asked(&p->meters);
    enum fault fault = store_check_policy(p->store, &reason);
    note_redis(p, fault);
    p->policy_at = now;
    p->policy_of = store_connections(p->store);
    return fault == FAULT_STORE_EVICTS ? why_set(why, fault, "%s", reason.text) : FAULT_NONE;
}

/* A hash of totals has dozens of fields, one of detail hundreds. */
static void
say_if_hashes_are_lists(struct program *p)
{
    enum { FIELDS_MOST = 16 };
    int64_t fields = store_list_fields(p->store);

    if (fields > FIELDS_MOST)
        log_say(&p->log, LOG_INFO, "hashes are searched as lists",
                LOG_I("hash_max_listpack_entries", fields),
                LOG_S("remedy",
                      "redis-cli config set hash-max-listpack-entries 16, and the same in "
                      "redis.conf: records with goods cost Redis less CPU"));
}

/* The life of the service.  The loop looks at the remedy of a fault alone. */
static enum fault
run(struct program *p, struct why *why)
{
    enum fault fault = prepare(p, why);

    if (fault != FAULT_NONE || p->aggregator == NULL)
        return fault;
    log_say(&p->log, LOG_INFO, "started", LOG_S("version", p->version),
            LOG_I("trade_partitions", p->settings.partitions[TOPIC_TRADE_EVENTS]),
            LOG_I("agreement_partitions", p->settings.partitions[TOPIC_AGREEMENTS]));
    say_if_hashes_are_lists(p);
    while (*p->signals == 0 && !aggregator_is_done(p->aggregator)) {
        fault = aggregator_turn(p->aggregator, why);
        look_at_it(p, fault, why);
        if (fault == FAULT_NONE)
            fault = check_redis_again(p, why);
        feed_watch_settings(p->feed);
        /* A TRY_AGAIN is the turns' own affair: they wait by themselves. */
        if (fault != FAULT_NONE && fault_remedy(fault) != TRY_AGAIN)
            return fault;
    }
    return drain(p, why);
}

/* The last lines of the log: why it stopped, and what was done in all. */
static void
say_end(const struct program *p, enum fault fault, const struct why *why)
{
    struct aggregator_counts n = { 0 };

    if (p->aggregator != NULL)
        n = aggregator_counts(p->aggregator);
    if (fault != FAULT_NONE)
        log_fault(&p->log, LOG_ERROR, "stopped", fault, why);
    if (p->rebuilds)
        return;
    log_say(&p->log, LOG_INFO, "ended", LOG_I("records", n.records), LOG_I("changed", n.changed),
            LOG_I("repeats", n.repeats), LOG_I("set_aside", n.set_aside),
            LOG_I("forwarded", n.forwarded), LOG_I("refused", n.refused),
            LOG_I("commits", n.commits), LOG_I("pushes", n.pushes), LOG_I("cells", n.cells),
            LOG_I("mismatches", n.mismatches), LOG_I("resets", n.resets), LOG_I("syncs", n.syncs),
            LOG_I("flips", n.flips), LOG_I("out_of_range", n.ranges),
            LOG_I("entries", (int64_t)n.entries), LOG_I("ledger_bytes", (int64_t)n.ledger_bytes));
}

/* ---- opening and closing ------------------------------------------------------- */

/* What can fail here is an option's fault or the machine's; nothing is
 * connected yet. */
static enum fault
begin(struct program *p, const struct option_values *options, struct why *why)
{
    struct health_place place;
    const char *metrics = options->value[ROW_METRICS];
    enum log_level least = LOG_INFO;
    bool as_text = isatty(STDERR_FILENO) == 1;
    enum fault fault = setup_settings(options, &p->settings, why);

    if (fault == FAULT_NONE)
        fault = log_level_read(options->value[ROW_LOG_LEVEL], &least, why);
    if (fault == FAULT_NONE)
        fault = setup_health(options, &place, why);
    if (fault == FAULT_NONE)
        fault = outlet_open(STDERR_FILENO, as_text, clock_wall_ms, &p->outlet, why);
    p->log = (struct log){ least, as_text, clock_wall_ms, outlet_put, p->outlet };
    p->rebuilds = options->value[ROW_REBUILD] != NULL;
    if (p->rebuilds) /* it may run where an instance of the service listens already */
        metrics = NULL;
    if (fault == FAULT_NONE && metrics != NULL)
        fault = meters_open(&p->meters, why);
    if (fault == FAULT_NONE)
        fault = open_all(p, options, why);
    if (fault == FAULT_NONE && metrics != NULL)
        fault = meters_listen(&p->meters, metrics, p->version, p->feed, &p->log, why);
    /* Those are no instances of the service, so they have no health. */
    if (fault == FAULT_NONE && !p->rebuilds && !is_of_an_instant(&p->settings))
        fault = watch_open(&p->watch, &place, p->feed, &p->log, why);
    return fault;
}

/* Each of them may be open or not yet. */
static void
close_all(struct program *p)
{
    aggregator_free(p->aggregator);
    watch_close(&p->watch);
    meters_quiet(&p->meters);
    feed_close(p->feed);
    registry_free(p->registry);
    store_free(p->store);
    meters_close(&p->meters);
    outlet_close(p->outlet, LAST_WORDS_MS); /* until here librdkafka may have something to say */
}

void
program_complain(const struct why *why)
{
    (void)fprintf(stderr, "tally-aggregate: %s (see --help)\n", why->text);
}

int
program_serve(const struct option_values *options, const char *version,
              const volatile sig_atomic_t *signals)
{
    struct program program = { .version = version, .signals = signals };
    struct why why = { 0 };
    enum fault fault = begin(&program, options, &why);
    bool begun = fault == FAULT_NONE;

    if (begun) {
        fault = run(&program, &why);
        say_end(&program, fault, &why);
    }
    close_all(&program);
    if (!begun)
        program_complain(&why);
    return !begun ? EXIT_USAGE : fault == FAULT_NONE ? EXIT_DONE : EXIT_FAILED;
}
