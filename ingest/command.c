/* What several commands do alike. */
#include "ingest/command.h"

#include "base/standard.h"
#include "ingest/message.h"
#include "ingest/register.h"
#include "kafka/topic.h"

enum fault
setup_open_map(struct setup *setup, struct why *why)
{
    const char *name = setting(setup, SETTING_MAP);

    return name == NULL ? FAULT_NONE : map_find(name, &setup->map, why);
}

enum fault
setup_open_registry(struct setup *setup, struct why *why)
{
    struct registry_options names = { setting(setup, SETTING_REGISTRY),
                                      setting(setup, SETTING_REGISTRY_AUTH),
                                      setting(setup, SETTING_REGISTRY_CA) };
    return registry_open(&names, &setup->registry, why);
}

enum fault
setup_open_kafka(struct setup *setup, struct why *why)
{
    enum fault fault = setup_open_registry(setup, why);
    if (fault == FAULT_NONE)
        fault = producer_open(&setup->producer, false, &setup->kafka, why);
    return fault;
}

enum fault
setup_use_registry(const struct setup *setup, struct maker *maker, struct why *why)
{
    uint32_t ids[RECORD_TYPE_COUNT];
    if (setup->registry == NULL)
        return FAULT_NONE;
    enum fault fault = register_schemas(setup->registry, &setup->report->log, setup->signals,
                                        producer_limit_ms(setup->kafka), ids, why);
    if (fault == FAULT_NONE)
        maker_use_ids(maker, ids);
    return fault;
}

enum fault
setup_topics(const struct setup *setup, const char *const names[], struct follow_settings *out,
             struct why *why)
{
    const char *wanted = setting(setup, SETTING_TOPIC);

    out->brokers = setting(setup, SETTING_BROKERS);
    out->properties = setup->producer.properties;
    out->property_count = setup->producer.property_count;
    out->topic_count = 0;
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (wanted == NULL || strcmp(wanted, topic_names[t]) == 0)
            out->topics[out->topic_count++] = names[t];
    if (out->topic_count == 0)
        return why_set(why, FAULT_OPTION, "--topic %.100s: want %s or %s", wanted, topic_names[0],
                       topic_names[1]);
    return FAULT_NONE;
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
