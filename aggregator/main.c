/* tally-aggregate - records from Kafka, exact rolling totals in Redis.
 *
 * Here is what a process has once: signals, memory, stdout.  The service itself
 * is in program.c. */
#include "aggregator/program.h"
#include "base/clock.h"
#include "base/standard.h"

#include <malloc.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

/* In a signal handler: a counter and _exit(2), which are all that is safe here. */
static void
count_signal(int number)
{
    (void)number;
    signals = signals + 1;
    /* The second one means at once: nothing is lost by it, only work that is
     * done again. */
    if (signals > 1)
        _exit(EXIT_FAILED);
}

/* SA_RESTART is not set: a signal ends the wait that the loop is in. */
static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = count_signal };

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    /* A reader that goes away is an error of a write, not the end. */
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

/* ---- what is printed --------------------------------------------------------------- */

/* The code, once all that was printed is taken. */
static int
end_printing(int code)
{
    struct why why;

    if (standard_end(&why) == FAULT_NONE)
        return code;
    (void)fprintf(stderr, "tally-aggregate: %s\n", why.text);
    return EXIT_FAILED;
}

static void
print_fact(void *self, const char *line)
{
    (void)self;
    (void)printf("%s\n", line);
}

/* --health: one line a fact, on stdout; the exit code says whether all are good. */
static int
tell_health(const struct option_values *options)
{
    struct clock clock = clock_real();
    struct health_place place;
    struct health_record record;
    struct why why;
    bool good = false;
    enum fault fault = setup_health(options, &place, &why);

    if (fault != FAULT_NONE) {
        program_complain(&why);
        return EXIT_USAGE;
    }
    fault = health_read(&place, &record, &why);
    if (fault == FAULT_NONE)
        good = health_judge(&record, clock.tick_ms(clock.self), print_fact, NULL);
    else
        (void)printf("FAULT  no instance of the group runs here: %s\n", why.text);
    return end_printing(good ? EXIT_DONE : EXIT_FAILED);
}

/* librdkafka's threads allocate what this one frees.  In one arena that is used
 * again at once, and what a message or a push needs does not come from the kernel each time.
 * Tables beyond that are few, and left holes where they grew. */
static void
set_up_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_ARENA_MAX, 1);
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
    (void)mallopt(M_TOP_PAD, 16 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

int
main(int argc, char *argv[])
{
    static struct option_values options;
    struct why why = { 0 };

    if (!standard_open())
        return EXIT_FAILED;
    /* Before the first allocation that may come from another arena. */
    set_up_memory();
    catch_signals();
    if (setup_read(argc, argv, &options, &why) != FAULT_NONE) {
        program_complain(&why);
        return EXIT_USAGE;
    }
    if (options.value[ROW_HELP] != NULL) {
        setup_help();
        return end_printing(EXIT_DONE);
    }
    if (options.value[ROW_VERSION] != NULL) {
        (void)printf("tally-aggregate %s\n", TALLY_VERSION);
        return end_printing(EXIT_DONE);
    }
    if (options.value[ROW_HEALTH] != NULL)
        return tell_health(&options);
    return end_printing(program_serve(&options, TALLY_VERSION, &signals));
}
