# Libraries that live tests load before others (LD_PRELOAD).
foreach(library wall_clock dies_at)
  add_library(${library} MODULE ${library}.c)
  set_target_properties(${library} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_libraries(${library} PRIVATE ${CMAKE_DL_LIBS})
endforeach()
