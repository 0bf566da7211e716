/* The command schema: the text of a schema, or how values of each topic begin. */
#include "ingest/command.h"
#include "kafka/topic.h"
#include "schemas/codec.h"

/* The type that the operand names, or RECORD_TYPE_COUNT. */
static int
wanted_type(const struct setup *setup)
{
    int type = 0;
    if (setup->operand_count != 1)
        return RECORD_TYPE_COUNT;
    while (type < RECORD_TYPE_COUNT && strcmp(setup->operands[0], record_type_names[type]) != 0)
        type++;
    return type;
}

static enum fault
open_schema(struct setup *setup, struct why *why)
{
    bool wants_prefixes = setting(setup, SETTING_PREFIX) != NULL;
    if (wants_prefixes ? setup->operand_count == 0 : wanted_type(setup) < RECORD_TYPE_COUNT)
        return FAULT_NONE;
    return why_set(
        why, FAULT_OPTION,
        "schema: want schema trade, schema agreement, or schema --prefix; a file of this "
        "name is ./schema");
}

/* trade-events  c3 01 ... */
static void
print_prefixes(void)
{
    for (int type = 0; type < RECORD_TYPE_COUNT; type++) {
        uint8_t head[FRAME_SINGLE_BYTES];
        size_t bytes = frame_write(schema_fingerprint((enum record_type)type), head);
        printf("%-12s ", topic_names[type]);
        for (size_t i = 0; i < bytes; i++)
            printf(" %02x", head[i]);
        printf("\n");
    }
}

static int
run_schema(struct setup *setup)
{
    if (setting(setup, SETTING_PREFIX) != NULL) {
        print_prefixes();
    } else {
        struct text text = schema_text((enum record_type)wanted_type(setup));
        (void)fwrite(text.at, 1, text.length, stdout); /* setup_end_printing() tells */
    }
    return setup_end_printing(setup);
}

const struct command command_schema = { "schema", open_schema, run_schema };
