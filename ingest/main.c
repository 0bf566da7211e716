/* tally-ingest - JSON records in, Kafka out.
 *
 * Reads the options, finds the command (ingest/command.h), lets it open what it
 * needs, opens the report on stderr, and closes in reverse.  Until the report is
 * open, what is wrong is printed as a plain line. */
#include "base/clock.h"
#include "base/standard.h"
#include "ingest/command.h"
#include "kafka/topics.h"

#include <unistd.h>

enum { HELP_BYTES = 16 * 1024 };

static const struct option_row rows[SETTING_COUNT] = {
#define OPTION(id, ...) { __VA_ARGS__ },
#include "ingest/options.def"
#undef OPTION
};

/* Those with a word; without any it is command_send. */
static const struct command *const commands[] = {
    &command_check, &command_schema, &command_token, &command_tail, &command_dlq, &command_generate
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

/* Settings that mean something to some commands alone. */
enum { OWNERS_MOST = 4 };
static const struct {
    enum setting setting;
    const struct command *commands[OWNERS_MOST];
} owned[] = {
    { SETTING_IDS, { &command_check } },
    { SETTING_PREFIX, { &command_schema } },
    { SETTING_OFFSET, { &command_tail } },
    { SETTING_MOST, { &command_tail, &command_generate } },
    { SETTING_RATE, { &command_generate } },
    { SETTING_SEED, { &command_generate } },
    { SETTING_SHAPE, { &command_generate } },
    { SETTING_DAY, { &command_generate } },
    { SETTING_JSON, { &command_tail, &command_dlq } },
    { SETTING_ENVELOPE, { &command_tail } },
    { SETTING_EXIT_AT_END, { &command_tail } },
    { SETTING_WHERE, { &command_tail } },
    { SETTING_TOPIC, { &command_tail, &command_dlq } },
    { SETTING_CODE, { &command_dlq } },
    { SETTING_SOURCE, { &command_dlq } },
    { SETTING_SINCE, { &command_dlq } },
    { SETTING_AGAIN, { &command_dlq } },
    { SETTING_METRICS, { &command_send, &command_listen } },
};

static const char usage[] =
    "usage: tally-ingest [OPTION]... [FILE... | -]\n"
    "       tally-ingest check [--ids] [--map MAP] [FILE... | -]\n"
    "       tally-ingest schema trade | agreement | --prefix\n"
    "       tally-ingest token NAME\n"
    "       tally-ingest --listen ADDR:PORT [OPTION]...\n"
    "       tally-ingest tail [-o START] [-c COUNT] [-J] [-e] [--where CONDITIONS]\n"
    "       tally-ingest dlq list | show PLACE | retry | export [--code CODE,...]\n"
    "       tally-ingest generate [-c COUNT] [--rate RATE] [--seed SEED] [--shape SHAPE]\n"
    "\n"
    "Reads records, JSON objects, one a line or not, or an array of them, also packed by\n"
    "gzip or zstd, from the files or stdin (with --map: CSV, or JSON of others), and writes them\n"
    "as Avro to the Kafka topics trade-events and agreements. A record that is refused\n"
    "is told on stderr as a line of JSON. Sending a record again does no harm: equal\n"
    "ones count once. With check nothing is sent, and no Kafka is needed. tail prints\n"
    "what lies in the topics, and what comes; dlq prints what was set aside, and why, and\n"
    "sends it again; generate invents records for demonstrations.\n"
    "\n"
    "Exit codes: 0 everything is delivered, or good; 1 failed, or interrupted before the\n"
    "end; 2 usage; 3 everything is but for records that are refused, or can't be read.\n"
    "SIGINT and SIGTERM stop reading and wait for what was read to be delivered, a\n"
    "second one does not wait. A broker that is away is waited for, each record for\n"
    "message.timeout.ms.\n"
    "\n";

static volatile sig_atomic_t signals;

static void
count_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

/* Both signals count; what a count means is said in load.h. */
static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal }; /* no SA_RESTART: reads end */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader of stderr that goes away is an error of write(2), not the end. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static void
print_help(void)
{
    char help[HELP_BYTES];
    struct text_buffer b = { .at = help, .size = sizeof help };
    options_help(rows, SETTING_COUNT, usage, &b);
    (void)fwrite(help, 1, b.length, stdout); /* end_printing() tells */
}

/* 0 once all that was printed is taken. */
static int
end_printing(void)
{
    struct why why;
    if (standard_end(&why) == FAULT_NONE)
        return EXIT_DONE;
    fprintf(stderr, "tally-ingest: %s\n", why.text);
    return EXIT_FAILED;
}

/* The command of the first operand, which it takes; a file of that name is ./word. */
static const struct command *
take_command(struct setup *setup)
{
    for (int i = 0; i < COMMAND_COUNT && setup->operand_count > 0; i++) {
        if (strcmp(setup->operands[0], commands[i]->word) != 0)
            continue;
        setup->operands++;
        setup->operand_count--;
        return commands[i];
    }
    return setting(setup, SETTING_LISTEN) != NULL ? &command_listen : &command_send;
}

static enum fault
judge_owned(const struct setup *setup, const struct command *command, struct why *why)
{
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        const struct command *const *owners = owned[i].commands;
        const char *name = rows[owned[i].setting].name;
        bool is_owner = false;
        for (int k = 0; k < OWNERS_MOST; k++)
            is_owner = is_owner || owners[k] == command;
        if (setting(setup, owned[i].setting) == NULL || is_owner)
            continue;
        if (owners[0]->word == NULL)
            return why_set(why, FAULT_OPTION, "--%s: it belongs to a run that sends records", name);
        return why_set(why, FAULT_OPTION, "--%s: it belongs to a command: tally-ingest %s --%s",
                       name, owners[0]->word, name);
    }
    return FAULT_NONE;
}

/* From good settings to the exit code. */
static int
carry_out(const struct command *command, struct setup *setup, enum log_level least)
{
    static struct report report; /* large */
    struct why why = { 0 };
    catch_signals();
    enum fault fault =
        report_open(&report, STDERR_FILENO, least, clock_wall_ms, clock_tick_ms(), &signals, &why);
    int code = EXIT_FAILED;
    setup->report = &report;
    if (fault == FAULT_NONE)
        code = command->run(setup);
    else
        fprintf(stderr, "tally-ingest: %s: %s\n", fault_name(fault), why.text);
    map_free(setup->map);
    registry_free(setup->registry);
    producer_close(setup->kafka); /* it may say something yet */
    if (fault == FAULT_NONE && !report_close(&report))
        code = EXIT_FAILED;
    return code;
}

int
main(int argc, char *argv[])
{
    static struct option_values options; /* large */
    struct why why = { 0 };
    enum log_level least = LOG_INFO;
    if (!standard_open())
        return EXIT_FAILED;
    enum fault fault = options_take(rows, SETTING_COUNT, argc, argv, &options, &why);
    if (fault == FAULT_NONE && options.value[SETTING_HELP] != NULL) {
        print_help();
        return end_printing();
    }
    if (fault == FAULT_NONE && options.value[SETTING_VERSION] != NULL) {
        printf("tally-ingest %s\n", TALLY_VERSION);
        return end_printing();
    }
    struct setup setup = { .options = &options,
                           .version = TALLY_VERSION,
                           .operands = options.operands,
                           .operand_count = options.operand_count,
                           .producer = { options.value[SETTING_BROKERS], options.properties,
                                         options.property_count,
                                         options_count(&options, SETTING_TIMEOUT) },
                           .signals = &signals };
    const struct command *command = take_command(&setup);
    if (fault == FAULT_NONE)
        fault = log_level_read(options.value[SETTING_LOG_LEVEL], &least, &why);
    if (fault == FAULT_NONE)
        fault = judge_owned(&setup, command, &why);
    if (fault == FAULT_NONE)
        fault = command->open(&setup, &why);
    if (fault == FAULT_NONE)
        return carry_out(command, &setup, least);
    fprintf(stderr, "tally-ingest: %s (see --help)\n", why.text);
    map_free(setup.map);
    registry_free(setup.registry);
    producer_close(setup.kafka);
    return EXIT_USAGE;
}
