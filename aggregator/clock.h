/* clock.h - struct clock and struct chance on the real machine. */
#ifndef AGGREGATOR_CLOCK_H
#define AGGREGATOR_CLOCK_H

#include "aggregator/effects.h"

struct clock clock_real(void);
struct chance chance_real(void); /* getrandom(2) */
int64_t clock_wall_ms(void);

#endif
