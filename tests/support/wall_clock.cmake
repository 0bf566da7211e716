# A library that a live test loads before others (LD_PRELOAD).
add_library(wall_clock MODULE wall_clock.c)
set_target_properties(wall_clock PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_link_libraries(wall_clock PRIVATE ${CMAKE_DL_LIBS})
