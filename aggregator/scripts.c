/* The Lua scripts, embedded at build time, by number: as scripts.def lists them. */
#include "aggregator/turn.h"

#define SCRIPT(id, name)                                                                           \
    extern const char name##_lua[];                                                                \
    extern const size_t name##_lua_length;
#include "aggregator/scripts.def"
#undef SCRIPT

void
scripts_load(struct script scripts[SCRIPT_COUNT])
{
#define SCRIPT(id, name_)                                                                          \
    scripts[SCRIPT_##id] = (struct script){ .name = #name_,                                        \
                                            .source = { name_##_lua, name_##_lua_length },         \
                                            .number = SCRIPT_##id };
#include "aggregator/scripts.def"
#undef SCRIPT
    scripts[SCRIPT_RESET].finds_keys = true; /* in the index of its scope */
    scripts[SCRIPT_SWAP].finds_keys = true;
}
