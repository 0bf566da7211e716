/* figures.c - ledger/reconcile.h as a filter, so that the oracle can judge it.
 *
 * Each line of stdin is a set of figures, "start,end,amount,bound,grade"
 * separated by blanks; each line of stdout is what became of it: the steps as
 * "start,end,amount,how,days,whole start,whole end", a bar, and one letter for
 * each figure in the order given: + stands, x contradicted, o covered.
 *
 * A line may have three such sets, with a bar between them: totals, exports,
 * imports.  After a bar it then has a letter for each total: ! when it is off,
 * else a full stop.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/reconcile.h"

enum { SETS = 3 };

static struct figure figures[SETS][FIGURES_MOST];
static struct step steps[STANDING_MOST];
static bool is_off[FIGURES_MOST];

/* The figures up to the bar or the end of the line; *line is moved behind it. */
static size_t
read_figures(const char **line, struct figure *out)
{
    size_t count = 0;
    int taken = 0;

    for (; count < FIGURES_MOST; *line += taken) {
        struct figure *f = &out[count];

        if (sscanf(*line, "%" SCNd32 ",%" SCNd32 ",%" SCNd64 ",%" SCNd8 ",%" SCNd8 " %n", &f->start,
                   &f->end, &f->amount, &f->bound, &f->grade, &taken) != 5)
            break;
        count++;
    }
    if (**line == '|')
        *line += 2; /* the bar and a blank */
    return count;
}

static void
reconcile_set(struct figure *set, size_t count)
{
    static const char *const hows[] = { "stated", "derived", "unsplit", "adjusted" };
    size_t step_count;

    if (!reconcile(set, count, steps, &step_count)) {
        fputs("figures: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < step_count; i++)
        printf("%" PRId32 ",%" PRId32 ",%" PRId64 ",%s,%d,%" PRId32 ",%" PRId32 " ", steps[i].start,
               steps[i].end, steps[i].amount, hows[steps[i].how], steps[i].days,
               steps[i].whole_start, steps[i].whole_end);
    putchar('|');
    for (size_t i = 0; i < count; i++)
        putchar("+xo"[set[i].outcome]);
}

int
main(void)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, stdin) > 0) {
        struct figures sets[SETS];
        const char *at = line;

        for (int i = 0; i < SETS; i++) {
            sets[i] = (struct figures){ figures[i], read_figures(&at, figures[i]) };
            if (i == 0 || sets[i].count > 0)
                reconcile_set(figures[i], sets[i].count);
        }
        if (sets[1].count + sets[2].count > 0) {
            if (!totals_off(sets[0], sets[1], sets[2], is_off))
                return EXIT_FAILURE;
            putchar('|');
            for (size_t i = 0; i < sets[0].count; i++)
                putchar(is_off[i] ? '!' : '.');
        }
        putchar('\n');
    }
    free(line);
    return EXIT_SUCCESS;
}
