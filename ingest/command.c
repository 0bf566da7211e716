/* What several commands do alike. */
#include "ingest/command.h"

#include "base/standard.h"

enum fault
setup_open_map(struct setup *setup, struct why *why)
{
    const char *name = setting(setup, SETTING_MAP);

    return name == NULL ? FAULT_NONE : map_find(name, &setup->map, why);
}

enum fault
setup_open_kafka(struct setup *setup, struct why *why)
{
    struct registry_options names = { setting(setup, SETTING_REGISTRY),
                                      setting(setup, SETTING_REGISTRY_AUTH),
                                      setting(setup, SETTING_REGISTRY_CA) };
    enum fault fault = registry_open(&names, &setup->registry, why);
    if (fault == FAULT_NONE)
        fault = producer_open(&setup->producer, false, &setup->kafka, why);
    return fault;
}

int
setup_end_printing(const struct setup *setup)
{
    struct why why;
    enum fault fault = standard_end(&why);
    if (fault == FAULT_NONE)
        return EXIT_DONE;
    log_fault(&setup->report->log, LOG_ERROR, "stopped", fault, &why);
    return EXIT_FAILED;
}
