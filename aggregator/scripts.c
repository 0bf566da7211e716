#include "aggregator/turn.h"

#define SCRIPT(name)                                                                               \
    extern const char name##_lua[];                                                                \
    extern const size_t name##_lua_length;
SCRIPT(commit)
SCRIPT(push)
SCRIPT(reset)
SCRIPT(chunk)
SCRIPT(flip)
SCRIPT(sweep)
SCRIPT(hold)
SCRIPT(swap)
SCRIPT(replace)
#undef SCRIPT

void
scripts_load(struct script scripts[SCRIPT_COUNT])
{
#define SCRIPT(number_, name_)                                                                     \
    scripts[number_] = (struct script){ .name = #name_,                                            \
                                        .source = { name_##_lua, name_##_lua_length },             \
                                        .number = (number_) };
    SCRIPT(SCRIPT_COMMIT, commit)
    SCRIPT(SCRIPT_PUSH, push)
    SCRIPT(SCRIPT_RESET, reset)
    SCRIPT(SCRIPT_CHUNK, chunk)
    SCRIPT(SCRIPT_FLIP, flip)
    SCRIPT(SCRIPT_SWEEP, sweep)
    SCRIPT(SCRIPT_HOLD, hold)
    SCRIPT(SCRIPT_SWAP, swap)
    SCRIPT(SCRIPT_REPLACE, replace)
#undef SCRIPT
    scripts[SCRIPT_RESET].finds_keys = true; /* in the index of its scope */
    scripts[SCRIPT_SWAP].finds_keys = true;
}
