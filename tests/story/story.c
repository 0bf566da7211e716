/* story - play lives of the aggregator in an invented world (life.h).
 *
 *   story [--lives N] [--first SEED]     play N lives (10000) from a seed on
 *   story --seed SEED [-v]               play one, with a trace
 *   story --bug NAME [--lives N]         with a deliberate mistake: exit 0 when
 *                                        some life finds it, and name its seed
 *   story --bugs                         try every mistake, first by the life that
 *                                        found it before (seen.def)
 *   story --bugs --but NAME ...          all but these
 *   story ... --jobs N                   in N processes (many.h)
 *   story_starved --starve [--lives N]   allocations of the aggregator fail
 */
#include "tests/story/many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
report(const struct tally_of_lives *t)
{
    printf("%ld lives, %ld messages, %ld scripts: %ld commits, %ld pushes, %ld resets (%ld in the "
           "quiet), %ld flips, %ld mismatches, %ld out of range; %ld syncs\n"
           "%ld crashes, %ld rebalances (%ld with zombies), %ld lost tails, %ld wipes, %ld splits, "
           "%ld late copies, %ld commands with a fate, %ld midnights, %ld failed allocations, %ld "
           "torn files (%ld halves of scripts came back), %ld holds, %ld "
           "rebuilds (%ld swapped in, %ld of them in a storm)\n",
           t->lives, t->messages, t->scripts, t->commits, t->pushes, t->resets, t->quiet_resets,
           t->flips, t->mismatches, t->ranges, t->syncs, t->crashes, t->rebalances, t->zombies,
           t->tails, t->wipes, t->splits, t->lates, t->lost, t->midnights, t->starved, t->tears,
           t->halves, t->holds, t->rebuilds, t->swaps, t->storm_swaps);
}

/* Play until something goes wrong; true when it did. */
static bool
play(const struct many *many, const char *program, struct outcome *out)
{
    many_play(many, out);
    if (out->wrong)
        printf("seed %llu: %s\nreplay: %s%s%s --seed %llu -v%s\n", (unsigned long long)out->seed,
               out->what, program, many->bug == NULL ? "" : " --bug ",
               many->bug == NULL ? "" : many->bug, (unsigned long long)out->seed,
               many->starves ? " --starve" : "");
    return out->wrong;
}

/* A life that found this mistake before; 0: none is known. */
static uint64_t
seed_seen(const char *bug)
{
    static const struct {
        const char *bug;
        uint64_t seed;
    } seen[] = {
#define SEEN(bug, seed) { bug, seed },
#include "tests/story/seen.def"
#undef SEEN
    };

    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        if (strcmp(seen[i].bug, bug) == 0)
            return seen[i].seed;
    return 0;
}

/* Is there a life that finds it? */
static bool
try_bug(const struct many *many, const char *bug, const char *program)
{
    struct many with_bug = *many;
    struct outcome outcome;
    bool found;

    with_bug.bug = bug;
    /* It dies of a script that is not as bugs.def has it: then nothing was mistaken. */
    found = play(&with_bug, program, &outcome) && !outcome.died;
    if (found)
        printf("mistake %s: found by seed %llu\n", bug, (unsigned long long)outcome.seed);
    else
        printf("mistake %s: NOT FOUND in %ld lives\n", bug, outcome.tally.lives);
    (void)fflush(stdout);
    return found;
}

/* First the life that found it before, in a process of its own, since it may die. */
static bool
try_as_before(const struct many *many, const char *bug, const char *program)
{
    enum { IN_ANOTHER_PROCESS = 2 };
    struct many before = *many;

    before.first = seed_seen(bug);
    before.lives = 1;
    before.jobs = IN_ANOTHER_PROCESS;
    return before.first > 0 && try_bug(&before, bug, program);
}

static int
usage(void)
{
    fprintf(
        stderr,
        "story [--lives N] [--first SEED] [--seed SEED] [-v] [--bug NAME] [--bugs] [--but NAME] "
        "[--starve] [--jobs N]\n");
    return 2;
}

enum { BUT_MOST = 8 };
struct asked {
    struct many many;
    bool one, all_bugs;
    const char *but[BUT_MOST]; /* mistakes to leave out: so rare that they take long */
    int but_count;
};

static bool
is_left_out(const struct asked *asked, const char *bug)
{
    for (int i = 0; i < asked->but_count; i++)
        if (strcmp(asked->but[i], bug) == 0)
            return true;
    return false;
}

static bool
read_options(int argc, char **argv, struct asked *asked)
{
    struct many *many = &asked->many;

    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(argv[i], "-v") == 0)
            many->trace = true;
        else if (strcmp(argv[i], "--bugs") == 0)
            asked->all_bugs = true;
        else if (strcmp(argv[i], "--starve") == 0)
            many->starves = true;
        else if (next == NULL)
            return false;
        else if (strcmp(argv[i], "--but") == 0 && asked->but_count < BUT_MOST)
            asked->but[asked->but_count++] = argv[++i];
        else if (strcmp(argv[i], "--bug") == 0)
            many->bug = argv[++i];
        else if (strcmp(argv[i], "--lives") == 0)
            many->lives = strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--jobs") == 0)
            many->jobs = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 || strcmp(argv[i], "--first") == 0) {
            asked->one = asked->one || strcmp(argv[i], "--seed") == 0;
            many->first = strtoull(argv[++i], NULL, 10);
        } else {
            return false;
        }
    }
    if (asked->one) {
        many->lives = 1;
        many->jobs = 1;
    }
    return many->jobs >= 1 && many->jobs <= JOBS_MOST;
}

int
main(int argc, char **argv)
{
    struct asked asked = { .many = { .first = 1, .lives = 10000, .jobs = 1 } };
    const struct many *many = &asked.many;
    struct outcome outcome;
    bool failed = false;

    if (!read_options(argc, argv, &asked))
        return usage();
    if (asked.all_bugs) {
        for (const char *const *name = life_bugs(); *name != NULL; name++)
            if (!is_left_out(&asked, *name) && !try_as_before(many, *name, argv[0]) &&
                !try_bug(many, *name, argv[0]))
                failed = true;
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (many->bug != NULL && !many->trace && !asked.one)
        return try_bug(many, many->bug, argv[0]) ? EXIT_SUCCESS : EXIT_FAILURE;
    failed = play(many, argv[0], &outcome);
    report(&outcome.tally);
    if (many->starves && outcome.tally.starved == 0) {
        printf("no allocation failed: that takes story_starved, and more lives\n");
        failed = true;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
