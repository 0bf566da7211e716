# What every target of ours is compiled with.
add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
  -Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wswitch-enum -Wcast-qual -Wwrite-strings
  -Wnull-dereference -Wdouble-promotion
  -include ${CMAKE_SOURCE_DIR}/base/banned.h)
target_compile_definitions(warnings INTERFACE _GNU_SOURCE)
if(TALLY_HARDEN)
  target_compile_options(warnings INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_link_options(warnings INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
