#include "tests/story/many.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the processes share: process i of n plays the seeds first + i, first +
 * i + n, ... below `until`, which is the lowest wrong one. */
struct worker {
    _Atomic uint64_t playing;
    struct outcome outcome;
};
struct shared {
    _Atomic uint64_t until;
    struct worker workers[JOBS_MOST];
};

/* ---- progress ------------------------------------------------------------------------- */

struct progress {
    time_t begun, told, every;
    bool terminal, any;
};

static time_t
seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static struct progress
progress_new(void)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    time_t now = seconds();

    return (struct progress){ now, now, terminal ? 2 : 60, terminal, false };
}

static void
progress_tell(struct progress *p, const struct many *many, long done)
{
    time_t now = seconds(), passed = now - p->begun;

    if (now - p->told < p->every || done == 0)
        return;
    p->told = now;
    p->any = true;
    (void)fprintf(stderr, "%s%ld of %ld lives, %.1f a second, %ld min left%s",
                  p->terminal ? "\r" : "", done, many->lives, (double)done / (double)passed,
                  (long)((many->lives - done) * passed / done / 60), p->terminal ? "   " : "\n");
}

static void
progress_end(const struct progress *p)
{
    if (p->terminal && p->any)
        (void)fputc('\n', stderr);
}

/* ---- one process ---------------------------------------------------------------------- */

static struct stage *
stage_for(const struct many *many)
{
    struct stage *stage = stage_new(many->bug, many->trace);

    if (many->starves)
        stage_starve(stage);
    return stage;
}

static void
note_wrong(struct outcome *out, uint64_t seed, const char *what)
{
    out->wrong = true;
    out->seed = seed;
    (void)snprintf(out->what, sizeof out->what, "%s", what);
}

static void
play_here(const struct many *many, struct outcome *out)
{
    struct stage *stage = stage_for(many);
    struct progress progress = progress_new();

    for (long i = 0; i < many->lives && !out->wrong; i++) {
        const char *wrong = life_play(stage, many->first + (uint64_t)i);

        if (wrong != NULL)
            note_wrong(out, many->first + (uint64_t)i, wrong);
        progress_tell(&progress, many, i + 1);
    }
    progress_end(&progress);
    out->tally = stage_tally(stage);
    stage_free(stage);
}

/* ---- several --------------------------------------------------------------------------- */

static void
play_share(const struct many *many, struct shared *shared, struct worker *w)
{
    struct stage *stage = stage_for(many);
    uint64_t step = (uint64_t)many->jobs;

    for (uint64_t seed = w->playing; seed < shared->until && !w->outcome.wrong; seed += step) {
        const char *wrong;

        w->playing = seed;
        wrong = life_play(stage, seed);
        w->outcome.tally = stage_tally(stage);
        if (wrong != NULL)
            note_wrong(&w->outcome, seed, wrong);
    }
    if (w->outcome.wrong) {
        uint64_t until = shared->until;

        while (w->outcome.seed < until &&
               !atomic_compare_exchange_weak(&shared->until, &until, w->outcome.seed))
            continue;
    }
    stage_free(stage);
}

static void
add_tally(struct tally_of_lives *to, const struct tally_of_lives *more)
{
    enum { COUNTS = sizeof *to / sizeof(long) };
    long sums[COUNTS], terms[COUNTS];

    memcpy(sums, to, sizeof sums);
    memcpy(terms, more, sizeof terms);
    for (size_t i = 0; i < COUNTS; i++)
        sums[i] += terms[i];
    memcpy(to, sums, sizeof sums);
}

/* A process has ended; one that died did so in a life. */
static void
take_end(struct shared *shared, struct worker *w, int status)
{
    char what[64];

    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
        return;
    (void)snprintf(what, sizeof what, "the program died of %s %d in it",
                   WIFSIGNALED(status) ? "signal" : "exit code",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    note_wrong(&w->outcome, w->playing, what);
    w->outcome.died = true;
    if (w->outcome.seed < shared->until)
        shared->until = w->outcome.seed;
}

static void
wait_for_all(const struct many *many, struct shared *shared, pid_t *pids)
{
    const struct timespec nap = { 0, 50 * 1000 * 1000 };
    struct progress progress = progress_new();
    int running = many->jobs;

    while (running > 0) {
        long done = 0;

        for (int i = 0; i < many->jobs; i++) {
            struct worker *w = &shared->workers[i];
            int status;

            done += w->outcome.tally.lives;
            if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                take_end(shared, w, status);
                pids[i] = 0;
                running--;
            }
        }
        progress_tell(&progress, many, done);
        if (running > 0)
            (void)nanosleep(&nap, NULL);
    }
    progress_end(&progress);
}

static void
play_beside(const struct many *many, struct outcome *out)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    pid_t pids[JOBS_MOST];

    if (shared == MAP_FAILED)
        abort();
    shared->until = many->first + (uint64_t)many->lives;
    (void)fflush(NULL);
    for (int i = 0; i < many->jobs; i++) {
        struct worker *w = &shared->workers[i];

        w->playing = many->first + (uint64_t)i;
        pids[i] = fork();
        if (pids[i] < 0)
            abort();
        if (pids[i] == 0) {
            play_share(many, shared, w);
            exit(EXIT_SUCCESS);
        }
    }
    wait_for_all(many, shared, pids);
    for (int i = 0; i < many->jobs; i++) {
        const struct outcome *one = &shared->workers[i].outcome;

        add_tally(&out->tally, &one->tally);
        if (one->wrong && (!out->wrong || one->seed < out->seed)) {
            out->wrong = true;
            out->died = one->died;
            out->seed = one->seed;
            memcpy(out->what, one->what, sizeof out->what);
        }
    }
    (void)munmap(shared, sizeof *shared);
}

void
many_play(const struct many *many, struct outcome *out)
{
    memset(out, 0, sizeof *out);
    if (many->jobs <= 1)
        play_here(many, out);
    else
        play_beside(many, out);
}
