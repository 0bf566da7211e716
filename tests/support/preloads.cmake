# Libraries that live tests load before others (LD_PRELOAD).
foreach(library wall_clock dies_at)
  add_library(${library} MODULE ${library}.c)
  set_target_properties(${library} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_libraries(${library} PRIVATE ${CMAKE_DL_LIBS})
endforeach()

# An aggregator of the release before: it does not know the newest text of the schemas.
add_executable(tally-aggregate-former ${CMAKE_SOURCE_DIR}/aggregator/main.c ${CMAKE_CURRENT_LIST_DIR}/former.c)
target_link_libraries(tally-aggregate-former PRIVATE aggregator)
target_compile_definitions(tally-aggregate-former PRIVATE TALLY_VERSION="${PROJECT_VERSION}-former")
