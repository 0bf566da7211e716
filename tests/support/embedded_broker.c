/* tally-broker - a stand-in for Kafka in one process: librdkafka's own mock
 * cluster, with this project's topics. Its limits are in --help. */
#include "base/options.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };
enum { ROW_PARTITIONS, ROW_BROKERS, ROW_HELP, ROW_COUNT };
enum { HELP_BYTES = 4096, WAIT_MS = 1000 };

static const struct option_row rows[ROW_COUNT] = {
    [ROW_PARTITIONS] = { 'p', "partitions", OPTION_COUNT, "4", 1, 64, NULL, "N",
                         "partitions of each topic" },
    [ROW_BROKERS] = { 'n', "brokers", OPTION_COUNT, "1", 1, 8, NULL, "N", "brokers to pretend" },
    [ROW_HELP] = { 'h', "help", OPTION_FLAG, NULL, 0, 0, NULL, NULL, "print this and exit" },
};

static const char *const topics[] = { "trade-events", "trade-events.dlq", "agreements",
                                      "agreements.dlq" };

static const char usage[] =
    "usage: tally-broker [OPTION]...\n"
    "\n"
    "Serves the topics trade-events, agreements and their .dlq from memory, on a free\n"
    "port of the loopback, which is told on stdout in one line. Ends with SIGTERM,\n"
    "SIGINT, or the end of stdin.\n"
    "\n"
    "For a demonstration and for tests; nothing is kept. It holds about 5 MB of each\n"
    "partition and then drops the oldest records without a word; it can create no\n"
    "topics and knows no transactions; joining a consumer group takes 3 s, and a group\n"
    "serves one life of the aggregator: its second member may get nothing.\n"
    "\n";

static volatile sig_atomic_t stopped;

static void
stop(int number)
{
    (void)number;
    stopped = 1;
}

/* Until a signal, or until whoever started this program closes its stdin. */
static void
serve(void)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    struct sigaction action = { .sa_handler = stop };
    char ignored[256];
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    while (stopped == 0) {
        int ready = poll(&input, 1, WAIT_MS);
        if (ready > 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return;
    }
}

static int
run(rd_kafka_t *kafka, int brokers, int partitions)
{
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(kafka, brokers);
    if (cluster == NULL) {
        fprintf(stderr, "tally-broker: no mock cluster: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    int replicas = brokers < 3 ? brokers : 3;
    int code = EXIT_DONE;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        rd_kafka_resp_err_t error =
            rd_kafka_mock_topic_create(cluster, topics[i], partitions, replicas);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(stderr, "tally-broker: %s: %s\n", topics[i], rd_kafka_err2str(error));
            code = EXIT_FAILED;
        }
    }
    if (code == EXIT_DONE) {
        printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
        fflush(stdout);
        serve();
    }
    rd_kafka_mock_cluster_destroy(cluster);
    return code;
}

static int
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };
    options_help(rows, ROW_COUNT, usage, &b);
    fwrite(help, 1, b.length, stdout);
    return EXIT_DONE;
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct why why = { 0 };
    char sentence[256];
    enum fault fault = options_read(rows, ROW_COUNT, argc, argv, NULL, NULL, &options, &why);
    if (fault == FAULT_NONE && options.operand_count > 0)
        fault = why_set(&why, FAULT_OPTION, "%s: no operand is wanted", options.operands[0]);
    if (fault != FAULT_NONE) {
        fprintf(stderr, "tally-broker: %s (see --help)\n", why.text);
        return EXIT_USAGE;
    }
    if (options.value[ROW_HELP] != NULL)
        return print_help();
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", sentence, sizeof sentence);
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, sentence, sizeof sentence);
    if (kafka == NULL) {
        fprintf(stderr, "tally-broker: %s\n", sentence);
        rd_kafka_conf_destroy(conf);
        return EXIT_FAILED;
    }
    int code = run(kafka, (int)options_count(&options, ROW_BROKERS),
                   (int)options_count(&options, ROW_PARTITIONS));
    rd_kafka_destroy(kafka);
    return code;
}
