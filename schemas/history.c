/* The texts of before, by number, and a plan for each.
 *
 * There are few, so a look-up goes through all; the newest comes first, since
 * nearly every message has it.  Other libraries name the same texts by other
 * fingerprints: those are looked at last. */
#include "schemas/history.h"

extern const char trade_event_1_avsc[], agreement_1_avsc[];
extern const size_t trade_event_1_avsc_length, agreement_1_avsc_length;

/* The length is not a constant of this file, so a pointer to it is kept. */
struct past {
    const char *at;
    const size_t *length;
};
#define PAST(name) { name, &name##_length }

static const struct past trade_events[] = { PAST(trade_event_1_avsc) };
static const struct past agreements[] = { PAST(agreement_1_avsc) };

enum {
    TRADE_EVENTS = sizeof trade_events / sizeof trade_events[0],
    AGREEMENTS = sizeof agreements / sizeof agreements[0],
};

int
history_count(enum record_type type)
{
    return 1 + (type == RECORD_TRADE ? TRADE_EVENTS : AGREEMENTS);
}

struct text
history_text(enum record_type type, int number)
{
    /* Number 1 is the oldest; the newest is not in the table, since
     * schema_text() has it. */
    const struct past *past = type == RECORD_TRADE ? trade_events : agreements;

    if (number == history_count(type))
        return schema_text(type);
    return (struct text){ past[number - 1].at, *past[number - 1].length };
}

/* What other libraries call them. */
struct foreign {
    enum record_type type;
    int number;
    uint64_t bytes; /* as a message has them, the first one highest */
};
static const struct foreign foreign[] = {
#define FOREIGN(type, number, bytes, whose) { type, number, UINT64_C(bytes) },
#include "schemas/fingerprints.def"
#undef FOREIGN
};

/* 0: none. */
static int
foreign_number(enum record_type type, uint64_t fingerprint)
{
    uint64_t bytes = __builtin_bswap64(fingerprint);

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        if (foreign[i].bytes == bytes && foreign[i].type == type)
            return foreign[i].number;
    return 0;
}

/* ---- plans ------------------------------------------------------------------------ */

struct plans {
    enum record_type type;
    int count;
    struct plan *newest_first[];
};

enum fault
plans_open(enum record_type type, struct plans **out, struct why *why)
{
    /* Compiled once, at the start: an upgrade that broke the reading of an old
     * text would be seen here, before anything is read. */
    int count = history_count(type);
    struct plans *p = calloc(1, sizeof *p + (size_t)count * sizeof p->newest_first[0]);

    if (p == NULL)
        return why_set(why, FAULT_NO_MEMORY, "no memory for plans");
    p->type = type;
    for (p->count = 0; p->count < count; p->count++) {
        enum fault fault = plan_compile(history_text(type, count - p->count), type,
                                        &p->newest_first[p->count], why);
        if (fault != FAULT_NONE) {
            plans_free(p);
            return fault;
        }
    }
    *out = p;
    return FAULT_NONE;
}

void
plans_free(struct plans *plans)
{
    if (plans == NULL)
        return;
    for (int i = 0; i < plans->count; i++)
        plan_free(plans->newest_first[i]);
    free(plans);
}

const struct plan *
plans_find(const struct plans *plans, uint64_t fingerprint)
{
    int number;

    for (int i = 0; i < plans->count; i++)
        if (plan_fingerprint(plans->newest_first[i]) == fingerprint)
            return plans->newest_first[i];
    number = foreign_number(plans->type, fingerprint);
    return number == 0 ? NULL : plans->newest_first[plans->count - number];
}
