/* tally-stages - what the aggregator's fast path costs up to a stage.
 *
 * Up to the ledger a topic is read by a consumer with the aggregator's
 * settings.  The raw loop throws every message away: nothing that reads with
 * librdkafka can be faster.  From the fold on it is the aggregator's own loop,
 * with a part of Redis. */
#include "base/options.h"
#include "bench/loop.h"
#include "bench/stage.h"
#include "kafka/properties.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum { HELP_BYTES = 8 * 1024, BATCH = 1000, WAIT_MS = 100, METADATA_MS = 10000 };

enum {
#define OPTION(id, ...) ROW_##id,
#include "bench/stages.def"
#undef OPTION
    ROW_COUNT
};

static const struct option_row rows[ROW_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "bench/stages.def"
#undef OPTION
};

static const char usage[] =
    "usage: tally-stages [OPTION]...\n"
    "\n"
    "Reads a topic to its end and does with each record what tally-aggregate does, up to a\n"
    "stage.  Prints a line of JSON: CPU seconds of the process, fetching threads included.\n"
    "\n";

static const char *const names[] = { "raw loop", "+ decode", "+ ledger", "+ fold", "+ commit" };

struct cost {
    int64_t records;
    size_t entries, ledger_bytes;
};

/* As the aggregator's consumer has them (kafka/feed.c). */
static const char *const properties[][2] = {
    { "client.id", "tally-stages" },      { "group.id", "tally-stages" },
    { "enable.auto.commit", "false" },    { "enable.auto.offset.store", "false" },
    { "auto.offset.reset", "error" },     { "enable.partition.eof", "true" },
    { "queued.min.messages", "1000000" }, { "queued.max.messages.kbytes", "65536" },
    { "fetch.error.backoff.ms", "50" },
};

static double
wall_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
cpu_s(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static enum fault
open_consumer(const struct option_values *options, rd_kafka_t **out, struct why *why)
{
    struct properties p = properties_begin(options->value[ROW_BROKERS], why);
    enum fault fault;

    properties_set(&p, PROPERTY_ROWS(properties));
    properties_set_pairs(&p, options->properties, options->property_count);
    fault = properties_client(&p, RD_KAFKA_CONSUMER, out);
    if (fault == FAULT_NONE)
        rd_kafka_poll_set_consumer(*out);
    return fault;
}

/* From the start of every partition; *count of them. */
static enum fault
assign_all(rd_kafka_t *kafka, const char *name, int *count, struct why *why)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t code = rd_kafka_metadata(kafka, 0, topic, &metadata, METADATA_MS);

    rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA_AWAY, "%s", rd_kafka_err2str(code));
    *count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (*count == 0)
        return why_set(why, FAULT_KAFKA, "there is no topic %s", name);
    list = rd_kafka_topic_partition_list_new(*count);
    for (int i = 0; i < *count; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    code = rd_kafka_assign(kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? FAULT_NONE
               : why_set(why, FAULT_KAFKA, "%s", rd_kafka_err2str(code));
}

/* One message, or the end of a partition. */
static enum fault
take(struct bench_line *line, const rd_kafka_message_t *raw, int *ended, struct cost *cost,
     struct why *why)
{
    if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ++*ended;
        return FAULT_NONE;
    }
    if (raw->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return why_set(why, FAULT_KAFKA, "%s", rd_kafka_message_errstr(raw));
    cost->records++;
    return line_take(line, raw->partition, (struct text){ raw->payload, raw->len }, why);
}

static enum fault
read_to_end(rd_kafka_t *kafka, struct bench_line *line, int partitions, struct cost *cost,
            struct why *why)
{
    static rd_kafka_message_t *batch[BATCH];
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(kafka);
    enum fault fault = FAULT_NONE;
    int ended = 0;

    while (ended < partitions && fault == FAULT_NONE) {
        ssize_t got = rd_kafka_consume_batch_queue(queue, WAIT_MS, batch, BATCH);
        for (ssize_t i = 0; i < got; i++) {
            if (fault == FAULT_NONE)
                fault = take(line, batch[i], &ended, cost, why);
            rd_kafka_message_destroy(batch[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    return fault;
}

/* Up to the ledger. */
static enum fault
run_line(enum stage stage, const struct option_values *options, struct cost *out, struct why *why)
{
    struct bench_line *line = NULL;
    rd_kafka_t *kafka = NULL;
    int partitions = 0;
    enum fault fault = open_consumer(options, &kafka, why);

    if (fault == FAULT_NONE)
        fault = assign_all(kafka, options->value[ROW_TOPIC], &partitions, why);
    if (fault == FAULT_NONE)
        fault = line_open(stage, partitions, &line, why);
    if (fault == FAULT_NONE)
        fault = read_to_end(kafka, line, partitions, out, why);
    if (kafka != NULL) {
        (void)rd_kafka_consumer_close(kafka);
        rd_kafka_destroy(kafka);
    }
    if (line != NULL) {
        out->entries = line_entries(line);
        out->ledger_bytes = line_bytes(line);
    }
    line_free(line);
    return fault;
}

/* From the fold on. */
static enum fault
run_loop(enum loop_reach reach, const struct option_values *options, struct cost *out,
         struct why *why)
{
    struct loop_options loop = { .reach = reach,
                                 .brokers = options->value[ROW_BROKERS],
                                 .redis = options->value[ROW_REDIS],
                                 .clock = options->value[ROW_CLOCK],
                                 .properties = options->properties,
                                 .property_count = options->property_count };
    struct loop_result result = { 0 };
    enum fault fault = loop_run(&loop, &result, why);

    *out = (struct cost){ result.records, result.entries, result.ledger_bytes };
    return fault;
}

static enum fault
measure(const struct option_values *options, struct why *why)
{
    int stage = (int)options_count(options, ROW_STAGE) - 1;
    double wall = wall_s();
    struct cost cost = { 0 };
    enum fault fault =
        stage <= (int)STAGE_LEDGER
            ? run_line((enum stage)stage, options, &cost, why)
            : run_loop((enum loop_reach)(stage - (int)STAGE_LEDGER - 1), options, &cost, why);

    if (fault == FAULT_NONE)
        printf("{\"stage\": \"%s\", \"records\": %" PRId64 ", \"cpu_s\": %.3f, \"wall_s\": %.3f, "
               "\"entries\": %zu, \"ledger_bytes\": %zu}\n",
               names[stage], cost.records, cpu_s(), wall_s() - wall, cost.entries,
               cost.ledger_bytes);
    return fault;
}

static int
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };

    options_help(rows, ROW_COUNT, usage, &b);
    return fwrite(b.at, 1, b.length, stdout) == b.length ? EXIT_DONE : EXIT_FAILED;
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct why why = { 0 };
    enum fault fault = options_read(rows, ROW_COUNT, argc, argv, getenv, NULL, &options, &why);

    if (fault == FAULT_NONE && options.value[ROW_HELP] != NULL)
        return print_help();
    if (fault == FAULT_NONE)
        fault = measure(&options, &why);
    if (fault == FAULT_NONE)
        return EXIT_DONE;
    (void)fprintf(stderr, "tally-stages: %s\n", why.text);
    return fault == FAULT_OPTION ? EXIT_USAGE : EXIT_FAILED;
}
