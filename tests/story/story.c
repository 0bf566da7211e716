/* story - play lives of the aggregator in an invented world (life.h).
 *
 *   story [--lives N] [--first SEED]     play N lives (10000) from a seed on
 *   story --seed SEED [-v]               play one, with a trace
 *   story --bug NAME [--lives N]         with a deliberate mistake: exit 0 when
 *                                        some life finds it, and name its seed
 *   story --bugs                         try every mistake
 *   story_starved --starve [--lives N]   allocations of the aggregator fail
 */
#include "tests/story/life.h"

static void
report(const struct stage *stage)
{
    struct tally_of_lives t = stage_tally(stage);

    printf("%ld lives, %ld messages, %ld scripts: %ld commits, %ld pushes, %ld resets (%ld in the "
           "quiet), %ld flips, %ld mismatches, %ld out of range; %ld syncs\n"
           "%ld crashes, %ld rebalances (%ld with zombies), %ld lost tails, %ld wipes, %ld splits, "
           "%ld late copies, %ld commands with a fate, %ld midnights, %ld failed allocations, %ld "
           "torn "
           "files (%ld halves of scripts came back)\n",
           t.lives, t.messages, t.scripts, t.commits, t.pushes, t.resets, t.quiet_resets, t.flips,
           t.mismatches, t.ranges, t.syncs, t.crashes, t.rebalances, t.zombies, t.tails, t.wipes,
           t.splits, t.lates, t.lost, t.midnights, t.starved, t.tears, t.halves);
}

/* Play until something goes wrong; true when it did. */
static bool
play(struct stage *stage, const char *bug, uint64_t first, long lives, const char *program)
{
    for (long i = 0; i < lives; i++) {
        const char *wrong = life_play(stage, first + (uint64_t)i);

        if (wrong == NULL)
            continue;
        printf("seed %llu: %s\nreplay: %s%s%s --seed %llu -v%s\n",
               (unsigned long long)(first + (uint64_t)i), wrong, program,
               bug == NULL ? "" : " --bug ", bug == NULL ? "" : bug,
               (unsigned long long)(first + (uint64_t)i), stage_starves(stage) ? " --starve" : "");
        return true;
    }
    return false;
}

static bool
try_bug(const char *bug, uint64_t first, long lives, const char *program)
{
    struct stage *stage = stage_new(bug, false);
    bool found = play(stage, bug, first, lives, program);

    printf("mistake %s: %s after %ld lives\n", bug, found ? "found" : "NOT FOUND",
           stage_tally(stage).lives);
    stage_free(stage);
    return found;
}

static long
number(const char *text)
{
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

int
main(int argc, char **argv)
{
    const char *bug = NULL;
    bool trace = false, all_bugs = false, one = false, starves = false, failed = false;
    uint64_t first = 1;
    long lives = 10000;
    struct stage *stage;

    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(argv[i], "-v") == 0)
            trace = true;
        else if (strcmp(argv[i], "--bugs") == 0)
            all_bugs = true;
        else if (strcmp(argv[i], "--starve") == 0)
            starves = true;
        else if (next != NULL && strcmp(argv[i], "--bug") == 0)
            bug = argv[++i];
        else if (next != NULL && strcmp(argv[i], "--lives") == 0)
            lives = number(argv[++i]);
        else if (next != NULL &&
                 (strcmp(argv[i], "--seed") == 0 || strcmp(argv[i], "--first") == 0)) {
            one = one || strcmp(argv[i], "--seed") == 0;
            first = (uint64_t)number(argv[++i]);
        } else {
            fprintf(stderr, "story [--lives N] [--first SEED] [--seed SEED] [-v] [--bug NAME] "
                            "[--bugs] [--starve]\n");
            return 2;
        }
    }
    if (all_bugs) {
        for (const char *const *name = life_bugs(); *name != NULL; name++)
            failed = !try_bug(*name, first, lives, argv[0]) || failed;
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (bug != NULL && !trace && !one)
        return try_bug(bug, first, lives, argv[0]) ? EXIT_SUCCESS : EXIT_FAILURE;
    stage = stage_new(bug, trace);
    if (starves)
        stage_starve(stage);
    failed = play(stage, bug, first, one ? 1 : lives, argv[0]);
    report(stage);
    if (starves && stage_tally(stage).starved == 0) {
        printf("no allocation failed: that takes story_starved, and more lives\n");
        failed = true;
    }
    stage_free(stage);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
