/* figures.c - core/reconcile.h as a filter, so that the oracle can judge it.
 *
 * Each line of stdin is a set of figures, "start,end,amount,grade" separated by
 * blanks; each line of stdout is what became of it: the increments as
 * "day,span,amount", a bar, and one letter for each figure in the order given:
 * + counted, x contradicted, o covered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/reconcile.h"

static struct figure figures[FIGURES_MOST];
static struct increment increments[2 * FIGURES_MOST];

static size_t
read_figures(const char *line)
{
    size_t count = 0;
    int taken = 0;

    for (; count < FIGURES_MOST; line += taken) {
        struct figure *f = &figures[count];

        if (sscanf(line, "%" SCNd32 ",%" SCNd32 ",%" SCNd64 ",%" SCNd8 " %n", &f->start, &f->end,
                   &f->amount, &f->grade, &taken) != 4)
            break;
        count++;
    }
    return count;
}

int
main(void)
{
    char *line = NULL;
    size_t room = 0, count, steps;

    while (getline(&line, &room, stdin) > 0) {
        count = read_figures(line);
        if (!reconcile(figures, count, increments, &steps)) {
            fputs("figures: out of memory\n", stderr);
            return EXIT_FAILURE;
        }
        for (size_t i = 0; i < steps; i++)
            printf("%" PRId32 ",%" PRId32 ",%" PRId64 " ", increments[i].day, increments[i].span,
                   increments[i].amount);
        putchar('|');
        for (size_t i = 0; i < count; i++)
            putchar("+xo"[figures[i].standing]);
        putchar('\n');
    }
    free(line);
    return EXIT_SUCCESS;
}
